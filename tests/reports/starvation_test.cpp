// A loaded machine is not a failed upgrade, and a slow node is not a loaded machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t ms = 1000;

void took(RunBuilder& run, std::int64_t from, std::int64_t to, const std::string& who,
          const std::string& cause, std::int64_t micros) {
  run.event("starved", {{"from", from}, {"to", to}, {"took", {{who, {{cause, micros}}}}}});
}

/// An engine's save at second 1 that conductor.1#1 answers 2.5 s later.
class ALateAnswer : public testing::Test {
 protected:
  ALateAnswer() {
    run.usual();
    run.create("api.2#1", "ClusterTemplate", plain_template);
    run.at(1000 * ms);
    call = run.ask("engine.1#1", "save", run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}}));
    run.at(3500 * ms);
  }
  Report answered() {
    run.done(call, "engine.1#1");
    return run.judged();
  }
  RunBuilder run;
  std::string call;
};

TEST_F(ALateAnswer, IsAFailureOnAQuietMachine) { EXPECT_THAT(failing(answered()), Contains("liveness")); }

TEST_F(ALateAnswer, IsUnknownWhereItsConductorWaitedForAProcessor) {
  took(run, 1500 * ms, 3000 * ms, "conductor.1#1", "queued", 600 * ms);
  const auto report = answered();
  EXPECT_THAT(failing(report), IsEmpty());
  const auto& liveness = check_of(report, "liveness");
  EXPECT_EQ(liveness.verdict, Verdict::unknown);
  EXPECT_EQ(liveness.starved, 1);
  EXPECT_EQ(liveness.taken, 600 * ms);
  EXPECT_THAT(liveness.note, HasSubstr("1 obligation starved: the machine took away up to 600 ms"));
}

TEST_F(ALateAnswer, IsAFailureWhereTheRestWasTooLongAsWell) {
  took(run, 1500 * ms, 3000 * ms, "conductor.1#1", "queued", 400 * ms);
  EXPECT_THAT(failing(answered()), Contains("liveness"));
}

TEST_F(ALateAnswer, IsAFailureWhereSomebodyElseCouldNotRun) {
  took(run, 1500 * ms, 3000 * ms, "api.1#1", "queued", 1500 * ms);
  EXPECT_THAT(failing(answered()), Contains("liveness"));
}

TEST_F(ALateAnswer, IsAFailureWhereTheTimeWasTakenBeforeOrAfter) {
  took(run, 0, 1000 * ms, "conductor.1#1", "stopped", 1000 * ms);
  const auto report = [&] {
    run.done(call, "engine.1#1");
    run.at(5000 * ms);
    took(run, 3500 * ms, 5000 * ms, "conductor.1#1", "stopped", 1500 * ms);
    return run.judged();
  }();
  EXPECT_THAT(failing(report), Contains("liveness"));
}

TEST_F(ALateAnswer, IsUnknownWhereTheHarnessCameLate) {
  took(run, 1200 * ms, 3200 * ms, "harness", "late", 1900 * ms);
  EXPECT_THAT(failing(answered()), IsEmpty());
}

TEST_F(ALateAnswer, IsAFailureWhereTheHarnessCameLateWhileNothingWasForItToDo) {
  took(run, 1000 * ms, 2000 * ms, "harness", "late", 900 * ms);
  EXPECT_THAT(failing(answered()), Contains("liveness"));
}

TEST_F(ALateAnswer, IsUnknownWhereTheDatabaseServerCouldNotRun) {
  took(run, 1200 * ms, 3200 * ms, "database", "queued", 900 * ms);
  EXPECT_THAT(failing(answered()), IsEmpty());
}

TEST_F(ALateAnswer, IsUnknownWhereTheHostAboveTookTheProcessor) {
  took(run, 1200 * ms, 3200 * ms, "machine", "stolen", 900 * ms);
  EXPECT_THAT(failing(answered()), IsEmpty());
}

TEST_F(ALateAnswer, IsNotExcusedTwiceByOneStretch) {
  run.event("starved", {{"from", 1200 * ms},
                        {"to", 1600 * ms},
                        {"took",
                         {{"conductor.1#1", {{"queued", 400 * ms}}},
                          {"harness", {{"late", 400 * ms}}},
                          {"database", {{"queued", 400 * ms}}}}}});
  EXPECT_THAT(failing(answered()), Contains("liveness")) << "0.4 s were taken, and 0.5 s it was late";
}

TEST_F(ALateAnswer, LeavesTheVerdictUndecidedAndSaysWhatToDo) {
  took(run, 1500 * ms, 3000 * ms, "conductor.1#1", "queued", 600 * ms);
  const auto report = answered();
  EXPECT_EQ(report.verdict, Verdict::unknown);
  EXPECT_FALSE(report.as_expected);
  EXPECT_THAT(render(report, "text"), HasSubstr("the machine was starved, up to 600 ms"));
  EXPECT_THAT(render(report, "md"), HasSubstr("run again on a quieter machine"));
}

