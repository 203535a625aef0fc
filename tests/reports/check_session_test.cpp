// session: reads of clients, and reads that write.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

const Json first_template = {{"id", "t1"},
                             {"name", "small"},
                             {"plugin_name", "vanilla"},
                             {"hadoop_version", "2.6"},
                             {"description", "first"}};

class Session : public testing::Test {
 protected:
  void SetUp() override {
    run_.usual();
    run_.create("api.2#1", "ClusterTemplate", first_template);
  }
  void read(const std::string& op, const std::string& via, const Json& told) {
    run_.invoke(op, "read", "ClusterTemplate", "t1", via);
    Json result = {{"id", "t1"}};
    result.update(told);
    run_.ok(op, result);
  }
  std::string verdict() { return first_of(run_.judged(), "session"); }
  RunBuilder run_;
};

TEST_F(Session, PassesForWhatIsStored) {
  read("s1", "api.2", {{"description", "first"}, {"is_public", false}});
  EXPECT_EQ(verdict(), "pass");
  EXPECT_EQ(check_of(run_.judged(), "session").obligations, 4);
}

TEST_F(Session, TakesAListThatHoldsEveryRowThatFits) {
  run_.create("api.1#1", "ClusterTemplate", {{"id", "t2"}, {"name", "old"}, {"plugin_name", "vanilla"}});
  run_.invoke("s1", "list", "ClusterTemplate", "", "api.2", {{"is_public", false}});
  run_.ok("s1", Json::array({{{"id", "t1"}}, {{"id", "t2"}}}));
  run_.invoke("s2", "list", "ClusterTemplate", "", "api.2", {{"is_public", true}});
  run_.ok("s2", Json::array());
  EXPECT_EQ(verdict(), "pass");
}

TEST_F(Session, CatchesAListWithoutARowThatIsOlderThanTheFlag) {
  run_.create("api.1#1", "ClusterTemplate", {{"id", "t2"}, {"name", "old"}, {"plugin_name", "vanilla"}});
  run_.invoke("s1", "list", "ClusterTemplate", "", "api.2", {{"is_public", false}});
  run_.ok("s1", Json::array({{{"id", "t1"}}}));
  EXPECT_EQ(verdict(),
            "ClusterTemplate.is_public: a list of ClusterTemplate where {\"is_public\":false} lacks row t2, "
            "which matched all the time");
}

TEST_F(Session, DoesNotMissARowThatFittedOnlyForAWhile) {
  run_.invoke("s1", "list", "ClusterTemplate", "", "api.2", {{"description", "first"}});
  run_.save("api.2#1", "ClusterTemplate", "t1", {{"description", "second"}});
  run_.ok("s1", Json::array());
  EXPECT_EQ(verdict(), "pass");
}

TEST_F(Session, DoesNotApplyWhereNobodyReads) {
  const auto report = run_.judged();
  EXPECT_EQ(check_of(report, "session").verdict, Verdict::pass);
  EXPECT_EQ(check_of(report, "session").note, "does not apply: no client reads");
}

TEST_F(Session, IsUndecidedWhereNoReadWasAnswered) {
  run_.invoke("s1", "read", "ClusterTemplate", "t1", "api.2");
  run_.info("s1");
  EXPECT_EQ(
      verdict(),
      "unknown: nothing happened that it could judge; it takes a read that is answered: do: {read: ROW}");
}

TEST_F(Session, TakesAValueOfAnyMomentOfTheRead) {
  run_.invoke("s1", "read", "ClusterTemplate", "t1", "api.2");
  run_.save("api.1#1", "ClusterTemplate", "t1", {{"description", "second"}});
  run_.ok("s1", {{"id", "t1"}, {"description", "first"}});
  EXPECT_EQ(verdict(), "pass");
}

TEST_F(Session, CatchesAValueThatIsNoMore) {
  run_.save("api.1#1", "ClusterTemplate", "t1", {{"description", "second"}});
  read("s1", "api.2", {{"description", "first"}});
  EXPECT_EQ(verdict(),
            "ClusterTemplate.description: a client read description as \"first\", which it was at no moment "
            "of the read");
}

