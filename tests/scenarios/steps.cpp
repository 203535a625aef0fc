// The long form: what the fleet can do at each point, and the constraints with their reasons.
#include <gtest/gtest.h>

#include "scenarios/fleet.hpp"
#include "tests/scenarios/support.hpp"

using namespace caravan;
using namespace caravan::testing_scenarios;

namespace {

const std::string opening =
    "format: 1\nname: x\nnodes: {conductor: 1, engine: 1, api: 2}\nreleases: {from: kilo, to: "
    "liberty}\nsteps:\n";

std::string said(const std::string& steps) {
  return refusal([&] { plan_of(yaml(opening + steps)); });
}

Plan planned(const std::string& steps) { return plan_of(yaml(opening + steps)); }

const Operation& last_operation(const Plan& plan) {
  const Operation* found = nullptr;
  for (const PlanStep& step : plan.steps) {
    if (!step.operations.empty()) found = &step.operations.back();
  }
  return *found;
}

}  // namespace

TEST(Steps, ConductorsUpgradeFirst) {
  EXPECT_EQ(
      said("  - migrate: expand\n  - upgrade: api.1\n"),
      "s.yaml:7:5: api.1 would be at liberty while conductor.1 is at kilo (conductors-first); conductors "
      "upgrade first "
      "(and roll back last): an older conductor can neither read nor backport what a newer node sends it");
  EXPECT_EQ(
      said("  - migrate: expand\n  - upgrade: [conductor, api.1]\n  - rollback: conductor\n").substr(0, 30),
      "s.yaml:8:5: api.1 would be at ");
  EXPECT_EQ(said("  - migrate: expand\n  - upgrade: [conductor, api.1]\n  - rollback: rest\n"), "accepted");
}

TEST(Steps, AnOrderThatPutsConductorsLaterIsRefusedWithTheReason) {
  const std::string order = refusal([] {
    plan_of(
        yaml("format: 1\nname: x\nreleases: {from: kilo, to: liberty}\nupgrade:\n  order: [engine.1, "
             "conductor, rest]\n"));
  });
  EXPECT_EQ(
      order.rfind(
          "s.yaml:5:10: engine.1 would be at liberty while conductor.1 is at kilo (conductors-first); ", 0),
      0U)
      << order;
}

TEST(Steps, AnOrderNamesEveryNode) {
  EXPECT_EQ(
      refusal([] {
        plan_of(yaml(
            "format: 1\nname: x\nreleases: {from: kilo, to: liberty}\nupgrade: {order: [conductor, api]}\n"));
      }),
      "s.yaml:4:18: order leaves out engine.1; `rest` is every node not named");
}

TEST(Steps, TablesComeBeforeTheNodesThatNeedThemAndGoAfterTheLastOldOne) {
  EXPECT_NE(said("  - upgrade: conductor\n").find("(expand-first)"), std::string::npos);
  EXPECT_NE(
      said("  - migrate: expand\n  - upgrade: conductor\n  - migrate: contract\n").find("(contract-last)"),
      std::string::npos);
  EXPECT_NE(said("  - migrate: expand\n  - upgrade: rest\n  - migrate: contract\n  - rollback: rest\n")
                .find("(contract-last)"),
            std::string::npos);
  EXPECT_EQ(said("  - migrate: contract\n"),
            "s.yaml:6:5: migrate contract before expand; the phases are expand, data (may be left out), "
            "contract, each once");
  EXPECT_EQ(said("  - migrate: expand\n  - migrate: expand\n"),
            "s.yaml:7:5: migrate expand after expand; the phases are expand, data (may be left out), "
            "contract, each once");
}

TEST(Steps, EveryConstraintHasItsReason) {
  ASSERT_EQ(constraints().size(), 3U);
  for (const Constraint& constraint : constraints())
    EXPECT_GT(std::string(constraint.reason).size(), 40U) << constraint.name;
}

TEST(Steps, NodesAreStruckOnlyWhereTheyAre) {
  EXPECT_EQ(said("  - start: api.1\n"), "s.yaml:6:5: start api.1: it is running at this point");
  EXPECT_EQ(said("  - stop: api.1\n  - stop: api.1\n"),
            "s.yaml:7:5: stop api.1: it is stopped at this point");
  EXPECT_EQ(said("  - resume: api.1\n"), "s.yaml:6:5: resume api.1: it is not paused at this point");
  EXPECT_EQ(said("  - pause: api.1\n  - stop: api.1\n"),
            "s.yaml:7:5: stop api.1: it is paused at this point");
  EXPECT_EQ(said("  - pause: api.1\n  - kill: api.1\n  - start: api.1\n"), "accepted");
  EXPECT_EQ(said("  - stop: [api.1, engine]\n  - start: [engine, api.1]\n"), "accepted");
  EXPECT_EQ(said("  - fault: {crash: [engine, api.2]}\n"), "accepted");
}

