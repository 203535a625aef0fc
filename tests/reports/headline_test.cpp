// The first line of a report, and what to do next: for every end that a run can have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/checks/checks.hpp"
#include "reports/formats/render.hpp"
#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CheckResult result(const std::string& check, Verdict verdict, std::int64_t event = 7) {
  CheckResult out;
  out.check = check;
  out.verdict = verdict;
  out.obligations = 1;
  if (verdict == Verdict::unknown) out.note = "nothing happened that it could judge";
  if (verdict != Verdict::fail) return out;
  Witness witness;
  witness.event = event;
  witness.object = "Job";
  witness.field = "name";
  witness.step = "2";
  witness.summary = "wrong";
  out.witnesses = {witness};
  out.causes.emplace_back().count(witness);
  out.failures = 1;
  return out;
}

Report report(std::vector<CheckResult> checks, const std::string& first = "") {
  Report out;
  out.run = {{"file", "runs/one/run.ndjson"}};
  out.verdict = Verdict::pass;
  for (const auto& check : checks) out.verdict = std::max(out.verdict, check.verdict);
  out.as_expected = out.verdict == Verdict::pass;
  out.first = first;
  out.checks = std::move(checks);
  return out;
}

std::vector<std::string> commands(const Report& of) {
  std::vector<std::string> out;
  for (const auto& next : next_commands(of, {})) out.push_back(next.second);
  return out;
}

TEST(Headline, OfAPass) {
  const auto pass = report({result("frame", Verdict::pass)});
  EXPECT_EQ(headline(pass), "pass, as expected");
  EXPECT_THAT(commands(pass), ElementsAre());
}

TEST(Headline, OfAFailureNamesCheckPlaceAndStep) {
  const auto fail = report({result("gate", Verdict::fail, 9), result("frame", Verdict::fail)}, "frame");
  EXPECT_EQ(headline(fail), "fail: frame at Job.name in step 2; 2 checks failed");
  EXPECT_THAT(commands(fail), ElementsAre("caravan show runs/one --event 7", "caravan explain frame"));
}

TEST(Headline, OfAFailureThatTheScenarioExpects) {
  auto fail = report({result("frame", Verdict::fail)}, "frame");
  fail.run["expect"] = {{"frame", {{"fail", "Job.name"}}}};
  fail.as_expected = true;
  EXPECT_EQ(headline(fail), "fail, as expected: frame at Job.name in step 2");
  fail.run["expect"] = {{"gate", {{"fail", "Job"}}}};
  fail.as_expected = false;
  fail.unmet = {"gate was expected to fail at Job; its verdict is pass"};
  EXPECT_EQ(headline(fail), "fail: frame at Job.name in step 2");
  EXPECT_THAT(notices(fail), ElementsAre("gate was expected to fail at Job; its verdict is pass"));
}

TEST(Headline, OfAPassThatShouldHaveFailed) {
  auto pass = report({result("frame", Verdict::pass)});
  pass.run["expect"] = {{"frame", {{"fail", "Job.name"}}}};
  pass.as_expected = false;
  pass.unmet = {"frame was expected to fail at Job.name; its verdict is pass"};
  EXPECT_EQ(headline(pass), "not as expected: " + pass.unmet.front());
}

TEST(Headline, OfWhatIsUndecidedSaysWhy) {
  const auto one = report({result("frame", Verdict::unknown), result("gate", Verdict::pass)});
  EXPECT_EQ(headline(one), "undecided: frame: nothing happened that it could judge");
  EXPECT_THAT(commands(one), ElementsAre("caravan explain frame"));
  auto all = report({result("frame", Verdict::unknown), result("gate", Verdict::unknown)});
  for (auto& check : all.checks) check.note = "the run was interrupted";
  EXPECT_EQ(headline(all), "undecided: the run was interrupted");
}

TEST(Headline, OfAPlantedDefectThatWasCaught) {
  auto caught = report({result("wire-schema", Verdict::fail)}, "wire-schema");
  caught.run["plant"] = "F01";
  caught.run["plant_check"] = "wire-schema";
  caught.caught = caught.as_expected = true;
  EXPECT_EQ(headline(caught), "caught, as planted: F01 by wire-schema at Job.name in step 2");
  EXPECT_THAT(commands(caught), ElementsAre("caravan show runs/one --event 7", "caravan explain wire-schema",
                                            "caravan explain F01"));
}

TEST(Headline, OfAPlantedDefectThatAnotherCheckNamedFirst) {
  auto caught =
      report({result("frame", Verdict::fail, 9), result("no-data-loss", Verdict::fail, 3)}, "no-data-loss");
  caught.run["plant"] = "F23";
  caught.run["plant_check"] = "frame";
  caught.caught = caught.as_expected = true;
  EXPECT_EQ(headline(caught),
            "caught, as planted: F23 by frame at Job.name in step 2; 2 checks failed, no-data-loss first");
  EXPECT_THAT(commands(caught).front(), HasSubstr("--event 9"));
}

