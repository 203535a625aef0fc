// MigrationStore over a database in memory.
#include <algorithm>
#include <utility>

#include "nodes/store/constraints.hpp"
#include "nodes/store/memory/contents.hpp"
#include "nodes/store/memory/store.hpp"
#include "nodes/store/memory/writer.hpp"
#include "nodes/store/migration/store.hpp"

namespace caravan::nodes {
namespace {

Row moved(const Row& row, const TableDef& to, const std::vector<Rename>& renames) {
  Row made;
  for (const ColumnDef& column : to.columns) {
    auto found = row.find(column.name);
    for (const Rename& rename : renames) {
      if (found == row.end() && rename.table == to.name && rename.after == column.name)
        found = row.find(rename.before);
    }
    made[column.name] = found == row.end() ? Json() : found->second;
  }
  return made;
}

// New tables with the rows of the old ones; whoever reads those goes on.
std::shared_ptr<MemoryTables> changed(MemoryTables& old, const Schema& from, Schema to,
                                      const std::vector<Rename>& renames) {
  for (const TableDef& table : old.schema()) {
    if (!find_table(from, table.name) && !find_table(to, table.name)) to.push_back(table);
  }
  auto made = std::make_shared<MemoryTables>(std::move(to));
  for (const TableDef& table : made->schema()) {
    if (!find_table(old.schema(), table.name)) continue;
    for (const auto& [key, row] : old.rows(table.name, old.now()))
      made->put(table.name, key, std::make_shared<const Row>(moved(*row, table, renames)));
  }
  made->commit();
  MemoryWriter writer(*made);
  for (const TableDef& table : made->schema()) {
    for (const auto& [key, row] : made->rows(table.name, made->now())) writer.check(table, key, *row);
  }
  return made;
}

class MemoryMigrationStore : public MigrationStore {
 public:
  explicit MemoryMigrationStore(std::shared_ptr<MemoryContents> contents) : contents_(std::move(contents)) {}
  ~MemoryMigrationStore() override { MemoryMigrationStore::rollback(); }

  std::string shown() const override { return "the database in memory"; }

  void work_on(const std::string& writer, const std::string& cause) override {
    stamp_.writer = writer;
    stamp_.cause = cause;
  }
  void begin() override {
    contents_->lock(this);
    ++stamp_.transaction;
    open_ = true;
    tables_ = contents_->tables;
    state_ = contents_->state;
  }
  void commit() override {
    if (!open_) return;
    contents_->commit(tables_, state_, stamp_);
    rollback();
  }
  void rollback() override {
    if (!open_) return;
    tables_->undo_to(tables_->committed());
    contents_->unlock();
    open_ = false;
  }

  SchemaState state() override { return open_ ? state_ : contents_->state; }
  void set_state(const SchemaState& state) override { state_ = state; }

  Schema tables() override { return present().schema(); }
  void change(const Schema& from, const Schema& to, const std::vector<Rename>& renames) override {
    tables_ = changed(*tables_, from, to, renames);
  }

  long long count(const TableDef& table, const Condition& condition) override {
    return static_cast<long long>(chosen(table, condition).size());
  }

  std::vector<Row> first(const TableDef& table, const std::vector<std::string>& columns,
                         const Condition& condition, std::optional<int> limit) override {
    std::vector<Row> rows;
    for (const auto& [key, row] : chosen(table, condition)) {
      if (limit && rows.size() == static_cast<std::size_t>(*limit)) break;
      rows.emplace_back();
      for (const std::string& column : columns) rows.back()[column] = row->at(column);
    }
    return rows;
  }

  long long update(const TableDef& table, const Row& columns, const Condition& condition) override {
    const MemoryTables::Version before = tables_->now();
    const RowsByKey rows = chosen(table, condition);
    try {
      for (const auto& [key, row] : rows)
        MemoryWriter(*tables_).update(*find_table(tables_->schema(), table.name), key, columns);
    } catch (const StoreError&) {
      tables_->undo_to(before);
      throw;
    }
    return static_cast<long long>(rows.size());
  }

 private:
  MemoryTables& present() const { return open_ ? *tables_ : *contents_->tables; }
  RowsByKey chosen(const TableDef& table, const Condition& condition) const {
    MemoryTables& tables = present();
    RowsByKey rows;
    for (const auto& entry : tables.rows(table.name, tables.now())) {
      if (holds(condition, *entry.second)) rows.insert(rows.end(), entry);
    }
    return rows;
  }

  std::shared_ptr<MemoryContents> contents_;
  Stamp stamp_;
  bool open_ = false;
  std::shared_ptr<MemoryTables> tables_;
  SchemaState state_;
};

}  // namespace

std::unique_ptr<MigrationStore> MemoryDatabase::migration() {
  return std::make_unique<MemoryMigrationStore>(contents_);
}

}  // namespace caravan::nodes
