// Writes to tables in memory, each checked as a database would check it.
#pragma once

#include <string>
#include <vector>

#include "nodes/store/constraints.hpp"
#include "nodes/store/memory/tables.hpp"

namespace caravan::nodes {

/// The columns that `row` names, as a database would give them back. Throws StoreError: unknown_column, or
/// constraint for a value of another type than its column's.
Row kept_columns(const TableDef& table, const Row& row);
/// Whether a row has all values of `wanted`, null being one.
bool has_values(const Row& row, const Row& wanted);

/// Of the one writer, which sees all writes so far. A table is one of the schema. What is refused
/// (StoreError, as check_row and kept_columns) changes nothing.
class MemoryWriter : private RowLookup {
 public:
  /// `tables` outlives this.
  explicit MemoryWriter(MemoryTables& tables) : tables_(tables) {}

  /// A column that is not named is NULL.
  void insert(const TableDef& table, const Row& row);
  /// Kind gone if there is no such row.
  void update(const TableDef& table, const std::string& key, const Row& columns);
  /// Rows with these keys, which are there.
  void erase(const TableDef& table, const std::vector<std::string>& keys);
  /// That a row of the table fits its definition.
  void check(const TableDef& table, const std::string& key, const Row& row);

 private:
  bool any(const TableDef& table, const Row& where, const std::string* besides) override;
  std::string new_key(const TableDef& table, const Row& row) const;

  MemoryTables& tables_;
};

}  // namespace caravan::nodes
