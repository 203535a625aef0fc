// The scenario loader: a scenario that is taken is planned or refused, and the plan is read as it is printed.
#include "scenarios/format/scenario.hpp"

#include "objects/base/error.hpp"
#include "objects/loader/loader.hpp"
#include "scenarios/planning/planner.hpp"
#include "tests/fuzz/targets.hpp"

namespace caravan::fuzz {

void scenario(std::string_view text) {
  const std::string format = text.substr(0, 1) == "{" ? "json" : "yaml";
  refused([&] {
    const scenarios::Scenario read = scenarios::load_scenario_text(text, "input", format, sahara_catalog());
    const scenarios::Plan plan = scenarios::make_plan(read, sahara_catalog(), 1);
    const std::string printed = print(plan);
    try {
      if (!(scenarios::parse_plan(printed, "printed") == plan))
        throw Violation("a plan is read as it was printed: " + printed);
    } catch (const Error& error) {
      throw Violation("what was printed can be read: " + std::string(error.what()));
    }
  });
}

}  // namespace caravan::fuzz
