// PostgreSQL: DDL in transactions, a savepoint before each write, because a refusal would end the
// transaction.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "nodes/store/sql/server.hpp"
#include "objects/base/error.hpp"

namespace caravan::nodes {
namespace {

// The first line: values are only in the lines of details. Where not, they follow a colon in quotes.
std::string without_values(const std::string& message) {
  std::string line = message.substr(0, message.find('\n'));
  for (const char* mark : {"ERROR:  ", "FATAL:  "}) {
    const std::size_t at = line.find(mark);
    if (at != std::string::npos) line.erase(0, at + 8);
  }
  return line.substr(0, line.find(": \""));
}

// Of the advisory lock that a run holds; no other program's, one may hope.
constexpr int claim_space = 1128350273;  // "CARA"
constexpr int claim_number = 5652814;    // "VAN"

class PostgresqlDialect : public ServerDialect {
 public:
  std::unique_ptr<soci::session> connect(const DatabaseUrl& url, SqlSession::Mode) const override {
    const std::string options = connect_option("host", url.socket.empty() ? url.host : url.socket) +
                                connect_option("port", url.port == 0 ? "" : std::to_string(url.port)) +
                                connect_option("user", url.user) + connect_option("password", url.password) +
                                connect_option("dbname", url.name) +
                                "connect_timeout=5 client_encoding=UTF8 application_name=caravan";
    return open_server(url, "postgresql", options, "libsoci-postgresql4.0");
  }

  void settle(SqlSession& session, SqlSession::Mode mode) const override {
    session.run(fmt::format(
        "set client_min_messages = warning; set lock_timeout = '{}ms'; set standard_conforming_strings = on;"
        "set default_transaction_read_only = {};"
        "select set_config('lc_messages', 'C', false) from pg_roles where rolname = current_user and "
        "rolsuper",
        std::max(1, session.lock_timeout()), mode == SqlSession::Mode::witness ? "on" : "off"));
  }

  void apply_lock_timeout(SqlSession& session) const override {
    session.run(fmt::format("set lock_timeout = '{}ms'", std::max(1, session.lock_timeout())));
  }

  StoreError refusal(SqlSession& session, const soci::soci_error& error) const override {
    using K = StoreError::Kind;
    const std::string message = error.get_error_message();
    const auto says = [&](const char* words) { return message.find(words) != std::string::npos; };
    const std::string line = without_values(message);
    if (error.get_error_category() == soci::soci_error::connection_error || says("server closed the") ||
        says("terminating connection") || says("no connection to the server") ||
        says("connection to server") || says("the database system is"))
      return {K::machine, "the database server is gone"};
    if (says("canceling statement due to lock timeout")) {
      return {K::locked, fmt::format("the database is locked: another writer held it for {} ms",
                                     session.lock_timeout())};
    }
    if (says("deadlock detected") || says("could not serialize") || says("could not obtain lock"))
      return {K::busy, line};
    if (says("violates unique constraint")) return {says("_pkey\"") ? K::duplicate : K::constraint, line};
    if (says("could not create unique index")) return {K::constraint, line};
    if (says("violates foreign key constraint")) return {K::reference, line};
    if (says("violates not-null constraint") || says("contains null values")) return {K::not_null, line};
    if (says("value too long for type")) return {K::too_long, line};
    if (says("violates check constraint") || says("out of range") || says("invalid byte sequence") ||
        says("invalid input syntax") || says("date/time field value"))
      return {K::constraint, line};
    if (says("does not exist")) return {K::unknown_column, line};
    if (says("read-only transaction")) return {K::machine, "the database is open for reading only"};
    if (says("No space left")) return {K::disk, "the disk is full"};
    if (says("could not extend file") || says("could not write") || says("File too large"))
      return {K::disk, line};
    return {error.get_error_category() == soci::soci_error::constraint_violation ? K::constraint : K::machine,
            line};
  }

