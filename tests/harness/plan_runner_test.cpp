// How the driver tells a story that goes wrong: deaths in the middle never hang it, and each is recorded as
// what it was.
#include "objects/vocabulary/deadlines.hpp"
#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class Story : public ProgramTest {
 protected:
  /// States of one node, in order.
  std::vector<std::string> life(const std::string& node) const {
    std::vector<std::string> out;
    for (const auto& event : events()) {
      if (event["kind"] != "node" || event["node"] != node) continue;
      out.push_back(event["state"].get<std::string>());
    }
    return out;
  }
  std::vector<std::string> ops() const {
    std::vector<std::string> out;
    for (const auto& event : events()) {
      if (event["kind"] != "op" || event["edge"] == "invoke") continue;
      out.push_back(event["op"].get<std::string>() + " " + event["edge"].get<std::string>());
    }
    return out;
  }
  std::string outcome() const {
    const auto ends = seen("end", "outcome");
    return ends.size() == 1 ? ends[0] : "";
  }
  /// `why` at the end of a step.
  std::string end_of(const std::string& step) const {
    for (const auto& event : events())
      if (event["kind"] == "step" && event["step"] == step && event["edge"] == "end")
        return event.value("why", "");
    return "no such step";
  }
  static constexpr const char* read = "api.1 read Cluster 11111111-1111-1111-1111-111111111111 load\n";
};

TEST_F(Story, AKilledNodeIsRecordedAsKilledAndStartsAgain) {
  caravan(little_run("", "3 kill node=api.1\n4 start node=api.1 release=liberty\n"));
  EXPECT_THAT(life("api.1"),
              ElementsAre("starting", "ready", "killed", "starting", "ready", "draining", "stopped"));
  EXPECT_EQ(outcome(), "complete");
}

TEST_F(Story, ARequestToAKilledApiIsRefusedAtOnce) {
  caravan(little_run("mute", std::string("3 group\n  3.1 kill node=api.1\n  - c1-1 ") + read + "  - c1-2 " +
                                 read + "  - c1-3 " + read));
  EXPECT_THAT(ops(), ElementsAre("c1-1 info", "c1-2 fail", "c1-3 fail"));
}

TEST_F(Story, ARequestWaitsForAnApiThatIsRestarted) {
  caravan(little_run(
      "",
      std::string("3 stop node=api.1\n4 group\n  4.1 start node=api.1 release=liberty\n  - c1-1 ") + read));
  EXPECT_THAT(ops(), ElementsAre("c1-1 ok"));
  EXPECT_EQ(seen("op", "release"), std::vector<std::string>{"liberty"});
}

TEST_F(Story, ANodeThatExitsInTheMiddleLeavesItsRequestOpenAndItsStopGoesOn) {
  caravan(little_run("burst",
                     std::string("3 group\n  - c1-1 ") + read + "  - c1-2 " + read + "4 stop node=api.1\n"));
  EXPECT_THAT(ops(), ElementsAre("c1-1 info", "c1-2 fail"));
  EXPECT_THAT(life("api.1"), ElementsAre("starting", "ready", "exited"));
  EXPECT_THAT(end_of("4"), HasSubstr("exit code 7"));
  EXPECT_EQ(seen("drop", "why").size(), 500U) << "there is no engine in this plan";
  EXPECT_EQ(outcome(), "complete");
}

TEST_F(Story, APausedNodeIsResumedAndDrainedAtTheEnd) {
  caravan(little_run("", "3 pause node=api.1\n"));
  EXPECT_THAT(life("api.1"), ElementsAre("starting", "ready", "draining", "stopped"));
}

TEST_F(Story, ALaterIncarnationThatCrashesAtOnceIsForTheJudge) {
  const auto result = caravan(little_run(
      "second-crash", "3 stop node=api.1\n4 start node=api.1 release=liberty\n5 stop node=api.1\n"));
  EXPECT_THAT(life("api.1"), ElementsAre("starting", "ready", "draining", "stopped", "starting", "exited"));
  EXPECT_THAT(end_of("4"), HasSubstr("before its hello, exit code 3"));
  EXPECT_EQ(outcome(), "complete");
  EXPECT_EQ(result.code, 1) << result.out;
}

