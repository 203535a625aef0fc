#include "objects/base/json_at.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/nearest.hpp"
#include "objects/base/utf8.hpp"

namespace caravan {
namespace {

// Skips over JSON that is known to be well-formed.
class Skipper {
 public:
  explicit Skipper(std::string_view text) : text_(text) {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
    space();
  }

  std::size_t at() const { return at_; }

  // Moves to the member or element named by one step of a pointer; false leaves the position alone.
  bool descend(const std::string& step) {
    const std::size_t begin = at_;
    const bool object = here() == '{';
    if (!object && here() != '[') return false;
    ++at_;
    space();
    for (std::size_t index = 0; at_ < text_.size() && here() != '}' && here() != ']'; ++index) {
      bool found = false;
      if (object) {
        const std::size_t key = at_;
        value();
        found = Json::parse(text_.substr(key, at_ - key)) == Json(step);
        space();
        ++at_;  // ':'
        space();
      } else {
        found = std::to_string(index) == step;
      }
      if (found) return true;
      value();
      space();
      if (here() == ',') ++at_;
      space();
    }
    at_ = begin;
    return false;
  }

 private:
  char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void space() {
    while (at_ < text_.size() && std::string_view(" \n\t\r").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  void string() {
    for (++at_; at_ < text_.size() && here() != '"'; ++at_) {
      if (here() == '\\') ++at_;
    }
    ++at_;
  }
  void value() {
    int depth = 0;
    do {
      space();
      const char c = here();
      if (c == '"') {
        string();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++at_;
      } else if (c == ',' || c == ':') {
        ++at_;
      } else {
        while (at_ < text_.size() &&
               std::string_view(",:]} \n\t\r").find(text_[at_]) == std::string_view::npos)
          ++at_;
      }
    } while (depth > 0 && at_ < text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string escaped(const std::string& step) {
  std::string out;
  for (const char c : step) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string unescaped(std::string_view step) {
  std::string out;
  for (std::size_t i = 0; i < step.size(); ++i) {
    if (step[i] == '~' && i + 1 < step.size()) {
      out += step[++i] == '1' ? '/' : '~';
    } else {
      out += step[i];
    }
  }
  return out;
}

const char* kind(const Json& json) {
  if (json.is_null()) return "null";
  if (json.is_boolean()) return "a boolean";
  if (json.is_number_integer()) return "an integer";
  if (json.is_number()) return "a number";
  if (json.is_string()) return "a string";
  return json.is_array() ? "a list" : "an object";
}

}  // namespace

std::size_t offset_of(std::string_view text, const std::string& pointer) {
  Skipper skipper(text);
  std::size_t from = 1;
  while (from <= pointer.size() && !pointer.empty()) {
    const std::size_t slash = std::min(pointer.find('/', from), pointer.size());
    if (!skipper.descend(unescaped(std::string_view(pointer).substr(from, slash - from)))) break;
    from = slash + 1;
  }
  return skipper.at();
}

std::string JsonAt::place() const {
  std::string result = where_;
  if (!text_.empty()) {
    const std::string_view before = text_.substr(0, offset_of(text_, path_));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    const auto column = utf8::length(before.substr(start)) + 1;
    result += fmt::format(":{}:{}", line, column);
  }
  if (path_.empty()) return result;
  return result + (result.empty() ? "" : ": ") + path_;
}

void JsonAt::fail(const std::string& message, const std::string& hint) const {
  throw bad_request(place(), message, hint);
}

void JsonAt::expected(const char* what) const {
  fail(fmt::format("{} was expected, not {}", what, kind(*json_)));
}

JsonAt JsonAt::child(const Json& json, const std::string& step) const {
  JsonAt result(json, where_, text_);
  result.path_ = path_ + "/" + escaped(step);
  return result;
}

JsonAt JsonAt::member(const std::string& key) const {
  if (!json_->is_object()) expected("an object");
  const auto found = json_->find(key);
  if (found == json_->end()) fail(fmt::format("the member \"{}\" is missing", key));
  return child(*found, key);
}

std::vector<JsonAt> JsonAt::items() const {
  if (!json_->is_array()) expected("a list");
  std::vector<JsonAt> result;
  result.reserve(json_->size());
  for (std::size_t i = 0; i < json_->size(); ++i) result.push_back(child((*json_)[i], std::to_string(i)));
  return result;
}

std::vector<std::pair<std::string, JsonAt>> JsonAt::members() const {
  if (!json_->is_object()) expected("an object");
  std::vector<std::pair<std::string, JsonAt>> result;
  result.reserve(json_->size());
  for (auto it = json_->begin(); it != json_->end(); ++it)
    result.emplace_back(it.key(), child(it.value(), it.key()));
  return result;
}

void JsonAt::only(std::initializer_list<const char*> known) const {
  if (!json_->is_object()) expected("an object");
  for (auto it = json_->begin(); it != json_->end(); ++it) {
    if (std::find(known.begin(), known.end(), it.key()) == known.end()) {
      only(std::vector<std::string>(known.begin(), known.end()));
    }
  }
}

void JsonAt::only(const std::vector<std::string>& known) const {
  if (!json_->is_object()) expected("an object");
  for (auto it = json_->begin(); it != json_->end(); ++it) {
    if (std::find(known.begin(), known.end(), it.key()) == known.end()) {
      child(it.value(), it.key())
          .fail(fmt::format("unknown key \"{}\"", it.key()), did_you_mean(it.key(), known));
    }
  }
}

std::string JsonAt::text() const {
  if (!json_->is_string()) expected("a string");
  return json_->get<std::string>();
}

std::string JsonAt::name() const {
  std::string result = text();
  if (result.empty()) fail("an empty name");
  return result;
}

bool JsonAt::flag() const {
  if (!json_->is_boolean()) expected("true or false");
  return json_->get<bool>();
}

int JsonAt::number(int least) const {
  if (!json_->is_number_integer()) expected("an integer");
  const bool huge = json_->is_number_unsigned() && json_->get<std::uint64_t>() > 2147483647U;
  const std::int64_t value = huge ? 0 : json_->get<std::int64_t>();
  if (huge || value < least || value > 2147483647) {
    fail(fmt::format("{} is out of range, {} to 2147483647 was expected", json_->dump(), least));
  }
  return static_cast<int>(value);
}

Version JsonAt::version() const {
  if (json_->is_number()) {
    fail(fmt::format("a version is text, not the number {}", json_->dump()),
         fmt::format("write \"{}\"", json_->dump()));
  }
  const std::string value = text();
  try {
    return Version(value);
  } catch (const Error&) {
    fail(fmt::format("\"{}\" is not a version", value),
         "versions are integers separated by dots, such as \"1.10\"");
  }
}

std::string JsonAt::one_of(const std::vector<std::string>& known, const char* what) const {
  std::string value = text();
  if (std::find(known.begin(), known.end(), value) == known.end()) {
    fail(fmt::format("unknown {} \"{}\"", what, value), did_you_mean(value, known));
  }
  return value;
}

std::vector<std::string> JsonAt::texts() const {
  std::vector<std::string> result;
  for (const JsonAt& item : items()) result.push_back(item.text());
  return result;
}

std::string JsonAt::text_or(const std::string& key, const std::string& otherwise) const {
  return has(key) ? member(key).text() : otherwise;
}

bool JsonAt::flag_or(const std::string& key, bool otherwise) const {
  return has(key) ? member(key).flag() : otherwise;
}

}  // namespace caravan
