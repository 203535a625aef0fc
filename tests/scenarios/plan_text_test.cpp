// Plans as text: what is printed reads back, and what is broken is refused with its line.
#include <gtest/gtest.h>

#include "tests/scenarios/support.hpp"

using namespace caravan;
using namespace caravan::scenarios;
using namespace caravan::scenarios::tests;

namespace {

Plan odd_plan() {
  Plan plan;
  plan.scenario = "odd";
  plan.about = " \"spaces\" and\nlines, käse ";
  plan.seed = 18446744073709551615ULL;
  plan.from = "2023.1";
  plan.to = "2023.2";
  plan.nodes = {{"conductor", 1}, {"api", 2}};
  plan.mode = {Access::conductor, Compatibility::pin, "mariadb"};
  plan.migration = "as-released";
  plan.row_stamps = true;
  plan.config = {{"api.1", {{"castellan", true}, {"upgrade_levels", "a b"}}}};
  plan.programs = {{"conductor.1", "python"}, {"api.2", "./a node: \"mine\""}};
  plan.clients = 3;
  plan.expect = Json{{"frame", {{"fail", "Job.name"}}}};
  PlanStep step;
  step.number = "1";
  step.why = "why: with = and \" and : colons";
  PlanStep inner;
  inner.number = "1.1";
  inner.action = step::Migrate{step::Phase::data, "a b", "-", 10, 2, 1, step::Expect::refused};
  Operation op;
  op.id = "s1";
  op.via = "api.1";
  op.method = "create";
  op.object = "Job";
  op.row = "with space";
  op.purpose = "do";
  op.fields = Json{{"text", "line\nbreak \"quoted\" ü"}, {"list", {1, 2.5, nullptr, true}}};
  inner.operations.push_back(op);
  Operation empty;
  empty.id = "c12-7";
  empty.client = 12;
  empty.engine = "engine.1";
  empty.expect = "refused";
  empty.raw = true;
  empty.want = Json{{"a", nullptr}};
  step.operations.push_back(empty);
  Operation foreign = empty;
  foreign.id = "c1-x";
  foreign.client = 9;
  foreign.fields = Json(nullptr);
  step.operations.push_back(foreign);
  step.steps.push_back(inner);
  plan.steps.push_back(step);
  PlanStep last;
  last.number = "2";
  last.action = step::Settle{};
  plan.steps.push_back(last);
  return plan;
}

std::string with(const std::string& line) {
  Plan plan = odd_plan();
  plan.about = "x";
  plan.programs.clear();
  plan.config.clear();
  plan.migration = "phased";
  plan.row_stamps = false;
  plan.steps.clear();
  return print(plan) + line;
}

}  // namespace

TEST(PlanText, ReadsBackWhatItPrints) {
  const Plan plan = odd_plan();
  EXPECT_EQ(parse_plan(print(plan), "p"), plan) << print(plan);
  for (const std::string& name : shipped_scenario_names()) {
    const Plan made = plan_of(shipped(name), 7);
    EXPECT_TRUE(parse_plan(print(made), "p") == made) << name;
    EXPECT_EQ(print(parse_plan(print(made), "p")), print(made)) << name;
  }
}

TEST(PlanText, ReadsLinesOfOtherSystemsAndBlankLines) {
  const Plan plan = odd_plan();
  std::string text;
  for (const char c : print(plan)) text += c == '\n' ? std::string("\r\n\r\n") : std::string(1, c);
  EXPECT_EQ(parse_plan(text, "p"), plan);
}