TEST(Steps, ClientsAskWhoServes) {
  EXPECT_EQ(said("  - stop: api.1\n  - do: {create: Job, via: api.1}\n"),
            "s.yaml:7:5: do: api.1 does not serve at this point; known: api.2");
  EXPECT_EQ(said("  - stop: api\n  - do: {create: Job}\n"), "s.yaml:7:5: do: no api serves at this point");
  EXPECT_EQ(said("  - restart: api\n    load: {clients: 1, operations: 5}\n"),
            "s.yaml:6:5: load: no api serves all through this step; leave one api running, or move the load");
  const Plan plan = planned("  - restart: api.1\n    load: {clients: 3, operations: 30}\n");
  int asked = 0;
  for (const Operation& op : plan.steps.at(1).operations) {
    EXPECT_EQ(op.via, "api.2");
    ++asked;
  }
  EXPECT_EQ(asked, 30);
  EXPECT_EQ(plan.clients, 3);
}

TEST(Steps, AFieldThatTheApiDoesNotKnowIsAnErrorUnlessItsRefusalIsExpected) {
  EXPECT_EQ(said("  - do: {create: Job, via: api.1, set: {is_public: true}}\n"),
            "s.yaml:6:5: api.1 is at kilo, whose Job has no field is_public; ask an api of the other "
            "release, or write `expect: "
            "refused`");
  EXPECT_EQ(said("  - do: {create: JobInterfaceArgument, via: api.1}\n"),
            "s.yaml:6:5: api.1 is at kilo, which does not know JobInterfaceArgument; ask a newer api, or "
            "write `expect: refused`");
  const Plan plan = planned("  - do: {create: Job, via: api.1, set: {is_public: true}, expect: refused}\n");
  EXPECT_EQ(last_operation(plan).expect, "refused");
  EXPECT_EQ(last_operation(plan).fields.at("is_public"), Json(true));
}

TEST(Steps, RowsAreNamedAndReferredTo) {
  const Plan plan = planned(
      "  - do: {create: Job, as: J, via: api.1, set: {type: Pig, description: $$x}}\n"
      "  - do: {create: JobExecution, as: R, via: api.2, set: {job_id: $J}}\n"
      "  - do: {read: R, via: api.1, want: {job_id: $J}}\n");
  const Operation& made = plan.steps.at(1).operations.at(0);
  EXPECT_EQ(made.fields.at("description"), Json("$x"));
  EXPECT_EQ(made.fields.at("type"), Json("Pig"));
  EXPECT_EQ(made.fields.at("name"), Json("s1-Job"));  // must not be NULL: filled
  EXPECT_EQ(plan.steps.at(2).operations.at(0).fields.at("job_id"), made.fields.at("id"));
  EXPECT_EQ(last_operation(plan).want, (Json{{"job_id", made.row}}));
}

TEST(Steps, ScaleNamesAGroupOfTheCluster) {
  const std::string made = "  - do: {create: Cluster, as: C, via: api.1}\n  - wait: settle\n";
  const Plan plan = planned(made + "  - do: {scale: C, set: {node_group: s1.1-NodeGroup, count: 3}}\n");
  const Json& groups = plan.steps.at(1).operations.at(0).fields.at("node_groups");
  EXPECT_EQ(last_operation(plan).fields.at("node_group"), groups.at(0).at("id"));
  const std::string wrong = said(made + "  - do: {scale: C, set: {node_group: s1.9-NodeGroup, count: 3}}\n");
  EXPECT_EQ(wrong.rfind("s.yaml:8:5: scale: the cluster has no node group \"s1.9-NodeGroup\"; ", 0), 0U)
      << wrong;
}

TEST(Steps, MixThatCannotBeIsAnErrorOnlyIfItWasAskedFor) {
  const std::string one_api = "format: 1\nname: x\nnodes: {api: 1}\nreleases: {from: kilo, to: liberty}\n";
  EXPECT_EQ(refusal([&] { plan_of(yaml(one_api + "upgrade: {mix: true}\n")); }),
            "s.yaml:5:10: mix: this order never has an old and a new api beside an old engine; two apis and "
            "an engine that comes "
            "after the first of them are needed");
  EXPECT_EQ(refusal([&] { plan_of(yaml(one_api + "upgrade: {}\n")); }), "accepted");
}

TEST(Steps, ReleasesWithTheSameTablesNeedNoMigration) {
  EXPECT_EQ(
      refusal([] {
        plan_of(yaml("format: 1\nname: x\nreleases: {from: stein, to: train}\nsteps: [{migrate: expand}]\n"));
      }),
      "s.yaml:4:9: migrate: stein and train have the same tables; leave it out");
}
