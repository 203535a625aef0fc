// The caps that follow from service records, and what a pinned node lets out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "nodes/core/membership.hpp"
#include "nodes/core/pin.hpp"
#include "nodes/data/service_records.hpp"
#include "objects/loader/loader.hpp"
#include "tests/nodes/world.hpp"

namespace caravan::nodes {
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

struct Services : ::testing::Test {
  testing::World world{"kilo", "liberty"};
  Json report(const std::string& node) {
    return Json::parse(world.row("caravan_services", node).at("report").get<std::string>());
  }
};

TEST_F(Services, AreOnRecordBeforeTheySayHello) {
  world.add("conductor.1", "liberty");
  world.add("engine.1", "kilo");
  EXPECT_EQ(world.row("caravan_services", "engine.1").at("release_name"), "kilo");
  EXPECT_EQ(world.row("caravan_services", "conductor.1").at("release_name"), "liberty");
  std::vector<std::string> said;
  for (const Envelope& message : world.sent)
    if (message.from == "engine.1#1")
      said.push_back(message.method.empty() ? name(message.kind) : message.method);
  ASSERT_GE(said.size(), 2U);
  EXPECT_EQ(said[0], "service_update");
  EXPECT_EQ(said[1], "hello");
}

TEST_F(Services, BeatEachSecond) {
  world.add("conductor.1", "liberty");
  world.add("engine.1", "kilo");
  const auto before = world.row("caravan_services", "engine.1").at("updated_at").get<std::string>();
  world.pass(5'000'000);
  EXPECT_GT(world.row("caravan_services", "engine.1").at("updated_at").get<std::string>(), before);
  EXPECT_GE(world.count("service_update", "engine.1"), 5U);
  EXPECT_THAT(world.troubles(), ::testing::IsEmpty());
}

TEST_F(Services, OfAReleaseThatTheSchemaDoesNotServeAreTurnedAway) {
  world.add("conductor.1", "liberty");
  world.add("engine.1", "mitaka");
  const Envelope last = world.sent.back();
  EXPECT_EQ(last.kind, Envelope::Kind::bye);
  EXPECT_THAT(last.args.value("refused", ""), ::testing::HasSubstr("kilo to liberty"));
  EXPECT_TRUE(world.row("caravan_services", "engine.1").empty());
}

TEST_F(Services, ThatServedWithoutAnAnswerHearLaterThatTheyAreRefused) {
  for (const char* name : {"engine.1", "api.1"}) {
    world.add(name, "mitaka");
    EXPECT_EQ(world.sent.back().kind, Envelope::Kind::hello);
  }
  world.add("conductor.1", "liberty");
  world.pass(Deadlines{}.request + 1'000'000);
  for (const char* peer : {"engine.1#1", "api.1#1"}) {
    const auto last = std::find_if(world.sent.rbegin(), world.sent.rend(),
                                   [&](const Envelope& message) { return message.from == peer; });
    ASSERT_NE(last, world.sent.rend());
    EXPECT_EQ(last->kind, Envelope::Kind::bye) << peer;
    EXPECT_THAT(last->args.value("refused", ""), ::testing::HasSubstr("kilo to liberty"));
  }
}

TEST_F(Services, WhoseRecordIsForgottenHearThatTheyAreRefused) {
  world.add("conductor.1", "liberty");
  world.add("engine.1", "kilo");
  ASSERT_EQ(forget_service(world.store(), "engine.1", world.now(), true), "");
  migrate(world.database(), {sahara_catalog(), "data", "kilo", "liberty"});
  migrate(world.database(), {sahara_catalog(), "contract", "kilo", "liberty"});
  world.pass(3'000'000);
  const bool refused = std::any_of(world.sent.begin(), world.sent.end(), [](const Envelope& message) {
    return message.from == "engine.1#1" && message.kind == Envelope::Kind::bye &&
           message.args.contains("refused");
  });
  EXPECT_TRUE(refused);
}

TEST_F(Services, ServeOnThoughRefusedWithThatDefectPlanted) {
  world.add("engine.1", "mitaka", "F39");
  world.add("conductor.1", "liberty");
  world.pass(3'000'000);
  EXPECT_TRUE(std::none_of(world.sent.begin(), world.sent.end(),
                           [](const Envelope& message) { return message.kind == Envelope::Kind::bye; }));
  EXPECT_GE(world.count("service_update", "engine.1"), 2U);
}

TEST_F(Services, ServeWithoutAConductorUnlessTheyArePinned) {
  world.add("engine.1", "kilo");
  EXPECT_EQ(world.sent.back().kind, Envelope::Kind::hello);
}

TEST_F(Services, ARunningNodeKeepsItsCapUntilReload) {
  Modes pin;
  pin.compat = Compatibility::pin;
  world.add("conductor.1", "liberty", "", pin);
  world.add("api.1", "kilo", "", pin);
  world.add("engine.1", "liberty", "", pin);
  world.pass(1'500'000);
  EXPECT_EQ(report("engine.1").at("caps").at("objects").at("Cluster"), "1.2");
  world.remove("api.1");
  world.add("api.1", "liberty", "", pin);
  world.pass(2'000'000);
  EXPECT_EQ(report("engine.1").at("caps").at("objects").at("Cluster"), "1.2");
  world.reload("engine.1");
  world.pass(2'000'000);
  EXPECT_EQ(report("engine.1").at("caps").at("objects").at("Cluster"), "1.3");
}

TEST_F(Services, APinnedApiRefusesWhatTheCapDoesNotKnow) {
  Modes pin;
  pin.compat = Compatibility::pin;
  world.add("conductor.1", "liberty", "", pin);
  world.add("engine.1", "kilo", "", pin);
  world.add("api.1", "liberty", "", pin);
  Json fields = testing::cluster_fields("c", "pinned");
  fields["is_public"] = true;
  EXPECT_EQ(world.request("api.1", "create", "Cluster", "c", fields).error.value("type", ""), "UnknownField");
  fields.erase("is_public");
  EXPECT_TRUE(world.request("api.1", "create", "Cluster", "c", fields).error.is_null());
  EXPECT_EQ(world.row("clusters", "c")["status"], "Active");
  EXPECT_EQ(world.count("object_backport_versions"), 0U);
  EXPECT_THAT(world.troubles(), ::testing::IsEmpty());
}

TEST_F(Services, ForgetRefusesAFreshHeartbeat) {
  world.add("conductor.1", "liberty");
  world.add("engine.1", "kilo");
  EXPECT_THAT(forget_service(world.store(), "engine.1", world.now(), false), ::testing::HasSubstr("fresh"));
  EXPECT_EQ(forget_service(world.store(), "engine.1", world.now() + 4'000'000, false), "");
  EXPECT_TRUE(world.row("caravan_services", "engine.1").empty());
  EXPECT_THAT(forget_service(world.store(), "engine.1", world.now(), true),
              ::testing::HasSubstr("no service record"));
}

// What is announced.

TEST_F(Services, AnAnnouncedNodeIsOnRecordUntilItHasComeWhoeverBeatsUnderItsName) {
  Modes pin;
  pin.compat = Compatibility::pin;
  world.add("conductor.1", "liberty", "", pin);
  world.add("engine.1", "liberty", "", pin);
  world.add("api.1", "liberty", "", pin);
  announce_service(world.store(), service("engine.1", "kilo"), world.now());
  world.pass(5'000'000);
  world.reload("engine.1");
  world.reload("conductor.1");
  world.pass(2'000'000);
  EXPECT_EQ(world.row("caravan_services", "engine.1").at("release_name"), "kilo");
  EXPECT_EQ(report("engine.1").at("objects").at("Cluster"), "1.2");
  for (const char* node : {"conductor.1", "engine.1"})
    EXPECT_EQ(report(node).at("caps").at("objects").at("Cluster"), "1.2") << node;
  world.remove("engine.1");
  world.add("engine.1", "kilo", "", pin);
  EXPECT_FALSE(report("engine.1").contains("announced"));
  world.pass(2'000'000);
  EXPECT_EQ(world.row("caravan_services", "engine.1").at("release_name"), "kilo");
}

TEST_F(Services, AnAnnouncementIsUndoneWithThatDefectPlanted) {
  world.add("conductor.1", "liberty", "F36");
  world.add("engine.1", "liberty");
  announce_service(world.store(), service("engine.1", "kilo"), world.now());
  world.pass(3'000'000);
  EXPECT_EQ(world.row("caravan_services", "engine.1").at("release_name"), "liberty");
}

TEST_F(Services, AnAnnouncedConductorKeepsTheAnnouncementItself) {
  world.add("conductor.1", "liberty");
  announce_service(world.store(), service("conductor.1", "kilo"), world.now());
  world.reload("conductor.1");
  world.pass(5'000'000);
  EXPECT_EQ(world.row("caravan_services", "conductor.1").at("release_name"), "kilo");
}

TEST_F(Services, AnAnnouncementOfAReleaseThatTheSchemaDoesNotServeIsRefused) {
  world.add("conductor.1", "liberty");
  EXPECT_THAT(announce_service(world.store(), service("engine.1", "mitaka"), world.now()),
              ::testing::HasSubstr("engine.1 is of mitaka"));
  EXPECT_TRUE(world.row("caravan_services", "engine.1").empty());
}

TEST_F(Services, AnAnnouncementIsForgottenOrReplaced) {
  world.add("conductor.1", "liberty");
  announce_service(world.store(), service("engine.1", "kilo"), world.now());
  announce_service(world.store(), service("engine.1", "liberty"), world.now());
  EXPECT_EQ(world.row("caravan_services", "engine.1").at("release_name"), "liberty");
  EXPECT_EQ(forget_service(world.store(), "engine.1", world.now(), true), "");
  world.add("engine.1", "liberty");
  EXPECT_FALSE(report("engine.1").contains("announced"));
}

TEST_F(Services, ARecordThatIsNoneIsRefused) {
  for (const Json& report : {Json{{"rpc", {{"engine", "one"}}}}, Json{{"objects", {{"Job", 3}}}}}) {
    Json record = to_json(service("engine.1", "kilo"));
    record["report"].update(report);
    EXPECT_THROW(service_from(record), ObjectError) << report;
  }
}

// What older peers must not do.

TEST_F(Services, AnOldApiMayNotEditOrDeleteWhatIsProtected) {
  world.add("conductor.1", "liberty");
  world.add("api.1", "kilo");
  world.add("api.2", "liberty");
  world.request("api.2", "create", "JobBinary", "b",
                {{"id", "b"}, {"name", "b"}, {"url", "swift://a/b"}, {"is_protected", true}});
  EXPECT_EQ(
      world.request("api.1", "update", "JobBinary", "b", {{"description", "x"}}).error.value("type", ""),
      "ActRefused");
  EXPECT_EQ(world.request("api.1", "delete", "JobBinary", "b", Json::object()).error.value("type", ""),
            "ActRefused");
  EXPECT_TRUE(world.request("api.2", "update", "JobBinary", "b", {{"is_protected", false}}).error.is_null());
  EXPECT_TRUE(world.request("api.1", "delete", "JobBinary", "b", Json::object()).error.is_null());
}

TEST_F(Services, AnOldEngineHandsOnWhatANewerOneMustDo) {
  world.add("conductor.1", "liberty");
  world.add("engine.1", "liberty");
  world.add("engine.2", "kilo");
  world.add("api.1", "liberty");
  world.request("api.1", "create", "Cluster", "c", testing::cluster_fields("c", "shared"), "engine.2");
  EXPECT_EQ(world.row("clusters", "c")["status"], "Active");
  EXPECT_THAT(world.row("clusters", "c")["info"].get<std::string>(), ::testing::HasSubstr("engine.1"));
  EXPECT_EQ(world.count("provision_cluster", "engine.2"), 1U);
  EXPECT_THAT(world.troubles(), ::testing::IsEmpty());
}

TEST_F(Services, AnOldEngineThatIsCalledAndHandsItOnRefusesNothing) {
  world.add("conductor.1", "liberty");
  world.add("engine.1", "liberty");
  world.add("engine.2", "kilo");
  world.add("api.1", "liberty");
  world.ask("api.1", "create", "Cluster", "c", testing::cluster_fields("c", "shared"), "engine.9");
  world.settle();  // nobody is engine.9: what it is to do waits
  const auto cast = std::find_if(world.sent.begin(), world.sent.end(), [](const Envelope& message) {
    return message.method == "provision_cluster";
  });
  ASSERT_NE(cast, world.sent.end());
  const Envelope reply = world.call("engine.2", "provision_cluster", cast->args);
  EXPECT_EQ(reply.kind, Envelope::Kind::reply);
  EXPECT_EQ(reply.error, Json());
  EXPECT_EQ(world.count("provision_cluster", "engine.2"), 1U);
  EXPECT_EQ(world.row("clusters", "c")["status"], "Active");
}

TEST_F(Services, SecretsStayWhereTheyAreNeeded) {
  world.add("conductor.1", "liberty");
  world.add("engine.1", "liberty");
  world.add("api.1", "liberty");
  world.request("api.1", "create", "DataSource", "d",
                {{"id", "d"},
                 {"name", "d"},
                 {"type", "swift"},
                 {"url", "swift://c/o"},
                 {"credentials", {{"user", "u"}, {"password", "canary-1"}}}});
  world.request("api.1", "create", "Cluster", "c", testing::cluster_fields("c", "secret"));
  world.sent.clear();
  const Envelope source = world.request("api.1", "read", "DataSource", "d", Json::object());
  EXPECT_FALSE(source.result.contains("credentials"));
  for (const Envelope& message : world.sent) EXPECT_EQ(encode(message).find("canary-1"), std::string::npos);
  const Envelope cluster = world.request("api.1", "read", "Cluster", "c", Json::object());
  EXPECT_FALSE(cluster.result.contains("management_private_key"));
  EXPECT_TRUE(cluster.result.contains("trust_id"));
  world.request("api.1", "update", "DataSource", "d", {{"description", "x"}});
  EXPECT_THAT(world.row("data_sources", "d")["credentials"].get<std::string>(),
              ::testing::HasSubstr("canary-1"));
}

TEST_F(Services, AConductorThatMigratesOnReadWritesBackWhatItRead) {
  Modes modes;
  modes.config = {{"migrate_on_read", true}};
  world.add("conductor.1", "liberty", "", modes);
  world.add("api.1", "liberty");
  world.request("api.1", "create", "JobExecution", "r", {{"id", "r"}, {"engine_job_id", "oozie-1"}});
  world.store().update("job_executions", "r", {{"engine_job_id", Json()}, {"is_public", Json()}});
  world.store().commit();
  EXPECT_EQ(world.request("api.1", "read", "JobExecution", "r", Json::object()).result.at("engine_job_id"),
            "oozie-1");
  EXPECT_EQ(world.row("job_executions", "r").at("engine_job_id"), "oozie-1");
  EXPECT_EQ(world.row("job_executions", "r").at("is_public"), false);
}

TEST(Scaling, TakesTheInstancesThatTheClientChose) {
  testing::World world("queens");
  world.add("conductor.1", "queens");
  world.add("engine.1", "queens");
  world.add("api.1", "queens");
  world.request("api.1", "create", "Cluster", "c", testing::cluster_fields("c", "chosen", 3));
  const auto instances = world.rows("instances", {{"node_group_id", "c-ng"}});
  ASSERT_EQ(instances.size(), 3U);
  const auto chosen = instances[0].at("id").get<std::string>();
  world.request("api.1", "scale", "Cluster", "c",
                {{"node_group", "c-ng"}, {"count", 2}, {"instances", {chosen}}});
  EXPECT_TRUE(world.row("instances", chosen).empty());
  EXPECT_EQ(world.rows("instances", {{"node_group_id", "c-ng"}}).size(), 2U);
  world.request("api.1", "delete", "Cluster", "c", Json::object());
  const auto terminate = std::find_if(world.sent.begin(), world.sent.end(),
                                      [](const Envelope& one) { return one.method == "terminate_cluster"; });
  ASSERT_NE(terminate, world.sent.end());
  EXPECT_EQ(terminate->args.value("force", Json()), Json(false));
  EXPECT_EQ(terminate->version, "1.3");
}

TEST(Scaling, OfChosenInstancesIsRefusedWhereTheReleaseOrTheCapLacksIt) {
  testing::World world("pike", "queens");
  world.add("conductor.1", "queens");
  world.add("engine.1", "pike");
  world.add("api.1", "queens");
  world.add("api.2", "pike");
  world.request("api.1", "create", "Cluster", "c", testing::cluster_fields("c", "chosen", 2));
  const Json wish = {{"node_group", "c-ng"}, {"count", 1}, {"instances", {"x"}}};
  EXPECT_EQ(world.request("api.1", "scale", "Cluster", "c", wish).error.value("type", ""),
            "RPCVersionCapError");
  EXPECT_EQ(world.request("api.2", "scale", "Cluster", "c", wish).error.value("type", ""), "UnknownField");
  EXPECT_EQ(world.row("clusters", "c")["status"], "Active");
}

TEST(RowStamps, SayByWhichVersionARowWasWritten) {
  Catalog stamped = sahara_catalog();
  stamped.row_stamps = true;
  testing::World world("kilo", "liberty", stamped);
  world.add("conductor.1", "liberty");
  world.add("api.1", "kilo");
  world.request("api.1", "create", "Job", "j", {{"id", "j"}, {"name", "j"}, {"type", "Pig"}});
  EXPECT_EQ(world.row("jobs", "j").at("object_version"), "1.3");
}

}  // namespace
}  // namespace caravan::nodes
