// Every kind of bad input: the exact message with its place.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "scenarios/format/document.hpp"
#include "tests/scenarios/support.hpp"

using namespace caravan;
using namespace caravan::scenarios;
using namespace caravan::scenarios::tests;

namespace {

const std::string head = "format: 1\nname: x\nreleases: {from: kilo, to: liberty}\n";  // lines 1 to 3

struct Bad {
  const char* what;
  std::string text;
  std::string message;
};

const std::vector<Bad> bad_documents = {
    {"an unknown key", head + "upgrade: {}\nnods: {engine: 2}\n",
     "s.yaml:5:1: unknown key \"nods\" in a scenario; did you mean \"nodes\"?"},
    {"a key that belongs elsewhere", head + "upgrade: {}\nengine: 2\n",
     "s.yaml:5:1: unknown key \"engine\" in a scenario; it belongs into `nodes`"},
    {"a missing key", "name: x\nreleases: {from: kilo, to: liberty}\nupgrade: {}\n",
     "s.yaml:1:1: a scenario lacks the key \"format\"; The version of this format: 1."},
    {"another format", "format: 2\nname: x\nreleases: {from: kilo, to: liberty}\nupgrade: {}\n",
     "s.yaml:1:9: format: the number 2 where 1 was expected"},
    {"a wrong type", head + "nodes: {engine: three}\nupgrade: {}\n",
     "s.yaml:4:17: engine: text \"three\" where a whole number from 1 to 32 was expected"},
    {"a number out of range", head + "nodes: {engine: 0}\nupgrade: {}\n",
     "s.yaml:4:17: engine: the number 0 where a whole number from 1 to 32 was expected"},
    {"a huge number", head + "nodes: {engine: 99999999999999999999}\nupgrade: {}\n",
     "s.yaml:4:17: engine: the number 99999999999999999999 where a whole number from 1 to 32 was expected"},
    {"a list for a map", head + "nodes: [1, 2]\nupgrade: {}\n",
     "s.yaml:4:8: a list where a map of conductor, engine, api was expected"},
    {"text for the whole file", "hello\n",
     "s.yaml:1:1: text \"hello\" where a map of format, name, about, nodes, programs, releases, access, "
     "compat, "
     "database, migration, row_stamps, config, upgrade, "
     "steps, expect, matrix, except was expected"},
    {"yes for true", head + "upgrade: {mix: yes}\n",
     "s.yaml:4:16: mix: text \"yes\" where true or false was expected"},
    {"an unquoted release", "format: 1\nname: x\nreleases: {from: kilo, to: 2023.1}\nupgrade: {}\n",
     "s.yaml:3:28: to: the number 2023.1 where text was expected; write it in quotes: \"2023.1\""},
    {"an unknown release", "format: 1\nname: x\nreleases: {from: kilo, to: libery}\nupgrade: {}\n",
     "s.yaml:3:28: unknown release \"libery\"; did you mean \"liberty\"?"},
    {"icehouse", "format: 1\nname: x\nreleases: {from: icehouse, to: juno}\nupgrade: {}\n",
     "s.yaml:3:18: icehouse has no RPC: one process; the oldest release that can run is juno"},
    {"from newer than to", "format: 1\nname: x\nreleases: {from: liberty, to: kilo}\nupgrade: {}\n",
     "s.yaml:3:18: from liberty is newer than to kilo; an upgrade goes from the older to the newer release: "
     "did you swap "
     "them?"},
    {"an unknown role", head + "nodes: {enigne: 2}\nupgrade: {}\n",
     "s.yaml:4:9: unknown key \"enigne\" in `nodes`; did you mean \"engine\"?"},
    {"an unknown role in an order", head + "upgrade: {order: [conductor, enigne, rest]}\n",
     "s.yaml:4:30: unknown node or role \"enigne\"; did you mean \"engine\"?"},
    {"an unknown role in a node", head + "steps: [{stop: enigne.1}]\n",
     "s.yaml:4:16: unknown role \"enigne\" in \"enigne.1\"; did you mean \"engine\"?"},
    {"a node that is not there", head + "steps: [{stop: engine.4}]\n",
     "s.yaml:4:16: there is no node engine.4; nodes.engine is 3"},
    {"a node named twice", head + "steps: [{stop: [api.1, api.1]}]\n", "s.yaml:4:24: api.1 is listed twice"},
    {"neither form", head,
     "s.yaml:1:1: neither `upgrade` nor `steps`; `upgrade: {}` is a rolling upgrade with the usual load"},
    {"both forms", head + "upgrade: {}\nsteps: [{wait: settle}]\n",
     "s.yaml:5:8: both `upgrade` and `steps`; `upgrade` lets the planner make the steps: write one of them"},
    {"no steps", head + "steps: []\n", "s.yaml:4:8: steps: an empty list; nothing would happen"},
    {"a mode that there is not", head + "access: direct\ncompat: backport\nupgrade: {}\n",
     "s.yaml:5:9: there is no mode direct/backport; in direct access only ids travel: there is no object to "
     "convert, and no node to do it; direct/none is the only mode"},
    {"an unknown compat", head + "compat: bakport\nupgrade: {}\n",
     "s.yaml:4:9: compat: unknown value \"bakport\"; did you mean \"backport\"?"},
    {"an unknown database", head + "database: postgres\nupgrade: {}\n",
     "s.yaml:4:11: database: unknown database \"postgres\"; did you mean \"postgresql\"?"},
    {"a URL of no database, whose password is not repeated",
     head + "database: oracle://u:secret@h/db\nupgrade: {}\n",
     "s.yaml:4:11: database: unknown database \"oracle\"; known: sqlite, postgresql, mariadb"},
    {"an unknown option", head + "upgrade: {}\nconfig: {engine: {castelan: true}}\n",
     "s.yaml:5:19: config: unknown option \"castelan\"; did you mean \"castellan\"?"},
    {"an option of nobody", head + "upgrade: {}\nconfig: {engine.4: {castellan: true}}\n",
     "s.yaml:5:21: config: there is no node or role \"engine.4\"; did you mean \"engine.1\"?"},
    {"an option of a wrong type", head + "upgrade: {}\nconfig: {engine: {castellan: 1}}\n",
     "s.yaml:5:19: config: castellan: 1 where true or false was expected"},
    {"an option that names no release", head + "upgrade: {}\nconfig: {api: {upgrade_levels: klio}}\n",
     "s.yaml:5:16: config: upgrade_levels: unknown release \"klio\"; did you mean \"kilo\"?"},
    {"a list of options", head + "upgrade: {}\nconfig: {api: [castellan]}\n",
     "s.yaml:5:15: config: a list where a map of options was expected"},
    {"a matrix", head + "upgrade: {}\nmatrix: {seed: {count: 20}}\n", "s.yaml:5:1: matrix: not built yet"},
    {"an unknown moment", head + "steps: [{fault: {crash: engine.1, when: mid-sleep}}]\n",
     "s.yaml:4:41: when: unknown value \"mid-sleep\"; did you mean \"mid-save\"?"},
    {"a moment that a node never has", head + "steps: [{fault: {crash: api.1, when: mid-create}}]\n",
     "s.yaml:4:38: mid-create: api.1 builds no clusters; engines do"},
    {"a reload of an api", head + "steps: [{reload: [engine, api.1]}]\n",
     "s.yaml:4:18: reload: api.1 keeps the pin that it has; restart it"},
    {"an announcement of nothing", head + "steps: [{announce: engine.1}]\n",
     "s.yaml:4:9: announce lacks the key \"release\"; the release at which these nodes will come back"},
    {"batches of an expansion", head + "steps: [{migrate: expand, batch: 3}]\n",
     "s.yaml:4:34: batch: only `migrate: data` runs in batches"},
    {"a release of a stop", head + "steps: [{stop: api.1, release: kilo}]\n",
     "s.yaml:4:23: stop has no \"release\"; announce, start, upgrade have"},
    {"a status of a job", head + "steps:\n  - do: {create: Job, as: J}\n  - wait: {row: J, status: Active}\n",
     "s.yaml:6:17: wait: J is a Job, which has no status; a Cluster or a JobExecution has"},
    {"an unknown status",
     head + "steps:\n  - do: {create: Cluster, as: C}\n  - wait: {row: C, status: Actve}\n",
     "s.yaml:6:28: wait: unknown status \"Actve\" of a Cluster; did you mean \"Active\"?"},
    {"a step of a mode that there is not", head + "steps: [{stop: api.1, modes: [direct/pin]}]\n",
     "s.yaml:4:31: there is no mode direct/pin; in direct access only ids travel: there is no object to pin, "
     "and no node to do it; direct/none is the only mode"},
    {"two verbs", head + "steps:\n  - stop: api.1\n    start: api.1\n",
     "s.yaml:6:5: start and stop in one step; a step has one verb; only `load` may be added"},
    {"no verb", head + "steps:\n  - why: because\n",
     "s.yaml:5:5: a step without a verb; one of upgrade, migrate, load, do, wait, restart, ..."},
    {"an unknown verb", head + "steps:\n  - upgarde: rest\n",
     "s.yaml:5:5: unknown key \"upgarde\" in a step; did you mean \"upgrade\"?"},
    {"an unknown phase", head + "steps: [{migrate: extend}]\n",
     "s.yaml:4:19: migrate: unknown value \"extend\"; did you mean \"expand\"?"},
    {"an unknown object", head + "steps: [{do: {create: Clustre, as: C}}]\n",
     "s.yaml:4:23: unknown object \"Clustre\"; did you mean \"Cluster\"?"},
    {"an object of a later release", head + "steps: [{do: {create: PluginData}}]\n",
     "s.yaml:4:23: neither kilo nor liberty knows the object PluginData"},
    {"an unknown field", head + "steps: [{do: {create: Cluster, set: {is_publik: true}}}]\n",
     "s.yaml:4:38: Cluster has no field \"is_publik\" from kilo to liberty; did you mean \"is_public\"?"},
    {"a row that nobody made",
     head + "steps:\n  - do: {create: Cluster, as: C}\n  - do: {update: D, set: {description: x}}\n",
     "s.yaml:6:18: no earlier step made a row \"D\"; known: C"},
    {"a reference to nothing", head + "steps: [{do: {create: Cluster, set: {cluster_template_id: $T}}}]\n",
     "s.yaml:4:59: no earlier step made a row \"T\"; `create: CLASS, as: NAME` makes one"},
    {"a name used twice", head + "steps:\n  - do: {create: Cluster, as: C}\n  - do: {create: Job, as: C}\n",
     "s.yaml:6:27: a row \"C\" was made before; choose another name"},
    {"two operations in one", head + "steps: [{do: {create: Job, read: J}}]\n",
     "s.yaml:4:28: read and create in one operation"},
    {"want of a create", head + "steps: [{do: {create: Job, want: {name: x}}}]\n",
     "s.yaml:4:28: create has no \"want\""},
    {"an update of nothing", head + "steps:\n  - do: {create: Job, as: J}\n  - do: {update: J}\n",
     "s.yaml:6:9: update lacks the key \"set\""},
    {"a scale of a job", head + "steps:\n  - do: {create: Job, as: J}\n  - do: {scale: J, set: {count: 2}}\n",
     "s.yaml:6:17: scale: J is a Job, not a Cluster"},
    {"an engine as api", head + "steps: [{do: {create: Job, via: engine.1}}]\n",
     "s.yaml:4:33: \"engine.1\" is not a node of the role api; known: api.1, api.2"},
    {"an expectation of a field of another release",
     head + "upgrade: {}\nexpect: {frame: {fail: Cluster.domain_name}}\n",
     "s.yaml:5:24: expect: Cluster has no field \"domain_name\" from kilo to liberty; known: anti_affinity, "
     "cluster_configs, cluster_template_id, created_at, default_image_id, description, extra, "
     "hadoop_version, id, "
     "info, is_protected, is_public, ..."},
    {"an unknown mode", head + "upgrade: {}\nexpect: {conductor/bakport: pass}\n",
     "s.yaml:5:10: expect: unknown compat \"bakport\"; did you mean \"backport\"?"},
    {"an expectation that is none", head + "upgrade: {}\nexpect: {frame: perhaps}\n",
     "s.yaml:5:17: expect: text \"perhaps\" where pass, idle or {fail: Object.field, at: STEP} was expected"},
    {"an expectation of an object that there is not",
     head + "upgrade: {}\nexpect: {direct/none: {frame: {fail: Clustr.name}}}\n",
     "s.yaml:5:38: expect: unknown object \"Clustr\"; did you mean \"Cluster\"?"},
    {"an expectation of a field that there is not",
     head + "upgrade: {}\nexpect: {frame: {fail: Cluster.nam}}\n",
     "s.yaml:5:24: expect: Cluster has no field \"nam\" from kilo to liberty; did you mean \"name\"?"},
    {"an expectation at a number", head + "upgrade: {}\nexpect: {frame: {fail: Cluster, at: 4.10}}\n",
     "s.yaml:5:37: expect: at: the number 4.10 where the number of a step was expected; write it in quotes: "
     "\"4.10\""},
    {"an expectation at no step", head + "upgrade: {}\nexpect: {frame: {fail: Cluster, at: here}}\n",
     "s.yaml:5:37: expect: at: \"here\" is not a step number; such as \"4\" or \"4.2\": `caravan plan` "
     "shows "
     "them"},
    {"an expectation with more in it", head + "upgrade: {}\nexpect: {frame: {fail: Cluster, when: x}}\n",
     "s.yaml:5:33: expect: unknown key \"when\"; known: fail, at"},
    {"an expectation for a mode that there is not", head + "upgrade: {}\nexpect: {direct/pin: pass}\n",
     "s.yaml:5:10: expect: there is no mode direct/pin; in direct access only ids travel: there is no object "
     "to pin, and no node to do it; direct/none is the only mode"},
    {"an expectation for an unknown database", head + "upgrade: {}\nexpect: {direct/none/mariabd: pass}\n",
     "s.yaml:5:10: expect: unknown database \"mariabd\"; did you mean \"mariadb\"?"},
    {"a program of nobody", head + "upgrade: {}\nprograms: {engine.4: python}\n",
     "s.yaml:5:12: programs: there is no node or role \"engine.4\"; did you mean \"engine.1\"?"},
    {"an unknown program", head + "upgrade: {}\nprograms: {engine: pyhton}\n",
     "s.yaml:5:12: programs: unknown program \"pyhton\"; python, or the path of a program, with a / in it"},
    {"an api in Python", head + "upgrade: {}\nprograms: {api.1: python}\n",
     "s.yaml:5:12: programs: api.1 cannot be python; the python node is a conductor or an engine"},
    {"a program that is not a text", head + "upgrade: {}\nprograms: {engine.1: 3}\n",
     "s.yaml:5:22: programs: the number 3 where a program was expected"},
    // What makes the document itself bad.
    {"an empty file", "", "s.yaml: the file is empty; a scenario was expected: docs/scenarios.md shows one"},
    {"blank lines", " \n\n",
     "s.yaml: the file is empty; a scenario was expected: docs/scenarios.md shows one"},
    {"a comment alone", "# nothing\n",
     "s.yaml: the file is empty; a scenario was expected: docs/scenarios.md shows one"},
    {"not UTF-8", "format: 1\nname: \xfex\n", "s.yaml:2:7: byte 0xfe is not UTF-8; save the file as UTF-8"},
    {"UTF-16",
     std::string("\xff\xfe"
                 "f\0o\0",
                 6),
     "s.yaml:1:1: byte 0xff is not UTF-8; save the file as UTF-8"},
    {"a NUL byte", std::string("name: \0", 7), "s.yaml:1:7: a NUL byte; is this a text file?"},
    {"a duplicate key", head + "upgrade: {}\nname: y\n",
     "s.yaml:5:1: the key \"name\" appears twice; first in line 2"},
    {"a merge key", "base: &b {name: x}\n<<: *b\n",
     "s.yaml:2:1: the merge key <<; merge keys are not supported: write the keys out"},
    {"a tag", head + "upgrade: !roll {}\n", "s.yaml:4:10: the tag !roll; scenarios use no tags"},
    {"a second document", head + "upgrade: {}\n---\nname: y\n",
     "s.yaml:5:1: a second document; one scenario per file"},
    {"a number as a key", head + "upgrade: {}\n7: x\n",
     "s.yaml:5:1: the number 7 as a key; write \"7\" in quotes"},
    {"an alias inside itself", "a: &a [*a]\n", "s.yaml:1:8: an alias inside the very value that it names"},
    {"characters, not bytes, are counted", "name: {\"é\": \"ü\", é: 1}\n",
     "s.yaml:1:18: the key \"é\" appears twice; first in line 1"},
};

}  // namespace

