// SQLite: one file, one writer at a time, checks for what its types do not enforce, triggers as texts.
#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <filesystem>

#include "nodes/store/sql/dialect.hpp"
#include "objects/base/error.hpp"

namespace caravan::nodes {
namespace {

using namespace sqlite_api;  // soci-sqlite3.h includes sqlite3.h inside this namespace

sqlite3* handle(const soci::session& session) {
  return static_cast<soci::sqlite3_session_backend*>(const_cast<soci::session&>(session).get_backend())
      ->conn_;
}

// What follows "constraint failed: ". SOCI's get_error_message() has no bound values, its what() does.
std::string constraint_of(const std::string& message) {
  const std::string mark = "constraint failed: ";
  const std::size_t at = message.find(mark);
  return at == std::string::npos ? "" : message.substr(at + mark.size());
}

// "length:clusters.name:80" and "boolean:clusters.is_public", as create_table_text names its checks.
StoreError check_refusal(const std::string& constraint) {
  const std::size_t first = constraint.find(':');
  const std::size_t second = constraint.find(':', first + 1);
  if (first == std::string::npos) return {StoreError::Kind::constraint, "check failed: " + constraint};
  const std::string where = constraint.substr(first + 1, second - first - 1);
  if (constraint.compare(0, first, "length") == 0) {
    return {StoreError::Kind::too_long,
            fmt::format("{}: longer than {} characters", where, constraint.substr(second + 1))};
  }
  return {StoreError::Kind::constraint, where + ": not a " + constraint.substr(0, first)};
}

std::string sqlite_type(const ColumnDef& column) {
  if (column.sql == "LONGTEXT") return "TEXT";
  return column.sql == "LONGBLOB" ? "BLOB" : column.sql;
}

// Equal definitions give equal texts, and sqlite_master keeps the text: that is how a change sees what to
// rebuild.
std::string create_table_text(const TableDef& table, const std::string& name) {
  std::string text;
  const auto line = [&text](const std::string& part) { text += (text.empty() ? "  " : ",\n  ") + part; };
  for (const ColumnDef& column : table.columns) {
    line(fmt::format("{} {}{}", identifier(column.name), sqlite_type(column),
                     column.nullable ? "" : " NOT NULL"));
  }
  for (const ColumnDef& column : table.columns) {
    if (column.primary_key) line(fmt::format("PRIMARY KEY ({})", identifier(column.name)));
  }
  for (const auto& unique : table.unique) line(fmt::format("UNIQUE ({})", listed(unique)));
  for (const ColumnDef& column : table.columns) {
    const std::string where = table.name + "." + column.name;
    if (column.length) {
      line(fmt::format("CONSTRAINT {} CHECK (length({}) <= {})",
                       identifier(fmt::format("length:{}:{}", where, *column.length)),
                       identifier(column.name), *column.length));
    }
    if (kind_of(column.sql) == Kind::boolean) {
      line(fmt::format("CONSTRAINT {} CHECK ({} IN (0, 1))", identifier("boolean:" + where),
                       identifier(column.name)));
    }
    if (column.references) {
      line(fmt::format("FOREIGN KEY ({}) REFERENCES {} ({})", identifier(column.name),
                       identifier(column.references->first), identifier(column.references->second)));
    }
  }
  return fmt::format("CREATE TABLE {} (\n{}\n)", identifier(name), text);
}

class SqliteDialect : public Dialect {
 public:
  std::unique_ptr<soci::session> connect(const DatabaseUrl& url, SqlSession::Mode mode) const override {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::file_status status = fs::status(url.path, error);
    const bool create = mode == SqlSession::Mode::create;
    if (fs::is_directory(status)) throw machine_failed(url.path, "is a folder, not a database file");
    if (!create && !fs::exists(status)) {
      throw machine_failed(url.path, "no such database file",
                           "the harness creates it before any node starts");
    }
    if (create && !fs::is_directory(fs::path(url.path).parent_path(), error)) {
      throw machine_failed(url.path, "cannot create the database: its folder does not exist");
    }
    try {
      auto session = std::make_unique<soci::session>(*soci::factory_sqlite3(), "db=\"" + url.path + "\"");
      sqlite3_extended_result_codes(handle(*session), 1);
      return session;
    } catch (const soci::soci_error& cause) {
      throw machine_failed(url.path, "cannot open the database: " + cause.get_error_message());
    }
  }

  void settle(SqlSession& session, SqlSession::Mode mode) const override {
    const bool witness = mode == SqlSession::Mode::witness;
    // First: the next ones may have to wait.
    apply_lock_timeout(session);
    if (!witness && sqlite3_db_readonly(handle(session.soci()), "main") == 1)
      throw machine_failed(session.url().path, "the database file is read-only");
    session.run("pragma synchronous=normal");
    const bool enforced = mode == SqlSession::Mode::write || witness;  // the others rebuild tables
    session.run(fmt::format("pragma foreign_keys={}", enforced ? "on" : "off"));
    if (witness) session.run("pragma query_only=on");
  }

  void apply_lock_timeout(SqlSession& session) const override {
    session.run(fmt::format("pragma busy_timeout={}", session.lock_timeout()));
  }

