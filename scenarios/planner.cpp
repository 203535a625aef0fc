#include "scenarios/planner.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/error.hpp"
#include "scenarios/draft.hpp"
#include "scenarios/roll.hpp"

namespace caravan {
namespace {

void number(std::vector<PlanStep>& steps, const std::string& prefix) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    steps[i].number = fmt::format("{}{}", prefix, i + 1);
    number(steps[i].steps, steps[i].number + ".");
  }
}

}  // namespace

Plan make_plan(const Scenario& scenario, const Catalog& catalog, std::uint64_t seed) {
  Plan plan;
  plan.scenario = scenario.name;
  plan.about = scenario.about;
  plan.seed = seed;
  plan.from = scenario.from;
  plan.to = scenario.to;
  plan.access = scenario.access;
  plan.compat = scenario.compat;
  plan.database = scenario.database;
  plan.nodes = scenario.nodes;
  plan.programs = scenario.programs;
  plan.expect = scenario.expect;
  Draft draft(catalog, scenario.from, scenario.to, scenario.nodes, seed);
  if (scenario.upgrade) {
    plan.clients = scenario.upgrade->load.clients;
    plan.steps = steps_of_upgrade(scenario, draft);
  } else {
    plan.steps = steps_as_written(scenario, draft, plan.clients);
  }
  number(plan.steps, "");
  return plan;
}

}  // namespace caravan
