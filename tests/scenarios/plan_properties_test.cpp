// What holds for every plan of every shipped scenario, over 50 seeds. The walk below is the tests' own: it
// follows starts and stops and knows nothing of how the planner came by them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

#include "tests/scenarios/support.hpp"

using namespace caravan;
using namespace caravan::scenarios;
using namespace caravan::scenarios::tests;

namespace {

constexpr std::uint64_t seeds = 50;

struct Seen {  // one operation, and the world while it is asked
  const Operation* op;
  std::map<std::string, std::string> up;  // node -> release
  std::string step;
  int order;
};

struct World {
  std::map<std::string, std::string> up;
  std::vector<Seen> operations;
  std::vector<std::pair<std::string, std::string>> starts;  // node, release
  std::vector<std::string> phases;
  int order = 0;
};

std::set<std::string> restarted(const PlanStep& step) {
  std::set<std::string> nodes;
  if (const std::string& node = step::node_of(step.action); !node.empty()) nodes.insert(node);
  for (const PlanStep& child : step.steps) {
    for (const std::string& node : restarted(child)) nodes.insert(node);
  }
  return nodes;
}

void walk(const PlanStep& step, World& world) {
  // Operations run beside the sub-steps: what those restart serves neither before nor after for certain.
  std::map<std::string, std::string> serving = world.up;
  for (const PlanStep& child : step.steps) {
    for (const std::string& node : restarted(child)) serving.erase(node);
  }
  for (const Operation& op : step.operations) {
    Seen seen{&op, serving, step.number, world.order++};
    world.operations.push_back(seen);
  }
  step::match(
      step.action,
      [&](const step::Start& start) {
        world.up[start.node] = start.release;
        world.starts.emplace_back(start.node, start.release);
      },
      [&](const step::Stop& stop) { world.up.erase(stop.node); },
      [&](const step::Kill& kill) { world.up.erase(kill.node); },
      [&](const step::Migrate& migrate) { world.phases.emplace_back(name(migrate.phase)); },
      [](const auto&) {});
  for (const PlanStep& child : step.steps) walk(child, world);
}

World world_of(const Plan& plan) {
  World world;
  for (const PlanStep& step : plan.steps) walk(step, world);
  return world;
}

const ClassSpec* form(const std::string& object, const std::string& release) {
  const Release* known = sahara_catalog().release(release);
  const auto version = known->manifest.find(object);
  return version == known->manifest.end() ? nullptr : sahara_catalog().find(object, version->second);
}

const FieldSpec* field(const std::string& object, const std::string& name, const std::string& release) {
  const ClassSpec* spec = form(object, release);
  if (spec == nullptr) return nullptr;
  for (const FieldSpec& candidate : spec->fields) {
    if (candidate.name == name) return &candidate;
  }
  return nullptr;
}

struct Walked {
  explicit Walked(Plan made) : plan(std::move(made)), world(world_of(plan)) {}
  const Plan plan;
  const World world;  // points into the plan
};

// Of seeds 1, 2, 3 and so on; planned once for all properties.
const std::deque<Walked>& plans_of(const std::string& name) {
  static std::map<std::string, std::deque<Walked>> all;
  std::deque<Walked>& plans = all[name];
  if (plans.empty()) {
    const Scenario scenario = shipped(name);
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) plans.emplace_back(plan_of(scenario, seed));
  }
  return plans;
}

class ShippedPlans : public ::testing::TestWithParam<std::string> {
 protected:
  template <typename Check>
  void for_each_plan(const Check& check) {
    for (const auto& [plan, world] : plans_of(GetParam())) {
      SCOPED_TRACE(GetParam() + " seed " + std::to_string(plan.seed));
      check(plan, world);
      if (HasFatalFailure()) return;
    }
  }
};

