// A database in the memory of this process: the same promises as the others, checked by the same tests.
#pragma once

#include <memory>
#include <string>

#include "nodes/store/migration/store.hpp"
#include "nodes/store/store.hpp"

namespace caravan {

/// For one thread. What it opens may outlive it, and is never null.
class MemoryDatabase {
 public:
  /// With the tables that create_schema would make. Throws as release_schema.
  MemoryDatabase(const Catalog& catalog, const std::string& release);
  ~MemoryDatabase();
  MemoryDatabase(const MemoryDatabase&) = delete;
  MemoryDatabase& operator=(const MemoryDatabase&) = delete;

  /// Nobody can be waited for in one thread: a second writer is refused at once (locked).
  std::unique_ptr<Store> open();
  std::unique_ptr<Store> open_witness();
  std::unique_ptr<MigrationStore> open_migration();

 private:
  std::shared_ptr<struct MemoryContents> contents_;
};

}  // namespace caravan
