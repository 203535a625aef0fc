// The judge in modes other than conductor/backport, and what a scenario may expect.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan {
namespace {

const Json plain = {{"id", "t1"}, {"name", "small"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}};

/// Access direct: nobody sends objects, apis and engines write by themselves.
class DirectAccess : public testing::Test {
 protected:
  void SetUp() override {
    tale_.header()["access"] = "direct";
    tale_.header()["compat"] = "none";
    tale_.start("engine.1#1", "kilo");
    tale_.start("api.1#1", "kilo");
    tale_.start("api.2#1", "liberty");
  }
  std::string ask(const std::string& op, const std::string& method, const std::string& object,
                  const std::string& row, const Json& fields, const std::string& api = "api.2") {
    tale_.invoke(op, method, object, row, api, fields);
    const auto id = tale_.send("request", "client.1", api, method,
                               {{"object", object}, {"row", row}, {"fields", fields}}, op);
    tale_.deliver(id, api + "#1");
    return id;
  }
  void answer(const std::string& op, const std::string& request, const std::string& api = "api.2") {
    tale_.reply(request, api + "#1", {{"id", "t1"}}, "client.1");
    tale_.ok(op);
  }
  void create() {
    const auto id = ask("c1-1", "create", "ClusterTemplate", "t1", plain);
    tale_.insert("ClusterTemplate", "t1", plain);
    answer("c1-1", id);
  }
  Report report() { return tale_.judged(); }
  RunBuilder tale_;
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
  tale_.update("ClusterTemplate", "t1", "description", "second");
  tale_.update("ClusterTemplate", "t1", "name", "other");
  answer("c1-2", id, "api.1");
  EXPECT_EQ(first_of(report(), "frame"),
            "ClusterTemplate.name: a save that named only description changed "
            "ClusterTemplate.name");
}

TEST_F(DirectAccess, KnowsTheRelationsThatAnOldNodeRebuildsWithoutWhatItDoesNotKnow) {
  for (const bool loses : {false, true}) {
    tale_ = RunBuilder();
    SetUp();
    const Json group = {{"id", "g1"}, {"name", "g"},           {"flavor_id", "f"},
                        {"count", 1}, {"volumes_per_node", 0}, {"shares", {{{"id", "s"}}}}};
    Json whole = plain;
    whole["node_groups"] = Json::array({group});
    const auto id = ask("c1-1", "create", "ClusterTemplate", "t1", whole);
    tale_.insert("ClusterTemplate", "t1", plain);
    Json row = group;
    row["cluster_template_id"] = "t1";
    tale_.insert("TemplatesRelation", "g1", row);
    answer("c1-1", id);
    const auto edit = ask("c1-2", "update", "ClusterTemplate", "t1", {{"description", "second"}}, "api.1");
    tale_.update("ClusterTemplate", "t1", "description", "second");
    tale_.remove("TemplatesRelation", "g1");
    if (loses) row["shares"] = nullptr;
    tale_.insert("TemplatesRelation", "g1", row);
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
  tale_.insert("Cluster", "c1", cluster);
  answer("c1-1", id);
  for (const char* status : {"Validating", "InfraUpdating", "Spawning", "Error"})
    tale_.update("Cluster", "c1", "status", status);
  EXPECT_TRUE(failing(report()).empty()) << render(report(), "text");
  EXPECT_EQ(check_of(report(), "frame").note, "does not apply: nobody updates a row");
  tale_.update("Cluster", "c1", "name", "else");
  EXPECT_NE(first_of(report(), "no-data-loss").find("nobody asked for this update of Cluster.name"),
            std::string::npos);
}

TEST_F(DirectAccess, NamesAnArgumentThatTheReceiverDoesNotKnow) {
  RunBuilder tale("pike", "queens");
  tale.header()["access"] = "direct";
  tale.start("engine.1#1", "pike");
  tale.start("api.2#1", "queens");
  const auto id =
      tale.send("cast", "api.2#1", "engine", "terminate_cluster", {{"cluster_id", "c1"}, {"force", false}});
  tale.deliver(id, "engine.1#1");
  EXPECT_EQ(first_of(tale.judged(), "rpc-contract"),
            "engine.terminate_cluster: a cast of terminate_cluster does not fit by the receiver's table: "
            "terminate_cluster at pike has no argument force");
}

TEST_F(DirectAccess, NamesThePlaceThatAComplaintSpeaksOf) {
  tale_.event("trouble", {{"node", "engine.1"},
                          {"incarnation", 1},
                          {"what", "TypeError: Instance.storage_devices_number is NULL"}});
  EXPECT_EQ(first_of(report(), "exception").substr(0, 32), "Instance.storage_devices_number:");
}

TEST(CompatNone, CountsARefusedCastAsNoCrash) {
  RunBuilder tale;
  tale.header()["compat"] = "none";
  tale.usual();
  tale.create("api.2#1", "Cluster",
              {{"id", "c1"}, {"name", "one"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}});
  const auto id = tale.send("cast", "api.2#1", "engine", "provision_cluster",
                            {{"cluster", tale.primitive("liberty", "Cluster", {{"id", "c1"}})}});
  tale.deliver(id, "engine.1#1");
  tale.event("trouble",
             {{"node", "engine.1"},
              {"incarnation", 1},
              {"what", "IncompatibleObjectVersion: Cluster 1.3 is not supported, Cluster 1.2 is"}});
  const auto report = tale.judged();
  EXPECT_TRUE(failing(report).empty()) << render(report, "text");
  EXPECT_NE(check_of(report, "exception").note.find("1 object turned down as too new"), std::string::npos);
}

TEST(CompatNone, StillCatchesWhatIsTakenWithoutAWord) {
  RunBuilder tale;
  tale.header()["compat"] = "none";
  tale.usual();
  tale.create("api.2#1", "Cluster",
              {{"id", "c1"}, {"name", "one"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}});
  const auto id = tale.send("cast", "api.2#1", "engine", "provision_cluster",
                            {{"cluster", tale.primitive("liberty", "Cluster", {{"id", "c1"}})}});
  tale.deliver(id, "engine.1#1");
  tale.ask("engine.1#1", "save", tale.primitive("kilo", "Cluster", {{"id", "c1"}}), "", id);
  EXPECT_NE(first_of(tale.judged(), "wire-schema").find("engine.1#1 (kilo) accepted what it cannot know"),
            std::string::npos);
}

TEST(Heartbeats, AreNoPhantomsAndTellTheTruth) {
  for (const char* release : {"kilo", "juno"}) {
    RunBuilder tale;
    tale.usual();
    const auto id = tale.send(
        "call", "engine.1#1", "conductor", "service_update",
        {{"service",
          {{"id", "engine.1"}, {"role", "engine"}, {"release", release}, {"report", Json::object()}}}});
    tale.deliver(id, "conductor.1#1");
    tale.record("engine.1", "kilo", "kilo");
    tale.reply(id, "conductor.1#1", {{"services", Json::array()}}, "engine.1#1");
    const auto report = tale.judged();
    if (std::string(release) == "kilo")
      EXPECT_TRUE(failing(report).empty()) << render(report, "text");
    else
      EXPECT_NE(first_of(report, "rpc-contract")
                    .find("the service record says release \"juno\", but engine.1#1 is kilo"),
                std::string::npos);
  }
}

TEST(Heartbeats, AreNotCountedAsMessages) {
  RunBuilder tale;
  tale.usual();
  const auto id =
      tale.send("call", "engine.1#1", "conductor", "service_update", {{"service", Json::object()}});
  tale.deliver(id, "conductor.1#1");
  tale.reply(id, "conductor.1#1", {{"services", Json::array()}}, "engine.1#1");
  EXPECT_EQ(tale.judged().counts.at("messages").at("total"), 0);
}

TEST(RpcCap, IsNotSpokenAbove) {
  for (const char* cap : {"1.0", "1.1"}) {
    RunBuilder tale("juno", "kilo");
    tale.usual();
    tale.create("api.2#1", "JobExecution", {{"id", "r1"}});
    tale.start("engine.2#1", "kilo");
    tale.record("api.2", "kilo", "juno");
    for (auto& event : tale.events)
      if (event["kind"] == "change" && event["column"] == "report") {
        Json report = Json::parse(event["new"].get<std::string>());
        report["caps"]["rpc"]["engine"] = cap;
        event["new"] = report.dump();
      }
    const auto id = tale.send("cast", "api.2#1", "engine.2", "cancel_job_execution",
                              {{"job_execution", tale.primitive("juno", "JobExecution", {{"id", "r1"}})}});
    tale.events.back()["message"]["version"] = "1.1";
    tale.deliver(id, "engine.2#1");
    const auto told = first_of(tale.judged(), "rpc-contract");
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
    RunBuilder tale("kilo", "liberty", {{"no-data-loss", expected}});
    tale.usual();
    tale.create("api.2#1", "ClusterTemplate", plain);
    tale.begin("4");
    tale.begin("4.1");
    tale.done(tale.ask("api.2#1", "save",
                       tale.primitive("liberty", "ClusterTemplate", {{"id", "t1"}, {"description", "x"}},
                                      {"description"})),
              "api.2#1");
    tale.end("4.1");
    tale.end("4");
    EXPECT_EQ(tale.judged().as_expected, right) << expected;
  }
}

}  // namespace
}  // namespace caravan
