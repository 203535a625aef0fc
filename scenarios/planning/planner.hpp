// Scenario plus seed gives a plan with every choice made. Pure: no clock, no files, its own generator.
#pragma once

#include <cstdint>

#include "objects/catalog/catalog.hpp"
#include "scenarios/format/scenario.hpp"
#include "scenarios/plan/plan.hpp"

namespace caravan::scenarios {

/// Throws bad_request with the scenario's file:line:column and the reason where the scenario asks for what a
/// constraint forbids (scenarios/plan/fleet.hpp) or what cannot be done at that point.
Plan make_plan(const Scenario& scenario, const Catalog& catalog, std::uint64_t seed);

}  // namespace caravan::scenarios