// Values of both releases' columns: lengths, NOT NULL, legal words.
void expect_storable(const Seen& seen, const std::string& object, const Json& fields,
                     const std::string& release, bool both, const Plan& plan) {
  for (const auto& [name, value] : fields.items()) {
    const FieldSpec* known = field(object, name, release);
    ASSERT_NE(known, nullptr) << seen.op->id << " " << object << "." << name << " at " << release;
    if (known->type.name == "ListOfObjects") {
      for (const Json& child : value) expect_storable(seen, known->type.object, child, release, both, plan);
      continue;
    }
    EXPECT_FALSE(value.is_null() && !known->nullable) << seen.op->id << " " << name;
    for (const std::string& other : {plan.from, plan.to}) {
      const FieldSpec* there = field(object, name, other);
      if (there == nullptr || (!both && other == plan.from)) continue;
      if (value.is_string() && there->column && there->column->length) {
        EXPECT_LE(value.get<std::string>().size(), static_cast<std::size_t>(*there->column->length))
            << seen.op->id << " " << name;
      }
      if (there->type.values.is_array()) {
        EXPECT_NE(std::find(there->type.values.begin(), there->type.values.end(), value),
                  there->type.values.end())
            << seen.op->id << " " << name << " " << value.dump() << " at " << other;
      }
    }
  }
}

}  // namespace

TEST_P(ShippedPlans, TheSameSeedGivesTheSamePlanAndAnotherSeedAnother) {
  std::set<std::string> texts;
  for (const Walked& walked : plans_of(GetParam())) {
    const std::string text = print(walked.plan);
    EXPECT_EQ(text, print(plan_of(shipped(GetParam()), walked.plan.seed)));
    texts.insert(text.substr(text.find("\n1 group")));
  }
  EXPECT_EQ(texts.size(), seeds);
}

TEST_P(ShippedPlans, EveryApiServesAndKnowsWhatItIsAsked) {
  for_each_plan([](const Plan& plan, const World& world) {
    for (const Seen& seen : world.operations) {
      const Operation& op = *seen.op;
      ASSERT_EQ(seen.up.count(op.via), 1U) << op.id << " asks " << op.via << " in step " << seen.step;
      const std::string release = seen.up.at(op.via);
      ASSERT_NE(form(op.object, release), nullptr) << op.id << " " << op.object << " at " << release;
      // Beyond the older release are only the rows that exist to be refused to it.
      const bool beyond =
          op.method == "create" &&
          std::any_of(world.operations.begin(), world.operations.end(), [&](const Seen& other) {
            return other.op->row == op.row && other.op->expect == "refused";
          });
      if (op.method == "create" || op.method == "update" || op.method == "run") {
        expect_storable(seen, op.object, op.fields, release, !beyond, plan);
      }
      if (!op.want.is_null()) {
        for (const auto& [name, value] : op.want.items()) {
          EXPECT_NE(field(op.object, name, release), nullptr)
              << op.id << " wants " << name << " of " << release;
        }
      }
      if (op.method == "list") {
        EXPECT_FALSE(op.fields.empty())
            << op.id << ": rows that an older release cannot read may be among all";
        for (const auto& [name, value] : op.fields.items())
          EXPECT_NE(field(op.object, name, release), nullptr) << op.id;
      }
      EXPECT_TRUE(op.expect == "ok" || (op.expect == "refused" && release == plan.from)) << op.id;
    }
  });
}

TEST_P(ShippedPlans, CreatesNameWhatMustNotBeNull) {
  for_each_plan([](const Plan&, const World& world) {
    for (const Seen& seen : world.operations) {
      if (seen.op->method != "create" && seen.op->method != "run") continue;
      for (const FieldSpec& spec : form(seen.op->object, seen.up.at(seen.op->via))->fields) {
        const bool needed = spec.type.name != "ListOfObjects" && !spec.nullable && !spec.create_default;
        if (needed) {
          EXPECT_TRUE(seen.op->fields.contains(spec.name))
              << seen.op->id << " " << seen.op->object << "." << spec.name;
        }
      }
    }
  });
}

