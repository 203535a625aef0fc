// A run that did not come to its end: what the harness does to shut it down is nobody's failure.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan {
namespace {

/// A call is in the air when the run is shut down, which takes a while and kills who does not end.
void shut_down(RunBuilder& tale, bool marked) {
  tale.create("api.2#1", "ClusterTemplate", plain_template);
  tale.ask("engine.1#1", "save", tale.primitive("kilo", "ClusterTemplate", {{"id", "t1"}}));
  if (marked) tale.event("shutdown", {{"why", "signal"}});
  tale.wait(9'000'000);
  tale.node("engine.1#1", "kilo", "exited", {{"signal", 15}});
  tale.event("trouble", {{"node", "api.1"}, {"incarnation", 1}, {"what", "not drained within 5 s"}});
}

TEST(Shutdown, OfAnInterruptedRunIsNoFailure) {
  for (const bool marked : {true, false}) {
    RunBuilder tale;
    tale.usual();
    shut_down(tale, marked);
    const auto report = tale.judged("interrupted");
    EXPECT_EQ(report.verdict, Verdict::unknown) << render(report, "text");
    EXPECT_EQ(report.first, "");
    EXPECT_FALSE(report.as_expected);
  }
}

TEST(Shutdown, WhatWasProvenBeforeItIsToldAsSoFar) {
  RunBuilder tale;
  tale.usual();
  tale.event("trouble", {{"node", "api.1"}, {"incarnation", 1}, {"what", "the sky is falling"}});
  shut_down(tale, true);
  const auto report = tale.judged("interrupted");
  EXPECT_EQ(failing(report), std::vector<std::string>{"exception"});
  EXPECT_EQ(check_of(report, "exception").failures, 1);
  EXPECT_EQ(check_of(report, "exception").note, "so far: the run was interrupted");
  EXPECT_EQ(check_of(report, "liveness").verdict, Verdict::unknown);
}

TEST(Shutdown, OfAMachineThatFailedProvesNothingAtAll) {
  for (const bool marked : {true, false}) {
    RunBuilder tale;
    tale.usual();
    tale.event("trouble", {{"node", "api.1"}, {"incarnation", 1}, {"what", "the database is gone"}});
    shut_down(tale, marked);
    const auto report = tale.judged("failed");
    EXPECT_EQ(report.verdict, Verdict::unknown);
    EXPECT_EQ(check_of(report, "exception").note, "the run failed; what follows proves nothing");
  }
}

// Wherever a sound recording breaks off, no event that is missing is held against the run.
TEST(Shutdown, ASoundRunIsNeverAFailureWhereverItBreaksOff) {
  RunBuilder tale;
  tale.usual();
  tale.record("conductor.1", "liberty", "kilo");
  tale.record("engine.1", "kilo", "kilo");
  tale.begin("1");
  tale.create("api.2#1", "ClusterTemplate", plain_template, "s1");
  tale.save("engine.1#1", "ClusterTemplate", "t1", {{"description", "x"}});
  tale.invoke("s2", "update", "ClusterTemplate", "t1", "api.2", {{"description", "y"}});
  const auto request =
      tale.send("request", "client.1", "api.2", "update", {{"object", "ClusterTemplate"}}, "s2");
  tale.deliver(request, "api.2#1");
  tale.save("api.2#1", "ClusterTemplate", "t1", {{"description", "y"}}, "s2");
  tale.reply(request, "api.2#1", Json::object(), "client.1");
  tale.ok("s2");
  tale.get("engine.1#1", "ClusterTemplate", tale.row_data("kilo", "ClusterTemplate", "t1"));
  tale.end("1");
  tale.migrate("2", "data");
  tale.begin("3", "migrate",
             {{"phase", "contract"}, {"from", "kilo"}, {"to", "liberty"}, {"expect", "refused"}});
  tale.event("migration",
             {{"phase", "contract"}, {"status", 3}, {"done", 0}, {"refused", "engine.1 is there"}});
  tale.end("3", "migrate");
  tale.begin("4", "stop", {{"node", "engine.1"}});
  tale.node("engine.1#1", "kilo", "draining");
  tale.node("engine.1#1", "kilo", "stopped", {{"code", 0}});
  tale.end("4", "stop");
  tale.destroy("api.2#1", "ClusterTemplate", "t1");
  const auto whole = tale.finish();
  ASSERT_EQ(judge(whole).verdict, Verdict::pass) << render(judge(whole), "text");
  for (std::size_t events = 1; events < whole.events.size(); ++events) {
    RunFile cut = whole;
    cut.events.resize(events);
    cut.complete = false;
    const auto report = judge(cut);
    ASSERT_EQ(report.verdict, Verdict::unknown) << events << "\n" << render(report, "text");
  }
}

}  // namespace
}  // namespace caravan
