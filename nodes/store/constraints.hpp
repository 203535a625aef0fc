// What a schema asks of a row, and the words in which a store refuses one that does not fit: the same for
// every database. The memory store uses these checks; servers and SQLite enforce the schema themselves,
// and their store runs the checks after a refusal, because no database names all of what it refuses.
//
// Every function throws StoreError. No message holds a value.
#pragma once

#include <string>
#include <vector>

#include "nodes/store/schema.hpp"
#include "nodes/store/store.hpp"

namespace caravan::nodes {

/// Kind unknown_column, with the nearest name there is.
const TableDef& known_table(const Schema& schema, const std::string& name);
const ColumnDef& known_column(const TableDef& table, const std::string& name);

/// Null for an association.
const ColumnDef* primary_key(const TableDef& table);
/// Kind unknown_column for an association.
const ColumnDef& key_column(const TableDef& table);

/// Other rows, as the transaction sees them.
class RowLookup {
 public:
  virtual ~RowLookup() = default;
  /// Whether some row has all values of `where`, none of which is null. `besides`: the key of a row that does
  /// not count, or null.
  virtual bool any(const TableDef& table, const Row& where, const std::string* besides) = 0;
};

/// All columns of a row that is inserted: null where `row` names none.
Row whole_row(const TableDef& table, const Row& row);

/// Kind constraint if `columns` would give the row another key.
void check_key_stays(const TableDef& table, const std::string& key, const Row& columns);

/// Whether `row`, with all its columns, fits: not_null, too_long, duplicate (the key), constraint (a unique
/// key), reference, in this order. `key`: of the row that it takes the place of; null if it is new. Types
/// are check_value's (values.hpp).
void check_row(const Schema& schema, const TableDef& table, const Row& row, const std::string* key,
               RowLookup& rows);

/// Kind reference if some row names one of `removed`, which were rows of `table`.
void check_unreferenced(const Schema& schema, const TableDef& table, const std::vector<Row>& removed,
                        RowLookup& rows);

}  // namespace caravan::nodes