TEST(Headline, OfAPlantedDefectThatWasNotCaught) {
  auto missed = report({result("frame", Verdict::pass)});
  missed.run["plant"] = "F23";
  missed.run["plant_check"] = "frame";
  missed.as_expected = false;
  EXPECT_EQ(headline(missed), "planted F23 was not caught; frame must name it");
  auto other = report({result("frame", Verdict::pass), result("gate", Verdict::fail)}, "gate");
  other.run = missed.run;
  EXPECT_EQ(headline(other),
            "planted F23 was not caught; frame must name it; instead gate at Job.name in step 2 failed");
}

/// A judged run in which frame fails, or nothing does.
Report judged(bool fails, const Json& plant, const Json& check, const Json& expect = "pass") {
  RunBuilder run("kilo", "liberty", expect);
  run.usual();
  run.header()["plant"] = plant;
  if (!check.is_null()) run.header()["plant_check"] = check;
  run.begin("1");
  run.create("api.2#1", "ClusterTemplate", {{"id", "t1"}, {"name", "small"}, {"is_public", true}});
  const auto call = run.ask(
      "api.1#1", "save",
      run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}, {"description", "second"}}, {"description"}));
  run.update("ClusterTemplate", "t1", "description", "second");
  if (fails) run.update("ClusterTemplate", "t1", "is_public", nullptr);
  run.done(call, "api.1#1");
  run.end("1");
  return run.judged();
}

TEST(Planted, IsAsExpectedWhereTheCheckThatMustNameItFails) {
  EXPECT_FALSE(judged(true, nullptr, nullptr).as_expected);
  EXPECT_TRUE(judged(true, "F23", "frame").as_expected);
  EXPECT_TRUE(judged(true, "F23", nullptr).as_expected);  // recorded before the header said which check
  EXPECT_FALSE(judged(true, "F01", "wire-schema").as_expected);
  EXPECT_FALSE(judged(false, "F23", "frame").as_expected);
}

TEST(Planted, DoesNotExcuseWhatTheScenarioExpects) {
  const Json wanted = {{"frame", {{"fail", "ClusterTemplate.is_public"}}}};
  const Json other = {{"gate", {{"fail", "Job"}}}};
  EXPECT_TRUE(judged(true, "F23", "frame", wanted).as_expected);
  EXPECT_FALSE(judged(true, "F23", "frame", other).as_expected);
}

TEST(Causes, AreCountedWithoutIdsAndFigures) {
  RunBuilder run;
  run.usual();
  run.begin("1");
  for (int i = 0; i < 30; ++i)
    run.event("trouble", {{"node", "engine." + std::to_string(i % 3 + 1)},
                          {"incarnation", 1},
                          {"what", "run c1-" + std::to_string(i) + " took " + std::to_string(i) + ".5 s"}});
  run.event("trouble", {{"node", "engine.1"}, {"incarnation", 1}, {"what", "something else"}});
  run.end("1");
  const auto report = run.judged();
  const auto& exception = check_of(report, "exception");
  EXPECT_EQ(exception.failures, 31);
  ASSERT_EQ(exception.causes.size(), 2U) << render(report, "text");
  EXPECT_EQ(exception.causes[0].times, 30);
  EXPECT_THAT(exception.causes[0].first.summary, HasSubstr("run c1-0 took 0.5 s"));
  EXPECT_EQ(exception.causes[1].times, 1);
  EXPECT_EQ(exception.witnesses.size(), 20U);
}

TEST(Causes, LeaveOutWhatVariesFromRowToRow) {
  RunBuilder run;
  const RunFile recorded = run.finish();
  const ReleaseModel releases(recorded.header);
  const Causes causes(releases);
  EXPECT_EQ(
      causes.of("a save that named only start_time, info changed JobExecution.is_public, a field that its "
                "sender (JobExecution 1.2) does not know"),
      causes.of("a save that named only description changed Cluster.shares, a field that its sender "
                "(Cluster 1.1) does not know"));
  EXPECT_EQ(
      causes.of(
          "the plan expects Job.mains to be [{\"id\":\"s15 ]\"}], but a read by api.1 (liberty) gave []"),
      "the plan expects # to be #, but a read by api.# (liberty) gave #");
  EXPECT_NE(causes.of("Cluster 1 did not come to rest: it is Waiting"),
            causes.of("Cluster 1 did not come to rest: it is Spawning"));
  EXPECT_NE(causes.of("engine.1#1 crashed"), causes.of("api.1#1 crashed"));
}

TEST(Order, TellsWhoWasTurnedBackKilledAndPaused) {
  RunBuilder run;
  run.usual();
  run.begin("1");
  run.begin("1.1", "kill", {{"node", "engine.1"}});
  run.node("engine.1#1", "kilo", "killed", {{"signal", 9}});
  run.end("1.1", "kill");
  run.start("engine.1#2", "liberty");
  run.end("1");
  run.begin("2", "pause", {{"node", "api.1"}});
  run.end("2", "pause");
  run.begin("3");
  run.node("engine.1#2", "liberty", "draining");
  run.node("engine.1#2", "liberty", "stopped");
  run.start("engine.1#3", "kilo");
  run.end("3");
  const auto report = run.judged();
  EXPECT_THAT(order_lines(report), ElementsAre("upgraded: engine.1 (1)", "turned back: engine.1 (3)",
                                               "killed: engine.1 (1.1)", "paused: api.1 (2)"));
  EXPECT_THAT(run_line(report), HasSubstr(", 1 kill and 1 pause"));
}

}  // namespace
}  // namespace caravan::reports
