// rpc-contract, liveness, exception and availability, and what the judge makes of them together.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

std::string cast_to_engine(RunBuilder& run, const std::string& from, const std::string& method, Json args) {
  const auto id = run.send("cast", from, "engine", method, std::move(args));
  run.deliver(id, "engine.1#1");
  return id;
}

TEST(RpcContract, KnowsAMethodThatTheReceiverHasNotGot) {
  RunBuilder run("juno", "kilo");
  run.usual();
  run.create("api.2#1", "JobExecution", {{"id", "r1"}});
  cast_to_engine(run, "api.2#1", "cancel_job_execution",
                 {{"job_execution", run.primitive("juno", "JobExecution", {{"id", "r1"}})}});
  EXPECT_EQ(first_of(run.judged(), "rpc-contract"),
            "engine.cancel_job_execution: a cast of cancel_job_execution does not fit by the receiver's "
            "table: engine at juno has no method cancel_job_execution");
}

TEST(RpcContract, KnowsAMissingAndAnUnknownArgument) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "Cluster", plain_cluster);
  cast_to_engine(run, "api.1#1", "provision_scaled_cluster",
                 {{"cluster", run.primitive("kilo", "Cluster", {{"id", "c1"}})}});
  EXPECT_NE(first_of(run.judged(), "rpc-contract").find("requires the argument node_group_id_map"),
            std::string::npos);
  RunBuilder other;
  other.usual();
  other.create("api.2#1", "Cluster", plain_cluster);
  cast_to_engine(other, "api.1#1", "terminate_cluster",
                 {{"cluster", other.primitive("kilo", "Cluster", {{"id", "c1"}})}, {"hurry", true}});
  EXPECT_NE(first_of(other.judged(), "rpc-contract").find("terminate_cluster at kilo has no argument hurry"),
            std::string::npos);
}

TEST(RpcContract, KnowsAVersionAboveTheReceivers) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "Cluster", plain_cluster);
  cast_to_engine(run, "api.1#1", "provision_cluster",
                 {{"cluster", run.primitive("kilo", "Cluster", {{"id", "c1"}})}});
  run.events[run.events.size() - 2]["message"]["version"] = "1.2";
  EXPECT_NE(first_of(run.judged(), "rpc-contract")
                .find("it speaks version 1.2, but engine at kilo understands 1.1"),
            std::string::npos);
}

TEST(RpcContract, TakesWhatFits) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "Cluster", plain_cluster);
  cast_to_engine(run, "api.1#1", "provision_cluster",
                 {{"cluster", run.primitive("kilo", "Cluster", {{"id", "c1"}})}});
  const auto report = run.judged();
  EXPECT_EQ(first_of(report, "rpc-contract"), "pass");
  EXPECT_EQ(check_of(report, "rpc-contract").obligations, 2);
}

TEST(Liveness, WantsEveryCallAnswered) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", plain_template);
  run.ask("engine.1#1", "save",
          run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}, {"description", "x"}}, {"description"}));
  run.wait(3'000'000);
  EXPECT_EQ(first_of(run.judged(), "liveness").rfind("ClusterTemplate.object_action: ", 0), 0U)
      << first_of(run.judged(), "liveness");
  EXPECT_NE(first_of(run.judged(), "liveness").find("was never answered"), std::string::npos);
}

TEST(Liveness, WantsTheAnswerInTime) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", plain_template);
  const auto call = run.ask("engine.1#1", "save", run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}}));
  run.wait(2'500'000);
  run.done(call, "engine.1#1");
  EXPECT_NE(first_of(run.judged(), "liveness").find("was answered after 2.500 s; 2.0 s are allowed"),
            std::string::npos);
}

TEST(Liveness, GoesByTheDeadlineThatTheRunHad) {
  for (const Json& deadline : {Json(2'400'000), Json(10'000'000), Json("soon"), Json(-1), Json(1e30)}) {
    RunBuilder run;
    run.header()["deadlines"] = {{"request", deadline}};
    run.usual();
    run.create("api.2#1", "ClusterTemplate", plain_template);
    const auto call = run.ask("engine.1#1", "save", run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}}));
    run.wait(2'500'000);
    run.done(call, "engine.1#1");
    const auto found = first_of(run.judged(), "liveness");
    const std::string allowed = deadline == 2'400'000 ? "2.4 s are allowed" : "2.0 s are allowed";
    if (deadline == 10'000'000)
      EXPECT_EQ(found, "pass");
    else
      EXPECT_NE(found.find(allowed), std::string::npos) << deadline << " " << found;
  }
}

