#include "nodes/store/sql/dialect.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"

namespace caravan::nodes {

// A dialect is a file next to this one, and a row.
const Dialect& sqlite_dialect();
const Dialect& postgresql_dialect();
const Dialect& mariadb_dialect();

const Dialect& dialect_of(DatabaseKind kind) {
  static constexpr std::pair<DatabaseKind, const Dialect& (*)()> dialects[] = {
      {DatabaseKind::sqlite, sqlite_dialect},
      {DatabaseKind::postgresql, postgresql_dialect},
      {DatabaseKind::mariadb, mariadb_dialect},
  };
  for (const auto& [known, dialect] : dialects)
    if (known == kind) return dialect();
  throw bad_request(name(kind), "this database is not supported");
}

std::string listed(const std::vector<std::string>& columns) {
  std::string text;
  for (const std::string& column : columns) text += (text.empty() ? "" : ", ") + identifier(column);
  return text;
}

const char* change_type(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
      return "integer";
    case Kind::real:
      return "real";
    case Kind::text:
    case Kind::datetime:
    case Kind::binary:
      break;
  }
  return "text";
}

Kind kind_of_change(const std::string& type) {
  if (type == "boolean") return Kind::boolean;
  if (type == "integer") return Kind::integer;
  return type == "real" ? Kind::real : Kind::text;
}

long long read_generation(SqlSession& session, const std::string& head, const std::string& tail) {
  std::vector<Cell> out(1);
  out[0].kind = Kind::integer;
  bool found = false;
  session.run(head + "select generation from caravan_schema" + tail, {}, out, [&] { found = true; });
  if (!found) throw StoreError(StoreError::Kind::machine, "caravan_schema is empty");
  return out[0].integer;
}

std::unique_ptr<soci::session> open_server(const DatabaseUrl& url, const char* backend,
                                           const std::string& options, const char* package) {
  try {
    return std::make_unique<soci::session>(backend, options);
  } catch (const soci::soci_error& cause) {
    std::string message = cause.get_error_message();
    while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.pop_back();
    for (const char control : {'\n', '\t'}) std::replace(message.begin(), message.end(), control, ' ');
    // No server repeats a password; this is for the day when one does.
    for (std::size_t at; url.password.size() > 3 && (at = message.find(url.password)) != std::string::npos;)
      message.replace(at, url.password.size(), "***");
    const bool missing = message.find("shared library") != std::string::npos;
    throw machine_failed(url.shown(), "cannot open the database: " + message,
                         missing ? fmt::format("it is in the Debian package {}", package) : "");
  }
}

// What databases call the types that ours are made of; ours are their own names.
static std::string portable_type(const std::string& type) {
  constexpr std::pair<const char*, const char*> names[] = {{"character varying", "VARCHAR"},
                                                           {"varchar", "VARCHAR"},
                                                           {"longtext", "LONGTEXT"},
                                                           {"longblob", "LONGBLOB"},
                                                           {"text", "TEXT"},
                                                           {"blob", "BLOB"},
                                                           {"bytea", "BLOB"},
                                                           {"boolean", "BOOLEAN"},
                                                           {"tinyint(1)", "BOOLEAN"},
                                                           {"smallint", "SMALLINT"},
                                                           {"bigint", "BIGINT"},
                                                           {"integer", "INTEGER"},
                                                           {"int(", "INTEGER"},
                                                           {"double", "FLOAT"},
                                                           {"timestamp", "DATETIME"},
                                                           {"datetime", "DATETIME"}};
  for (const auto& [head, portable] : names) {
    if (type.rfind(head, 0) != 0) continue;
    const bool varying = portable == std::string("VARCHAR");
    return varying ? portable + type.substr(std::string(head).size()) : portable;
  }
  return type;
}

Schema Dialect::read_tables(SqlSession& session) const {
  Schema tables;
  std::vector<Cell> out(5);
  out[3].kind = out[4].kind = Kind::integer;
  session.run(columns_query(), {}, out, [&] {
    if (tables.empty() || tables.back().name != out[0].text) {
      tables.emplace_back();
      tables.back().name = out[0].text;
    }
    ColumnDef column;
    column.name = out[1].text;
    column.sql = portable_type(out[2].text);
    column.nullable = out[3].integer != 0;
    column.primary_key = out[4].integer != 0;
    column.length = declared_length(column.sql);
    tables.back().columns.push_back(std::move(column));
  });
  std::sort(tables.begin(), tables.end(),
            [](const TableDef& a, const TableDef& b) { return a.name < b.name; });
  return tables;
}

void Dialect::read_constraints(SqlSession& session, Schema& tables) const {
  for (TableDef& table : tables) table.unique.clear();
  std::string last;
  std::vector<Cell> out(5);
  session.run(constraints_query(), {}, out, [&] {
    const auto table = std::find_if(tables.begin(), tables.end(),
                                    [&](const TableDef& each) { return each.name == out[0].text; });
    if (table == tables.end()) return;
    if (out[3].state == soci::i_ok) {
      for (ColumnDef& column : table->columns) {
        if (column.name == out[2].text) column.references = std::make_pair(out[3].text, out[4].text);
      }
      return;
    }
    const std::string key = out[0].text + " " + out[1].text;
    if (key != last) table->unique.emplace_back();
    last = key;
    table->unique.back().push_back(out[2].text);
  });
}

}  // namespace caravan::nodes
