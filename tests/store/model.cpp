#include "model.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "nodes/store/values.hpp"

namespace caravan::nodes::test {
namespace {

using K = StoreError::Kind;

bool taken(const ColumnDef& column, const Json& value) {
  if (value.is_null()) return true;
  switch (kind_of(column.sql)) {
    case Kind::boolean:
      return value.is_boolean();
    case Kind::real:
      return value.is_number();
    case Kind::integer: {
      if (!value.is_number_integer()) return false;
      const auto most = column.sql == "SMALLINT"  ? std::int64_t{32767}
                        : column.sql == "INTEGER" ? std::int64_t{2147483647}
                                                  : std::numeric_limits<std::int64_t>::max();
      if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= static_cast<std::uint64_t>(most);
      return value.get<std::int64_t>() <= most && value.get<std::int64_t>() >= -most - 1;
    }
    case Kind::datetime:  // those of these tests begin with a year, or are none
      return value.is_string() && value.get<std::string>().substr(0, 1) == "2";
    default:
      return value.is_string() && value.get<std::string>().find('\0') == std::string::npos;
  }
}

bool matches(const Row& row, const Row& where) {
  return std::all_of(where.begin(), where.end(),
                     [&](const auto& entry) { return row.at(entry.first) == entry.second; });
}

Json text_of(const Json& value) { return value.is_null() ? Json("") : value; }

}  // namespace

const std::string* key_of(const TableDef& table) {
  for (const ColumnDef& column : table.columns) {
    if (column.primary_key) return &column.name;
  }
  return nullptr;
}

/// Names and types, which are looked at before anything is done.
Model::Refusals Model::wrong(const TableDef& table, const Row& row) const {
  Refusals found;
  for (const auto& [name, value] : row) {
    const ColumnDef* column = table.column(name);
    if (column == nullptr)
      found.insert(K::unknown_column);
    else if (!taken(*column, value))
      found.insert(K::constraint);
  }
  return found;
}

/// Of a whole row, which takes the place of another or of none.
Model::Refusals Model::broken(const TableDef& table, const Row& row, const Row* instead_of) const {
  Refusals found;
  const std::string* key = key_of(table);
  for (const ColumnDef& column : table.columns) {
    const Json& value = row.at(column.name);
    if (value.is_null() && !column.nullable) found.insert(K::not_null);
    if (column.length && value.is_string() &&
        characters(value.get<std::string>()) > static_cast<std::size_t>(*column.length))
      found.insert(K::too_long);
    if (!column.references || value.is_null()) continue;
    const auto& [parent, parent_key] = *column.references;
    const Rows& rows = open_[parent];
    if (std::none_of(rows.begin(), rows.end(),
                     [&, name = parent_key](const Row& other) { return other.at(name) == value; }))
      found.insert(K::reference);
  }
  for (const Row& other : open_[table.name]) {
    if (instead_of != nullptr && key != nullptr && other.at(*key) == instead_of->at(*key)) continue;
    if (key != nullptr && other.at(*key) == row.at(*key)) found.insert(K::duplicate);
    for (const auto& unique : table.unique) {
      if (std::all_of(unique.begin(), unique.end(), [&](const std::string& column) {
            return !row.at(column).is_null() && row.at(column) == other.at(column);
          }))
        found.insert(K::constraint);
    }
  }
  return found;
}

bool Model::refers(const TableDef& table, const Row& row) const {
  for (const TableDef& child : schema_) {
    for (const ColumnDef& column : child.columns) {
      if (!column.references || column.references->first != table.name) continue;
      for (const Row& other : open_[child.name]) {
        if (other.at(column.name) == row.at(column.references->second)) return true;
      }
    }
  }
  return false;
}

void Model::record(const TableDef& table, const Rows& before, const Rows& after, const char* action) {
  std::vector<Change> made;
  for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    const Row& row = before.empty() ? after[i] : before[i];
    std::string key;
    if (const std::string* id = key_of(table)) {
      key = row.at(*id).get<std::string>();
    } else {
      for (const ColumnDef& column : table.columns)
        key +=
            (&column == &table.columns.front() ? "" : "/") + text_of(row.at(column.name)).get<std::string>();
    }
    for (const ColumnDef& column : table.columns) {
      const Json old_value = before.empty() ? Json() : before[i].at(column.name);
      const Json new_value = after.empty() ? Json() : after[i].at(column.name);
      if (!before.empty() && !after.empty() && old_value == new_value) continue;
      made.push_back({0, action, table.name, key, column.name, old_value, new_value, {}});
    }
  }
  std::sort(made.begin(), made.end(), [](const Change& a, const Change& b) {
    return std::tie(a.key, a.column) < std::tie(b.key, b.column);
  });
  if (!made.empty()) pending_.push_back(std::move(made));
}

