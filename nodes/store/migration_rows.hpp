// The data phase: row by row, in batches that are a transaction each. Nothing is kept in memory that a kill
// could lose.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nodes/store/migration_plan.hpp"
#include "nodes/store/schema_state.hpp"
#include "nodes/store/sql_session.hpp"
#include "objects/json.hpp"

namespace caravan {

/// SIGKILL to this process at a chosen transaction, for the tests of what a kill leaves behind.
class Death {
 public:
  explicit Death(int transaction) : left_(transaction) {}
  /// Once a transaction, after its first write.
  void may_come();

 private:
  int left_;
};

struct RowCount {
  long long done = 0, left = 0, failed = 0;
  std::vector<std::string> problems;  ///< a few of the failed rows, and how many more
  std::string where;                  ///< "3 in shelves.mark, 1 in shelves.sturdy"
};

class RowWork {
 public:
  RowWork(SqlSession& session, const MigrationPlan& plan, Death& death);

  /// Up to `batches` transactions that change something (0: all), of up to `batch` rows.
  void run(int batch, int batches);
  /// Counts what is left in the database and notes that data was run.
  RowCount close();
  /// The same count in the caller's transaction; notes nothing.
  RowCount count(const SchemaState& state);

  /// All rows at once, as a released migration does it.
  static void assign_all(SqlSession& session, const Schema& schema, const RowStep& step);

 private:
  struct Condition {
    std::string text;
    std::vector<Cell> in;
  };
  struct Batch {
    int selected = 0, done = 0;
  };

  const ColumnDef& column(const std::string& table, const std::string& name) const;
  std::string key_of(const std::string& table) const;
  Condition left(const RowStep& step, const Json& progress) const;
  Condition beyond(const RowLimit& limit) const;
  static void require_values(SqlSession& session, const TableDef& table, const Json& values,
                             Condition& condition);
  static std::string assignments(SqlSession& session, const TableDef& table, const Json& values,
                                 std::vector<Cell>& in);
  long long number_of(const std::string& table, const Condition& condition);
  Batch one_batch(const RowStep& step, std::string& after, int size);
  bool write(const RowStep& step, const std::string& key, const Cell& old);

  SqlSession& session_;
  const MigrationPlan& plan_;
  Death& death_;
  long long done_ = 0;
  std::map<std::string, std::string> failures_;  ///< "table.column, row KEY" -> reason
};

}  // namespace caravan
