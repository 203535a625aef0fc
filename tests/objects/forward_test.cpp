// An older primitive enters a newer node: renames and maps what is present, and nothing else.
#include <gtest/gtest.h>

#include "tests/objects/sample.hpp"

namespace caravan {
namespace {

using sample::changes;
using sample::data;
using sample::primitive;
using sample::version;

Json forward(Json made) { return Object::forward(*sample::registry(), std::move(made)); }

TEST(Forward, RenamesInDataAndInChanges) {
  const Json made = forward(
      primitive("Run", "1.1", Json{{"id", "r"}, {"oozie_job_id", "7"}}, Json::array({"id", "oozie_job_id"})));
  EXPECT_EQ(data(made), (Json{{"id", "r"}, {"engine_job_id", "7"}}));
  EXPECT_EQ(changes(made), (Json::array({"id", "engine_job_id"})));
  EXPECT_EQ(version(made), "1.3");
}

TEST(Forward, AppliesOnlyTheStepsAboveThePrimitive) {
  const Json made = forward(
      primitive("Run", "1.2", Json{{"oozie_job_id", "not mine"}, {"info", Json{{"status", "STOPPED"}}}}));
  EXPECT_EQ(data(made), (Json{{"oozie_job_id", "not mine"}, {"info", Json{{"status", "KILLED"}}}}));
}

TEST(Forward, DropsARemovedFieldAndItsMark) {
  const Json made = forward(primitive("Run", "1.0", Json{{"progress", 0.5}}, Json::array({"progress"})));
  EXPECT_EQ(data(made), Json::object());
  EXPECT_FALSE(made.contains("versioned_object.changes"));
}

TEST(Forward, LeavesUnsetWhatIsAbsent) {
  const Json made = forward(primitive("Run", "1.0", Json{{"id", "r"}}));
  EXPECT_EQ(data(made), (Json{{"id", "r"}}));
}

TEST(Forward, RenamesAMarkThatHasNoValue) {
  const Json made = forward(primitive("Run", "1.0", Json{{"id", "r"}}, Json::array({"id", "oozie_job_id"})));
  EXPECT_EQ(data(made), (Json{{"id", "r"}}));
  EXPECT_EQ(changes(made), (Json::array({"id", "engine_job_id"})));
}

TEST(Forward, DoesNotInventAMark) {
  const Json made =
      forward(primitive("Run", "1.0", Json{{"id", "r"}, {"oozie_job_id", "7"}}, Json::array({"id"})));
  EXPECT_EQ(data(made), (Json{{"id", "r"}, {"engine_job_id", "7"}}));
  EXPECT_EQ(changes(made), Json::array({"id"}));
}

TEST(Forward, ReturnsACurrentPrimitiveAsItIs) {
  const Json current =
      primitive("Run", "1.3", Json{{"oozie_job_id", "x"}, {"info", Json{{"status", "STOPPED"}}}},
                Json::array({"info"}));
  EXPECT_EQ(forward(current), current);
}

TEST(Forward, LeavesNewerAndForeignOnesForTheLookUpToRefuse) {
  for (const char* label : {"1.4", "2.0", "0.9", "1.3.1", "nonsense"}) {
    const Json strange = primitive("Run", label, Json{{"oozie_job_id", "x"}});
    EXPECT_EQ(forward(strange), strange) << label;
  }
  const Json unknown = primitive("Nobody", "1.0", Json{{"oozie_job_id", "x"}});
  EXPECT_EQ(forward(unknown), unknown);
  EXPECT_EQ(forward(Json("text")), Json("text"));
}

TEST(Forward, GoesIntoChildrenByTheirOwnRules) {
  const Json old_part = primitive("Part", "1.0", Json{{"id", "p"}, {"type", "cpu"}}, Json::array({"type"}));
  const Json made =
      forward(primitive("Run", "1.3", Json{{"parts", Json::array({old_part})}, {"main", old_part}}));
  for (const Json& part : {data(made).at("parts").at(0), data(made).at("main")}) {
    EXPECT_EQ(data(part), (Json{{"id", "p"}, {"kind", "cpu"}}));
    EXPECT_EQ(changes(part), Json::array({"kind"}));
    EXPECT_EQ(version(part), "1.1");
  }
}

TEST(Forward, DoesNotTouchWhatOnlyLooksLikeAnObject) {
  const Json lookalike = primitive("Part", "1.0", Json{{"type", "cpu"}});
  const Json made = forward(primitive("Run", "1.0", Json{{"info", lookalike}}));
  EXPECT_EQ(data(made).at("info"), lookalike);
}

TEST(Forward, GivesWhatCanBeLoadedAndSentBack) {
  const auto registry = sample::registry();
  const Json old =
      primitive("Run", "1.1", Json{{"id", "r"}, {"oozie_job_id", "7"}}, Json::array({"oozie_job_id"}));
  const Object loaded = Object::from_primitive(registry, Object::forward(*registry, old));
  EXPECT_EQ(loaded.version(), "1.3");
  EXPECT_EQ(loaded.what_changed(), std::vector<std::string>{"engine_job_id"});
  const Json back = loaded.to_primitive("1.1");
  EXPECT_EQ(data(back), data(old));
}

}  // namespace
}  // namespace caravan
