// Old and new nodes on one database: what the upgrade is about.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/nodes/world.hpp"

namespace caravan::nodes {
namespace {

using testing::cluster_fields;
using testing::World;

Json job_fields(const std::string& id) {
  return {{"id", id}, {"name", "job " + id}, {"type", "Spark"}, {"tenant_id", "caravan"}};
}

struct Mixed : ::testing::Test {
  World world{"kilo", "liberty"};
  void populate(const std::string& plant = {}) {
    world.add("conductor.1", "liberty", plant);
    world.add("engine.1", "kilo");
    world.add("api.1", "kilo");
    world.add("api.2", "liberty");
  }
};

TEST_F(Mixed, ANewFieldSurvivesAnEditThroughAnOldApi) {
  populate();
  world.request("api.2", "create", "ClusterTemplate", "t",
                {{"id", "t"},
                 {"name", "t"},
                 {"plugin_name", "p"},
                 {"hadoop_version", "2"},
                 {"is_public", true},
                 {"description", "new"}});
  const Envelope edit = world.request("api.1", "update", "ClusterTemplate", "t", {{"description", "old"}});
  EXPECT_TRUE(edit.error.is_null()) << edit.error;
  const Envelope read = world.request("api.2", "read", "ClusterTemplate", "t", Json::object());
  EXPECT_EQ(read.result.at("description"), "old");
  EXPECT_EQ(read.result.at("is_public"), true);
  const Envelope old = world.request("api.1", "read", "ClusterTemplate", "t", Json::object());
  EXPECT_FALSE(old.result.contains("is_public"));
}

TEST_F(Mixed, WhatAnOldWriterCannotKnowIsStoredAsAbsenceMeansItInChildrenToo) {
  populate();
  world.request("api.1", "create", "Cluster", "old", cluster_fields("old", "old"));
  world.request("api.2", "create", "Cluster", "new", cluster_fields("new", "new"));
  EXPECT_EQ(world.row("clusters", "old").at("use_autoconfig"), false);
  EXPECT_EQ(world.row("node_groups", "old-ng").at("use_autoconfig"), false);
  EXPECT_EQ(world.row("clusters", "new").at("use_autoconfig"), true);
  EXPECT_EQ(world.row("node_groups", "new-ng").at("use_autoconfig"), true);
}

TEST_F(Mixed, AWholeRowSaveLosesIt) {
  populate("F23");
  world.request(
      "api.2", "create", "ClusterTemplate", "t",
      {{"id", "t"}, {"name", "t"}, {"plugin_name", "p"}, {"hadoop_version", "2"}, {"is_public", true}});
  world.request("api.1", "update", "ClusterTemplate", "t", {{"description", "old"}});
  EXPECT_TRUE(world.row("cluster_templates", "t").at("is_public").is_null());
}

TEST_F(Mixed, AFieldThatTheReleaseDoesNotKnowIsRefused) {
  populate();
  const Envelope reply = world.request("api.1", "create", "Job", "j",
                                       {{"id", "j"}, {"name", "j"}, {"type", "Pig"}, {"is_public", true}});
  EXPECT_EQ(reply.error.value("type", ""), "UnknownField");
  EXPECT_TRUE(world.row("jobs", "j").empty());
}

TEST_F(Mixed, AnOldEngineRefusesATooNewClusterAndAsksForABackport) {
  populate();
  Json fields = cluster_fields("c", "fresh");
  fields["is_protected"] = true;
  world.request("api.2", "create", "Cluster", "c", fields);
  EXPECT_EQ(world.count("object_backport_versions", "engine.1"), 1U);
  EXPECT_EQ(world.row("clusters", "c")["status"], "Active");
  EXPECT_EQ(world.row("clusters", "c")["is_protected"], true);
  EXPECT_THAT(world.troubles(), ::testing::IsEmpty());
}

TEST_F(Mixed, TheRenamedJobIdIsWrittenToBothColumnsAndReadUnderBothNames) {
  populate();
  world.request("api.1", "create", "Job", "j", job_fields("j"));
  world.request("api.2", "run", "JobExecution", "r",
                {{"id", "r"}, {"job_id", "j"}, {"job_configs", {{"configs", {{"caravan.polls", 1}}}}}});
  const Row row = world.row("job_executions", "r");
  EXPECT_FALSE(row.at("oozie_job_id").is_null());
  EXPECT_EQ(row.at("oozie_job_id"), row.at("engine_job_id"));
  EXPECT_EQ(world.request("api.1", "read", "JobExecution", "r", Json::object()).result.at("oozie_job_id"),
            row.at("oozie_job_id"));
  EXPECT_EQ(world.request("api.2", "read", "JobExecution", "r", Json::object()).result.at("engine_job_id"),
            row.at("oozie_job_id"));
}

TEST_F(Mixed, AnOldEditOfInfoKeepsAStatusThatItCannotSay) {
  populate();
  world.request("api.1", "create", "Job", "j", job_fields("j"));
  world.request("api.2", "create", "JobExecution", "r",
                {{"id", "r"}, {"job_id", "j"}, {"info", {{"status", "READYTORUN"}, {"note", "a"}}}});
  EXPECT_EQ(
      world.request("api.1", "read", "JobExecution", "r", Json::object()).result.at("info").at("status"),
      "PENDING");
  const Envelope edit = world.request("api.1", "update", "JobExecution", "r",
                                      {{"info", {{"status", "PENDING"}, {"note", "b"}}}});
  EXPECT_TRUE(edit.error.is_null()) << edit.error;
  const Json info = Json::parse(world.row("job_executions", "r").at("info").get<std::string>());
  EXPECT_EQ(info.at("status"), "READYTORUN");
  EXPECT_EQ(info.at("note"), "b");
}

TEST_F(Mixed, AnObjectThatTheOldReleaseCannotSayIsRefusedNotChanged) {
  populate();
  Json storm = job_fields("j");
  storm["type"] = "Storm";
  world.request("api.2", "create", "Job", "j", storm);
  EXPECT_EQ(world.request("api.1", "read", "Job", "j", Json::object()).error.value("type", ""),
            "ObjectActionError");
  EXPECT_EQ(world.request("api.2", "read", "Job", "j", Json::object()).result.at("type"), "Storm");
}

TEST_F(Mixed, ATimeOfAnotherZoneIsStoredAsUtc) {
  populate();
  const Envelope made = world.request("api.2", "create", "JobExecution", "zoned",
                                      {{"id", "zoned"}, {"start_time", "2015-04-30T12:00:00+02:00"}});
  EXPECT_TRUE(made.error.is_null()) << made.error.dump();
  EXPECT_EQ(world.row("job_executions", "zoned").at("start_time"), "2015-04-30 10:00:00.000000");
  EXPECT_EQ(world.request("api.2", "read", "JobExecution", "zoned", Json::object()).result.at("start_time"),
            "2015-04-30T10:00:00Z");
}

TEST_F(Mixed, BinaryDataIsLoadedLazily) {
  populate();
  world.request("api.2", "create", "JobBinaryInternal", "b",
                {{"id", "b"}, {"name", "b"}, {"data", "aGVsbG8="}, {"datasize", 5}});
  EXPECT_FALSE(
      world.request("api.1", "read", "JobBinaryInternal", "b", Json::object()).result.contains("data"));
  EXPECT_EQ(world.request("api.1", "read", "JobBinaryInternal", "b", {{"load", {"data"}}}).result.at("data"),
            "aGVsbG8=");
}

}  // namespace
}  // namespace caravan::nodes
