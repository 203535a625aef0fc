// MariaDB: DDL commits at once, so a change of tables locks them all; error numbers come from SHOW ERRORS.
#include <fmt/format.h>

#include <algorithm>

#include "nodes/store/sql/server.hpp"
#include "objects/base/error.hpp"

namespace caravan::nodes {
namespace {

class MariadbDialect : public ServerDialect {
 public:
  std::unique_ptr<soci::session> connect(const DatabaseUrl& url, SqlSession::Mode) const override {
    // To the client library "localhost" means its own socket, whatever the port.
    const bool by_port = url.host == "localhost" && url.port != 0 && url.socket.empty();
    const std::string options = connect_option("host", by_port ? "127.0.0.1" : url.host) +
                                connect_option("port", url.port == 0 ? "" : std::to_string(url.port)) +
                                connect_option("unix_socket", url.socket) + connect_option("user", url.user) +
                                connect_option("password", url.password) + connect_option("db", url.name) +
                                "charset=utf8mb4 connect_timeout=5";
    return open_server(url, "mysql", options, "libsoci-mysql4.0");
  }

  void settle(SqlSession& session, SqlSession::Mode mode) const override {
    session.run("set names utf8mb4 collate utf8mb4_nopad_bin");
    session.run(
        "set session sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,STRICT_ALL_TABLES,"
        "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', lc_messages = 'en_US'");
    apply_lock_timeout(session);
    session.run("set session transaction isolation level repeatable read");
    if (mode == SqlSession::Mode::witness) session.run("set session transaction read only");
  }

  // Whole seconds; 0 does not wait.
  void apply_lock_timeout(SqlSession& session) const override {
    session.run(fmt::format("set session innodb_lock_wait_timeout = {0}, lock_wait_timeout = {0}",
                            (session.lock_timeout() + 500) / 1000));
  }

  StoreError refusal(SqlSession& session, const soci::soci_error& error) const override {
    using K = StoreError::Kind;
    const std::string message = error.get_error_message();
    const std::string gone = "the database server is gone";
    if (error.get_error_category() == soci::soci_error::connection_error) return {K::machine, gone};
    const auto [number, text] = last_error(session);
    switch (number) {
      case 0:
        return {K::machine, message.find("server has gone away") == std::string::npos ? text : gone};
      case 1053:  // shutdown in progress
      case 1927:
      case 2006:
      case 2013:
        return {K::machine, gone};
      case 1062:
        return {text.find("PRIMARY") == std::string::npos ? K::constraint : K::duplicate,
                "another row has the same value"};
      case 1048:
      case 1364:
        return {K::not_null, text};
      case 1265:  // NOT NULL is set on a column with NULLs
        return {K::not_null, text};
      case 1406:
        return {K::too_long, text};
      case 1451:
      case 1452:
        return {K::reference, "a foreign key does not hold"};
      case 1205:
      case 1222:
        return {K::locked, fmt::format("the database is locked: another writer held it for {} ms",
                                       session.lock_timeout())};
      case 1020:
      case 1213:
        return {K::busy, "the server chose this transaction to end a deadlock"};
      case 1264:
      case 1292:
      case 1366:
      case 4025:
        return {K::constraint, text.substr(0, text.find(':'))};
      case 1054:
      case 1146:
        return {K::unknown_column, text};
      case 1290:
      case 1792:
        return {K::machine, "the database is open for reading only"};
      case 1021:
      case 1114:
        return {K::disk, "the disk is full"};
      case 1026:  // error writing file
        return {K::disk, "the disk reported an input or output error"};
      default:
        return {K::machine, fmt::format("{} (MariaDB {})", without_quoted(text), number)};
    }
  }

  long long begin_write(SqlSession& session) const override {
    session.run("start transaction");
    return read_generation(session, "", " for update");
  }
  long long begin_read(SqlSession& session) const override {
    session.run("start transaction with consistent snapshot, read only");
    return read_generation(session);
  }
  void before_attempt(SqlSession& session, bool first) const override {
    if (const std::string stamp = first ? session.stamp() : ""; !stamp.empty())
      session.run("set @caravan_stamp = :p0", {text_cell(stamp)});
  }
  // Released with the connection, which goes on creating only.
  void begin_create(SqlSession& session) const override {
    std::vector<Cell> out(1);
    out[0].kind = Kind::integer;
    session.run("select get_lock(concat('caravan.', database()), 5)", {}, out, [] {});
    if (out[0].integer != 1) throw StoreError(StoreError::Kind::busy, "somebody else is creating the schema");
  }

  // The name of a lock may not be as long as that of a database.
  std::optional<std::string> claim(SqlSession& session) const override {
    session.run("set session wait_timeout = 31536000");
    std::vector<Cell> out(2);
    for (Cell& cell : out) cell.kind = Kind::integer;
    session.run(
        "select get_lock(concat('caravan.run.', md5(database())), 0), "
        "is_used_lock(concat('caravan.run.', md5(database())))",
        {}, out, [] {});
    if (out[0].integer == 1) return std::nullopt;
    return out[1].integer > 0 ? fmt::format(" (connection {} of the server)", out[1].integer) : "";
  }

  std::string differs(const std::string& a, const std::string& b) const override {
    return "not (" + a + " <=> " + b + ")";
  }
  std::string characters(const std::string& text) const override {
    return "char_length(" + text + ")";  // length counts bytes
  }
  std::string ordered(const TableDef& table) const override {
    std::string text = table.column("created_at") ? " order by \"created_at\", " : " order by ";
    for (const ColumnDef& column : table.columns) {
      if (column.primary_key) return text + identifier(column.name);
    }
    return text + "caravan_row";
  }
  std::string no_values() const override { return " () values ()"; }
  std::string real_type() const override { return "double"; }

