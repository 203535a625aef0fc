// Life cycles, RPC tables and consequences equal the history page's.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "objects/loader/loader.hpp"
#include "tests/catalog/history.hpp"

namespace caravan {
namespace {

using namespace history_page;

std::vector<std::string> parts(const std::string& text) {
  std::vector<std::string> result = {text};
  for (const std::string separator : {", ", " or "}) {
    const auto at = text.find(separator);
    if (at != std::string::npos) result = {text.substr(0, at), text.substr(at + separator.size())};
  }
  return result;
}

// The release named after a word in "engine, from Liberty, Oozie only", or empty.
std::string named_after(const std::string& who, const std::string& word) {
  for (const std::string& release : releases()) {
    const auto title = page()["releases"][release]["name"].get<std::string>();
    if (who.find(word + " " + title) != std::string::npos) return release;
  }
  return "";
}

TEST(SaharaLives, HaveTheTransitionsOfTheHistoryRowByRow) {
  std::vector<std::vector<std::string>> expected, actual;
  for (auto life = page()["events"].begin(); life != page()["events"].end(); ++life) {
    for (const Json& row : life.value()) {
      const auto who = row[2].get<std::string>();
      std::string until = named_after(who, "until");
      if (!until.empty()) {
        const auto names = releases();
        until = *(std::find(names.begin(), names.end(), until) + 1);
      }
      for (const std::string& from : parts(row[0].get<std::string>())) {
        for (const std::string& to : parts(row[1].get<std::string>())) {
          expected.push_back({life.key(), from, to, who, named_after(who, "from"), until});
        }
      }
    }
  }
  for (const Transition& t : sahara_catalog().transitions)
    actual.push_back({t.life, t.from, t.to, t.who, t.since, t.until});
  EXPECT_EQ(actual, expected);
  EXPECT_EQ(actual.size(), 49U);
}

TEST(SaharaLives, NameOnlyStatesThatSomeReleaseKnows) {
  std::set<std::string> cluster = {"*", "(no row)"}, job = cluster;
  for (const Release& release : sahara_catalog().releases) {
    cluster.insert(release.enums.at("cluster_status").begin(), release.enums.at("cluster_status").end());
    job.insert(release.enums.at("job_execution_status").begin(),
               release.enums.at("job_execution_status").end());
  }
  for (const Transition& t : sahara_catalog().transitions) {
    const auto& states = t.life == "job_execution" ? job : cluster;
    EXPECT_TRUE(states.count(t.from)) << t.from;
    EXPECT_TRUE(states.count(t.to)) << t.to;
  }
}

const RpcInterface* interface_of(const Release& release, const std::string& topic) {
  for (const RpcInterface& interface : release.rpc) {
    if (interface.topic == topic) return &interface;
  }
  return nullptr;
}

TEST(SaharaRpc, OfTheEngineHasTheMethodsOfTheHistoryWithObjectsForIds) {
  for (const Release& release : sahara_catalog().releases) {
    const Json& rpc = page()["releases"][release.name]["rpc"];
    const RpcInterface* engine = interface_of(release, "engine");
    ASSERT_EQ(engine != nullptr, !rpc.is_null()) << release.name;
    if (engine == nullptr) continue;
    std::map<std::string, std::vector<std::string>> expected, actual;
    for (auto it = rpc["methods"].begin(); it != rpc["methods"].end(); ++it) {
      auto& row = expected[it.key()];
      row.push_back(it.value()["style"].get<std::string>());
      for (const Json& arg : it.value()["args"]) {
        auto text = arg.get<std::string>();
        if (text == "cluster_id") text = "cluster: Cluster";
        if (text == "job_execution_id") text = "job_execution: JobExecution";
        row.push_back(text);
      }
    }
    for (const RpcMethod& method : engine->methods) {
      auto& row = actual[method.name];
      row.emplace_back(method.call ? "call" : "cast");
      for (const RpcArg& arg : method.args) {
        std::string text = arg.name + (arg.object.empty() ? "" : ": " + arg.object);
        if (arg.default_value)
          text += arg.default_value->is_null() ? "=None" : *arg.default_value == false ? "=False" : "=?";
        row.push_back(text);
      }
      EXPECT_LE(method.since, engine->version) << method.name;
    }
    EXPECT_EQ(actual, expected) << release.name;
  }
}

TEST(SaharaRpc, HasTheVersionsThatSaharaShouldHaveHad) {
  const std::map<std::string, std::string> steps = {
      {"juno", "1.0"}, {"kilo", "1.1"}, {"mitaka", "1.2"}, {"queens", "1.3"}, {"rocky", "1.4"}};
  std::string now;
  std::map<std::string, std::string>
      first;  // method -> version of the release in which the history first has it
  for (const Release& release : sahara_catalog().releases) {
    if (steps.count(release.name)) now = steps.at(release.name);
    if (release.name == "icehouse") {
      EXPECT_TRUE(release.rpc.empty());
      continue;
    }
    ASSERT_EQ(release.rpc.size(), 2U);
    const RpcInterface& engine = *interface_of(release, "engine");
    EXPECT_EQ(engine.version.text(), now) << release.name;
    // The version steps exactly where the history's table changes.
    const Json& diff = page()["releases"][release.name]["rpc"]["diff"];
    EXPECT_EQ(!diff["added"].empty() || !diff["changed"].empty(), steps.count(release.name) == 1)
        << release.name;
    for (const Json& added : diff["added"]) first[added.get<std::string>()] = now;
    for (const RpcMethod& method : engine.methods) {
      EXPECT_EQ(method.since.text(), first.at(method.name)) << method.name;
      for (const RpcArg& arg : method.args) {
        const bool later = arg.name == "force" || arg.name == "node_group_instance_map";
        EXPECT_EQ(arg.since.has_value(), later) << arg.name;
        EXPECT_EQ(arg.since.value_or(Version("1.3")).text(), "1.3");
        EXPECT_EQ(arg.default_value.has_value(), later) << arg.name;
      }
    }
  }
}

TEST(SaharaRpc, OfTheConductorIsOvosIndirectionApiAndTheServices) {
  for (const Release& release : sahara_catalog().releases) {
    if (release.rpc.empty()) continue;
    const RpcInterface& conductor = *interface_of(release, "conductor");
    EXPECT_EQ(conductor.version.text(), "1.0");
    std::map<std::string, std::vector<std::string>> actual;
    for (const RpcMethod& method : conductor.methods) {
      EXPECT_TRUE(method.call);
      for (const RpcArg& arg : method.args)
        actual[method.name].push_back(arg.name + (arg.object.empty() ? "" : " " + arg.object));
    }
    EXPECT_EQ(
        actual,
        (std::map<std::string, std::vector<std::string>>{
            {"object_action", {"objinst *", "objmethod", "args", "kwargs"}},
            {"object_class_action_versions", {"objname", "objmethod", "object_versions", "args", "kwargs"}},
            {"object_backport_versions", {"objinst *", "object_versions"}},
            {"service_update", {"service"}}}));
  }
}

TEST(SaharaConsequences, CascadeWhereTheHistoryCascadesAndNameTheDeclaredRest) {
  std::set<std::string> expected, actual;
  each_version([&](const std::string& name, const Json& version) {
    for (const Json& relationship : version["relationships"]) {
      if (relationship["cascade"] == "all,delete") {
        expected.insert("destroy " + name + ": destroy " + relationship["target"].get<std::string>());
      }
      if (relationship["kind"] == "many_to_many") {
        expected.insert("destroy " + name + ": destroy " + relationship["through"].get<std::string>() +
                        ".Job_id");
      }
    }
  });
  expected.insert("destroy Cluster: set JobExecution {\"cluster_id\":null}");
  expected.insert(
      "destroy Cluster: set JobExecution {\"info.status\":\"KILLED\",\"end_time\":{\"$now\":true}} if "
      "end_time null");
  expected.insert("save ClusterProvisionStep if successful true: destroy ClusterEvent");
  const auto say = [](const std::vector<Refusal::Condition>& when) {
    std::string text;
    for (const auto& condition : when) text += " if " + condition.field + " " + condition.op;
    return text;
  };
  for (const Consequence& c : sahara_catalog().consequences) {
    actual.insert(c.on_action + " " + c.on_object + say(c.on_when) + ": " + c.effect + " " +
                  (c.object.empty() ? c.key : c.object) + (c.effect == "set" ? " " + c.value.dump() : "") +
                  say(c.when));
    EXPECT_FALSE(c.why.empty());
    if (c.object.empty()) continue;
    // The key is the child's column that references the parent's table.
    const ClassSpec& child = *sahara_catalog().find(c.object, Version("1.0"));
    const auto key = std::find_if(child.fields.begin(), child.fields.end(),
                                  [&](const FieldSpec& f) { return f.name == c.key; });
    ASSERT_NE(key, child.fields.end()) << c.object << "." << c.key;
    EXPECT_EQ(key->column->references->first, sahara_catalog().history(c.on_object)->table);
  }
  EXPECT_EQ(actual, expected);
}

}  // namespace
}  // namespace caravan
