// A database in the memory of this process: the same promises as the others, checked by the same tests.
#pragma once

#include <memory>
#include <string>

#include "nodes/store/database.hpp"
#include "nodes/store/migration/store.hpp"

namespace caravan::nodes {

class MemoryDatabase : public Database {
 public:
  /// With the tables that create_schema would make. Throws as release_schema. It lives as long as this, or as
  /// anything that it opened.
  MemoryDatabase(const Catalog& catalog, const std::string& release);
  ~MemoryDatabase() override;
  MemoryDatabase(const MemoryDatabase&) = delete;
  MemoryDatabase& operator=(const MemoryDatabase&) = delete;

  std::string shown() const override { return "the database in memory"; }
  /// Nobody can be waited for in one thread: a second writer is refused at once (locked).
  std::unique_ptr<Store> connect(int lock_timeout) override;
  std::unique_ptr<Store> witness() override;
  std::unique_ptr<MigrationStore> migration() override;

 private:
  std::shared_ptr<struct MemoryContents> contents_;
};

}  // namespace caravan::nodes
