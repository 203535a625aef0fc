// migration: honest outcomes, rows left, second runs, values that users see.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

class Migration : public testing::Test {
 protected:
  void SetUp() override {
    run_.usual();
    const Json row = {{"id", "r1"}, {"oozie_job_id", "one"}};  // an old conductor leaves the new column alone
    const auto call = run_.ask("engine.1#1", "create", run_.primitive("kilo", "JobExecution", row));
    run_.insert("JobExecution", "r1", row);
    run_.done(call, "engine.1#1");
  }
  void begin(const std::string& phase) {
    run_.begin("5", "migrate", {{"phase", phase}, {"from", "kilo"}, {"to", "liberty"}});
  }
  void end(const std::string& phase, Json more) {
    Json outcome = {{"phase", phase},     {"from", "kilo"}, {"to", "liberty"}, {"status", 0},
                    {"done", 0},          {"left", 0},      {"failed", 0},     {"problems", Json::array()},
                    {"refused", nullptr}, {"killed", false}};
    outcome.update(more);
    run_.event("migration", outcome);
    run_.end("5", "migrate");
  }
  std::string verdict() { return first_of(run_.judged(), "migration"); }
  RunBuilder run_;
};

TEST(MigrationIdle, DoesNotApplyWithoutAStep) {
  RunBuilder run;
  run.usual();
  for (auto& event : run.events)
    if (event["kind"] == "step") event["verb"] = "group";
  EXPECT_EQ(check_of(run.judged(), "migration").note, "does not apply: the plan has no migrate step");
}

TEST_F(Migration, PassesWhenEveryRowIsDone) {
  begin("data");
  run_.update("JobExecution", "r1", "engine_job_id", "one");
  end("data", {{"done", 1}});
  EXPECT_EQ(verdict(), "pass");
}

TEST_F(Migration, CatchesDoneWithRowsLeft) {
  begin("data");
  end("data", Json::object());
  EXPECT_EQ(verdict(), "JobExecution.engine_job_id: the data phase says that all is done, but 1 row is left");
}

TEST_F(Migration, CatchesACountOfRowsLeftThatIsWrong) {
  begin("data");
  end("data", {{"status", 1}, {"left", 7}});
  EXPECT_EQ(verdict(), "JobExecution.engine_job_id: the data phase counts 7 left, but at most 1 row is");
}

TEST_F(Migration, CatchesACountOfRowsDoneThatIsWrong) {
  begin("data");
  run_.update("JobExecution", "r1", "engine_job_id", "one");
  end("data", {{"done", 0}});
  EXPECT_EQ(verdict(), "migration.data: the data phase counts 0 done; it changed 1 to 1 row");
}

TEST_F(Migration, CatchesAStatusThatContradictsItsNumbers) {
  for (const auto& [outcome, told] :
       {std::pair<Json, std::string>({{"left", 2}}, "its status says done, but 2 rows left and 0 failed"),
        {{{"status", 1}}, "its status says that there is more to do, but nothing is left that can be done"},
        {{{"status", 2}}, "its status says that some rows cannot be done, but it names none"},
        {{{"status", 3}}, "its status is 3, but it was not refused"}}) {
    RunBuilder run;
    run.usual();
    run.migrate("5", "data", outcome);
    EXPECT_NE(first_of(run.judged(), "migration").find(told), std::string::npos) << told;
  }
}

TEST_F(Migration, CatchesAValueThatIsNotTheRowsOwn) {
  begin("data");  // it read "one"; then an old engine saved "two"; then it wrote what it had read
  const auto call = run_.ask(
      "engine.1#1", "save",
      run_.primitive("kilo", "JobExecution", {{"id", "r1"}, {"oozie_job_id", "two"}}, {"oozie_job_id"}));
  run_.update("JobExecution", "r1", "oozie_job_id", "two");
  run_.done(call, "engine.1#1");
  run_.update("JobExecution", "r1", "engine_job_id", "one");
  end("data", {{"done", 1}});
  EXPECT_EQ(verdict(),
            "JobExecution.engine_job_id: the migration wrote a value of job_executions.engine_job_id "
            "that is not the row's own: null became \"one\"");
}

TEST_F(Migration, CatchesASecondRunThatChangesSomething) {
  begin("data");
  run_.update("JobExecution", "r1", "engine_job_id", "one");
  end("data", {{"done", 1}});
  begin("data");
  run_.update("JobExecution", "r1", "engine_job_id", "oneone");
  end("data", {{"done", 1}});
  EXPECT_NE(verdict().find("once more, though the row was done: \"one\" became \"oneone\""),
            std::string::npos)
      << verdict();
}

TEST_F(Migration, CatchesAChangeThatUsersSee) {
  begin("data");
  run_.update("JobExecution", "r1", "engine_job_id", "one");
  run_.update("JobExecution", "r1", "return_code", "1");
  end("data", {{"done", 1}});
  const auto report = run_.judged();
  EXPECT_NE(first_of(report, "migration")
                .find("during the phase data, JobExecution.return_code went from null to \"1\""),
            std::string::npos);
  EXPECT_EQ(report.first, "migration");
}

TEST_F(Migration, WantsAKilledRunFinished) {
  for (const bool again : {false, true}) {
    RunBuilder run;
    run.usual();
    run.migrate("5", "data", {{"status", nullptr}, {"killed", true}});
    if (again) run.migrate("6", "data");
    EXPECT_EQ(
        first_of(run.judged(), "migration"),
        again ? "pass"
              : "migration.data: step 5, migrate data from kilo to liberty was never brought to an end: it "
                "was killed");
  }
}

TEST_F(Migration, NamesTheColumnOfWhatCannotBeDone) {
  RunBuilder run("queens", "rocky");
  run.usual();
  run.migrate(
      "5", "as-released",
      {{"status", 2},
       {"failed", 1},
       {"problems",
        {"revision 034: column \"boot_from_volume\" of relation \"node_group_templates\" contains null "
         "values"}}});
  const auto report = run.judged();
  const auto& witness = check_of(report, "migration").witnesses.front();
  EXPECT_EQ(witness.object + "." + witness.field, "NodeGroupTemplate.boot_from_volume");
  EXPECT_EQ(witness.step, "5");
}

TEST_F(Migration, KnowsWhat029DoesAndWhatComesTooLate) {
  for (const bool late : {false, true}) {
    RunBuilder run("liberty", "mitaka");
    run.usual();
    const Json row = {
        {"id", "t1"}, {"name", "n"}, {"plugin_name", "p"}, {"hadoop_version", "1"}, {"is_default", true}};
    if (!late) run.create("api.1#1", "ClusterTemplate", row);
    run.begin("5", "migrate", {{"phase", "data"}, {"from", "liberty"}, {"to", "mitaka"}});
    if (!late) run.update("ClusterTemplate", "t1", "is_protected", true);
    run.event("migration", {{"phase", "data"},
                            {"status", 0},
                            {"done", late ? 0 : 1},
                            {"left", 0},
                            {"failed", 0},
                            {"problems", Json::array()},
                            {"refused", nullptr},
                            {"killed", false}});
    run.end("5", "migrate");
    run.migrate("6", "contract");
    if (late) run.create("api.1#1", "ClusterTemplate", row);
    const auto told = first_of(run.judged(), "migration");
    if (late)
      EXPECT_EQ(told,
                "ClusterTemplate.is_protected: t1 ClusterTemplate was written with is_default after the "
                "migration that turns it into is_protected, and was left without");
    else
      EXPECT_EQ(told, "pass");
  }
}

}  // namespace
}  // namespace caravan::reports