TEST_F(Session, CatchesAClientThatDoesNotReadItsOwnWrite) {
  run_.invoke("c1-1", "update", "ClusterTemplate", "t1", "api.2", {{"description", "mine"}});
  run_.save("api.2#1", "ClusterTemplate", "t1", {{"description", "mine"}}, "c1-1");
  run_.ok("c1-1");
  read("c1-2", "api.2", {{"description", "first"}});
  EXPECT_EQ(verdict(),
            "ClusterTemplate.description: a client did not read its own write: description was \"first\"");
}

TEST_F(Session, CatchesReadsThatGoBackwards) {
  run_.save("api.1#1", "ClusterTemplate", "t1", {{"description", "second"}});
  read("c1-1", "api.2", {{"description", "second"}});
  read("c1-2", "api.2", {{"description", "first"}});
  EXPECT_EQ(verdict(),
            "ClusterTemplate.description: a client's reads went backwards: description was \"first\" again");
}

TEST_F(Session, CatchesADefaultThatIsAnother) {
  read("c1-1", "api.2", {{"is_public", true}});  // never set: false
  EXPECT_EQ(verdict(),
            "ClusterTemplate.is_public: a client read is_public as true, which it was at no moment "
            "of the read");
}

TEST_F(Session, CatchesARowThatIsNotThere) {
  run_.destroy("api.2#1", "ClusterTemplate", "t1");
  read("c1-1", "api.2", Json::object());
  EXPECT_EQ(verdict(),
            "ClusterTemplate.: a client read ClusterTemplate t1, which was not stored at any moment "
            "of the read");
}

TEST_F(Session, CatchesChildrenThatAreNotThere) {
  read("c1-1", "api.2", {{"node_groups", {{{"id", "g1"}}}}});
  EXPECT_EQ(verdict(),
            "ClusterTemplate.node_groups: a client read node_groups of t1, which were never those "
            "rows during the read");
}

TEST_F(Session, LooksIntoLists) {
  run_.invoke("c1-1", "list", "ClusterTemplate", "", "api.2");
  run_.ok("c1-1", {{{"id", "t1"}, {"description", "else"}}});
  EXPECT_NE(verdict().find("read description as \"else\""), std::string::npos);
}

TEST_F(Session, CatchesAWriteThatARequestToReadLedTo) {
  run_.invoke("c1-1", "read", "ClusterTemplate", "t1", "api.2");
  run_.save("api.2#1", "ClusterTemplate", "t1", {{"description", "second"}}, "c1-1");
  run_.ok("c1-1", {{"id", "t1"}, {"description", "second"}});
  EXPECT_EQ(verdict(), "ClusterTemplate.description: reading ClusterTemplate t1 led to a save");
}

TEST_F(Session, CatchesAConductorThatWritesWhileItReads) {
  for (const bool declared : {false, true}) {
    RunBuilder run;
    run.usual();
    if (declared) run.header()["config"] = {{"conductor.1", {{"migrate_on_read", true}}}};
    run.create("api.2#1", "ClusterTemplate", first_template);
    run.invoke("c1-1", "read", "ClusterTemplate", "t1", "api.2");
    const auto call = run.send("call", "api.2#1", "conductor", "object_class_action_versions",
                               {{"objname", "ClusterTemplate"},
                                {"objmethod", "get"},
                                {"object_versions", run.manifest("liberty")},
                                {"args", Json::array()},
                                {"kwargs", {{"id", "t1"}}}},
                               "c1-1");
    run.deliver(call, "conductor.1#1");
    run.update("ClusterTemplate", "t1", "is_public", false);  // was NULL: means the same
    run.reply(call, "conductor.1#1",
              run.primitive("liberty", "ClusterTemplate", run.row_data("liberty", "ClusterTemplate", "t1")),
              "api.2#1");
    run.ok("c1-1", {{"id", "t1"}});
    const auto report = run.judged();
    EXPECT_EQ(first_of(report, "session"),
              declared ? "pass"
                       : "ClusterTemplate.is_public: ClusterTemplate.is_public changed while it was "
                         "only read");
    EXPECT_EQ(report.first, declared ? "" : "session");
  }
}

}  // namespace
}  // namespace caravan::reports
