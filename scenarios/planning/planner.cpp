#include "scenarios/planning/planner.hpp"

#include <fmt/format.h>

#include "objects/vocabulary/roles.hpp"
#include "scenarios/plan/builder.hpp"
#include "scenarios/plan/who_answers.hpp"
#include "scenarios/planning/expectation.hpp"
#include "scenarios/planning/step_builder.hpp"

namespace caravan::scenarios {
namespace {

void number(std::vector<PlanStep>& steps, const std::string& prefix) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    steps[i].number = fmt::format("{}{}", prefix, i + 1);
    number(steps[i].steps, steps[i].number + ".");
  }
}

// Everything below looks its releases up and finds them.
void require_releases(const Scenario& scenario, const Catalog& catalog) {
  catalog.require_release(scenario.from, scenario.where);
  catalog.require_release(scenario.to, scenario.where);
  for (const ScenarioStep& step : scenario.steps)
    if (const std::string& release = release_of(step); !release.empty())
      catalog.require_release(release, step.where);
}

}  // namespace

Plan make_plan(const Scenario& scenario, const Catalog& catalog, std::uint64_t seed) {
  require_releases(scenario, catalog);
  Plan plan;
  plan.scenario = scenario.name;
  plan.about = scenario.about;
  plan.seed = seed;
  plan.from = scenario.from;
  plan.to = scenario.to;
  plan.mode = scenario.mode;
  const bool direct = plan.mode.access == Access::direct;
  plan.migration = !scenario.migration.empty() ? scenario.migration : direct ? "as-released" : "phased";
  plan.row_stamps = scenario.row_stamps;
  const auto stays = [&](const std::string& who) {
    const auto role = role_of(who);
    return !role || is_there(*role, plan.mode.access);
  };
  for (const auto& kind : scenario.nodes) {
    if (stays(kind.first)) plan.nodes.push_back(kind);
  }
  for (const auto& program : scenario.programs) {
    if (stays(program.first)) plan.programs.insert(program);
  }
  for (const auto& options : scenario.config) {
    if (stays(options.first)) plan.config.insert(options);
  }
  plan.expect = expectation(scenario.expect, plan.mode);
  PlanBuilder builder(catalog, plan);
  PlanPlaces places;
  places.otherwise = scenario.where;
  if (scenario.upgrade) {
    plan.clients = scenario.upgrade->load.clients;
    plan.steps = steps_of_upgrade(scenario, builder);
  } else {
    plan.steps = steps_as_written(scenario, builder, plan.clients, places);
  }
  number(plan.steps, "");
  require_who_answers(plan, catalog, places);
  require_meetable(plan, scenario);
  return plan;
}

}  // namespace caravan::scenarios