TEST_P(ShippedPlans, ConductorsGoFirstAndEveryNodeGoesOnce) {
  for_each_plan([](const Plan& plan, const World& world) {
    std::vector<std::string> upgraded;
    std::string expected_phases;
    for (const auto& [node, release] : world.starts) {
      if (release == plan.to) upgraded.push_back(node);
    }
    const std::vector<std::string> order = {"conductor.1", "conductor.2", "engine.1", "api.1",
                                            "engine.2",    "api.2",       "engine.3"};
    EXPECT_EQ(upgraded, order);
    EXPECT_EQ(world.starts.size(), 14U);
    const bool same = sahara_catalog().release(plan.from)->database_revision ==
                      sahara_catalog().release(plan.to)->database_revision;
    const std::vector<std::string> phases =
        same ? std::vector<std::string>{} : std::vector<std::string>{"expand", "data", "contract"};
    EXPECT_EQ(world.phases, phases);
    EXPECT_TRUE(std::holds_alternative<step::Settle>(plan.steps.back().action));
  });
}

TEST_P(ShippedPlans, IdsAreUniqueAndEachClientCountsUp) {
  for_each_plan([](const Plan& plan, const World& world) {
    std::set<std::string> ids, rows;
    std::map<int, int> last;
    int load = 0;
    for (const Seen& seen : world.operations) {
      const Operation& op = *seen.op;
      EXPECT_TRUE(ids.insert(op.id).second) << op.id;
      EXPECT_LE(op.client, plan.clients);
      const std::string expected = op.client == 0 ? fmt::format("s{}", ++last[0])
                                                  : fmt::format("c{}-{}", op.client, ++last[op.client]);
      // Sub-steps of a step come first in time; ids of client 0 may be given in another order only there.
      if (op.client != 0) {
        EXPECT_EQ(op.id, expected);
      }
      if (op.method == "create" || op.method == "run") {
        EXPECT_TRUE(rows.insert(op.row).second) << op.id;
      }
      load += op.purpose == "load" ? 1 : 0;
    }
    EXPECT_EQ(load, 200);
    EXPECT_EQ(plan.clients, 4);
  });
}

TEST_P(ShippedPlans, RowsAreUsedByTheirClientAfterTheyWereMadeAndBeforeTheyGo) {
  for_each_plan([](const Plan&, const World& world) {
    std::map<std::string, std::pair<int, int>> made;  // row -> client, order
    std::map<std::string, std::string> parent;
    std::set<std::string> gone;
    for (const Seen& seen : world.operations) {
      const Operation& op = *seen.op;
      if (op.method == "create" || op.method == "run") {
        made[op.row] = {op.client, seen.order};
        if (op.fields.contains("node_groups")) {
          for (const Json& child : op.fields.at("node_groups")) {
            made[child.at("id").get<std::string>()] = {op.client, seen.order};
            parent[child.at("id").get<std::string>()] = op.row;
          }
        }
      }
      if (op.method != "list") {
        ASSERT_EQ(made.count(op.row), 1U) << op.id << " uses a row that nobody made";
        EXPECT_EQ(made[op.row].first, op.client) << op.id;
        EXPECT_EQ(gone.count(op.row) + gone.count(parent[op.row]), 0U) << op.id << " uses a row that is gone";
      }
      // Foreign keys: of rows that are there.
      for (const auto& [name, value] : op.fields.items()) {
        const FieldSpec* spec = field(op.object, name, seen.up.at(op.via));
        if (spec == nullptr || !spec->column || !spec->column->references || value.is_null()) continue;
        EXPECT_EQ(made.count(value.get<std::string>()), 1U) << op.id << " " << name;
        EXPECT_EQ(gone.count(value.get<std::string>()), 0U) << op.id << " " << name;
      }
      if (op.method == "delete") gone.insert(op.row);
    }
  });
}

TEST_P(ShippedPlans, EveryWriteIsRecognisable) {
  for_each_plan([](const Plan&, const World& world) {
    for (const Seen& seen : world.operations) {
      const Operation& op = *seen.op;
      if (op.method != "update" && op.method != "create") continue;
      bool token = false;
      for (const auto& [name, value] : op.fields.items()) {
        if (name == "id" || name == "tenant_id") continue;
        const std::string text = value.dump();
        token = token || text.find(op.id) != std::string::npos || value.is_number_integer() ||
                name.find("_ip") != std::string::npos;
      }
      EXPECT_TRUE(token || op.object == "ClusterVerification") << op.id << " " << op.fields.dump();
    }
  });
}

