#include "nodes/store/memory/tables.hpp"

#include <algorithm>
#include <utility>

namespace caravan::nodes {
namespace {

void set(RowsByKey& rows, const std::string& key, const RowPointer& row) {
  if (row) {
    rows[key] = row;
  } else {
    rows.erase(key);
  }
}

}  // namespace

MemoryTables::MemoryTables(Schema schema) : schema_(std::move(schema)) {
  for (const TableDef& table : schema_) {
    rows_[table.name];
    for (const ColumnDef& column : table.columns) columns_[table.name].push_back(column.name);
  }
}

const std::vector<std::string>& MemoryTables::columns(const std::string& table) const {
  static const std::vector<std::string> none;
  const auto found = columns_.find(table);
  return found == columns_.end() ? none : found->second;
}

void MemoryTables::put(const std::string& table, const std::string& key, RowPointer after) {
  RowPointer before = row(table, key, now());
  set(rows_.at(table), key, after);
  log_.push_back({table, key, std::move(before), std::move(after)});
}

void MemoryTables::undo_to(Version version) {
  for (; now() > version; log_.pop_back())
    set(rows_.at(log_.back().table), log_.back().key, log_.back().before);
}

std::vector<RowWrite> MemoryTables::commit() {
  std::vector<RowWrite> writes(log_.begin() + (committed_ - first_), log_.end());
  committed_ = now();
  forget();
  return writes;
}

const RowsByKey& MemoryTables::rows(const std::string& table, Version version) {
  const auto later = log_.begin() + (version - first_);
  const RowsByKey& present = rows_.at(table);
  if (std::none_of(later, log_.end(), [&](const RowWrite& write) { return write.table == table; }))
    return present;
  undone_ = present;
  for (auto write = log_.end(); write != later;) {
    --write;
    if (write->table == table) set(undone_, write->key, write->before);
  }
  return undone_;
}

RowPointer MemoryTables::row(const std::string& table, const std::string& key, Version version) const {
  const auto later = std::find_if(log_.begin() + (version - first_), log_.end(), [&](const RowWrite& write) {
    return write.table == table && write.key == key;
  });
  if (later != log_.end()) return later->before;
  const RowsByKey& present = rows_.at(table);
  const auto found = present.find(key);
  return found == present.end() ? nullptr : found->second;
}

MemoryTables::Version MemoryTables::hold() { return *held_.insert(committed_); }

void MemoryTables::release(Version version) {
  held_.erase(held_.find(version));
  forget();
}

// Writes that nobody may undo or look behind any more.
void MemoryTables::forget() {
  const Version wanted = held_.empty() ? committed_ : std::min(committed_, *held_.begin());
  for (; first_ < wanted; ++first_) log_.pop_front();
}

}  // namespace caravan::nodes
