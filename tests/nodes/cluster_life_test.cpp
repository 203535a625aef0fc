#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/nodes/world.hpp"

namespace caravan::nodes {
namespace {

using testing::cluster_fields;
using testing::World;

TEST(ClusterLife, EndsActiveWithEveryInstanceAndNoEventsLeft) {
  World world("kilo");
  for (const char* node : {"conductor.1", "engine.1", "api.1"}) world.add(node, "kilo");
  const Envelope reply = world.request("api.1", "create", "Cluster", "c", cluster_fields("c", "first"));
  EXPECT_TRUE(reply.error.is_null()) << reply.error;
  EXPECT_EQ(world.row("clusters", "c")["status"], "Active");
  EXPECT_EQ(world.row("node_groups", "c-ng")["count"], 2);
  EXPECT_EQ(world.rows("instances").size(), 2U);
  EXPECT_EQ(world.rows("cluster_provision_steps").size(), 1U);
  EXPECT_EQ(world.rows("cluster_events").size(), 0U);
  EXPECT_EQ(world.count("object_action", "engine.1") > 8, true);
  EXPECT_THAT(world.troubles(), ::testing::IsEmpty());
}

TEST(ClusterLife, ScalesUpAndDown) {
  World world("kilo");
  for (const char* node : {"conductor.1", "engine.1", "api.1"}) world.add(node, "kilo");
  world.request("api.1", "create", "Cluster", "c", cluster_fields("c", "first", 1));
  world.request("api.1", "scale", "Cluster", "c", {{"node_group", "c-ng"}, {"count", 3}});
  EXPECT_EQ(world.rows("instances").size(), 3U);
  world.request("api.1", "scale", "Cluster", "c", {{"node_group", "c-ng"}, {"count", 2}});
  EXPECT_EQ(world.rows("instances").size(), 2U);
  EXPECT_EQ(world.row("node_groups", "c-ng")["count"], 2);
  EXPECT_EQ(world.row("clusters", "c")["status"], "Active");
  EXPECT_THAT(world.troubles(), ::testing::IsEmpty());
}

TEST(ClusterLife, DeleteTakesTheChildrenAndKeepsTheRuns) {
  World world("kilo");
  for (const char* node : {"conductor.1", "engine.1", "api.1"}) world.add(node, "kilo");
  world.request("api.1", "create", "Cluster", "c", cluster_fields("c", "first"));
  world.request("api.1", "create", "Job", "j",
                {{"id", "j"}, {"name", "pi"}, {"type", "Spark"}, {"tenant_id", "caravan"}});
  world.ask("api.1", "run", "JobExecution", "r",
            {{"id", "r"},
             {"job_id", "j"},
             {"cluster_id", "c"},
             {"job_configs", {{"configs", {{"caravan.polls", 1000}}}}}});
  for (int i = 0; i < 60; ++i) world.step();
  world.request("api.1", "delete", "Cluster", "c", Json::object());
  EXPECT_TRUE(world.row("clusters", "c").empty());
  EXPECT_EQ(world.rows("instances").size() + world.rows("node_groups").size() +
                world.rows("cluster_provision_steps").size(),
            0U);
  const Row run = world.row("job_executions", "r");
  EXPECT_TRUE(run.at("cluster_id").is_null());
  EXPECT_EQ(Json::parse(run.at("info").get<std::string>()).at("status"), "KILLED");
  EXPECT_THAT(world.troubles(), ::testing::IsEmpty());
}

TEST(ClusterLife, DeletingIsAbsorbing) {
  World world("kilo");
  for (const char* node : {"conductor.1", "engine.1", "api.1"}) world.add(node, "kilo");
  world.ask("api.1", "create", "Cluster", "c", cluster_fields("c", "first"));
  for (int i = 0; i < 30; ++i) world.step();
  world.request("api.1", "delete", "Cluster", "c", Json::object());
  EXPECT_TRUE(world.row("clusters", "c").empty());
  EXPECT_THAT(world.troubles(), ::testing::IsEmpty());
}

TEST(JobRun, IsPolledToItsEndAndCanBeCancelled) {
  World world("liberty");
  for (const char* node : {"conductor.1", "engine.1", "api.1"}) world.add(node, "liberty");
  world.request("api.1", "create", "Job", "j",
                {{"id", "j"}, {"name", "pi"}, {"type", "Pig"}, {"tenant_id", "caravan"}});
  world.request("api.1", "run", "JobExecution", "r",
                {{"id", "r"}, {"job_id", "j"}, {"job_configs", {{"configs", {{"caravan.polls", 2}}}}}});
  const Row run = world.row("job_executions", "r");
  EXPECT_EQ(Json::parse(run.at("info").get<std::string>()).at("status"), "SUCCEEDED");
  EXPECT_FALSE(run.at("end_time").is_null());
  EXPECT_FALSE(run.at("engine_job_id").is_null());

  world.ask("api.1", "run", "JobExecution", "s",
            {{"id", "s"}, {"job_id", "j"}, {"job_configs", {{"configs", {{"caravan.polls", 1000}}}}}});
  for (int i = 0; i < 40; ++i) world.step();
  world.request("api.1", "cancel", "JobExecution", "s", Json::object());
  EXPECT_EQ(Json::parse(world.row("job_executions", "s").at("info").get<std::string>()).at("status"),
            "KILLED");
  EXPECT_THAT(world.troubles(), ::testing::IsEmpty());
}

TEST(JobRun, CanBeSuspendedFromMitakaOn) {
  World world("mitaka");
  for (const char* node : {"conductor.1", "engine.1", "api.1"}) world.add(node, "mitaka");
  world.request("api.1", "create", "Job", "j",
                {{"id", "j"}, {"name", "pi"}, {"type", "Pig"}, {"tenant_id", "caravan"}});
  world.ask("api.1", "run", "JobExecution", "r",
            {{"id", "r"}, {"job_id", "j"}, {"job_configs", {{"configs", {{"caravan.polls", 1000}}}}}});
  for (int i = 0; i < 40; ++i) world.step();
  world.request("api.1", "suspend", "JobExecution", "r", Json::object());
  EXPECT_EQ(Json::parse(world.row("job_executions", "r").at("info").get<std::string>()).at("status"),
            "SUSPENDED");
  EXPECT_THAT(world.troubles(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace caravan::nodes
