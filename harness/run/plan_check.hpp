// Looks through a plan before anything is started: a plan may have been written or changed by hand.
#pragma once

#include "harness/run/plan_words.hpp"
#include "objects/catalog/catalog.hpp"
#include "scenarios/format/scenario.hpp"

namespace caravan::harness {

/// Throws bad_request naming the line or the step: unknown verbs, nodes, releases, phases, methods, classes;
/// a release without RPC; a start of what runs; operation ids twice; modes that are not built yet; and what
/// is refused of scenarios, too: what no node could answer, fields that the api does not have, values that
/// they cannot hold.
void check_plan(const Plan& plan, const Catalog& catalog, const PlanPlaces& places = {});

/// Throws bad_request at its line and column for an expectation of an unknown check, in any mode.
void require_checks(const scenarios::Scenario& scenario);

/// Every release that a node of the plan starts at, or that the plan migrates between; oldest first.
std::vector<std::string> releases_of(const Plan& plan, const Catalog& catalog);

}  // namespace caravan::harness
