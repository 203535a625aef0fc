// Remotable calls and lazy loads as a node resumes them: what they ask for, and what they leave behind.
#include "objects/model/remotable.hpp"

#include <gtest/gtest.h>

#include "tests/objects/sample.hpp"

namespace caravan {
namespace {

using sample::primitive;

class Remotable : public ::testing::Test {
 protected:
  Object run() const {
    Object run = Object::create(registry, "Run");
    run.set("id", "r1");
    run.reset_changes();
    run.impl().context = "op";
    return run;
  }

  const std::shared_ptr<const Registry> registry = sample::registry();
  const Reader reader{registry, "op", true, true};
};

TEST_F(Remotable, AnOrphanCannotCall) {
  const Object orphan = Object::create(registry, "Run");
  try {
    RemotableCall call(reader, orphan, "save");
    FAIL();
  } catch (const ObjectError& error) {
    EXPECT_EQ(error.type, "OrphanedObjectError");
  }
}

TEST_F(Remotable, UpdatesAreTakenOverAndChangesAreWhatTheFarSideSays) {
  Object object = run();
  object.set("count", 3);
  RemotableCall call(reader, object, "save");
  const auto asked = call.run();
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->method, "object_action");
  EXPECT_EQ(asked->args.at("objinst").at("versioned_object.changes"), Json::array({"count"}));
  call.answer({{"updates", {{"count", 4}, {"unheard_of", 1}, {"obj_what_changed", Json::array()}}}});
  EXPECT_FALSE(call.run());
  EXPECT_EQ(object.get("count"), 4);
  EXPECT_TRUE(object.what_changed().empty());
}

TEST_F(Remotable, AChildThatIsTooNewIsBackportedBeforeAnythingIsTakenOver) {
  Object object = run();
  const Json newer = primitive("Part", "1.9", {{"id", "p"}, {"weight", 7}});
  RemotableCall call(reader, object, "refresh");
  ASSERT_TRUE(call.run());
  call.answer({{"updates", {{"count", 4}, {"parts", Json::array({newer})}}}});
  const auto asked = call.run();
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->method, "object_backport_versions");
  EXPECT_EQ(asked->args.at("objinst"), newer);
  EXPECT_FALSE(object.is_set("count"));
  call.answer(primitive("Part", "1.1", {{"id", "p"}}));
  EXPECT_FALSE(call.run());
  EXPECT_EQ(object.get("count"), 4);
  EXPECT_EQ(object.children("parts").at(0).get("id"), "p");
}

TEST_F(Remotable, AnOlderResultComesForward) {
  RemotableCall call(reader, "Run", "get", Json::array(), {{"id", "r1"}});
  ASSERT_TRUE(call.run());
  call.answer(primitive("Run", "1.1", {{"id", "r1"}, {"oozie_job_id", "j"}}));
  EXPECT_FALSE(call.run());
  EXPECT_EQ(call.result().as<Object>().get("engine_job_id"), "j");
}

TEST_F(Remotable, AConductorThatKnowsOnlyTheOlderCallIsAskedThatWay) {
  RemotableCall call(reader, "Run", "get");
  ASSERT_TRUE(call.run());
  call.not_implemented();
  const auto asked = call.run();
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->method, "object_class_action");
  EXPECT_EQ(asked->args.at("objver"), "1.3");
  EXPECT_FALSE(asked->args.contains("object_versions"));
}

TEST_F(Remotable, ALazyLoadKeepsChangesThatAreNotSavedYet) {
  Object object = run();
  object.set("count", 3);
  LazyLoad load(reader, object, "url");
  const auto asked = load.run();
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->args.at("objmethod"), "obj_load_attr");
  EXPECT_EQ(asked->args.at("args"), Json::array({"url"}));
  load.answer({{"updates", {{"url", "s3://x"}, {"obj_what_changed", Json::array({"count"})}}}});
  EXPECT_FALSE(load.run());
  EXPECT_EQ(load.result().as<std::string>(), "s3://x");
  EXPECT_EQ(object.what_changed(), std::vector<std::string>{"count"});
}

TEST_F(Remotable, AFieldThatIsSetIsNotLoaded) {
  Object object = run();
  LazyLoad load(reader, object, "id");
  EXPECT_FALSE(load.run());
  EXPECT_EQ(load.result().as<std::string>(), "r1");
}

TEST_F(Remotable, WithoutAConductorTheClassRefusesToLoad) {
  LazyLoad load({registry, "op"}, run(), "url");
  try {
    load.run();
    FAIL();
  } catch (const ObjectError& error) {
    EXPECT_EQ(error.type, "NotImplementedError");
  }
}

}  // namespace
}  // namespace caravan
