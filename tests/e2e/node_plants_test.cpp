// Defects that nodes once had: planted again they turn the verdict, by the check that owns them; without them
// the same scenario passes. The scenarios meet the moment for certain, with the seed that they have by
// default.
#include <gtest/gtest.h>

#include "tests/e2e/command.hpp"

namespace caravan {
namespace {

using testing::caravan;
using testing::Folder;
using testing::Outcome;
using testing::report_of;

struct NodeDefect {
  const char* plant;
  const char* scenario;
  const char* check;
};

class OfANode : public ::testing::TestWithParam<NodeDefect> {
 protected:
  Outcome run(const Folder& folder, const std::string& plant) const {
    return caravan("run " CARAVAN_SOURCE_DIR "/tests/e2e/nodes/" + std::string(GetParam().scenario) +
                   ".yaml" + plant + " --out " + (folder / "run"));
  }
};

TEST_P(OfANode, IsCaughtWhenItIsPlantedAgain) {
  const Folder folder;
  const Outcome planted = run(folder, std::string(" --plant ") + GetParam().plant);
  EXPECT_EQ(planted.exit, 0) << planted.out << planted.err;
  EXPECT_EQ(report_of(folder / "run").value("first", ""), GetParam().check) << planted.out;
}

TEST_P(OfANode, IsNotThere) {
  const Folder folder;
  const Outcome clean = run(folder, "");
  EXPECT_EQ(clean.exit, 0) << clean.out << clean.err;
}

INSTANTIATE_TEST_SUITE_P(ADefect, OfANode,
                         ::testing::Values(NodeDefect{"F33", "a-group-goes-under-a-scale", "liveness"},
                                           NodeDefect{"F34", "a-pause-keeps-the-lock", "liveness"},
                                           NodeDefect{"F35", "list-of-absent-values", "session"},
                                           NodeDefect{"F36", "an-old-node-comes-back-slowly", "pin"},
                                           NodeDefect{"F38", "engines-go-by-older-levels", "pin"}),
                         [](const auto& one) { return std::string(one.param.plant); });

}  // namespace
}  // namespace caravan
