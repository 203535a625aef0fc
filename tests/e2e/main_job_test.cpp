// The main job, through the command line: real processes, real sockets, a real database.
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

const Json* failed_check(const Json& report, const std::string& name) {
  for (const Json& check : report.at("checks")) {
    if (check.at("check") == name && check.at("verdict") == "fail") return &check;
  }
  return nullptr;
}

class Seeds : public ::testing::TestWithParam<int> {};

TEST_P(Seeds, OfTheDefaultScenarioPass) {
  const Folder folder;
  const Outcome run =
      caravan("run kilo-to-liberty --seed " + std::to_string(GetParam()) + " --out " + (folder / "run"));
  EXPECT_EQ(run.exit, 0) << run.out << run.err;
}

class Scenarios : public ::testing::TestWithParam<const char*> {};

TEST_P(Scenarios, ShippedPass) {
  const Folder folder;
  const Outcome run = caravan("run " + std::string(GetParam()) + " --out " + (folder / "run"));
  EXPECT_EQ(run.exit, 0) << run.out << run.err;
}

struct Defect {
  const char* plant;
  std::vector<std::string> checks;  ///< any of these is the check of the table
  bool names_field;
};
void PrintTo(const Defect& defect, std::ostream* out) { *out << defect.plant; }
class Planted : public ::testing::TestWithParam<Defect> {};

TEST_P(Planted, TurnsTheVerdictAndIsNamedByTheCheckOfTheTable) {
  const Folder folder;
  const Outcome run =
      caravan("run kilo-to-liberty --plant " + std::string(GetParam().plant) + " --out " + (folder / "run"));
  EXPECT_EQ(run.exit, 0) << run.out << run.err;
  EXPECT_THAT(run.out, ::testing::StartsWith("caught, as planted: " + std::string(GetParam().plant)));
  const Json report = report_of(folder / "run");
  ASSERT_FALSE(report.is_discarded());
  EXPECT_THAT(GetParam().checks, ::testing::Contains(report.at("first").get<std::string>())) << run.out;
  const Json* check = failed_check(report, report.at("first").get<std::string>());
  ASSERT_NE(check, nullptr);
  const Json& witness = check->at("witnesses").at(0);
  EXPECT_FALSE(witness.at("object").get<std::string>().empty());
  EXPECT_FALSE(witness.at("step").get<std::string>().empty());
  if (GetParam().names_field) {
    EXPECT_FALSE(witness.at("field").get<std::string>().empty());
  }
}

TEST(MainJob, ARuleChangedByHandToAnotherLegalValueIsCaught) {
  const Folder folder;
  std::filesystem::copy(CARAVAN_SOURCE_DIR "/objects/sahara", folder / "catalog");
  const std::string file = folder / "catalog/JobExecution.json";
  std::string text = testing::slurp(file);
  // READYTORUN is PENDING to a kilo node; RUNNING is just as legal there, and wrong.
  const std::string rule = R"(["READYTORUN", "PENDING"])";
  ASSERT_NE(text.find(rule), std::string::npos);
  text.replace(text.find(rule), rule.size(), R"(["READYTORUN", "RUNNING"])");
  testing::spill(file, text);
  const Outcome run =
      caravan("run kilo-to-liberty --catalog " + (folder / "catalog") + " --out " + (folder / "run"));
  EXPECT_EQ(run.exit, 1) << run.out << run.err;
  EXPECT_EQ(report_of(folder / "run").at("first"), "wire-schema") << run.out;
}

TEST(MainJob, MixesOldAndNewForEveryChangedObject) {
  const Folder folder;
  const Outcome run = caravan("run kilo-to-liberty --seed 7 --out " + (folder / "run"));
  ASSERT_EQ(run.exit, 0) << run.out << run.err;
  const Json report = report_of(folder / "run");
  const Json& matrix = report.at("matrix");
  for (const char* object :
       {"Cluster", "NodeGroup", "Instance", "ClusterTemplate", "NodeGroupTemplate", "TemplatesRelation",
        "DataSource", "JobExecution", "Job", "JobBinaryInternal", "JobBinary"}) {
    SCOPED_TRACE(object);
    EXPECT_GT(matrix.at(object).at("liberty").at("kilo").get<int>(), 0);
  }
}

TEST(MainJob, IsJudgedAgainToTheSameReportAndShown) {
  const Folder folder;
  ASSERT_EQ(caravan("run kilo-to-liberty --seed 3 --out " + (folder / "run")).exit, 0);
  const Outcome again = caravan("judge " + (folder / "run") + " --format json");
  EXPECT_EQ(again.exit, 0) << again.err;
  EXPECT_EQ(Json::parse(again.out), report_of(folder / "run"));
  EXPECT_EQ(caravan("show " + (folder / "run")).exit, 0);
  EXPECT_EQ(caravan("show " + (folder / "run") + " --node engine.2").exit, 0);
  for (const char* format : {"text", "md", "junit", "json"}) {
    EXPECT_EQ(caravan("report " + (folder / "run") + " --format " + format).exit, 0) << format;
  }
}

TEST(MainJob, RunsFromThePlanThatItPrinted) {
  const Folder folder;
  const Outcome plan = caravan("plan stein-to-train --seed 5 --operations");
  ASSERT_EQ(plan.exit, 0) << plan.err;
  testing::spill(folder / "plan.txt", plan.out);
  const Outcome run = caravan("run " + (folder / "plan.txt") + " --out " + (folder / "run"));
  EXPECT_EQ(run.exit, 0) << run.out << run.err;
  EXPECT_EQ(testing::slurp(folder / "run/plan.txt"), plan.out);
}

INSTANTIATE_TEST_SUITE_P(MainJob, Seeds, ::testing::Range(1, 21));
INSTANTIATE_TEST_SUITE_P(MainJob, Scenarios,
                         ::testing::Values("juno-to-kilo", "liberty-to-mitaka", "stein-to-train"),
                         [](const auto& one) {
                           std::string name = one.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });
INSTANTIATE_TEST_SUITE_P(MainJob, Planted,
                         ::testing::Values(Defect{"F01", {"wire-schema"}, true},
                                           Defect{"F23", {"frame", "no-data-loss"}, true},
                                           Defect{"F30", {"no-data-loss"}, false}),
                         [](const auto& one) { return std::string(one.param.plant); });

}  // namespace
}  // namespace caravan
