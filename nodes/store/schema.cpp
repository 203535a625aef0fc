#include "nodes/store/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "objects/base/error.hpp"
#include "objects/base/nearest.hpp"

namespace caravan::nodes {
namespace {

bool starts_with(const std::string& text, const std::string& head) {
  return text.compare(0, head.size(), head) == 0;
}

// "LONGTEXT on MySQL, TEXT elsewhere" and "TEXT (JSON)" are how the history writes it.
std::string portable(const std::string& sql, const std::string& where) {
  for (const char* type : {"LONGTEXT", "TEXT", "LONGBLOB", "BLOB"}) {
    if (starts_with(sql, type)) return type;
  }
  if (starts_with(sql, "VARCHAR(")) return sql;
  for (const char* known : {"BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DATETIME"}) {
    if (sql == known) return sql;
  }
  throw bad_request(where, fmt::format("there is no column type \"{}\"", sql),
                    did_you_mean(sql, {"VARCHAR(n)", "TEXT", "BLOB", "BOOLEAN", "SMALLINT", "INTEGER",
                                       "BIGINT", "FLOAT", "DATETIME"}));
}

TableDef table_of(const ClassSpec& spec) {
  TableDef table;
  table.name = spec.table;
  table.unique = spec.unique;
  for (const FieldSpec& field : spec.fields) {
    if (!field.column) continue;
    table.columns.push_back(
        column_of(field.name, *field.column,
                  fmt::format("catalog: {} {}: {}", spec.name, spec.version.text(), field.name)));
  }
  return table;
}

std::string table_of_class(const Catalog& catalog, const std::string& name) {
  if (const ClassHistory* history = catalog.history(name)) return history->table;
  throw bad_request("catalog", fmt::format("no class \"{}\", which an association table points to", name));
}

// "mains_association.Job_id.JobBinary_id": two columns that point at the two keys, NULLable and without a key
// of their own, as Sahara made them.
TableDef association(const Catalog& catalog, const ClassHistory& parent, const std::string& child,
                     const std::string& path) {
  const std::size_t first = path.find('.');
  const std::size_t second = path.find('.', first + 1);
  TableDef table;
  table.name = path.substr(0, first);
  const std::pair<std::string, std::string> ends[] = {
      {path.substr(first + 1, second - first - 1), parent.table},
      {path.substr(second + 1), table_of_class(catalog, child)}};
  for (const auto& end : ends) {
    ColumnDef column;
    column.name = end.first;
    column.sql = "VARCHAR(36)";
    column.length = 36;
    column.references = std::make_pair(end.second, std::string("id"));
    table.columns.push_back(std::move(column));
  }
  return table;
}

ColumnDef wider(const ColumnDef& from, const ColumnDef& to) {
  ColumnDef both = to;
  both.nullable = from.nullable || to.nullable;
  if (starts_with(from.sql, "LONG") && from.sql == "LONG" + to.sql) both.sql = from.sql;
  if (from.length && to.length) {
    if (*from.length > *to.length) both.length = from.length, both.sql = from.sql;
  } else if (to.length) {
    both.length.reset(), both.sql = from.sql;
  }
  if (from.references != to.references) both.references.reset();
  return both;
}

TableDef expanded_table(const TableDef& from, const TableDef& to) {
  TableDef both;
  both.name = to.name;
  for (const ColumnDef& column : to.columns) {
    if (const ColumnDef* old = from.column(column.name)) {
      both.columns.push_back(wider(*old, column));
    } else {
      both.columns.push_back(column);
      both.columns.back().nullable = true;  // an older writer does not name it
    }
  }
  for (const ColumnDef& column : from.columns) {
    if (to.column(column.name)) continue;
    both.columns.push_back(column);
    both.columns.back().nullable = true;  // a newer writer does not name it
  }
  for (const auto& unique : from.unique) {
    if (std::find(to.unique.begin(), to.unique.end(), unique) != to.unique.end())
      both.unique.push_back(unique);
  }
  return both;
}

Json nothing_of(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return false;
    case Kind::integer:
      return 0;
    case Kind::real:
      return 0.0;
    case Kind::datetime:
      return "1970-01-01 00:00:00.000000";
    case Kind::text:
    case Kind::binary:
      break;
  }
  return "";
}

// The contract's word counts most, then what a create stores, then the type's own nothing.
Json fill_value(const Catalog& catalog, const std::string& table, const ColumnDef& column) {
  for (const ClassHistory& history : catalog.histories) {
    if (history.table != table) continue;
    for (const Contract& contract : history.contracts) {
      if (contract.field == column.name && contract.absent_means && contract.absent_means->is_primitive() &&
          !contract.absent_means->is_null()) {
        return *contract.absent_means;
      }
    }
  }
  for (const ClassSpec& spec : catalog.classes) {
    if (spec.table != table) continue;
    for (const FieldSpec& field : spec.fields) {
      if (field.name == column.name && field.create_default && field.create_default->is_primitive() &&
          !field.create_default->is_null()) {
        return *field.create_default;
      }
    }
  }
  return nothing_of(kind_of(column.sql));
}

}  // namespace

