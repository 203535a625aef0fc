// Nobody is asked who cannot answer: without a conductor no api answers and no node joins, without an engine
// nothing comes to rest. Clients move to the api that serves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/support.hpp"

using namespace caravan;
using namespace caravan::scenarios;
using namespace caravan::scenarios::tests;

namespace {

const std::string two_of_each =
    "format: 1\nname: x\nnodes: {conductor: 2, engine: 2, api: 2}\nreleases: {from: kilo, to: liberty}\n"
    "steps:\n";

std::string tried(const std::string& steps, const std::string& mode = "") {
  return refusal([&] { plan_of(yaml(mode + two_of_each + steps)); });
}

}  // namespace

TEST(WhoAnswers, WithoutAConductorAnOperationIsRefusedWithItsPlace) {
  const std::string told =
      "s.yaml:7:5: do: no conductor is running at this point, and api.1 cannot answer without one; start "
      "one first";
  for (const char* strike : {"kill", "stop"}) {
    const std::string gone = std::string("  - ") + strike + ": conductor\n";
    EXPECT_EQ(tried(gone + "  - do: {create: Job, via: api.1}\n"), told) << strike;
    EXPECT_EQ(tried(gone + "  - do: {list: Job, via: api.1}\n"), told) << strike;
    EXPECT_EQ(tried(gone + "  - start: conductor.2\n  - do: {create: Job, via: api.1}\n"), "accepted")
        << strike;
  }
  EXPECT_EQ(tried("  - kill: conductor.1\n  - do: {create: Job, via: api.1}\n"), "accepted");
  // Held, it is the plan's own doing, and excused.
  EXPECT_EQ(tried("  - pause: conductor\n  - do: {create: Job, via: api.1}\n"), "accepted");
  EXPECT_EQ(tried("  - fault: {crash: conductor}\n  - do: {create: Job, via: api.1}\n"), "accepted");
  EXPECT_EQ(tried("  - kill: conductor\n  - do: {create: Job, via: api.1}\n", "access: direct\n"),
            "accepted");
}

TEST(WhoAnswers, WithoutAConductorNoClientsWork) {
  EXPECT_EQ(tried("  - kill: conductor\n    load: {clients: 1, operations: 3}\n"),
            "s.yaml:6:5: load: no conductor is running at this point, and no api can answer without one; "
            "start one first, or leave one running");
  EXPECT_EQ(tried("  - restart: conductor\n    load: {clients: 1, operations: 3}\n"), "accepted");
}

TEST(WhoAnswers, WithoutAConductorNoNodeJoins) {
  EXPECT_EQ(tried("  - kill: conductor\n  - restart: engine.1\n"),
            "s.yaml:7:5: start engine.1: no conductor is serving at this point, and it needs one for "
            "admission; start a conductor before it");
  EXPECT_EQ(tried("  - pause: conductor\n  - restart: api.1\n"),
            "s.yaml:7:5: start api.1: no conductor is serving at this point, and it needs one for admission; "
            "resume a conductor before it");
  EXPECT_EQ(tried("  - kill: conductor\n  - upgrade: engine.1\n    release: mitaka\n    expect: refused\n")
                .substr(0, 30),
            "s.yaml:7:5: start engine.1: no");
  EXPECT_EQ(tried("  - kill: conductor\n  - reload: engine.1\n", "compat: pin\n").substr(0, 31),
            "s.yaml:8:5: reload engine.1: no");
  EXPECT_EQ(tried("  - kill: conductor\n  - start: [conductor.1]\n  - restart: engine.1\n"), "accepted");
  EXPECT_EQ(tried("  - restart: engine.1\n", "access: direct\n"), "accepted");
}

TEST(WhoAnswers, AnApiThatIsStruckAnswersNobody) {
  for (const char* strike : {"kill", "stop", "pause"})
    EXPECT_EQ(tried(std::string("  - ") + strike + ": api.1\n  - do: {create: Job, via: api.1}\n"),
              "s.yaml:7:5: do: api.1 is not serving at this point; known: api.2");
}

