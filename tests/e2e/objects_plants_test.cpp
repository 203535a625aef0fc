// Defects planted in the catalog of the newer release's nodes: the run shows what lint says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/command.hpp"

namespace caravan {
namespace {

using testing::caravan;
using testing::Folder;
using testing::Outcome;

struct Mutant {
  const char* plant;
  const char* object;
  const char* field;
  bool first;  ///< nothing goes wrong before it
};
void PrintTo(const Mutant& defect, std::ostream* out) { *out << defect.plant; }

class PlantedInTheHistory : public ::testing::TestWithParam<Mutant> {};

TEST_P(PlantedInTheHistory, IsNamedByWireSchemaWithItsPlace) {
  const auto& defect = GetParam();
  const Folder folder;
  const Outcome run =
      caravan(std::string("run kilo-to-liberty --plant ") + defect.plant + " --out " + (folder / "run"));
  EXPECT_EQ(run.exit, 0) << run.out << run.err;
  const Json report = Json::parse(testing::slurp(folder / "run/report.json"));
  if (defect.first) {
    EXPECT_EQ(report.at("first"), "wire-schema") << run.out;
  }
  bool named = false;
  for (const Json& check : report.at("checks")) {
    if (check.at("check") != "wire-schema") continue;
    EXPECT_EQ(check.at("verdict"), "fail");
    for (const Json& witness : check.at("witnesses")) {
      const bool here = witness.at("object") == defect.object && witness.at("field") == defect.field;
      named = named || here;
    }
  }
  EXPECT_TRUE(named) << run.out;
}

INSTANTIATE_TEST_SUITE_P(Of, PlantedInTheHistory,
                         ::testing::Values(Mutant{"F02", "Cluster", "shares", true},
                                           Mutant{"F03", "Cluster", "is_public", true},
                                           Mutant{"F04", "Cluster", "", false},
                                           Mutant{"F07", "JobExecution", "info", true},
                                           Mutant{"F10", "JobExecution", "oozie_job_id", true},
                                           Mutant{"F14", "Cluster", "created_at", true}),
                         [](const auto& one) { return std::string(one.param.plant); });

}  // namespace
}  // namespace caravan
