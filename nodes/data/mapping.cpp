#include "nodes/data/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/data/columns.hpp"

namespace caravan::nodes {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_list(const FieldSpec& field) { return field.type.name == "ListOfObjects"; }

/// The order of keys is nobody's business.
bool same_value(const Json& a, const Json& b) {
  if (a.is_object() && b.is_object()) {
    if (a.size() != b.size()) return false;
    for (const auto& [key, value] : a.items()) {
      const auto other = b.find(key);
      if (other == b.end() || !same_value(value, *other)) return false;
    }
    return true;
  }
  if (a.is_array() && b.is_array()) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_value);
  }
  return a == b;
}

Refused unsupported(const std::string& name) {
  return {"UnsupportedObjectError", "Unsupported object type " + name};
}

}  // namespace

Refused not_found(const std::string& name, const std::string& id) {
  return {"NotFound", fmt::format("{} {} does not exist", name, id)};
}

void RowMapping::refuse(const StoreError& error, const std::string& table) const {
  switch (error.kind) {
    case StoreError::Kind::duplicate:
      throw Refused("DuplicateId", table + " has this id already");
    case StoreError::Kind::gone:
      throw Refused("NotFound", "no such row in " + table);
    case StoreError::Kind::constraint:
    case StoreError::Kind::reference:
      throw Refused("Conflict", error.what());
    case StoreError::Kind::too_long:
    case StoreError::Kind::not_null:
      if (view_ == View::shared) throw Refused("ValueError", error.what());
      throw error;
    default:
      throw error;
  }
}

const ClassSpec& RowMapping::spec(const std::string& name) const {
  const ClassSpec* found = nullptr;
  for (const ClassSpec& candidate : registry_->catalog().classes) {
    if (candidate.name == name && (found == nullptr || found->version < candidate.version))
      found = &candidate;
  }
  if (found == nullptr) throw unsupported(name);
  return *found;
}

const ClassHistory& RowMapping::history(const std::string& name) const {
  const ClassHistory* found = registry_->catalog().history(name);
  if (found == nullptr) throw unsupported(name);
  return *found;
}

RowMapping::Link RowMapping::link(const ClassHistory& history, const std::string& field) const {
  Link link;
  link.child = history.children.at(field);
  const std::string& key = history.child_key.at(field);
  if (const auto dot = key.find('.'); dot != std::string::npos) {
    const auto second = key.find('.', dot + 1);
    link.association = true;
    link.table = key.substr(0, dot);
    link.parent_column = key.substr(dot + 1, second - dot - 1);
    link.child_column = key.substr(second + 1);
  } else {
    link.table = this->history(link.child).table;
    link.child_column = key;
  }
  return link;
}

// The old column of a rename is the truth as long as the table has it: an older writer may be alive.
std::string RowMapping::truth_column(const ClassSpec& spec, const FieldSpec& field) {
  if (view_ == View::own) return field.name;
  const Contract* contract = registry_->catalog().contract(spec.name, field.name);
  if (contract != nullptr && contract->was_called && contract->field == field.name &&
      contains(store_.columns(spec.table), contract->was_called->first)) {
    return contract->was_called->first;
  }
  return field.name;
}

Row RowMapping::columns(const ClassSpec& spec, const FieldSpec& field, const Json& wire) {
  Row row;
  const Json value = to_column(field, wire);
  if (view_ == View::own) return {{field.name, value}};
  row[truth_column(spec, field)] = value;
  if (contains(store_.columns(spec.table), field.name)) row[field.name] = value;
  return row;
}

// A SELECT names every column of the release's own class, whether there are rows or not.
void RowMapping::name_columns(const ClassSpec& known) {
  if (view_ == View::shared) return;
  const auto& there = store_.columns(known.table);
  for (const FieldSpec& field : known.fields) {
    if (is_list(field) || field.deferred || contains(there, field.name)) continue;
    throw StoreError(StoreError::Kind::unknown_column,
                     fmt::format("no such column: {}.{}", known.table, field.name));
  }
}

Object RowMapping::from_row(const std::string& name, Row row, bool with_children) {
  Object object = Object::create(registry_, name);
  const ClassSpec& known = spec(name);
  if (migrating_) migrate(known, row);
  const ClassHistory& story = history(name);
  name_columns(known);
  for (const FieldSpec& field : known.fields) {
    if (field.deferred || is_list(field)) continue;
    const auto column = row.find(truth_column(known, field));
    if (column == row.end()) continue;
    Json value = to_wire(field, column->second);
    const Contract* contract = registry_->catalog().contract(name, field.name);
    // What NULL stands for is applied where the value is used: here.
    if (view_ == View::shared && value.is_null() && contract != nullptr && contract->absent_means)
      value = *contract->absent_means;
    object.set(field.name, value);
  }
  if (with_children) {
    const std::string id = row.at("id").get<std::string>();
    for (const FieldSpec& field : known.fields) {
      if (is_list(field) && !field.deferred) object.set_children(field.name, items(story, field.name, id));
    }
  }
  object.reset_changes();
  return object;
}

std::vector<Object> RowMapping::items(const ClassHistory& parent, const std::string& field,
                                      const std::string& id) {
  const Link where = link(parent, field);
  std::vector<Object> objects;
  if (where.association) {
    for (const Row& row : store_.list(where.table, {{where.parent_column, id}})) {
      objects.push_back(read(where.child, row.at(where.child_column).get<std::string>()));
    }
  } else {
    const auto rows = store_.list(where.table, {{where.child_column, id}});
    name_columns(spec(where.child));
    for (const Row& row : rows) {
      objects.push_back(from_row(where.child, row, true));
    }
  }
  return objects;
}