TEST(WhoAnswers, AStatusIsWaitedForWhereAnEngineServes) {
  const std::string made = "  - do: {create: Cluster, as: C}\n";
  const std::string wait = "  - wait: {row: C, status: Active}\n";
  EXPECT_EQ(tried(made + "  - kill: engine\n" + wait),
            "s.yaml:8:5: wait: no engine is serving at this point, so nothing brings C to Active; start an "
            "engine before it");
  EXPECT_EQ(tried(made + "  - pause: engine\n" + wait).substr(0, 41),
            "s.yaml:8:5: wait: no engine is serving at");
  EXPECT_EQ(tried(made + "  - wait: settle\n  - kill: engine\n" + wait), "accepted");
  EXPECT_EQ(tried(made + "  - kill: engine.1\n" + wait), "accepted");
}

TEST(WhoAnswers, WhatWaitsForAnEngineIsTakenUpBeforeAllMustHaveComeToRest) {
  const std::string job = "  - do: {create: Job, as: J}\n";
  const std::string told =
      "s.yaml:8:5: run J: an engine takes it up, and none runs from here until everything must be at rest; "
      "start an engine in between";
  EXPECT_EQ(tried(job + "  - stop: engine\n  - do: {run: J}\n"), told);
  EXPECT_EQ(tried(job + "  - stop: engine\n  - do: {run: J}\n  - wait: settle\n  - start: engine\n"), told);
  EXPECT_EQ(tried(job + "  - stop: engine\n  - do: {run: J}\n  - start: engine.2\n"), "accepted");
  EXPECT_EQ(tried(job + "  - stop: engine.2\n  - do: {run: J, engine: engine.2}\n"),
            "s.yaml:8:5: run J: engine.2 takes it up, and none runs from here until everything must be at "
            "rest; start engine.2 in between");
  EXPECT_EQ(tried(job + "  - stop: engine.2\n  - do: {run: J, engine: engine.2}\n  - start: engine.2\n"),
            "accepted");
  EXPECT_EQ(tried("  - kill: engine\n    load: {clients: 1, operations: 30}\n").substr(0, 36),
            "s.yaml:6:5: load: an engine takes it");
  EXPECT_EQ(tried("  - stop: engine\n  - do: {create: Job}\n"), "accepted");
}

TEST(WhoAnswers, WorkIsNotLeftToAnEngineThatGoesBeforeItIsDone) {
  const std::string told =
      "s.yaml:7:5: run J: engine.2 may not have finished it when it is killed (s.yaml:8:5), and none runs "
      "from there until everything must be at rest; let everything come to rest before that, or start "
      "engine.2 after it";
  const std::string job = "  - do: {create: Job, as: J}\n";
  const std::string run = job + "  - do: {run: J, as: R, engine: engine.2}\n";
  EXPECT_EQ(tried(run + "  - kill: engine.2\n"), told);
  EXPECT_EQ(tried(run + "  - kill: engine.2\n  - wait: settle\n  - start: engine.2\n"), told);
  EXPECT_EQ(tried(run + "  - restart: engine.2\n  - kill: engine.2\n").substr(0, 24),
            "s.yaml:7:5: run J: engin");
  EXPECT_EQ(tried(run + "  - stop: engine.2\n"),
            "s.yaml:7:5: run J: engine.2 may not have finished it when it stops (s.yaml:8:5), and none runs "
            "from there until everything must be at rest; let everything come to rest before that, or start "
            "engine.2 after it");
  EXPECT_EQ(tried(run + "  - upgrade: engine.2\n    release: mitaka\n    expect: refused\n").substr(0, 24),
            "s.yaml:7:5: run J: engin");
  EXPECT_EQ(tried(run + "  - kill: engine.2\n  - start: engine.2\n"), "accepted");
  EXPECT_EQ(tried(run + "  - wait: settle\n  - kill: engine.2\n"), "accepted");
  EXPECT_EQ(tried(run + "  - wait: {row: R, status: SUCCEEDED}\n  - kill: engine.2\n"), "accepted");
  EXPECT_EQ(tried(run + "  - kill: engine.1\n"), "accepted");
}

