// Recursive descent; every complaint knows its line and column.
#include "objects/base/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "objects/base/error.hpp"
#include "objects/base/utf8.hpp"

namespace caravan {
namespace {

constexpr const char* not_a_number = "JSON has no NaN and no Infinity";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

JsonReader::JsonReader(std::string_view text, const std::string& where, std::size_t line, int deepest)
    : text_(text), where_(where), line_(line), deepest_(deepest) {
  if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = start_ = 3;
}

Json JsonReader::document() {
  space();
  if (at_ == text_.size()) fail(at_, "the text is empty", "one JSON value was expected");
  Json value = this->value(1);
  space();
  if (at_ < text_.size()) fail(at_, fmt::format("{} after the end of the document", seen()));
  return value;
}

void JsonReader::fail(std::size_t at, const std::string& message, const std::string& hint) const {
  std::size_t line = line_, column = 1;
  for (std::size_t i = start_; i < at && i < text_.size(); ++i) {
    if (text_[i] == '\n') {
      ++line;
      column = 1;
    } else if (!utf8::is_tail(text_[i])) {
      ++column;
    }
  }
  throw bad_request(fmt::format("{}:{}:{}", where_, line, column), message, hint);
}

std::string JsonReader::seen() const {
  if (at_ >= text_.size()) return "the end of the text";
  const auto c = static_cast<unsigned char>(text_[at_]);
  if (c < 0x20 || c == 0x7F) return fmt::format("control character 0x{:02x}", c);
  const std::size_t length = utf8::character(text_, at_);
  if (length == 0) return fmt::format("byte 0x{:02x}", c);
  return fmt::format("'{}'", text_.substr(at_, length));
}

bool JsonReader::take_key(std::string_view quoted) {
  if (text_.compare(at_, quoted.size(), quoted) != 0) return false;
  const std::size_t begin = at_;
  at_ += quoted.size();
  space();
  if (take(':')) {
    space();
    return true;
  }
  at_ = begin;
  return false;
}

bool JsonReader::take_null() {
  if (text_.compare(at_, 4, "null") != 0) return false;
  at_ += 4;
  return true;
}

Json JsonReader::value(int depth) {
  if (at_ >= text_.size()) fail(at_, "the text ends where a value was expected", "it may have been cut off");
  switch (text_[at_]) {
    case '{':
      return object(depth);
    case '[':
      return array(depth);
    case '"':
      return string();
    case 't':
      return word("true", true);
    case 'f':
      return word("false", false);
    case 'n':
      return word("null", nullptr);
    default:
      break;
  }
  if (text_[at_] == '-' || is_digit(text_[at_])) return number();
  if (utf8::character(text_, at_) == 0) not_utf8();
  const char c = text_[at_];
  const std::string hint = c == '\''              ? "strings are written in double quotes"
                           : c == '/'             ? "JSON has no comments"
                           : c == ']' || c == '}' ? "is there a comma too many?"
                           : c == 'N' || c == 'I' ? not_a_number
                                                  : "";
  fail(at_, fmt::format("{} where a value was expected", seen()), hint);
}

Json JsonReader::word(std::string_view expected, Json result) {
  if (text_.substr(at_, expected.size()) != expected) {
    fail(at_, "an unknown word where a value was expected", fmt::format("did you mean {}?", expected));
  }
  at_ += expected.size();
  return result;
}

void JsonReader::enter(int depth) const {
  if (depth > deepest_) fail(at_, fmt::format("nested deeper than {} levels", deepest_));
}

Json JsonReader::array(int depth) {
  enter(depth);
  ++at_;
  const std::size_t first = items_.size();
  space();
  if (!take(']')) {
    while (true) {
      space();
      items_.push_back(value(depth + 1));
      space();
      if (take(']')) break;
      if (!take(',')) fail(at_, fmt::format("{} where ',' or ']' was expected", seen()));
    }
  }
  Json::array_t result;
  result.reserve(items_.size() - first);
  for (std::size_t i = first; i < items_.size(); ++i) result.push_back(std::move(items_[i]));
  items_.resize(first);
  return result;
}

Json JsonReader::object(int depth) {
  enter(depth);
  ++at_;
  const std::size_t first = members_.size();
  space();
  if (!take('}')) {
    while (true) {
      space();
      if (at_ >= text_.size() || text_[at_] != '"') {
        fail(at_, fmt::format("{} where a key in double quotes was expected", seen()),
             at_ < text_.size() && text_[at_] == '}' ? "is there a comma too many?" : "");
      }
      const std::size_t place = at_;
      std::string key = string();
      space();
      if (!take(':')) fail(at_, fmt::format("{} where ':' was expected", seen()));
      space();
      Json member = value(depth + 1);
      members_.push_back({std::move(key), std::move(member), place});
      space();
      if (take('}')) break;
      if (!take(',')) fail(at_, fmt::format("{} where ',' or '}}' was expected", seen()));
    }
  }
  no_duplicates(first);
  Json::object_t result;
  // The plain container: ordered_map's own insertion searches every key, which a hostile file makes
  // quadratic.
  auto& rows = static_cast<Json::object_t::Container&>(result);
  rows.reserve(members_.size() - first);
  for (std::size_t i = first; i < members_.size(); ++i) {
    rows.emplace_back(std::move(members_[i].key), std::move(members_[i].value));
  }
  members_.resize(first);
  return result;
}

void JsonReader::no_duplicates(std::size_t first) const {
  const std::size_t count = members_.size() - first;
  const auto twice = [this](const Member& later) {
    fail(later.place, fmt::format("the key \"{}\" appears twice in one object", later.key));
  };
  if (count <= 40) {  // most texts compare by their lengths alone
    for (std::size_t i = first + 1; i < members_.size(); ++i) {
      for (std::size_t j = first; j < i; ++j) {
        if (members_[i].key == members_[j].key) twice(members_[i]);
      }
    }
    return;
  }
  std::vector<const Member*> order;
  for (std::size_t i = first; i < members_.size(); ++i) order.push_back(&members_[i]);
  std::stable_sort(order.begin(), order.end(),
                   [](const Member* a, const Member* b) { return a->key < b->key; });
  for (std::size_t i = 1; i < count; ++i) {
    if (order[i - 1]->key == order[i]->key) twice(*order[i]);
  }
}

void JsonReader::not_utf8() const {
  const bool utf16 = text_.substr(0, 2) == "\xFF\xFE" || text_.substr(0, 2) == "\xFE\xFF";
  fail(at_, fmt::format("byte 0x{:02x} is not valid UTF-8", static_cast<unsigned char>(text_[at_])),
       utf16 ? "the text looks like UTF-16; save it as UTF-8" : "save it as UTF-8");
}

std::string JsonReader::string() {
  const std::size_t begin = at_++;
  std::string out;
  while (true) {
    if (at_ >= text_.size()) fail(begin, "this string has no end");
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return out;
    }
    if (c == '\\') {
      escape(out);
      continue;
    }
    if (static_cast<unsigned char>(c) < 0x20) {
      fail(at_, fmt::format("{} inside a string", seen()),
           "write it as an escape; is the closing quote missing?");
    }
    std::size_t length = plain_prefix(text_.substr(at_));
    if (length == 0) length = utf8::character(text_, at_);
    if (length == 0) not_utf8();
    out.append(text_, at_, length);
    at_ += length;
  }
}

void JsonReader::escape(std::string& out) {
  const std::size_t begin = at_++;
  const char c = at_ < text_.size() ? text_[at_++] : '\0';
  switch (c) {
    case '"':
    case '\\':
    case '/':
      out += c;
      return;
    case 'b':
      out += '\b';
      return;
    case 'f':
      out += '\f';
      return;
    case 'n':
      out += '\n';
      return;
    case 'r':
      out += '\r';
      return;
    case 't':
      out += '\t';
      return;
    case 'u':
      break;
    default:
      fail(begin, "an unknown escape in a string", "JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX");
  }
  std::uint32_t point = hex4(begin);
  if (point >= 0xD800 && point < 0xDC00 && text_.substr(at_, 2) == "\\u") {
    at_ += 2;
    const std::uint32_t low = hex4(begin);
    if (low < 0xDC00 || low > 0xDFFF) fail(begin, "half of a surrogate pair in a string");
    point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
  } else if (point >= 0xD800 && point <= 0xDFFF) {
    fail(begin, "half of a surrogate pair in a string");
  }
  utf8::append(out, point);
}

std::uint32_t JsonReader::hex4(std::size_t begin) {
  std::uint32_t value = 0;
  const std::string_view digits = text_.substr(at_, 4);
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (code != std::errc{} || digits.size() != 4 || end != digits.data() + 4) {
    fail(begin, "\\u needs four hexadecimal digits");
  }
  at_ += 4;
  return value;
}

template <class Number>
Json JsonReader::exact(std::size_t begin, const char* first, const char* last) const {
  Number result{};
  if (std::from_chars(first, last, result).ec != std::errc{}) {
    fail(begin, fmt::format("the number {} is out of range",
                            std::string_view(first, static_cast<std::size_t>(last - first)).substr(0, 40)));
  }
  return Json(result);
}

Json JsonReader::number() {
  const std::size_t begin = at_;
  take('-');
  const auto digits = [&] {
    const std::size_t first = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ - first;
  };
  const std::size_t integer = at_;
  const std::size_t count = digits();
  if (count == 0) fail(begin, "a number without digits", text_.substr(at_, 1) == "I" ? not_a_number : "");
  if (count > 1 && text_[integer] == '0')
    fail(begin, "a number with a leading zero", "did you mean a string?");
  bool whole = true;
  if (take('.')) {
    whole = false;
    if (digits() == 0) fail(begin, "a number that ends in a point");
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    whole = false;
    if (!take('+')) take('-');
    if (digits() == 0) fail(begin, "a number with an empty exponent");
  }
  const char* first = text_.data() + begin;
  const char* last = text_.data() + at_;
  if (whole)
    return text_[begin] == '-' ? exact<std::int64_t>(begin, first, last)
                               : exact<std::uint64_t>(begin, first, last);
  return exact<double>(begin, first, last);
}

}  // namespace caravan