const ColumnDef* TableDef::column(const std::string& column_name) const {
  for (const ColumnDef& column : columns) {
    if (column.name == column_name) return &column;
  }
  return nullptr;
}

const TableDef* find_table(const Schema& schema, const std::string& name) {
  for (const TableDef& table : schema) {
    if (table.name == name) return &table;
  }
  return nullptr;
}

Kind kind_of(const std::string& sql) {
  if (sql == "BOOLEAN") return Kind::boolean;
  if (sql == "INTEGER" || sql == "SMALLINT" || sql == "BIGINT") return Kind::integer;
  if (sql == "FLOAT") return Kind::real;
  if (sql == "DATETIME") return Kind::datetime;
  if (sql == "BLOB" || sql == "LONGBLOB") return Kind::binary;
  if (sql == "TEXT" || sql == "LONGTEXT" || starts_with(sql, "VARCHAR(")) return Kind::text;
  throw machine_failed(
      "", fmt::format("the database has a column of type \"{}\", which Caravan never makes", sql));
}

std::optional<int> declared_length(const std::string& sql) {
  int length = 0;
  if (!starts_with(sql, "VARCHAR(")) return std::nullopt;
  const auto read = std::from_chars(sql.data() + 8, sql.data() + sql.size(), length);
  return read.ec == std::errc() ? std::make_optional(length) : std::nullopt;
}

ColumnDef column_of(const std::string& name, const ColumnSpec& spec, const std::string& where) {
  ColumnDef column;
  column.name = name;
  column.sql = portable(spec.sql, where);
  column.nullable = spec.nullable && !spec.primary_key;
  column.primary_key = spec.primary_key;
  column.length = spec.length;
  column.references = spec.references;
  return column;
}

ColumnDef row_stamp_column() {
  ColumnDef column;
  column.name = "object_version";
  column.sql = "VARCHAR(10)";
  column.length = 10;
  return column;
}

Schema release_schema(const Catalog& catalog, const std::string& release_name) {
  const Release& release = catalog.require_release(release_name);
  Schema schema;
  for (const auto& entry : release.manifest) {
    const ClassSpec* spec = catalog.find(entry.first, entry.second);
    if (!spec) {
      throw bad_request("catalog",
                        fmt::format("the manifest of {} names {} {}, which is not a class in the catalog",
                                    release_name, entry.first, entry.second.text()));
    }
    if (spec->table.empty()) continue;
    schema.push_back(table_of(*spec));
    if (catalog.row_stamps) schema.back().columns.push_back(row_stamp_column());
  }
  for (const ClassHistory& history : catalog.histories) {
    if (!find_table(schema, history.table)) continue;
    for (const auto& child : history.children) {
      const auto path = history.child_key.find(child.first);
      if (path == history.child_key.end() || std::count(path->second.begin(), path->second.end(), '.') != 2)
        continue;
      schema.push_back(association(catalog, history, child.second, path->second));
    }
  }
  if (schema.empty()) {
    throw bad_request("catalog", fmt::format("release {} has no table: its classes name none", release_name));
  }
  return schema;
}

Schema expanded_schema(const Schema& from, const Schema& to) {
  Schema both;
  for (const TableDef& table : to) {
    const TableDef* old = find_table(from, table.name);
    both.push_back(old ? expanded_table(*old, table) : table);
  }
  for (const TableDef& table : from) {
    if (!find_table(to, table.name)) both.push_back(table);
  }
  return both;
}

std::vector<Rename> renames(const Catalog& catalog, const Schema& from, const Schema& to) {
  std::vector<Rename> found;
  for (const ClassHistory& history : catalog.histories) {
    const TableDef* before = find_table(from, history.table);
    const TableDef* after = find_table(to, history.table);
    if (!before || !after) continue;
    for (const Contract& contract : history.contracts) {
      if (!contract.was_called) continue;
      const std::string& old = contract.was_called->first;
      if (before->column(old) && !after->column(old) && after->column(contract.field) &&
          !before->column(contract.field)) {
        found.push_back({history.table, old, contract.field});
      }
    }
  }
  return found;
}

std::vector<Fill> fills(const Catalog& catalog, const Schema& from, const Schema& to) {
  const std::vector<Rename> renamed = renames(catalog, from, to);
  std::vector<Fill> found;
  for (const TableDef& table : to) {
    const TableDef* old = find_table(from, table.name);
    if (!old) continue;
    for (const ColumnDef& column : table.columns) {
      const ColumnDef* before = old->column(column.name);
      if (column.nullable || (before && !before->nullable)) continue;
      if (std::any_of(renamed.begin(), renamed.end(), [&](const Rename& rename) {
            return rename.table == table.name && rename.after == column.name;
          })) {
        continue;
      }
      found.push_back(
          {table.name, column.name, kind_of(column.sql), fill_value(catalog, table.name, column)});
    }
  }
  return found;
}

}  // namespace caravan::nodes
