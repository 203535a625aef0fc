// session: reads of clients, and reads that write.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan {
namespace {

const Json first_template = {{"id", "t1"},
                             {"name", "small"},
                             {"plugin_name", "vanilla"},
                             {"hadoop_version", "2.6"},
                             {"description", "first"}};

class Session : public testing::Test {
 protected:
  void SetUp() override {
    tale_.usual();
    tale_.create("api.2#1", "ClusterTemplate", first_template);
  }
  void read(const std::string& op, const std::string& via, const Json& told) {
    tale_.invoke(op, "read", "ClusterTemplate", "t1", via);
    Json result = {{"id", "t1"}};
    result.update(told);
    tale_.ok(op, result);
  }
  std::string verdict() { return first_of(tale_.judged(), "session"); }
  RunBuilder tale_;
};

TEST_F(Session, PassesForWhatIsStored) {
  read("s1", "api.2", {{"description", "first"}, {"is_public", false}});
  EXPECT_EQ(verdict(), "pass");
  EXPECT_EQ(check_of(tale_.judged(), "session").obligations, 4);
}

TEST_F(Session, TakesAListThatHoldsEveryRowThatFits) {
  tale_.create("api.1#1", "ClusterTemplate", {{"id", "t2"}, {"name", "old"}, {"plugin_name", "vanilla"}});
  tale_.invoke("s1", "list", "ClusterTemplate", "", "api.2", {{"is_public", false}});
  tale_.ok("s1", Json::array({{{"id", "t1"}}, {{"id", "t2"}}}));
  tale_.invoke("s2", "list", "ClusterTemplate", "", "api.2", {{"is_public", true}});
  tale_.ok("s2", Json::array());
  EXPECT_EQ(verdict(), "pass");
}

TEST_F(Session, CatchesAListWithoutARowThatIsOlderThanTheFlag) {
  tale_.create("api.1#1", "ClusterTemplate", {{"id", "t2"}, {"name", "old"}, {"plugin_name", "vanilla"}});
  tale_.invoke("s1", "list", "ClusterTemplate", "", "api.2", {{"is_public", false}});
  tale_.ok("s1", Json::array({{{"id", "t1"}}}));
  EXPECT_EQ(
      verdict(),
      "ClusterTemplate.is_public: a list of ClusterTemplate where {\"is_public\":false} lacks row t2, which "
      "fitted all the time");
}

TEST_F(Session, DoesNotMissARowThatFittedOnlyForAWhile) {
  tale_.invoke("s1", "list", "ClusterTemplate", "", "api.2", {{"description", "first"}});
  tale_.save("api.2#1", "ClusterTemplate", "t1", {{"description", "second"}});
  tale_.ok("s1", Json::array());
  EXPECT_EQ(verdict(), "pass");
}

TEST_F(Session, DoesNotApplyWhereNobodyReads) {
  const auto report = tale_.judged();
  EXPECT_EQ(check_of(report, "session").verdict, Verdict::pass);
  EXPECT_EQ(check_of(report, "session").note, "does not apply: no client reads");
}

TEST_F(Session, IsUndecidedWhereNoReadWasAnswered) {
  tale_.invoke("s1", "read", "ClusterTemplate", "t1", "api.2");
  tale_.info("s1");
  EXPECT_EQ(
      verdict(),
      "unknown: nothing happened that it could judge; it takes a read that is answered: do: {read: ROW}");
}

TEST_F(Session, TakesAValueOfAnyMomentOfTheRead) {
  tale_.invoke("s1", "read", "ClusterTemplate", "t1", "api.2");
  tale_.save("api.1#1", "ClusterTemplate", "t1", {{"description", "second"}});
  tale_.ok("s1", {{"id", "t1"}, {"description", "first"}});
  EXPECT_EQ(verdict(), "pass");
}

TEST_F(Session, CatchesAValueThatIsNoMore) {
  tale_.save("api.1#1", "ClusterTemplate", "t1", {{"description", "second"}});
  read("s1", "api.2", {{"description", "first"}});
  EXPECT_EQ(verdict(),
            "ClusterTemplate.description: a client read description as \"first\", which it was at no moment "
            "of the read");
}

TEST_F(Session, CatchesAClientThatDoesNotReadItsOwnWrite) {
  tale_.invoke("c1-1", "update", "ClusterTemplate", "t1", "api.2", {{"description", "mine"}});
  tale_.save("api.2#1", "ClusterTemplate", "t1", {{"description", "mine"}}, "c1-1");
  tale_.ok("c1-1");
  read("c1-2", "api.2", {{"description", "first"}});
  EXPECT_EQ(verdict(),
            "ClusterTemplate.description: a client did not read its own write: description was \"first\"");
}

TEST_F(Session, CatchesReadsThatGoBackwards) {
  tale_.save("api.1#1", "ClusterTemplate", "t1", {{"description", "second"}});
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
  tale_.destroy("api.2#1", "ClusterTemplate", "t1");
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
  tale_.invoke("c1-1", "list", "ClusterTemplate", "", "api.2");
  tale_.ok("c1-1", {{{"id", "t1"}, {"description", "else"}}});
  EXPECT_NE(verdict().find("read description as \"else\""), std::string::npos);
}

TEST_F(Session, CatchesAWriteThatARequestToReadLedTo) {
  tale_.invoke("c1-1", "read", "ClusterTemplate", "t1", "api.2");
  tale_.save("api.2#1", "ClusterTemplate", "t1", {{"description", "second"}}, "c1-1");
  tale_.ok("c1-1", {{"id", "t1"}, {"description", "second"}});
  EXPECT_EQ(verdict(), "ClusterTemplate.description: reading ClusterTemplate t1 led to a save");
}

TEST_F(Session, CatchesAConductorThatWritesWhileItReads) {
  for (const bool declared : {false, true}) {
    RunBuilder tale;
    tale.usual();
    if (declared) tale.header()["config"] = {{"conductor.1", {{"migrate_on_read", true}}}};
    tale.create("api.2#1", "ClusterTemplate", first_template);
    tale.invoke("c1-1", "read", "ClusterTemplate", "t1", "api.2");
    const auto call = tale.send("call", "api.2#1", "conductor", "object_class_action_versions",
                                {{"objname", "ClusterTemplate"},
                                 {"objmethod", "get"},
                                 {"object_versions", tale.manifest("liberty")},
                                 {"args", Json::array()},
                                 {"kwargs", {{"id", "t1"}}}},
                                "c1-1");
    tale.deliver(call, "conductor.1#1");
    tale.update("ClusterTemplate", "t1", "is_public", false);  // was NULL: means the same
    tale.reply(
        call, "conductor.1#1",
        tale.primitive("liberty", "ClusterTemplate", tale.row_data("liberty", "ClusterTemplate", "t1")),
        "api.2#1");
    tale.ok("c1-1", {{"id", "t1"}});
    const auto report = tale.judged();
    EXPECT_EQ(first_of(report, "session"),
              declared ? "pass"
                       : "ClusterTemplate.is_public: ClusterTemplate.is_public changed while it was "
                         "only read");
    EXPECT_EQ(report.first, declared ? "" : "session");
  }
}

}  // namespace
}  // namespace caravan
