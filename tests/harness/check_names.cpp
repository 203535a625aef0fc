// What scenarios may expect something of, and what the judge has: two columns that do not know each other.
#include <gtest/gtest.h>

#include "reports/judge.hpp"
#include "scenarios/schema.hpp"

namespace caravan {
namespace {

TEST(CheckNames, AreTheSameForTheLoaderAndTheJudge) {
  std::vector<std::string> judged;
  for (const auto& check : check_table()) judged.emplace_back(check.name);
  EXPECT_EQ(expectable_checks(), judged);
}

}  // namespace
}  // namespace caravan
