#include "scenarios/planning/expectation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "objects/base/error.hpp"

namespace caravan::scenarios {
namespace {

using Steps = std::vector<PlanStep>;

bool any_step(const Steps& steps, const std::function<bool(const PlanStep&)>& is) {
  return std::any_of(steps.begin(), steps.end(),
                     [&](const PlanStep& step) { return is(step) || any_step(step.steps, is); });
}

bool any_operation(const Plan& plan, const std::function<bool(const Operation&)>& is) {
  return any_step(plan.steps, [&](const PlanStep& step) {
    return std::any_of(step.operations.begin(), step.operations.end(), is);
  });
}

bool is_reading(const Operation& op) { return op.method == "read" || op.method == "list"; }

/// Why a check cannot fail in this plan: it has nothing to judge there. The judge says the same of a
/// recording.
struct NeverFails {
  const char* check;
  bool (*holds)(const Plan&);
  const char* why;
};
const NeverFails never_fails[] = {
    {"wire-schema", [](const Plan& plan) { return plan.mode.access == Access::direct; },
     "with direct access no object travels, only ids"},
    {"migration",
     [](const Plan& plan) {
       return !any_step(plan.steps, [](const PlanStep& step) {
         return std::holds_alternative<step::Migrate>(step.action);
       });
     },
     "the plan has no migrate step"},
    {"session", [](const Plan& plan) { return !any_operation(plan, is_reading); }, "no client is_reading"},
    {"gate",
     [](const Plan& plan) {
       return plan.mode.access == Access::direct &&
              !any_operation(plan, [](const Operation& op) { return op.expect == "refused"; }) &&
              !any_step(plan.steps, [](const PlanStep& step) {
                return step::expect_of(step.action) != step::Expect::done;
              });
     },
     "with direct access there is no gate, and the plan expects no refusal"},
    {"pin", [](const Plan& plan) { return plan.mode.compat != Compatibility::pin; },
     "nodes are pinned only with compat pin"},
    {"effect-count",
     [](const Plan& plan) {
       return !any_operation(plan, [](const Operation& op) { return !is_reading(op); });
     },
     "no client writes"},
    {"availability",
     [](const Plan& plan) { return !any_operation(plan, [](const Operation&) { return true; }); },
     "the plan has no operation"},
};

std::string place_of_expected(const Scenario& scenario, const Mode& mode, const std::string& check) {
  for (const std::string& name : {mode_name(mode) + "/" + mode.database, mode_name(mode), std::string()}) {
    const auto found = scenario.expect_places.find({name, check});
    if (found != scenario.expect_places.end()) return found->second;
  }
  return scenario.where;
}

}  // namespace

void require_meetable(const Plan& plan, const Scenario& scenario) {
  if (!plan.expect.is_object()) return;
  for (const auto& [name, entry] : plan.expect.items()) {
    if (!entry.is_object()) continue;
    const std::string& check = name;
    const auto refuse = [&](const std::string& why, const std::string& hint) {
      return bad_request(place_of_expected(scenario, plan.mode, check),
                         fmt::format("expect: {} {}", check, why), hint);
    };
    for (const NeverFails& one : never_fails)
      if (check == one.check && one.holds(plan))
        throw refuse(fmt::format("cannot fail in the plan for {}: {}", mode_name(plan.mode), one.why),
                     "a map of modes says what is expected in which");
    if (!entry.contains("at")) continue;
    const std::string number = entry.at("at").get<std::string>();
    if (!any_step(plan.steps, [&](const PlanStep& step) { return step.number == number; }))
      throw refuse(fmt::format("at \"{}\": the plan for {} has no such step", number, mode_name(plan.mode)),
                   "`caravan plan` shows its steps");
  }
}

}  // namespace caravan::scenarios
