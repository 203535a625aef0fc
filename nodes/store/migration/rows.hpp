// The data phase: row by row, in batches that are a transaction each. Nothing is kept in memory that a kill
// could lose.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/store/kill_point.hpp"
#include "nodes/store/migration/plan.hpp"
#include "nodes/store/migration/store.hpp"
#include "objects/base/json.hpp"

namespace caravan::nodes {

/// How far the data phase is. `left` includes `failed`; `where` says where they are.
struct RowCount {
  long long done = 0, left = 0, failed = 0;
  std::vector<std::string> problems;  ///< a few of the failed rows, and how many more
  std::string where;                  ///< "3 in shelves.mark, 1 in shelves.sturdy"
};

/// One run of the data phase. A row that the database refuses counts as failed, and the others go on; what
/// else goes wrong is thrown (StoreError). Store, plan and kill point must outlive it.
class RowWork {
 public:
  RowWork(MigrationStore& store, const MigrationPlan& plan, KillPoint& kill_point);

  /// Up to `batches` transactions that change something (0: all), of up to `batch` rows.
  void run(int batch, int batches);
  /// Counts what is left in the database and notes that data was run.
  RowCount close();
  /// The same count in the caller's transaction; notes nothing.
  RowCount count(const SchemaState& state);

  /// All rows at once, as a released migration does it.
  static void assign_all(MigrationStore& store, const Schema& schema, const RowStep& step);

 private:
  struct Batch {
    int selected = 0, done = 0;
  };

  const TableDef& table_of(const std::string& name) const { return *find_table(plan_.expanded, name); }
  const std::string& key_of(const TableDef& table) const;
  /// Of the rows where the step is still to be made; nothing if it was made for good.
  std::optional<Condition> left(const RowStep& step, const Json& progress) const;
  long long number_left(const RowStep& step, const Json& progress);
  Batch one_batch(const RowStep& step, std::string& after, int size);
  bool write(const RowStep& step, const std::string& key, const Row& read);
  void add_beyond(const RowLimit& limit, RowCount& total);

  MigrationStore& store_;
  const MigrationPlan& plan_;
  KillPoint& kill_point_;
  long long done_ = 0;
  std::map<std::string, std::string> failures_;  ///< "table.column, row KEY" -> reason
};

}  // namespace caravan::nodes