  StoreError refusal(SqlSession& session, const soci::soci_error& error) const override {
    using K = StoreError::Kind;
    const auto* sqlite_error = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
    const int code = sqlite_error ? sqlite_error->result() : sqlite3_extended_errcode(handle(session.soci()));
    const std::string message = error.get_error_message();
    const std::string constraint = constraint_of(message);
    switch (code) {
      case SQLITE_CONSTRAINT_PRIMARYKEY:
        return {K::duplicate, constraint + ": a row with this key exists"};
      case SQLITE_CONSTRAINT_UNIQUE:
        return {K::constraint, constraint + ": another row has the same value"};
      case SQLITE_CONSTRAINT_NOTNULL:
        return {K::not_null, constraint + ": must not be NULL"};
      case SQLITE_CONSTRAINT_CHECK:
        return check_refusal(constraint);
      case SQLITE_CONSTRAINT_FOREIGNKEY:
        return {K::reference, "a foreign key does not hold"};
      default:
        break;
    }
    switch (code & 0xff) {
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        return {K::locked, fmt::format("the database is locked: another writer held it for {} ms",
                                       session.lock_timeout())};
      case SQLITE_NOTADB:
        return {K::machine, "the file is not a SQLite database"};
      case SQLITE_CORRUPT:
        return {K::machine, "the database file is damaged"};
      case SQLITE_READONLY:
        return {K::machine, "the database is open for reading only"};
      case SQLITE_FULL:
        return {K::disk, "the disk is full"};
      case SQLITE_IOERR:
        return {K::disk, fmt::format("the disk reported an input or output error (SQLite {})", code)};
      case SQLITE_CANTOPEN:
        return {K::machine, "the database file or its -wal and -shm files cannot be opened"};
      default:
        if (message.find("no such table") != std::string::npos) return {K::unknown_column, message};
        return {K::machine, message};
    }
  }

  long long begin_write(SqlSession& session) const override {
    session.run("begin immediate");
    return read_generation(session);
  }
  long long begin_read(SqlSession& session) const override {
    session.run("begin");
    return read_generation(session);
  }
  // Write-ahead logging stays with the file; it cannot be set in a transaction.
  void begin_create(SqlSession& session) const override {
    std::vector<Cell> out(1);
    std::string journal;
    session.run("pragma journal_mode=wal", {}, out, [&] { journal = out[0].text; });
    if (journal != "wal") {
      throw machine_failed(session.url().path,
                           "this file system cannot hold a database in WAL mode (it stayed " + journal + ")");
    }
    session.run("begin immediate");
  }
  // Functions of a connection would keep other programs from writing at all: the stamp is a row, which nobody
  // else ever sees.
  void before_attempt(SqlSession& session, bool first) const override {
    if (const std::string stamp = first ? session.stamp() : ""; !stamp.empty())
      session.run("replace into caravan_stamp (one, stamp) values (1, :p0)", {text_cell(stamp)});
  }
  void before_commit(SqlSession& session) const override {
    if (!session.stamp().empty()) session.run("delete from caravan_stamp");
  }
  bool in_transaction(const SqlSession& session) const override {
    return sqlite3_get_autocommit(handle(session.soci())) == 0;
  }

  bool rewind(soci::statement& statement) const override {
    sqlite3_stmt* raw = static_cast<soci::sqlite3_statement_backend*>(statement.get_backend())->stmt_;
    return sqlite3_reset(raw) == SQLITE_OK && sqlite3_clear_bindings(raw) == SQLITE_OK;
  }

  std::string differs(const std::string& a, const std::string& b) const override {
    return a + " is not " + b;
  }
  std::string ordered(const TableDef& table) const override {
    std::string text = table.column("created_at") ? " order by \"created_at\", " : " order by ";
    for (const ColumnDef& column : table.columns) {
      if (column.primary_key) return text + identifier(column.name);
    }
    return text + "rowid";
  }
  std::string real_type() const override { return "real"; }

  // `old` and `new` have no declared type: SQLite keeps each value as it is, and `type` says how to read it
  // even after the column has gone.
  std::vector<std::string> bookkeeping() const override {
    return {
        "create table caravan_schema (one integer primary key check (one = 1), \"release\" text not null, "
        "previous text not null, target text not null, phase text not null, generation integer not null, "
        "progress text not null)",
        "create table caravan_changes (sequence integer primary key autoincrement, action text not null, "
        "\"table\" text not null, \"key\" text not null, \"column\" text not null, type text not null, old, "
        "new, stamp text)",
        "create table caravan_stamp (one integer primary key check (one = 1), stamp text not null)"};
  }
  std::vector<std::string> create_tables(const Schema& schema) const override {
    std::vector<std::string> texts;
    for (const TableDef& table : schema) texts.push_back(create_table_text(table, table.name));
    return texts;
  }
  bool is_empty(SqlSession& session) const override {
    std::vector<Cell> out(1);
    out[0].kind = Kind::integer;
    session.run("select count(*) from sqlite_master", {}, out, [] {});
    return out[0].integer == 0;
  }

