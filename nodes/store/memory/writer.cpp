#include "nodes/store/memory/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nodes/store/values.hpp"

namespace caravan::nodes {
namespace {

Json kept(const ColumnDef& column, const Json& value) {
  if (value.is_null()) return value;
  const Kind kind = kind_of(column.sql);
  if (kind == Kind::real) return value.get<double>();
  if (kind == Kind::integer) return value.get<std::int64_t>();
  return value;
}

}  // namespace

Row kept_columns(const TableDef& table, const Row& row) {
  Row good;
  for (const auto& [name, value] : row) {
    const ColumnDef& column = known_column(table, name);
    check_value(column.sql, value, table.name + "." + column.name);
    good[name] = kept(column, value);
  }
  return good;
}

bool has_values(const Row& row, const Row& wanted) {
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const auto& entry) { return row.at(entry.first) == entry.second; });
}

void MemoryWriter::insert(const TableDef& table, const Row& row) {
  Row whole = whole_row(table, kept_columns(table, row));
  check_row(tables_.schema(), table, whole, nullptr, *this);
  const std::string key = new_key(table, whole);
  tables_.put(table.name, key, std::make_shared<const Row>(std::move(whole)));
}

void MemoryWriter::update(const TableDef& table, const std::string& key, const Row& columns) {
  check_key_stays(table, key, columns);
  const Row named = kept_columns(table, columns);
  const RowPointer before = tables_.row(table.name, key, tables_.now());
  if (!before) throw StoreError(StoreError::Kind::gone, table.name + ": no row with this key");
  Row after = *before;
  for (const auto& entry : named) after[entry.first] = entry.second;
  check(table, key, after);
  tables_.put(table.name, key, std::make_shared<const Row>(std::move(after)));
}

void MemoryWriter::erase(const TableDef& table, const std::vector<std::string>& keys) {
  const MemoryTables::Version before = tables_.now();
  std::vector<Row> removed;
  for (const std::string& key : keys) {
    removed.push_back(*tables_.row(table.name, key, tables_.now()));
    tables_.put(table.name, key, nullptr);
  }
  try {
    check_unreferenced(tables_.schema(), table, removed, *this);
  } catch (const StoreError&) {
    tables_.undo_to(before);
    throw;
  }
}

void MemoryWriter::check(const TableDef& table, const std::string& key, const Row& row) {
  check_row(tables_.schema(), table, row, &key, *this);
}

bool MemoryWriter::any(const TableDef& table, const Row& where, const std::string* besides) {
  const ColumnDef* key = primary_key(table);
  if (key && !besides && where.size() == 1 && where.begin()->first == key->name)
    return tables_.row(table.name, where.begin()->second.get<std::string>(), tables_.now()) != nullptr;
  const RowsByKey& all = tables_.rows(table.name, tables_.now());
  return std::any_of(all.begin(), all.end(), [&](const auto& entry) {
    return (!besides || entry.first != *besides) && has_values(*entry.second, where);
  });
}

// Rows without a key have numbers instead, in the order in which they came.
std::string MemoryWriter::new_key(const TableDef& table, const Row& row) const {
  if (const ColumnDef* key = primary_key(table)) return row.at(key->name).get<std::string>();
  const RowsByKey& all = tables_.rows(table.name, tables_.now());
  return fmt::format("{:020}", all.empty() ? 1 : std::stoll(all.rbegin()->first) + 1);
}

}  // namespace caravan::nodes
