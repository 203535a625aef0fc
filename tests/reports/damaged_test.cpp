// Recordings with something missing or of another type: the reader refuses them with the event's number, or
// the judge judges what is there. It never breaks off, and never falls over what was not told.
//
// A sample runs by itself; CARAVAN_DAMAGE=1 tries every damage (N: every N-th).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>

#include "reports/recording/run_shape.hpp"
#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

/// A bit of everything that a run file can hold.
std::vector<Json> sound(const std::string& access, const std::string& compat) {
  RunBuilder run;
  run.header()["access"] = access;
  run.header()["compat"] = compat;
  run.header()["row_stamps"] = true;
  run.header()["deadlines"] = {{"request", 2'000'000}};
  run.header()["config"] = {{"api.1", {{"upgrade_levels", "kilo"}}}};
  run.header()["expect"] = {{"frame", {{"fail", "ClusterTemplate.name"}, {"at", "1"}}}};
  run.usual();
  for (const char* node : {"conductor.1", "engine.1", "api.1", "api.2"})
    run.record(node, run.release_of(std::string(node) + "#1"), "kilo");
  run.begin("1");
  const Json data = {{"id", "t1"}, {"name", "small"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}};
  run.invoke("s1", "create", "ClusterTemplate", "t1", "api.2", data);
  const auto request = run.send("request", "client.1", "api.2", "create",
                                {{"object", "ClusterTemplate"}, {"row", "t1"}, {"fields", data}}, "s1");
  run.deliver(request, "api.2#1");
  run.create("api.2#1", "ClusterTemplate", data, "s1");
  run.reply(request, "api.2#1", run.primitive("liberty", "ClusterTemplate", data), "client.1");
  run.ok("s1", run.primitive("liberty", "ClusterTemplate", data));
  run.save("engine.1#1", "ClusterTemplate", "t1", {{"description", "x"}});
  run.get("api.1#1", "ClusterTemplate", run.row_data("kilo", "ClusterTemplate", "t1"));
  run.invoke("s2", "read", "ClusterTemplate", "t1", "api.2", Json::object(), {{"want", {{"name", "small"}}}});
  run.ok("s2", run.primitive("liberty", "ClusterTemplate", data));
  const Json cluster = {{"id", "c1"},
                        {"name", "c"},
                        {"plugin_name", "vanilla"},
                        {"hadoop_version", "2.6"},
                        {"status", "Validating"}};
  run.create("api.2#1", "Cluster", cluster);
  run.deliver(run.send("cast", "api.2#1", "engine", "provision_cluster",
                       {{"cluster", run.primitive("kilo", "Cluster", cluster)}}),
              "engine.1#1");
  run.create("engine.1#1", "NodeGroup", {{"id", "g1"}, {"cluster_id", "c1"}, {"name", "w"}, {"count", 1}});
  run.create("engine.1#1", "Instance", {{"id", "i1"}, {"node_group_id", "g1"}});
  run.insert("mains_association", "j1/b1", {{"Job_id", "j1"}, {"JobBinary_id", "b1"}});
  run.create("api.2#1", "JobExecution",
             {{"id", "r1"}, {"info", {{"status", "PENDING"}}}, {"cluster_id", "c1"}});
  run.save("engine.1#1", "JobExecution", "r1", {{"oozie_job_id", "7"}});
  const auto lost = run.ask("engine.1#1", "save", run.primitive("kilo", "Cluster", {{"id", "c1"}}));
  run.event("drop", {{"id", lost}, {"why", "receiver gone"}});
  run.refuse(run.ask("api.1#1", "save", run.primitive("kilo", "Cluster", {{"id", "c2"}}, {"id"})),
             "conductor.1#1", "NotFound", "api.1#1");
  run.end("1");
  run.migrate("2", "data",
              {{"status", 2}, {"left", 1}, {"failed", 1}, {"problems", {"cluster_templates.name"}}});
  run.begin("3", "announce", {{"node", "engine.1"}, {"release", "kilo"}});
  run.event("gate", {{"verb", "announce"}, {"node", "engine.1"}, {"refused", nullptr}});
  run.end("3", "announce");
  run.begin("4", "kill", {{"node", "engine.1"}, {"when", "mid-save"}});
  run.node("engine.1#1", "kilo", "killed", {{"signal", 9}});
  run.end("4", "kill");
  run.begin("5", "start", {{"node", "engine.1"}, {"release", "liberty"}});
  run.start("engine.1#2", "liberty");
  run.end("5", "start");
  run.begin("6", "wait", {{"object", "Cluster"}, {"row", "c1"}, {"status", "Active"}});
  run.event("step", {{"step", "6"}, {"edge", "end"}, {"verb", "wait"}, {"why", "never"}});
  run.begin("7", "settle");
  run.event("step", {{"step", "7"}, {"edge", "end"}, {"verb", "settle"}, {"why", "not at rest"}});
  run.destroy("api.2#1", "ClusterTemplate", "t1");
  run.event("trouble", {{"node", "api.1"}, {"incarnation", 1}, {"what", "Cluster c1 is newer"}});
  run.event("leak", {{"node", "api.1"},
                     {"incarnation", 1},
                     {"file", "api.1.1.log"},
                     {"line", 3},
                     {"operation", "s1"},
                     {"object", "Cluster"},
                     {"field", "extra"}});
  return run.finish().events;
}