TEST(BadScenario, IsRefusedWithItsPlaceAndWhatWasMeant) {
  for (const Bad& bad : bad_documents) {
    EXPECT_EQ(refusal([&] { yaml(bad.text); }), bad.message) << bad.what;
  }
}

TEST(BadScenario, BrokenYamlNamesLineAndColumn) {
  const std::string open = refusal([] { yaml("name: [a, b\nreleases: x\n"); });
  EXPECT_EQ(open.rfind("s.yaml:2:", 0), 0U) << open;
  EXPECT_NE(open.find("not YAML: "), std::string::npos) << open;
  const std::string tab = refusal([] { yaml("releases:\n\tfrom: kilo\n"); });
  EXPECT_NE(tab.find("never with tabs"), std::string::npos) << tab;
}

TEST(BadScenario, NestingIsBounded) {
  EXPECT_EQ(refusal([] { yaml("name: " + std::string(60, '[') + std::string(60, ']')); }),
            "s.yaml:1:56: nested deeper than 50 levels");
  const std::string hostile = refusal([] { yaml(std::string(400000, '[') + std::string(400000, ']')); });
  EXPECT_NE(hostile.find("nested deeper than 50 levels"), std::string::npos) << hostile;
  EXPECT_NE(refusal([] { yaml(std::string(900000, '[')); }), "accepted");
  const std::string in_json =
      refusal([] { json("{\"name\": " + std::string(60, '[') + std::string(60, ']') + "}"); });
  EXPECT_EQ(in_json, "s.json:1:59: nested deeper than 50 levels");
}