TEST_P(ShippedPlans, LifeCyclesKeepTheirFieldsToThemselves) {
  for_each_plan([](const Plan&, const World& world) {
    std::map<std::string, std::string> how;  // JobExecution row -> create or run
    for (const Seen& seen : world.operations) {
      const Operation& op = *seen.op;
      if (op.object == "JobExecution" && (op.method == "create" || op.method == "run"))
        how[op.row] = op.method;
      if (op.method != "update" && op.method != "read") continue;
      const Json& fields = op.method == "update" ? op.fields : op.want;
      if (!fields.is_object()) continue;
      for (const auto& [name, value] : fields.items()) {
        const bool cluster = op.object == "Cluster" &&
                             (name == "status" || name == "info" || name == "extra" || name == "sahara_info");
        const bool run = op.object == "JobExecution" &&
                         ((name == "info" && how[op.row] == "run") ||
                          (how[op.row] == "run" && (name == "end_time" || name == "return_code" ||
                                                    name == "oozie_job_id" || name == "engine_job_id")));
        // (The info of rows that were created, not run, is nobody else's: no engine hears of them.)
        const bool count = op.object == "NodeGroup" && name == "count";
        EXPECT_FALSE(cluster || run || count) << op.id << " " << op.method << " " << name;
      }
    }
  });
}

TEST_P(ShippedPlans, ARunThatNeverEndsIsCancelledByTheNextOperationOfItsClient) {
  for_each_plan([](const Plan& plan, const World& world) {
    std::map<int, std::string> to_cancel;
    int cancelled = 0;
    for (const Seen& seen : world.operations) {
      const Operation& op = *seen.op;
      if (const auto pending = to_cancel.find(op.client); pending != to_cancel.end()) {
        EXPECT_EQ(op.method, "cancel") << op.id;
        EXPECT_EQ(op.row + " " + seen.step, pending->second) << op.id;
        to_cancel.erase(pending);
        ++cancelled;
      } else {
        EXPECT_NE(op.method, "cancel") << op.id;
      }
      if (op.method == "run" &&
          op.fields.at("job_configs").at("configs").at("caravan.polls").get<int>() > 10) {
        to_cancel[op.client] = op.row + " " + seen.step;
      }
    }
    EXPECT_TRUE(to_cancel.empty());
    if (plan.from == "juno") {
      EXPECT_EQ(cancelled, 0) << "juno has no cancel";
    }
  });
}

// Written by the newer release with all that only it knows, saved by the older one, and read by the newer
// again.
TEST_P(ShippedPlans, EveryChangedObjectIsReallyMixed) {
  for_each_plan([](const Plan& plan, const World& world) {
    for (const ClassHistory& history : sahara_catalog().histories) {
      const ClassSpec *before = form(history.name, plan.from), *after = form(history.name, plan.to);
      if (before == nullptr || after == nullptr) continue;
      if (history.name == "ClusterVerification")
        continue;  // holds nothing but a status: no save could be told apart
      std::set<std::string> newer;
      for (const FieldSpec& spec : after->fields) {
        const Contract* contract = sahara_catalog().contract(history.name, spec.name);
        const bool renamed = contract != nullptr && contract->was_called &&
                             field(history.name, contract->was_called->first, plan.from) != nullptr;
        if (spec.type.name != "ListOfObjects" && !renamed &&
            field(history.name, spec.name, plan.from) == nullptr)
          newer.insert(spec.name);
      }
      std::map<std::string, int> stage;
      std::set<std::string> kept;
      bool whole = false;
      for (const Seen& seen : world.operations) {
        const Operation& op = *seen.op;
        if (op.object != history.name || op.purpose != "mix") continue;
        const std::string release = seen.up.at(op.via);
        if (op.method == "create" && release == plan.to) {
          bool any = newer.empty();
          for (const std::string& name : newer) any = any || op.fields.contains(name);
          if (any) stage[op.row] = 1;
        }
        if (op.method == "update" && release == plan.from && stage[op.row] == 1) stage[op.row] = 2;
        if (op.method == "read" && release == plan.to && stage[op.row] == 2 && op.want.is_object()) {
          for (const auto& [name, value] : op.want.items()) {
            if (newer.count(name) != 0) kept.insert(name);
          }
          whole = true;
        }
      }
      EXPECT_TRUE(whole) << history.name;
      EXPECT_TRUE(newer.empty() || !kept.empty())
          << history.name << " keeps none of its newer fields in view";
    }
  });
}

