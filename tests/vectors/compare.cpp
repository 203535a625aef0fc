// Expected against actual: strict about types, indifferent to member order.
#include <algorithm>
#include <cmath>

#include "tests/vectors/conformance.hpp"

namespace caravan::conformance {
namespace {

std::string shown(const Json& json) {
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 300 ? text.substr(0, 300) + "..." : text;
}

std::string compare(const Json& expected, const Json& actual, const std::string& path, bool ignore_context);

std::string compare_errors(const Json& expected, const Json& actual, const std::string& path) {
  const auto& type = actual.at("type").get_ref<const std::string&>();
  const Json bases = expected.value("mro", Json::array());
  const bool matches =
      expected.at("type") == type || std::find(bases.begin(), bases.end(), Json(type)) != bases.end();
  if (!matches) {
    return path + ": expected error " + shown(expected) + ", got " + shown(actual);
  }
  const auto kwargs = expected.find("kwargs");
  const auto mine = actual.find("kwargs");
  if (kwargs == expected.end() || kwargs->empty() || mine == actual.end() || mine->empty()) return "";
  return compare(*kwargs, *mine, path + "/kwargs", false);
}

/// The order in a set has no meaning.
Json sorted(Json items) {
  std::sort(items.begin(), items.end(), [](const Json& a, const Json& b) { return a.dump() < b.dump(); });
  return items;
}

std::string compare_objects(const Json& expected, const Json& actual, const std::string& path,
                            bool ignore_context) {
  if (expected.contains("error") && actual.contains("error") && expected["error"].is_object() &&
      expected["error"].contains("type") && actual["error"].is_object()) {
    return compare_errors(expected["error"], actual["error"], path + "/error");
  }
  if (expected.size() == 1 && expected.contains("$set") && actual.contains("$set")) {
    return compare(sorted(expected["$set"]), sorted(actual["$set"]), path + "/$set", false);
  }
  for (auto item = expected.begin(); item != expected.end(); ++item) {
    const auto found = actual.find(item.key());
    const std::string at = path + "/" + item.key();
    if (found == actual.end()) return at + ": expected " + shown(item.value()) + ", got nothing";
    const std::string why = compare(item.value(), *found, at, item.key() == "$object");
    if (!why.empty()) return why;
  }
  for (auto item = actual.begin(); item != actual.end(); ++item) {
    if (expected.contains(item.key()) || (ignore_context && item.key() == "context")) continue;
    return path + "/" + item.key() + ": not expected, got " + shown(item.value());
  }
  return "";
}

bool same_scalar(const Json& a, const Json& b) {
  if (a.is_number_float() && b.is_number_float()) {
    const auto x = a.get<double>(), y = b.get<double>();
    return x == y && std::signbit(x) == std::signbit(y);
  }
  if (a.is_number_integer() && b.is_number_integer()) return a == b;
  return a.type() == b.type() && a == b;
}

std::string compare(const Json& expected, const Json& actual, const std::string& path, bool ignore_context) {
  if (expected.is_object() && actual.is_object())
    return compare_objects(expected, actual, path, ignore_context);
  if (expected.is_array() && actual.is_array()) {
    if (expected.size() != actual.size()) {
      return path + ": expected " + shown(expected) + ", got " + shown(actual);
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const std::string why = compare(expected[i], actual[i], path + "/" + std::to_string(i), false);
      if (!why.empty()) return why;
    }
    return "";
  }
  if (same_scalar(expected, actual)) return "";
  return path + ": expected " + shown(expected) + ", got " + shown(actual);
}

}  // namespace

Json error_json(const ObjectError& error) {
  return Json{{"error", Json{{"type", error.type}, {"message", error.what()}, {"kwargs", error.kwargs}}}};
}

std::string difference(const Json& expected, const Json& actual) {
  if (actual.contains("error") && !expected.contains("error"))
    return "unexpected error " + shown(actual["error"]);
  for (auto item = expected.begin(); item != expected.end(); ++item) {
    const auto found = actual.find(item.key());
    if (found == actual.end())
      return item.key() + ": expected " + shown(item.value()) + ", got " + shown(actual);
    const Json left{{item.key(), item.value()}};
    const Json right{{item.key(), *found}};
    const std::string why = compare(left, right, "", false);
    if (!why.empty()) return why;
  }
  return "";
}

}  // namespace caravan::conformance
