// Tables in memory: one state that writes change in place, and a log that undoes them.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "nodes/store/schema.hpp"
#include "nodes/store/store.hpp"

namespace caravan::nodes {

/// A row is never changed: a write puts another one in its place.
using RowPointer = std::shared_ptr<const Row>;
using RowsByKey = std::map<std::string, RowPointer>;

/// What was done to one row. Null: there was none, or no longer is one.
struct RowWrite {
  std::string table, key;
  RowPointer before, after;
};

/// One writer, any number of readers, one thread. Tables that are asked for must be in the schema.
class MemoryTables {
 public:
  /// A state of the tables: how many writes led to it.
  using Version = long long;

  explicit MemoryTables(Schema schema);
  const Schema& schema() const { return schema_; }
  /// Names; empty if there is no such table.
  const std::vector<std::string>& columns(const std::string& table) const;

  /// The state after all writes, and the one after those that were committed.
  Version now() const { return first_ + static_cast<Version>(log_.size()); }
  Version committed() const { return committed_; }

  /// `after` null removes the row.
  void put(const std::string& table, const std::string& key, RowPointer after);
  /// Undoes the writes after `version`, the last one first.
  void undo_to(Version version);
  /// Gives the writes since the last commit.
  std::vector<RowWrite> commit();

  /// Rows as they were at `version`, which is now(), committed() or held. Valid until the next call.
  const RowsByKey& rows(const std::string& table, Version version);
  RowPointer row(const std::string& table, const std::string& key, Version version) const;

  /// The committed version, which can be read until it is released.
  Version hold();
  void release(Version version);

 private:
  void forget();

  const Schema schema_;
  std::map<std::string, std::vector<std::string>> columns_;
  std::map<std::string, RowsByKey> rows_;
  std::deque<RowWrite> log_;  // from version first_ on
  Version first_ = 0, committed_ = 0;
  std::multiset<Version> held_;
  RowsByKey undone_;  // what rows() gave away last, where it was not the present state
};

}  // namespace caravan::nodes
