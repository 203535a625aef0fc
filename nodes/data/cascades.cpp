#include "nodes/data/cascades.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/data/columns.hpp"
#include "objects/model/object_impl.hpp"

namespace caravan::nodes {
namespace {

// "field" or "field.key" of an object, null if unset or absent.
Json value_at(const Object& object, const std::string& path) {
  const auto dot = path.find('.');
  const std::string field = path.substr(0, dot);
  if (!object.is_set(field)) return {};
  Json value = object.get(field);
  if (dot == std::string::npos) return value;
  return value.is_object() ? value.value(path.substr(dot + 1), Json()) : Json();
}

/// An item of the list that says so of itself.
bool any_required(const Object& object, const Json& items) {
  const std::string data = object.impl().registry->catalog().serial_namespace + ".data";
  return items.is_array() && std::any_of(items.begin(), items.end(), [&](const Json& item) {
           return item.is_object() && item.value(data, Json::object()).value("required", Json()) == true;
         });
}

bool holds(const Object& object, const Refusal::Condition& condition) {
  const Json value = value_at(object, condition.field);
  if (condition.op == "set") return !value.is_null();
  if (condition.op == "null") return value.is_null();
  if (condition.op == "true") return value.is_boolean() && value.get<bool>();
  if (condition.op == "non_empty") return !value.is_null() && !value.empty();
  if (condition.op == "equals") return value == condition.value;
  const bool among = condition.value.is_array() && std::find(condition.value.begin(), condition.value.end(),
                                                             value) != condition.value.end();
  if (condition.op == "in") return among;
  if (condition.op == "not_in") return !among;
  if (condition.op == "greater") return value.is_number() && value > condition.value;
  if (condition.op == "any_required") return any_required(object, value);
  throw ObjectError("ValueError", "a consequence has the unknown condition " + condition.op);
}

// Sets "field" or "field.key" of the row that `object` is.
Row columns_for(RowMapping& mapping, const Object& object, const Json& values, std::int64_t now) {
  const ClassSpec& spec = mapping.spec(object.name());
  Row row;
  for (const auto& [path, given] : values.items()) {
    const auto dot = path.find('.');
    const std::string name = path.substr(0, dot);
    Json value = given;
    if (given.is_object() && given.contains("$now")) {
      value = database_time(now);
    } else if (dot != std::string::npos) {
      value = object.is_set(name) && object.get(name).is_object() ? object.get(name) : Json::object();
      value[path.substr(dot + 1)] = given;
    }
    if (const FieldSpec* field = spec.field(name)) row.merge(mapping.columns(spec, *field, value));
  }
  row["updated_at"] = database_time(now);
  return row;
}

void apply(RowMapping& mapping, const Consequence& consequence, const std::string& id, std::int64_t now) {
  if (consequence.object.empty()) {
    const auto dot = consequence.key.find('.');
    mapping.store().remove_where(consequence.key.substr(0, dot), {{consequence.key.substr(dot + 1), id}});
    return;
  }
  const ClassSpec& spec = mapping.spec(consequence.object);
  for (const Row& row : mapping.store().list(spec.table, {{consequence.key, id}})) {
    const Object object = mapping.from_row(consequence.object, row, false);
    if (!all_hold(object, consequence.when)) continue;
    const std::string other = row.at("id").get<std::string>();
    if (consequence.effect == "destroy") {
      destroy_row(mapping, consequence.object, other, now);
    } else {
      mapping.update(spec, other, columns_for(mapping, object, consequence.value, now));
    }
  }
}

}  // namespace

bool all_hold(const Object& object, const std::vector<Refusal::Condition>& conditions) {
  return std::all_of(conditions.begin(), conditions.end(),
                     [&](const Refusal::Condition& condition) { return holds(object, condition); });
}

std::string ended_owner(RowMapping& mapping, const Object& made) {
  for (const Consequence& consequence : mapping.registry()->catalog().consequences) {
    const bool ends = consequence.object == made.name() && consequence.effect == "destroy" &&
                      consequence.on_action == "save" && !consequence.on_when.empty();
    if (!ends || !made.is_set(consequence.key) || !made.get(consequence.key).is_string()) continue;
    const std::string id = made.get(consequence.key).get<std::string>();
    const std::optional<Row> owner = mapping.store().get(mapping.spec(consequence.on_object).table, id);
    if (!owner || !all_hold(mapping.from_row(consequence.on_object, *owner, false), consequence.on_when))
      continue;
    if (all_hold(made, consequence.when)) return fmt::format("{} {} has ended", consequence.on_object, id);
  }
  return {};
}

void apply_consequences(RowMapping& mapping, const std::string& name, const std::string& id,
                        const std::string& action, std::int64_t now) {
  for (const Consequence& consequence : mapping.registry()->catalog().consequences) {
    if (consequence.on_object != name || consequence.on_action != action) continue;
    if (!consequence.on_when.empty()) {
      const std::optional<Row> row = mapping.store().get(mapping.spec(name).table, id);
      if (!row || !all_hold(mapping.from_row(name, *row, false), consequence.on_when)) continue;
    }
    apply(mapping, consequence, id, now);
  }
}

void destroy_row(RowMapping& mapping, const std::string& name, const std::string& id, std::int64_t now) {
  if (!mapping.store().get(mapping.spec(name).table, id)) throw not_found(name, id);
  apply_consequences(mapping, name, id, "destroy", now);
  mapping.remove(mapping.spec(name), id);
}

}  // namespace caravan::nodes
