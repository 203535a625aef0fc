#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

const Json described_template = {{"id", "t1"},
                                 {"name", "small"},
                                 {"plugin_name", "vanilla"},
                                 {"hadoop_version", "2.6"},
                                 {"description", "first"}};

Json with(Json data, const Json& more) {
  data.update(more);
  return data;
}

TEST(NoDataLoss, HoldsWhenEveryWriteIsThere) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", with(described_template, {{"is_public", true}}));
  run.save("api.1#1", "ClusterTemplate", "t1", {{"description", "second"}});
  const auto report = run.judged();
  EXPECT_EQ(first_of(report, "no-data-loss"), "pass");
  EXPECT_GT(check_of(report, "no-data-loss").obligations, 20);
  EXPECT_TRUE(failing(report).empty()) << render(report, "text");
}

TEST(NoDataLoss, NamesTheFieldOfAnAcknowledgedWriteThatIsNotThere) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", described_template);
  const auto call =
      run.ask("api.2#1", "save",
              run.primitive("liberty", "ClusterTemplate", {{"id", "t1"}, {"is_public", true}}, {"is_public"}),
              "c1-7");
  const auto delivered = static_cast<std::int64_t>(run.events.size()) - 1;
  run.done(call, "api.2#1");
  const auto report = run.judged();
  EXPECT_EQ(first_of(report, "no-data-loss"),
            "ClusterTemplate.is_public: an acknowledged write of ClusterTemplate.is_public was lost: true "
            "was sent");
  EXPECT_EQ(check_of(report, "no-data-loss").witnesses.front().event, delivered);
  EXPECT_EQ(report.first, "no-data-loss");
  EXPECT_NE(argument_of(report, "no-data-loss").find("it was sent for operation c1-7"), std::string::npos)
      << argument_of(report, "no-data-loss");
}

TEST(NoDataLoss, CountsAnAnswerBeforeTheCommitAsLost) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", described_template);
  const auto call = run.ask(
      "engine.1#1", "save",
      run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}, {"description", "x"}}, {"description"}));
  const auto delivered = static_cast<std::int64_t>(run.events.size()) - 1;
  run.done(call, "engine.1#1");
  run.node("conductor.1#1", "liberty", "exited", {{"signal", 9}});
  const auto report = run.judged();
  EXPECT_EQ(report.first, "no-data-loss");
  EXPECT_EQ(check_of(report, "no-data-loss").witnesses.front().event, delivered);
  EXPECT_EQ(first_of(report, "exception"),
            "conductor.1.: conductor.1#1 (liberty) ended in a way that the plan did not ask for, signal 9");
}

TEST(NoDataLoss, CountsACommitThatCameAfterTheAnswerAsLost) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", described_template);
  const auto call = run.ask(
      "engine.1#1", "save",
      run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}, {"description", "x"}}, {"description"}));
  run.done(call, "engine.1#1");
  run.update("ClusterTemplate", "t1", "description", "x");
  const auto report = run.judged();
  EXPECT_EQ(failing(report), std::vector<std::string>{"no-data-loss"});
  EXPECT_EQ(check_of(report, "no-data-loss").failures, 1);
}

TEST(NoDataLoss, NamesTheRowOfACreateThatWasNeverCommitted) {
  RunBuilder run;
  run.usual();
  const auto call = run.ask("api.1#1", "create",
                            run.primitive("kilo", "ClusterTemplate", described_template, {"id", "name"}));
  run.done(call, "api.1#1");
  EXPECT_EQ(first_of(run.judged(), "no-data-loss"),
            "ClusterTemplate.name: ClusterTemplate t1 was acknowledged as created, but no such row was "
            "committed by then");
}

TEST(NoDataLoss, FindsAChangeThatNobodyAskedFor) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", described_template);
  run.update("ClusterTemplate", "t1", "description", "ghost");
  const auto report = run.judged();
  EXPECT_EQ(first_of(report, "no-data-loss"),
            "ClusterTemplate.description: nothing asked for this update of ClusterTemplate.description: "
            "\"first\" became \"ghost\"");
  EXPECT_EQ(failing(report), std::vector<std::string>{"no-data-loss"});
}

