// A project that is no more than its catalog: rows, and nothing that Sahara does with them.
#include <gtest/gtest.h>

#include "tests/nodes/world.hpp"

namespace caravan::nodes {
namespace {

using testing::World;

class AProjectWithoutCode : public ::testing::Test {
 protected:
  World world_{"mitaka"};

  /// Sahara's classes, but not Sahara's.
  std::unique_ptr<Node> node(const std::string& role) {
    Catalog catalog = snapshot(sahara_catalog(), "mitaka");
    catalog.project_namespace = "library";
    Modes direct;
    direct.access = Access::direct;
    return make_node({role + ".1", 1, role, 1, "", direct}, catalog, &world_.store());
  }
  /// What a node says to a message, and to its timers, until it waits for nothing more.
  static std::vector<Envelope> all_of(Node& node, const Envelope& message) {
    std::vector<Envelope> said;
    std::vector<Input> due = {{Input::Kind::message, message, 0}};
    while (!due.empty()) {
      const Input input = due.front();
      due.erase(due.begin());
      const Output output = node.on(1'000'000, input);
      said.insert(said.end(), output.messages.begin(), output.messages.end());
      for (const Timer& timer : output.timers)
        if (!timer.idle) due.push_back({Input::Kind::timer, {}, timer.id});
    }
    return said;
  }
  std::vector<Envelope> request(const std::string& method, const Json& fields) {
    const auto api = node("api");
    Envelope message;
    message.kind = Envelope::Kind::request;
    message.id = "client.1/1";
    message.method = method;
    message.args = {{"object", "Cluster"}, {"row", "c"}, {"fields", fields}};
    return all_of(*api, message);
  }
};

TEST_F(AProjectWithoutCode, CreatesAndDeletesRowsAndNothingFollows) {
  const auto created = request("create", testing::cluster_fields("c", "c", 1));
  ASSERT_EQ(created.size(), 1u);  // the answer alone: no engine is told
  EXPECT_EQ(created.front().error, Json());
  EXPECT_FALSE(world_.row("clusters", "c").empty());
  const auto removed = request("delete", Json::object());
  ASSERT_EQ(removed.size(), 1u);
  EXPECT_EQ(removed.front().error, Json());
  EXPECT_TRUE(world_.row("clusters", "c").empty());
}

TEST_F(AProjectWithoutCode, HasNoMethodsBeyondThat) {
  const auto answer = request("scale", Json::object());
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_EQ(answer.front().error.value("type", ""), "UnknownMethod");

  request("create", testing::cluster_fields("c", "c", 1));
  const auto engine = node("engine");
  Envelope message;
  message.id = "api.1#1/1";
  message.method = "terminate_cluster";
  message.args = {{"cluster_id", "c"}};
  const auto said = all_of(*engine, message);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said.front().args.at("what"),
            "terminate_cluster c (receiving): the engine has no method terminate_cluster");
  EXPECT_FALSE(world_.row("clusters", "c").empty());
}

}  // namespace
}  // namespace caravan::nodes