  // One round trip each. The lock of the one row is what orders writers, and with them the changes' numbers.
  long long begin_write(SqlSession& session) const override {
    const std::string stamp = session.stamp();
    return read_generation(
        session,
        fmt::format("begin isolation level read committed; {}savepoint caravan; ",
                    stamp.empty() ? "" : fmt::format("set local caravan.stamp = {}; ", literal(stamp))),
        " for update");
  }
  long long begin_read(SqlSession& session) const override {
    return read_generation(session, "begin isolation level repeatable read read only; ", "");
  }
  void begin_create(SqlSession& session) const override {
    session.run("begin; select pg_advisory_xact_lock(hashtext('caravan'))");
  }
  std::optional<std::string> claim(SqlSession& session) const override {
    const std::string me = "caravan";
    session.run(fmt::format("set application_name = '{} (process {})'", me, ::getpid()));
    std::vector<Cell> out(1);
    out[0].kind = Kind::integer;
    session.run(fmt::format("select case when pg_try_advisory_lock({}, {}) then 1 else 0 end", claim_space,
                            claim_number),
                {}, out, [] {});
    if (out[0].integer == 1) return std::nullopt;
    std::vector<Cell> who(1);
    session.run(fmt::format("select coalesce(max(cast(a.application_name as text)), '') from pg_locks l "
                            "join pg_stat_activity a on a.pid = l.pid where l.locktype = 'advisory' "
                            "and l.granted and l.classid = {} and l.objid = {} and l.database = "
                            "(select oid from pg_database where datname = current_database())",
                            claim_space, claim_number),
                {}, who, [] {});
    return who[0].text.rfind(me, 0) == 0 ? who[0].text.substr(me.size()) : "";
  }
  void before_attempt(SqlSession& session, bool first) const override {
    if (!first) session.run("release savepoint caravan; savepoint caravan");
  }
  void after_refusal(SqlSession& session) const override { session.run("rollback to savepoint caravan"); }

  std::string read(const ColumnDef& column) const override {
    return as_text(column, identifier(column.name));
  }
  std::string written(const ColumnDef& column, const std::string& parameter) const override {
    return kind_of(column.sql) == Kind::binary ? fmt::format("convert_to({}, 'UTF8')", parameter) : parameter;
  }
  std::string differs(const std::string& a, const std::string& b) const override {
    return a + " is distinct from " + b;
  }
  std::string ordered(const TableDef& table) const override {
    std::string text = table.column("created_at") ? " order by \"created_at\" nulls first, " : " order by ";
    for (const ColumnDef& column : table.columns) {
      if (column.primary_key) return text + identifier(column.name) + " collate \"C\"";
    }
    return text + "caravan_row";
  }
  std::string real_type() const override { return "double precision"; }

  std::vector<std::string> bookkeeping() const override {
    return {
        "create table caravan_schema (one integer primary key check (one = 1), \"release\" text not null, "
        "previous text not null, target text not null, phase text not null, generation bigint not null, "
        "progress text not null)",
        "create table caravan_changes (sequence bigint generated always as identity primary key, "
        "action text not null, \"table\" text not null, \"key\" text not null, \"column\" text not null, "
        "type text not null, old text, new text, stamp text)"};
  }
  std::vector<std::string> create_triggers(const TableDef& table) const override {
    const std::string function = witness_function(table.name);
    return {fmt::format("create function {}() returns trigger language plpgsql as $$\nbegin\n"
                        "  if tg_op = 'INSERT' then\n{}  elsif tg_op = 'DELETE' then\n{}  else\n{}  end if;\n"
                        "  return null;\nend $$",
                        function, record_changes(table, "insert"), record_changes(table, "delete"),
                        record_changes(table, "update")),
            fmt::format("create trigger caravan_witness after insert or update or delete on {} "
                        "for each row execute function {}()",
                        identifier(table.name), function)};
  }
  std::vector<std::string> drop_triggers(const std::string& table) const override {
    return {fmt::format("drop function if exists {}() cascade", witness_function(table))};
  }

  bool is_empty(SqlSession& session) const override {
    std::vector<Cell> out(1);
    out[0].kind = Kind::integer;
    session.run("select count(*) from pg_class where relnamespace = cast(current_schema() as regnamespace)",
                {}, out, [] {});
    return out[0].integer == 0;
  }
  void clear(SqlSession& session) const override {
    session.run(
        "do $$ declare each record; begin\n"
        "for each in select relname, relkind from pg_class where relkind in ('r', 'v', 'm', 'p', 'f') "
        "and relnamespace = cast(current_schema() as regnamespace) loop\n"
        "execute format('drop %s if exists %I cascade', case each.relkind when 'v' then 'view' "
        "when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end, each.relname);\n"
        "end loop;\n"
        "for each in select p.proname from pg_proc p where p.proname like 'caravan\\_%\\_witness' "
        "and p.pronamespace = cast(current_schema() as regnamespace) loop\n"
        "execute format('drop function %I() cascade', each.proname);\n"
        "end loop;\n"
        "for each in select relname from pg_class where relkind = 'S' "
        "and relnamespace = cast(current_schema() as regnamespace) loop\n"
        "execute format('drop sequence %I cascade', each.relname);\n"
        "end loop; end $$");
  }

