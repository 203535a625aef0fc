// What a project's database migrations do, operation by operation: migrations.json of a catalog folder.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "objects/base/nearest.hpp"
#include "objects/loader/parts.hpp"

namespace caravan::catalog_parts {
namespace {

/// Tables and their columns, as the operations read so far have left them.
using Tables = std::map<std::string, std::vector<std::string>>;

std::vector<std::string> names_of(const Tables& tables) {
  std::vector<std::string> names;
  for (const auto& [name, columns] : tables) names.push_back(name);
  return names;
}

ColumnSpec stored_as(const JsonAt& at) {
  ColumnSpec type;
  type.sql = at.member("sql").name();
  type.length = column_length(type.sql);
  if (type.length && *type.length < 1) at.member("sql").fail("a column without a length", "VARCHAR(80), say");
  type.nullable = at.flag_or("nullable", true);
  type.primary_key = at.flag_or("primary_key", false);
  if (at.has("references")) {
    const auto pair = at.member("references").texts();
    if (pair.size() != 2) at.member("references").fail("[table, column] was expected");
    type.references = std::make_pair(pair[0], pair[1]);
  }
  return type;
}

class Replay {
 public:
  SchemaOperation read(const JsonAt& at) {
    SchemaOperation one;
    one.op = at.member("op").one_of({"create_table", "add_column", "drop_column", "alter_column", "execute"},
                                    "operation");
    one.table = at.member("table").name();
    if (one.op == "create_table") {
      create(one, at);
    } else if (tables_.count(one.table) == 0) {
      at.member("table").fail(fmt::format("no earlier operation creates the table {}", one.table),
                              did_you_mean(one.table, names_of(tables_)));
    }
    if (one.op == "add_column") add(one, at);
    if (one.op == "drop_column") drop(one, at);
    if (one.op == "alter_column") alter(one, at);
    if (one.op == "execute") execute(one, at);
    return one;
  }

 private:
  void create(SchemaOperation& one, const JsonAt& at) {
    at.only({"op", "table", "columns", "unique"});
    if (tables_.count(one.table) != 0)
      at.member("table").fail(fmt::format("the table {} exists already", one.table));
    auto& columns = tables_[one.table];
    for (const JsonAt& item : at.member("columns").items()) {
      item.only({"name", "sql", "nullable", "primary_key", "references"});
      const std::string name = item.member("name").name();
      fresh(columns, name, item.member("name"));
      one.columns.emplace_back(name, stored_as(item));
    }
    if (at.has("unique")) one.unique = read_unique(at.member("unique"));
  }

  void add(SchemaOperation& one, const JsonAt& at) {
    at.only({"op", "table", "column", "sql", "nullable", "references"});
    one.column = at.member("column").name();
    fresh(tables_[one.table], one.column, at.member("column"));
    one.type = stored_as(at);
  }

  void drop(SchemaOperation& one, const JsonAt& at) {
    at.only({"op", "table", "column"});
    one.column = known(one, at.member("column"));
    auto& columns = tables_[one.table];
    columns.erase(std::find(columns.begin(), columns.end(), one.column));
  }

  void alter(SchemaOperation& one, const JsonAt& at) {
    at.only({"op", "table", "column", "new_name", "sql"});
    one.column = known(one, at.member("column"));
    if (at.has("sql")) one.type = stored_as(at);
    if (at.has("new_name")) {
      one.new_name = at.member("new_name").name();
      auto& columns = tables_[one.table];
      fresh(columns, one.new_name, at.member("new_name"));
      columns.erase(std::find(columns.begin(), columns.end(), one.column));
    } else if (!one.type) {
      at.fail("nothing is altered", "give \"sql\" or \"new_name\"");
    }
  }

  void execute(SchemaOperation& one, const JsonAt& at) {
    at.only({"op", "table", "set", "where"});
    for (const char* key : {"set", "where"}) {
      Json& into = key == std::string("set") ? one.set : one.where;
      into = Json::object();
      for (const auto& [column, value] : at.member(key).members()) {
        if (!has(tables_[one.table], column)) no_column(one.table, column, value);
        if (!value.json().is_primitive() || value.json().is_null())
          value.fail("text, a number, true or false was expected");
        into[column] = value.json();
      }
    }
    if (one.set.empty()) at.member("set").fail("no column is set");
  }

  static bool has(const std::vector<std::string>& columns, const std::string& name) {
    return std::find(columns.begin(), columns.end(), name) != columns.end();
  }
  static void fresh(std::vector<std::string>& columns, const std::string& name, const JsonAt& at) {
    if (has(columns, name)) at.fail(fmt::format("the column {} exists already", name));
    columns.push_back(name);
  }
  [[noreturn]] void no_column(const std::string& table, const std::string& column, const JsonAt& at) const {
    at.fail(fmt::format("{} has no column {} here", table, column), did_you_mean(column, tables_.at(table)));
  }
  std::string known(const SchemaOperation& one, const JsonAt& at) const {
    const std::string name = at.name();
    if (!has(tables_.at(one.table), name)) no_column(one.table, name, at);
    return name;
  }

  Tables tables_;
};

}  // namespace

std::vector<Migration> read_migrations(const JsonAt& at, const std::vector<std::string>& releases) {
  std::vector<Migration> migrations;
  Replay replay;
  std::ptrdiff_t newest = 0;
  for (const JsonAt& item : at.items()) {
    item.only({"revision", "release", "operations"});
    Migration one;
    one.revision = item.member("revision").name();
    if (!migrations.empty() && !(migrations.back().revision < one.revision)) {
      item.member("revision")
          .fail(fmt::format("{} comes after {}: migrations are listed oldest first", one.revision,
                            migrations.back().revision));
    }
    one.release = item.member("release").one_of(releases, "release");
    const auto index = std::find(releases.begin(), releases.end(), one.release) - releases.begin();
    if (index < newest)
      item.member("release").fail(fmt::format("{} is older than the release before", one.release));
    newest = index;
    for (const JsonAt& operation : item.member("operations").items())
      one.operations.push_back(replay.read(operation));
    migrations.push_back(std::move(one));
  }
  return migrations;
}

std::vector<Migration> read_migrations_file(const JsonAt& at, const std::vector<std::string>& releases) {
  at.only({"format", "about", "migrations"});
  at.member("format").one_of({"caravan-migrations/1"}, "format");
  return read_migrations(at.member("migrations"), releases);
}

std::optional<int> column_length(const std::string& sql) {
  const std::string prefix = "VARCHAR(";
  int length = 0;
  if (sql.rfind(prefix, 0) != 0) return {};
  const auto [end, code] = std::from_chars(sql.data() + prefix.size(), sql.data() + sql.size(), length);
  if (code != std::errc{} || *end != ')') return {};
  return length;
}

}  // namespace caravan::catalog_parts
