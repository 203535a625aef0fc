#include "nodes/store/sqlite_ddl.hpp"

#include <fmt/format.h>

#include "nodes/store/sqlite_session.hpp"

namespace caravan {
namespace {

std::string listed(const std::vector<std::string>& columns) {
  std::string text;
  for (const std::string& column : columns) text += (text.empty() ? "" : ", ") + identifier(column);
  return text;
}

// new."id", or new."Job_id" || '/' || new."JobBinary_id" where there is no key.
std::string key_expression(const TableDef& table, const std::string& row) {
  for (const ColumnDef& column : table.columns) {
    if (column.primary_key) return row + "." + identifier(column.name);
  }
  std::string text;
  for (const ColumnDef& column : table.columns) {
    text +=
        fmt::format("{}coalesce({}.{}, '')", text.empty() ? "" : " || '/' || ", row, identifier(column.name));
  }
  return text;
}

// One statement a trigger: every process that opens the file parses all of them. The plus signs do nothing
// but keep SQLite from naming column3 and column4 after the first row's column.
std::string trigger_body(const TableDef& table, const std::string& action) {
  std::string rows;
  for (const ColumnDef& column : table.columns) {
    const std::string name = identifier(column.name);
    rows += fmt::format("{}({}, '{}', {}, {})", rows.empty() ? "" : ",\n    ", literal(column.name),
                        change_type(kind_of(column.sql)), action == "insert" ? "null" : "+old." + name,
                        action == "delete" ? "null" : "+new." + name);
  }
  return fmt::format(
      "  insert into caravan_changes (action, \"table\", \"key\", \"column\", type, old, new)\n"
      "  select '{}', {}, {}, column1, column2, column3, column4 from (values\n    {}){};\n",
      action, literal(table.name), key_expression(table, action == "insert" ? "new" : "old"), rows,
      action == "update" ? " where column3 is not column4" : "");
}

}  // namespace

std::string create_table_text(const TableDef& table, const std::string& name) {
  std::string text;
  const auto line = [&text](const std::string& part) { text += (text.empty() ? "  " : ",\n  ") + part; };
  for (const ColumnDef& column : table.columns) {
    line(fmt::format("{} {}{}", identifier(column.name), column.sql, column.nullable ? "" : " NOT NULL"));
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

std::vector<std::string> trigger_texts(const TableDef& table) {
  std::vector<std::string> texts;
  for (const char* action : {"insert", "update", "delete"}) {
    texts.push_back(fmt::format("create trigger {} after {} on {} begin\n{}end",
                                identifier(fmt::format("caravan_{}_{}", table.name, action)), action,
                                identifier(table.name), trigger_body(table, action)));
  }
  return texts;
}

// `old` and `new` have no declared type: SQLite keeps each value as it is, and `type` says how to read it
// even after the column has gone.
std::vector<std::string> bookkeeping_texts() {
  return {
      "create table caravan_schema (one integer primary key check (one = 1), release text not null, "
      "previous text not null, target text not null, phase text not null, generation integer not null)",
      "create table caravan_changes (sequence integer primary key autoincrement, action text not null, "
      "\"table\" text not null, \"key\" text not null, \"column\" text not null, type text not null, old, "
      "new)"};
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

}  // namespace caravan
