// The judge in modes other than conductor/backport, and what a scenario may expect.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

const Json plain = {{"id", "t1"}, {"name", "small"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}};

/// Access direct: nobody sends objects, apis and engines write by themselves.
class DirectAccess : public testing::Test {
 protected:
  void SetUp() override {
    run_.header()["access"] = "direct";
    run_.header()["compat"] = "none";
    run_.start("engine.1#1", "kilo");
    run_.start("api.1#1", "kilo");
    run_.start("api.2#1", "liberty");
  }
  std::string ask(const std::string& op, const std::string& method, const std::string& object,
                  const std::string& row, const Json& fields, const std::string& api = "api.2") {
    run_.invoke(op, method, object, row, api, fields);
    const auto id = run_.send("request", "client.1", api, method,
                              {{"object", object}, {"row", row}, {"fields", fields}}, op);
    run_.deliver(id, api + "#1");
    return id;
  }
  void answer(const std::string& op, const std::string& request, const std::string& api = "api.2") {
    run_.reply(request, api + "#1", {{"id", "t1"}}, "client.1");
    run_.ok(op);
  }
  void create() {
    const auto id = ask("c1-1", "create", "ClusterTemplate", "t1", plain);
    run_.insert("ClusterTemplate", "t1", plain);
    answer("c1-1", id);
  }
  Report report() { return run_.judged(); }
  RunBuilder run_;
};

TEST_F(DirectAccess, NeedsNoObjectsOnTheWire) {
  create();
  const auto found = report();
  EXPECT_TRUE(failing(found).empty()) << render(found, "text");
  EXPECT_EQ(check_of(found, "wire-schema").note,
            "does not apply: with direct access no object travels, only ids");
  EXPECT_EQ(found.matrix.at("ClusterTemplate").size(), 2U);
}

TEST_F(DirectAccess, KnowsAWriteThatWasAcknowledgedAndLost) {
  create();
  const auto id = ask("c1-2", "update", "ClusterTemplate", "t1", {{"description", "second"}});
  answer("c1-2", id);
  EXPECT_NE(first_of(report(), "no-data-loss")
                .find("an acknowledged write of ClusterTemplate.description was lost"),
            std::string::npos);
}

TEST_F(DirectAccess, KnowsASaveThatChangesWhatTheClientDidNotName) {
  create();
  const auto id = ask("c1-2", "update", "ClusterTemplate", "t1", {{"description", "second"}}, "api.1");
  run_.update("ClusterTemplate", "t1", "description", "second");
  run_.update("ClusterTemplate", "t1", "name", "other");
  answer("c1-2", id, "api.1");
  EXPECT_EQ(first_of(report(), "frame"),
            "ClusterTemplate.name: a save that named only description changed "
            "ClusterTemplate.name");
}

TEST_F(DirectAccess, KnowsTheRelationsThatAnOldNodeRebuildsWithoutWhatItDoesNotKnow) {
  for (const bool loses : {false, true}) {
    run_ = RunBuilder();
    SetUp();
    const Json group = {{"id", "g1"}, {"name", "g"},           {"flavor_id", "f"},
                        {"count", 1}, {"volumes_per_node", 0}, {"shares", {{{"id", "s"}}}}};
    Json whole = plain;
    whole["node_groups"] = Json::array({group});
    const auto id = ask("c1-1", "create", "ClusterTemplate", "t1", whole);
    run_.insert("ClusterTemplate", "t1", plain);
    Json row = group;
    row["cluster_template_id"] = "t1";
    run_.insert("TemplatesRelation", "g1", row);
    answer("c1-1", id);
    const auto edit = ask("c1-2", "update", "ClusterTemplate", "t1", {{"description", "second"}}, "api.1");
    run_.update("ClusterTemplate", "t1", "description", "second");
    run_.remove("TemplatesRelation", "g1");
    if (loses) row["shares"] = nullptr;
    run_.insert("TemplatesRelation", "g1", row);
    answer("c1-2", edit, "api.1");
    const auto found = report();
    if (loses) {
      EXPECT_EQ(found.first, "frame") << render(found, "text");
      EXPECT_NE(first_of(found, "frame").find("TemplatesRelation.shares: a save that named only description"),
                std::string::npos)
          << first_of(found, "frame");
    } else {
      EXPECT_TRUE(failing(found).empty()) << render(found, "text");
    }
  }
}

TEST_F(DirectAccess, LetsEnginesWriteWhatTheirWorkIsAbout) {
  const Json cluster = {{"id", "c1"}, {"name", "one"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}};
  const auto id = ask("c1-1", "create", "Cluster", "c1", cluster);
  run_.insert("Cluster", "c1", cluster);
  answer("c1-1", id);
  for (const char* status : {"Validating", "InfraUpdating", "Spawning", "Error"})
    run_.update("Cluster", "c1", "status", status);
  EXPECT_TRUE(failing(report()).empty()) << render(report(), "text");
  EXPECT_EQ(check_of(report(), "frame").note, "does not apply: no client updates a row");
  run_.update("Cluster", "c1", "name", "else");
  EXPECT_NE(first_of(report(), "no-data-loss").find("nothing asked for this update of Cluster.name"),
            std::string::npos);
}

TEST_F(DirectAccess, NamesAnArgumentThatTheReceiverDoesNotKnow) {
  RunBuilder run("pike", "queens");
  run.header()["access"] = "direct";
  run.start("engine.1#1", "pike");
  run.start("api.2#1", "queens");
  const auto id =
      run.send("cast", "api.2#1", "engine", "terminate_cluster", {{"cluster_id", "c1"}, {"force", false}});
  run.deliver(id, "engine.1#1");
  EXPECT_EQ(first_of(run.judged(), "rpc-contract"),
            "engine.terminate_cluster: a cast of terminate_cluster does not fit by the receiver's table: "
            "terminate_cluster at pike has no argument force");
}

