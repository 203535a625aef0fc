#include "scenarios/plan/sample.hpp"

#include <gtest/gtest.h>

namespace caravan::scenarios {
namespace {

const OperationTag token{"c1-2", 70000};

TEST(Sample, TextsHaveTheirWordsFilledIn) {
  EXPECT_EQ(filled("swift://{token}.sahara/{class}", token, "DataSource"), "swift://c1-2.sahara/DataSource");
  EXPECT_EQ(filled("10.{address}", token, "Instance"), "10.1.17.112");
  EXPECT_EQ(filled("no {word} of these", token, "Job"), "no {word} of these");
}

TEST(Sample, PatternsAreFilledAtAnyDepth) {
  EXPECT_EQ(filled(Json::parse(R"([{"id": "{token} share", "rw": true}, 3])"), token, "Cluster"),
            Json::parse(R"([{"id": "c1-2 share", "rw": true}, 3])"));
}

TEST(Sample, NumbersCountFromTheirBase) {
  EXPECT_EQ(filled(Json::parse(R"({"$number": 10000})"), token, "ClusterProvisionStep"), 80000);
}

TEST(Sample, AddressesAndValuesAreWordsToo) {
  EXPECT_EQ(filled("fd00::{address6}", token, "Instance"), "fd00::0001:1170");
  EXPECT_EQ(filled("{value}://{token}", token, "DataSource", "s3"), "s3://c1-2");
}

TEST(Sample, ARunLastsAsLongAsThePlanWants) {
  const Json pattern = Json::parse(R"({"configs": {"polls": {"$polls": 1}}, "caravan": "{token}"})");
  EXPECT_EQ(filled(pattern, token, "JobExecution").at("configs").at("polls"), 1);
  OperationTag longer = token;
  longer.polls = 7;
  EXPECT_EQ(filled(pattern, longer, "JobExecution").at("configs").at("polls"), 7);
  EXPECT_EQ(members_with_polls(pattern), std::vector<std::string>{"configs"});
  EXPECT_TRUE(members_with_polls("{token}").empty());
}

TEST(Sample, BinaryDataIsBase64) {
  EXPECT_EQ(filled(Json::parse(R"({"$base64": "{token}\n"})"), token, "JobBinaryInternal"), "YzEtMgo=");
}

}  // namespace
}  // namespace caravan::scenarios
