#include "nodes/data/direct_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/core/commit.hpp"
#include "nodes/data/cascades.hpp"
#include "nodes/data/release_hooks.hpp"
#include "nodes/data/remote_rows.hpp"
#include "objects/model/object_impl.hpp"

namespace caravan {

std::shared_ptr<const Registry> unchecked_registry(Catalog snapshot) {
  for (ClassSpec& spec : snapshot.classes) {
    for (FieldSpec& field : spec.fields) {
      field.nullable = true;
      if (field.type.name != "Enum") continue;
      field.type = FieldType{};
      field.type.name = "String";
    }
  }
  return Registry::from(snapshot);
}

Direct::Direct(std::shared_ptr<const Registry> registry, Store& store)
    : rows_(std::move(registry), store, View::own) {}

void Direct::transaction(bool reading, const std::function<void()>& work) {
  Store& store = rows_.store();
  try {
    for (int attempt = 1;; ++attempt) {
      try {
        if (reading) store.begin_read();
        work();
        store.commit();
        return;
      } catch (const StoreError& error) {
        if (error.kind != StoreError::Kind::busy || attempt == busy_attempts) throw;
        store.rollback();
      }
    }
  } catch (const StoreError& error) {
    store.rollback();
    using Kind = StoreError::Kind;
    const bool conflict = error.kind == Kind::constraint || error.kind == Kind::reference;
    throw RemoteError(error.kind == Kind::duplicate ? "DuplicateId"
                      : error.kind == Kind::gone    ? "NotFound"
                      : conflict                    ? "Conflict"
                      : is_busy(error)              ? "DatabaseBusy"
                      : error.kind == Kind::disk    ? "DiskFailed"
                                                    : "DBError",
                      error.what());
  } catch (const Refused& error) {
    store.rollback();
    throw RemoteError(error.type, error.what());
  } catch (...) {
    store.rollback();
    throw;
  }
}

Object Direct::get(const std::string& name, const std::string& id) {
  std::optional<Object> found;
  transaction(true, [&] { found = rows_.read(name, id); });
  return *found;
}

std::vector<Object> Direct::list(const std::string& name, const Json& where) {
  std::vector<Object> found;
  transaction(true, [&] { found = rows_.list(name, where); });
  return found;
}

void Direct::load(const Object& object, const std::string& field) {
  Json value;
  const std::string id = object.get("id").get<std::string>();
  transaction(true, [&] { value = rows_.load(object.name(), id, field); });
  Object loaded = object;
  loaded.set(field, value);
  reset_changes(loaded, {field}, false);
}

void Direct::create(const Object& object, Instant now) {
  transaction(false, [&] { insert(object, now); });
}

// What is not set is the default of this release, or NULL.
Row Direct::columns_of(const Object& object, const FieldSpec& field) {
  const Json value =
      object.is_set(field.name) ? object.get(field.name) : field.create_default.value_or(Json());
  return rows_.columns(rows_.spec(object.name()), field, value);
}

// An INSERT names every column of the class.
void Direct::insert(const Object& object, Instant now) {
  const ClassSpec& spec = rows_.spec(object.name());
  const ClassHistory& history = rows_.history(object.name());
  const std::string id = object.get("id").get<std::string>();
  Row row;
  for (const FieldSpec& field : spec.fields) {
    if (field.type.name == "ListOfObjects") continue;
    row.merge(columns_of(object, field));
  }
  if (row.count("created_at") != 0) row["created_at"] = database_time(now);
  rows_.insert(spec, row);
  for (const FieldSpec& field : spec.fields) {
    if (field.type.name != "ListOfObjects" || !object.is_set(field.name)) continue;
    const RowMapping::Link link = rows_.link(history, field.name);
    if (link.association) {
      rows_.associate(history, field.name, id, object.children(field.name));
      continue;
    }
    for (Object child : object.children(field.name)) {
      child.set(link.child_column, id);
      insert(child, now);
    }
  }
}

// A DELETE and an INSERT with the same id, as one change of what is different: what this process does not
// know is NULL afterwards.
void Direct::make_anew(const Object& object, Instant now) {
  const ClassSpec& spec = rows_.spec(object.name());
  const std::string id = object.get("id").get<std::string>();
  if (!rows_.store().get(spec.table, id)) return insert(object, now);
  Row row;
  for (const std::string& column : rows_.store().columns(spec.table)) row[column] = nullptr;
  for (const FieldSpec& field : spec.fields) {
    if (field.type.name == "ListOfObjects") continue;
    for (auto& [column, value] : columns_of(object, field)) row[column] = std::move(value);
  }
  row.erase("created_at");
  row["updated_at"] = database_time(now);
  rows_.update(spec, id, row);
}

void Direct::save(const Object& object, Instant now) {
  const std::string name = object.name(), id = object.get("id").get<std::string>();
  const ClassSpec& spec = rows_.spec(name);
  transaction(false, [&] {
    const Object stored = rows_.read(name, id);
    Row row;
    for (const std::string& changed : object.what_changed()) {
      const auto field = std::find_if(spec.fields.begin(), spec.fields.end(),
                                      [&](const FieldSpec& known) { return known.name == changed; });
      if (field == spec.fields.end() || !object.is_set(changed)) continue;
      if (field->type.name == "ListOfObjects") {
        if (rows_.link(rows_.history(name), changed).association) {
          rows_.associate(rows_.history(name), changed, id, object.children(changed));
        } else if (name != "ClusterTemplate") {
          throw Refused("ObjectActionError",
                        fmt::format("{}.{}: children are saved one by one", name, changed));
        }
        continue;
      }
      const Json value = object.get(changed);
      const bool absorbed = name == "Cluster" && changed == "status" && stored.get("status") == "Deleting";
      if (!absorbed) row.merge(rows_.columns(spec, *field, value));
    }
    if (!row.empty()) {
      row["updated_at"] = database_time(now);
      rows_.update(spec, id, row);
    }
    const behaviours::Relations relations = behaviours::relations_after(rows_, object);
    for (const std::string& dropped : relations.dropped)
      rows_.remove(rows_.spec("TemplatesRelation"), dropped);
    for (const Object& made : relations.made) make_anew(made, now);
    apply_consequences(rows_, name, id, "save", now);
  });
}

void Direct::destroy(const Object& object, Instant now) {
  transaction(false, [&] { destroy_row(rows_, object.name(), object.get("id").get<std::string>(), now); });
}

}  // namespace caravan