TEST_F(ALateAnswer, ExplainsWhatTheCallerComplainsAbout) {
  took(run, 1500 * ms, 3000 * ms, "conductor.1#1", "stopped", 1400 * ms);
  run.at(3100 * ms);
  run.event("trouble",
            {{"node", "engine.1"}, {"incarnation", 1}, {"what", "no reply to object_action in time"}});
  run.at(3500 * ms);
  const auto report = answered();
  EXPECT_THAT(failing(report), IsEmpty());
  EXPECT_EQ(check_of(report, "exception").starved, 1);
}

TEST(Starvation, ExplainsThatACallerGaveUpWhoHadAskedLongBeforeTheHarnessSawIt) {
  for (const bool starved : {true, false}) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "ClusterTemplate", plain_template);
    run.at(4000 * ms);
    took(run, 1000 * ms, 4000 * ms, starved ? "harness" : "api.1#1", "late", 2900 * ms);
    const auto call = run.ask("engine.1#1", "save", run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}}));
    run.event("trouble", {{"node", "engine.1"}, {"incarnation", 1}, {"what", "no reply in time"}});
    run.done(call, "engine.1#1");
    EXPECT_EQ(check_of(run.judged(), "exception").failures, starved ? 0 : 1);
  }
}

TEST(Starvation, ExplainsThatACallerGaveUpWhoStoodFromTheAnswerToItsDeadline) {
  // It is seen to stand from one look of the harness to another only.
  for (const std::int64_t stood : {1100 * ms, 1500 * ms}) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "ClusterTemplate", plain_template);
    run.at(1000 * ms);
    const auto call = run.ask("engine.1#1", "save", run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}}));
    run.at(1002 * ms);
    run.done(call, "engine.1#1");
    run.at(4000 * ms);
    took(run, stood, 3900 * ms, "engine.1#1", "stopped", 3900 * ms - stood);
    run.event("trouble", {{"node", "engine.1"}, {"incarnation", 1}, {"what", "no reply in time"}});
    EXPECT_EQ(check_of(run.judged(), "exception").failures, stood == 1100 * ms ? 0 : 1) << stood;
  }
}

TEST(Starvation, ExplainsThatACallerGaveUpWhoStoodBetweenAskingAndSending) {
  for (const std::int64_t stood : {3000 * ms, 1500 * ms}) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "ClusterTemplate", plain_template);
    run.at(4010 * ms);
    for (auto from = 1000 * ms; from < 1000 * ms + stood; from += 100 * ms)
      took(run, from, from + 100 * ms, "engine.1#1", "stopped", 100 * ms);
    const auto call = run.ask("engine.1#1", "save", run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}}));
    run.event("trouble", {{"node", "engine.1"}, {"incarnation", 1}, {"what", "no reply in time"}});
    run.done(call, "engine.1#1");
    EXPECT_EQ(check_of(run.judged(), "exception").failures, stood == 3000 * ms ? 0 : 1) << stood;
  }
}

TEST_F(ALateAnswer, ExplainsNoComplaintOfAnother) {
  took(run, 1500 * ms, 3000 * ms, "conductor.1#1", "stopped", 1400 * ms);
  run.at(3100 * ms);
  run.event("trouble", {{"node", "api.1"}, {"incarnation", 1}, {"what", "a TypeError"}});
  run.at(3500 * ms);
  EXPECT_THAT(failing(answered()), Contains("exception"));
}

TEST(Starvation, ExplainsAClusterWhoseWorkItCutShort) {
  for (const bool starved : {true, false}) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "Cluster", plain_cluster);
    run.save("engine.1#1", "Cluster", "c1", {{"status", "Validating"}});
    run.at(1000 * ms);
    const auto call = run.ask("engine.1#1", "save", run.primitive("kilo", "Cluster", {{"id", "c1"}}));
    run.at(4500 * ms);
    took(run, 1000 * ms, 4500 * ms, starved ? "conductor.1#1" : "api.1#1", "stopped", 3000 * ms);
    run.done(call, "engine.1#1");
    run.begin("2", "settle");
    run.event("step", {{"step", "2"}, {"edge", "end"}, {"verb", "settle"}, {"why", "not at rest"}});
    const auto report = run.judged();
    EXPECT_EQ(failing(report).empty(), starved) << render(report, "text");
    EXPECT_EQ(check_of(report, "liveness").starved, starved ? 3 : 0)
        << "the call, the step, and the rest of the cluster";
  }
}