TEST_P(ShippedPlans, EveryNewObjectIsMadeAndItsParentSavedByTheOlderRelease) {
  for_each_plan([](const Plan& plan, const World& world) {
    for (const ClassHistory& history : sahara_catalog().histories) {
      if (form(history.name, plan.from) != nullptr || form(history.name, plan.to) == nullptr) continue;
      bool made = false, saved = false, read = false;
      for (const Seen& seen : world.operations) {
        const Operation& op = *seen.op;
        if (op.purpose != "mix") continue;
        const bool old = seen.up.at(op.via) == plan.from;
        if (op.object == history.name && op.method == "create") made = true;
        if (made && !read && old && op.method == "update") saved = true;
        if (saved && op.object == history.name && op.method == "read" && !old) read = true;
      }
      EXPECT_TRUE(made && saved && read) << history.name;
    }
  });
}

TEST_P(ShippedPlans, WorkIsHandedToEnginesOfTheOtherReleaseAndToStoppedOnes) {
  for_each_plan([](const Plan& plan, const World& world) {
    std::set<std::string> kinds;
    for (const Seen& seen : world.operations) {
      const Operation& op = *seen.op;
      if (op.engine.empty() || op.purpose != "mix") continue;
      const bool new_api = seen.up.at(op.via) == plan.to;
      const auto engine = seen.up.find(op.engine);
      const std::string state = engine == seen.up.end()     ? "stopped"
                                : engine->second == plan.to ? "new"
                                                            : "old";
      kinds.insert(fmt::format("{} {} {}", op.method, new_api ? "new" : "old", state));
    }
    for (const char* kind : {"create new old", "create old new", "run new old", "run old new",
                             "run old stopped", "run new stopped"}) {
      EXPECT_EQ(kinds.count(kind), 1U) << kind;
    }
  });
}

TEST_P(ShippedPlans, TheLoadTouchesEveryCoreObjectAndEveryMethod) {
  std::set<std::string> objects, methods;
  for_each_plan([&](const Plan&, const World& world) {
    for (const Seen& seen : world.operations) {
      if (seen.op->purpose != "load") continue;
      objects.insert(seen.op->object);
      methods.insert(seen.op->method);
    }
  });
  for (const ClassHistory& history : sahara_catalog().histories) {
    const Scenario scenario = shipped(GetParam());
    if (history.core && form(history.name, scenario.from) != nullptr) {
      EXPECT_EQ(objects.count(history.name), 1U) << history.name;
    }
  }
  for (const std::string method : {"create", "update", "read", "list", "delete", "scale", "run"})
    EXPECT_EQ(methods.count(method), 1U) << method;
  EXPECT_EQ(methods.count("cancel"), GetParam() == "juno-to-kilo" ? 0U : 1U);
}

INSTANTIATE_TEST_SUITE_P(All, ShippedPlans, ::testing::ValuesIn(shipped_scenario_names()),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

TEST(RefusedValues, AreThoseOfTheContract) {
  const Plan plan = plan_of(shipped("kilo-to-liberty"));
  std::set<std::string> refused;
  const World world = world_of(plan);
  for (const Seen& seen : world.operations) {
    if (seen.op->expect == "refused") refused.insert(seen.op->object);
  }
  const std::set<std::string> expected = {"DataSource", "Instance", "Job", "JobBinary"};
  EXPECT_EQ(refused, expected);
}
