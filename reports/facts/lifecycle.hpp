// Life cycles: the status of a row, and which steps the tables have.
#pragma once

#include <string>

#include "objects/catalog/catalog.hpp"
#include "reports/facts/release_model.hpp"

namespace caravan {

/// The status in a value of the field that holds it; empty if there is none.
std::string status_in(const LifeSpec& life, const Json& value);
/// Whether some release in play has the step. From "" (no row, or no status yet) every first state is lawful.
bool is_lawful_step(const ReleaseModel& releases, const LifeSpec& life, const std::string& from,
                    const std::string& to);

}  // namespace caravan
