// stored-format: columns that releases name, values that they can read, stamps that agree.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan {
namespace {

const Json plain = {{"id", "t1"}, {"name", "small"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}};

std::string verdict(RunBuilder& tale) { return first_of(tale.judged(), "stored-format"); }

TEST(StoredFormat, PassesForRowsThatEverybodyReads) {
  RunBuilder tale;
  tale.usual();
  tale.create("api.2#1", "ClusterTemplate", plain);
  const auto report = tale.judged();
  EXPECT_EQ(first_of(report, "stored-format"), "pass");
  EXPECT_GT(check_of(report, "stored-format").obligations, 100);
}

TEST(StoredFormat, NamesTheReleaseAndTheColumnThatWentTooEarly) {
  RunBuilder tale;
  tale.usual();
  tale.header()["access"] = "direct";
  tale.insert("JobExecution", "r1", {{"job_id", "j"}});
  tale.begin("3", "migrate", {{"phase", "as-released"}, {"from", "kilo"}, {"to", "liberty"}});
  tale.drop_column("JobExecution", "oozie_job_id");
  tale.schema();
  tale.end("3", "migrate");
  const auto report = tale.judged();
  EXPECT_EQ(first_of(report, "stored-format"),
            "JobExecution.engine_job_id: release kilo lives and names job_executions.oozie_job_id, but the "
            "table has no such column");
  EXPECT_EQ(check_of(report, "stored-format").witnesses.front().step, "3");
}

TEST(StoredFormat, MissesNoColumnOfATableWithoutRows) {
  RunBuilder tale;
  tale.usual();
  tale.header()["access"] = "direct";
  tale.begin("3", "migrate", {{"phase", "as-released"}, {"from", "kilo"}, {"to", "liberty"}});
  tale.drop_column("JobExecution", "oozie_job_id");
  tale.schema();
  tale.end("3", "migrate");
  EXPECT_EQ(first_of(tale.judged(), "stored-format"), "pass");
}

TEST(StoredFormat, LetsAColumnGoWithTheLastNodeThatNamesIt) {
  RunBuilder tale;
  tale.start("conductor.1#1", "liberty");
  tale.begin("3", "migrate", {{"phase", "contract"}, {"from", "kilo"}, {"to", "liberty"}});
  tale.drop_column("JobExecution", "oozie_job_id");
  tale.schema();
  tale.end("3", "migrate");
  EXPECT_EQ(verdict(tale), "pass");
}

TEST(StoredFormat, CatchesWhatARollbackWouldMiss) {
  RunBuilder tale;  // expanded: kilo may come back, though no node of it opens the database
  tale.usual();
  tale.insert("JobExecution", "r1", {{"job_id", "j"}});
  tale.begin("3", "migrate", {{"phase", "data"}, {"from", "kilo"}, {"to", "liberty"}});
  tale.drop_column("JobExecution", "oozie_job_id");
  tale.schema();
  tale.end("3", "migrate");
  EXPECT_EQ(verdict(tale),
            "JobExecution.engine_job_id: release kilo may come back and names "
            "job_executions.oozie_job_id, but the table has no such column");
}

TEST(StoredFormat, CatchesJsonThatIsNone) {
  RunBuilder tale;
  tale.usual();
  tale.create("api.2#1", "ClusterTemplate", plain);
  const auto n = tale.update("ClusterTemplate", "t1", "cluster_configs", {{"a", 1}});
  tale.events[static_cast<std::size_t>(n)]["new"] = "{\"a\": ";
  EXPECT_NE(verdict(tale).find("cannot read cluster_templates.cluster_configs: \"{\\\"a\\\": \" is no JSON"),
            std::string::npos)
      << verdict(tale);
}

TEST(StoredFormat, CatchesAnIntegerThatIsAText) {
  RunBuilder tale;
  tale.usual();
  tale.create("api.2#1", "NodeGroupTemplate",
              {{"id", "g1"},
               {"name", "n"},
               {"plugin_name", "p"},
               {"hadoop_version", "1"},
               {"flavor_id", "f"},
               {"volumes_per_node", 2}});
  tale.update("NodeGroupTemplate", "g1", "volumes_per_node", "two");
  EXPECT_NE(
      verdict(tale).find("NodeGroupTemplate.volumes_per_node: kilo, which may come back to the database, "
                         "cannot read node_group_templates.volumes_per_node: \"two\" is no Integer"),
      std::string::npos)
      << verdict(tale);
}

TEST(StoredFormat, CatchesNullWhereAReleaseWantsAValue) {
  RunBuilder tale;
  tale.usual();
  tale.create("api.2#1", "ClusterTemplate", plain);
  tale.update("ClusterTemplate", "t1", "plugin_name", nullptr);
  EXPECT_NE(verdict(tale).find("ClusterTemplate.plugin_name"), std::string::npos);
  EXPECT_NE(verdict(tale).find("NULL where it wants a value"), std::string::npos);
}

TEST(StoredFormat, WantsNewWordsReadOnlyByWhoOpensTheDatabase) {
  for (const bool direct : {false, true}) {
    RunBuilder tale;
    tale.usual();
    if (direct) tale.header()["access"] = "direct";
    tale.create("api.2#1", "DataSource", {{"id", "d1"}, {"name", "in"}, {"type", "manila"}, {"url", "x"}});
    const auto told = verdict(tale);
    if (direct)
      EXPECT_NE(told.find("DataSource.type: kilo, which has a node at the database, cannot read "
                          "data_sources.type: \"manila\" is none of"),
                std::string::npos)
          << told;
    else
      EXPECT_EQ(told, "pass");
  }
}

class Stamped : public testing::Test {
 protected:
  void SetUp() override {
    tale_.header()["row_stamps"] = true;
    tale_.usual();
    tale_.create("api.2#1", "ClusterTemplate", plain);
  }
  void stamp(const Json& version) { tale_.update("ClusterTemplate", "t1", "object_version", version); }
  RunBuilder tale_;
};

TEST_F(Stamped, PassesWhereStampAndContentAgree) {
  stamp("1.2");
  tale_.save("api.2#1", "ClusterTemplate", "t1", {{"is_public", true}});
  EXPECT_EQ(verdict(tale_), "pass");
}

TEST_F(Stamped, CatchesAVersionThatNobodyKnows) {
  stamp("1.9");
  EXPECT_NE(verdict(tale_).find("ClusterTemplate t1 is stamped \"1.9\", but no version of the class"),
            std::string::npos)
      << verdict(tale_);
}

TEST_F(Stamped, CatchesContentThatIsNewerThanItsStamp) {
  stamp("1.1");
  tale_.save("api.2#1", "ClusterTemplate", "t1", {{"is_public", true}});
  EXPECT_EQ(verdict(tale_),
            "ClusterTemplate.is_public: ClusterTemplate t1 is stamped \"1.1\", but is_public came "
            "with version 1.2");
}

TEST_F(Stamped, CatchesAStampOfAReleaseThatDoesNotServeYet) {
  RunBuilder tale("kilo", "liberty");
  tale.header()["row_stamps"] = true;
  for (auto& event : tale.events)
    if (event["kind"] == "step") event["phase"] = "data";  // never expanded
  for (auto& event : tale.events)
    if (event["kind"] == "migration") event["phase"] = "data";
  tale.start("conductor.1#1", "kilo");
  tale.start("api.1#1", "kilo");
  tale.create("api.1#1", "ClusterTemplate", plain);
  tale.update("ClusterTemplate", "t1", "object_version", "1.2");
  EXPECT_NE(verdict(tale).find("no release that the schema serves then (kilo alone) knows it"),
            std::string::npos)
      << verdict(tale);
}

}  // namespace
}  // namespace caravan
