// A create that arrives late, or again, does not bring back what is over.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/nodes/calls.hpp"
#include "tests/nodes/world.hpp"

namespace caravan::nodes {
namespace {

using testing::act;
using testing::World;

class ALateCreate : public ::testing::Test {
 protected:
  World world_{"kilo"};
  Catalog kilo_ = snapshot(sahara_catalog(), "kilo");
  std::shared_ptr<const Registry> registry_ = Registry::from(kilo_);

  void SetUp() override {
    for (const char* node : {"conductor.1", "engine.1", "api.1"}) world_.add(node, "kilo");
    world_.request("api.1", "create", "Cluster", "c", testing::cluster_fields("c", "first", 1));
  }
  std::string step() { return world_.rows("cluster_provision_steps").at(0).at("id").get<std::string>(); }
  Envelope create(const std::string& name, const Json& fields, const std::string& plant = {}) {
    Object object = Object::create(registry_, name);
    for (const auto& [field, value] : fields.items()) object.set(field, value);
    const auto conductor = make_node({"conductor.9", 1, "conductor", 1, plant, {}}, kilo_, &world_.store());
    return testing::answer(*conductor, world_.store(), act("create", object.to_primitive()));
  }
};

TEST_F(ALateCreate, OfAnEventOfAStepThatHasEndedIsRefused) {
  const Envelope late = create("ClusterEvent", {{"id", "e"}, {"step_id", step()}, {"successful", true}});
  EXPECT_EQ(late.error.value("type", ""), "Conflict");
  EXPECT_TRUE(world_.rows("cluster_events").empty());
}

TEST_F(ALateCreate, BringsTheEventBackWithThatDefectPlanted) {
  create("ClusterEvent", {{"id", "e"}, {"step_id", step()}, {"successful", true}}, "F37");
  EXPECT_EQ(world_.rows("cluster_events").size(), 1U);
}

TEST_F(ALateCreate, OfAnEventOfAStepThatGoesOnIsAnEvent) {
  world_.store().update("cluster_provision_steps", step(), {{"successful", Json()}});
  world_.store().commit();
  const Envelope made = create("ClusterEvent", {{"id", "e"}, {"step_id", step()}, {"successful", true}});
  EXPECT_TRUE(made.error.is_null()) << made.error;
  EXPECT_EQ(world_.rows("cluster_events").size(), 1U);
}

TEST_F(ALateCreate, OfWhatHadAnOwnerThatIsGoneIsRefused) {
  for (const auto& [name, fields] : std::map<std::string, Json>{
           {"ClusterEvent", {{"id", "x"}, {"step_id", "gone"}, {"successful", true}}},
           {"ClusterProvisionStep", {{"id", "x"}, {"cluster_id", "gone"}}},
           {"NodeGroup",
            {{"id", "x"}, {"name", "x"}, {"flavor_id", "1"}, {"count", 1}, {"cluster_id", "gone"}}},
           {"Instance", {{"id", "x"}, {"node_group_id", "gone"}, {"instance_name", "x"}}},
           {"JobExecution", {{"id", "x"}, {"cluster_id", "gone"}}}}) {
    EXPECT_EQ(create(name, fields).error.value("type", ""), "Conflict") << name;
  }
}

}  // namespace
}  // namespace caravan::nodes
