// The part of no-data-loss that compares the database's contents at the end with what its triggers told.
#pragma once

#include "reports/checks/checks.hpp"

namespace caravan::reports {

/// Holds every `final` event of the run against what the triggers told. A run without such events owes
/// nothing here.
void check_final_contents(const RunFacts& facts, Findings& findings);

}  // namespace caravan::reports
