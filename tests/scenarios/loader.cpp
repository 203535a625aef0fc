// Scenarios that are right: defaults, both formats, the shipped ones, the examples and tables of the
// documentation.
#include <gtest/gtest.h>

#include "scenarios/schema.hpp"
#include "tests/scenarios/support.hpp"

using namespace caravan;
using namespace caravan::testing_scenarios;

TEST(Scenario, NeedsLittle) {
  const Scenario s = yaml("format: 1\nname: x\nreleases: {from: kilo, to: liberty}\nupgrade: {}\n");
  const std::vector<std::pair<std::string, int>> nodes = {{"conductor", 2}, {"engine", 3}, {"api", 2}};
  EXPECT_EQ(s.nodes, nodes);
  EXPECT_EQ(s.access + s.compat + s.database, "conductorbackportsqlite");
  EXPECT_EQ(s.upgrade->load.clients, 4);
  EXPECT_EQ(s.upgrade->load.operations, 200);
  EXPECT_EQ(s.expect, Json("pass"));
}

TEST(Scenario, YamlAndJsonOfTheSameContentAreTheSame) {
  const Scenario a = yaml(R"(
format: 1
name: both
about: "1.10"
nodes: {conductor: 1}
releases: {from: "2023.1", to: "2023.2"}
steps:
  - do: {create: Job, as: J, via: api.1, set: {name: 'yes', description: null, is_public: true}}
  - restart: [api.1, engine]
    load: {clients: 2, operations: 9}
    why: >-
      two lines
      in one
  - fault: {crash: engine.2}
  - wait: settle
  - do: {read: J, want: {name: "yes"}, load: [interface]}
expect: {no-data-loss: {fail: Job.name}}
)");
  const Scenario b = json(R"({"format": 1, "name": "both", "about": "1.10", "nodes": {"conductor": 1},
 "releases": {"from": "2023.1", "to": "2023.2"},
 "steps": [
  {"do": {"create": "Job", "as": "J", "via": "api.1", "set": {"name": "yes", "description": null, "is_public": true}}},
  {"restart": ["api.1", "engine"], "load": {"clients": 2, "operations": 9}, "why": "two lines in one"},
  {"fault": {"crash": "engine.2"}},
  {"wait": "settle"},
  {"do": {"read": "J", "want": {"name": "\u0079es"}, "load": ["interface"]}}],
 "expect": {"no-data-loss": {"fail": "Job.name"}}})");
  EXPECT_EQ(to_json(a), to_json(b));
  EXPECT_EQ(to_json(a).at("about"), Json("1.10"));
  EXPECT_EQ(plan_of(a, 3), plan_of(b, 3));
}

TEST(Scenario, ExpectIsChosenByMode) {
  const std::string head = "format: 1\nname: x\nreleases: {from: kilo, to: liberty}\nupgrade: {}\n";
  const Json fails = {{"frame", {{"fail", "Job.name"}}}};
  EXPECT_EQ(
      yaml(head + "expect: {conductor/backport: {frame: {fail: Job.name}}, direct/none: pass}\n").expect,
      fails);
  EXPECT_EQ(yaml(head + "expect: {direct/none: {frame: {fail: Job.name}}}\n").expect, Json("pass"));
  EXPECT_EQ(yaml(head + "expect: {frame: {fail: Job.name}, direct/none: pass}\n").expect, fails);
}

TEST(Scenario, TheShippedOnesLoadUnderTheirNames) {
  const std::vector<std::string> names = {"juno-to-kilo", "kilo-to-liberty", "liberty-to-mitaka",
                                          "stein-to-train"};
  EXPECT_EQ(shipped_scenario_names(), names);
  for (const std::string& name : names) {
    EXPECT_EQ(shipped(name).name, name);
    EXPECT_FALSE(shipped(name).about.empty());
  }
}

TEST(Scenario, TheDefaultIsTheOneThatTheDesignNames) {
  const Scenario s = shipped("kilo-to-liberty");
  const std::vector<std::pair<std::string, int>> nodes = {{"conductor", 2}, {"engine", 3}, {"api", 2}};
  EXPECT_EQ(s.nodes, nodes);
  EXPECT_EQ(s.upgrade->load.clients, 4);
}

TEST(ScenarioDocs, EveryExampleLoadsAndPlans) {
  const std::string page = content(source("docs/scenarios.md"));
  int examples = 0;
  for (const std::string format : {"yaml", "json"}) {
    const std::string fence = "```" + format + "\n";
    for (std::size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at + 1)) {
      const std::size_t begin = at + fence.size();
      const std::string text = page.substr(begin, page.find("```\n", begin) - begin);
      SCOPED_TRACE(text);
      EXPECT_EQ(refusal([&] { plan_of(load_scenario_text(text, "example", format, sahara_catalog())); }),
                "accepted");
      ++examples;
    }
  }
  EXPECT_GE(examples, 5);
}

TEST(ScenarioDocs, EveryKeyIsInTheTable) {
  const std::string page = content(source("docs/scenarios.md"));
  for (const Key& key : scenario_keys()) {
    const std::string row = std::string("| ") + key.in + " | `" + key.name + "`";
    const std::size_t at = page.find(row);
    ASSERT_NE(at, std::string::npos) << row;
    const std::string line = page.substr(at, page.find('\n', at) - at);
    EXPECT_NE(line.find(key.doc), std::string::npos) << line << "\nlacks: " << key.doc;
    EXPECT_EQ(line.find("(required)") != std::string::npos, key.required) << line;
  }
}

TEST(ScenarioSchema, ThePublishedFileIsCurrent) {
  const std::string actual = scenario_schema().dump(2) + "\n";
  EXPECT_EQ(approved(source("docs/scenario.schema.json"), actual), actual)
      << "docs/scenario.schema.json is not what the table of keys gives; CARAVAN_GOLDEN=write rewrites it";
}

TEST(ScenarioSchema, HasEveryKeyAndEveryReferenceLeadsSomewhere) {
  const Json schema = scenario_schema();
  for (const Key& key : scenario_keys()) {
    if (key.type == KeyType::unbuilt) continue;
    const Json& map = std::string(key.in) == "scenario" ? schema : schema.at("definitions").at(key.in);
    ASSERT_TRUE(map.at("properties").contains(key.name)) << key.in << "." << key.name;
    EXPECT_FALSE(map.at("additionalProperties").get<bool>());
    if (key.type == KeyType::map || key.type == KeyType::maps) {
      EXPECT_TRUE(schema.at("definitions").contains(key.words)) << key.words;
    }
  }
}
