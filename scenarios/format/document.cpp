#include "scenarios/format/document.hpp"

#include <fmt/format.h>

#include "objects/base/error.hpp"
#include "objects/base/json_text.hpp"
#include "objects/base/utf8.hpp"

namespace caravan::scenarios {

using Kind = DocumentValue::Kind;

const DocumentValue* DocumentValue::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == key) return &values[i];
  }
  return nullptr;
}

Json DocumentValue::to_json() const {
  if (kind == Kind::list) {
    Json result = Json::array();
    for (const DocumentValue& value : values) result.push_back(value.to_json());
    return result;
  }
  if (kind == Kind::map) {
    Json result = Json::object();
    for (std::size_t i = 0; i < keys.size(); ++i) result[keys[i]] = values[i].to_json();
    return result;
  }
  return scalar;
}

std::string describe(const DocumentValue& value) {
  switch (value.kind) {
    case Kind::null:
      return "nothing";
    case Kind::boolean:
      return value.scalar.get<bool>() ? "true" : "false";
    case Kind::integer:
    case Kind::number:
      return fmt::format("the number {}", value.raw);
    case Kind::text: {
      std::string text = value.scalar.get<std::string>();
      if (text.size() > 40) {
        std::size_t cut = 40;
        while (cut > 0 && utf8::is_tail(text[cut])) --cut;
        text = text.substr(0, cut) + "...";
      }
      return fmt::format("text {}", Json(text).dump());
    }
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map";
  }
  return "a value";
}

std::string place_text(const std::string& where, const Place& place) {
  return fmt::format("{}:{}:{}", where, place.line, place.column);
}

namespace {

void require_text(std::string_view text, const std::string& where) {
  if (text.size() > document_size_limit) {
    throw bad_request(where,
                      fmt::format("{} bytes; a scenario has at most {}", text.size(), document_size_limit),
                      "is this a scenario at all?");
  }
  Place place;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8::character(text, at);
    if (length == 0) {
      throw bad_request(place_text(where, place),
                        fmt::format("byte 0x{:02x} is not UTF-8", static_cast<unsigned char>(text[at])),
                        "save the file as UTF-8");
    }
    if (text[at] == '\0') throw bad_request(place_text(where, place), "a NUL byte", "is this a text file?");
    place.column++;
    if (text[at] == '\n') place = Place{place.line + 1, 1};
    at += length;
  }
}

// Walks a text that parse_json_strict has accepted, along with its value, to give every value its place.
class JsonPlaces {
 public:
  JsonPlaces(std::string_view text, const std::string& where) : text_(text), where_(where) {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
  }

  DocumentValue locate(const Json& json, int depth) {
    space();
    DocumentValue value;
    value.place = place_;
    if (depth > document_depth_limit) {
      throw bad_request(place_text(where_, place_),
                        fmt::format("nested deeper than {} levels", document_depth_limit));
    }
    if (++count_ > document_node_limit) {
      throw bad_request(place_text(where_, place_), fmt::format("more than {} values", document_node_limit));
    }
    if (json.is_array()) {
      value.kind = Kind::list;
      step();
      for (const Json& item : json) {
        value.values.push_back(locate(item, depth + 1));
        separator();
      }
      if (json.empty()) space();
      step();
    } else if (json.is_object()) {
      value.kind = Kind::map;
      step();
      for (const auto& [key, member] : json.items()) {
        space();
        value.keys.push_back(key);
        value.key_places.push_back(place_);
        string();
        space();
        step();  // the colon
        value.values.push_back(locate(member, depth + 1));
        separator();
      }
      if (json.empty()) space();
      step();
    } else {
      value.scalar = json;
      const std::size_t from = at_;
      if (json.is_string()) {
        value.kind = Kind::text;
        string();
        return value;
      }
      while (at_ < text_.size() && std::string_view(",]} \t\r\n").find(text_[at_]) == std::string_view::npos)
        step();
      value.raw = text_.substr(from, at_ - from);
      value.kind = json.is_null()             ? Kind::null
                   : json.is_boolean()        ? Kind::boolean
                   : json.is_number_integer() ? Kind::integer
                                              : Kind::number;
    }
    return value;
  }

 private:
  void step() {
    if (at_ >= text_.size()) return;
    if (text_[at_] == '\n') {
      place_ = Place{place_.line + 1, 1};
    } else if (!utf8::is_tail(text_[at_])) {
      ++place_.column;
    }
    ++at_;
  }
  void space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      step();
  }
  void separator() {
    space();
    if (at_ < text_.size() && text_[at_] == ',') step();
  }
  void string() {
    step();
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') step();
      step();
    }
    step();
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
  Place place_;
  int count_ = 0;
};

}  // namespace

DocumentValue read_document(std::string_view text, const std::string& where, TextFormat format) {
  require_text(text, where);
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    throw bad_request(where, "the file is empty", "a scenario was expected: docs/scenarios.md shows one");
  }
  if (format == TextFormat::yaml) return detail::read_yaml(text, where);
  const Json json = parse_json_strict(text, where);
  return JsonPlaces(text, where).locate(json, 1);
}

}  // namespace caravan::scenarios
