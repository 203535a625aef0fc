// What differs between databases: how they connect, lock, refuse, write their types and keep their tables.
// Everything else is the same SQL for all.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nodes/store/schema.hpp"
#include "nodes/store/sql/session.hpp"

namespace caravan::nodes {

/// One constant object a kind of database, shared by all sessions. Functions that take a session run
/// statements in it and may throw StoreError; those that give SQL run nothing.
class Dialect {
 public:
  virtual ~Dialect() = default;

  // Connections. connect throws Error; settle, right after it, may throw StoreError.
  virtual std::unique_ptr<soci::session> connect(const DatabaseUrl& url, SqlSession::Mode mode) const = 0;
  virtual void settle(SqlSession& session, SqlSession::Mode mode) const = 0;
  /// Makes the database wait as long as `session.lock_timeout()` says.
  virtual void apply_lock_timeout(SqlSession& session) const = 0;
  /// Kind and a message without values; the session has just failed with `error`.
  virtual StoreError refusal(SqlSession& session, const soci::soci_error& error) const = 0;

  // Transactions, as SqlSession promises them.
  virtual long long begin_write(SqlSession& session) const = 0;
  virtual long long begin_read(SqlSession& session) const = 0;
  /// Alone in a database that has no bookkeeping yet.
  virtual void begin_create(SqlSession& session) const = 0;
  /// For as long as the session lives. Nothing: it is ours. Else the owner, as " (...)", or an empty text.
  virtual std::optional<std::string> claim(SqlSession&) const { return std::nullopt; }
  virtual bool in_transaction(const SqlSession&) const { return true; }
  /// `first`: of the transaction.
  virtual void before_attempt(SqlSession&, bool /*first*/) const {}
  /// Of a transaction in which a write was attempted.
  virtual void before_commit(SqlSession&) const {}
  virtual void after_refusal(SqlSession&) const {}
  /// Makes a statement that has just run ready to be bound and run again, without its values. False: this
  /// database prepares each one again.
  virtual bool rewind(soci::statement&) const { return false; }

  // Expressions.
  /// The column as `Row` has it: numbers for booleans, text for datetimes and binary data.
  virtual std::string read(const ColumnDef& column) const { return identifier(column.name); }
  /// The parameter as the column takes it.
  virtual std::string written(const ColumnDef&, const std::string& parameter) const { return parameter; }
  /// True where two expressions differ, NULL counting as a value.
  virtual std::string differs(const std::string& a, const std::string& b) const = 0;
  /// The length of a text.
  virtual std::string characters(const std::string& text) const { return "length(" + text + ")"; }
  /// " order by ..." created_at and key; rows without a key as they came.
  virtual std::string ordered(const TableDef& table) const = 0;
  /// What follows "insert into T" for a row that names no column.
  virtual std::string no_values() const { return " default values"; }
  virtual std::string real_type() const = 0;

  // Tables.
  virtual std::vector<std::string> bookkeeping() const = 0;  ///< creates caravan_schema, caravan_changes
  virtual std::vector<std::string> create_tables(const Schema& schema) const = 0;
  /// Each changed row of the table then writes one row a column into caravan_changes.
  virtual std::vector<std::string> create_triggers(const TableDef& table) const;
  virtual std::vector<std::string> drop_triggers(const std::string& table) const;
  /// Name, columns (name, type, nullable, length, key) of every table but the bookkeeping, in the order of
  /// their names.
  Schema read_tables(SqlSession& session) const;
  /// Adds unique keys and references.
  void read_constraints(SqlSession& session, Schema& tables) const;
  virtual bool is_empty(SqlSession& session) const = 0;
  /// Drops every table of the database, no matter what made it.
  virtual void clear(SqlSession& session) const = 0;
  /// MigrationStore::change, in a session of mode `migrate`.
  virtual void change(SqlSession& session, const Schema& from, const Schema& to,
                      const std::vector<Rename>& renames) const = 0;

 protected:
  // Slots of the triggers' template (triggers.cpp).
  /// How the columns of VALUES in FROM are called, and the list that names them so.
  struct ValueNames {
    std::string list, column, type, before, after;
  };
  /// Nothing: an update asks IF for each column.
  virtual std::optional<ValueNames> value_names() const { return std::nullopt; }
  /// Where a trigger finds the session's stamp, which is there from the first attempt in a transaction to its
  /// end; NULL in the sessions of other programs.
  virtual std::string stamp() const = 0;
  /// A value of the row as caravan_changes keeps it.
  virtual std::string recorded(const ColumnDef& column, const std::string& value) const = 0;
  /// What a trigger does after `action`.
  std::string record_changes(const TableDef& table, const std::string& action) const;

  // Slots of the schema's reader.
  /// Rows of table, column, type, 1 if it may be NULL, 1 if it is the key; a table's together, in order.
  virtual std::string columns_query() const = 0;
  /// Rows of table, name, column, and of a reference the parent's table and column, else NULL; a unique
  /// key's together, in order.
  virtual std::string constraints_query() const = 0;
};

/// The one object of that kind, valid as long as the program runs.
const Dialect& dialect_of(DatabaseUrl::Kind kind);

// For the dialects.
/// "a", "b"
std::string listed(const std::vector<std::string>& columns);
/// How values of this kind are called in caravan_changes.type, and back.
const char* change_type(Kind kind);
Kind kind_of_change(const std::string& type);
/// The generation, between what begins the transaction and what locks the row.
long long read_generation(SqlSession& session, const std::string& head = {}, const std::string& tail = {});
/// Of a server, through a backend that SOCI loads by name. Throws Error machine_failed without the password.
std::unique_ptr<soci::session> open_server(const DatabaseUrl& url, const char* backend,
                                           const std::string& options, const char* package);
}  // namespace caravan::nodes