TEST(BadScenario, TheNumberOfValuesIsBounded) {
  std::string many = "name: [";
  for (int i = 0; i < 20001; ++i) many += "1,";
  EXPECT_NE(refusal([&] { yaml(many + "1]"); }).find("more than 20000 values"), std::string::npos);
  EXPECT_NE(refusal([&] { json("{\"name\": [" + many.substr(7) + "1]}"); }).find("more than 20000 values"),
            std::string::npos);
}

TEST(BadScenario, AliasesCountEachTime) {
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    laughs += fmt::format("a{}: &a{} [", i, i);
    for (int j = 0; j < 10; ++j) laughs += fmt::format("*a{}{}", i - 1, j < 9 ? ", " : "]\n");
  }
  const std::string said = refusal([&] { yaml(laughs); });
  EXPECT_NE(said.find("more than 20000 values"), std::string::npos) << said;
}

TEST(BadScenario, AnAliasThatIsHarmlessWorks) {
  const Scenario scenario = yaml(head + "steps:\n  - load: &l {clients: 2, operations: 5}\n  - load: *l\n");
  EXPECT_EQ(scenario.steps.at(1).load->operations, 5);
}

TEST(BadScenario, SizeIsBounded) {
  const std::string said = refusal([] { yaml("name: " + std::string((1U << 20) + 1, 'x')); });
  EXPECT_EQ(said, "s.yaml: 1048583 bytes; a scenario has at most 1048576; is this a scenario at all?");
}

