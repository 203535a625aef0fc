// Steps that did not do what the plan takes for granted: no run that has one is a pass.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

/// A step of its own; `more` goes into its begin, `why` into its end.
void step(RunBuilder& run, const std::string& number, const std::string& verb, const Json& more,
          const std::string& why) {
  run.begin(number, verb, more);
  Json end = {{"step", number}, {"edge", "end"}, {"verb", verb}};
  end.update(more);
  if (!why.empty()) end["why"] = why;
  run.event("step", end);
}

const Json refused = {{"status", 3}, {"refused", "1 row of node_group_templates is left"}};

TEST(Undone, AContractThatIsRefusedLawfullyIsNoEndOfAnUpgrade) {
  RunBuilder run;
  run.usual();
  run.record("engine.1", "kilo", "kilo");
  run.migrate("6", "contract", refused);
  const auto report = run.judged();
  EXPECT_EQ(failing(report), std::vector<std::string>{"migration"});
  EXPECT_EQ(
      check_of(report, "migration").witnesses.front().summary,
      "step 6, migrate contract from kilo to liberty was refused: 1 row of node_group_templates is left");
  ASSERT_EQ(report.undone.size(), 1U);
  EXPECT_TRUE(report.undone.front().upgrades);
  EXPECT_FALSE(report.as_expected);
  EXPECT_NE(render(report, "text").substr(0, 300).find("the upgrade did not end: step 6, migrate contract"),
            std::string::npos)
      << render(report, "text").substr(0, 300);
  EXPECT_EQ(Json::parse(render(report, "json")).at("undone").at(0).at("step"), "6");
}

TEST(Undone, ARefusalThatTheStepExpectsIsWhatIsWanted) {
  RunBuilder run;
  run.usual();
  run.record("engine.1", "kilo", "kilo");
  run.begin("6", "migrate",
            {{"phase", "contract"}, {"from", "kilo"}, {"to", "liberty"}, {"expect", "refused"}});
  run.event("migration", {{"phase", "contract"},
                          {"from", "kilo"},
                          {"to", "liberty"},
                          {"status", 3},
                          {"done", 0},
                          {"refused", "engine.1 is on record"}});
  run.end("6", "migrate");
  const auto report = run.judged();
  EXPECT_EQ(first_of(report, "migration"), "pass");
  EXPECT_EQ(first_of(report, "gate"), "pass");
  EXPECT_TRUE(report.undone.empty());
}

TEST(Undone, ARefusalIsNotForgottenWhenALaterTryIsDone) {
  RunBuilder run;
  run.usual();
  run.migrate("5", "data", refused);
  run.migrate("6", "data");
  EXPECT_NE(first_of(run.judged(), "migration").find("step 5, migrate data"), std::string::npos);
}

TEST(Undone, AStepThatHadToBeRefusedAndWasDoneIsTheGates) {
  RunBuilder run;
  run.usual();
  run.begin("6", "migrate", {{"phase", "data"}, {"from", "kilo"}, {"to", "liberty"}, {"expect", "refused"}});
  run.event("migration", {{"phase", "data"}, {"status", 0}, {"done", 0}, {"left", 0}, {"failed", 0}});
  run.end("6", "migrate");
  EXPECT_EQ(first_of(run.judged(), "gate"),
            "migration.data: step 6, migrate data from kilo to liberty had to be refused, and was done");
}

TEST(Undone, AMigratorThatBreaksOffSaysSo) {
  for (const int status : {0, 1, 2, 3}) {
    RunBuilder run;
    run.usual();
    run.migrate("6", "data", {{"status", status}, {"done", nullptr}, {"left", nullptr}, {"failed", nullptr}});
    EXPECT_EQ(
        first_of(run.judged(), "migration"),
        "migration.data: step 6, migrate data from kilo to liberty was never brought to an end: the tool "
        "stopped with status " +
            std::to_string(status) + " and no message");
  }
}

TEST(Undone, ANodeThatIsTurnedAwayWhereThePlanWantsItIsLiveness) {
  RunBuilder run;
  run.migrate("1", "contract");
  run.start("conductor.1#1", "liberty");
  const Json start = {{"node", "engine.1"}, {"release", "kilo"}};
  run.begin("2", "start", start);
  run.node("engine.1#1", "kilo", "starting");
  run.node("engine.1#1", "kilo", "refused", {{"why", "too old"}});
  run.event("step", {{"step", "2"}, {"edge", "end"}, {"verb", "start"}, {"why", "refused: too old"}});
  const auto report = run.judged();
  EXPECT_EQ(failing(report), std::vector<std::string>{"liveness"});
  EXPECT_EQ(first_of(report, "liveness"),
            "engine.1.start: step 2, start engine.1 at kilo was refused: too old");
}