TEST(Liveness, ForgivesWhatThePlanItselfKilled) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", plain_template);
  run.ask("engine.1#1", "save",
          run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}, {"description", "x"}}, {"description"}));
  run.node("conductor.1#1", "liberty", "killed", {{"signal", 9}});
  run.wait(3'000'000);
  const auto report = run.judged();
  EXPECT_EQ(first_of(report, "liveness"), "pass");
  EXPECT_EQ(check_of(report, "liveness").note, "1 excused: the plan killed or paused the receiver");
}

TEST(Liveness, LetsARunWaitToTheEndForAClusterThatIsNotActive) {
  for (const bool active : {false, true}) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "Cluster", plain_cluster);
    build_cluster(run, active ? "Active" : "Starting");
    run.create("api.2#1", "JobExecution",
               {{"id", "r1"}, {"cluster_id", "c1"}, {"info", {{"status", "PENDING"}}}});
    // The last engine drains, and hands on what it has in hand.
    run.send("cast", "engine.1#1", "engine", "run_edp_job",
             {{"job_execution", run.primitive("kilo", "JobExecution", {{"id", "r1"}})}});
    EXPECT_EQ(render(run.judged(), "text").find("never delivered") != std::string::npos, active);
  }
}

TEST(Liveness, FindsAStepThatNoReleaseHas) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "Cluster", plain_cluster);
  for (const char* status : {"Validating", "InfraUpdating", "Active"})
    run.save("engine.1#1", "Cluster", "c1", {{"status", status}});
  EXPECT_EQ(first_of(run.judged(), "liveness"),
            "Cluster.status: Cluster c1 went from InfraUpdating to Active; no release has that step");
}

TEST(Liveness, LetsAClusterGoTheWholeWay) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "Cluster", plain_cluster);
  build_cluster(run);
  const auto report = run.judged();
  EXPECT_TRUE(failing(report).empty()) << render(report, "text");
}

TEST(Liveness, WantsClustersAndRunsAtRestInTheEnd) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "Cluster", plain_cluster);
  run.save("engine.1#1", "Cluster", "c1", {{"status", "Validating"}});
  EXPECT_EQ(first_of(run.judged(), "liveness"),
            "Cluster.status: Cluster c1 did not come to rest: at the end it is Validating");
}

TEST(Liveness, WantsTheInstancesThatAClientWasPromised) {
  for (const int reached : {1, 3}) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "Cluster", plain_cluster);
    run.create("api.2#1", "NodeGroup", {{"id", "g1"}, {"cluster_id", "c1"}, {"name", "w"}, {"count", 1}});
    build_cluster(run);
    run.invoke("s1", "scale", "Cluster", "c1", "api.2", {{"node_group", "g1"}, {"count", 3}});
    run.ok("s1");
    if (reached > 1) run.save("engine.1#1", "NodeGroup", "g1", {{"count", reached}});
    EXPECT_EQ(first_of(run.judged(), "liveness"),
              reached == 3
                  ? "pass"
                  : "NodeGroup.count: operation s1 asked for count 3 and was acknowledged, but count is 1");
  }
}

TEST(Liveness, WantsEveryCastDelivered) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "Cluster", plain_cluster);
  run.send("cast", "api.1#1", "engine", "provision_cluster",
           {{"cluster", run.primitive("kilo", "Cluster", {{"id", "c1"}})}});
  EXPECT_EQ(first_of(run.judged(), "liveness"),
            "Cluster.provision_cluster: the cast provision_cluster of api.1#1 was never delivered: it still "
            "waits for engine");
}