TEST_F(Story, AWholeRunHasALimitAndNamesWhoItWaitedFor) {
  auto words = little_run("mute", std::string("3 group\n  - c1-1 ") + read);
  words.insert(words.end(), {"--timeout", "0.5"});
  const auto result = caravan(words);
  one_message(result, 3, "it waited for api.1#1 to answer operation c1-1");
  EXPECT_THAT(result.err, HasSubstr("--timeout"));
  EXPECT_EQ(outcome(), "failed");
  nobody_is_left();
}

TEST_F(Story, AWaitForWhatNobodyWorksOnEndsBeforeItsTime) {
  caravan(little_run("", "3 wait object=Cluster row=11111111-1111-1111-1111-111111111111 status=Active\n"));
  EXPECT_THAT(end_of("3"), HasSubstr("was never Active, and nothing moves any more"));
  EXPECT_EQ(outcome(), "complete");
}

TEST_F(Story, ASilentClusterIsNotWaitedForAsIfItsEnginesLookedAfterARun) {
  caravan(little_run("",
                     "3 wait object=Cluster row=11111111-1111-1111-1111-111111111111 status=Active\n"
                     "4 group\n  - c1-1 api.1 run JobExecution 11111111-1111-1111-1111-111111111111 load "
                     R"({"expect":"refused","fields":{"job_configs":{"configs":{"caravan.polls":200}}}})"
                     "\n"));
  EXPECT_THAT(end_of("3"), HasSubstr("was never Active, and nothing moves any more"));
}

TEST_F(Story, WhatANodeReportsAsTroubleIsRecorded) {
  caravan(little_run("trouble", std::string("3 group\n  - c1-1 ") + read));
  EXPECT_THAT(seen("trouble", "what"), Contains("the sky is falling"));
  EXPECT_THAT(seen("trouble", "error"), Contains("SkyError"));
  EXPECT_THAT(seen("trouble", "cause"), Contains("client.1/1"));
}

TEST_F(Story, AFullDiskUnderANodesDatabaseIsTroubleOfTheMachineAndNoVerdict) {
  one_message(caravan(little_run("full-disk", std::string("3 group\n  - c1-1 ") + read)), 4,
              "its database failed: the disk is full");
  EXPECT_EQ(outcome(), "failed");
  EXPECT_TRUE(seen("trouble", "what").empty());
  EXPECT_EQ(caravan({"judge", "out-folder"}).code, 3);
  nobody_is_left();
}

TEST_F(Story, AMigrationChangesTheSchemaAndIsRecorded) {
  caravan(little_run("", "3 migrate phase=expand from=kilo to=liberty\n"));
  const auto kinds = seen("schema", "kind");
  EXPECT_EQ(kinds.size(), 2U) << "once at the beginning, once after the phase";
}

TEST_F(Story, AFailedMigrationEndsTheRun) {
  one_message(caravan(little_run("bad-migration", "3 migrate phase=expand from=kilo to=liberty\n")), 4,
              "migration expand kilo to liberty");
  EXPECT_EQ(outcome(), "failed");
  nobody_is_left();
}

TEST_F(Story, AMigrationThatBreaksOffWithoutAWordIsToldAsThat) {
  const auto result =
      caravan(little_run("silent-migration", "3 migrate phase=expand from=kilo to=liberty\n"));
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(slurp(folder / "out-folder" / "report.json"),
              HasSubstr("the tool stopped with status 2 and no message"));
}

TEST_F(Story, AKilledMigrationIsRecordedAndTheStoryGoesOn) {
  caravan(little_run("",
                     "3 migrate phase=data from=kilo to=liberty batch=2 die-in=1\n4 migrate phase=data "
                     "from=kilo to=liberty\n"));
  std::vector<bool> killed;
  for (const auto& event : events())
    if (event["kind"] == "migration") killed.push_back(event["killed"].get<bool>());
  EXPECT_THAT(killed, ElementsAre(true, false));
  EXPECT_EQ(outcome(), "complete");
  EXPECT_THAT(end_of("3"), HasSubstr("killed in batch 1"));
}