/// Judges, unless the reader would have refused the event.
void judged(const std::vector<Json>& events, std::size_t damaged) {
  RunFile run;
  run.path = "damaged.ndjson";
  if (wrong_shape(events.at(damaged))) return;
  run.events = events;
  run.header = events.front();
  const auto report = judge(run);
  EXPECT_EQ(report.checks.size(), check_table().size());
  EXPECT_FALSE(render(report, "text").empty());
}

const std::vector<Json> other_values = {nullptr,
                                        7,
                                        -1,
                                        1e300,
                                        true,
                                        "",
                                        "x",
                                        Json::array(),
                                        Json::object(),
                                        Json::array({nullptr, 7, "x"}),
                                        std::int64_t{9'000'000'000'000'000'000}};

/// Every place below, but for what catalogs are made of.
void places(const Json& json, const Json::json_pointer& at, int depth, std::vector<Json::json_pointer>& out) {
  if (depth > 6 || !json.is_structured()) return;
  for (const auto& item : json.items()) {
    if (item.key() == "catalog") continue;
    auto below = json.is_array() ? at / std::stoul(item.key()) : at / item.key();
    out.push_back(below);
    places(item.value(), below, depth + 1, out);
  }
}

class Damaged : public ::testing::TestWithParam<std::pair<const char*, const char*>> {
 protected:
  /// Calls `act` for every N-th damage.
  bool turn() { return number_++ % stride() == 0; }

 private:
  static std::size_t stride() {
    const char* given = std::getenv("CARAVAN_DAMAGE");
    return given != nullptr && std::atoi(given) > 0 ? static_cast<std::size_t>(std::atoi(given)) : 397;
  }
  std::size_t number_ = 0;
};

TEST_P(Damaged, WithoutOneEventIsJudged) {
  const auto events = sound(GetParam().first, GetParam().second);
  for (std::size_t i = 1; i < events.size(); ++i) {
    if (!turn() && i % 29 != 0) continue;
    auto fewer = events;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    SCOPED_TRACE(events[i].dump().substr(0, 200));
    judged(fewer, 0);
  }
}

TEST_P(Damaged, WithoutOneMemberOrWithAnotherValueInItsPlaceIsRefusedOrJudged) {
  auto events = sound(GetParam().first, GetParam().second);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Json whole = events[i];
    std::vector<Json::json_pointer> all;
    places(whole, Json::json_pointer(), 0, all);
    for (const auto& place : all) {
      SCOPED_TRACE(whole.at("kind").get<std::string>() + " " + std::to_string(i) + " " + place.to_string());
      if (turn()) {
        auto& parent = events[i][place.parent_pointer()];
        if (parent.is_object())
          parent.erase(place.back());
        else
          parent.erase(std::stoul(place.back()));
        judged(events, i);
        events[i] = whole;
      }
      for (const auto& other : other_values) {
        if (!turn()) continue;
        events[i][place] = other;
        judged(events, i);
        events[i] = whole;
      }
    }
  }
}

/// What the header got later: a recording of an earlier Caravan is judged without it.
const std::set<std::string> later = {"builds",      "config",  "deadlines", "migration", "nodes_load",
                                     "plant_check", "planted", "project",   "row_stamps"};
/// Members that may be of two types.
bool may_be(const std::string& member, const Json& value) {
  if (member == "plant" || member == "plant_check") return value.is_string() || value.is_null();
  return member == "expect" && (value.is_string() || value.is_object());
}

TEST(DamagedHeaders, AreRefusedForEveryMemberThatIsMissingOrOfAnotherType) {
  auto whole = sound("conductor", "backport").front();
  whole.update({{"builds", {{"engine.1", "python"}}},
                {"migration", "phased"},
                {"nodes_load", "mine"},
                {"plant", "F23"},
                {"plant_check", "frame"},
                {"planted", "a rule"},
                {"project", "library"}});
  ASSERT_FALSE(wrong_shape(whole));
  for (const auto& one : whole.items()) {
    const std::string member = one.key();
    if (member == "n" || member == "kind") continue;  // read_run() has looked at them
    SCOPED_TRACE(member);
    auto header = whole;
    header.erase(member);
    EXPECT_EQ(!wrong_shape(header), later.contains(member));
    for (const auto& other : other_values) {
      if (std::string(other.type_name()) == one.value().type_name() || may_be(member, other)) continue;
      header[member] = other;
      const auto wrong = wrong_shape(header);
      ASSERT_TRUE(wrong) << other;
      EXPECT_THAT(wrong->what, testing::HasSubstr('"' + member + '"')) << other;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Recordings, Damaged,
                         ::testing::Values(std::pair("conductor", "backport"), std::pair("conductor", "pin"),
                                           std::pair("direct", "none")),
                         [](const auto& one) {
                           return std::string(one.param.first) + "_" + one.param.second;
                         });

}  // namespace
}  // namespace caravan::reports
