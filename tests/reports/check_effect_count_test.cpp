// effect-count: exactly once if acknowledged, at most once in any case.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

const Json plain = {
    {"id", "t1"}, {"name", "c1-1 small"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}};

class EffectCount : public testing::Test {
 protected:
  void SetUp() override { run_.usual(); }
  /// The client's request, delivered; returns its id.
  std::string request(const std::string& op, const std::string& method, const std::string& object,
                      const std::string& row, Json fields) {
    run_.invoke(op, method, object, row, "api.2", fields);
    const auto id = run_.send("request", "client.1", "api.2", method, {{"object", object}, {"row", row}}, op);
    run_.deliver(id, "api.2#1");
    return id;
  }
  void answer(const std::string& op, const std::string& request) {
    run_.reply(request, "api.2#1", Json::object(), "client.1");
    run_.ok(op);
  }
  std::string verdict() { return first_of(run_.judged(), "effect-count"); }
  RunBuilder run_;
};

TEST_F(EffectCount, PassesForWhatHappensOnce) {
  const auto id = request("c1-1", "create", "ClusterTemplate", "t1", plain);
  run_.create("api.2#1", "ClusterTemplate", plain, "c1-1");
  answer("c1-1", id);
  EXPECT_EQ(verdict(), "pass");
  EXPECT_EQ(check_of(run_.judged(), "effect-count").obligations, 1);
}

TEST_F(EffectCount, DoesNotApplyWithoutAWrite) {
  EXPECT_EQ(check_of(run_.judged(), "effect-count").note, "does not apply: no client writes");
}

TEST_F(EffectCount, CatchesARetryThatIsAppliedAgain) {
  run_.create("api.2#1", "ClusterTemplate", plain);
  const auto id = request("c1-2", "update", "ClusterTemplate", "t1", {{"description", "mine"}});
  run_.save("api.2#1", "ClusterTemplate", "t1", {{"description", "mine"}}, "c1-2");
  run_.save("api.1#1", "ClusterTemplate", "t1", {{"description", "another"}});
  run_.save("api.2#1", "ClusterTemplate", "t1", {{"description", "mine"}}, "c1-2");
  answer("c1-2", id);
  EXPECT_EQ(verdict(),
            "ClusterTemplate.description: operation c1-2 took effect twice on ClusterTemplate.description");
}

TEST_F(EffectCount, CatchesASecondRowOfOneCreate) {
  const auto id = request("c1-1", "create", "ClusterTemplate", "t1", plain);
  run_.create("api.2#1", "ClusterTemplate", plain, "c1-1");
  Json other = plain;
  other["id"] = "t2";
  run_.create("api.2#1", "ClusterTemplate", other, "c1-1");
  answer("c1-1", id);
  EXPECT_NE(verdict().find("operation c1-1 made more than one row: t2 is another ClusterTemplate"),
            std::string::npos)
      << verdict();
}

TEST_F(EffectCount, CatchesMoreInstancesThanAnybodyAskedFor) {
  const Json cluster = {{"id", "c1"},
                        {"name", "c"},
                        {"plugin_name", "p"},
                        {"hadoop_version", "1"},
                        {"node_groups", {{{"id", "g1"}, {"name", "g"}, {"flavor_id", "f"}, {"count", 1}}}}};
  const auto id = request("c1-1", "create", "Cluster", "c1", cluster);
  answer("c1-1", id);
  for (const char* instance : {"i1", "i2"})
    run_.create("engine.1#1", "Instance",
                {{"id", instance}, {"instance_name", instance}, {"node_group_id", "g1"}}, "c1-1");
  EXPECT_NE(verdict().find("NodeGroup g1 has 2 in instances, but no client asked for more than 1"),
            std::string::npos)
      << verdict();
}

TEST_F(EffectCount, CatchesARunThatIsStartedTwice) {
  const auto id = request("c1-1", "run", "JobExecution", "r1", Json::object());
  run_.create("api.2#1", "JobExecution", {{"id", "r1"}, {"info", {{"status", "PENDING"}}}}, "c1-1");
  answer("c1-1", id);
  run_.save("engine.1#1", "JobExecution", "r1", {{"oozie_job_id", "one"}}, "c1-1");
  run_.save("engine.1#1", "JobExecution", "r1", {{"oozie_job_id", "two"}}, "c1-1");
  EXPECT_EQ(verdict(), "JobExecution.engine_job_id: the run r1 was given to a job engine twice");
}

TEST_F(EffectCount, CatchesACastThatHadNoEffect) {
  for (const bool heard : {false, true}) {
    RunBuilder run;
    run_ = run;
    run_.usual();
    const auto id = request("c1-1", "run", "JobExecution", "r1", Json::object());
    run_.create("api.2#1", "JobExecution", {{"id", "r1"}, {"info", {{"status", "PENDING"}}}}, "c1-1");
    answer("c1-1", id);
    const auto cast =
        run_.send("cast", "api.2#1", "engine", "run_edp_job",
                  {{"job_execution", run_.primitive("kilo", "JobExecution", {{"id", "r1"}})}}, "c1-1");
    run_.deliver(cast, "engine.1#1");
    if (heard)
      run_.done(run_.ask("engine.1#1", "save", run_.primitive("kilo", "JobExecution", {{"id", "r1"}}), "c1-1",
                         cast),
                "engine.1#1");
    EXPECT_EQ(verdict(), heard ? "pass"
                               : "JobExecution.run_edp_job: operation c1-1 was acknowledged, but the "
                                 "run_edp_job that it led to had no effect");
  }
}

}  // namespace
}  // namespace caravan::reports
