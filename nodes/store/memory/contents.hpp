// What the stores over one database in memory share.
#pragma once

#include <memory>
#include <vector>

#include "nodes/store/memory/tables.hpp"
#include "nodes/store/schema_state.hpp"
#include "nodes/store/store.hpp"

namespace caravan::nodes {

/// The database, and the lock of its one writer. For one thread.
struct MemoryContents {
  MemoryContents(Schema schema, SchemaState made) : state(std::move(made)) {
    tables = std::make_shared<MemoryTables>(std::move(schema));
  }

  /// Others after a change of the schema; a reader keeps those that it began with.
  std::shared_ptr<MemoryTables> tables;
  SchemaState state;
  std::vector<Change> changes;
  const void* writer = nullptr;  ///< who holds the one writer's lock

  /// Kind locked while another holds it: in one thread there is no waiting.
  void lock(const void* who);
  void unlock() { writer = nullptr; }
  /// The tables as they are now, and their state, are the database from now on; each write since the last
  /// commit of them is a change that the witness sees, stamped so.
  void commit(std::shared_ptr<MemoryTables> written, SchemaState written_state, const Stamp& stamp);

 private:
  void record(const TableDef& table, const RowWrite& write, const Stamp& stamp);
};

}  // namespace caravan::nodes
