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

TEST(SlowNode, IsAFailure) {
  const Folder folder;
  const Outcome run = caravan("run kilo-to-liberty --plant F40 --out " + (folder / "run"));
  EXPECT_EQ(run.exit, 0) << run.out << run.err;
  EXPECT_EQ(report_of(folder / "run").at("first"), "liveness") << run.out;
}

}  // namespace
}  // namespace caravan
