// A plan that was written or changed by hand is held to what scenarios are held to, and told its line.
#include "harness/run/plan_check.hpp"

#include <gtest/gtest.h>

#include "objects/base/error.hpp"
#include "objects/loader/loader.hpp"
#include "scenarios/planning/planner.hpp"

namespace caravan::harness {
namespace {

std::string refusal(const std::string& text) {
  try {
    PlanPlaces places;
    const Plan plan = scenarios::parse_plan(text, "p.txt", &places);
    check_plan(plan, sahara_catalog(), places);
  } catch (const Error& error) {
    return error.exit() == Exit::bad_request ? error.what() : std::string("other exit: ") + error.what();
  }
  return "accepted";
}

/// Two nodes of each role serve at kilo; the steps begin in line 21, with number 7.
std::string with(const std::string& steps) {
  return R"(caravan plan: 1
scenario: x
about: x
seed: 1
from: kilo
to: liberty
access: conductor
compat: backport
database: sqlite
nodes: {"api":2,"conductor":2,"engine":2}
clients: 1
expect: "pass"

1 start node=engine.1 release=kilo
2 start node=conductor.1 release=kilo
3 start node=conductor.2 release=kilo
4 start node=engine.2 release=kilo
5 start node=api.1 release=kilo
6 start node=api.2 release=kilo

)" + steps;
}

std::string cluster(const std::string& more) {
  return "  - s1 api.1 create Cluster 6a046a57-a3d9-5114-878c-40831bd0d516 do {\"fields\":{\"name\":\"c\"" +
         more + "}}\n";
}

std::string job(const std::string& method, const std::string& more) {
  return "  - s1 api.1 " + method + " Job 6a046a57-a3d9-5114-878c-40831bd0d516 do {" + more + "}\n";
}

TEST(APlanByHand, AsksNobodyWhoCannotAnswer) {
  const std::string listing = "  - s1 api.1 list Job - do\n";
  EXPECT_EQ(refusal(with("7 kill node=conductor.1\n8 kill node=conductor.2\n9 group : x\n" + listing)),
            "p.txt:24: do: no conductor is running at this point, and api.1 cannot answer without one; "
            "start one first");
  EXPECT_EQ(refusal(with("7 kill node=conductor.1\n9 group : x\n" + listing)), "accepted");
  EXPECT_EQ(refusal(with("7 stop node=api.1\n8 group : x\n" + listing)),
            "p.txt:23: do: api.1 is not serving at this point; start it first, or ask another api");
  EXPECT_EQ(refusal(with("7 group : x\n  7.1 kill node=api.1\n" + listing)), "accepted");
  EXPECT_EQ(refusal(with("7 pause node=conductor.1\n8 pause node=conductor.2\n9 stop node=api.1\n10 start "
                         "node=api.1 release=kilo\n")),
            "p.txt:24: start api.1: no conductor is serving at this point, and it needs one for admission; "
            "resume a conductor before it");
}

TEST(APlanByHand, LeavesNoWorkToEnginesThatAreGone) {
  const std::string gone = "7 kill node=engine.1\n8 kill node=engine.2\n",
                    made = " group : x\n" + cluster("");
  EXPECT_EQ(refusal(with(gone + "9" + made)),
            "p.txt:24: create Cluster 6a046a57-a3d9-5114-878c-40831bd0d516: an engine takes it up, and none "
            "runs from here until everything must be at rest; start an engine in between");
  EXPECT_EQ(refusal(with("6.5" + made + gone)),
            "p.txt:22: create Cluster 6a046a57-a3d9-5114-878c-40831bd0d516: an engine may not have finished "
            "it when engine.2 is killed (p.txt:24), and none runs from there until everything must be at "
            "rest; let everything come to rest before that, or start an engine after it");
  EXPECT_EQ(refusal(with("6.5" + made + "6.6 settle\n" + gone)), "accepted");
  EXPECT_EQ(refusal(with(gone + "9" + made + "10 start node=engine.1 release=kilo\n")), "accepted");
  EXPECT_EQ(refusal(with(gone + "9" + made +
                         "10 wait object=Cluster row=6a046a57-a3d9-5114-878c-40831bd0d516 status=Active\n")),
            "p.txt:25: wait: no engine is serving at this point, so nothing brings Cluster "
            "6a046a57-a3d9-5114-878c-40831bd0d516 to Active; start an engine before it");
  EXPECT_EQ(refusal(with("7 group : x\n  - s1 api.1 create Cluster 6 do {\"engine\":\"engine.3\"}\n")),
            "p.txt:22: operation s1: unknown node 'engine.3'; did you mean \"engine.1\"?");
}

TEST(APlanByHand, WritesWhatItsFieldsCanHold) {
  const auto said = [](const std::string& line) { return refusal(with("7 group : x\n" + line)); };
  EXPECT_EQ(said(job("create", R"("fields":{"description":5})")),
            "p.txt:22: operation s1: Job.description at kilo: it holds text (String), 5 is not; in quotes: "
            "\"5\"; `\"raw\":true` sends it as it is");
  EXPECT_EQ(said(job("create", R"("fields":{"description":5},"raw":true)")), "accepted");
  EXPECT_EQ(said(job("update", R"("fields":{"name":null})")).substr(0, 42),
            "p.txt:22: operation s1: Job.name at kilo: ");
  EXPECT_EQ(said(job("read", R"("want":{"description":["a"]})")).substr(0, 49),
            "p.txt:22: operation s1: Job.description at kilo: ");
  EXPECT_EQ(said(job("list", R"("fields":{"name":true})")).substr(0, 42),
            "p.txt:22: operation s1: Job.name at kilo: ");
  EXPECT_EQ(
      said(cluster(R"(,"node_groups":[{"id":"6a046a57-a3d9-5114-878c-40831bd0d517","count":"2"}])")),
      "p.txt:22: operation s1: NodeGroup.count at kilo: it holds a whole number (Integer), \"2\" is not; "
      "without quotes: 2; `\"raw\":true` sends it as it is");
  EXPECT_EQ(said(job("create", R"("fields":{"descripton":"x"})")),
            "p.txt:22: operation s1: api.1 is at kilo, whose Job has no field descripton; did you mean "
            "\"description\"?");
  EXPECT_EQ(said(job("create", R"("expect":"refused","fields":{"is_public":true})")), "accepted");
  EXPECT_EQ(said(job("create", R"("fields":{"description":"$x"})")), "accepted");
}

TEST(APlanByHand, IsHeldToTheReleaseOfTheApiAtThatPoint) {
  const std::string renewed = "  7.1 stop node=api.1\n  7.2 start node=api.1 release=liberty\n",
                    line = job("create", R"("fields":{"is_public":true})");
  EXPECT_EQ(refusal(with("7 group : x\n" + line)).substr(0, 75),
            "p.txt:22: operation s1: api.1 is at kilo, whose Job has no field is_public;");
  EXPECT_EQ(refusal(with("7 group : x\n" + renewed + "8 group : x\n" + line)), "accepted");
  EXPECT_EQ(refusal(with("7 group : x\n" + renewed + line)), "accepted");
}

TEST(APlanThatWasMade, PassesAsItWasPrinted) {
  std::vector<std::string> names = scenarios::shipped_scenario_names(),
                           history = scenarios::history_scenario_names();
  names.insert(names.end(), history.begin(), history.end());
  for (const std::string& name : names)
    for (const char* mode : {"", "conductor/backport", "conductor/pin", "conductor/none", "direct/none"}) {
      scenarios::Scenario scenario = scenarios::find_scenario(name, sahara_catalog());
      if (*mode != '\0') scenarios::set_mode(scenario.mode, mode, "test");
      try {
        EXPECT_EQ(refusal(print(scenarios::make_plan(scenario, sahara_catalog(), 5))), "accepted")
            << name << " " << mode;
      } catch (const Error& error) {
        EXPECT_EQ(error.exit(), Exit::bad_request) << name << " " << mode;  // not for this mode
      }
    }
}

std::string said_of_expectation(const std::string& expect) {
  const std::string head = "format: 1\nname: x\nreleases: {from: kilo, to: liberty}\nupgrade: {}\nexpect: ";
  try {
    require_checks(scenarios::load_scenario_text(head + expect, "s.yaml", "yaml", sahara_catalog()));
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST(PlanCheck, AnExpectationOfACheckThatThereIsNotIsRefusedAtItsPlace) {
  EXPECT_EQ(said_of_expectation("{no-data-loss: {fail: Job.name}}"), "");
  EXPECT_EQ(said_of_expectation("{no-data-los: {fail: Job.name}}"),
            "s.yaml:5:10: expect: unknown check \"no-data-los\"; did you mean \"no-data-loss\"?");
  EXPECT_EQ(
      said_of_expectation("{direct/none: {round-trip: pass}}"),
      "s.yaml:5:24: expect: unknown check \"round-trip\"; known: wire-schema, migration, session, "
      "no-data-loss, frame, stored-format, rpc-contract, gate, pin, effect-count, liveness, exception, ...");
}

}  // namespace
}  // namespace caravan::harness
