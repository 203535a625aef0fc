// simdjson checks and indexes a line many times faster than anything that builds values while it reads. What
// it refuses goes to the strict reader, which says where and why.
#include "reports/recording/json_line.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "objects/base/error.hpp"
#include "objects/base/json_reader.hpp"

namespace caravan::reports {
namespace {

namespace dom = simdjson::dom;

constexpr int deepest = 400;  ///< what reads the values later is recursive
constexpr std::size_t few = 40;

bool same_key_twice(const Json::object_t::Container& members) {
  if (members.size() <= few) {  // most texts compare by their lengths alone
    for (std::size_t i = 1; i < members.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (members[i].first == members[j].first) return true;
    return false;
  }
  std::vector<std::string_view> keys;
  keys.reserve(members.size());
  for (const auto& member : members) keys.push_back(member.first);
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

/// False if a key appears twice in one object.
bool copy(const dom::element& from, Json& to) {
  switch (from.type()) {
    case dom::element_type::OBJECT: {
      const dom::object object = from.get_object().value_unsafe();
      Json::object_t made;
      auto& members = static_cast<Json::object_t::Container&>(made);
      members.reserve(object.size());
      for (const auto& member : object) {
        members.emplace_back(std::string(member.key), nullptr);
        if (!copy(member.value, members.back().second)) return false;
      }
      if (same_key_twice(members)) return false;
      to = std::move(made);
      return true;
    }
    case dom::element_type::ARRAY: {
      const dom::array array = from.get_array().value_unsafe();
      Json::array_t made;
      made.reserve(array.size());  // a hint: simdjson stops counting at 2^24
      for (const auto& item : array)
        if (!copy(item, made.emplace_back())) return false;
      to = std::move(made);
      return true;
    }
    case dom::element_type::STRING: {
      const std::string_view text = from.get_string().value_unsafe();
      to = std::string(text);
      return true;
    }
    case dom::element_type::INT64: {
      const std::int64_t number = from.get_int64().value_unsafe();
      // As the strict reader: a number without a sign is unsigned.
      to = number < 0 ? Json(number) : Json(static_cast<std::uint64_t>(number));
      return true;
    }
    case dom::element_type::UINT64:
      to = from.get_uint64().value_unsafe();
      return true;
    case dom::element_type::DOUBLE:
      to = from.get_double().value_unsafe();
      return true;
    case dom::element_type::BOOL:
      to = from.get_bool().value_unsafe();
      return true;
    case dom::element_type::NULL_VALUE:
      to = nullptr;
      return true;
  }
  return false;
}

}  // namespace

struct LineReader::Parser {
  dom::parser parser;
};

LineReader::LineReader(std::string_view all) : all_(all), parser_(std::make_unique<Parser>()) {
  if (parser_->parser.allocate(std::size_t{1} << 16, deepest) != simdjson::SUCCESS)
    throw machine_failed("", "there is no memory to read a line");
}

LineReader::~LineReader() = default;

std::optional<Json> LineReader::read(std::string_view line) {
  if (line.empty()) return std::nullopt;  // it may have no bytes to point to
  // simdjson looks a few bytes further than the line; it copies what has no such bytes.
  const auto behind = static_cast<std::size_t>(all_.data() + all_.size() - (line.data() + line.size()));
  dom::element found;
  Json json;
  if (parser_->parser.parse(line.data(), line.size(), behind < simdjson::SIMDJSON_PADDING).get(found) !=
          simdjson::SUCCESS ||
      !copy(found, json))
    return std::nullopt;
  return json;
}

Json read_strictly(std::string_view line, const std::string& path, std::size_t number, std::int64_t event) {
  try {
    return JsonReader(line, path, number, deepest).document();
  } catch (const Error& wrong) {
    throw bad_request(wrong.where(), fmt::format("event {}: {}", event, wrong.message()), wrong.hint());
  }
}

}  // namespace caravan::reports
