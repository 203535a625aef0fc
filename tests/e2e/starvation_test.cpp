// A loaded machine is not a failed upgrade: real runs that are kept from running. A sample; the nightly has
// more.
#include <gtest/gtest.h>

#include "tests/e2e/command.hpp"

namespace caravan {
namespace {

using testing::caravan;
using testing::Folder;
using testing::Outcome;
using testing::report_of;

class Starvation : public ::testing::TestWithParam<const char*> {};

TEST_P(Starvation, IsNeverAFailure) {
  for (int seed = 1; seed <= 3; ++seed) {
    const Folder folder;
    const std::string command = std::string("/usr/bin/python3 " CARAVAN_SOURCE_DIR
                                            "/tests/nightly/starved_run.py " CARAVAN_BIN_DIR "/caravan ") +
                                GetParam() + " " + std::to_string(seed) + " " + folder.path() + " >" +
                                (folder / "said");
    EXPECT_EQ(std::system(command.c_str()), 0)
        << "seed " << seed << ": " << testing::slurp(folder / "said") << testing::slurp(folder / "out");
  }
}

INSTANTIATE_TEST_SUITE_P(Three, Starvation, ::testing::Values("stopped", "all-stopped", "busy"),
                         [](const auto& one) {
                           std::string name = one.param;
                           std::erase(name, '-');
                           return name;
                         });

// On a machine that takes away half of its lateness nobody can tell: then it is run again, as the report
// says.
TEST(SlowNode, IsAFailure) {
  const Folder folder;
  Outcome run;
  std::string place;
  for (int attempt = 1; attempt <= 3 && (attempt == 1 || run.exit == 3); ++attempt) {
    place = folder / std::to_string(attempt);
    run = caravan("run kilo-to-liberty --plant F40 --out " + place);
  }
  EXPECT_EQ(run.exit, 0) << run.out << run.err;
  EXPECT_EQ(report_of(place).at("first"), "liveness") << run.out;
}

}  // namespace
}  // namespace caravan
