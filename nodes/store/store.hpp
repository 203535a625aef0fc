// The database as conductors see it: rows of real tables. Nothing above knows SQL, nothing below knows
// objects. One interface for SQLite, PostgreSQL, MariaDB and the memory store (memory_store.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nodes/store/stamp.hpp"
#include "objects/base/json.hpp"
#include "objects/catalog/catalog.hpp"

namespace caravan::nodes {

/// Column -> value. JSON text columns are text here. Booleans are true/false, datetimes "YYYY-MM-DD
/// HH:MM:SS.ffffff", binary data is base64 text. A value of another type than its column's is refused
/// (constraint), never converted.
using Row = std::map<std::string, Json>;

/// A refusal of the database that callers can act on.
class StoreError : public std::runtime_error {
 public:
  /// Store's functions say which of them they throw.
  enum class Kind {
    duplicate,
    constraint,
    too_long,
    not_null,
    reference,
    busy,    ///< the database gave the transaction up for another one's sake: roll back, try again at once
    locked,  ///< another writer was waited for until the lock timeout: roll back, and do not wait again
    unknown_column,
    gone,
    disk,  ///< it is full, or gave an input or output error, through no fault of the caller
    machine
  };
  StoreError(Kind error_kind, const std::string& message) : std::runtime_error(message), kind(error_kind) {}
  Kind kind;
};
/// As it is spelled here; static storage.
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
  Stamp stamp;
};

/// Which releases the tables serve: `release`, and up to `target` while an expansion is under way.
struct SchemaStage {
  std::string release;
  std::string target;  ///< empty: none
};

/// One connection to a database, with one transaction at a time. Not for several threads; any number of
/// stores, in this process and in others, may be open on the same database.
///
/// The first call opens a transaction and takes the one writer's lock of the database, so that a write never
/// fails because of another writer once something was read. It ends with commit, rollback or the store, which
/// rolls back.
///
/// Calls throw StoreError. Then they have changed nothing, and the transaction goes on; but after busy,
/// locked, disk and machine the caller must roll back. Whatever is returned belongs to the caller.
class Store {
 public:
  virtual ~Store() = default;

  /// What the triggers stamp the changes of transactions with that begin from now on (stamp.hpp).
  virtual void work_on(const std::string& writer, const std::string& cause) = 0;

  /// Opens a transaction that only reads, of the state as it is now: it waits for nothing, and nothing waits
  /// for it. A write in it throws machine. No-op with an open transaction.
  virtual void begin_read() = 0;

  /// The row with this key, all its columns; nothing if there is none. Throws unknown_column for a table that
  /// is not there or has no key.
  virtual std::optional<Row> get(const std::string& table, const std::string& key) = 0;
  /// Rows whose columns equal all of `where`, NULL equalling NULL; in the order of created_at, then of the
  /// key, and of their insertion where there is no key. Throws unknown_column, or constraint for a value of
  /// another type than its column's.
  virtual std::vector<Row> list(const std::string& table, const Row& where) = 0;

  /// A column that is not named is NULL. Throws unknown_column, not_null, too_long, duplicate for a key that
  /// is there, constraint for a unique key or a type, reference for a row that is named and not there.
  virtual void insert(const std::string& table, const Row& row) = 0;
  /// Changes the named columns only. Throws gone if there is no such row, else as insert; constraint for
  /// another key, too.
  virtual void update(const std::string& table, const std::string& key, const Row& columns) = 0;
  /// Throws gone if there is no such row, reference while another row names it.
  virtual void remove(const std::string& table, const std::string& key) = 0;
  /// Removes all rows that list would give; none is not an error. Throws constraint for an empty `where`,
  /// reference as remove does.
  virtual void remove_where(const std::string& table, const Row& where) = 0;

  /// All of the transaction is in the database, for good and for all; or nothing of it, and the cause
  /// is thrown. No-op without a transaction.
  virtual void commit() = 0;
  virtual void rollback() = 0;  ///< never throws; no-op without a transaction

  /// Names of a table's columns, as the transaction sees it; empty if there is no such table. Valid until the
  /// next call.
  virtual const std::vector<std::string>& columns(const std::string& table) = 0;
  virtual std::vector<std::string> tables() = 0;  ///< the release's: without those named caravan_...
  /// As the transaction sees it; opens one, as get does.
  virtual SchemaStage stage() = 0;

  /// Committed changes behind `sequence`, oldest first, none left out. Not to be asked in a transaction that
  /// only reads.
  virtual std::vector<Change> changes_after(std::int64_t sequence) = 0;
};

/// Opens a database that is there; for `url` see database_url.hpp. `lock_timeout`: milliseconds that another
/// writer is waited for, unless the address says it. Never null. Throws Error: machine_failed with the cause,
/// bad_request for a malformed address.
std::unique_ptr<Store> open_store(const std::string& url, int lock_timeout = 5'000);

/// Milliseconds, for a node: its caller hears of a locked database well before it gives up.
constexpr int node_lock_timeout = 500;

/// The same, for looking only: no transaction stays open, so every call sees the last commit; writes throw
/// machine.
std::unique_ptr<Store> open_witness(const std::string& url);

/// Empty if a connection to the database is accepted, else the cause.
std::string why_no_connection(const std::string& url);

/// A run has the database to itself as long as this lives, or its process; nodes and tools need none.
class DatabaseClaim {
 public:
  virtual ~DatabaseClaim() = default;
};
/// Never waits. A SQLite file need not exist yet. Never null. Throws Error: bad_request if another
/// run has claimed the database, by whatever address; machine_failed as open_store.
std::unique_ptr<DatabaseClaim> claim_database(const std::string& url);

/// By default a database that is not empty is refused.
struct SchemaOptions {
  bool force = false;  ///< empty the database first, no matter what is in it
};
/// Makes the tables of the release, caravan_services and the witness's triggers in an empty database; all of
/// it, or nothing where DDL can be rolled back (docs/databases.md). `catalog` is any that has the release.
/// Throws Error: machine_failed if the database is not empty (then nothing is touched) or cannot be opened,
/// bad_request for a malformed address or an unknown release.
void create_schema(const std::string& url, const Catalog& catalog, const std::string& release,
                   const SchemaOptions& options = {});

}  // namespace caravan::nodes
