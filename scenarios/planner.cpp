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

bool has_step(const std::vector<PlanStep>& steps, const std::string& number) {
  return std::any_of(steps.begin(), steps.end(), [&](const PlanStep& step) {
    return step.number == number || has_step(step.steps, number);
  });
}

// A failure is expected at a step that there is.
void require_steps(const Plan& plan, const std::string& where) {
  if (!plan.expect.is_object()) return;
  for (const auto& [check, entry] : plan.expect.items()) {
    if (!entry.is_object() || !entry.contains("at")) continue;
    const std::string number = entry.at("at").get<std::string>();
    if (!has_step(plan.steps, number))
      throw bad_request(where,
                        fmt::format("expect: {} at \"{}\": the plan for {} has no such step", check, number,
                                    text(plan.mode)),
                        "`caravan plan` shows its steps");
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
  plan.mode = scenario.mode;
  const bool direct = plan.mode.access == "direct";
  plan.migration = !scenario.migration.empty() ? scenario.migration : direct ? "as-released" : "phased";
  plan.row_stamps = scenario.row_stamps;
  const auto is_there = [&](const std::string& node) { return !direct || node.rfind("conductor", 0) != 0; };
  for (const auto& kind : scenario.nodes) {
    if (is_there(kind.first)) plan.nodes.push_back(kind);
  }
  for (const auto& program : scenario.programs) {
    if (is_there(program.first)) plan.programs.insert(program);
  }
  for (const auto& options : scenario.config) {
    if (is_there(options.first)) plan.config.insert(options);
  }
  plan.expect = expectation(scenario.expect, plan.mode);
  Draft draft(catalog, plan);
  if (scenario.upgrade) {
    plan.clients = scenario.upgrade->load.clients;
    plan.steps = steps_of_upgrade(scenario, draft);
  } else {
    plan.steps = steps_as_written(scenario, draft, plan.clients);
  }
  number(plan.steps, "");
  require_steps(plan, scenario.expect_where);
  return plan;
}

}  // namespace caravan