TEST(WhoAnswers, WorkThatAnyEngineMayHaveNeedsOneThatIsLeft) {
  const std::string cluster = "  - do: {create: Cluster, as: C}\n";
  for (const char* strike : {"kill", "stop"}) {
    const std::string gone = std::string("  - ") + strike + ": engine\n";
    EXPECT_EQ(tried(cluster + gone),
              std::string("s.yaml:6:5: create Cluster: an engine may not have finished it when engine.2 ") +
                  (*strike == 'k' ? "is killed" : "stops") +
                  " (s.yaml:7:5), and none runs from there until everything must be at rest; let everything "
                  "come to rest before that, or start an engine after it");
    EXPECT_EQ(tried(cluster + gone + "  - start: engine.1\n"), "accepted") << strike;
    EXPECT_EQ(tried("  - do: {create: Job}\n" + gone), "accepted") << strike;
    // An engine has it: one that stops ends it, and what dies with one is the plan's own doing.
    EXPECT_EQ(tried(cluster + "  - wait: {row: C, status: Spawning}\n" + gone), "accepted") << strike;
    EXPECT_EQ(tried(cluster + "  - wait: {row: C, status: Validating}\n" + gone).substr(0, 30),
              "s.yaml:6:5: create Cluster: an")
        << strike;
    EXPECT_EQ(tried("  - do: {create: Job}\n  - load: {clients: 1, operations: 30}\n" + gone).substr(0, 30),
              "s.yaml:7:5: load: an engine ma")
        << strike;
  }
  // A run that is looked after for long is handed on by who stops.
  const std::string running =
      "  - do: {create: Job, as: J}\n  - do: {run: J, as: R}\n  - wait: {row: R, status: RUNNING}\n";
  EXPECT_EQ(tried(running + "  - stop: engine\n").substr(0, 30), "s.yaml:7:5: run J: an engine m");
  EXPECT_EQ(tried(running + "  - kill: engine\n"), "accepted");
  EXPECT_EQ(tried(running + "  - stop: engine.1\n"), "accepted");
}

TEST(WhoAnswers, WorkIsNotHeldByAnEngineThatIsNotLetGo) {
  const std::string cluster = "  - do: {create: Cluster, as: C, engine: engine.2}\n";
  EXPECT_EQ(tried(cluster + "  - pause: engine.2\n"),
            "s.yaml:6:5: create Cluster: engine.2 may have it in hand when it is paused (s.yaml:7:5), and "
            "stays paused from there until everything must be at rest; let everything come to rest before "
            "that, or resume engine.2 after it");
  EXPECT_EQ(tried("  - pause: engine.2\n" + cluster),
            "s.yaml:7:5: create Cluster: engine.2 may take it up, and stays paused from here until "
            "everything must be at rest; resume engine.2 in between");
  EXPECT_EQ(tried("  - pause: engine.1\n  - do: {create: Cluster}\n").substr(0, 40),
            "s.yaml:7:5: create Cluster: engine.1 may");
  EXPECT_EQ(tried(cluster + "  - pause: engine.2\n  - resume: engine.2\n"), "accepted");
  EXPECT_EQ(tried(cluster + "  - pause: engine.1\n"), "accepted");
  EXPECT_EQ(tried(cluster + "  - wait: settle\n  - pause: engine.2\n"), "accepted");
}

TEST(WhoAnswers, WhereEveryApiRestartsInItsTurnClientsMove) {
  const Plan plan = plan_of(
      yaml(two_of_each + "  - migrate: expand\n  - upgrade: rest\n    load: {clients: 3, operations: 60}\n"));
  int asked = 0;
  const auto& catalog = sahara_catalog();
  for (const Operation& op : plan.steps.at(2).operations) {
    ++asked;
    EXPECT_EQ(op.via, "api");
    // Whichever of the two releases answers, it knows what is asked.
    if (op.method == "scale" || op.method == "read") continue;
    for (const char* release : {"kilo", "liberty"}) {
      const auto known = catalog.release(release)->manifest.find(op.object);
      ASSERT_NE(known, catalog.release(release)->manifest.end()) << op.object;
      const ClassSpec* form = catalog.find(op.object, known->second);
      for (const auto& [name, value] : op.fields.items()) {
        const std::string field = name;
        EXPECT_TRUE(std::any_of(form->fields.begin(), form->fields.end(),
                                [&](const FieldSpec& one) { return one.name == field; }))
            << op.object << "." << field << " at " << release;
      }
    }
  }
  EXPECT_EQ(asked, 60);
  EXPECT_EQ(parse_plan(print(plan), "p"), plan);
}

TEST(WhoAnswers, WithOneApiThereIsNowhereToMove) {
  const std::string none = "load: no api serves throughout this step";
  EXPECT_THAT(tried("  - stop: api.2\n  - restart: api.1\n    load: {clients: 1, operations: 5}\n"),
              testing::HasSubstr(none));
  EXPECT_THAT(tried("  - fault: {crash: api}\n    load: {clients: 1, operations: 5}\n"),
              testing::HasSubstr(none));
}
