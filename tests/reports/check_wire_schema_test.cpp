#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

const Json public_template = {{"id", "t1"},
                              {"name", "small"},
                              {"plugin_name", "vanilla"},
                              {"hadoop_version", "2.6"},
                              {"description", "first"},
                              {"is_public", true}};
const Json one_cluster = {
    {"id", "c1"}, {"name", "one"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}};

TEST(WireSchema, AcceptsARowToldAtTheCallersVersion) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", public_template);
  run.get("api.1#1", "ClusterTemplate", run.row_data("kilo", "ClusterTemplate", "t1"));
  run.get("api.2#1", "ClusterTemplate", run.row_data("liberty", "ClusterTemplate", "t1"));
  const auto report = run.judged();
  EXPECT_TRUE(failing(report).empty()) << render(report, "text");
  EXPECT_EQ(report.counts.at("messages").at("replies_to_older_callers"), 1);
  EXPECT_EQ(report.counts.at("messages").at("backports_in_replies").at("ClusterTemplate 1.2 to 1.1"), 1);
}

TEST(WireSchema, CatchesALeakedField) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", public_template);
  run.get("api.1#1", "ClusterTemplate", run.row_data("kilo", "ClusterTemplate", "t1", {{"is_public", true}}));
  const auto report = run.judged();
  EXPECT_EQ(report.first, "wire-schema");
  EXPECT_EQ(first_of(report, "wire-schema"),
            "ClusterTemplate.is_public: ClusterTemplate 1.1 sent to api.1#1 (kilo) carries the field "
            "is_public, which came with 1.2; "
            "ClusterTemplate 1.1 has no such field");
}

TEST(WireSchema, CatchesALeakedFieldInANestedObject) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "Cluster", one_cluster);
  const Json group = {{"id", "g1"},       {"name", "workers"},
                      {"flavor_id", "2"}, {"node_processes", Json::array()},
                      {"count", 1},       {"shares", Json::array()}};
  const auto cast = run.send(
      "cast", "api.1#1", "engine", "provision_cluster",
      {{"cluster",
        run.primitive(
            "kilo", "Cluster",
            {{"id", "c1"}, {"node_groups", Json::array({run.primitive("kilo", "NodeGroup", group)})}})}});
  run.deliver(cast, "engine.1#1");
  EXPECT_EQ(first_of(run.judged(), "wire-schema").substr(0, 79),
            "NodeGroup.shares: NodeGroup 1.2 sent to engine.1#1 (kilo) carries the field sha");
}

TEST(WireSchema, CatchesWhatIsNestedWhereItDoesNotBelong) {
  for (const bool text : {true, false}) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "Cluster", one_cluster);
    const Json child = text ? Json("g1") : run.primitive("kilo", "Instance", {{"id", "i1"}});
    const auto cast =
        run.send("cast", "api.1#1", "engine", "provision_cluster",
                 {{"cluster",
                   run.primitive("kilo", "Cluster", {{"id", "c1"}, {"node_groups", Json::array({child})}})}});
    run.deliver(cast, "engine.1#1");
    const std::string found = first_of(run.judged(), "wire-schema");
    EXPECT_NE(found.find(text ? "is not a primitive, but the field holds NodeGroup"
                              : "holds a Instance, but the field holds NodeGroup"),
              std::string::npos)
        << found;
  }
}

TEST(WireSchema, CatchesAMapToAnotherLegalValue) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "JobExecution", {{"id", "r1"}, {"info", {{"status", "READYTORUN"}}}});
  run.get("api.1#1", "JobExecution",
          run.row_data("kilo", "JobExecution", "r1", {{"info", {{"status", "RUNNING"}}}}));
  EXPECT_EQ(first_of(run.judged(), "wire-schema"),
            "JobExecution.info: a reply told api.1#1 (kilo) what JobExecution r1 never was during the call: "
            "info is {\"status\":\"RUNNING\"}, but stored is "
            "{\"status\":\"READYTORUN\"}, which JobExecution 1.2 carries as {\"status\":\"PENDING\"}");
}

TEST(WireSchema, CatchesAStateThatTheVersionDoesNotKnow) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "JobExecution", {{"id", "r1"}, {"info", {{"status", "READYTORUN"}}}});
  run.get("api.1#1", "JobExecution", run.row_data("kilo", "JobExecution", "r1"));
  EXPECT_NE(first_of(run.judged(), "wire-schema")
                .find("\"READYTORUN\" is not one of the values that version 1.2 knows"),
            std::string::npos);
}

TEST(WireSchema, CatchesNullWhereNoneMayBe) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", public_template);
  run.get("api.1#1", "ClusterTemplate", run.row_data("kilo", "ClusterTemplate", "t1", {{"name", nullptr}}));
  EXPECT_EQ(first_of(run.judged(), "wire-schema"),
            "ClusterTemplate.name: ClusterTemplate.name of version 1.1 sent to api.1#1 (kilo): null in a "
            "field that is not nullable");
}

