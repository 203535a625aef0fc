// Small scenarios, each a way in which a verdict could go wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/command.hpp"

namespace caravan {
namespace {

using testing::caravan;
using testing::Folder;
using ::testing::HasSubstr;
using testing::report_of;

std::string scenario(const std::string& name) {
  return CARAVAN_SOURCE_DIR "/tests/e2e/scenarios/" + name + ".yaml";
}

std::string first_lines(const std::string& text) { return text.substr(0, 600); }

class Unended : public ::testing::TestWithParam<const char*> {};

// The refusal itself is lawful, so no gate is to blame; but the scenario does not expect it.
TEST_P(Unended, UpgradeIsNoPassAndIsSaidFirst) {
  const Folder folder;
  const auto run = caravan("run " + scenario(GetParam()) + " --out " + (folder / "run"));
  EXPECT_EQ(run.exit, 1) << run.out << run.err;
  EXPECT_THAT(first_lines(run.out), HasSubstr("the upgrade did not end: step ")) << run.out;
  const Json report = report_of(folder / "run");
  EXPECT_EQ(report.at("first"), "migration") << run.out;
  EXPECT_TRUE(report.at("undone").at(0).at("upgrades"));
}

INSTANTIATE_TEST_SUITE_P(Small, Unended, ::testing::Values("contract-refused", "contract-old-record"),
                         [](const auto& one) {
                           std::string name = one.param;
                           for (char& c : name)
                             if (c == '-') c = '_';
                           return name;
                         });

TEST(Defaults, ThatNobodyAppliesKeepAnUpgradeFromEnding) {
  const Folder folder;
  std::filesystem::copy(CARAVAN_SOURCE_DIR "/objects/sahara", folder / "catalog");
  const std::string file = folder / "catalog/NodeGroupTemplate.json";
  std::string text = testing::slurp(file);
  const std::string line = R"("sql": "BOOLEAN", "create_default": false})";
  const auto at = text.find(line, text.find(R"("name": "boot_from_volume")"));
  ASSERT_NE(at, std::string::npos);
  text.replace(at, line.size(), R"("sql": "BOOLEAN"})");
  testing::spill(file, text);
  const auto run = caravan("run " + scenario("default-never-applied") + " --catalog " + (folder / "catalog") +
                           " --out " + (folder / "run"));
  EXPECT_EQ(run.exit, 1) << run.out << run.err;
  EXPECT_THAT(first_lines(run.out), HasSubstr("the upgrade did not end: step ")) << run.out;
}

TEST(Tiny, ScenariosPassWithoutAnythingToJudgeForSomeChecks) {
  for (const char* name : {"tiny-pass", "tiny-whole-roll"}) {
    const Folder folder;
    const auto run = caravan("run " + scenario(name) + " --out " + (folder / "run"));
    EXPECT_EQ(run.exit, 0) << name << run.out << run.err;
    EXPECT_THAT(run.out, HasSubstr("does not apply: no client updates a row"));
  }
}

TEST(Tiny, AnOperationThatIsRefusedIsNoPass) {
  const Folder folder;
  const auto run = caravan("run " + scenario("deleted-twice") + " --out " + (folder / "run"));
  EXPECT_EQ(run.exit, 1) << run.out << run.err;
  EXPECT_THAT(run.out,
              ::testing::ContainsRegex("was refused, but the plan\\s+assumes\\s+that\\s+it\\s+succeeds"));
}

TEST(Times, WithAnOffsetAreStoredInUtcAndNotLost) {
  const Folder folder;
  const auto run = caravan("run " + scenario("offset-time") + " --out " + (folder / "run"));
  EXPECT_EQ(run.exit, 0) << run.out << run.err;
}

TEST(Expectations, ThatNothingCanMeetAreRefusedWhenPlanning) {
  const Folder folder;
  testing::spill(folder / "s.yaml",
                 "format: 1\nname: x\nreleases: {from: kilo, to: liberty}\nupgrade: {}\n"
                 "expect: {pin: {fail: Cluster}}\n");
  const auto run = caravan("plan " + (folder / "s.yaml"));
  EXPECT_EQ(run.exit, 2);
  EXPECT_THAT(run.err, HasSubstr("s.yaml:5:10: expect: pin cannot fail in the plan for conductor/backport"));
}

}  // namespace
}  // namespace caravan