TEST_F(DirectAccess, NamesThePlaceThatAComplaintSpeaksOf) {
  run_.event("trouble", {{"node", "engine.1"},
                         {"incarnation", 1},
                         {"what", "TypeError: Instance.storage_devices_number is NULL"}});
  EXPECT_EQ(first_of(report(), "exception").substr(0, 32), "Instance.storage_devices_number:");
}

/// Compat none: engine.1, at kilo, is handed a Cluster that is too new for it. The id of the cast.
std::string hand_over_too_new(RunBuilder& run) {
  run.header()["compat"] = "none";
  run.usual();
  run.create("api.2#1", "Cluster",
             {{"id", "c1"}, {"name", "one"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}});
  const auto id = run.send("cast", "api.2#1", "engine", "provision_cluster",
                           {{"cluster", run.primitive("liberty", "Cluster", {{"id", "c1"}})}});
  run.deliver(id, "engine.1#1");
  return id;
}

TEST(CompatNone, CountsARefusedCastAsNoCrash) {
  RunBuilder run;
  hand_over_too_new(run);
  run.event("trouble", {{"node", "engine.1"},
                        {"incarnation", 1},
                        {"what", "IncompatibleObjectVersion: Cluster 1.3 is not supported, Cluster 1.2 is"}});
  const auto report = run.judged();
  EXPECT_TRUE(failing(report).empty()) << render(report, "text");
  EXPECT_NE(check_of(report, "exception").note.find("1 object turned down as too new"), std::string::npos);
}

TEST(CompatNone, StillCatchesWhatIsTakenWithoutAWord) {
  RunBuilder run;
  const auto id = hand_over_too_new(run);
  run.ask("engine.1#1", "save", run.primitive("kilo", "Cluster", {{"id", "c1"}}), "", id);
  EXPECT_NE(first_of(run.judged(), "wire-schema").find("engine.1#1 (kilo) accepted what it cannot know"),
            std::string::npos);
}

TEST(Heartbeats, AreNoPhantomsAndTellTheTruth) {
  for (const char* release : {"kilo", "juno"}) {
    RunBuilder run;
    run.usual();
    const auto id = run.send(
        "call", "engine.1#1", "conductor", "service_update",
        {{"service",
          {{"id", "engine.1"}, {"role", "engine"}, {"release", release}, {"report", Json::object()}}}});
    run.deliver(id, "conductor.1#1");
    run.record("engine.1", "kilo", "kilo");
    run.reply(id, "conductor.1#1", {{"services", Json::array()}}, "engine.1#1");
    const auto report = run.judged();
    if (std::string(release) == "kilo")
      EXPECT_TRUE(failing(report).empty()) << render(report, "text");
    else
      EXPECT_NE(first_of(report, "rpc-contract")
                    .find("the service record says release \"juno\", but engine.1#1 is kilo"),
                std::string::npos);
  }
}

TEST(Heartbeats, AreNotCountedAsMessages) {
  RunBuilder run;
  run.usual();
  const auto id =
      run.send("call", "engine.1#1", "conductor", "service_update", {{"service", Json::object()}});
  run.deliver(id, "conductor.1#1");
  run.reply(id, "conductor.1#1", {{"services", Json::array()}}, "engine.1#1");
  EXPECT_EQ(run.judged().counts.at("messages").at("total"), 0);
}

TEST(RpcCap, IsNotSpokenAbove) {
  for (const char* cap : {"1.0", "1.1"}) {
    RunBuilder run("juno", "kilo");
    run.usual();
    run.create("api.2#1", "JobExecution", {{"id", "r1"}});
    run.start("engine.2#1", "kilo");
    run.record("api.2", "kilo", "juno");
    for (auto& event : run.events)
      if (event["kind"] == "change" && event["column"] == "report") {
        Json report = Json::parse(event["new"].get<std::string>());
        report["caps"]["rpc"]["engine"] = cap;
        event["new"] = report.dump();
      }
    const auto id = run.send("cast", "api.2#1", "engine.2", "cancel_job_execution",
                             {{"job_execution", run.primitive("juno", "JobExecution", {{"id", "r1"}})}});
    run.events.back()["message"]["version"] = "1.1";
    run.deliver(id, "engine.2#1");
    const auto told = first_of(run.judged(), "rpc-contract");
    if (std::string(cap) == "1.1")
      EXPECT_EQ(told, "pass");
    else
      EXPECT_NE(told.find("it speaks version 1.1, but the service record of api.2 says engine 1.0"),
                std::string::npos)
          << told;
  }
}

TEST(Expect, MayNameAnObjectAloneAndTheStep) {
  for (const auto& [expected, right] :
       {std::pair<Json, bool>({{"fail", "ClusterTemplate"}, {"at", "4"}}, true),
        {{{"fail", "ClusterTemplate.description"}, {"at", "4.1"}}, true},
        {{{"fail", "ClusterTemplate.description"}, {"at", "4.2"}}, false},
        {{{"fail", "Cluster"}, {"at", "4"}}, false}}) {
    RunBuilder run("kilo", "liberty", {{"no-data-loss", expected}});
    run.usual();
    run.create("api.2#1", "ClusterTemplate", plain);
    run.begin("4");
    run.begin("4.1");
    run.done(run.ask("api.2#1", "save",
                     run.primitive("liberty", "ClusterTemplate", {{"id", "t1"}, {"description", "x"}},
                                   {"description"})),
             "api.2#1");
    run.end("4.1");
    run.end("4");
    EXPECT_EQ(run.judged().as_expected, right) << expected;
  }
}

}  // namespace
}  // namespace caravan::reports
