#include "nodes/store/memory/contents.hpp"

#include <utility>

#include "nodes/store/constraints.hpp"

namespace caravan::nodes {
namespace {

std::string witnessed_key(const TableDef& table, const Row& row) {
  if (const ColumnDef* key = primary_key(table)) return row.at(key->name).get<std::string>();
  std::string joined;
  for (const ColumnDef& each : table.columns) {
    const Json& value = row.at(each.name);
    joined += &each == &table.columns.front() ? "" : "/";
    if (!value.is_null()) joined += value.is_string() ? value.get<std::string>() : value.dump();
  }
  return joined;
}

}  // namespace

void MemoryContents::lock(const void* who) {
  if (writer && writer != who)
    throw StoreError(StoreError::Kind::locked, "the database is locked: another writer is at work");
  writer = who;
}

void MemoryContents::commit(std::shared_ptr<MemoryTables> written, SchemaState written_state,
                            const Stamp& stamp) {
  const Stamp kept = stamp_from(text_of(stamp));
  tables = std::move(written);
  state = std::move(written_state);
  for (const RowWrite& write : tables->commit())
    record(*find_table(tables->schema(), write.table), write, kept);
}

// As the triggers of a database would.
void MemoryContents::record(const TableDef& table, const RowWrite& write, const Stamp& stamp) {
  const std::string key = witnessed_key(table, write.before ? *write.before : *write.after);
  for (const ColumnDef& column : table.columns) {
    Change change;
    change.action = !write.before ? "insert" : !write.after ? "delete" : "update";
    if (write.before) change.old_value = write.before->at(column.name);
    if (write.after) change.new_value = write.after->at(column.name);
    if (change.action == "update" && change.old_value == change.new_value) continue;
    change.sequence = static_cast<std::int64_t>(changes.size()) + 1;
    change.table = table.name;
    change.key = key;
    change.column = column.name;
    change.stamp = stamp;
    changes.push_back(std::move(change));
  }
}

}  // namespace caravan::nodes
