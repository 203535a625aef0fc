// Who answers what a plan asks for: without an api nothing hears it, without a conductor no api answers and
// no node joins, without an engine nothing comes to rest.
#pragma once

#include "objects/catalog/catalog.hpp"
#include "scenarios/plan/plan.hpp"

namespace caravan::scenarios {

/// Reads the plan as it will be told, step after step. Throws bad_request at the first operation, start or
/// wait that finds no node that could answer it, and at work that no node may be left to bring to rest: cast
/// to engines that are gone or held by the next time that all must have come to rest, whether they went
/// before or after. The plan's nodes are those of its header.
void require_who_answers(const Plan& plan, const Catalog& catalog, const PlanPlaces& places);

}  // namespace caravan::scenarios
