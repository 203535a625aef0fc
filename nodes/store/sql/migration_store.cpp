// MigrationStore over one connection to a database.
#include <fmt/format.h>

#include "nodes/store/constraints.hpp"
#include "nodes/store/migration/store.hpp"
#include "nodes/store/sql/dialect.hpp"
#include "nodes/store/sql/schema_state.hpp"
#include "objects/base/error.hpp"

namespace caravan::nodes {
namespace {

class SqlMigrationStore : public MigrationStore {
 public:
  explicit SqlMigrationStore(const DatabaseUrl& url) : session_(url, SqlSession::Mode::migrate) {}
  ~SqlMigrationStore() override { session_.rollback(); }

  std::string shown() const override { return session_.url().shown(); }
  void work_on(const std::string& writer, const std::string& cause) override {
    session_.work_on(writer, cause);
  }
  void begin() override { session_.begin_write(); }
  void commit() override { session_.commit(); }
  void rollback() override { session_.rollback(); }

  SchemaState state() override { return read_state(session_); }
  void set_state(const SchemaState& state) override { write_state(session_, state); }

  Schema tables() override { return session_.dialect().read_tables(session_); }
  void change(const Schema& from, const Schema& to, const std::vector<Rename>& renames) override {
    session_.dialect().change(session_, from, to, renames);
  }

  long long count(const TableDef& table, const Condition& condition) override {
    std::vector<Cell> in, out(1);
    out[0].kind = Kind::integer;
    const std::string tail = where(table, condition, in);
    session_.run("select count(*) from " + identifier(table.name) + tail, std::move(in), out, [] {});
    return out[0].integer;
  }

  std::vector<Row> first(const TableDef& table, const std::vector<std::string>& columns,
                         const Condition& condition, std::optional<int> limit) override {
    std::vector<Cell> in, out;
    std::string read;
    for (const std::string& name : columns) {
      const ColumnDef& column = known_column(table, name);
      read += (read.empty() ? "" : ", ") + session_.dialect().read(column);
      out.emplace_back();
      out.back().kind = kind_of(column.sql);
    }
    const std::string tail = where(table, condition, in);
    std::vector<Row> rows;
    session_.run(
        fmt::format("select {} from {}{} order by {}{}", read, identifier(table.name), tail,
                    identifier(key_column(table).name), limit ? fmt::format(" limit {}", *limit) : ""),
        std::move(in), out, [&] {
          Row row;
          for (std::size_t i = 0; i < columns.size(); ++i) row[columns[i]] = value_of(out[i]);
          rows.push_back(std::move(row));
        });
    return rows;
  }

  long long update(const TableDef& table, const Row& columns, const Condition& condition) override {
    std::vector<Cell> in;
    std::string set;
    for (const auto& [name, value] : columns) {
      const ColumnDef& column = known_column(table, name);
      set += (set.empty() ? "" : ", ") + identifier(name) + " = " + parameter(table, column, value, in);
    }
    const std::string tail = where(table, condition, in);
    return session_.attempt(fmt::format("update {} set {}{}", identifier(table.name), set, tail),
                            std::move(in));
  }

 private:
  std::string parameter(const TableDef& table, const ColumnDef& column, const Json& value,
                        std::vector<Cell>& in) const {
    in.push_back(cell_of(column.sql, value, table.name + "." + column.name));
    return session_.dialect().written(column, fmt::format(":p{}", in.size() - 1));
  }

  std::string test(const TableDef& table, const Demand& demand, std::vector<Cell>& in) const {
    const ColumnDef& column = known_column(table, demand.column);
    const std::string name = identifier(column.name);
    switch (demand.kind) {
      case Demand::Kind::equals:
        if (demand.value.is_null()) return name + " is null";
        return name + " = " + parameter(table, column, demand.value, in);
      case Demand::Kind::is_not:
        return fmt::format("({0} is null or {0} <> {1})", name, parameter(table, column, demand.value, in));
      case Demand::Kind::is_not_column:
        return session_.dialect().differs(name, identifier(demand.value.get<std::string>()));
      case Demand::Kind::behind:
        return name + " > " + parameter(table, column, demand.value, in);
      case Demand::Kind::longer:
        break;
    }
    return fmt::format("{} > {}", session_.dialect().characters(name), demand.value.get<int>());
  }

  std::string where(const TableDef& table, const Condition& condition, std::vector<Cell>& in) const {
    std::string all, any;
    for (const Demand& demand : condition.all) all += (all.empty() ? "" : " and ") + test(table, demand, in);
    for (const Demand& demand : condition.any) any += (any.empty() ? "" : " or ") + test(table, demand, in);
    if (!any.empty()) all += fmt::format("{}({})", all.empty() ? "" : " and ", any);
    return all.empty() ? "" : " where " + all;
  }

  SqlSession session_;
};

}  // namespace

std::unique_ptr<MigrationStore> open_migration_store(const std::string& url) {
  const DatabaseUrl parsed = parse_database_url(url);
  auto store = std::make_unique<SqlMigrationStore>(parsed);
  try {
    (void)store->state();
  } catch (const StoreError& cause) {
    if (cause.kind != StoreError::Kind::unknown_column) throw machine_failed(parsed.shown(), cause.what());
    throw machine_failed(parsed.shown(), "is a database, but Caravan did not make it",
                         "its table caravan_schema is missing");
  }
  return store;
}

}  // namespace caravan::nodes
