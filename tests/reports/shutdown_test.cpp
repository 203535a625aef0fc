// A run that did not come to its end: what the harness does to shut it down is nobody's failure.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

/// A call is in the air when the run is shut down, which takes a while and kills who does not end.
void shut_down(RunBuilder& run, bool marked) {
  run.create("api.2#1", "ClusterTemplate", plain_template);
  run.ask("engine.1#1", "save", run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}}));
  if (marked) run.event("shutdown", {{"why", "signal"}});
  run.wait(9'000'000);
  run.node("engine.1#1", "kilo", "exited", {{"signal", 15}});
  run.event("trouble", {{"node", "api.1"}, {"incarnation", 1}, {"what", "not drained within 5 s"}});
}

TEST(Shutdown, OfAnInterruptedRunIsNoFailure) {
  for (const bool marked : {true, false}) {
    RunBuilder run;
    run.usual();
    shut_down(run, marked);
    const auto report = run.judged("interrupted");
    EXPECT_EQ(report.verdict, Verdict::unknown) << render(report, "text");
    EXPECT_EQ(report.first, "");
    EXPECT_FALSE(report.as_expected);
  }
}

TEST(Shutdown, WhatWasProvenBeforeItIsToldAsSoFar) {
  RunBuilder run;
  run.usual();
  run.event("trouble", {{"node", "api.1"}, {"incarnation", 1}, {"what", "the sky is falling"}});
  shut_down(run, true);
  const auto report = run.judged("interrupted");
  EXPECT_EQ(failing(report), std::vector<std::string>{"exception"});
  EXPECT_EQ(check_of(report, "exception").failures, 1);
  EXPECT_EQ(check_of(report, "exception").note, "so far: the run was interrupted");
  EXPECT_EQ(check_of(report, "liveness").verdict, Verdict::unknown);
}

TEST(Shutdown, OfAMachineThatFailedProvesNothingAtAll) {
  for (const bool marked : {true, false}) {
    RunBuilder run;
    run.usual();
    run.event("trouble", {{"node", "api.1"}, {"incarnation", 1}, {"what", "the database is gone"}});
    shut_down(run, marked);
    const auto report = run.judged("failed");
    EXPECT_EQ(report.verdict, Verdict::unknown);
    EXPECT_EQ(check_of(report, "exception").note, "the run failed; what follows proves nothing");
  }
}

// Wherever a sound recording breaks off, no event that is missing is held against the run.
TEST(Shutdown, ASoundRunIsNeverAFailureWhereverItBreaksOff) {
  RunBuilder run;
  run.usual();
  run.record("conductor.1", "liberty", "kilo");
  run.record("engine.1", "kilo", "kilo");
  run.begin("1");
  run.create("api.2#1", "ClusterTemplate", plain_template, "s1");
  run.save("engine.1#1", "ClusterTemplate", "t1", {{"description", "x"}});
  run.invoke("s2", "update", "ClusterTemplate", "t1", "api.2", {{"description", "y"}});
  const auto request =
      run.send("request", "client.1", "api.2", "update", {{"object", "ClusterTemplate"}}, "s2");
  run.deliver(request, "api.2#1");
  run.save("api.2#1", "ClusterTemplate", "t1", {{"description", "y"}}, "s2");
  run.reply(request, "api.2#1", Json::object(), "client.1");
  run.ok("s2");
  run.get("engine.1#1", "ClusterTemplate", run.row_data("kilo", "ClusterTemplate", "t1"));
  run.end("1");
  run.migrate("2", "data");
  run.begin("3", "migrate",
            {{"phase", "contract"}, {"from", "kilo"}, {"to", "liberty"}, {"expect", "refused"}});
  run.event("migration",
            {{"phase", "contract"}, {"status", 3}, {"done", 0}, {"refused", "engine.1 is there"}});
  run.end("3", "migrate");
  run.begin("4", "stop", {{"node", "engine.1"}});
  run.node("engine.1#1", "kilo", "draining");
  run.node("engine.1#1", "kilo", "stopped", {{"code", 0}});
  run.end("4", "stop");
  run.destroy("api.2#1", "ClusterTemplate", "t1");
  const auto whole = run.finish();
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
}  // namespace caravan::reports
