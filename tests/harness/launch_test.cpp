// What a node and a tool are started with: the command lines of docs/node-protocol.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/process/process_carrier.hpp"

namespace caravan::harness {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::Pair;

ProcessSetup setup(const std::string& database = "sqlite:///run/sahara.db") {
  ProcessSetup out;
  out.program = "/bin/caravan-node";
  out.programs["engine.3"] = "/bin/another";
  out.folder = "/run";
  out.database = database;
  return out;
}

NodeSpec node(const std::string& name, const std::string& role) {
  NodeSpec spec;
  spec.identity.node = name;
  spec.identity.incarnation = 2;
  spec.identity.role = role;
  spec.identity.seed = 7;
  spec.release = "kilo";
  return spec;
}

TEST(ALaunch, NamesTheNodeItsReleaseAndTheSnapshotThatItKnows) {
  const Launch launch = launch_of(node("engine.1", "engine"), setup());
  EXPECT_EQ(launch.peer(), "engine.1#2");
  EXPECT_EQ(launch.program, "/bin/caravan-node");
  EXPECT_EQ(launch.log, "/run/logs/engine.1.2.log");
  EXPECT_TRUE(launch.connect);
  EXPECT_THAT(launch.args,
              ElementsAre("--node", "engine.1", "--incarnation", "2", "--role", "engine", "--release", "kilo",
                          "--snapshot", "/run/snapshots/kilo.json", "--seed", "7"));
}

TEST(ALaunch, SaysOnlyWhatIsNotUsual) {
  NodeSpec spec = node("api.1", "api");
  spec.identity.modes = {Access::direct, Compatibility::none, {{"use_x", true}}};
  spec.identity.plant = "F30";
  spec.identity.deadlines.request = 10 * one_second;
  EXPECT_THAT(launch_of(spec, setup()).args,
              ElementsAre("--node", "api.1", "--incarnation", "2", "--role", "api", "--release", "kilo",
                          "--snapshot", "/run/snapshots/kilo.json", "--seed", "7", "--access", "direct",
                          "--compat", "none", "--config", R"({"use_x":true})", "--database",
                          "sqlite:///run/sahara.db", "--plant", "F30", "--request-deadline", "10000000"));
}

TEST(ALaunch, IsOfTheProgramThatTheNodeIs) {
  EXPECT_EQ(launch_of(node("engine.3", "engine"), setup()).program, "/bin/another");
}

TEST(ALaunch, ShowsNobodyAPassword) {
  const std::string url = "postgresql://me:secret@host/db";
  const Launch launch = launch_of(node("conductor.1", "conductor"), setup(url));
  EXPECT_THAT(launch.args, Not(Contains(testing::HasSubstr("secret"))));
  EXPECT_THAT(launch.environment, ElementsAre(Pair("CARAVAN_DATABASE", url)));
}

TEST(ALaunch, OfAMigrationNamesItsPhaseAndOnlyTheLimitsThatAreGiven) {
  Tool tool{step::Migrate{step::Phase::data, "kilo", "liberty", 10, 0, 0, {}}, 3};
  const Launch launch = launch_of(tool, setup());
  EXPECT_EQ(launch.peer(), "migrate-data#3");
  EXPECT_FALSE(launch.connect);
  EXPECT_THAT(launch.args,
              ElementsAre("--node", "migrate-data", "--incarnation", "3", "--migrate", "data", "--from",
                          "kilo", "--to", "liberty", "--catalog", "/run/snapshots/catalog.json", "--batch",
                          "10", "--database", "sqlite:///run/sahara.db"));
}

TEST(ALaunch, OfAServiceRecordNamesTheNodeThatItIsFor) {
  EXPECT_THAT(launch_of(Tool{step::Announce{"engine.2", "liberty", {}}, 1}, setup()).args,
              ElementsAre("--node", "announce-engine", "--incarnation", "1", "--announce", "engine.2",
                          "--role", "engine", "--release", "liberty", "--snapshot",
                          "/run/snapshots/liberty.json", "--database", "sqlite:///run/sahara.db"));
  const Launch forgotten = launch_of(Tool{step::Forget{"engine.2", {}}, 1}, setup());
  EXPECT_EQ(forgotten.peer(), "forget-engine#1");
  EXPECT_THAT(forgotten.args, ElementsAre("--node", "forget-engine", "--incarnation", "1", "--forget",
                                          "engine.2", "--database", "sqlite:///run/sahara.db"));
}

}  // namespace
}  // namespace caravan::harness
