// What migrations do to values, as the classes declare it.
// Independent of nodes/store/migration/plan.hpp on purpose.
#pragma once

#include <string>
#include <vector>

#include "reports/facts/database_history.hpp"
#include "reports/facts/evidence.hpp"
#include "reports/facts/release_model.hpp"

namespace caravan::reports {

/// A migration sets `column` where `where` is true and `column` is not.
struct DataMove {
  std::string object, column, where;
};
/// Those of the way from one release to another.
std::vector<DataMove> data_moves(const ReleaseModel& releases, const std::string& from,
                                 const std::string& to);

/// Whether this change is one of them, in this migration step.
bool is_data_move(const ReleaseModel& releases, const DatabaseHistory& database,
                  const step::Migrate& migration, const RowChange& change);

}  // namespace caravan::reports