TEST(NoDataLoss, FindsAnotherValueThanTheOneSent) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", described_template);
  const auto call = run.ask("api.2#1", "save",
                            run.primitive("liberty", "ClusterTemplate",
                                          {{"id", "t1"}, {"description", "wanted"}}, {"description"}));
  run.update("ClusterTemplate", "t1", "description", "other");
  run.done(call, "api.2#1");
  const auto report = run.judged();
  const auto& witness = check_of(report, "no-data-loss").witnesses;
  ASSERT_EQ(witness.size(), 2U);
  EXPECT_EQ(witness[1].summary,
            "ClusterTemplate.description was stored as \"other\", but \"wanted\" was sent");
}

TEST(NoDataLoss, FindsWhatComesBackAfterItsDelete) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", described_template);
  run.destroy("api.2#1", "ClusterTemplate", "t1");
  run.insert("ClusterTemplate", "t1", described_template);
  const auto report = run.judged();
  EXPECT_EQ(first_of(report, "no-data-loss"),
            "ClusterTemplate.id: ClusterTemplate t1 had been deleted and came back");
}

TEST(NoDataLoss, FindsADeleteThatDidNotHappen) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", described_template);
  run.done(run.ask("api.2#1", "destroy", run.primitive("liberty", "ClusterTemplate", {{"id", "t1"}})),
           "api.2#1");
  EXPECT_EQ(first_of(run.judged(), "no-data-loss"),
            "ClusterTemplate.: ClusterTemplate t1 was acknowledged as deleted, but is still there");
}

TEST(NoDataLoss, FindsADeleteThatAClientWasPromised) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", described_template);
  run.invoke("s1", "delete", "ClusterTemplate", "t1", "api.2");
  run.ok("s1");
  const std::string found = first_of(run.judged(), "no-data-loss");
  EXPECT_NE(found.find("a client was told that ClusterTemplate t1 is deleted, but it is still there"),
            std::string::npos)
      << found;
}

TEST(NoDataLoss, TakesARowThatVanishedAtTheEndAsLost) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", described_template);
  run.final_override["cluster_templates"]["t1"]["description"] = "rewritten";
  EXPECT_EQ(first_of(run.judged(), "no-data-loss"),
            "ClusterTemplate.description: at the end ClusterTemplate.description of t1 is \"rewritten\", but "
            "the last committed change made it \"first\"");
}

TEST(NoDataLoss, TakesDefaultsOfACreateAsAsked) {
  RunBuilder run;
  run.usual();
  const auto call = run.ask("api.2#1", "create",
                            run.primitive("liberty", "ClusterTemplate", described_template,
                                          {"id", "name", "plugin_name", "hadoop_version", "description"}));
  run.insert("ClusterTemplate", "t1",
             with(described_template,
                  {{"use_autoconfig", true}, {"is_public", false}, {"anti_affinity", Json::array()}}));
  run.done(call, "api.2#1");
  EXPECT_EQ(first_of(run.judged(), "no-data-loss"), "pass");
}

TEST(NoDataLoss, DoesNotTakeAnInventedValueForADefault) {
  RunBuilder run;
  run.usual();
  const auto call = run.ask("api.2#1", "create",
                            run.primitive("liberty", "ClusterTemplate", described_template,
                                          {"id", "name", "plugin_name", "hadoop_version", "description"}));
  run.insert("ClusterTemplate", "t1", with(described_template, {{"is_public", true}}));
  run.done(call, "api.2#1");
  EXPECT_EQ(failing(run.judged()), std::vector<std::string>{"frame"});
}

