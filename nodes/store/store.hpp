// The database as conductors see it: rows of real tables. Nobody above knows SQL, nobody below knows objects.
// One interface for SQLite, PostgreSQL, MariaDB and the memory store (memory_store.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "objects/catalog.hpp"
#include "objects/json.hpp"

namespace caravan {

/// Column -> value. JSON text columns are text here. Booleans are true/false, datetimes "YYYY-MM-DD
/// HH:MM:SS.ffffff", binary data is base64 text. A value of another type than its column's is refused
/// (constraint), never converted.
using Row = std::map<std::string, Json>;

/// A refusal of the database that callers can act on.
class StoreError : public std::runtime_error {
 public:
  enum class Kind {
    duplicate,
    constraint,
    too_long,
    not_null,
    reference,
    busy,    ///< the database gave it up for another one's sake: roll back, and try it again at once
    locked,  ///< the same, but another writer was waited for until the lock timeout: who asks may not wait on
    unknown_column,
    gone,
    disk,  ///< it is full, or gave an input or output error: no doing of whoever asked
    machine
  };
  StoreError(Kind error_kind, const std::string& message) : std::runtime_error(message), kind(error_kind) {}
  Kind kind;
};
const char* name(StoreError::Kind kind);

/// One committed change of one column, as the triggers saw it. Values as in Row.
/// A created row gives one change per column with `old` null and `action` insert (also for NULL columns), a
/// deleted one the same with `new` null; an update one per column whose value changed. The key of an
/// association row is its columns' values joined by "/".
struct Change {
  std::int64_t sequence = 0;  ///< commit order
  std::string action;         ///< insert, update, delete
  std::string table, key, column;
  Json old_value, new_value;
};

/// Which releases the tables serve: `release`, and up to `target` while an expansion is under way.
struct SchemaStage {
  std::string release;
  std::string target;  ///< empty: none
};

class Store {
 public:
  virtual ~Store() = default;

  // Statements run in the transaction that the first one opens, which holds the one write lock of the
  // database from its start, so that a write after a read never fails with busy.
  /// Opens a transaction that only reads: it waits for nobody and nobody waits for it. A write in it throws.
  /// No-op with an open transaction.
  virtual void begin_read() = 0;
  virtual std::optional<Row> get(const std::string& table, const std::string& key) = 0;
  /// Rows whose columns equal all of `where`, ordered by created_at then key.
  virtual std::vector<Row> list(const std::string& table, const Row& where) = 0;
  virtual void insert(const std::string& table, const Row& row) = 0;
  /// Changes the named columns only. Throws StoreError gone if there is no such row.
  virtual void update(const std::string& table, const std::string& key, const Row& columns) = 0;
  /// Throws StoreError gone if there is no such row.
  virtual void remove(const std::string& table, const std::string& key) = 0;
  /// Association tables have no key: exact match, of at least one column. No such row: no change.
  virtual void remove_where(const std::string& table, const Row& where) = 0;

  virtual void commit() = 0;    ///< no-op without an open transaction
  virtual void rollback() = 0;  ///< no-op without an open transaction

  /// Columns of a table as they are now; cached by schema generation. Empty: no such table.
  virtual const std::vector<std::string>& columns(const std::string& table) = 0;
  virtual std::vector<std::string> tables() = 0;  ///< the release's: without those named caravan_...
  /// As the transaction sees it.
  virtual SchemaStage stage() = 0;

  /// Committed changes after `sequence`, oldest first; for the witness.
  virtual std::vector<Change> changes_after(std::int64_t sequence) = 0;
};

/// Opens an existing database; for `url` see database_url.hpp. Throws machine_failed with the cause,
/// bad_request for a malformed address.
/// `lock_timeout`: milliseconds that another writer is waited for, unless the address says it.
std::unique_ptr<Store> open_store(const std::string& url, int lock_timeout = 5'000);

/// Of who is waited for itself: a locked database is told to the caller well before the caller gives up.
constexpr int node_lock_timeout = 500;

/// The same, for looking only: sees every commit at once (no transaction stays open), refuses every write.
std::unique_ptr<Store> open_witness(const std::string& url);

/// Empty if a connection to the database is accepted, else the cause.
std::string why_no_connection(const std::string& url);

/// That a run has the database to itself, as long as this lives; nodes and tools need none.
class DatabaseClaim {
 public:
  virtual ~DatabaseClaim() = default;
};
/// Throws bad_request if another run has claimed the database, by whatever address; machine_failed as
/// open_store. A SQLite file need not be there yet.
std::unique_ptr<DatabaseClaim> claim_database(const std::string& url);

struct SchemaOptions {
  bool force = false;  ///< empty the database first, whoever made what is in it
};
/// Creates the schema of `catalog`'s release and caravan_services in an empty database (throws
/// machine_failed, and touches nothing, if it is not empty), with triggers. `catalog` is a snapshot of one
/// release, or any catalog with `release` naming one of its releases.
void create_schema(const std::string& url, const Catalog& catalog, const std::string& release,
                   const SchemaOptions& options = {});

}  // namespace caravan
