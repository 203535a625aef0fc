// What a migration between two releases does, phase by phase: decided from the catalog alone, no database.
#pragma once

#include <string>
#include <vector>

#include "nodes/store/schema.hpp"

namespace caravan::nodes {

/// Something done to rows, one by one. A row is left while it differs from what it shall be.
struct RowStep {
  enum class Kind {
    copy,   ///< `column` gets the value of `from`, its older name
    fill,   ///< `column` gets `value` where it is NULL
    assign  ///< rows whose columns equal `where` get `set`: once, as the release's own migration says
  };
  Kind kind = Kind::fill;
  std::string table, column, from;
  Json value;
  Json set, where;
  std::string revision;  ///< assign: "029"

  std::string name() const;  ///< "029 cluster_templates"; "job_executions.engine_job_id"
};

/// Rows that the newer schema cannot hold, whatever is done: a NULL that has no meaning, a text too long.
struct RowLimit {
  std::string table, column;
  std::optional<int> length;  ///< none: the column must not be NULL
};

/// What the phases do, in their order.
struct MigrationPlan {
  Schema before, expanded, after;  ///< expand leads to the second, contract to the third
  std::vector<RowStep> rows;       ///< data
  std::vector<RowLimit> limits;    ///< contract waits until no row is beyond one
};
/// For any pair of releases, neighbours or not; both ways of writing find their columns in `expanded`.
MigrationPlan plan_migration(const Catalog& catalog, const std::string& from, const std::string& to);

/// One revision as it was released: the schema first, then rows, in one go.
struct RevisionPlan {
  std::string revision;
  Schema before, after;
  std::vector<Rename> renames;
  std::vector<RowStep> rows;  ///< assign only
};
/// Revisions after `from` up to `to`, oldest first. A catalog without migrations has one for each release.
/// Throws bad_request if the catalog's migrations do not lead to the tables of its classes.
std::vector<RevisionPlan> plan_as_released(const Catalog& catalog, const std::string& from,
                                           const std::string& to);

/// The schema after one more migration.
Schema migrated(Schema schema, const Migration& migration, bool row_stamps);

/// The first difference between two schemas, whatever their order; empty if they are equal.
std::string schema_difference(const Schema& a, const Schema& b);

}  // namespace caravan::nodes