TEST(Liveness, WantsEveryNodeReady) {
  RunBuilder run;
  run.usual();
  run.node("engine.2#1", "liberty", "starting");
  run.node("engine.2#1", "liberty", "late");
  const auto report = run.judged();
  EXPECT_EQ(first_of(report, "liveness"), "engine.2.: engine.2#1 (liberty) was started and never got ready");
  EXPECT_EQ(first_of(report, "exception"), "engine.2.: engine.2#1 (liberty) never said HELLO");
}

TEST(Exception, NamesTroubleAndTheNode) {
  RunBuilder run;
  run.usual();
  run.event("trouble", {{"node", "engine.1"}, {"incarnation", 1}, {"what", "KeyError: shares"}});
  EXPECT_EQ(first_of(run.judged(), "exception"),
            "engine.1.: engine.1 reported an unexpected exception: KeyError: shares");
}

TEST(Exception, ForgivesComplaintsAboutAnswersThatThePlanPrevented) {
  for (const bool paused : {true, false}) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "Cluster", plain_cluster);
    run.save("engine.1#1", "Cluster", "c1", {{"status", "Validating"}});
    if (paused) run.begin("4", "pause", {{"node", "conductor.1"}});
    run.ask("engine.1#1", "save",
            run.primitive("kilo", "Cluster", {{"id", "c1"}, {"status", "InfraUpdating"}}, {"status"}));
    run.wait(2'100'000);
    run.event("trouble", {{"node", "engine.1"},
                          {"incarnation", 1},
                          {"what", "provision_cluster c1: no reply to object_action in time"}});
    if (paused) run.begin("5", "resume", {{"node", "conductor.1"}});
    const auto report = run.judged();
    EXPECT_EQ(failing(report),
              paused ? std::vector<std::string>{} : (std::vector<std::string>{"liveness", "exception"}))
        << render(report, "text");
    EXPECT_EQ(check_of(report, "exception").note,
              paused ? "1 complaint for lack of an answer that the plan's own faults prevented" : "");
  }
}

TEST(NoDataLoss, DoesNotWantWhatAnUnansweredOperationMayHaveSet) {
  for (const bool answered : {false, true}) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "ClusterTemplate", plain_template);
    run.invoke("c1-1", "update", "ClusterTemplate", "t1", "api.2", {{"description", "second"}});
    if (answered)
      run.ok("c1-1");
    else
      run.info("c1-1");
    run.invoke("c1-2", "read", "ClusterTemplate", "t1", "api.2", Json::object(),
               {{"want", {{"description", "second"}}}});
    run.ok("c1-2", {{"id", "t1"}, {"description", nullptr}});
    EXPECT_EQ(check_of(run.judged(), "no-data-loss").failures, answered ? 2 : 0);
  }
}

TEST(Exception, TakesNotFoundForARowThatIsGoneOnly) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", plain_template);
  run.refuse(run.ask("api.1#1", "save", run.primitive("kilo", "ClusterTemplate", {{"id", "t0"}})),
             "conductor.1#1", "NotFound", "api.1#1");
  EXPECT_EQ(first_of(run.judged(), "exception"), "pass");
  RunBuilder other;
  other.usual();
  other.create("api.2#1", "ClusterTemplate", plain_template);
  other.refuse(other.ask("api.1#1", "save", other.primitive("kilo", "ClusterTemplate", {{"id", "t1"}})),
               "conductor.1#1", "NotFound", "api.1#1");
  EXPECT_NE(argument_of(other.judged(), "exception").find("ClusterTemplate t1 was there all the time"),
            std::string::npos);
}

TEST(Exception, TakesARefusalOnlyWhereTheContractRefuses) {
  for (const bool manila : {true, false}) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "DataSource",
               {{"id", "d1"}, {"name", "in"}, {"type", manila ? "manila" : "swift"}, {"url", "x"}});
    const auto call = run.send("call", "api.1#1", "conductor", "object_class_action_versions",
                               {{"objname", "DataSource"},
                                {"objmethod", "get"},
                                {"object_versions", run.manifest("kilo")},
                                {"args", Json::array()},
                                {"kwargs", {{"id", "d1"}}}});
    run.deliver(call, "conductor.1#1");
    run.refuse(call, "conductor.1#1", "ObjectActionError", "api.1#1");
    EXPECT_EQ(failing(run.judged()),
              manila ? std::vector<std::string>{} : std::vector<std::string>{"exception"});
  }
}