TEST(WireSchema, CatchesTheWrongTypeAndATimeWithoutZone) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", public_template);
  run.get("api.1#1", "ClusterTemplate", run.row_data("kilo", "ClusterTemplate", "t1", {{"name", 7}}));
  EXPECT_NE(first_of(run.judged(), "wire-schema").find("7 is not of type String"), std::string::npos);
  RunBuilder other;
  other.usual();
  other.create("api.2#1", "ClusterTemplate", public_template);
  other.get("api.1#1", "ClusterTemplate",
            other.row_data("kilo", "ClusterTemplate", "t1", {{"created_at", "2015-10-15T00:00:01"}}));
  EXPECT_NE(first_of(other.judged(), "wire-schema").find("is not of type DateTime"), std::string::npos);
}

TEST(WireSchema, CatchesARenameWhoseOldNameWasNotPutBack) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "JobExecution", {{"id", "r1"}, {"engine_job_id", "one"}});
  Json data = run.row_data("kilo", "JobExecution", "r1");
  data.erase("oozie_job_id");
  run.get("api.1#1", "JobExecution", data);
  EXPECT_EQ(first_of(run.judged(), "wire-schema"),
            "JobExecution.oozie_job_id: a reply told api.1#1 (kilo) what JobExecution r1 never was during "
            "the call: oozie_job_id is missing");
}

TEST(WireSchema, CatchesAStaleReply) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", public_template);
  const auto stale = run.row_data("liberty", "ClusterTemplate", "t1");
  run.save("api.1#1", "ClusterTemplate", "t1", {{"description", "second"}});
  run.get("api.2#1", "ClusterTemplate", stale);
  EXPECT_NE(first_of(run.judged(), "wire-schema").find("description is \"first\", but stored is \"second\""),
            std::string::npos);
}

TEST(WireSchema, CatchesChangesThatNameAnUnknownField) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", public_template);
  run.done(
      run.ask("api.1#1", "save", run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}}, {"is_public"})),
      "api.1#1");
  EXPECT_EQ(first_of(run.judged(), "wire-schema"),
            "ClusterTemplate.is_public: `changes` of ClusterTemplate 1.1 names \"is_public\", which is not a "
            "field of that version");
}

class Refused : public testing::Test {
 protected:
  void SetUp() override {
    run_.usual();
    run_.create("api.2#1", "Cluster", with_use(true));
    cluster_ =
        run_.primitive("liberty", "Cluster", {{"id", "c1"}, {"name", "one"}, {"use_autoconfig", true}});
    cast_ = run_.send("cast", "api.2#1", "engine", "provision_cluster", {{"cluster", cluster_}});
    run_.deliver(cast_, "engine.1#1");
  }
  static Json with_use(bool on) {
    Json data = one_cluster;
    data["use_autoconfig"] = on;
    return data;
  }
  void backport(const Json& result) {
    const auto call =
        run_.send("call", "engine.1#1", "conductor", "object_backport_versions",
                  {{"objinst", cluster_}, {"object_versions", run_.manifest("kilo")}}, "", cast_);
    run_.deliver(call, "conductor.1#1");
    run_.reply(call, "conductor.1#1", result, "engine.1#1");
  }
  RunBuilder run_;
  Json cluster_;
  std::string cast_;
};

TEST_F(Refused, OfATooNewPrimitiveWithABackportIsLawfulAndCounted) {
  backport(run_.primitive("kilo", "Cluster", {{"id", "c1"}, {"name", "one"}}));
  const auto report = run_.judged();
  EXPECT_TRUE(failing(report).empty()) << render(report, "text");
  EXPECT_EQ(report.counts.at("messages").at("refused").at("Cluster 1.3 by kilo"), 1);
  EXPECT_EQ(report.counts.at("messages").at("backports_on_request").at("Cluster 1.3 to 1.2"), 1);
}

// One that was stopped, or died, before it looked at the message has accepted nothing.
TEST_F(Refused, IsNotMissedWhereNothingCameOfTheMessage) {
  EXPECT_EQ(first_of(run_.judged(), "wire-schema"), "pass");
}

TEST_F(Refused, IsMissedWhereTheReceiverTookWhatItCannotKnow) {
  run_.send("cast", "engine.1#1", "engine", "run_edp_job", Json::object(), "", cast_);
  EXPECT_EQ(first_of(run_.judged(), "wire-schema"),
            "Cluster.: engine.1#1 (kilo) accepted what it cannot know: Cluster 1.3, but kilo knows 1.2");
}

