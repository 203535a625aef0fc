// What holds for every plan of the cases of Sahara's history.
#include <gtest/gtest.h>

#include <set>

#include "tests/scenarios/support.hpp"

using namespace caravan;
using namespace caravan::scenarios;
using namespace caravan::scenarios::tests;

namespace {

/// "conductor/pin" of `expect: {conductor/pin: pass, direct/none/mariadb: ...}`
std::set<std::string> modes_of(const Scenario& scenario) {
  std::set<std::string> modes;
  for (const auto& expected : scenario.expect.items()) {
    const std::string& key = expected.key();
    const std::size_t slash = key.find('/');
    if (slash != std::string::npos) modes.insert(key.substr(0, key.find('/', slash + 1)));
  }
  return modes;
}

}  // namespace

TEST(HistoryPlans, CanBeMadeWithEverySeedInEachModeThatTheScenarioSpeaksOf) {
  for (const std::string& name : history_scenario_names()) {
    Scenario scenario = shipped(name);
    const auto modes = modes_of(scenario);
    EXPECT_FALSE(modes.empty()) << name;
    for (const std::string& mode : modes) {
      set_mode(scenario.mode, mode, name);
      for (std::uint64_t seed = 1; seed <= 20; ++seed)
        EXPECT_EQ(refusal([&] { plan_of(scenario, seed); }), "accepted")
            << name << " " << mode << " " << seed;
    }
  }
}
