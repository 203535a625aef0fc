// stored-format: columns that releases name, values that they can read, stamps that agree.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

const Json plain = {{"id", "t1"}, {"name", "small"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}};

std::string verdict(RunBuilder& run) { return first_of(run.judged(), "stored-format"); }

TEST(StoredFormat, PassesForRowsThatEverybodyReads) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", plain);
  const auto report = run.judged();
  EXPECT_EQ(first_of(report, "stored-format"), "pass");
  EXPECT_GT(check_of(report, "stored-format").obligations, 100);
}

TEST(StoredFormat, NamesTheReleaseAndTheColumnThatWentTooEarly) {
  RunBuilder run;
  run.usual();
  run.header()["access"] = "direct";
  run.insert("JobExecution", "r1", {{"job_id", "j"}});
  run.begin("3", "migrate", {{"phase", "as-released"}, {"from", "kilo"}, {"to", "liberty"}});
  run.drop_column("JobExecution", "oozie_job_id");
  run.schema();
  run.end("3", "migrate");
  const auto report = run.judged();
  EXPECT_EQ(first_of(report, "stored-format"),
            "JobExecution.engine_job_id: release kilo lives and names job_executions.oozie_job_id, but the "
            "table has no such column");
  EXPECT_EQ(check_of(report, "stored-format").witnesses.front().step, "3");
}

TEST(StoredFormat, MissesNoColumnOfATableWithoutRows) {
  RunBuilder run;
  run.usual();
  run.header()["access"] = "direct";
  run.begin("3", "migrate", {{"phase", "as-released"}, {"from", "kilo"}, {"to", "liberty"}});
  run.drop_column("JobExecution", "oozie_job_id");
  run.schema();
  run.end("3", "migrate");
  EXPECT_EQ(first_of(run.judged(), "stored-format"), "pass");
}

TEST(StoredFormat, LetsAColumnGoWithTheLastNodeThatNamesIt) {
  RunBuilder run;
  run.start("conductor.1#1", "liberty");
  run.begin("3", "migrate", {{"phase", "contract"}, {"from", "kilo"}, {"to", "liberty"}});
  run.drop_column("JobExecution", "oozie_job_id");
  run.schema();
  run.end("3", "migrate");
  EXPECT_EQ(verdict(run), "pass");
}

TEST(StoredFormat, CatchesWhatARollbackWouldMiss) {
  RunBuilder run;  // expanded: kilo may come back, though no node of it opens the database
  run.usual();
  run.insert("JobExecution", "r1", {{"job_id", "j"}});
  run.begin("3", "migrate", {{"phase", "data"}, {"from", "kilo"}, {"to", "liberty"}});
  run.drop_column("JobExecution", "oozie_job_id");
  run.schema();
  run.end("3", "migrate");
  EXPECT_EQ(verdict(run),
            "JobExecution.engine_job_id: release kilo may come back and names "
            "job_executions.oozie_job_id, but the table has no such column");
}

TEST(StoredFormat, CatchesJsonThatIsNone) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", plain);
  const auto n = run.update("ClusterTemplate", "t1", "cluster_configs", {{"a", 1}});
  run.events[static_cast<std::size_t>(n)]["new"] = "{\"a\": ";
  EXPECT_NE(verdict(run).find("cannot read cluster_templates.cluster_configs: \"{\\\"a\\\": \" is not JSON"),
            std::string::npos)
      << verdict(run);
}

TEST(StoredFormat, CatchesAnIntegerThatIsAText) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "NodeGroupTemplate",
             {{"id", "g1"},
              {"name", "n"},
              {"plugin_name", "p"},
              {"hadoop_version", "1"},
              {"flavor_id", "f"},
              {"volumes_per_node", 2}});
  run.update("NodeGroupTemplate", "g1", "volumes_per_node", "two");
  EXPECT_NE(
      verdict(run).find("NodeGroupTemplate.volumes_per_node: kilo, which may come back to the database, "
                        "cannot read node_group_templates.volumes_per_node: \"two\" is not of type Integer"),
      std::string::npos)
      << verdict(run);
}

TEST(StoredFormat, CatchesNullWhereAReleaseWantsAValue) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", plain);
  run.update("ClusterTemplate", "t1", "plugin_name", nullptr);
  EXPECT_NE(verdict(run).find("ClusterTemplate.plugin_name"), std::string::npos);
  EXPECT_NE(verdict(run).find("NULL where it requires a value"), std::string::npos);
}

TEST(StoredFormat, WantsNewWordsReadOnlyByWhoOpensTheDatabase) {
  for (const bool direct : {false, true}) {
    RunBuilder run;
    run.usual();
    if (direct) run.header()["access"] = "direct";
    run.create("api.2#1", "DataSource", {{"id", "d1"}, {"name", "in"}, {"type", "manila"}, {"url", "x"}});
    const auto told = verdict(run);
    if (direct)
      EXPECT_NE(told.find("DataSource.type: kilo, which has a node at the database, cannot read "
                          "data_sources.type: \"manila\" is not one of"),
                std::string::npos)
          << told;
    else
      EXPECT_EQ(told, "pass");
  }
}

class Stamped : public testing::Test {
 protected:
  void SetUp() override {
    run_.header()["row_stamps"] = true;
    run_.usual();
    run_.create("api.2#1", "ClusterTemplate", plain);
  }
  void stamp(const Json& version) { run_.update("ClusterTemplate", "t1", "object_version", version); }
  RunBuilder run_;
};

TEST_F(Stamped, PassesWhereStampAndContentAgree) {
  stamp("1.2");
  run_.save("api.2#1", "ClusterTemplate", "t1", {{"is_public", true}});
  EXPECT_EQ(verdict(run_), "pass");
}

TEST_F(Stamped, CatchesAVersionThatNobodyKnows) {
  stamp("1.9");
  EXPECT_NE(verdict(run_).find("ClusterTemplate t1 is stamped \"1.9\", but not a known version of the class"),
            std::string::npos)
      << verdict(run_);
}

TEST_F(Stamped, CatchesContentThatIsNewerThanItsStamp) {
  stamp("1.1");
  run_.save("api.2#1", "ClusterTemplate", "t1", {{"is_public", true}});
  EXPECT_EQ(verdict(run_),
            "ClusterTemplate.is_public: ClusterTemplate t1 is stamped \"1.1\", but is_public came "
            "with version 1.2");
}

TEST_F(Stamped, CatchesAStampOfAReleaseThatDoesNotServeYet) {
  RunBuilder run("kilo", "liberty");
  run.header()["row_stamps"] = true;
  for (auto& event : run.events)
    if (event["kind"] == "step") event["phase"] = "data";  // never expanded
  for (auto& event : run.events)
    if (event["kind"] == "migration") event["phase"] = "data";
  run.start("conductor.1#1", "kilo");
  run.start("api.1#1", "kilo");
  run.create("api.1#1", "ClusterTemplate", plain);
  run.update("ClusterTemplate", "t1", "object_version", "1.2");
  EXPECT_NE(verdict(run).find("no release that the schema serves then (kilo alone) knows it"),
            std::string::npos)
      << verdict(run);
}

}  // namespace
}  // namespace caravan::reports
