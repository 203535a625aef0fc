// Scenarios that are right: defaults, both formats, the shipped ones, the examples and tables of the
// documentation.
#include <gtest/gtest.h>

#include "scenarios/format/schema.hpp"
#include "tests/scenarios/support.hpp"

using namespace caravan;
using namespace caravan::scenarios;
using namespace caravan::scenarios::tests;

TEST(Scenario, NeedsLittle) {
  const Scenario s = yaml("format: 1\nname: x\nreleases: {from: kilo, to: liberty}\nupgrade: {}\n");
  const std::vector<std::pair<std::string, int>> nodes = {{"conductor", 2}, {"engine", 3}, {"api", 2}};
  EXPECT_EQ(s.nodes, nodes);
  EXPECT_EQ(mode_name(s.mode) + "/" + s.mode.database, "conductor/backport/sqlite");
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
  const auto expected = [&](const std::string& expect, const std::string& more = {}) {
    return plan_of(yaml(head + "expect: " + expect + "\n" + more)).expect;
  };
  EXPECT_EQ(expected("{conductor/backport: {frame: {fail: Job.name}}, direct/none: pass}"), fails);
  EXPECT_EQ(expected("{direct/none: {frame: {fail: Job.name}}}"), Json("pass"));
  EXPECT_EQ(expected("{direct/none: {frame: {fail: Job.name}}}", "access: direct\n"), fails);
  EXPECT_EQ(expected("{frame: {fail: Job.name}, direct/none: pass}"), fails);
  EXPECT_EQ(expected("{frame: {fail: Job.name}, direct/none: pass}", "compat: pin\n"), fails);
}

TEST(Scenario, ExpectOfAModeAndADatabaseGoesBeforeThatOfTheModeAlone) {
  const std::string text =
      "format: 1\nname: x\nreleases: {from: kilo, to: liberty}\nupgrade: {}\naccess: direct\n"
      "expect: {direct/none/postgresql: {migration: {fail: NodeGroup, at: \"4.1\"}}, direct/none: pass}\n";
  EXPECT_EQ(plan_of(yaml(text)).expect, Json("pass"));
  EXPECT_EQ(plan_of(yaml(text + "database: postgresql\n")).expect,
            (Json{{"migration", {{"fail", "NodeGroup"}, {"at", "4.1"}}}}));
}

TEST(Scenario, AModeCanBeGivenInPlaceOfTheScenarios) {
  Scenario s = shipped("kilo-to-liberty");
  set_mode(s.mode, "conductor/pin", "--mode");
  EXPECT_EQ(mode_name(plan_of(s).mode), "conductor/pin");
  EXPECT_EQ(refusal([&] { set_mode(s.mode, "direct/pin", "--mode"); }),
            "--mode: there is no mode direct/pin; in direct access only ids travel: there is no object to "
            "pin, and no node to do it; direct/none is the only mode");
  EXPECT_EQ(refusal([&] { set_mode(s.mode, "direct", "--mode"); }),
            "--mode: \"direct\" is not a mode; ACCESS/COMPAT, such as direct/none");
  EXPECT_EQ(refusal([&] { set_mode(s.mode, "direct/nome", "--mode"); }),
            "--mode: unknown compat \"nome\"; did you mean \"none\"?");
}

TEST(Scenario, DirectAccessHasNoConductorsAndMigratesAsReleased) {
  const Scenario s = yaml(
      "format: 1\nname: x\nreleases: {from: kilo, to: liberty}\naccess: direct\n"
      "programs: {conductor.1: python}\nconfig: {conductor: {castellan: true}, api.1: {castellan: true}}\n"
      "steps:\n  - migrate: expand\n  - upgrade: [conductor, api.1]\n  - restart: conductor.1\n"
      "  - stop: conductor\n    load: {clients: 1, operations: 3}\n  - upgrade: rest\n"
      "  - migrate: data\n  - migrate: contract\n");
  EXPECT_EQ(mode_name(s.mode), "direct/none");
  const Plan plan = plan_of(s);
  EXPECT_EQ(print(plan).find("conductor"), std::string::npos) << print(plan);
  ASSERT_EQ(plan.steps.size(), 6U) << print(plan);
  EXPECT_EQ(std::get<step::Migrate>(plan.steps.at(1).action).phase, step::Phase::as_released);
  EXPECT_EQ(plan.steps.at(2).steps.size(), 2U);  // stop and start of api.1
  EXPECT_EQ(plan.steps.at(3).operations.size(), 3U);
  EXPECT_TRUE(std::holds_alternative<step::Settle>(plan.steps.at(5).action));
  EXPECT_EQ(plan.config, (NodeOptions{{"api.1", {{"castellan", true}}}}));
}

TEST(Scenario, OptionsOfANodeGoBeforeThoseOfItsRole) {
  const Scenario s = yaml(
      "format: 1\nname: x\nreleases: {from: kilo, to: liberty}\nupgrade: {}\n"
      "config: {engine.2: {castellan: false}, engine: {castellan: true, upgrade_levels: kilo}}\n");
  EXPECT_EQ(s.config.at("engine.1"), (Json{{"castellan", true}, {"upgrade_levels", "kilo"}}));
  EXPECT_EQ(s.config.at("engine.2"), (Json{{"castellan", false}, {"upgrade_levels", "kilo"}}));
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
