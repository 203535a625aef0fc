// What people read: the tree of a plan, approved; listings and help on screens of several widths.
#include <gtest/gtest.h>

#include <sstream>

#include "harness/cli/commands.hpp"
#include "harness/run/plan_tree.hpp"
#include "objects/base/text.hpp"
#include "tests/cli/golden.hpp"

namespace caravan::harness {
namespace {

using PlanTree = GoldenTest;

Plan shipped_plan(const std::string& name) {
  Options options;
  options.inputs = {name};
  return harness::plan_of(options).plan;
}

TEST_F(PlanTree, OfTheMainJobFitsAPage) {
  const auto tree = plan_tree(shipped_plan("kilo-to-liberty"), {});
  approved_text("plan-kilo-to-liberty.txt", tree);
  EXPECT_LE(std::count(tree.begin(), tree.end(), '\n'), 60);
}

TEST_F(PlanTree, OfACaseOfHistoryTellsWhatItExpects) {
  Options options;
  options.inputs = {"history/rename"};
  options.mode = "direct/none";
  approved_text("plan-history-rename.txt", plan_tree(harness::plan_of(options).plan, {}));
}

TEST_F(PlanTree, StaysWithinTheScreen) {
  for (const std::size_t width : {40U, 80U, 120U}) {
    reports::Screen screen;
    screen.width = width;
    std::istringstream lines(plan_tree(shipped_plan("stein-to-train"), screen));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(text::length(line), width) << line;
  }
}

TEST_F(PlanTree, IsKnownForWhatItIs) {
  EXPECT_TRUE(is_plan_tree(plan_tree(shipped_plan("kilo-to-liberty"), {})));
  EXPECT_FALSE(is_plan_tree(print(shipped_plan("kilo-to-liberty"))));
}

using Listings = GoldenTest;

TEST_F(Listings, AndHelpFitTheScreen) {
  for (const char* width : {"60", "80", "120"}) {
    ::setenv("COLUMNS", width, 1);
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"list"},
                                               {"--help"},
                                               {"run", "--help"},
                                               {"objects", "--help"},
                                               {"explain", "F23"},
                                               {"explain", "frame"}}) {
      std::istringstream lines(caravan(words).out);
      for (std::string line; std::getline(lines, line);)
        EXPECT_LE(text::length(line), std::stoul(width)) << words.front() << ": " << line;
    }
  }
}

}  // namespace
}  // namespace caravan::harness
