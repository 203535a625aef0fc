// Looks through a plan before anything is started: a plan may have been written or changed by hand.
#pragma once

#include "objects/catalog.hpp"
#include "scenarios/plan.hpp"

namespace caravan {

/// Throws bad_request naming the step: unknown verbs, nodes, releases, phases, methods, classes; a release
/// without RPC; a start of what runs; operation ids twice; modes that are not built yet.
void check_plan(const Plan& plan, const Catalog& catalog);

/// Every release that a node of the plan starts at, or that the plan migrates between; oldest first.
std::vector<std::string> releases_of(const Plan& plan, const Catalog& catalog);

}  // namespace caravan