Model::Refusals Model::insert(const std::string& name, const Row& row) {
  const TableDef* known = table(name);
  if (known == nullptr) return {K::unknown_column};
  if (const Refusals found = wrong(*known, row); !found.empty()) return found;
  Row whole = row;
  for (const ColumnDef& column : known->columns) whole.emplace(column.name, nullptr);
  const Refusals found = broken(*known, whole, nullptr);
  if (!found.empty()) return found;
  open_[name].push_back(whole);
  record(*known, {}, {whole}, "insert");
  return {};
}

Model::Refusals Model::update(const std::string& name, const std::string& key, const Row& columns) {
  const TableDef* known = table(name);
  const std::string* id = known == nullptr ? nullptr : key_of(*known);
  if (id == nullptr) return {K::unknown_column};
  Refusals found = wrong(*known, columns);
  if (const auto given = columns.find(*id); given != columns.end() && given->second != Json(key))
    found.insert(K::constraint);
  if (!found.empty()) return found;
  for (Row& row : open_[name]) {
    if (row.at(*id) != Json(key)) continue;
    Row after = row;
    for (const auto& [column, value] : columns) after[column] = value;
    found = broken(*known, after, &row);
    if (!found.empty()) return found;
    record(*known, {row}, {after}, "update");
    row = after;
    return {};
  }
  return {K::gone};
}

Model::Refusals Model::remove(const std::string& name, const std::string& key) {
  const TableDef* known = table(name);
  const std::string* id = known == nullptr ? nullptr : key_of(*known);
  if (id == nullptr) return {K::unknown_column};
  const Rows& rows = open_[name];
  if (std::none_of(rows.begin(), rows.end(), [&](const Row& row) { return row.at(*id) == Json(key); }))
    return {K::gone};
  return remove_where(name, {{*id, key}});
}

Model::Refusals Model::remove_where(const std::string& name, const Row& where) {
  Rows going;
  if (const Refusals found = list(name, where, going); !found.empty()) return found;
  if (where.empty()) return {K::constraint};
  const TableDef* known = table(name);
  if (std::any_of(going.begin(), going.end(), [&](const Row& row) { return refers(*known, row); }))
    return {K::reference};
  Rows& rows = open_[name];
  rows.erase(std::remove_if(rows.begin(), rows.end(), [&](const Row& row) { return matches(row, where); }),
             rows.end());
  record(*known, going, {}, "delete");
  return {};
}

Model::Refusals Model::list(const std::string& name, const Row& where, Rows& found) const {
  const TableDef* known = table(name);
  if (known == nullptr) return {K::unknown_column};
  if (const Refusals wrong_ones = wrong(*known, where); !wrong_ones.empty()) return wrong_ones;
  for (const Row& row : open_[name]) {
    if (matches(row, where)) found.push_back(row);
  }
  const std::string* id = key_of(*known);
  std::stable_sort(found.begin(), found.end(), [&](const Row& a, const Row& b) {
    if (known->column("created_at") != nullptr && a.at("created_at") != b.at("created_at"))
      return a.at("created_at") < b.at("created_at");
    return id != nullptr && a.at(*id) < b.at(*id);
  });
  return {};
}

void Model::commit() {
  committed_ = open_;
  changes_.insert(changes_.end(), pending_.begin(), pending_.end());
  pending_.clear();
}

}  // namespace caravan::nodes::test
