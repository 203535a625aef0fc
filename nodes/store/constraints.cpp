#include "nodes/store/constraints.hpp"

#include <fmt/format.h>

#include "nodes/store/values.hpp"
#include "objects/base/nearest.hpp"

namespace caravan::nodes {
namespace {

using K = StoreError::Kind;

template <class Named>
[[noreturn]] void unknown(const std::string& message, const std::string& word,
                          const std::vector<Named>& known) {
  std::vector<std::string> names;
  for (const Named& each : known) names.push_back(each.name);
  const std::string hint = did_you_mean(word, names);
  throw StoreError(K::unknown_column, hint.empty() ? message : message + "; " + hint);
}

std::string place(const TableDef& table, const ColumnDef& column) { return table.name + "." + column.name; }

void check_columns(const TableDef& table, const Row& row) {
  for (const ColumnDef& column : table.columns) {
    const Json& value = row.at(column.name);
    if (value.is_null() && !column.nullable)
      throw StoreError(K::not_null, place(table, column) + ": must not be NULL");
    if (column.length && value.is_string() &&
        characters(value.get_ref<const std::string&>()) > static_cast<std::size_t>(*column.length)) {
      throw StoreError(K::too_long,
                       fmt::format("{}: longer than {} characters", place(table, column), *column.length));
    }
  }
}

void check_unique(const TableDef& table, const Row& row, const std::string* key, RowLookup& rows) {
  for (const auto& unique : table.unique) {
    std::string names;
    Row same;
    for (const std::string& column : unique) {
      names += (names.empty() ? "" : ", ") + table.name + "." + column;
      if (!row.at(column).is_null()) same[column] = row.at(column);
    }
    if (same.size() == unique.size() && rows.any(table, same, key))
      throw StoreError(K::constraint, names + ": another row has the same value");
  }
}

}  // namespace

const TableDef& known_table(const Schema& schema, const std::string& name) {
  if (const TableDef* found = find_table(schema, name)) return *found;
  unknown(fmt::format("no table \"{}\" in this schema", name), name, schema);
}

const ColumnDef& known_column(const TableDef& table, const std::string& name) {
  if (const ColumnDef* found = table.column(name)) return *found;
  unknown(fmt::format("{} has no column \"{}\"", table.name, name), name, table.columns);
}

const ColumnDef* primary_key(const TableDef& table) {
  for (const ColumnDef& column : table.columns) {
    if (column.primary_key) return &column;
  }
  return nullptr;
}

const ColumnDef& key_column(const TableDef& table) {
  if (const ColumnDef* key = primary_key(table)) return *key;
  throw StoreError(K::unknown_column, table.name + " has no key: use list and remove_where");
}

Row whole_row(const TableDef& table, const Row& row) {
  Row whole = row;
  for (const ColumnDef& column : table.columns) whole.emplace(column.name, nullptr);
  return whole;
}

void check_key_stays(const TableDef& table, const std::string& key, const Row& columns) {
  const ColumnDef& id = key_column(table);
  const auto given = columns.find(id.name);
  if (given != columns.end() && given->second != Json(key))
    throw StoreError(K::constraint, place(table, id) + ": the key of a row cannot change");
}

void check_row(const Schema& schema, const TableDef& table, const Row& row, const std::string* key,
               RowLookup& rows) {
  check_columns(table, row);
  const ColumnDef* id = primary_key(table);
  if (id && !key && rows.any(table, {{id->name, row.at(id->name)}}, nullptr))
    throw StoreError(K::duplicate, place(table, *id) + ": a row with this key exists");
  check_unique(table, row, key, rows);
  for (const ColumnDef& column : table.columns) {
    if (!column.references || row.at(column.name).is_null()) continue;
    const auto& [parent, parent_column] = *column.references;
    if (!rows.any(known_table(schema, parent), {{parent_column, row.at(column.name)}}, nullptr))
      throw StoreError(K::reference, fmt::format("{}: no such row in {}", place(table, column), parent));
  }
}

void check_unreferenced(const Schema& schema, const TableDef& table, const std::vector<Row>& removed,
                        RowLookup& rows) {
  for (const TableDef& child : schema) {
    for (const ColumnDef& column : child.columns) {
      if (!column.references || column.references->first != table.name) continue;
      for (const Row& row : removed) {
        const Json& named = row.at(column.references->second);
        if (!named.is_null() && rows.any(child, {{column.name, named}}, nullptr))
          throw StoreError(K::reference,
                           fmt::format("{}: still named by {}", table.name, place(child, column)));
      }
    }
  }
}

}  // namespace caravan::nodes
