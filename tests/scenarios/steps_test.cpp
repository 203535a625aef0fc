// The long form: what the fleet can do at each point, and the constraints with their reasons.
#include <gtest/gtest.h>

#include "scenarios/plan/fleet.hpp"
#include "tests/scenarios/support.hpp"

using namespace caravan;
using namespace caravan::scenarios;
using namespace caravan::scenarios::tests;

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
            "s.yaml:6:5: migrate contract before expand; the phases are expand, data (in as many "
            "steps as you like), contract");
  EXPECT_EQ(said("  - migrate: expand\n  - migrate: expand\n"),
            "s.yaml:7:5: migrate expand after expand; the phases are expand, data (in as many "
            "steps as you like), contract");
}

TEST(Steps, EveryConstraintHasItsReason) {
  ASSERT_EQ(constraints().size(), 4U);
  for (const Constraint& constraint : constraints())
    EXPECT_GT(std::string(constraint.reason).size(), 40U) << constraint.name;
}

TEST(Steps, NodesAreStruckOnlyWhereTheyAre) {
  EXPECT_EQ(said("  - start: api.1\n"), "s.yaml:6:5: start api.1: it is running at this point");
  EXPECT_EQ(said("  - stop: api.1\n  - stop: api.1\n"),
            "s.yaml:7:5: stop api.1: it is stopped at this point");
  EXPECT_EQ(said("  - resume: api.1\n"), "s.yaml:6:5: resume api.1: it is running at this point");
  EXPECT_EQ(said("  - pause: api.1\n  - stop: api.1\n"),
            "s.yaml:7:5: stop api.1: it is paused at this point");
  EXPECT_EQ(said("  - pause: api.1\n  - kill: api.1\n  - start: api.1\n"), "accepted");
  EXPECT_EQ(said("  - stop: [api.1, engine]\n  - start: [engine, api.1]\n"), "accepted");
  EXPECT_EQ(said("  - fault: {crash: [engine, api.2]}\n"), "accepted");
}

TEST(Steps, ClientsAskWhoServes) {
  EXPECT_EQ(said("  - stop: api.1\n  - do: {create: Job, via: api.1}\n"),
            "s.yaml:7:5: do: api.1 is not serving at this point; known: api.2");
  EXPECT_EQ(said("  - stop: api\n  - do: {create: Job}\n"),
            "s.yaml:7:5: do: no api is serving at this point");
  EXPECT_EQ(said("  - stop: api\n    load: {clients: 1, operations: 5}\n"),
            "s.yaml:6:5: load: no api serves throughout this step; leave one api running, or move the load");
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
            "s.yaml:6:52: api.1 is at kilo, whose Job has no field is_public; ask an api of the other "
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
  const std::string later = made + "  - do: {create: NodeGroup, as: G, set: {cluster_id: $C, name: more}}\n";
  const std::string scaled = "  - do: {scale: C, set: {node_group: more, count: 3}}\n";
  const Plan more = planned(later + scaled);
  EXPECT_EQ(more.steps.at(4).operations.at(0).fields.at("node_group"), more.steps.at(3).operations.at(0).row);
  EXPECT_NE(said(later + "  - do: {delete: G}\n" + scaled).find("no node group \"more\""), std::string::npos);
}

TEST(Steps, MixThatCannotBeIsAnErrorOnlyIfItWasAskedFor) {
  const std::string one_api = "format: 1\nname: x\nnodes: {api: 1}\nreleases: {from: kilo, to: liberty}\n";
  EXPECT_EQ(refusal([&] { plan_of(yaml(one_api + "upgrade: {mix: true}\n")); }),
            "s.yaml:5:10: mix: this order never has an old and a new api together with an old engine; two "
            "apis and an engine that comes after the first of them are needed");
  EXPECT_EQ(refusal([&] { plan_of(yaml(one_api + "upgrade: {}\n")); }), "accepted");
}

TEST(Steps, ReleasesWithTheSameTablesNeedNoMigration) {
  EXPECT_EQ(
      refusal([] {
        plan_of(yaml("format: 1\nname: x\nreleases: {from: stein, to: train}\nsteps: [{migrate: expand}]\n"));
      }),
      "s.yaml:4:9: migrate: stein and train have the same tables; leave it out");
}

namespace {

std::string pinned(const std::string& steps) {
  return refusal([&] { plan_of(yaml("compat: pin\n" + opening + steps)); });
}

}  // namespace