TEST(Starvation, ExplainsAnOperationWithoutAnAnswer) {
  for (const bool starved : {true, false}) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "ClusterTemplate", plain_template);
    run.at(1000 * ms);
    run.invoke("c1-1", "read", "ClusterTemplate", "t1", "api.1");
    const auto request = run.send("request", "client.1", "api.1", "read",
                                  {{"object", "ClusterTemplate"}, {"row", "t1"}}, "c1-1");
    run.deliver(request, "api.1#1");
    const auto call = run.send(
        "call", "api.1#1", "conductor", "object_class_action_versions",
        {{"objname", "ClusterTemplate"}, {"objmethod", "get"}, {"kwargs", {{"id", "t1"}}}}, "c1-1", request);
    run.deliver(call, "conductor.1#1");
    run.at(4200 * ms);
    took(run, 1000 * ms, 4200 * ms, "conductor.1#1", "stopped", starved ? 3000 * ms : 900 * ms);
    run.reply(call, "conductor.1#1", nullptr, "api.1#1");
    run.info("c1-1");
    run.at(9000 * ms);
    const auto report = run.judged();
    EXPECT_EQ(check_of(report, "availability").failures, starved ? 0 : 1) << render(report, "text");
    EXPECT_EQ(check_of(report, "liveness").failures, starved ? 0 : 2);
  }
}

/// A node that had not said hello 7 s after its start, 2 s too late by the wall.
void given_up(RunBuilder& run, const std::string& peer, bool starved) {
  run.usual();
  run.at(1000 * ms);
  run.node(peer, "kilo", "starting");
  run.at(8000 * ms);
  took(run, 1000 * ms, 8000 * ms, peer, "queued", starved ? 3000 * ms : 1000 * ms);
  run.node(peer, "kilo", "late");
}

TEST(Starvation, ExplainsANodeThatCameTooLateByTheWallAlone) {
  for (const bool starved : {true, false}) {
    RunBuilder run;
    given_up(run, "engine.2#1", starved);
    const auto report = run.judged();
    for (const char* check : {"liveness", "exception"}) {
      EXPECT_EQ(check_of(report, check).failures, starved ? 0 : 1) << check;
      EXPECT_EQ(check_of(report, check).starved, starved ? 1 : 0) << check;
    }
  }
}

TEST(Starvation, ExplainsWhatElseBecomesOfARowWhoseWorkItCutShort) {
  for (const bool starved : {true, false}) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "Cluster", plain_cluster);
    run.create("api.2#1", "NodeGroup", {{"id", "g1"}, {"cluster_id", "c1"}, {"name", "w"}, {"count", 1}});
    build_cluster(run);
    run.at(1000 * ms);
    const Json cluster = run.primitive("kilo", "Cluster", {{"id", "c1"}});
    const auto late = run.ask("engine.1#1", "save", cluster);
    run.at(4500 * ms);
    took(run, 1000 * ms, 4500 * ms, starved ? "conductor.1#1" : "api.1#1", "stopped", 3000 * ms);
    run.done(late, "engine.1#1");
    run.refuse(run.ask("engine.1#1", "save", cluster), "conductor.1#1", "ValueError", "engine.1#1");
    run.send("cast", "api.1#1", "engine", "provision_cluster", {{"cluster", cluster}});
    run.invoke("s1", "scale", "Cluster", "c1", "api.2", {{"node_group", "g1"}, {"count", 3}});
    run.ok("s1");
    const auto report = run.judged();
    EXPECT_EQ(check_of(report, "exception").failures, starved ? 0 : 1);
    EXPECT_EQ(check_of(report, "exception").starved, starved ? 1 : 0);
    EXPECT_EQ(check_of(report, "liveness").failures, starved ? 0 : 3);
    EXPECT_EQ(check_of(report, "liveness").starved, starved ? 3 : 0)
        << "the call, the cast that nobody took, and the instances that were promised";
  }
}

TEST(Starvation, ExplainsThatTheDatabaseWasLockedByAWriterWhoCouldNotRun) {
  struct {
    const char* who;
    std::int64_t micros;
    int failures;
  } const cases[] = {{"conductor.1#1", 300 * ms, 0},
                     {"conductor.1#1", 100 * ms, 1},
                     {"api.1#1", 500 * ms, 1},
                     {"harness", 500 * ms, 0}};
  for (const auto& one : cases) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "ClusterTemplate", plain_template);
    run.at(1000 * ms);
    // Who came late saw the call only afterwards.
    if (one.who == std::string("harness")) run.at(1550 * ms);
    const auto call = run.ask("engine.1#1", "save", run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}}));
    run.at(1560 * ms);
    took(run, 1000 * ms, 1550 * ms, one.who, "queued", one.micros);
    run.refuse(call, "conductor.1#1", "DatabaseBusy", "engine.1#1");
    const auto exception = check_of(run.judged(), "exception");
    EXPECT_EQ(exception.failures, one.failures) << one.who << " " << one.micros;
    EXPECT_EQ(exception.starved, 1 - one.failures) << one.who << " " << one.micros;
  }
}

TEST(Starvation, ExplainsThatNobodyServesWhereTheNodeWasGivenUpBeforeItsTime) {
  for (const bool starved : {true, false}) {
    RunBuilder run;
    given_up(run, "api.3#1", starved);
    run.invoke("c1-1", "read", "ClusterTemplate", "t1", "api.3");
    run.fail("c1-1", "ConnectionRefused");
    EXPECT_EQ(check_of(run.judged(), "availability").failures, starved ? 0 : 1);
  }
}

}  // namespace
}  // namespace caravan::reports