TEST_F(Refused, AfterAnEffectIsNone) {
  const auto write = run_.ask(
      "engine.1#1", "save",
      run_.primitive("kilo", "Cluster", {{"id", "c1"}, {"status", "InfraUpdating"}}, {"status"}), "", cast_);
  run_.update("Cluster", "c1", "status", "InfraUpdating");
  run_.done(write, "engine.1#1");
  backport(run_.primitive("kilo", "Cluster", {{"id", "c1"}, {"name", "one"}}));
  EXPECT_EQ(first_of(run_.judged(), "wire-schema"),
            "Cluster.: engine.1#1 refused Cluster 1.3 only after acting on it");
}

TEST_F(Refused, ByABackportThatLosesAValueIsNamed) {
  backport(run_.primitive("kilo", "Cluster", {{"id", "c1"}}));
  EXPECT_NE(first_of(run_.judged(), "wire-schema").find("name was \"one\", and is missing at 1.2"),
            std::string::npos);
}

TEST_F(Refused, ByABackportThatKeepsANewFieldIsNamed) {
  backport(run_.primitive("kilo", "Cluster", {{"id", "c1"}, {"name", "one"}, {"use_autoconfig", true}}));
  EXPECT_EQ(failing(run_.judged()), std::vector<std::string>{"wire-schema"});
}

TEST(WireSchema, CatchesAnEnumThatHadToBeRefused) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "DataSource",
             {{"id", "d1"}, {"name", "in"}, {"type", "manila"}, {"url", "manila://x"}});
  run.get("api.1#1", "DataSource", run.row_data("kilo", "DataSource", "d1", {{"type", "hdfs"}}));
  EXPECT_NE(first_of(run.judged(), "wire-schema").find("must be refused to 1.1"), std::string::npos)
      << first_of(run.judged(), "wire-schema");
}

TEST(WireSchema, CatchesACastWithAValueThatTheRowNeverHeld) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "Cluster", one_cluster);
  const auto cast =
      run.send("cast", "api.1#1", "engine", "provision_cluster",
               {{"cluster", run.primitive("kilo", "Cluster", {{"id", "c1"}, {"name", "invented"}})}});
  run.deliver(cast, "engine.1#1");
  EXPECT_NE(first_of(run.judged(), "wire-schema")
                .find("carries a value that the row never held up to then: name is \"invented\""),
            std::string::npos);
}

TEST(WireSchema, CatchesACastAboutARowThatNeverWas) {
  RunBuilder run;
  run.usual();
  const auto cast =
      run.send("cast", "api.1#1", "engine", "provision_cluster",
               {{"cluster", run.primitive("kilo", "Cluster", {{"id", "c9"}, {"name", "none"}})}});
  run.deliver(cast, "engine.1#1");
  EXPECT_NE(first_of(run.judged(), "wire-schema").find("is about Cluster c9: no such row had been committed"),
            std::string::npos);
}

TEST(WireSchema, CatchesALazyLoadOfAnotherValue) {
  for (const char* told : {"c2Vjb25k", "Zmlyc3Q="}) {
    RunBuilder run;
    run.usual();
    run.create("api.2#1", "JobBinaryInternal", {{"id", "b1"}, {"name", "jar"}, {"data", "c2Vjb25k"}});
    const auto call = run.send("call", "api.1#1", "conductor", "object_action",
                               {{"objinst", run.primitive("kilo", "JobBinaryInternal", {{"id", "b1"}})},
                                {"objmethod", "obj_load_attr"},
                                {"args", {"data"}},
                                {"kwargs", Json::object()}});
    run.deliver(call, "conductor.1#1");
    run.done(call, "api.1#1", {{"data", told}});
    EXPECT_EQ(failing(run.judged()), std::string(told) == "c2Vjb25k"
                                         ? std::vector<std::string>{}
                                         : std::vector<std::string>{"wire-schema"});
  }
}

TEST(WireSchema, CatchesAListThatLacksARow) {
  RunBuilder run;
  run.usual();
  for (const char* id : {"t1", "t2"})
    run.create(
        "api.2#1", "ClusterTemplate",
        {{"id", id}, {"name", id}, {"plugin_name", "p"}, {"hadoop_version", "1"}, {"tenant_id", "one"}});
  const auto call = run.send("call", "api.1#1", "conductor", "object_class_action_versions",
                             {{"objname", "ClusterTemplate"},
                              {"objmethod", "list"},
                              {"object_versions", run.manifest("kilo")},
                              {"args", Json::array()},
                              {"kwargs", {{"tenant_id", "one"}}}});
  run.deliver(call, "conductor.1#1");
  run.reply(
      call, "conductor.1#1",
      Json::array({run.primitive("kilo", "ClusterTemplate", run.row_data("kilo", "ClusterTemplate", "t1"))}),
      "api.1#1");
  EXPECT_EQ(first_of(run.judged(), "wire-schema"),
            "ClusterTemplate.: a list of ClusterTemplate lacks row t2, which matched all the time");
}

}  // namespace
}  // namespace caravan::reports