TEST(Steps, WithPinsAnyOrderIsLawfulButAnOlderNodeIsAnnouncedFirst) {
  EXPECT_EQ(pinned("  - migrate: expand\n  - upgrade: [api.1, engine, rest]\n"), "accepted");
  const std::string lifted =
      "  - migrate: expand\n  - upgrade: rest\n  - reload: [conductor, engine]\n  - restart: api\n";
  const std::string said = pinned(lifted + "  - rollback: engine.1\n");
  EXPECT_EQ(
      said.rfind(
          "s.yaml:11:5: engine.1 would be at kilo while conductor.1 is pinned at liberty (pin-first); ", 0),
      0U)
      << said;
  EXPECT_EQ(
      pinned(lifted + "  - announce: engine.1\n    release: kilo\n  - reload: rest\n  - restart: api\n" +
             "  - rollback: engine.1\n"),
      "accepted");
  EXPECT_EQ(pinned(lifted + "  - upgrade: engine.1\n    release: kilo\n    expect: refused\n"), "accepted");
}

TEST(Steps, APinnedApiTakesOnlyWhatTheOldestKnows) {
  const std::string half = "  - migrate: expand\n  - upgrade: [conductor, api.1]\n";
  const std::string made = "  - do: {create: Job, via: api.1, set: {is_public: true}}\n";
  EXPECT_EQ(pinned(half + made),
            "s.yaml:9:52: api.1 is pinned at kilo, whose Job has no field is_public; ask after the pins are "
            "lifted, "
            "or write `expect: refused`");
  EXPECT_EQ(pinned(half + "  - do: {create: Job, via: api.1, set: {is_public: true}, expect: {conductor/pin: "
                          "refused}}\n"),
            "accepted");
  EXPECT_EQ(pinned(half + "  - upgrade: rest\n  - reload: [conductor, engine]\n  - restart: api\n" + made),
            "accepted");
}

TEST(Steps, APinnedApiLooksForAndLoadsOnlyWhatTheOldestKnows) {
  const std::string half =
      "  - do: {create: Job, as: J}\n  - migrate: expand\n  - upgrade: [conductor, api.1]\n";
  const std::string listed = "  - do: {list: Job, via: api.1, where: {is_public: false}}\n";
  const std::string loaded = "  - do: {read: J, via: api.1, load: [interface]}\n";
  EXPECT_EQ(pinned(half + listed),
            "s.yaml:10:52: api.1 is pinned at kilo, whose Job has no field is_public; ask after the pins are "
            "lifted, or write `expect: refused`");
  EXPECT_EQ(pinned(half + loaded),
            "s.yaml:10:5: api.1 is pinned at kilo, whose Job has no field interface; ask after the pins are "
            "lifted, or write `expect: refused`");
  const std::string lifted = "  - upgrade: rest\n  - reload: [conductor, engine]\n  - restart: api\n";
  EXPECT_EQ(pinned(half + lifted + listed + loaded), "accepted");
}

TEST(Steps, NobodyIsAskedToSuspendWhereEnginesCannot) {
  const std::string run = "  - do: {create: Job, as: J}\n  - do: {run: J, as: R}\n";
  EXPECT_EQ(
      said(run + "  - do: {suspend: R, via: api.1}\n"),
      "s.yaml:8:5: suspend: api.1 is at kilo, whose engines have no method job_execution_suspend; ask an "
      "api of a newer release, or write `expect: refused`");
  EXPECT_EQ(said(run + "  - do: {suspend: R, via: api.1, expect: refused}\n"), "accepted");
  EXPECT_EQ(said(run + "  - do: {cancel: R, via: api.1}\n"), "accepted");
}

TEST(Steps, RowsOfTheirOwnAreNoColumnToListBy) {
  EXPECT_EQ(said("  - do: {list: Cluster, where: {node_groups: []}}\n"),
            "s.yaml:6:46: Cluster.node_groups holds rows of its own, so it is not a column to list by");
}

TEST(Steps, GatesAreToldWhatTheyMustRefuse) {
  const Plan plan = planned(
      "  - forget: engine.1\n    expect: refused\n  - upgrade: api.1\n    release: mitaka\n    expect: "
      "refused\n"
      "  - start: api.1\n  - migrate: contract\n    expect: refused\n  - forget: engine.1\n    expect: "
      "refused\n");
  const auto refused = step::Expect::refused;
  EXPECT_EQ(std::get<step::Forget>(plan.steps.at(1).action), (step::Forget{"engine.1", refused}));
  EXPECT_EQ(std::get<step::Start>(plan.steps.at(2).steps.at(1).action),
            (step::Start{"api.1", "mitaka", refused}));
  EXPECT_EQ(std::get<step::Start>(plan.steps.at(3).action).release, "kilo");
  const auto& contract = std::get<step::Migrate>(plan.steps.at(4).action);
  EXPECT_EQ(contract.phase, step::Phase::contract);
  EXPECT_EQ(contract.expect, refused);
  EXPECT_EQ(said("  - forget: engine.1\n"),
            "s.yaml:6:5: forget engine.1: it is running at this point, and its heartbeat is fresh; stop it "
            "first, or write `expect: refused`");
  EXPECT_EQ(said("  - stop: engine.1\n  - forget: engine.1\n"), "accepted");
}