 protected:
  std::optional<ValueNames> value_names() const override {
    return ValueNames{" as v (c, t, o, n)", "c", "t", "cast(o as text)", "cast(n as text)"};
  }
  std::string recorded(const ColumnDef& column, const std::string& value) const override {
    return fmt::format("cast({} as text)", as_text(column, value));
  }
  // In a session that had one, it is an empty text between its transactions.
  std::string stamp() const override { return "nullif(current_setting('caravan.stamp', true), '')"; }
  // From the catalog itself: its information_schema takes a quarter of a second for the constraints.
  std::string columns_query() const override {
    return "select t.relname, a.attname, format_type(a.atttypid, a.atttypmod), "
           "case when a.attnotnull then 0 else 1 end, "
           "(select count(*) from pg_constraint p where p.conrelid = t.oid and p.contype = 'p' "
           "and a.attnum = any (p.conkey)) "
           "from pg_class t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not "
           "a.attisdropped "
           "where t.relkind = 'r' and t.relnamespace = cast(current_schema() as regnamespace) "
           "and t.relname not in ('caravan_schema', 'caravan_changes') and a.attname <> 'caravan_row' "
           "order by t.relname, a.attnum";
  }
  std::string constraints_query() const override {
    return "select t.relname, c.conname, a.attname, f.relname, fa.attname "
           "from pg_constraint c join pg_class t on t.oid = c.conrelid "
           "cross join lateral unnest(c.conkey) with ordinality as k (number, place) "
           "join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number "
           "left join pg_class f on f.oid = c.confrelid "
           "left join pg_attribute fa on fa.attrelid = f.oid and fa.attnum = c.confkey[k.place] "
           "where c.contype in ('f', 'u') and t.relnamespace = cast(current_schema() as regnamespace) "
           "order by t.relname, c.oid, k.place";
  }
  std::string type(const ColumnDef& column) const override {
    switch (kind_of(column.sql)) {
      case Kind::text:
        return column.sql == "LONGTEXT" ? "TEXT" : column.sql;
      case Kind::binary:
        return "BYTEA";
      case Kind::datetime:
        return "TIMESTAMP(6)";
      case Kind::real:
        return "DOUBLE PRECISION";
      default:
        return column.sql;
    }
  }
  std::string row_number() const override {
    return "caravan_row bigint generated always as identity primary key";
  }
  std::string drop_unique(const std::string& constraint) const override {
    return "drop constraint " + identifier(constraint);
  }
  std::string drop_reference(const std::string& constraint) const override {
    return "drop constraint " + identifier(constraint);
  }
  std::vector<std::string> change_column(const ColumnDef& is, const ColumnDef& wanted) const override {
    std::vector<std::string> clauses;
    const std::string column = "alter column " + identifier(wanted.name);
    if (type(is) != type(wanted)) clauses.push_back(column + " type " + type(wanted));
    if (is.nullable != wanted.nullable)
      clauses.push_back(column + (wanted.nullable ? " drop" : " set") + " not null");
    return clauses;
  }

 private:
  static std::string witness_function(const std::string& table) {
    return identifier("caravan_" + table + "_witness");
  }
  /// Of types whose own text is not that of `Row`.
  static std::string as_text(const ColumnDef& column, const std::string& value) {
    switch (kind_of(column.sql)) {
      case Kind::boolean:
        return fmt::format("cast({} as integer)", value);
      case Kind::datetime:
        return fmt::format("to_char({}, 'YYYY-MM-DD HH24:MI:SS.US')", value);
      case Kind::binary:
        return fmt::format("convert_from({}, 'UTF8')", value);
      default:
        return value;
    }
  }
};

}  // namespace

const Dialect& postgresql_dialect() {
  static const PostgresqlDialect dialect;
  return dialect;
}

}  // namespace caravan::nodes
