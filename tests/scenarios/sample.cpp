#include "scenarios/plan/sample.hpp"

#include <gtest/gtest.h>

namespace caravan {
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

TEST(Sample, BinaryDataIsBase64) {
  EXPECT_EQ(filled(Json::parse(R"({"$base64": "{token}\n"})"), token, "JobBinaryInternal"), "YzEtMgo=");
}

}  // namespace
}  // namespace caravan
