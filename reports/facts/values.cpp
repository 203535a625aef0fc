// Values as the judge compares them.
#include "reports/facts/values.hpp"

#include <algorithm>

#include "objects/base/text.hpp"
#include "reports/facts/moment.hpp"

namespace caravan::reports {

bool same(const Json& a, const Json& b) {
  if (a.is_object() && b.is_object()) {
    if (a.size() != b.size()) return false;
    for (auto it = a.begin(); it != a.end(); ++it) {
      const auto other = b.find(it.key());
      if (other == b.end() || !same(it.value(), *other)) return false;
    }
    return true;
  }
  if (a.is_array() && b.is_array()) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!same(a[i], b[i])) return false;
    return true;
  }
  return a == b;
}

std::optional<Json> part_at(const Json& value, const std::string& path) {
  if (path.empty()) return value;
  if (path == ":scheme") {
    if (!value.is_string()) return std::nullopt;
    const auto& url = value.get_ref<const std::string&>();
    const auto colon = url.find("://");
    if (colon == std::string::npos) return std::nullopt;
    return Json(url.substr(0, colon));
  }
  const Json* at = &value;
  std::size_t from = 0;
  while (from <= path.size()) {
    const auto dot = std::min(path.find('.', from), path.size());
    if (!at->is_object()) return std::nullopt;
    const auto found = at->find(path.substr(from, dot - from));
    if (found == at->end()) return std::nullopt;
    at = &*found;
    from = dot + 1;
  }
  return *at;
}

void put_part(Json& value, const std::string& path, const Json& part) {
  if (path.empty()) {
    value = part;
    return;
  }
  if (path == ":scheme") {
    if (!value.is_string() || !part.is_string()) return;
    const std::string url = value.get<std::string>();
    const auto colon = url.find("://");
    if (colon != std::string::npos) value = part.get<std::string>() + url.substr(colon);
    return;
  }
  Json* at = &value;
  std::size_t from = 0;
  while (from <= path.size()) {
    const auto dot = std::min(path.find('.', from), path.size());
    if (!at->is_object()) return;
    const auto found = at->find(path.substr(from, dot - from));
    if (found == at->end()) return;
    at = &*found;
    from = dot + 1;
  }
  *at = part;
}

Json from_column(const FieldSpec& field, const Json& column) {
  if (column.is_null()) return column;
  const std::string& type = field.type.name;
  if (type == "Json" && column.is_string()) {
    Json parsed = Json::parse(column.get_ref<const std::string&>(), nullptr, false);
    return parsed.is_discarded() ? Json("(no JSON) " + column.get<std::string>()) : parsed;
  }
  if (type == "Boolean" && column.is_number_integer()) return column.get<std::int64_t>() != 0;
  return canonical(field, column);
}

Json canonical(const FieldSpec& field, const Json& wire) {
  if (field.type.name != "DateTime" || !wire.is_string()) return wire;
  const auto moment = moment_in_utc(wire.get_ref<const std::string&>());
  return moment ? Json(*moment) : wire;
}

std::string shown(const Json& value, std::size_t limit) {
  std::string out = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text::cut(out, limit);
}

const std::string& text_at(const Json& object, const char* key) {
  static const std::string none;
  if (!object.is_object()) return none;
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get_ref<const std::string&>() : none;
}

const Json& member(const Json& object, const char* key) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto found = object.find(key);
  return found != object.end() ? *found : none;
}

}  // namespace caravan::reports
