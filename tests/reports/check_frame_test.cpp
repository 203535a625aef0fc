#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

const Json template_data = {{"id", "t1"},
                            {"name", "small"},
                            {"plugin_name", "vanilla"},
                            {"hadoop_version", "2.6"},
                            {"description", "first"},
                            {"is_public", true}};

TEST(Frame, CountsEveryFieldThatASaveDoesNotName) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", template_data);
  run.save("api.1#1", "ClusterTemplate", "t1", {{"description", "second"}});
  const auto report = run.judged();
  EXPECT_EQ(first_of(report, "frame"), "pass");
  EXPECT_GE(check_of(report, "frame").obligations, 10);
  EXPECT_EQ(report.matrix.at("ClusterTemplate").at("liberty").at("kilo"), 5);
  EXPECT_EQ(report.matrix.at("ClusterTemplate").at("kilo").at("liberty").at("not_exercised"),
            "no liberty node saved one");
  EXPECT_EQ(report.counts.at("mixed").at("ClusterTemplate"), 1);
}

TEST(Frame, CatchesAWholeRowSaveWithBothWritersAndTheStep) {
  RunBuilder run;
  run.usual();
  run.begin("3.1");
  run.create("api.2#1", "ClusterTemplate", template_data);
  run.end("3.1");
  run.begin("3.2");
  const auto call = run.ask(
      "api.1#1", "save",
      run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}, {"description", "second"}}, {"description"}));
  run.update("ClusterTemplate", "t1", "description", "second");
  const auto nulled = run.update("ClusterTemplate", "t1", "is_public", nullptr);
  run.update("ClusterTemplate", "t1", "updated_at", "2015-10-15T00:00:02Z");
  run.done(call, "api.1#1");
  run.end("3.2");
  const auto report = run.judged();
  EXPECT_EQ(report.first, "frame");
  EXPECT_EQ(failing(report), std::vector<std::string>{"frame"});
  const auto& witness = check_of(report, "frame").witnesses.front();
  EXPECT_EQ(witness.event, nulled);
  EXPECT_EQ(witness.step, "3.2");
  EXPECT_EQ(witness.object + "." + witness.field, "ClusterTemplate.is_public");
  EXPECT_EQ(witness.summary,
            "a save that named only description changed ClusterTemplate.is_public, a field that its sender "
            "(ClusterTemplate 1.1) does not know");
  const auto argument = argument_of(report, "frame");
  EXPECT_NE(argument.find("the value was written by the create of ClusterTemplate t1 by api.2#1 (liberty"),
            std::string::npos)
      << argument;
  EXPECT_NE(argument.find("then came the save of ClusterTemplate t1 by api.1#1 (kilo"), std::string::npos)
      << argument;
}

/// A kilo engine, which sees PENDING, sends the whole dict back with a key of its own; `status` is stored.
Report after_a_save_of_a_mapped_state(const char* status) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "JobExecution", {{"id", "r1"}, {"info", {{"status", "READYTORUN"}}}});
  const auto call =
      run.ask("engine.1#1", "save",
              run.primitive("kilo", "JobExecution",
                            {{"id", "r1"}, {"info", {{"status", "PENDING"}, {"seen", 1}}}}, {"info"}));
  run.update("JobExecution", "r1", "info", {{"status", status}, {"seen", 1}});
  run.done(call, "engine.1#1");
  return run.judged();
}

TEST(Frame, CatchesAnOlderPeersReadModifyWriteOfAMappedState) {
  const auto report = after_a_save_of_a_mapped_state("PENDING");
  EXPECT_NE(first_of(report, "frame")
                .find("JobExecution.info: a save at version 1.2 sent JobExecution.info as it saw it"),
            std::string::npos)
      << first_of(report, "frame");
}

TEST(Frame, LetsAnOlderPeerAddAKeyBesideAMappedState) {
  const auto report = after_a_save_of_a_mapped_state("READYTORUN");
  EXPECT_EQ(first_of(report, "frame"), "pass");
  EXPECT_EQ(first_of(report, "no-data-loss"), "pass");
}

TEST(Frame, HoldsAnApiToWhatTheClientNamed) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", template_data);
  run.invoke("c1-4", "update", "ClusterTemplate", "t1", "api.1", {{"description", "second"}});
  run.save("api.1#1", "ClusterTemplate", "t1", {{"description", "second"}, {"name", "stale"}}, "c1-4");
  run.ok("c1-4");
  EXPECT_EQ(first_of(run.judged(), "frame"),
            "ClusterTemplate.name: operation c1-4 updates {\"description\":\"second\"}, but the save that "
            "api.1#1 sent for it changed ClusterTemplate.name");
}

TEST(Frame, WantsBothColumnsOfARenameAlike) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "JobExecution", {{"id", "r1"}, {"engine_job_id", "one"}});
  const auto call = run.ask(
      "engine.1#1", "save",
      run.primitive("kilo", "JobExecution", {{"id", "r1"}, {"oozie_job_id", "two"}}, {"oozie_job_id"}));
  run.update("JobExecution", "r1", "oozie_job_id", "two");
  run.done(call, "engine.1#1");
  const auto report = run.judged();
  EXPECT_EQ(failing(report), std::vector<std::string>{"frame"});
  EXPECT_EQ(first_of(report, "frame"),
            "JobExecution.engine_job_id: oozie_job_id and engine_job_id are one field, but a write left them "
            "with two values");
}

}  // namespace
}  // namespace caravan::reports
