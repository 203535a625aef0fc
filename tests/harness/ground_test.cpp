// What a run stands on is taken away while it goes: trouble of the machine, and nobody's failure.
#include "harness/process/ground.hpp"

#include "objects/base/error.hpp"
#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

class TheGround : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    spill(file(), "x");
    ground_.add("the database", file().string());
  }
  fs::path file() const { return folder / "a"; }
  std::string said() const {
    try {
      ground_.check();
    } catch (const Error& error) {
      EXPECT_EQ(error.exit(), Exit::machine);
      return error.what();
    }
    return "nothing";
  }
  /// With a second incarnation of api.1, after the first did what the fake node's mode says.
  Result run_with(const std::string& mode) const {
    return caravan(little_run(mode, "3 stop node=api.1\n4 start node=api.1 release=liberty\n"));
  }

  Ground ground_;
};

TEST_F(TheGround, IsThereAsLongAsNobodyTouchesIt) {
  EXPECT_EQ(said(), "nothing");
  spill(file(), "longer than before");
  EXPECT_EQ(said(), "nothing");
}

TEST_F(TheGround, WhatWasTakenAwayIsNamed) {
  fs::rename(file(), folder / "b");
  EXPECT_EQ(said(), file().string() + ": the database was removed during the run");
}

TEST_F(TheGround, WhatStandsInAnothersPlaceIsNamed) {
  spill(folder / "b", "x");
  fs::rename(folder / "b", file());
  EXPECT_EQ(said(), file().string() + ": the database was replaced during the run");
}

TEST_F(TheGround, WhatNobodyWritesToAnyMoreStaysAsItWas) {
  ground_.add_written("a node's snapshot", file().string());
  spill(file(), "xy");
  EXPECT_EQ(said(), file().string() + ": a node's snapshot was changed during the run");
}

TEST_F(TheGround, ARunWhoseSocketIsRemovedBlamesNoNode) {
  const auto result = run_with("socket-thief");
  EXPECT_EQ(result.code, 4) << result.err;
  EXPECT_THAT(result.err, HasSubstr("the broker's socket was removed during the run"));
  EXPECT_EQ(seen("end", "outcome"), std::vector<std::string>{"failed"});
  nobody_is_left();
}

TEST_F(TheGround, ARunWhoseFolderIsRenamedDoesNotGoOnInAnothers) {
  const auto result = run_with("folder-mover");
  EXPECT_EQ(result.code, 4) << result.err;
  EXPECT_THAT(result.err, HasSubstr("the run's folder was removed during the run"));
  EXPECT_FALSE(fs::exists(folder / "out-folder"));
}

}  // namespace
}  // namespace caravan::harness
