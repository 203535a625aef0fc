// The judge's own small projection: what a contract makes of a value at an older version.
#include "reports/facts/projection.hpp"

#include <gtest/gtest.h>

#include "objects/loader/loader.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

const Contract& contract(const char* object, const char* field) {
  return *sahara_catalog().contract(object, field);
}

TEST(Projection, LeavesOutWhatCameLater) {
  const auto& is_public = contract("ClusterTemplate", "is_public");
  EXPECT_EQ(project(is_public, true, Version("1.1")).kind, Projected::Kind::absent);
  EXPECT_EQ(project(is_public, true, Version("1.2")).value, true);
}

TEST(Projection, TellsARenamedFieldByItsOlderName) {
  const auto& id = contract("JobExecution", "engine_job_id");
  EXPECT_EQ(project(id, "oozie-7", Version("1.2")).name, "oozie_job_id");
  EXPECT_EQ(project(id, "oozie-7", Version("1.3")).name, "engine_job_id");
  EXPECT_EQ(project(id, "oozie-7", Version("1.2")).value, "oozie-7");
}

TEST(Projection, MapsAStateThroughEveryStepDown) {
  const auto& info = contract("JobExecution", "info");
  const Json stored = {{"status", "READYTORUN"}, {"id", 1}};
  EXPECT_EQ(project(info, stored, Version("1.3")).value.at("status"), "READYTORUN");
  EXPECT_EQ(project(info, stored, Version("1.2")).value.at("status"), "PENDING");
  EXPECT_EQ(project(info, stored, Version("1.0")).value.at("status"), "Pending");
  EXPECT_EQ(project(info, stored, Version("1.0")).value.at("id"), 1);
}

TEST(Projection, RefusesWhatAnOlderReleaseCannotRead) {
  const auto& type = contract("DataSource", "type");
  EXPECT_EQ(project(type, "manila", Version("1.1")).kind, Projected::Kind::refused);
  EXPECT_EQ(project(type, "manila", Version("1.2")).value, "manila");
}

TEST(Projection, CutsOnlyWhereTheContractDeclaresTheLoss) {
  const auto& text = contract("Cluster", "status_description");
  const std::string words(201, 'x');
  EXPECT_EQ(project(text, words, Version("1.0")).value, std::string(200, 'x'));
  EXPECT_EQ(project(text, words, Version("1.1")).value, words);
  const auto& address = contract("Instance", "internal_ip");
  EXPECT_EQ(project(address, "2001:db8::1234:5678", Version("1.0")).kind, Projected::Kind::refused);
}

TEST(Projection, ReadsWordsOfOldRowsAsWhatTheyBecame) {
  EXPECT_EQ(reading(contract("JobExecution", "info"), {{"status", "Pending"}}).at("status"), "PENDING");
}

TEST(Projection, TakesNullForWhatAbsenceMeans) {
  const auto& is_public = contract("ClusterTemplate", "is_public");
  EXPECT_TRUE(equal_to_user(is_public, nullptr, false));
  EXPECT_FALSE(equal_to_user(is_public, nullptr, true));
}

TEST(Projection, KnowsThatAnEqualValueIsNoChange) {
  const auto& info = contract("JobExecution", "info");
  const Json before = {{"status", "READYTORUN"}};
  // An older node saw PENDING and sends it back, with a key of its own.
  const Json sent = {{"status", "PENDING"}, {"progress", 1}};
  EXPECT_TRUE(
      leaves_unseen_parts(info, before, {{"status", "READYTORUN"}, {"progress", 1}}, Version("1.2"), sent));
  EXPECT_FALSE(
      leaves_unseen_parts(info, before, {{"status", "PENDING"}, {"progress", 1}}, Version("1.2"), sent));
}

TEST(Values, AreComparedWithoutTheOrderOfKeys) {
  EXPECT_TRUE(same(Json::parse(R"({"a":1,"b":[1,2.0]})"), Json::parse(R"({"b":[1,2],"a":1})")));
  EXPECT_FALSE(same(Json::parse(R"({"a":1})"), Json::parse(R"({"a":null})")));
}

}  // namespace
}  // namespace caravan::reports