  std::vector<std::string> bookkeeping() const override {
    return {
        "create table caravan_schema (one integer primary key check (one = 1), \"release\" varchar(100) not "
        "null, "
        "previous varchar(100) not null, target varchar(100) not null, phase varchar(20) not null, "
        "generation bigint not null, progress longtext not null)" +
            table_options(),
        "create table caravan_changes (sequence bigint not null auto_increment primary key, "
        "action varchar(6) not null, \"table\" varchar(64) not null, \"key\" varchar(80) not null, "
        "\"column\" varchar(64) not null, type varchar(8) not null, old longtext, new longtext, "
        "stamp text)" +
            table_options()};
  }
  bool is_empty(SqlSession& session) const override { return everything(session).empty(); }
  void clear(SqlSession& session) const override {
    session.run("set session foreign_key_checks = 0");
    for (const auto& each : everything(session)) {
      session.run(fmt::format("drop {} if exists {}", each.second == "VIEW" ? "view" : "table",
                              identifier(each.first)));
    }
    session.run("set session foreign_key_checks = 1");
  }

 protected:
  // VALUES in FROM would make a temporary table for each changed row.
  std::string recorded(const ColumnDef& column, const std::string& value) const override {
    switch (kind_of(column.sql)) {
      case Kind::text:
        return value;
      case Kind::binary:
        return fmt::format("convert({} using utf8mb4)", value);
      default:
        return fmt::format("cast({} as char)", value);
    }
  }
  std::string stamp() const override { return "@caravan_stamp"; }
  std::string columns_query() const override {
    return "select table_name, column_name, column_type, if(is_nullable = 'YES', 1, 0), "
           "if(column_key = 'PRI', 1, 0) "
           "from information_schema.columns where table_schema = database() "
           "and table_name not in ('caravan_schema', 'caravan_changes') and column_name <> 'caravan_row' "
           "order by binary table_name, ordinal_position";
  }
  std::string constraints_query() const override {
    return "select table_name, constraint_name, column_name, referenced_table_name, referenced_column_name "
           "from information_schema.key_column_usage where table_schema = database() "
           "and constraint_name <> 'PRIMARY' order by table_name, constraint_name, ordinal_position";
  }
  std::string type(const ColumnDef& column) const override {
    switch (kind_of(column.sql)) {
      case Kind::boolean:
        return "TINYINT(1)";
      case Kind::datetime:
        return "DATETIME(6)";
      case Kind::real:
        return "DOUBLE";
      default:
        return column.sql;
    }
  }
  std::string row_number() const override {
    return "caravan_row bigint not null auto_increment primary key invisible";
  }
  std::string table_options() const override {
    return " engine=InnoDB default character set utf8mb4 collate utf8mb4_nopad_bin";
  }
  std::string drop_unique(const std::string& constraint) const override {
    return "drop index " + identifier(constraint);
  }
  std::string drop_reference(const std::string& constraint) const override {
    return "drop foreign key " + identifier(constraint);
  }
  std::vector<std::string> change_column(const ColumnDef& is, const ColumnDef& wanted) const override {
    if (type(is) == type(wanted) && is.nullable == wanted.nullable) return {};
    return {"modify column " + definition(wanted)};
  }

  // Nobody reads or writes between the first statement and the last: triggers are away meanwhile. Whoever
  // comes after them sees another generation.
  void before_change(SqlSession& session, const Schema& present) const override {
    std::string tables = "lock tables caravan_schema write, caravan_changes write";
    for (const TableDef& table : present) tables += ", " + identifier(table.name) + " write";
    session.run(tables);
  }
  void after_change(SqlSession& session) const override {
    session.run("update caravan_schema set generation = generation + 1");
    session.run("unlock tables");
    begin_write(session);
  }

 private:
  // Where a table has triggers, "Unknown error" (1105) follows what a NULL in a NOT NULL column is told.
  static std::pair<long long, std::string> last_error(SqlSession& session) {
    std::string level, text;
    long long number = 0;
    std::pair<long long, std::string> last;
    try {
      soci::statement statement =
          (session.soci().prepare << "show errors", soci::into(level), soci::into(number), soci::into(text));
      for (bool got = statement.execute(true); got; got = statement.fetch()) {
        if (number != 1105 || last.first == 0) last = {number, text};
      }
    } catch (const soci::soci_error&) {
      return {2006, ""};  // it cannot be asked any more
    }
    return last;
  }

  // Values are in single quotes, as names are.
  static std::string without_quoted(const std::string& text) {
    std::string out;
    bool inside = false;
    for (const char c : text) {
      if (c == '\'') inside = !inside;
      if (!inside || c == '\'') out += c;
    }
    return out;
  }

  static std::vector<std::pair<std::string, std::string>> everything(SqlSession& session) {
    std::vector<std::pair<std::string, std::string>> found;
    std::vector<Cell> out(2);
    session.run(
        "select table_name, table_type from information_schema.tables where table_schema = database() "
        "order by table_name",
        {}, out, [&] { found.emplace_back(out[0].text, out[1].text); });
    return found;
  }
};

}  // namespace

const Dialect& mariadb_dialect() {
  static const MariadbDialect dialect;
  return dialect;
}

}  // namespace caravan::nodes
