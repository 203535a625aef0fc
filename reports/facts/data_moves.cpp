// What migrations do to values, according to the history.
#include "reports/facts/data_moves.hpp"

#include "reports/facts/values.hpp"

namespace caravan::reports {
std::vector<DataMove> data_moves(const ReleaseModel& releases, const std::string& from,
                                 const std::string& to) {
  std::vector<DataMove> out;
  const auto *before = releases.release(from), *after = releases.release(to);
  if (!before || !after) return out;
  for (const auto& object : releases.objects())
    for (const auto& flag : object.conduct().moved)
      if (before->database_revision < flag.revision && flag.revision <= after->database_revision)
        out.push_back({object.name, flag.set, flag.where});
  return out;
}

bool is_data_move(const ReleaseModel& releases, const DatabaseHistory& database,
                  const step::Migrate& migration, const RowChange& change) {
  if (!change.row->object || change.action != "update") return false;
  for (const auto& move : data_moves(releases, migration.from, migration.to)) {
    const auto& object = *change.row->object;
    if (object.name != move.object || change.column != move.column) continue;
    const auto *field = object.by_column(move.column), *where = object.by_column(move.where);
    if (field && where && database.as_reading(*field, member(*change.json, "new")) == true &&
        database.value(*change.row, *where, change.event) == true)
      return true;
  }
  return false;
}

}  // namespace caravan::reports