TEST(NoDataLoss, FollowsARenameThroughBothColumns) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "JobExecution", {{"id", "r1"}, {"engine_job_id", "one"}});
  run.save("engine.1#1", "JobExecution", "r1", {{"oozie_job_id", "two"}});
  EXPECT_TRUE(failing(run.judged()).empty());
}

TEST(NoDataLoss, JudgesARenameByItsOlderColumnAsLongAsThereIsOne) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "JobExecution", {{"id", "r1"}, {"engine_job_id", "one"}});
  // Written only where the older release does not look.
  const auto call = run.ask(
      "api.2#1", "save",
      run.primitive("liberty", "JobExecution", {{"id", "r1"}, {"engine_job_id", "two"}}, {"engine_job_id"}));
  run.update("JobExecution", "r1", "engine_job_id", "two");
  run.done(call, "api.2#1");
  EXPECT_EQ(first_of(run.judged(), "no-data-loss"),
            "JobExecution.engine_job_id: an acknowledged write of JobExecution.engine_job_id was lost: "
            "\"two\" was sent");
}

TEST(NoDataLoss, KnowsWhatTheContractPhaseCopies) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "JobExecution", {{"id", "r1"}, {"engine_job_id", "one"}});
  run.update("JobExecution", "r1", "updated_at", "2015-10-15T00:00:02Z");
  run.begin("9", "migrate", {{"phase", "contract"}});
  run.drop_column("JobExecution", "oozie_job_id");
  run.drop_column("JobExecution", "progress");
  run.schema();
  run.end("9", "migrate");
  run.get("api.2#1", "JobExecution", run.row_data("liberty", "JobExecution", "r1"));
  EXPECT_TRUE(failing(run.judged()).empty());
}

TEST(NoDataLoss, KnowsThatTheOldColumnGoesBeforeAnybodySaysSo) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "JobExecution", {{"id", "r1"}, {"engine_job_id", "one"}});
  run.begin("9", "migrate", {{"phase", "contract"}});
  run.drop_column("JobExecution", "oozie_job_id");
  // A write that comes while the migration's process has not ended yet.
  const auto call = run.ask(
      "api.2#1", "save",
      run.primitive("liberty", "JobExecution", {{"id", "r1"}, {"engine_job_id", "two"}}, {"engine_job_id"}));
  run.update("JobExecution", "r1", "engine_job_id", "two");
  run.done(call, "api.2#1");
  run.schema();
  run.end("9", "migrate");
  run.get("api.2#1", "JobExecution", run.row_data("liberty", "JobExecution", "r1"));
  const auto report = run.judged();
  EXPECT_TRUE(failing(report).empty()) << render(report, "text");
}

TEST(NoDataLoss, TellsApartWhatNobodyAcknowledged) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", described_template);
  run.ask(
      "engine.1#1", "save",
      run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}, {"description", "maybe"}}, {"description"}));
  run.update("ClusterTemplate", "t1", "description", "maybe");
  run.node("conductor.1#1", "liberty", "killed", {{"signal", 9}});
  const auto report = run.judged();
  EXPECT_EQ(first_of(report, "no-data-loss"), "pass");
  EXPECT_EQ(check_of(report, "no-data-loss").note, "1 write had no reply: 1 took effect, 0 did not");
}

TEST(NoDataLoss, FindsAnUnacknowledgedWriteThatTookEffectTwice) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", described_template);
  run.ask(
      "engine.1#1", "save",
      run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}, {"description", "maybe"}}, {"description"}));
  run.update("ClusterTemplate", "t1", "description", "maybe");
  run.save("api.2#1", "ClusterTemplate", "t1", {{"description", "later"}});
  run.update("ClusterTemplate", "t1", "description", "maybe");
  EXPECT_EQ(
      first_of(run.judged(), "no-data-loss"),
      "ClusterTemplate.description: a write that nobody acknowledged took effect 2 times on description");
}