Object RowMapping::read(const std::string& name, const std::string& id) {
  const std::optional<Row> row = store_.get(spec(name).table, id);
  name_columns(spec(name));
  if (!row) throw not_found(name, id);
  return from_row(name, *row, true);
}

// A caller of another release may know the field by the name that it had.
const FieldSpec& RowMapping::field_to_list_by(const ClassSpec& known, const std::string& called) const {
  for (const FieldSpec& field : known.fields) {
    if (is_list(field)) continue;
    const Contract* contract = registry_->catalog().contract(known.name, field.name);
    const bool before = view_ == View::shared && contract != nullptr && contract->was_called &&
                        contract->was_called->first == called;
    if (field.name == called || before) return field;
  }
  throw Refused("ValueError", fmt::format("{} has no field {} to list by", known.name, called));
}

// The database compares what has one form in a column. What NULL stands for it does not know, and of a Json
// value it knows one spelling: these are compared as objects have them.
bool RowMapping::compared_by_value(const ClassSpec& known, const FieldSpec& field) const {
  if (view_ == View::own || field.deferred || lists_as_sql_) return false;
  const Contract* contract = registry_->catalog().contract(known.name, field.name);
  return field.type.name == "Json" ||
         (contract != nullptr && contract->absent_means && !contract->absent_means->is_null());
}

std::vector<Object> RowMapping::list(const std::string& name, const Json& where) {
  const ClassSpec& known = spec(name);
  Object probe = Object::create(registry_, name);
  Row filter;
  std::vector<std::pair<std::string, Json>> compared;
  for (const auto& [called, given] : where.items()) {
    const FieldSpec& field = field_to_list_by(known, called);
    Json value;
    try {
      if (!given.is_null()) {
        probe.set(field.name, given);
        value = probe.get(field.name);
      }
    } catch (const ObjectError&) {
      return {};  // no row can hold it
    }
    if (compared_by_value(known, field)) {
      compared.emplace_back(field.name, value);
    } else {
      filter[truth_column(known, field)] = to_column(field, value);
    }
  }
  const auto fits = [&compared](const Object& object) {
    return std::all_of(compared.begin(), compared.end(), [&object](const auto& asked) {
      return same_value(object.is_set(asked.first) ? object.get(asked.first) : Json(), asked.second);
    });
  };
  std::vector<Object> objects;
  const auto rows = store_.list(known.table, filter);
  name_columns(known);
  for (const Row& row : rows) {
    Object object = from_row(name, row, false);
    if (fits(object)) objects.push_back(std::move(object));
  }
  return objects;
}

Json RowMapping::load(const std::string& name, const std::string& id, const std::string& field_name) {
  const ClassSpec& known = spec(name);
  const FieldSpec* const field = known.field(field_name);
  if (field == nullptr)
    throw Refused("ObjectActionError",
                  fmt::format("Object action obj_load_attr failed because: attribute {} not lazy-loadable",
                              field_name));
  if (is_list(*field)) {
    Json primitives = Json::array();
    for (const Object& item : items(history(name), field_name, id)) primitives.push_back(item.to_primitive());
    return primitives;
  }
  const std::optional<Row> row = store_.get(known.table, id);
  if (!row) throw not_found(name, id);
  return to_wire(*field, row->at(truth_column(known, *field)));
}

// With row stamps a row says by which version it was written last.
Row RowMapping::stamped(const ClassSpec& known, Row row) {
  if (view_ == View::shared && contains(store_.columns(known.table), "object_version"))
    row["object_version"] = known.version.text();
  return row;
}

// What a data migration would do to the row: the new column of a rename, and what absence stands for.
void RowMapping::migrate(const ClassSpec& known, Row& row) {
  Row changes;
  for (const FieldSpec& field : known.fields) {
    const Contract* contract = registry_->catalog().contract(known.name, field.name);
    const auto column = row.find(field.name);
    if (contract == nullptr || column == row.end() || !column->second.is_null()) continue;
    const auto before = contract->was_called ? row.find(contract->was_called->first) : row.end();
    if (before != row.end() && !before->second.is_null()) {
      changes[field.name] = before->second;
    } else if (contract->since && contract->absent_means && !contract->absent_means->is_null()) {
      changes[field.name] = to_column(field, *contract->absent_means);
    }
  }
  if (changes.empty()) return;
  update(known, row.at("id").get<std::string>(), changes);
  for (const auto& [column, value] : changes) row[column] = value;
}

void RowMapping::insert(const ClassSpec& known, const Row& row) {
  try {
    store_.insert(known.table, stamped(known, row));
  } catch (const StoreError& error) {
    refuse(error, known.table);
  }
}

void RowMapping::update(const ClassSpec& known, const std::string& id, const Row& row) {
  try {
    store_.update(known.table, id, stamped(known, row));
  } catch (const StoreError& error) {
    refuse(error, known.table);
  }
}

void RowMapping::associate(const ClassHistory& parent, const std::string& field, const std::string& id,
                           const std::vector<Object>& objects) {
  const Link where = link(parent, field);
  try {
    store_.remove_where(where.table, {{where.parent_column, id}});
    for (const Object& item : objects) {
      store_.insert(where.table, {{where.parent_column, id}, {where.child_column, item.get("id")}});
    }
  } catch (const StoreError& error) {
    refuse(error, where.table);
  }
}

void RowMapping::remove(const ClassSpec& known, const std::string& id) {
  try {
    store_.remove(known.table, id);
  } catch (const StoreError& error) {
    refuse(error, known.table);
  }
}

}  // namespace caravan::nodes
