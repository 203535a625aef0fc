// A list holds every row that a reader would say it is about, whatever the column has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/nodes/world.hpp"

namespace caravan::nodes {
namespace {

using ::testing::ElementsAre;
using testing::World;

class Lists : public ::testing::Test {
 protected:
  World world{"kilo", "liberty"};

  void SetUp() override {
    world.add("conductor.1", "liberty");
    world.add("api.1", "liberty");
    world.add("api.2", "kilo");
  }
  void make(const std::string& object, Json fields, const Row& columns = {}) {
    const std::string id = fields.at("id").get<std::string>();
    fields["name"] = id;
    const Envelope made = world.request("api.1", "create", object, id, fields);
    ASSERT_TRUE(made.error.is_null()) << made.error;
    const std::string table = sahara_catalog().history(object)->table;
    if (!columns.empty()) world.store().update(table, id, columns);
    world.store().commit();
  }
  std::vector<std::string> ids(const std::string& api, const std::string& object, const Json& where) {
    const Envelope answer = world.request(api, "list", object, "", where);
    EXPECT_TRUE(answer.error.is_null()) << answer.error;
    std::vector<std::string> found;
    for (const Json& item : answer.result) found.push_back(item.at("id").get<std::string>());
    return found;
  }
};

TEST_F(Lists, HoldRowsThatAreOlderThanTheFlagTheyAreAskedFor) {
  make("JobBinary", {{"id", "before"}, {"url", "swift://a/b"}},
       {{"is_public", Json()}, {"is_protected", Json()}});
  make("JobBinary", {{"id", "after"}, {"url", "swift://a/b"}});
  make("JobBinary", {{"id", "public"}, {"url", "swift://a/b"}, {"is_public", true}});
  EXPECT_THAT(ids("api.1", "JobBinary", {{"is_public", false}}), ElementsAre("before", "after"));
  EXPECT_THAT(ids("api.1", "JobBinary", {{"is_public", false}, {"is_protected", false}, {"name", "before"}}),
              ElementsAre("before"));
  EXPECT_THAT(ids("api.1", "JobBinary", {{"is_public", true}}), ElementsAre("public"));
}

TEST_F(Lists, HoldNoRowForAnAbsenceThatHasAMeaning) {
  make("JobBinary", {{"id", "before"}, {"url", "swift://a/b"}}, {{"is_public", Json()}});
  EXPECT_THAT(ids("api.1", "JobBinary", {{"is_public", Json()}}), ElementsAre());
}

TEST_F(Lists, HoldTheRowsWithoutAValueWhereAbsenceMeansNothing) {
  make("JobBinary", {{"id", "plain"}, {"url", "swift://a/b"}});
  make("JobBinary", {{"id", "described"}, {"url", "swift://a/b"}, {"description", "x"}});
  EXPECT_THAT(ids("api.1", "JobBinary", {{"description", Json()}}), ElementsAre("plain"));
}

TEST_F(Lists, CompareJsonByValue) {
  make("JobBinary", {{"id", "b"}, {"url", "swift://a/b"}}, {{"extra", "{\"b\": 1, \"a\": [true]}"}});
  EXPECT_THAT(ids("api.1", "JobBinary", {{"extra", {{"a", {true}}, {"b", 1}}}}), ElementsAre("b"));
  EXPECT_THAT(ids("api.1", "JobBinary", {{"extra", {{"a", {true}}}}}), ElementsAre());
}

TEST_F(Lists, CompareTimesAsMoments) {
  make("JobBinary", {{"id", "b"}, {"url", "swift://a/b"}}, {{"created_at", "2015-04-01 10:00:00.000000"}});
  EXPECT_THAT(ids("api.1", "JobBinary", {{"created_at", "2015-04-01T12:00:00+02:00"}}), ElementsAre("b"));
}

TEST_F(Lists, AreEmptyForAValueThatNoRowCanHold) {
  make("JobBinary", {{"id", "b"}, {"url", "swift://a/b"}});
  EXPECT_THAT(ids("api.1", "JobBinary", {{"is_public", {1, 2}}}), ElementsAre());
  EXPECT_THAT(ids("api.1", "JobBinary", {{"created_at", "yesterday"}}), ElementsAre());
  EXPECT_THAT(world.troubles(), ElementsAre());
}

TEST_F(Lists, KnowAFieldByTheNameThatItHad) {
  const Json run = {{"id", "r"}, {"engine_job_id", "oozie-1"}};
  ASSERT_TRUE(world.request("api.1", "create", "JobExecution", "r", run).error.is_null());
  EXPECT_THAT(ids("api.2", "JobExecution", {{"oozie_job_id", "oozie-1"}}), ElementsAre("r"));
  EXPECT_THAT(ids("api.1", "JobExecution", {{"engine_job_id", "oozie-1"}}), ElementsAre("r"));
}

TEST_F(Lists, LackARowThatIsOlderThanTheFlagWithThatDefectPlanted) {
  make("JobBinary", {{"id", "before"}, {"url", "swift://a/b"}}, {{"is_public", Json()}});
  world.remove("conductor.1");
  world.add("conductor.2", "liberty", "F35");
  EXPECT_THAT(ids("api.1", "JobBinary", {{"is_public", false}}), ElementsAre());
}

TEST(ListsOfDirectAccess, AreWhatTheDatabaseComparesAsSaharasWere) {
  World world("kilo", "liberty");
  Modes direct;
  direct.access = Access::direct;
  direct.compat = Compatibility::none;
  world.add("api.1", "kilo", "", direct);
  world.add("api.2", "liberty", "", direct);
  world.request("api.1", "create", "JobBinary", "b", {{"id", "b"}, {"name", "b"}, {"url", "swift://a/b"}});
  EXPECT_EQ(world.request("api.2", "list", "JobBinary", "", {{"is_public", false}}).result.size(), 0U);
  EXPECT_EQ(world.request("api.2", "list", "JobBinary", "", {{"is_public", Json()}}).result.size(), 1U);
}

}  // namespace
}  // namespace caravan::nodes