TEST(NoDataLoss, KeepsTheClientsPromiseToo) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", described_template);
  run.invoke("c1-3", "update", "ClusterTemplate", "t1", "api.2", {{"is_public", true}});
  run.ok("c1-3");  // the api said so and told nobody
  const auto report = run.judged();
  EXPECT_EQ(first_of(report, "no-data-loss"),
            "ClusterTemplate.is_public: a client was told that ClusterTemplate.is_public of t1 is true, but "
            "it was not stored by then");
}

TEST(NoDataLoss, DoesNotTakeTheValueBeforeAnUpdateForItsResult) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", with(described_template, {{"is_public", false}}));
  run.invoke("c1-3", "update", "ClusterTemplate", "t1", "api.2", {{"is_public", false}});
  run.save("api.2#1", "ClusterTemplate", "t1", {{"is_public", true}}, "c1-3");  // the opposite
  run.ok("c1-3");
  EXPECT_EQ(first_of(run.judged(), "no-data-loss"),
            "ClusterTemplate.is_public: a client was told that ClusterTemplate.is_public of t1 is false, but "
            "it was not stored by then");
}

TEST(NoDataLoss, LetsALaterOperationOverwriteAnEarlierOne) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", described_template);
  run.invoke("c1-3", "update", "ClusterTemplate", "t1", "api.2", {{"description", "mine"}});
  run.invoke("c2-3", "update", "ClusterTemplate", "t1", "api.1", {{"description", "yours"}});
  run.save("api.2#1", "ClusterTemplate", "t1", {{"description", "mine"}}, "c1-3");
  run.save("api.1#1", "ClusterTemplate", "t1", {{"description", "yours"}}, "c2-3");
  run.ok("c1-3");
  run.ok("c2-3");
  EXPECT_TRUE(failing(run.judged()).empty());
}

TEST(NoDataLoss, HoldsAReadAgainstWhatThePlanWants) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", with(described_template, {{"is_public", true}}));
  run.invoke("s4", "read", "ClusterTemplate", "t1", "api.2", Json::object(),
             {{"want", {{"is_public", true}, {"description", "second"}}}});
  run.ok("s4", {{"id", "t1"}, {"is_public", true}, {"description", "first"}});
  EXPECT_EQ(first_of(run.judged(), "no-data-loss"),
            "ClusterTemplate.description: the plan expects ClusterTemplate.description to be \"second\", but "
            "a read by api.2 (liberty) gave \"first\"");
}

TEST(NoDataLoss, TakesDeclaredConsequencesAsNoLoss) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "Cluster",
             {{"id", "c1"}, {"name", "one"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}});
  run.create("api.2#1", "JobExecution",
             {{"id", "r1"}, {"cluster_id", "c1"}, {"info", {{"status", "PENDING"}}}});
  const auto call = run.ask("engine.1#1", "destroy", run.primitive("kilo", "Cluster", {{"id", "c1"}}));
  run.update("JobExecution", "r1", "info", {{"status", "KILLED"}});
  run.update("JobExecution", "r1", "end_time", "2015-10-15T00:00:02Z");
  run.update("JobExecution", "r1", "updated_at", "2015-10-15T00:00:02Z");
  run.update("JobExecution", "r1", "cluster_id", nullptr);
  run.remove("Cluster", "c1");
  run.done(call, "engine.1#1");
  const auto report = run.judged();
  EXPECT_TRUE(failing(report).empty()) << render(report, "text");
}

TEST(NoDataLoss, FindsARunThatLostItsClusterWithoutADelete) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "Cluster",
             {{"id", "c1"}, {"name", "one"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}});
  run.create("api.2#1", "JobExecution", {{"id", "r1"}, {"cluster_id", "c1"}});
  run.update("JobExecution", "r1", "cluster_id", nullptr);
  EXPECT_EQ(first_of(run.judged(), "no-data-loss"),
            "JobExecution.cluster_id: nothing asked for this update of JobExecution.cluster_id: \"c1\" "
            "became null");
}

}  // namespace
}  // namespace caravan::reports
