#include "nodes/data/direct_rows.hpp"

#include <fmt/format.h>

#include "nodes/core/store_refusal.hpp"
#include "nodes/data/cascades.hpp"
#include "nodes/data/columns.hpp"
#include "objects/model/object_impl.hpp"

namespace caravan::nodes {

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

DirectRows::DirectRows(Exchange& exchange, Store& store, std::unique_ptr<const DirectWrites> writes)
    : Rows(exchange), rows_(exchange.registry(), store, View::own), writes_(std::move(writes)) {}

// In its own turn; again while another writer is in the way.
Task<void> DirectRows::transact(Kind kind, std::function<void()> statements) {
  const Instant since = exchange_.now();
  for (bool again = true; again;) {
    auto turn = exchange_.turn();
    co_await turn;
    try {
      transaction(kind, statements);
      again = false;
    } catch (const OperationError& error) {
      if (error.type != "DatabaseBusy" || !has_time(exchange_, since)) throw;
    }
    if (!again) co_return;
    auto pausing = exchange_.pause();
    co_await pausing;
  }
}

void DirectRows::transaction(Kind kind, const std::function<void()>& statements) {
  Store& store = rows_.store();
  try {
    for (int attempt = 1;; ++attempt) {
      try {
        if (kind == Kind::reads) store.begin_read();
        statements();
        store.commit();
        return;
      } catch (const StoreError& error) {
        if (error.kind != StoreError::Kind::busy || attempt == busy_attempts) throw;
        store.rollback();
      }
    }
  } catch (const StoreError& error) {
    store.rollback();
    using Why = StoreError::Kind;
    const bool conflict = error.kind == Why::constraint || error.kind == Why::reference;
    throw OperationError(error.kind == Why::duplicate ? "DuplicateId"
                         : error.kind == Why::gone    ? "NotFound"
                         : conflict                   ? "Conflict"
                         : is_busy(error)             ? "DatabaseBusy"
                         : error.kind == Why::disk    ? "DiskFailed"
                                                      : "DBError",
                         error.what());
  } catch (const Refused& error) {
    store.rollback();
    throw OperationError(error.type, error.what());
  } catch (...) {
    store.rollback();
    throw;
  }
}

Task<Object> DirectRows::receive(const Work& work, RpcArg argument, Json args) {
  return get(work, argument.object, args.at(this->argument(argument.name)).get<std::string>());
}

Task<Object> DirectRows::get(const Work&, std::string name, std::string id) {
  std::optional<Object> found;
  auto reading = transact(Kind::reads, [&] { found = rows_.read(name, id); });
  co_await reading;
  co_return *found;
}

// Whatever is there can be told: the classes are this release's own.
Task<std::optional<Object>> DirectRows::find(const Work& work, std::string name, std::string id) {
  auto getting = get(work, name, id);
  Object found = co_await getting;
  co_return found;
}

Task<std::vector<Object>> DirectRows::list(const Work&, std::string name, Json where) {
  std::vector<Object> found;
  auto reading = transact(Kind::reads, [&] { found = rows_.list(name, where); });
  co_await reading;
  co_return found;
}

Task<void> DirectRows::load(const Work&, Object object, std::string field) {
  Json value;
  auto reading = transact(
      Kind::reads, [&] { value = rows_.load(object.name(), object.get("id").get<std::string>(), field); });
  co_await reading;
  object.set(field, value);
  reset_changes(object, {field}, false);
}

Task<void> DirectRows::create(const Work&, Object object) {
  auto writing = transact(Kind::writes, [&] { insert(object); });
  co_await writing;
  object.reset_changes();
}

Task<void> DirectRows::save(const Work&, Object object) {
  auto writing = transact(Kind::writes, [&] { update(object); });
  co_await writing;
  object.reset_changes();
}

Task<void> DirectRows::remove(const Work&, Object object) {
  auto writing = transact(Kind::writes, [&] {
    destroy_row(rows_, object.name(), object.get("id").get<std::string>(), exchange_.now());
  });
  co_await writing;
  object.reset_changes();
}

// What is not set is the default of this release, or NULL.
Row DirectRows::columns_of(const Object& object, const FieldSpec& field) {
  const Json value =
      object.is_set(field.name) ? object.get(field.name) : field.create_default.value_or(Json());
  return rows_.columns(rows_.spec(object.name()), field, value);
}

// An INSERT names every column of the class.
void DirectRows::insert(const Object& object) {
  const ClassSpec& spec = rows_.spec(object.name());
  const ClassHistory& history = rows_.history(object.name());
  const std::string id = object.get("id").get<std::string>();
  Row row;
  for (const FieldSpec& field : spec.fields) {
    if (field.type.name == "ListOfObjects") continue;
    row.merge(columns_of(object, field));
  }
  if (row.count("created_at") != 0) row["created_at"] = database_time(exchange_.now());
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
      insert(child);
    }
  }
}

// A DELETE and an INSERT with the same id, as one change of what is different: what this process does not
// know is NULL afterwards.
void DirectRows::make_anew(const Object& object) {
  const ClassSpec& spec = rows_.spec(object.name());
  const std::string id = object.get("id").get<std::string>();
  if (!rows_.store().get(spec.table, id)) return insert(object);
  Row row;
  for (const std::string& column : rows_.store().columns(spec.table)) row[column] = nullptr;
  for (const FieldSpec& field : spec.fields) {
    if (field.type.name == "ListOfObjects") continue;
    for (auto& [column, value] : columns_of(object, field)) row[column] = std::move(value);
  }
  row.erase("created_at");
  row["updated_at"] = database_time(exchange_.now());
  rows_.update(spec, id, row);
}

void DirectRows::update(const Object& object) {
  const std::string name = object.name(), id = object.get("id").get<std::string>();
  const ClassSpec& spec = rows_.spec(name);
  const Object stored = rows_.read(name, id);
  Row row;
  for (const std::string& changed : object.what_changed()) {
    const FieldSpec* const field = spec.field(changed);
    if (field == nullptr || !object.is_set(changed)) continue;
    if (field->type.name == "ListOfObjects") {
      if (rows_.link(rows_.history(name), changed).association) {
        rows_.associate(rows_.history(name), changed, id, object.children(changed));
      } else if (!writes_->takes_children(name)) {
        throw Refused("ObjectActionError",
                      fmt::format("{}.{}: children are saved one by one", name, changed));
      }
      continue;
    }
    if (!writes_->keeps(stored, changed)) row.merge(rows_.columns(spec, *field, object.get(changed)));
  }
  if (!row.empty()) {
    row["updated_at"] = database_time(exchange_.now());
    rows_.update(spec, id, row);
  }
  const DirectWrites::Others others = writes_->beside(rows_, object);
  for (const std::string& dropped : others.dropped) rows_.remove(rows_.spec(others.object), dropped);
  for (const Object& made : others.made) make_anew(made);
  apply_consequences(rows_, name, id, "save", exchange_.now());
}

}  // namespace caravan::nodes
