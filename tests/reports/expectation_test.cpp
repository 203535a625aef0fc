// What the scenario expects against what came: nothing that cannot be met is met.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

Report judged(const Json& expect, bool broken) {
  RunBuilder run("kilo", "liberty", expect);
  run.usual();
  run.begin("1");
  run.create("api.2#1", "ClusterTemplate", plain_template);
  run.save("engine.1#1", "ClusterTemplate", "t1", {{"description", "x"}});
  if (broken) run.update("ClusterTemplate", "t1", "name", "other");
  run.end("1");
  run.invoke("s1", "read", "ClusterTemplate", "t1", "api.2");
  run.ok("s1", {{"id", "t1"}});
  return run.judged();
}

std::string unmet_of(const Json& expect, bool broken = true) {
  const auto report = judged(expect, broken);
  EXPECT_EQ(report.as_expected, report.unmet.empty());
  std::string out;
  for (const auto& sentence : report.unmet) out += (out.empty() ? "" : "; ") + sentence;
  return out;
}

const Json loss = {{"fail", "ClusterTemplate.name"}};

TEST(Expectation, IsMetByTheCheckAtItsPlace) {
  EXPECT_EQ(unmet_of({{"no-data-loss", loss}}), "");
  EXPECT_EQ(unmet_of({{"no-data-loss", {{"fail", "ClusterTemplate"}, {"at", "1"}}}}), "");
}

TEST(Expectation, OfACheckThatThereIsNotIsNotMet) {
  for (const char* name : {"round-trip", "contract", "manifest-closure", "frmae"})
    for (const Json& entry : {Json("pass"), Json("idle"), loss})
      EXPECT_EQ(unmet_of({{name, entry}, {"no-data-loss", loss}}),
                "there is no check \"" + std::string(name) + "\" to expect anything of");
}

TEST(Expectation, OfACheckThatDoesNotApplyIsNotMet) {
  EXPECT_EQ(
      unmet_of({{"pin", {{"fail", "Cluster"}}}}, false),
      "pin was expected to fail at Cluster; its verdict is pass (does not apply: with compat backport only "
      "the RPC version is capped, which rpc-contract judges)");
}

TEST(Expectation, InAnotherStepOrOneThatThereIsNotIsNotMet) {
  EXPECT_EQ(unmet_of({{"no-data-loss", {{"fail", "ClusterTemplate.name"}, {"at", "9"}}}}),
            "no-data-loss was expected to fail at ClusterTemplate.name in step 9; the run has no such step");
  EXPECT_EQ(unmet_of({{"no-data-loss", {{"fail", "Job.name"}}}}),
            "no-data-loss was expected to fail at Job.name; it failed at ClusterTemplate.name in step 1");
}

/// A row that is lost in step `lost`, or after it where `between`; 2 is a `do`, 3 and 4 wait, 5 upgrades.
std::string unmet_when_lost_in(int lost, bool between, const std::string& at) {
  const char* const verbs[] = {"group", "group", "settle", "wait", "group", "settle"};
  RunBuilder run("kilo", "liberty", {{"no-data-loss", {{"fail", "ClusterTemplate.name"}, {"at", at}}}});
  run.usual();
  for (int step = 1; step <= 6; ++step) {
    const auto number = std::to_string(step), verb = std::string(verbs[step - 1]);
    const auto lose = [&] { run.update("ClusterTemplate", "t1", "name", "other"); };
    run.begin(number, verb);
    if (step == 1) run.create("api.2#1", "ClusterTemplate", plain_template);
    if (step == lost && !between) lose();
    run.end(number, verb);
    if (step == lost && between) lose();
  }
  std::string out;
  for (const auto& sentence : run.judged().unmet) out += sentence;
  return out;
}

TEST(Expectation, IsMetInTheWaitsThatFollowItsStepToo) {
  for (const int lost : {2, 3, 4}) EXPECT_EQ(unmet_when_lost_in(lost, false, "2"), "") << lost;
  for (const int lost : {1, 5, 6})
    EXPECT_EQ(unmet_when_lost_in(lost, false, "2"),
              "no-data-loss was expected to fail at ClusterTemplate.name in step 2; it failed at "
              "ClusterTemplate.name in step " +
                  std::to_string(lost));
}

TEST(Expectation, WhatHappensBetweenTwoStepsBelongsToTheOneThatEnded) {
  EXPECT_EQ(unmet_when_lost_in(2, true, "2"), "");
  EXPECT_EQ(unmet_when_lost_in(1, true, "2"),
            "no-data-loss was expected to fail at ClusterTemplate.name in step 2; it failed at "
            "ClusterTemplate.name in step 1");
}

TEST(Expectation, OfAPassOfOneCheckCountsBesideAFailureOfAnother) {
  EXPECT_EQ(unmet_of({{"frame", loss}, {"no-data-loss", "pass"}}),
            "frame was expected to fail at ClusterTemplate.name; its verdict is pass; no-data-loss was "
            "expected to pass; no-data-loss failed first, which was not expected");
}

TEST(Expectation, ThatNobodyUnderstandsIsNotMet) {
  EXPECT_EQ(unmet_of({{"frame", "perhaps"}}, false),
            "cannot understand \"perhaps\" as an expectation of frame");
  EXPECT_EQ(unmet_of(7, false), "cannot understand the expectation 7");
  EXPECT_EQ(unmet_of("pass", false), "");
  EXPECT_EQ(unmet_of("pass"), "every check was expected to pass");
}

// A check has nothing to judge: it does not apply if the plan holds nothing for it, else it is undecided and
// says what would give it something.
TEST(Idle, WhatThePlanHoldsNothingForDoesNotApply) {
  RunBuilder run;
  run.usual();
  const auto report = run.judged();
  EXPECT_EQ(report.verdict, Verdict::pass) << render(report, "text");
  EXPECT_EQ(check_of(report, "frame").note, "does not apply: no client updates a row");
  EXPECT_EQ(check_of(report, "effect-count").note, "does not apply: no client writes");
  EXPECT_EQ(check_of(report, "availability").note, "does not apply: the plan has no operation");
}

TEST(Idle, WhatHasToBeRefusedIsNothingToJudgeAndNeitherIsAListOfNothing) {
  RunBuilder run;
  run.usual();
  int number = 0;
  for (const char* method : {"read", "update", "delete", "run"}) {
    const auto op = "s" + std::to_string(++number);
    run.invoke(op, method, "Job", "j1", "api.2", Json::object(), {{"expect", "refused"}});
    run.fail(op, "NotFound");
  }
  run.invoke("s9", "list", "Job", "", "api.2");
  run.ok("s9", Json::array());
  const auto report = run.judged();
  for (const char* check :
       {"wire-schema", "session", "no-data-loss", "frame", "effect-count", "rpc-contract"})
    EXPECT_EQ(check_of(report, check).verdict, Verdict::pass)
        << check << ": " << check_of(report, check).note;
}

TEST(Idle, WhatWasAskedForAndNotExercisedIsUndecidedAndSaysWhatWouldExerciseIt) {
  RunBuilder run;
  run.usual();
  run.invoke("s1", "update", "Job", "j1", "api.2", {{"description", "x"}}, {{"purpose", "load"}});
  run.fail("s1", "NotFound");
  EXPECT_EQ(
      first_of(run.judged(), "frame"),
      "unknown: nothing happened that it could judge; it takes an update that is acknowledged: do: {update: "
      "ROW, set: {description: x}}");
}

}  // namespace
}  // namespace caravan::reports
