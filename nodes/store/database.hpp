// A database to which connections are made: what a carrier hands out in place of an address.
#pragma once

#include <memory>
#include <string>

#include "nodes/store/store.hpp"

namespace caravan::nodes {

class MigrationStore;

/// Opens nothing by itself. What it opens is never null, belongs to the caller and may outlive it; all of it
/// is one database. For one thread.
class Database {
 public:
  virtual ~Database() = default;
  /// For messages: the address without a password, or what it is.
  virtual std::string shown() const = 0;

  /// As a node or tool has it. `lock_timeout` and errors as of open_store.
  virtual std::unique_ptr<Store> connect(int lock_timeout) = 0;
  /// For looking only: it sees each commit, and changes_after names them in their order. Throws as connect.
  virtual std::unique_ptr<Store> witness() = 0;
  /// For a phase of a migration (nodes/store/migration/store.hpp). Throws as open_migration_store.
  virtual std::unique_ptr<MigrationStore> migration() = 0;
};

/// The one at the address (database_url.hpp), which other processes may open, too. Never null. Throws Error
/// bad_request for a malformed address.
std::unique_ptr<Database> database_at(const std::string& url);

}  // namespace caravan::nodes