TEST(Undone, AnnounceAndForgetAreTakenForGrantedToo) {
  for (const char* verb : {"announce", "forget"}) {
    RunBuilder run;
    run.usual();
    run.begin("4", verb, {{"node", "engine.1"}});
    run.record("engine.1", "kilo", "kilo");
    run.event("gate", {{"verb", verb}, {"node", "engine.1"}, {"refused", "it lives"}});
    run.event("step", {{"step", "4"}, {"edge", "end"}, {"verb", verb}, {"why", "refused"}});
    EXPECT_EQ(first_of(run.judged(), "gate"),
              std::string("engine.1.") + verb + ": step 4, " + verb + " engine.1 was refused: it lives");
  }
}

TEST(Undone, WhatIsWaitedForInVainIsLiveness) {
  RunBuilder run;
  run.usual();
  step(run, "3", "wait", {{"object", "Cluster"}, {"row", "c1"}, {"status", "Active"}},
       "Cluster c1 was never Active within 10 s");
  step(run, "4", "settle", Json::object(), "not at rest after 10 s: 1 cluster");
  step(run, "5", "reload", {{"node", "engine.1"}}, "engine.1 had ended before (exit code 1)");
  const auto report = run.judged();
  EXPECT_EQ(failing(report), std::vector<std::string>{"liveness"});
  EXPECT_EQ(check_of(report, "liveness").failures, 3);
  EXPECT_EQ(report.undone.size(), 3U);
  EXPECT_FALSE(report.undone.front().upgrades);
  EXPECT_NE(render(report, "text").find("not as planned: step 3, wait Cluster c1 was in vain"),
            std::string::npos);
}

TEST(Undone, AReasonThatStandsThereAgainIsNoOutcome) {
  RunBuilder run;
  run.usual();
  step(run, "4", "settle", {{"why", "everybody rests"}}, "everybody rests");
  EXPECT_EQ(first_of(run.judged(), "liveness"), "pass");
}

TEST(Undone, ACrashWhoseMomentNeverCameLeavesItOpen) {
  RunBuilder run;
  run.usual();
  step(run, "4", "kill", {{"node", "api.1"}, {"when", "mid-save"}}, "api.1 was never mid-save within 10 s");
  const auto report = run.judged();
  EXPECT_EQ(report.verdict, Verdict::unknown);
  EXPECT_NE(first_of(report, "liveness").find("unknown: step 4, kill api.1 did not go as planned"),
            std::string::npos);
}

TEST(Undone, ADoThatAPausedConductorsLockKeptOutIsExcused) {
  for (const bool paused : {true, false}) {
    RunBuilder run;
    run.usual();
    if (paused) run.begin("4", "pause", {{"node", "conductor.1"}});
    run.invoke("s1", "update", "Job", "j1", "api.2", {{"description", "x"}}, {{"purpose", "do"}});
    run.fail("s1", "DatabaseBusy");
    if (paused) run.begin("5", "resume", {{"node", "conductor.1"}});
    const auto report = run.judged();
    EXPECT_EQ(check_of(report, "availability").verdict, paused ? Verdict::pass : Verdict::fail)
        << render(report, "text");
    if (paused) {
      EXPECT_NE(check_of(report, "availability")
                    .note.find("1 refused because a stopped node held the database's lock"),
                std::string::npos);
    }
  }
}

TEST(Undone, AnOperationOfTheScenarioItselfIsTakenForGranted) {
  for (const char* purpose : {"do", "load"})
    for (const char* expect : {"ok", "refused"}) {
      RunBuilder run;
      run.usual();
      run.invoke("s1", "update", "ClusterTemplate", "t1", "api.2", {{"description", "x"}},
                 {{"purpose", purpose}, {"expect", expect}});
      run.fail("s1", "NotFound");
      const bool taken = std::string(purpose) == "do" && std::string(expect) == "ok";
      EXPECT_EQ(check_of(run.judged(), "availability").failures, taken ? 1 : 0) << purpose << " " << expect;
    }
}

}  // namespace
}  // namespace caravan::reports
