// The caps that follow from service records, and what a pinned node lets out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nodes/membership.hpp"
#include "nodes/pin.hpp"
#include "objects/catalog_loader.hpp"

namespace caravan {
namespace {

Service service(const std::string& node, const std::string& release) {
  return service_of(node, node.substr(0, node.find('.')), *sahara_catalog().release(release), 1);
}

TEST(Caps, AreTheLowestOfAllRecords) {
  const Caps caps =
      caps_of({service("engine.1", "mitaka"), service("engine.2", "kilo"), service("api.1", "liberty")});
  EXPECT_EQ(caps.rpc.at("engine").text(), "1.1");
  EXPECT_EQ(caps.objects.at("Cluster"), "1.2");
  EXPECT_EQ(caps.objects.at("Instance"), "1.0");
}

TEST(Caps, LeaveOutAnObjectThatSomebodyDoesNotKnow) {
  const Caps caps = caps_of({service("api.1", "kilo"), service("engine.1", "liberty")});
  EXPECT_EQ(caps.objects.count("JobInterfaceArgument"), 0U);
  EXPECT_EQ(caps_of({service("api.1", "liberty")}).objects.count("JobInterfaceArgument"), 1U);
}

TEST(Caps, OfATopicAreThoseOfWhoServesItAlone) {
  const Caps caps = caps_of({service("api.1", "juno"), service("engine.1", "mitaka")});
  EXPECT_EQ(caps.rpc.at("engine").text(), "1.2");
  EXPECT_EQ(caps.rpc.count("conductor"), 0U);
}

TEST(Caps, CompareVersionsAsNumbers) {
  Service nine = service("engine.1", "kilo"), ten = service("engine.2", "kilo");
  nine.report["rpc"]["engine"] = "1.9";
  ten.report["rpc"]["engine"] = "1.10";
  EXPECT_EQ(caps_of({ten, nine}).rpc.at("engine").text(), "1.9");
}

TEST(Caps, DependOnTheMode) {
  const std::vector<Service> all = {service("engine.1", "kilo"), service("api.1", "liberty")};
  Modes modes;
  EXPECT_TRUE(caps_for(modes, all).objects.empty());
  EXPECT_EQ(caps_for(modes, all).rpc.size(), 1U);
  modes.compat = Compatibility::none;
  EXPECT_TRUE(caps_for(modes, all).rpc.empty());
  modes.compat = Compatibility::pin;
  EXPECT_EQ(caps_for(modes, all).objects.at("Job"), "1.2");
  modes.config = {{"upgrade_levels", caps_of(*sahara_catalog().release("juno"))}};
  EXPECT_EQ(caps_for(modes, all).objects.at("Job"), "1.1");
  EXPECT_EQ(caps_for(modes, all).rpc.at("engine").text(), "1.0");
}

TEST(ServiceRecords, AreReadAsTheyWereWritten) {
  const Service written = service("engine.1", "kilo");
  EXPECT_EQ(to_json(service_from(to_json(written))), to_json(written));
  EXPECT_THROW(service_from({{"id", "engine.1"}}), ObjectError);
}

TEST(APinnedObject, LeavesAtTheCapWithItsChildren) {
  const auto registry = Registry::from(snapshot(sahara_catalog(), "liberty"));
  const Manifest caps = caps_of({service("engine.1", "kilo"), service("api.1", "liberty")}).objects;
  Object cluster = Object::create(registry, "Cluster");
  cluster.set("id", "c");
  cluster.set("use_autoconfig", true);
  Object group = Object::create(registry, "NodeGroup");
  group.set("id", "g");
  group.set("use_autoconfig", true);
  cluster.set_children("node_groups", {group});
  const Json primitive = capped(cluster, caps);
  EXPECT_EQ(primitive.at("versioned_object.version"), "1.2");
  const Json& data = primitive.at("versioned_object.data");
  EXPECT_FALSE(data.contains("use_autoconfig"));
  EXPECT_EQ(data.at("node_groups").at(0).at("versioned_object.version"), "1.2");
  EXPECT_FALSE(data.at("node_groups").at(0).at("versioned_object.data").contains("use_autoconfig"));
}

TEST(APinnedObject, MarksARenamedFieldUnderTheNameThatItHasAtTheCap) {
  const auto registry = Registry::from(snapshot(sahara_catalog(), "liberty"));
  const Manifest caps = caps_of({service("engine.1", "kilo"), service("api.1", "liberty")}).objects;
  Object run = Object::create(registry, "JobExecution");
  run.set("id", "r");
  run.reset_changes();
  run.set("engine_job_id", "oozie-1");
  const Json primitive = capped(run, caps);
  EXPECT_EQ(primitive.at("versioned_object.data").at("oozie_job_id"), "oozie-1");
  EXPECT_EQ(primitive.at("versioned_object.changes"), Json::array({"oozie_job_id"}));
}

TEST(APinnedObject, OfAClassThatSomebodyDoesNotKnowDoesNotLeave) {
  const auto registry = Registry::from(snapshot(sahara_catalog(), "liberty"));
  const Manifest caps = caps_of({service("engine.1", "kilo")}).objects;
  EXPECT_THROW(capped(Object::create(registry, "JobInterfaceArgument"), caps), ObjectError);
}

}  // namespace
}  // namespace caravan
