// One connection to any of the databases through SOCI: running statements to their end, transactions, telling
// errors apart. What differs between databases is in their dialects.
#pragma once

#include <soci/soci.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nodes/store/database_url.hpp"
#include "nodes/store/schema.hpp"
#include "nodes/store/sql/statement_cache.hpp"
#include "nodes/store/store.hpp"

namespace caravan::nodes {

class Dialect;

/// A value on its way into or out of a statement; stays where it is while the statement lives.
struct Cell {
  Kind kind = Kind::text;
  std::string text;
  long long integer = 0;
  double real = 0;
  soci::indicator state = soci::i_null;
};
/// Throws StoreError constraint as check_value does.
Cell cell_of(const std::string& sql, const Json& value, const std::string& where);
Cell text_cell(const std::string& text);
Cell integer_cell(long long number);
Json value_of(const Cell& cell);

/// Double quotes and single quotes mean the same to every database: MariaDB is asked for it.
std::string identifier(const std::string& name);
std::string literal(const std::string& text);

/// One transaction at a time, which ends with the session: it rolls back. Not for several threads.
class SqlSession {
 public:
  /// `create` may make a SQLite file, `witness` cannot write, `migrate` may rebuild tables.
  enum class Mode { create, write, witness, migrate };
  /// Throws Error machine_failed with the cause.
  SqlSession(const DatabaseUrl& url, Mode mode);
  SqlSession(const SqlSession&) = delete;
  SqlSession& operator=(const SqlSession&) = delete;
  ~SqlSession();

  /// Runs one statement to its end, so that it holds no read snapshot; gives the number of changed rows.
  /// It stays prepared for the next run of the same text where that saves work (SQLite).
  /// Parameters are :p0, :p1 ... in order; `row` is called with `out` filled. Throws StoreError, whose
  /// message never holds a value.
  long long run(const std::string& sql, std::vector<Cell> in = {});
  long long run(const std::string& sql, std::vector<Cell> in, std::vector<Cell>& out,
                const std::function<void()>& row);
  /// The same for a write that may be refused: the transaction goes on after a refusal on every database.
  long long attempt(const std::string& sql, std::vector<Cell> in = {});
  /// The tables are no longer what they were: nothing stays prepared.
  void forget_statements() { statements_.clear(); }

  /// What the triggers find in transactions that begin_write begins from now on.
  void work_on(const std::string& writer, const std::string& cause);
  /// That of the last such transaction, as the database keeps it; empty: none.
  std::string stamp() const { return text_of(stamp_); }

  /// Waits for the one writer's lock, up to the busy timeout (then StoreError busy); gives the schema's
  /// generation as it is under the lock.
  long long begin_write();
  /// One state of the database, that of its first read; gives the schema's generation in it.
  long long begin_read();
  /// Alone in a database that has no bookkeeping yet.
  void begin_create();
  void commit();    ///< rolls back if it fails
  void rollback();  ///< no-op without an open transaction
  /// False also after the database itself gave up a transaction (disk full, deadlock).
  bool in_transaction() const;

  const DatabaseUrl& url() const { return url_; }
  /// Milliseconds that another writer is waited for; at first as the address says.
  int lock_timeout() const { return lock_timeout_; }
  void set_lock_timeout(int milliseconds);
  const Dialect& dialect() const { return dialect_; }
  soci::session& soci() const { return *session_; }

 private:
  DatabaseUrl url_;
  const Dialect& dialect_;
  std::unique_ptr<soci::session> session_;
  StatementCache statements_;
  int lock_timeout_ = 5'000;
  bool open_ = false;
  int attempts_ = 0;  ///< of writes, in this transaction
  Stamp stamp_;
};

}  // namespace caravan::nodes
