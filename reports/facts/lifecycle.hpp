// Life cycles: the status of a row, and which steps the tables have.
// Independent of nodes/data/life_cycle.hpp on purpose.
#pragma once

#include <string>

#include "objects/catalog/catalog.hpp"
#include "reports/facts/release_model.hpp"

namespace caravan::reports {

/// The status in a value of the field that holds it; empty if there is none.
std::string status_in(const LifeSpec& life, const Json& value);
/// Whether some release in play has the step. From "" (no row, or no status yet) every first state is lawful.
bool is_lawful_step(const ReleaseModel& releases, const LifeSpec& life, const std::string& from,
                    const std::string& to);

/// The state in which a row is made, if the tables have one only; else empty.
std::string born_in(const ReleaseModel& releases, const LifeSpec& life);

/// What an api of that release puts into the field of a run beside the client's value; null if nothing.
const Json* added_to_runs(const ReleaseModel& releases, const ObjectHistory& object, const std::string& field,
                          const std::string& release);

}  // namespace caravan::reports