TEST(Steps, AStepStandsOnlyInItsModes) {
  const std::string text = opening +
                           "  - do: {create: Job, as: J}\n    modes: [conductor/pin, direct/none]\n"
                           "  - reload: conductor\n  - do: {read: J}\n    modes: direct/none\n";
  EXPECT_EQ(plan_of(yaml(text)).steps.size(), 2U);
  EXPECT_EQ(plan_of(yaml("compat: pin\n" + text)).steps.size(), 4U);
  EXPECT_EQ(plan_of(yaml("access: direct\n" + text)).steps.size(), 4U);
  EXPECT_EQ(
      said("  - do: {create: Job, as: J}\n    modes: conductor/pin\n  - do: {read: J}\n"),
      "s.yaml:8:5: no step made a row \"J\" in conductor/backport; look at `modes` and `expect` of the step "
      "that was to make it");
}

TEST(Steps, ACrashHasItsMomentAndARowIsWaitedFor) {
  const Plan plan = planned(
      "  - do: {create: Cluster, as: C}\n  - fault: {crash: api.1, when: mid-save}\n"
      "    do: {update: C, via: api.1, set: {description: x}}\n"
      "  - wait: {row: C, status: Active}\n  - migrate: expand\n  - migrate: data\n    batch: 5\n    die_in: "
      "2\n");
  const PlanStep& crash = plan.steps.at(2);
  ASSERT_EQ(crash.operations.size(), 1U);
  EXPECT_EQ(std::get<step::Kill>(crash.steps.at(0).steps.at(0).action).when, step::Moment::mid_save);
  const auto& wait = std::get<step::Wait>(plan.steps.at(3).action);
  EXPECT_EQ(wait.object + " " + wait.status, "Cluster Active");
  const auto& data = std::get<step::Migrate>(plan.steps.at(5).action);
  EXPECT_EQ(data.batch * 10 + data.die_in, 52);
  EXPECT_EQ(parse_plan(print(plan), "p"), plan);
}

TEST(Steps, EveryModeOfTheShortFormPlansAndReadsBack) {
  for (const char* mode : {"conductor/backport", "conductor/pin", "conductor/none", "direct/none"}) {
    for (const bool turn : {false, true}) {
      Scenario s =
          yaml(std::string("format: 1\nname: x\nreleases: {from: juno, to: liberty}\nupgrade: {turn_back: ") +
               (turn ? "true" : "false") + "}\n");
      set_mode(s.mode, mode, "");
      const Plan plan = plan_of(s);
      EXPECT_TRUE(parse_plan(print(plan), "p") == plan) << mode;
    }
  }
}

namespace {

std::string short_form_under(const std::string& config) {
  return "format: 1\nname: x\ncompat: pin\nreleases: {from: kilo, to: liberty}\nconfig: " + config +
         "\nupgrade: {}\n";
}

std::string sets_of(const Plan& plan, const std::string& object, const std::string& field) {
  std::string found;
  const std::function<void(const std::vector<PlanStep>&)> look = [&](const std::vector<PlanStep>& steps) {
    for (const PlanStep& step : steps) {
      for (const Operation& op : step.operations)
        if (op.object == object && op.expect == "ok" && op.fields.contains(field)) found += " " + op.id;
      look(step.steps);
    }
  };
  look(plan.steps);
  return found;
}

}  // namespace

TEST(Steps, UnderACapThatIsNeverLiftedTheShortFormAsksForNothingAboveIt) {
  for (const char* who : {"api", "api.1", "conductor", "conductor.2"}) {
    const Plan plan = plan_of(yaml(short_form_under(std::string("{") + who + ": {upgrade_levels: kilo}}")));
    EXPECT_EQ(sets_of(plan, "ClusterTemplate", "use_autoconfig"), "") << who;
  }
  const Plan engines = plan_of(yaml(short_form_under("{engine: {upgrade_levels: kilo}}")));
  EXPECT_NE(sets_of(engines, "ClusterTemplate", "use_autoconfig"), "");
}

TEST(Steps, ACapBelowTheReleaseWhereTheUpgradeBeginsIsRefused) {
  EXPECT_EQ(refusal([] { plan_of(yaml(short_form_under("{api.1: {upgrade_levels: juno}}"))); }),
            "s.yaml:6:10: upgrade_levels of api.1 is juno, which is older than kilo, where the upgrade "
            "begins; kilo or liberty was expected");
}

TEST(Steps, RowsThatAreCreatedInsideOfAnotherHaveIdsOfTheirOwn) {
  const Plan plan = planned(
      "  - migrate: expand\n  - upgrade: rest\n  - do: {create: Job, via: api.1, set: {interface: [{name: "
      "a}, "
      "{name: b}]}}\n");
  const Json& children = last_operation(plan).fields.at("interface");
  ASSERT_EQ(children.size(), 2U);
  EXPECT_EQ(children[0].at("id").get<std::string>().size(), 36U);
  EXPECT_NE(children[0].at("id"), children[1].at("id"));
}
