// Direct access: Sahara as it was, with every failure that the history tells of. Each test shows one, and
// that conductor access does not have it where that is cheap to show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "nodes/sahara/release_hooks.hpp"
#include "tests/nodes/world.hpp"

namespace caravan::nodes {
namespace {

using testing::cluster_fields;
using testing::World;

Modes direct(const Json& config = Json::object()) {
  Modes modes;
  modes.access = Access::direct;
  modes.compat = Compatibility::none;
  modes.config = config;
  return modes;
}

struct DirectWorld : World {
  explicit DirectWorld(const std::string& schema) : World(schema) {}
  void add_direct(const std::string& name, const std::string& release, const Json& config = Json::object()) {
    add(name, release, {}, direct(config));
    settle();
  }
  Json info(const std::string& id) {
    return Json::parse(row("job_executions", id).at("info").get<std::string>());
  }
  void put_job(const std::string& id = "j", const std::string& type = "Pig") {
    store().insert("jobs", {{"id", id}, {"name", id}, {"type", type}, {"tenant_id", "caravan"}});
    store().commit();
  }
  std::string trouble_text() const {
    std::string all;
    for (const std::string& one : troubles()) all += one + "\n";
    return all;
  }
};

Json run_fields(const std::string& id, int polls = 1) {
  return {{"id", id}, {"job_id", "j"}, {"job_configs", {{"configs", {{"caravan.polls", polls}}}}}};
}

TEST(Direct, CreatesReadsUpdatesListsAndDeletesWithoutAConductor) {
  DirectWorld world("kilo");
  world.add_direct("api.1", "kilo");
  const Json fields = {{"id", "d"}, {"name", "d"}, {"type", "swift"}, {"url", "swift://a/b"}};
  EXPECT_TRUE(world.request("api.1", "create", "DataSource", "d", fields).error.is_null());
  EXPECT_EQ(world.row("data_sources", "d").at("url"), "swift://a/b");
  EXPECT_TRUE(world.request("api.1", "update", "DataSource", "d", {{"description", "new"}}).error.is_null());
  EXPECT_EQ(world.request("api.1", "read", "DataSource", "d", Json::object()).result.at("description"),
            "new");
  EXPECT_EQ(world.request("api.1", "list", "DataSource", "", {{"name", "d"}}).result.size(), 1U);
  EXPECT_EQ(world.request("api.1", "create", "DataSource", "d", fields).error.value("type", ""),
            "DuplicateId");
  EXPECT_TRUE(world.request("api.1", "delete", "DataSource", "d", Json::object()).error.is_null());
  EXPECT_TRUE(world.row("data_sources", "d").empty());
  EXPECT_EQ(world.request("api.1", "read", "DataSource", "d", Json::object()).error.value("type", ""),
            "NotFound");
  EXPECT_THAT(world.troubles(), ::testing::IsEmpty());
}

TEST(Direct, ProvisionsScalesAndTerminatesWithIdsAlone) {
  DirectWorld world("liberty");
  world.add_direct("api.1", "liberty");
  world.add_direct("engine.1", "liberty");
  world.request("api.1", "create", "Cluster", "c", cluster_fields("c", "first"));
  EXPECT_EQ(world.row("clusters", "c").at("status"), "Active");
  EXPECT_EQ(world.rows("instances").size(), 2U);
  world.request("api.1", "scale", "Cluster", "c", {{"node_group", "c-ng"}, {"count", 3}});
  EXPECT_EQ(world.row("clusters", "c").at("status"), "Active");
  EXPECT_EQ(world.rows("instances").size(), 3U);
  world.request("api.1", "delete", "Cluster", "c", Json::object());
  EXPECT_TRUE(world.row("clusters", "c").empty());
  EXPECT_EQ(world.rows("instances").size(), 0U);
  EXPECT_THAT(world.troubles(), ::testing::IsEmpty());
  for (const Envelope& message : world.sent) {
    if (message.kind != Envelope::Kind::cast) continue;
    EXPECT_EQ(message.version, "1.0");
    EXPECT_EQ(message.args.at("cluster_id"), "c");
  }
}

TEST(Direct, RunsAJobToItsEnd) {
  DirectWorld world("liberty");
  world.add_direct("api.1", "liberty");
  world.add_direct("engine.1", "liberty");
  world.put_job();
  world.request("api.1", "run", "JobExecution", "r", run_fields("r"));
  EXPECT_EQ(world.info("r").at("status"), "SUCCEEDED");
  EXPECT_FALSE(world.row("job_executions", "r").at("end_time").is_null());
  EXPECT_FALSE(world.row("job_executions", "r").at("engine_job_id").is_null());
  EXPECT_THAT(world.troubles(), ::testing::IsEmpty());
}

// Case 1.
TEST(Direct, AnOlderProcessNamesAColumnThatIsGone) {
  DirectWorld world("liberty");
  world.add_direct("api.1", "kilo");
  world.add_direct("api.2", "liberty");
  world.put_job();
  world.request("api.2", "create", "JobExecution", "r", {{"id", "r"}, {"job_id", "j"}});
  for (const char* method : {"read", "delete", "cancel"}) {
    const Envelope reply = world.request("api.1", method, "JobExecution", "r", Json::object());
    EXPECT_EQ(reply.error.value("type", ""), "DBError") << method;
    EXPECT_EQ(reply.error.value("message", ""), "no such column: job_executions.oozie_job_id");
  }
  EXPECT_EQ(world.request("api.1", "list", "JobExecution", "", Json::object()).error.value("type", ""),
            "DBError");
  EXPECT_THAT(world.troubles(), ::testing::IsEmpty());
  world.add_direct("engine.1", "kilo");  // its periodic task asks for the runs
  EXPECT_THAT(world.trouble_text(), ::testing::HasSubstr("no such column: job_executions.oozie_job_id"));
}

// Case 2.
TEST(Direct, AnOlderProcessCannotFillANotNullColumnThatItDoesNotKnow) {
  DirectWorld world("rocky");
  world.add_direct("api.1", "queens");
  world.add_direct("api.2", "rocky");
  world.add_direct("engine.1", "rocky");
  const Envelope reply = world.request("api.1", "create", "Cluster", "c", cluster_fields("c", "c"));
  EXPECT_EQ(reply.error.value("type", ""), "DBError");
  EXPECT_THAT(reply.error.value("message", ""), ::testing::HasSubstr("boot_from_volume"));
  EXPECT_TRUE(world.row("clusters", "c").empty());
  EXPECT_EQ(world.request("api.2", "create", "Cluster", "d", cluster_fields("d", "d")).error, Json());
  EXPECT_EQ(world.row("node_groups", "d-ng").at("boot_from_volume"), false);

  World protected_one("queens", "rocky");
  protected_one.add("conductor.1", "rocky");
  protected_one.add("engine.1", "rocky");
  protected_one.add("api.1", "queens");
  EXPECT_EQ(protected_one.request("api.1", "create", "Cluster", "c", cluster_fields("c", "c")).error, Json());
  EXPECT_EQ(protected_one.row("node_groups", "c-ng").at("boot_from_volume"), false);
}

// Case 3.
Json template_fields(const std::string& id, const Json& extra = Json::object()) {
  Json relation = {{"id", id + "-ng"}, {"name", "worker"}, {"flavor_id", "2"}, {"count", 3}};
  relation.update(extra);
  return {{"id", id},
          {"name", id},
          {"plugin_name", "p"},
          {"hadoop_version", "2"},
          {"node_groups", Json::array({relation})}};
}

TEST(Direct, AnUpdateOfAClusterTemplateThroughKiloDropsItsNodeGroups) {
  DirectWorld world("liberty");
  world.add_direct("api.1", "kilo");
  world.add_direct("api.2", "liberty");
  world.request("api.2", "create", "ClusterTemplate", "t", template_fields("t"));
  world.request("api.2", "update", "ClusterTemplate", "t", {{"description", "liberty"}});
  EXPECT_EQ(world.rows("templates_relations").size(), 1U);
  world.request("api.1", "update", "ClusterTemplate", "t", {{"description", "kilo"}});
  EXPECT_EQ(world.rows("templates_relations").size(), 0U);
}

TEST(Direct, NamedNodeGroupsAreWhatTheProcessKnowsOfThem) {
  DirectWorld world("liberty");
  world.add_direct("api.1", "kilo");
  world.add_direct("api.2", "liberty");
  const Json shares = Json::array({{{"id", "s"}}});
  world.request("api.2", "create", "ClusterTemplate", "t", template_fields("t", {{"shares", shares}}));
  EXPECT_EQ(world.row("templates_relations", "t-ng").at("shares"), shares.dump());
  world.request("api.1", "update", "ClusterTemplate", "t",
                {{"node_groups", template_fields("t").at("node_groups")}});
  EXPECT_TRUE(world.row("templates_relations", "t-ng").at("shares").is_null());
}

TEST(Direct, AnUpdateOfANodeGroupTemplateMakesItsRelationsAnewWithoutWhatIsNewer) {
  DirectWorld world("stein");
  world.add_direct("api.1", "rocky");
  world.add_direct("api.2", "stein");
  world.request("api.2", "create", "NodeGroupTemplate", "n",
                {{"id", "n"},
                 {"name", "n"},
                 {"plugin_name", "p"},
                 {"hadoop_version", "2"},
                 {"flavor_id", "2"},
                 {"volumes_per_node", 0},
                 {"boot_volume_type", "ssd"}});
  const Json relation = {{"node_group_template_id", "n"}, {"boot_volume_type", "ssd"}};
  world.request("api.2", "create", "ClusterTemplate", "t", template_fields("t", relation));
  EXPECT_EQ(world.row("templates_relations", "t-ng").at("boot_volume_type"), "ssd");
  world.request("api.2", "update", "NodeGroupTemplate", "n", {{"description", "stein"}});
  EXPECT_EQ(world.row("templates_relations", "t-ng").at("boot_volume_type"), "ssd");
  world.request("api.1", "update", "NodeGroupTemplate", "n", {{"flavor_id", "3"}});
  const Row row = world.row("templates_relations", "t-ng");
  EXPECT_EQ(row.at("flavor_id"), "3");
  EXPECT_EQ(row.at("count"), 3);
  EXPECT_TRUE(row.at("boot_volume_type").is_null());
  EXPECT_THAT(world.troubles(), ::testing::IsEmpty());
}

// Case 4.
TEST(Direct, WhatProtectsARowIsInTheCodeOfEachRelease) {
  DirectWorld world("mitaka");
  const std::map<std::string, std::string> apis = {
      {"kilo", "api.1"}, {"liberty", "api.2"}, {"mitaka", "api.3"}};
  for (const auto& [release, api] : apis) world.add_direct(api, release);
  Json standard = template_fields("standard"), kept = template_fields("kept");
  standard["is_default"] = true;
  kept["is_protected"] = true;
  world.request(apis.at("liberty"), "create", "ClusterTemplate", "", standard);
  world.request(apis.at("liberty"), "create", "ClusterTemplate", "", kept);
  EXPECT_EQ(world.row("cluster_templates", "standard").at("is_protected"), false);
  const auto refusal = [&](const std::string& release, const std::string& method, const std::string& id,
                           const Json& fields = {{"description", "x"}}) {
    return world.request(apis.at(release), method, "ClusterTemplate", id, fields).error;
  };
  for (const char* older : {"kilo", "liberty"})
    EXPECT_EQ(refusal(older, "update", "standard").value("type", ""), "UpdateFailed") << older;
  EXPECT_EQ(refusal("liberty", "delete", "standard").value("type", ""), "DeletionFailed");
  for (const char* newer : {"liberty", "mitaka"})
    EXPECT_EQ(refusal(newer, "update", "kept").value("type", ""), "UpdateFailed") << newer;
  EXPECT_EQ(refusal("mitaka", "delete", "kept").value("type", ""), "DeletionFailed");
  EXPECT_TRUE(refusal("mitaka", "update", "kept", {{"is_protected", false}}).is_null());
  EXPECT_TRUE(refusal("mitaka", "update", "kept", {{"is_protected", true}}).is_null());
  EXPECT_TRUE(refusal("mitaka", "delete", "standard").is_null());  // added after the flag was copied
  EXPECT_TRUE(refusal("kilo", "delete", "kept").is_null());
  EXPECT_THAT(world.rows("cluster_templates"), ::testing::IsEmpty());
}

// Case 5. The rows are as an older release left them.
void put_cluster(World& world, const Row& cluster, const Row& instance) {
  Row row = {{"id", "c"},
             {"name", "c"},
             {"plugin_name", "p"},
             {"hadoop_version", "2"},
             {"management_private_key", "k"},
             {"management_public_key", "k"},
             {"status", "Active"},
             {"sahara_info", R"({"infrastructure_engine":"heat.3.0"})"}};
  for (const auto& [column, value] : cluster) row[column] = value;
  world.store().insert("clusters", row);
  world.store().insert("node_groups", {{"id", "g"},
                                       {"name", "g"},
                                       {"flavor_id", "2"},
                                       {"count", 1},
                                       {"volumes_per_node", 2},
                                       {"cluster_id", "c"}});
  Row one = {{"id", "i"}, {"node_group_id", "g"}, {"instance_id", "i"}, {"instance_name", "i"}};
  for (const auto& [column, value] : instance) one[column] = value;
  world.store().insert("instances", one);
  world.store().commit();
}

const Json to_two = {{"node_group", "g"}, {"count", 2}};

TEST(Direct, ANumberThatOldRowsLeaveNullIsCounted) {
  DirectWorld world("liberty");
  put_cluster(world, {}, {});
  world.add_direct("api.1", "liberty");
  world.add_direct("engine.1", "liberty");
  world.request("api.1", "scale", "Cluster", "c", to_two);
  EXPECT_THAT(world.trouble_text(), ::testing::HasSubstr("Instance.storage_devices_number: 'NoneType'"));
  EXPECT_EQ(world.row("clusters", "c").at("status"), "Error");
  EXPECT_THAT(world.row("clusters", "c").at("status_description").get<std::string>(),
              ::testing::HasSubstr("Scaling cluster failed"));

  World protected_one("liberty");
  put_cluster(protected_one, {}, {});
  for (const char* node : {"conductor.1", "engine.1", "api.1"}) protected_one.add(node, "liberty");
  protected_one.request("api.1", "scale", "Cluster", "c", to_two);
  EXPECT_EQ(protected_one.row("clusters", "c").at("status"), "Active");
  EXPECT_THAT(protected_one.troubles(), ::testing::IsEmpty());
}

TEST(Direct, ARatioThatOldRowsLeaveNullIsCountedWhereThereIsAntiAffinity) {
  for (const char* anti_affinity : {R"(["datanode"])", "[]"}) {
    DirectWorld world("pike");
    put_cluster(world, {{"anti_affinity", anti_affinity}}, {{"storage_devices_number", 1}});
    world.add_direct("api.1", "pike");
    world.add_direct("engine.1", "pike");
    world.request("api.1", "scale", "Cluster", "c", to_two);
    const bool counted = std::string(anti_affinity) != "[]";
    EXPECT_EQ(world.row("clusters", "c").at("status"), counted ? "Error" : "Active");
    EXPECT_EQ(world.trouble_text().find("Cluster.anti_affinity_ratio: 'NoneType'") != std::string::npos,
              counted);
  }
}

TEST(Direct, AFailedScaleStaysActiveFromQueensOn) {
  DirectWorld world("queens");
  put_cluster(world, {{"anti_affinity", R"(["datanode"])"}}, {});
  world.add_direct("api.1", "queens");
  world.add_direct("engine.1", "queens");
  world.request("api.1", "scale", "Cluster", "c", to_two);
  EXPECT_EQ(world.row("clusters", "c").at("status"), "Active");
  EXPECT_THAT(world.row("clusters", "c").at("status_description").get<std::string>(),
              ::testing::HasSubstr("anti_affinity_ratio"));
}

// Case 6.
TEST(Direct, APollWritesBackTheWholeInfoThatItReadBefore) {
  DirectWorld world("liberty");
  world.add_direct("api.1", "liberty");
  world.add_direct("engine.1", "liberty");
  world.put_job();
  world.ask("api.1", "run", "JobExecution", "r", run_fields("r", 1000));
  for (int i = 0; i < 60; ++i) world.step();
  EXPECT_EQ(world.info("r").at("status"), "RUNNING");
  // Whatever another node writes between the read and the write is gone after the write.
  bool lost = false;
  for (int note = 0; note < 40 && !lost; ++note) {
    const Json mine = {{"status", "RUNNING"}, {"note", note}};
    world.store().update("job_executions", "r", {{"info", mine.dump()}});
    world.store().commit();
    world.step();
    lost = world.info("r").value("note", -1) != note;
  }
  EXPECT_TRUE(lost);
}

TEST(Direct, AStateThatTheReleaseDoesNotKnowIsNotAnEnd) {
  for (const char* release : {"liberty", "mitaka"}) {
    DirectWorld world("mitaka");
    world.put_job();
    world.store().insert(
        "job_executions",
        {{"id", "r"}, {"job_id", "j"}, {"engine_job_id", "oozie-1"}, {"info", R"({"status":"SUSPENDED"})"}});
    world.store().commit();
    world.add_direct("engine.1", release);
    EXPECT_EQ(world.info("r").at("status"), std::string(release) == "mitaka" ? "SUSPENDED" : "SUCCEEDED");
  }
}

// Case 7.
TEST(Direct, AClusterIsScaledOnlyByTheEngineVersionThatMadeIt) {
  DirectWorld world("liberty");
  world.add_direct("api.1", "liberty");
  world.add_direct("engine.1", "kilo");
  world.request("api.1", "create", "Cluster", "c", cluster_fields("c", "c", 1));
  EXPECT_EQ(world.row("clusters", "c").at("status"), "Active");
  world.add_direct("engine.1", "liberty");
  const Envelope reply =
      world.request("api.1", "scale", "Cluster", "c", {{"node_group", "c-ng"}, {"count", 2}});
  EXPECT_EQ(reply.error.value("type", ""), "InvalidReference");
  EXPECT_THAT(reply.error.value("message", ""), ::testing::HasSubstr("heat.1.2"));
  EXPECT_EQ(world.row("clusters", "c").at("status"), "Active");
}

TEST(Direct, AnOlderEngineDeletesAStackOfTheWrongName) {
  DirectWorld world("liberty");
  world.add_direct("api.1", "liberty");
  world.add_direct("engine.1", "liberty");
  const std::string id = "12345678-aaaa";
  world.request("api.1", "create", "Cluster", id, cluster_fields(id, "c", 1));
  EXPECT_EQ(Json::parse(world.row("clusters", id).at("extra").get<std::string>()).at("heat_stack_name"),
            "c12345678");
  world.add_direct("engine.1", "kilo");
  world.request("api.1", "delete", "Cluster", id, Json::object());
  EXPECT_TRUE(world.row("clusters", id).empty());
  EXPECT_THAT(world.trouble_text(), ::testing::HasSubstr("Heat has no stack c: the stack c12345678"));

  World protected_one("kilo", "liberty");
  protected_one.add("conductor.1", "liberty");
  protected_one.add("api.1", "liberty");
  protected_one.add("engine.1", "liberty");
  protected_one.request("api.1", "create", "Cluster", id, cluster_fields(id, "c", 1));
  protected_one.add("engine.1", "kilo");
  protected_one.request("api.1", "delete", "Cluster", id, Json::object());
  EXPECT_TRUE(protected_one.row("clusters", id).empty());
  EXPECT_THAT(protected_one.troubles(), ::testing::IsEmpty());
}

// Case 8.
TEST(Direct, AnArgumentThatTheEngineDoesNotHaveIsATypeErrorThatNobodyWaitsFor) {
  DirectWorld world("queens");
  world.add_direct("api.1", "queens");
  world.add_direct("engine.1", "pike");
  world.request("api.1", "create", "Cluster", "c", cluster_fields("c", "c", 1));
  const Envelope scale =
      world.request("api.1", "scale", "Cluster", "c", {{"node_group", "c-ng"}, {"count", 2}});
  EXPECT_TRUE(scale.error.is_null());
  EXPECT_EQ(world.row("clusters", "c").at("status"), "Validating");
  EXPECT_THAT(world.trouble_text(),
              ::testing::HasSubstr("TypeError: provision_scaled_cluster() got an unexpected "
                                   "keyword argument 'node_group_instance_map'"));
  EXPECT_TRUE(world.request("api.1", "delete", "Cluster", "c", Json::object()).error.is_null());
  EXPECT_EQ(world.row("clusters", "c").at("status"), "Deleting");
  EXPECT_THAT(world.trouble_text(),
              ::testing::HasSubstr("terminate_cluster() got an unexpected keyword argument 'force'"));
}

TEST(Direct, AMethodThatTheEngineDoesNotHaveIsLost) {
  DirectWorld world("mitaka");
  world.add_direct("api.1", "mitaka");
  world.add_direct("engine.1", "liberty");
  world.put_job();
  world.request("api.1", "create", "JobExecution", "r", {{"id", "r"}, {"job_id", "j"}});
  EXPECT_TRUE(world.request("api.1", "suspend", "JobExecution", "r", Json::object()).error.is_null());
  EXPECT_THAT(
      world.trouble_text(),
      ::testing::HasSubstr("NoSuchMethod: Endpoint does not support RPC method job_execution_suspend"));
}

TEST(Direct, ARunThatHasNotBegunIsNotSuspended) {
  DirectWorld world("mitaka");
  world.add_direct("api.1", "mitaka");
  world.add_direct("engine.1", "mitaka");
  world.put_job();
  world.request("api.1", "create", "JobExecution", "r",
                {{"id", "r"}, {"job_id", "j"}, {"info", {{"status", "PENDING"}}}});
  world.request("api.1", "suspend", "JobExecution", "r", Json::object());
  EXPECT_EQ(world.info("r").at("status"), "PENDING");
}

TEST(Direct, ACallOfAMethodThatTheEngineDoesNotHaveIsAnswered) {
  DirectWorld world("kilo");
  world.add_direct("api.1", "kilo");
  world.add_direct("engine.1", "juno");
  put_cluster(world, {}, {});
  const Envelope reply = world.request("api.1", "scale", "Cluster", "c", to_two);
  EXPECT_EQ(reply.error.value("type", ""), "NoSuchMethod");
  EXPECT_EQ(world.row("clusters", "c").at("status"), "Active");
}

// Case 9.
TEST(Direct, ARunOfAnOlderApiHasNoJobExecutionInfo) {
  DirectWorld world("mitaka");
  world.add_direct("api.1", "liberty");
  world.add_direct("api.2", "mitaka");
  world.add_direct("engine.1", "mitaka");
  world.put_job();
  world.request("api.1", "run", "JobExecution", "old", run_fields("old"));
  EXPECT_EQ(world.info("old").at("status"), "FAILED");
  EXPECT_THAT(world.trouble_text(), ::testing::HasSubstr("KeyError: 'job_execution_info'"));
  world.request("api.2", "run", "JobExecution", "new", run_fields("new"));
  EXPECT_EQ(world.info("new").at("status"), "SUCCEEDED");
  EXPECT_EQ(world.troubles().size(), 1U);
}

// Case 10.
TEST(Direct, NothingSaysWhetherAPasswordIsTheIdOfAKey) {
  const Json castellan = {{"castellan", true}};
  for (const bool resolves : {true, false}) {
    DirectWorld world("mitaka");
    world.add_direct("api.1", "mitaka", castellan);
    world.add_direct("engine.1", "mitaka", resolves ? castellan : Json::object());
    world.put_job();
    world.request("api.1", "create", "DataSource", "d",
                  {{"id", "d"},
                   {"name", "d"},
                   {"type", "swift"},
                   {"url", "swift://a/b"},
                   {"credentials", {{"user", "u"}, {"password", "hunter2222"}}}});
    const std::string kept = world.row("data_sources", "d").at("credentials").get<std::string>();
    EXPECT_EQ(kept.find("hunter2222"), std::string::npos);
    EXPECT_EQ(Json::parse(kept).at("password").get<std::string>().size(), 36U);
    Json run = run_fields("r");
    run["input_id"] = "d";
    world.request("api.1", "run", "JobExecution", "r", run);
    EXPECT_EQ(world.info("r").at("status"), resolves ? "SUCCEEDED" : "FAILED");
    EXPECT_EQ(world.trouble_text().find("401 Unauthorized") != std::string::npos, !resolves);
  }
}

TEST(Direct, APlainPasswordIsNoKeyToWhoAsksTheKeyManager) {
  DirectWorld world("mitaka");
  world.add_direct("api.1", "mitaka");
  world.add_direct("engine.1", "mitaka", {{"castellan", true}});
  world.store().insert(
      "job_binaries",
      {{"id", "b"}, {"name", "b"}, {"url", "swift://a/b"}, {"extra", R"({"user":"u","password":"plain"})"}});
  world.put_job();
  world.store().insert("mains_association", {{"Job_id", "j"}, {"JobBinary_id", "b"}});
  world.store().commit();
  world.request("api.1", "run", "JobExecution", "r", run_fields("r"));
  EXPECT_EQ(world.info("r").at("status"), "FAILED");
  EXPECT_THAT(world.trouble_text(), ::testing::HasSubstr("the key manager has no key"));
}

TEST(Direct, WhereObjectsTravelAnUntypedKeyIsRefused) {
  World world("mitaka");
  world.add("conductor.1", "mitaka");
  Modes modes;
  modes.config = {{"castellan", true}};
  world.add("api.1", "mitaka", {}, modes);
  const Envelope reply = world.request("api.1", "create", "DataSource", "d",
                                       {{"id", "d"},
                                        {"name", "d"},
                                        {"type", "swift"},
                                        {"url", "swift://a/b"},
                                        {"credentials", {{"user", "u"}, {"password", "hunter2222"}}}});
  EXPECT_EQ(reply.error.value("type", ""), "UntypedSecret");
  EXPECT_TRUE(world.row("data_sources", "d").empty());
}

// Case 11.
TEST(Direct, AnEngineThatStopsLosesTheWantedCounts) {
  DirectWorld world("kilo");
  world.add_direct("api.1", "kilo");
  world.add_direct("engine.1", "kilo");
  world.ask("api.1", "create", "Cluster", "c", cluster_fields("c", "c", 5));
  while (world.rows("instances").size() < 2) world.step();
  world.drain("engine.1");
  world.settle();
  EXPECT_LT(world.row("node_groups", "c-ng").at("count").get<int>(), 5);
  EXPECT_EQ(world.row("clusters", "c").at("status"), "Spawning");
  world.add_direct("engine.1", "kilo");
  EXPECT_EQ(world.row("clusters", "c").at("status"), "Spawning");

  World protected_one("kilo");
  for (const char* node : {"conductor.1", "engine.1", "api.1"}) protected_one.add(node, "kilo");
  protected_one.ask("api.1", "create", "Cluster", "c", cluster_fields("c", "c", 5));
  while (protected_one.rows("instances").size() < 2) protected_one.step();
  protected_one.drain("engine.1");
  protected_one.settle();
  EXPECT_EQ(protected_one.row("node_groups", "c-ng").at("count"), 5);
  EXPECT_EQ(protected_one.row("clusters", "c").at("status"), "Active");
}

TEST(Direct, DeletingIsAbsorbing) {
  DirectWorld world("kilo");
  world.add_direct("api.1", "kilo");
  world.add_direct("engine.1", "kilo");
  world.ask("api.1", "create", "Cluster", "c", cluster_fields("c", "c", 5));
  while (world.rows("instances").empty()) world.step();
  world.request("api.1", "delete", "Cluster", "c", Json::object());
  EXPECT_TRUE(world.row("clusters", "c").empty());
}

TEST(Direct, AnEnumValueOfANewerReleaseIsReadAndRefusedByTheEngineAlone) {
  DirectWorld world("liberty");
  world.add_direct("api.1", "kilo");
  world.put_job("s", "Storm");
  EXPECT_EQ(world.request("api.1", "read", "Job", "s", Json::object()).result.at("type"), "Storm");
  EXPECT_EQ(world
                .request("api.1", "create", "Job", "n",
                         {{"id", "n"}, {"name", "n"}, {"type", "Storm"}, {"tenant_id", "caravan"}})
                .error.value("type", ""),
            "ValueError");
}

TEST(Direct, EveryHookOfTheCatalogIsOneThatNodesKnow) {
  std::set<std::string> named;
  for (const Release& release : sahara_catalog().releases) {
    for (const Hook& hook : release.hooks) named.insert(hook.name);
  }
  EXPECT_EQ(named.size(), 12U);
  EXPECT_TRUE(sahara_catalog().release("kilo")->does("is_default_protects"));
  EXPECT_FALSE(sahara_catalog().release("mitaka")->does("is_default_protects"));
  EXPECT_EQ(snapshot(sahara_catalog(), "pike").releases.front().hooks.size(), 8U);
}

TEST(Direct, AKeyIdIsShapedAsAUuidAndOnlyTheKeyManagerKnowsIt) {
  const std::string id = sahara::key_id(0xfeedfacecafef00dU);
  EXPECT_EQ(id.size(), 36U);
  EXPECT_NE(id, sahara::key_id(1));
}

}  // namespace
}  // namespace caravan::nodes