TEST_F(Story, WhatAGateRefusesIsRecordedAndNoFailureOfTheMachine) {
  caravan(little_run(
      "refusing",
      "3 migrate phase=contract from=kilo to=liberty expect=refused\n4 forget node=api.1 expect=refused\n"));
  EXPECT_THAT(seen("migration", "phase"), ElementsAre("contract"));
  for (const auto& event : events()) {
    if (event["kind"] == "migration") {
      EXPECT_EQ(event["refused"], "an old node lives");
      EXPECT_EQ(event["status"], 3);
    }
    if (event["kind"] == "gate") {
      EXPECT_EQ(event["verb"].get<std::string>() + " " + event["refused"].get<std::string>(),
                "forget it lives");
    }
  }
  EXPECT_THAT(seen("gate", "node"), ElementsAre("api.1"));
  EXPECT_THAT(seen("step", "expect"), ElementsAre("refused", "refused", "refused", "refused"));
  EXPECT_EQ(outcome(), "complete");
}

TEST_F(Story, ANodeThatIsTurnedAwayIsRefusedAndNotLost) {
  caravan(
      little_run("turned-away", "3 stop node=api.1\n4 start node=api.1 release=liberty expect=refused\n"));
  EXPECT_THAT(life("api.1"), ElementsAre("starting", "ready", "draining", "stopped", "starting", "refused"));
  EXPECT_THAT(end_of("4"), HasSubstr("too new"));
  EXPECT_EQ(outcome(), "complete");
}

TEST_F(Story, ANodeThatIsLetInAlthoughItHadToBeRefusedIsStoppedAgain) {
  caravan(little_run("",
                     "3 stop node=api.1\n4 start node=api.1 release=liberty expect=refused\n5 start "
                     "node=api.1 release=kilo\n"));
  EXPECT_THAT(end_of("4"), HasSubstr("was let in"));
  EXPECT_THAT(life("api.1"), ElementsAre("starting", "ready", "draining", "stopped", "starting", "ready",
                                         "draining", "stopped", "starting", "ready", "draining", "stopped"));
}

TEST_F(Story, ASecretInALogIsALeak) {
  const std::string create =
      "3 group\n  - c1-1 api.1 create DataSource 11111111-1111-1111-1111-111111111111 load "
      "{\"fields\":{\"credentials\":{\"password\":\"c1-1 canary of mine\"},\"name\":\"c1-1 name\"}}\n";
  caravan(little_run("leaky", create));
  EXPECT_THAT(seen("leak", "node"), ElementsAre("api.1", "conductor.1"));
  EXPECT_THAT(seen("leak", "field"), ElementsAre("credentials", "credentials"));
  caravan(little_run("", create));
  EXPECT_TRUE(seen("leak", "node").empty());
}

TEST_F(Story, ACrashWhoseMomentNeverComesIsACrashAllTheSame) {
  caravan(little_run("", std::string("3 group\n  3.1 kill node=api.1 when=mid-save\n  - c1-1 ") + read));
  EXPECT_THAT(end_of("3.1"), HasSubstr("never mid-save"));
  EXPECT_THAT(life("api.1"), ElementsAre("starting", "ready", "killed"));
}

TEST_F(Story, TheHeaderHoldsTheDeadlinesOfTheRun) {
  caravan(little_run(""));
  const auto header = events().at(0);
  EXPECT_EQ(header["kind"], "header");
  EXPECT_EQ(header["deadlines"]["request"], process_deadlines().request);
  EXPECT_EQ(header["deadlines"]["settle"], process_deadlines().settle);
}

TEST_F(Story, TheHeaderHoldsTheLimitOfThisVeryRun) {
  auto words = little_run("");
  words.insert(words.end(), {"--timeout", "70"});
  caravan(words);
  EXPECT_EQ(events().at(0)["deadlines"]["run"], 70 * one_second);
}

TEST_F(Story, NumbersAndTimesNeverGoBack) {
  caravan(little_run(""));
  std::int64_t before = 0;
  for (const auto& event : events()) {
    EXPECT_GE(event["t"].get<std::int64_t>(), before);
    before = event["t"].get<std::int64_t>();
  }
}

}  // namespace
}  // namespace caravan::harness
