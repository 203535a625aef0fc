// Whatever an engine hears in the middle of a work, what it worked on comes to rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/nodes/world.hpp"

namespace caravan::nodes {
namespace {

using testing::cluster_fields;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::World;

Json error(const std::string& type) {
  return {{"error", {{"type", type}, {"message", "as the test wants it"}, {"kwargs", Json::object()}}}};
}

class AnEngine : public ::testing::Test {
 protected:
  World world{"mitaka"};
  int made_ = 0;

  void SetUp() override {
    for (const char* node : {"conductor.1", "engine.1", "api.1"}) world.add(node, "mitaka");
    ask("create", "Job", "j", {{"id", "j"}, {"name", "j"}, {"type", "Pig"}});
  }
  void ask(const std::string& method, const std::string& object, const std::string& row, const Json& fields) {
    const Envelope answer = world.request("api.1", method, object, row, fields);
    ASSERT_TRUE(answer.error.is_null()) << method << " " << answer.error;
  }
  std::string new_cluster() {
    const std::string id = "c" + std::to_string(++made_);
    ask("create", "Cluster", id, cluster_fields(id, id, 1));
    return id;
  }
  std::string status(const std::string& cluster) {
    const Row row = world.row("clusters", cluster);
    return row.empty() ? "gone" : row.at("status").get<std::string>();
  }
  std::string run_status(const std::string& run) {
    return Json::parse(world.row("job_executions", run).at("info").get<std::string>()).value("status", "");
  }
  /// Interferes with the engine's `nth` call; says whether there was one.
  bool interferes(int nth, const Json& what, const std::function<void()>& act) {
    int seen = 0;
    world.interfere = [&, nth](const Envelope& call) -> Json {
      if (call.from.rfind("engine.1", 0) != 0) return {};
      ++seen;
      // An engine asks three times before it gives a call up.
      return seen == nth || (what == "lost" && seen > nth && seen < nth + 3) ? what : Json();
    };
    act();
    world.interfere = nullptr;
    return seen >= nth;
  }
  /// Each answer to each call that an act makes.
  void whatever_it_hears(const std::vector<Json>& answers, const std::function<std::string()>& prepare,
                         const std::function<void(const std::string&)>& act,
                         const std::function<void(const std::string&)>& at_rest) {
    for (const Json& answer : answers) {
      for (int nth = 1;; ++nth) {
        const std::string row = prepare();
        SCOPED_TRACE(answer.dump() + " to call " + std::to_string(nth) + " about " + row);
        const bool heard = interferes(nth, answer, [&] { act(row); });
        at_rest(row);
        if (!heard) break;
        ASSERT_LT(nth, 100);
      }
    }
  }
  const std::vector<Json> all_ = {error("NotFound"),
                                  error("Conflict"),
                                  error("IncompatibleObjectVersion"),
                                  error("ObjectActionError"),
                                  error("InternalError"),
                                  error("DatabaseBusy"),
                                  Json("lost"),
                                  {{"result", "nonsense"}}};
};

TEST_F(AnEngine, BringsACreateToItsEndWhateverItHears) {
  whatever_it_hears(
      all_, [&] { return "c" + std::to_string(++made_); },
      [&](const std::string& id) { ask("create", "Cluster", id, cluster_fields(id, id, 1)); },
      [&](const std::string& id) {
        EXPECT_THAT(status(id), ::testing::AnyOf("Active", "Error"));
        if (status(id) == "Error") {
          EXPECT_THAT(world.row("clusters", id)["status_description"].dump(), HasSubstr("reason"));
        }
      });
}

TEST_F(AnEngine, BringsAScaleToItsEndWhateverItHears) {
  whatever_it_hears(
      all_, [&] { return new_cluster(); },
      [&](const std::string& id) {
        ask("scale", "Cluster", id, {{"node_group", id + "-ng"}, {"count", 2}});
      },
      [&](const std::string& id) { EXPECT_THAT(status(id), ::testing::AnyOf("Active", "Error")); });
}

TEST_F(AnEngine, TakesAClusterDownWhateverItHears) {
  whatever_it_hears(
      {error("Conflict"), error("DatabaseBusy"), Json("lost")}, [&] { return new_cluster(); },
      [&](const std::string& id) { ask("delete", "Cluster", id, Json::object()); },
      [&](const std::string& id) { EXPECT_EQ(status(id), "gone"); });
}

TEST_F(AnEngine, BringsARunToItsEndWhateverItHears) {
  whatever_it_hears(
      all_, [&] { return "r" + std::to_string(++made_); },
      [&](const std::string& id) {
        ask("run", "JobExecution", id, {{"id", id}, {"job_id", "j"}});
      },
      [&](const std::string& id) {
        EXPECT_THAT(run_status(id), ::testing::AnyOf("SUCCEEDED", "FAILED"));
        EXPECT_FALSE(world.row("job_executions", id).at("end_time").is_null());
      });
}

TEST_F(AnEngine, BringsACancelledOrSuspendedRunToRestWhateverItHears) {
  for (const char* how : {"cancel", "suspend"}) {
    whatever_it_hears(
        all_,
        [&] {
          const std::string id = "r" + std::to_string(++made_);
          world.ask("api.1", "run", "JobExecution", id,
                    {{"id", id}, {"job_id", "j"}, {"job_configs", {{"configs", {{"caravan.polls", 40}}}}}});
          for (int i = 0; i < 40; ++i) world.step();
          return id;
        },
        [&](const std::string& id) { ask(how, "JobExecution", id, Json::object()); },
        [&](const std::string& id) {
          EXPECT_THAT(run_status(id),
                      ::testing::AnyOf("SUCCEEDED", "FAILED", "KILLED", "SUSPENDED", "SUSPENDFAILED"));
        });
  }
}

/// A client deletes a node group of a cluster that is being built.
std::string built_without_its_group(const std::string& plant, World& world) {
  for (const char* node : {"conductor.1", "engine.1", "api.1"}) world.add(node, "kilo", plant);
  world.ask("api.1", "create", "Cluster", "c", cluster_fields("c", "first"));
  while (world.row("clusters", "c")["status"] != "Spawning") world.step();
  world.request("api.1", "delete", "NodeGroup", "c-ng", Json::object());
  return world.row("clusters", "c")["status"].get<std::string>();
}

TEST(AClusterThatIsBuilt, EndsInErrorWithTheReasonWhenItsNodeGroupIsDeleted) {
  World world("kilo");
  EXPECT_EQ(built_without_its_group("", world), "Error");
  EXPECT_THAT(world.row("clusters", "c")["status_description"].get<std::string>(),
              HasSubstr("Creating cluster failed"));
  EXPECT_THAT(world.troubles(), IsEmpty());
}

TEST(AClusterThatIsBuilt, StaysAsItIsWithThatDefectPlanted) {
  World world("kilo");
  EXPECT_EQ(built_without_its_group("F33", world), "Spawning");
}

/// Two engines of liberty that go by the caps of kilo, all others by those of liberty.
void work_above_their_caps(const std::string& plant, World& world) {
  Modes pin, levels;
  pin.compat = levels.compat = Compatibility::pin;
  levels.config = {{"upgrade_levels", caps_of(*sahara_catalog().release("kilo"))}};
  world.add("conductor.1", "liberty", plant, pin);
  world.add("engine.1", "liberty", plant, levels);
  world.add("engine.2", "liberty", plant, levels);
  world.add("api.1", "liberty", plant, pin);
  world.ask("api.1", "create", "Job", "j",
            {{"id", "j"},
             {"name", "j"},
             {"type", "Pig"},
             {"interface",
              {{{"id", "a"},
                {"name", "count"},
                {"mapping_type", "args"},
                {"location", "0"},
                {"value_type", "string"},
                {"required", true},
                {"order", 0}}}}});
  world.pass(1'000'000);
  world.ask("api.1", "run", "JobExecution", "r", {{"id", "r"}, {"job_id", "j"}});
  world.pass(30'000'000);
}

TEST(EnginesThatAreCapped, DoNotHandAWorkToEachOtherForEver) {
  World world("kilo", "liberty");
  work_above_their_caps("", world);
  EXPECT_FALSE(world.row("job_executions", "r").at("end_time").is_null());
  EXPECT_LT(world.count("run_edp_job", "engine"), 3U);
}

TEST(EnginesThatAreCapped, DoSoWithThatDefectPlanted) {
  World world("kilo", "liberty");
  work_above_their_caps("F38", world);
  EXPECT_TRUE(world.row("job_executions", "r").at("end_time").is_null());
  EXPECT_GT(world.count("run_edp_job", "engine"), 50U);
}

TEST(ADatabaseThatIsBusy, IsToldToTheClientInTimeAndWaitedForByTheEngine) {
  World world("kilo");
  for (const char* node : {"conductor.1", "engine.1", "api.1"}) world.add(node, "kilo");
  const Instant until = world.now() + 5'000'000;
  world.ask("api.1", "create", "Cluster", "c", cluster_fields("c", "first", 1));
  while (world.row("clusters", "c")["status"] != "Spawning") world.step();
  world.interfere = [&](const Envelope&) { return world.now() < until ? error("DatabaseBusy") : Json(); };
  const Instant asked = world.now();
  const Envelope request = world.ask("api.1", "update", "Cluster", "c", {{"description", "x"}});
  Envelope answer;
  for (std::size_t seen = world.sent.size(); answer.to != request.id; world.step())
    for (; seen < world.sent.size(); ++seen)
      if (world.sent[seen].to == request.id) answer = world.sent[seen];
  EXPECT_EQ(answer.error.value("type", ""), "DatabaseBusy");
  EXPECT_LT(world.now() - asked, Deadlines{}.request / 2);
  world.settle();
  EXPECT_EQ(world.row("clusters", "c")["status"], "Active");
  EXPECT_THAT(world.troubles(), IsEmpty());
}

}  // namespace
}  // namespace caravan::nodes
