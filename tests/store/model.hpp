// What a store promises, in the plainest way: tables are lists of rows, a transaction is a copy of them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "nodes/store/schema.hpp"
#include "nodes/store/store.hpp"

namespace caravan::nodes::test {

class Model {
 public:
  using Rows = std::vector<Row>;  ///< in the order in which they came
  using Refusals = std::set<StoreError::Kind>;

  explicit Model(Schema schema) : schema_(std::move(schema)) {}

  const Schema& schema() const { return schema_; }
  const Rows& committed(const std::string& table) { return committed_[table]; }

  // Each gives the reasons to refuse it, of which a store names one; with none it is done.
  Refusals insert(const std::string& table, const Row& row);
  Refusals update(const std::string& table, const std::string& key, const Row& columns);
  Refusals remove(const std::string& table, const std::string& key);
  Refusals remove_where(const std::string& table, const Row& where);
  Refusals list(const std::string& table, const Row& where, Rows& found) const;

  void commit();
  void rollback() { open_ = committed_, pending_.clear(); }

  /// The changes committed since the last time, those of one statement together, in order of key and column.
  std::vector<std::vector<Change>> take_changes() { return std::exchange(changes_, {}); }

 private:
  const TableDef* table(const std::string& name) const { return find_table(schema_, name); }
  Refusals wrong(const TableDef& table, const Row& row) const;
  Refusals broken(const TableDef& table, const Row& row, const Row* instead_of) const;
  bool refers(const TableDef& table, const Row& row) const;
  void record(const TableDef& table, const Rows& before, const Rows& after, const char* action);

  Schema schema_;
  mutable std::map<std::string, Rows> open_, committed_;
  std::vector<std::vector<Change>> pending_, changes_;
};

/// The name of the column that is the key, or null.
const std::string* key_of(const TableDef& table);

}  // namespace caravan::nodes::test
