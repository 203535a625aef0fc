#include "nodes/data/shared_rows.hpp"

#include <fmt/format.h>

#include "nodes/core/refused.hpp"
#include "nodes/data/cascades.hpp"
#include "nodes/data/columns.hpp"
#include "objects/model/remotable.hpp"

namespace caravan::nodes {
namespace {

// A Json field of which one key has a rule of its own ("info.status"): field -> key.
std::map<std::string, std::string> ruled_keys(const Catalog& catalog, const std::string& name) {
  std::map<std::string, std::string> keys;
  for (const ClassSpec& spec : catalog.classes) {
    if (spec.name != name || !spec.compat) continue;
    for (const Rule& rule : spec.compat->rules) {
      const auto dot = rule.field.find('.');
      if (dot != std::string::npos) keys[rule.field.substr(0, dot)] = rule.field.substr(dot + 1);
    }
  }
  return keys;
}

}  // namespace

Sent SharedRows::receive(const Json& primitive) const {
  const std::string prefix = mapping_.registry()->catalog().serial_namespace;
  Object object = read_object(primitive, true);
  return {primitive, std::move(object), primitive.at(prefix + ".version").get<std::string>()};
}

// An object that arrived. One that is newer than this conductor goes back as IncompatibleObjectVersion.
Object SharedRows::read_object(const Json& primitive, bool forward) const {
  Deserializer reading({mapping_.registry(), std::nullopt, false, forward}, primitive);
  reading.run();
  if (const Object* object = reading.result().maybe<Object>()) return *object;
  throw ObjectError("ValueError", "not the primitive of an object");
}

// `sent` is its primitive as it came: the object itself has been brought forward.
void SharedRows::insert(const Object& object, const Json& sent, Instant now) {
  const ClassSpec& spec = mapping_.spec(object.name());
  const ClassHistory& history = mapping_.history(object.name());
  const Catalog& catalog = mapping_.registry()->catalog();
  const Version label(sent.at(catalog.serial_namespace + ".version").get<std::string>());
  Row row;
  for (const FieldSpec& field : spec.fields) {
    if (field.type.name == "ListOfObjects") continue;
    Json value;
    if (object.is_set(field.name)) {
      value = object.get(field.name);
    } else if (field.create_default) {
      // An older writer cannot have meant the default of a field that it does not know: what absence means is
      // stored.
      const Contract* contract = catalog.contract(object.name(), field.name);
      const bool unknown_to_writer = contract != nullptr && contract->since && label < *contract->since;
      value = unknown_to_writer && contract->absent_means ? *contract->absent_means : *field.create_default;
    }
    row.merge(mapping_.columns(spec, field, value));
  }
  if (row.count("created_at") != 0) row["created_at"] = database_time(now);
  const Json id = object.get("id");
  mapping_.insert(spec, row);
  for (const FieldSpec& field : spec.fields) {
    if (field.type.name != "ListOfObjects" || !object.is_set(field.name)) continue;
    const RowMapping::Link link = mapping_.link(history, field.name);
    if (link.association) {
      mapping_.associate(history, field.name, id.get<std::string>(), object.children(field.name));
      continue;
    }
    auto sent_child = sent.at(catalog.serial_namespace + ".data").at(field.name).begin();
    for (Object child : object.children(field.name)) {
      child.set(link.child_column, id);
      insert(child, *sent_child++, now);
    }
  }
}

Json SharedRows::create(const Sent& sent, Instant now) {
  const Object& object = sent.object;
  const std::string id = object.get("id").get<std::string>();
  // The first statement opens the transaction: the columns that follow are those of one schema, also when a
  // migration commits beside it.
  if (mapping_.store().get(mapping_.spec(object.name()).table, id)) {
    throw Refused("DuplicateId", fmt::format("{} {} exists already", object.name(), id));
  }
  // A create that comes late, or again, does not bring back what went with its owner's end.
  const std::string ended = plant_ == "F37" ? "" : ended_owner(mapping_, object);
  if (!ended.empty()) throw Refused("Conflict", ended);
  insert(object, sent.primitive, now);
  // What the conductor filled in goes back in the caller's terms; children are as they were sent.
  const Manifest manifest{{object.name(), sent.label}};
  const Object before = read_object(sent.primitive, false);
  const Object after =
      read_object(mapping_.read(object.name(), id).to_primitive(sent.label, &manifest), false);
  reset_changes(after, {}, false);
  for (const FieldSpec& field : after.spec().fields)
    if (field.type.name == "ListOfObjects" && after.is_set(field.name)) unset(after, field.name);
  return updates_since(before, after);
}

bool SharedRows::save(const Sent& sent, const Object& stored, Instant now) {
  const Object& object = sent.object;
  const std::string prefix = mapping_.registry()->catalog().serial_namespace;
  const std::string name = object.name();
  const std::string id = object.get("id").get<std::string>();
  const ClassSpec& spec = mapping_.spec(name);
  const std::vector<std::string> changed = object.what_changed();
  bool wrote = false;
  const bool older = Version(sent.label) < Version(stored.version());
  Json seen = Json::object();
  if (older && !changed.empty()) {
    // Children are not part of the delta; giving them no manifest entry leaves them out of the conversion.
    const Manifest manifest{{name, sent.label}};
    seen = Object::forward(*mapping_.registry(), stored.to_primitive(sent.label, &manifest))
               .at(prefix + ".data");
  }
  const auto keys = ruled_keys(mapping_.registry()->catalog(), name);
  Row row;
  for (const std::string& field_name : changed) {
    const FieldSpec* const field = spec.field(field_name);
    if (field == nullptr || !object.is_set(field_name)) continue;
    if (field->type.name == "ListOfObjects") {
      if (!mapping_.link(mapping_.history(name), field_name).association) {
        throw Refused("ObjectActionError",
                      fmt::format("{}.{}: children are saved one by one", name, field_name));
      }
      wrote = true;
      mapping_.associate(mapping_.history(name), field_name, id, object.children(field_name));
      continue;
    }
    Json value = object.get(field_name);
    if (older && seen.contains(field_name)) {
      if (seen.at(field_name) == value) continue;
      const auto key = keys.find(field_name);
      if (key != keys.end() && value.is_object() && seen.at(field_name).is_object() &&
          value.contains(key->second) && seen.at(field_name).contains(key->second) &&
          value.at(key->second) == seen.at(field_name).at(key->second)) {
        value[key->second] = stored.get(field_name).at(key->second);
      }
    }
    life_cycle_->check(stored, field_name, value);
    row.merge(mapping_.columns(spec, *field, value));
  }
  if (plant_ == "F23" && older) {
    // Planted: the older object is written as a whole row, with NULL for what it does not know.
    for (const FieldSpec& field : spec.fields) {
      const bool kept =
          field.name == "id" || field.name == "created_at" || field.type.name == "ListOfObjects";
      if (kept || !field.column || !field.column->nullable || row.count(field.name) != 0) continue;
      row.merge(mapping_.columns(spec, field, object.is_set(field.name) ? object.get(field.name) : Json()));
    }
  }
  if (!row.empty()) {
    row["updated_at"] = database_time(now);
    wrote = true;
    mapping_.update(spec, id, row);
  }
  apply_consequences(mapping_, name, id, "save", now);
  return wrote;
}

}  // namespace caravan::nodes
