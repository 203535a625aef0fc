// A conductor and an engine on the real oslo.versionedobjects, in Python, beside Caravan's own nodes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e/command.hpp"

namespace caravan {
namespace {

using testing::caravan;
using testing::Folder;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::report_of;

class PeerSeeds : public ::testing::TestWithParam<int> {};

TEST_P(PeerSeeds, OfTheDefaultScenarioPassWithAPythonConductorAndEngine) {
  const Folder folder;
  const Outcome run = caravan("run kilo-to-liberty --program conductor.2=python,engine.3=python --seed " +
                              std::to_string(GetParam()) + " --out " + (folder / "run"));
  EXPECT_EQ(run.exit, 0) << run.out << run.err;
  // They took part: both were asked, and both did their work.
  const std::string conductor = testing::slurp(folder / "run/logs/conductor.2.2.log");
  EXPECT_THAT(conductor, HasSubstr("object_action"));
  const std::string engine = testing::slurp(folder / "run/logs/engine.3.1.log");
  EXPECT_THAT(engine, HasSubstr("<- cast"));
  EXPECT_THAT(engine,
              HasSubstr("object_backport_versions to conductor"));  // it refused what is too new for it
  const std::string header = testing::slurp(folder / "run/run.ndjson").substr(0, 4'000'000);
  EXPECT_THAT(header, HasSubstr(R"("builds":{"conductor.2":"python","engine.3":"python"})"));
}

class PeerScenarios : public ::testing::TestWithParam<const char*> {};

TEST_P(PeerScenarios, PassWithPythonConductorsAndEngines) {
  const Folder folder;
  const Outcome run = caravan("run " + std::string(GetParam()) +
                              " --program conductor=python,engine.3=python --out " + (folder / "run"));
  EXPECT_EQ(run.exit, 0) << run.out << run.err;
}

TEST(Peer, APlantedF01InItIsCaught) {
  const Folder folder;
  const Outcome run =
      caravan("run kilo-to-liberty --plant F01 --program conductor=python --out " + (folder / "run"));
  EXPECT_EQ(run.exit, 0) << run.out << run.err;
  EXPECT_THAT(run.out, ::testing::StartsWith("caught, as planted: F01 by wire-schema"));
  const Json report = report_of(folder / "run");
  EXPECT_EQ(report.at("first"), "wire-schema") << run.out;
  for (const Json& check : report.at("checks")) {
    if (check.at("check") == "wire-schema") {
      EXPECT_EQ(check.at("witnesses").at(0).at("field"), "use_autoconfig") << check.dump();
    }
  }
}

TEST(Peer, StandsInThePlan) {
  const Outcome plan = caravan("plan kilo-to-liberty --operations --program engine=python");
  EXPECT_EQ(plan.exit, 0) << plan.err;
  EXPECT_THAT(plan.out,
              HasSubstr(R"(programs: {"engine.1":"python","engine.2":"python","engine.3":"python"})"));
  const Outcome wrong = caravan("plan kilo-to-liberty --program engine.9=python");
  EXPECT_EQ(wrong.exit, 2) << wrong.out;
  EXPECT_THAT(wrong.err, HasSubstr("there is no node or role \"engine.9\""));
}

INSTANTIATE_TEST_SUITE_P(Peer, PeerSeeds, ::testing::Range(1, 6));
INSTANTIATE_TEST_SUITE_P(Peer, PeerScenarios,
                         ::testing::Values("juno-to-kilo", "liberty-to-mitaka", "stein-to-train"),
                         [](const auto& one) {
                           std::string name = one.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace caravan