TEST(Exception, NamesAnErrorThatIsNone) {
  RunBuilder run;
  run.usual();
  run.refuse(run.ask("api.1#1", "save", run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}})),
             "conductor.1#1", "InternalError", "api.1#1");
  EXPECT_NE(first_of(run.judged(), "exception").find("answered object_action with the error InternalError"),
            std::string::npos);
}

TEST(Availability, CountsWhatFailedAndWhatGotNoAnswer) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", plain_template);
  run.invoke("c1-1", "update", "ClusterTemplate", "t1", "api.2", {{"description", "x"}});
  run.fail("c1-1", "InternalError");
  run.invoke("c1-2", "read", "ClusterTemplate", "t1", "api.2");
  run.info("c1-2");
  const auto report = run.judged();
  EXPECT_EQ(check_of(report, "availability").failures, 2);
  EXPECT_EQ(
      first_of(report, "availability"),
      "ClusterTemplate.: operation c1-1 (update ClusterTemplate) failed: InternalError: said InternalError");
}

TEST(Availability, TakesARefusalThatTheContractAsksFor) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", plain_template);
  run.invoke("c1-1", "update", "ClusterTemplate", "t1", "api.1", {{"is_public", true}},
             {{"expect", "refused"}});
  run.fail("c1-1", "UnknownField");
  run.invoke("c1-2", "read", "ClusterTemplate", "t1", "api.1");
  run.ok("c1-2", {{"id", "t1"}});
  const auto report = run.judged();
  EXPECT_EQ(first_of(report, "availability"), "pass");
  EXPECT_NE(check_of(report, "availability").note.find("1 refused as the contract says"), std::string::npos);
  EXPECT_EQ(report.counts.at("operations").at("refused"), 1);
}

TEST(Availability, CountsNoRefusalAsLawfulThatItFails) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", plain_template);
  run.invoke("c1-1", "update", "ClusterTemplate", "t1", "api.1", {{"is_public", true}});
  run.fail("c1-1", "UnknownField");
  const auto report = run.judged();
  EXPECT_EQ(check_of(report, "availability").failures, 1) << "the plan assumes that it succeeds";
  EXPECT_EQ(report.counts.at("operations").at("refused"), 0);
  EXPECT_EQ(report.counts.at("operations").at("failed"), 1);
}

TEST(Availability, TakesARefusalOfWhatNoEngineOfTheReleaseHas) {
  for (const char* method : {"suspend", "cancel"}) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "JobExecution", {{"id", "r1"}});
    run.invoke("s1", method, "JobExecution", "r1", "api.1", Json::object(), {{"expect", "refused"}});
    run.fail("s1", "UnknownMethod");
    EXPECT_EQ(first_of(run.judged(), "availability") == "pass", method == std::string("suspend"));
  }
}

TEST(Availability, TakesARefusalToScaleAClusterThatIsNotActive) {
  for (const bool active : {false, true}) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "Cluster", plain_cluster);
    build_cluster(run, active ? "Active" : "Validating");
    run.invoke("s1", "scale", "Cluster", "c1", "api.2", {{"node_group", "g1"}, {"count", 2}},
               {{"expect", "refused"}});
    run.fail("s1", "Conflict");
    const auto found = first_of(run.judged(), "availability");
    if (active)
      EXPECT_NE(found.find("operation s1 (scale Cluster) failed: Conflict"), std::string::npos) << found;
    else
      EXPECT_EQ(found, "pass");
  }
}

// Which states these are stands in the catalog that the run file has, and nowhere else.
TEST(Availability, TakesARefusalInTheStatesThatTheCatalogNames) {
  RunBuilder run;
  run.usual();
  for (auto& release : run.header().at("releases"))
    for (auto& history : release.at("catalog").at("histories"))
      if (history.at("name") == "Cluster")
        history.at("conduct").at("life").at("accepted_in") = {{"scale", {"Validating"}}};
  run.create("api.2#1", "Cluster", plain_cluster);
  build_cluster(run, "Active");
  run.invoke("s1", "scale", "Cluster", "c1", "api.2", {{"node_group", "g1"}, {"count", 2}},
             {{"expect", "refused"}});
  run.fail("s1", "Conflict");
  EXPECT_EQ(first_of(run.judged(), "availability"), "pass");
}