  void clear(SqlSession& session) const override {
    for (const char* type : {"trigger", "view", "table"}) {
      for (const auto& each : existing(session, type))
        session.run(fmt::format("drop {} if exists {}", type, identifier(each.first)));
    }
  }

  // SQLite cannot widen, tighten or drop in place, so a table whose definition differs is made again and
  // filled from the old one. Rows that are only moved must not be recorded as changes: triggers go first,
  // come last, also because SQLite reads every trigger again at each rename.
  void change(SqlSession& session, const Schema& from, const Schema& to,
              const std::vector<Rename>& renames) const override {
    for (const Schema* schema : {&from, &to}) {
      for (const TableDef& table : *schema) {
        for (const std::string& text : drop_triggers(table.name)) session.run(text);
      }
    }
    const auto tables = existing(session, "table");
    const auto text_of = [&](const std::string& name) -> const std::string* {
      for (const auto& each : tables) {
        if (each.first == name) return &each.second;
      }
      return nullptr;
    };
    for (const TableDef& table : from) {
      if (!find_table(to, table.name) && text_of(table.name))
        session.run("drop table " + identifier(table.name));
    }
    for (const TableDef& table : to) {
      const std::string* old = text_of(table.name);
      if (!old) {
        session.run(create_table_text(table, table.name));
      } else if (*old != create_table_text(table, table.name)) {
        replace(session, table, renames);
      }
    }
    for (const TableDef& table : to) {
      for (const std::string& trigger : create_triggers(table)) session.run(trigger);
    }
    check_references(session);
  }

 protected:
  // Every process that opens the file parses all triggers: one statement each.
  std::optional<ValueNames> value_names() const override {
    return ValueNames{"", "column1", "column2", "column3", "column4"};
  }
  // The plus sign does nothing but keep SQLite from naming column3 and column4 after the first row's column.
  std::string recorded(const ColumnDef&, const std::string& value) const override { return "+" + value; }
  std::string stamp() const override { return "(select stamp from caravan_stamp)"; }
  std::string columns_query() const override {
    return "select t.name, c.name, c.type, 1 - c.\"notnull\", c.pk from sqlite_master t, "
           "pragma_table_info(t.name) c where t.type = 'table' "
           "and t.name not in ('caravan_schema', 'caravan_changes', 'caravan_stamp') "
           "and t.name not like 'sqlite\\_%' escape '\\' order by t.name, c.cid";
  }
  std::string constraints_query() const override {
    return "select t.name, i.name, c.name, null, null, i.seq, c.seqno from sqlite_master t, "
           "pragma_index_list(t.name) i, pragma_index_info(i.name) c where t.type = 'table' and i.origin = "
           "'u' "
           "union all select t.name, '', f.\"from\", f.\"table\", f.\"to\", f.id, f.seq from sqlite_master "
           "t, "
           "pragma_foreign_key_list(t.name) f where t.type = 'table' order by 1, 6, 2, 7";
  }

 private:
  static std::vector<std::pair<std::string, std::string>> existing(SqlSession& session, const char* type) {
    std::vector<Cell> out(2);
    std::vector<std::pair<std::string, std::string>> found;
    session.run(
        fmt::format("select name, sql from sqlite_master where type = '{}' and name not like 'sqlite\\_%' "
                    "escape '\\' order by rowid",
                    type),
        {}, out, [&] { found.emplace_back(out[0].text, out[1].text); });
    return found;
  }

  static void replace(SqlSession& session, const TableDef& table, const std::vector<Rename>& renames) {
    const std::string aside = "caravan_rebuilt";
    std::string columns, values;
    std::vector<Cell> out(1);
    session.run("select name from pragma_table_info(:p0)", {text_cell(table.name)}, out, [&] {
      std::string name = out[0].text;
      for (const Rename& rename : renames) {
        if (rename.table == table.name && rename.before == name && !table.column(name)) name = rename.after;
      }
      if (!table.column(name)) return;
      columns += (columns.empty() ? "" : ", ") + identifier(name);
      values += (values.empty() ? "" : ", ") + identifier(out[0].text);
    });
    session.run(create_table_text(table, aside));
    try {
      session.run(fmt::format("insert into {} ({}) select {} from {} order by rowid", identifier(aside),
                              columns, values, identifier(table.name)));
    } catch (const StoreError& error) {
      std::string message = error.what();
      for (std::size_t at; (at = message.find(aside)) != std::string::npos;)
        message.replace(at, aside.size(), table.name);
      throw StoreError(error.kind, message);
    }
    session.run("drop table " + identifier(table.name));
    session.run(fmt::format("alter table {} rename to {}", identifier(aside), identifier(table.name)));
  }

  static void check_references(SqlSession& session) {
    std::vector<Cell> out(2);
    std::string broken;
    session.run("select \"table\", parent from pragma_foreign_key_check", {}, out,
                [&] { broken = out[0].text + " names a row that is not in " + out[1].text; });
    if (!broken.empty()) throw StoreError(StoreError::Kind::reference, broken);
  }
};

}  // namespace

const Dialect& sqlite_dialect() {
  static const SqliteDialect dialect;
  return dialect;
}

}  // namespace caravan::nodes
