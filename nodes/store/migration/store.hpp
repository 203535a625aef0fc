// A database as a migration sees it: its tables can change, its rows are chosen by conditions.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nodes/store/migration/condition.hpp"
#include "nodes/store/schema.hpp"
#include "nodes/store/schema_state.hpp"
#include "nodes/store/store.hpp"

namespace caravan::nodes {

/// One writer's transaction at a time, begun by the caller. Every function may throw StoreError; a refused
/// update leaves the transaction as it was before it.
class MigrationStore {
 public:
  virtual ~MigrationStore() = default;
  virtual std::string shown() const = 0;  ///< the address, without a password
  /// As Store::work_on.
  virtual void work_on(const std::string& writer, const std::string& cause) = 0;

  virtual void begin() = 0;     ///< waits for the one writer's lock; kind locked if that takes too long
  virtual void commit() = 0;    ///< rolls back if it fails
  virtual void rollback() = 0;  ///< no-op without a transaction

  /// The bookkeeping row, which set_state replaces as a whole.
  virtual SchemaState state() = 0;
  virtual void set_state(const SchemaState& state) = 0;

  /// Name and columns of every table that there is, without unique keys and references.
  virtual Schema tables() = 0;
  /// Makes the tables of `to` out of those of `from`, with their rows: creates, adds, drops, renames, widens,
  /// sets or drops NOT NULL and unique keys. Tables that neither names are left alone. Nothing is witnessed:
  /// no row changes but for what the database itself puts into a new column. Comes before anything that the
  /// transaction writes. MariaDB commits at each statement, and another transaction is open afterwards: what
  /// was interrupted there is run again with the same arguments and goes on where it stopped.
  ///
  /// Kind not_null for a new column that is NOT NULL, on a table with rows; but MariaDB puts its implicit
  /// default in.
  virtual void change(const Schema& from, const Schema& to, const std::vector<Rename>& renames) = 0;

  /// The number of rows for which the condition holds.
  virtual long long count(const TableDef& table, const Condition& condition) = 0;
  /// `columns` of the first `limit` rows in the order of the key, or of all of them.
  virtual std::vector<Row> first(const TableDef& table, const std::vector<std::string>& columns,
                                 const Condition& condition, std::optional<int> limit) = 0;
  /// Gives the number of rows that it changed. The witness sees them.
  virtual long long update(const TableDef& table, const Row& columns, const Condition& condition) = 0;
};

/// begin() now, rollback() unless committed.
class MigrationTransaction {
 public:
  explicit MigrationTransaction(MigrationStore& store) : store_(store) { store_.begin(); }
  MigrationTransaction(const MigrationTransaction&) = delete;
  MigrationTransaction& operator=(const MigrationTransaction&) = delete;
  ~MigrationTransaction() { store_.rollback(); }
  /// Throws StoreError if it fails, and has rolled back.
  void commit() { store_.commit(); }

 private:
  MigrationStore& store_;
};

/// Throws Error: as open_store does, and machine_failed for a database that Caravan did not make.
std::unique_ptr<MigrationStore> open_migration_store(const std::string& url);

}  // namespace caravan::nodes
