// A database in the memory of this process: the same promises as the others, checked by the same tests.
#pragma once

#include <memory>
#include <string>

#include "nodes/store/migration_store.hpp"
#include "nodes/store/store.hpp"

namespace caravan {

class MemoryDatabase {
 public:
  /// The schema that create_schema would make.
  MemoryDatabase(const Catalog& catalog, const std::string& release);
  ~MemoryDatabase();
  MemoryDatabase(const MemoryDatabase&) = delete;
  MemoryDatabase& operator=(const MemoryDatabase&) = delete;

  /// Stores may outlive this. Nobody waits in one thread: a second writer is refused at once (busy).
  std::unique_ptr<Store> open();
  std::unique_ptr<Store> open_witness();
  std::unique_ptr<MigrationStore> open_migration();

 private:
  std::shared_ptr<struct MemoryContents> contents_;
};

}  // namespace caravan
