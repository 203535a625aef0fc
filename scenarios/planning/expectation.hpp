// Whether what a scenario expects can happen at all in the plan that was made of it.
#pragma once

#include "scenarios/format/scenario.hpp"
#include "scenarios/plan/plan.hpp"

namespace caravan::scenarios {

/// Throws bad_request, at the line and column of the check, where a failure is expected of a check that has
/// nothing to judge in this mode or plan, or in a step that the plan does not have.
void require_meetable(const Plan& plan, const Scenario& scenario);

}  // namespace caravan::scenarios