TEST(BadScenario, BrokenJsonNamesLineAndColumn) {
  EXPECT_EQ(refusal([] { json("{\"name\": 'x'}"); }),
            "s.json:1:10: ''' where a value was expected; strings are written in double quotes");
  EXPECT_EQ(refusal([] { json("{\n \"name\": \"a\",\n \"name\": \"b\"}"); }),
            "s.json:3:2: the key \"name\" appears twice in one object");
}

TEST(BadScenario, InJsonTheTableOfKeysNamesPlacesToo) {
  EXPECT_EQ(refusal([] {
              json(
                  "{\"format\": 1, \"name\": \"\\\"ü\\\\\",\n  \"releases\": {\"from\": \"kilo\", \"to\": "
                  "\"liberty\"}, \"upgrade\": {}}");
            }),
            "s.json:1:23: name: text \"\\\"ü\\\\\" where a name of at most 64 letters, digits, - and _ was "
            "expected");
  EXPECT_EQ(refusal([] {
              json(
                  "{\"format\": 1, \"name\": \"x\",\n  \"releases\": {\"from\": \"kilo\", \"to\": "
                  "\"liberty\"}, \"upgrade\": {\"loud\": 1}}");
            }),
            "s.json:2:62: unknown key \"loud\" in `upgrade`; did you mean \"load\"?");
}

class ScenarioFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() / fmt::format("caravan-scenario-{}", ::getpid());
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::filesystem::path folder;
};

TEST_F(ScenarioFile, AFolderIsNoScenario) {
  const std::string said = refusal([&] { load_scenario(folder, sahara_catalog()); });
  EXPECT_NE(said.find(folder.string()), std::string::npos) << said;
  EXPECT_NE(said.find("folder"), std::string::npos) << said;
}

TEST_F(ScenarioFile, AMissingFileNamesItsNearestNeighbour) {
  std::ofstream(folder / "mine.yaml") << "x";
  const std::string said = refusal([&] { find_scenario((folder / "mein.yaml").string(), sahara_catalog()); });
  EXPECT_NE(said.find("mine.yaml"), std::string::npos) << said;
}

TEST_F(ScenarioFile, AnEndlessFileIsReadNoFurtherThanItsLimit) {
  const std::string said = refusal([] { load_scenario("/dev/zero", sahara_catalog()); });
  EXPECT_EQ(
      said,
      "/dev/zero: more than 1048576 bytes; a scenario has at most that many; is this a scenario at all?");
}

TEST_F(ScenarioFile, AnUnknownNameIsComparedWithTheShippedOnes) {
  EXPECT_EQ(
      refusal([] { find_scenario("kilo-to-libery", sahara_catalog()); }),
      "kilo-to-libery: no such file and no shipped scenario of this name; did you mean \"kilo-to-liberty\"?");
}

TEST_F(ScenarioFile, TheCasesOfHistoryAreNamesToo) {
  EXPECT_EQ(find_scenario("history/rename", sahara_catalog()).name, "rename");
  EXPECT_EQ(
      refusal([] { find_scenario("history/renam", sahara_catalog()); }),
      "history/renam: no such file and no shipped scenario of this name; did you mean \"history/rename\"?");
}

TEST_F(ScenarioFile, JsonIsKnownByItsEnding) {
  std::ofstream(folder / "a.json") << "{\"format\": 1, \"name\": \"j\", \"releases\": {\"from\": \"kilo\", "
                                      "\"to\": \"kilo\"}, \"upgrade\": {}}";
  EXPECT_EQ(load_scenario(folder / "a.json", sahara_catalog()).name, "j");
}
