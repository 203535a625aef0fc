// One connection to a SQLite file through SOCI: opening it, running statements to their end, telling errors
// apart.
#pragma once

#include <soci/soci.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nodes/store/schema.hpp"
#include "nodes/store/store.hpp"

namespace caravan {

struct SqliteUrl {
  std::string path;
  int busy_timeout = 5000;  ///< milliseconds
};
/// Throws bad_request for another form or scheme.
SqliteUrl parse_sqlite_url(const std::string& url);

/// A value on its way into or out of a statement; stays where it is while the statement lives.
struct Cell {
  Kind kind = Kind::text;
  std::string text;
  long long integer = 0;
  double real = 0;
  soci::indicator state = soci::i_null;
};
/// Throws StoreError constraint, naming `where` ("table.column") but not the value, if it is of another type.
Cell cell_of(Kind kind, const std::string& sql, const Json& value, const std::string& where);
Cell text_cell(const std::string& text);
Json value_of(const Cell& cell);

std::string identifier(const std::string& name);
std::string literal(const std::string& text);

class SqliteSession {
 public:
  enum class Mode { create, write, witness };
  /// Throws Error. A missing file is made only by `create`; `foreign_keys` off is for rebuilding tables.
  SqliteSession(const SqliteUrl& url, Mode mode, bool foreign_keys = true);
  SqliteSession(const SqliteSession&) = delete;
  SqliteSession& operator=(const SqliteSession&) = delete;
  ~SqliteSession();

  /// Runs one statement to its end, so that it holds no read snapshot; gives the number of changed rows.
  /// Parameters are :p0, :p1 ... in order; `row` is called with `out` filled. Throws StoreError.
  long long run(const std::string& sql, std::vector<Cell> in = {});
  long long run(const std::string& sql, std::vector<Cell> in, std::vector<Cell>& out,
                const std::function<void()>& row);

  /// False after SQLite itself gave up a transaction (disk full, I/O error).
  bool in_transaction() const;
  bool read_only() const;
  const SqliteUrl& url() const { return url_; }

 private:
  StoreError refusal(const soci::soci_error& error) const;

  SqliteUrl url_;
  std::unique_ptr<soci::session> session_;
};

/// `begin immediate` now, rollback unless committed.
class WriteTransaction {
 public:
  explicit WriteTransaction(SqliteSession& session);
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;
  ~WriteTransaction();
  void commit();

 private:
  SqliteSession& session_;
  bool open_ = true;
};

/// The bookkeeping row of a database that Caravan made.
struct SchemaState {
  std::string release;   ///< whose schema was last created or contracted to
  std::string previous;  ///< where the last contract came from, or empty
  std::string target;    ///< where an expand or data phase leads, or empty
  std::string phase;     ///< created, expand, data, contract
  long long generation = 0;
};
/// Throws StoreError machine if there is none.
SchemaState read_state(SqliteSession& session);

}  // namespace caravan