TEST(PlanText, BrokenPlansNameTheirLine) {
  struct Case {
    std::string text, message;
  };
  const std::vector<Case> cases = {
      {"", "p:0: the plan ends where \"caravan plan: ...\" was expected"},
      {"hello\n", "p:1: \"caravan plan: ...\" was expected; is this a plan at all?"},
      {"caravan plan: 9\n", "p:1: format 9 of plans; this program reads format 1"},
      {"caravan plan: 1\nscenario: x\nabout:\nseed: many\n", "p:4: \"many\" where a number was expected"},
      {with("1 grup\n"), "p:14: unknown verb \"grup\"; did you mean \"group\"?"},
      {with("1\n"), "p:14: step 1 without a verb"},
      {with("one group\n"),
       "p:14: \"one\" where the number of a step was expected; operations begin with \"- \""},
      {with("1 start nod=api.1\n"), "p:14: unknown member \"nod\" of start; did you mean \"node\"?"},
      {with("1 stop phase=data\n"), "p:14: unknown member \"phase\" of stop; known: node"},
      {with("1 migrate phase=dat\n"), "p:14: unknown phase \"dat\"; did you mean \"data\"?"},
      {with("1 migrate batch=x\n"), "p:14: \"x\" where a number was expected"},
      {with("1 migrate batch=99999999999\n"), "p:14: 99999999999 is out of range"},
      {with("1 start node=api.1 node=api.2\n"), "p:14: a second node of step 1"},
      {with("1 start node=api.1 release\n"), "p:14: release of step 1 has no value; release=VALUE"},
      {with("1 group\n1 group\n"), "p:15: a second step 1"},
      {with("\"\" group\n"),
       "p:14: \"\" where the number of a step was expected; operations begin with \"- \""},
      {with("1 group : caf\xe9\n"), "p:14: byte 0xe9 is not UTF-8"},
      {with("1 group\n  - s1 api.1 read Job x do {\"client\":4294967297}\n"),
       "p:15: 4294967297 is out of range"},
      {with("  1 group\n"),
       "p:14: a step deeper than its parent allows; two spaces of indentation per level"},
      {with(" 1 group\n"), "p:14: 1 spaces of indentation; two a level"},
      {with("- s1 api.1 create Job x do\n"),
       "p:14: an operation outside a step; two spaces of indentation per level"},
      {with("1 group\n  - s1 api.1 create\n"),
       "p:15: an operation without its object; - ID API METHOD OBJECT ROW PURPOSE {...}"},
      {with("1 group\n  - s1 api.1 read Job x do {\"wants\":{}}\n"),
       "p:15: unknown or wrong member \"wants\" of an operation; did you mean \"want\"?"},
      {with("1 group\n  - s1 api.1 read Job x do {\"want\":\n"),
       "p:15: the JSON at the end of the line: the text ends where a value was expected; it may have been "
       "cut off"},
      {with("1 group\n  - s1 api.1 read Job x do\n  - s1 api.1 read Job x do\n"),
       "p:16: a second operation s1"},
  };
  for (const Case& c : cases) EXPECT_EQ(refusal([&] { parse_plan(c.text, "p"); }), c.message) << c.text;
}

TEST(PlanText, ProgramsOfNodesThatThereAreNotAreRefused) {
  std::string text = print(odd_plan());
  text.replace(text.find("conductor.1"), 11, "conductor.2");
  EXPECT_EQ(refusal([&] { parse_plan(text, "p"); }),
            "p:13: programs: there is no node or role \"conductor.2\"; did you mean \"conductor.1\"?");
}

TEST(PlanText, ATinyScenarioGivesTheApprovedPlan) {
  const Scenario tiny = yaml(R"(
format: 1
name: tiny
about: one of each role but for two apis, and a handful of operations
nodes: {conductor: 1, engine: 1, api: 2}
releases: {from: kilo, to: liberty}
upgrade: {order: [conductor, api.1, engine, rest], load: {clients: 2, operations: 24}}
)");
  const std::string actual = print(plan_of(tiny));
  const std::string path = source("tests/scenarios/golden/tiny.txt");
  EXPECT_EQ(approved(path, actual), actual) << "CARAVAN_GOLDEN=write rewrites " << path;
}

TEST(PlanText, AWrittenScenarioGivesTheApprovedPlan) {
  const Scenario written = yaml(R"(
format: 1
name: by-hand
nodes: {conductor: 1, engine: 2, api: 2}
releases: {from: kilo, to: liberty}
steps:
  - do: {create: Cluster, as: C, via: api.1, set: {name: workers}}
  - wait: settle
  - migrate: expand
  - upgrade: [conductor, api.1]
    load: {clients: 2, operations: 6}
    why: one api goes ahead
  - pause: engine.2
  - do: {update: C, via: api.2, set: {description: edited}}
  - do: {read: C, via: api.1, want: {description: edited}}
  - resume: engine.2
  - fault: {crash: engine.1}
  - upgrade: rest
  - migrate: contract
)");
  const std::string actual = print(plan_of(written));
  const std::string path = source("tests/scenarios/golden/by-hand.txt");
  EXPECT_EQ(approved(path, actual), actual) << "CARAVAN_GOLDEN=write rewrites " << path;
}