TEST(Availability, FindsAFieldTakenByAnApiThatCannotKnowIt) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", plain_template);
  run.invoke("c1-1", "update", "ClusterTemplate", "t1", "api.1", {{"is_public", true}});
  run.ok("c1-1");
  EXPECT_EQ(first_of(run.judged(), "availability"),
            "ClusterTemplate.: operation c1-1 was accepted, although kilo must refuse it: ClusterTemplate "
            "1.1 of kilo has no field is_public");
}

TEST(Judge, IsUndecidedWithoutAnEndButKeepsProvenFailures) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", plain_template);
  run.event("trouble", {{"node", "engine.1"}, {"incarnation", 1}, {"what", "broken"}});
  const auto report = run.judged("");
  EXPECT_EQ(failing(report), std::vector<std::string>{"exception"});
  EXPECT_NE(first_of(report, "no-data-loss").find("unknown: the recording stops after event"),
            std::string::npos);
  EXPECT_EQ(report.verdict, Verdict::fail);
}

TEST(Judge, IsUndecidedAboutAnInterruptedRun) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", plain_template);
  const auto report = run.judged("interrupted");
  EXPECT_EQ(report.verdict, Verdict::unknown);
  EXPECT_FALSE(report.as_expected);
  EXPECT_EQ(check_of(report, "frame").note, "the run was interrupted");
}

TEST(Judge, IsUndecidedAboutWhatNeverHappenedUnlessTheScenarioSaysSo) {
  for (const char* expected : {"pass", "idle"}) {
    RunBuilder run("kilo", "liberty", {{"frame", expected}});
    run.usual();
    run.invoke("c1-1", "update", "Job", "j1", "api.2", {{"description", "x"}}, {{"purpose", "load"}});
    run.fail("c1-1", "NotFound");
    const auto report = run.judged();
    EXPECT_EQ(check_of(report, "frame").verdict,
              std::string(expected) == "idle" ? Verdict::pass : Verdict::unknown);
  }
}

TEST(Judge, ExpectsAFailureByCheckAndPlace) {
  for (const char* place : {"ClusterTemplate.is_public", "ClusterTemplate.shares"}) {
    RunBuilder run("kilo", "liberty", {{"frame", {{"fail", place}}}});
    run.usual();
    run.create(
        "api.2#1", "ClusterTemplate",
        {{"id", "t1"}, {"name", "n"}, {"plugin_name", "p"}, {"hadoop_version", "1"}, {"is_public", true}});
    const auto call = run.ask(
        "api.1#1", "save",
        run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}, {"description", "x"}}, {"description"}));
    run.update("ClusterTemplate", "t1", "description", "x");
    run.update("ClusterTemplate", "t1", "is_public", nullptr);
    run.done(call, "api.1#1");
    EXPECT_EQ(run.judged().as_expected, std::string(place) == "ClusterTemplate.is_public");
  }
}

TEST(Judge, SaysWhatIsWrongWithACatalogItCannotRead) {
  RunBuilder run;
  run.events.front()["releases"]["kilo"]["catalog"] = {{"classes", 7}};
  const auto report = run.judged();
  EXPECT_EQ(report.verdict, Verdict::unknown);
  EXPECT_NE(check_of(report, "frame").note.find("the recording cannot be judged: run file: event 0"),
            std::string::npos)
      << check_of(report, "frame").note;
}

TEST(Judge, TellsTheOrderOfUpgrades) {
  RunBuilder run;
  run.usual();
  run.begin("4.1", "start");
  run.node("engine.1#1", "kilo", "draining");
  run.node("engine.1#1", "kilo", "stopped");
  run.start("engine.1#2", "liberty");
  run.end("4.1", "start");
  const auto order = run.judged().order;
  ASSERT_EQ(order.size(), 1U);
  EXPECT_EQ(order[0].at("node"), "engine.1");
  EXPECT_EQ(order[0].at("from"), "kilo");
  EXPECT_EQ(order[0].at("step"), "4.1");
}

}  // namespace
}  // namespace caravan::reports
