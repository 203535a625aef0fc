// Direct access: Sahara as it was, with every failure that the history tells of. Each test shows one, and
// that conductor access does not have it where that is cheap to show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nodes/behaviours.hpp"
#include "tests/nodes/world.hpp"

namespace caravan {
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

}  // namespace
}  // namespace caravan
