// Rules with paths, and Caravan's own refusals.
#include "objects/model/rules.hpp"

#include <gtest/gtest.h>

#include "objects/base/error.hpp"
#include "tests/objects/sample.hpp"

namespace caravan {
namespace {

using sample::data;

Object run(const Json& fields) {
  const Object made = Object::create(sample::registry(), "Run");
  for (auto field = fields.begin(); field != fields.end(); ++field) {
    Object(made).set(field.key(), field.value());
  }
  return made;
}

Json applied(const std::string& op, const std::string& path, Json args, Json before) {
  args["field"] = path;
  apply(compile({Rule{Version("9.9"), op, path, args}}).front(), before, "Thing");
  return before;
}

std::string refusal(const std::string& op, const std::string& path, const Json& args, const Json& before) {
  try {
    applied(op, path, args, before);
  } catch (const ObjectError& error) {
    EXPECT_EQ(error.type, "ObjectActionError");
    EXPECT_EQ(error.kwargs.at("action"), "obj_make_compatible");
    return error.kwargs.at("reason").get<std::string>();
  }
  return "";
}

TEST(RulePaths, MapAKeyInsideAJsonField) {
  const Json sent = run(Json{{"info", Json{{"status", "KILLED"}, {"x", 1}}}}).to_primitive("1.2");
  EXPECT_EQ(data(sent).at("info"), (Json{{"status", "STOPPED"}, {"x", 1}}));
}

TEST(RulePaths, LeaveAnAbsentKeyAndANullFieldAlone) {
  EXPECT_EQ(data(run(Json{{"info", Json{{"x", 1}}}}).to_primitive("1.2")).at("info"), (Json{{"x", 1}}));
  EXPECT_EQ(data(run(Json{{"info", nullptr}}).to_primitive("1.2")).at("info"), nullptr);
  EXPECT_FALSE(data(run(Json{{"id", "r"}}).to_primitive("1.2")).contains("info"));
}

TEST(RulePaths, MapTheSchemeOfAUrlAndKeepTheRest) {
  EXPECT_EQ(data(run(Json{{"url", "s3://b/k"}}).to_primitive("1.2")).at("url"), "swift://b/k");
  EXPECT_EQ(data(run(Json{{"url", "no scheme"}}).to_primitive("1.2")).at("url"), "no scheme");
  EXPECT_EQ(data(run(Json{{"url", "s3://b/k"}}).to_primitive("1.3")).at("url"), "s3://b/k");
}

TEST(RulePaths, DoNotTouchTheObjectItself) {
  const Object made = run(Json{{"info", Json{{"status", "KILLED"}}}});
  made.to_primitive("1.0");
  EXPECT_EQ(made.get("info"), (Json{{"status", "KILLED"}}));
}

TEST(RulePaths, CanRemoveAndSetAKey) {
  const Json before{{"info", Json{{"a", 1}, {"b", 2}}}};
  EXPECT_EQ(applied("remove", "info.a", Json::object(), before), (Json{{"info", Json{{"b", 2}}}}));
  EXPECT_EQ(applied("set", "info.c", Json{{"value", 3}}, Json{{"info", Json::object()}}),
            (Json{{"info", Json{{"c", 3}}}}));
  EXPECT_EQ(applied("set", "info.c", Json{{"value", 3}}, Json::object()), Json::object());
}

TEST(Refusals, NameClassAndField) {
  try {
    run(Json{{"url", "manila://x"}}).to_primitive("1.2");
    FAIL() << "manila was let through";
  } catch (const ObjectError& error) {
    EXPECT_EQ(error.type, "ObjectActionError");
    EXPECT_EQ(error.kwargs,
              (Json{{"action", "obj_make_compatible"}, {"reason", "Run.url:scheme not representable"}}));
  }
}

TEST(Refusals, RejectValueTakesOnlyWhatIsPresentAndListed) {
  const Json listed{{"values", Json::array({"a", nullptr})}};
  EXPECT_EQ(refusal("reject_value", "f", listed, Json{{"f", "a"}}), "Thing.f not representable");
  EXPECT_EQ(refusal("reject_value", "f", listed, Json{{"f", nullptr}}), "Thing.f not representable");
  EXPECT_EQ(refusal("reject_value", "f", listed, Json{{"f", "b"}}), "");
  EXPECT_EQ(refusal("reject_value", "f", listed, Json::object()), "");
  EXPECT_EQ(refusal("reject_value", "f.k", listed, Json{{"f", Json{{"k", "a"}}}}),
            "Thing.f.k not representable");
}

TEST(Refusals, RejectLongerCountsCodePoints) {
  const Json three{{"length", 3}};
  EXPECT_EQ(refusal("reject_longer", "f", three, Json{{"f", "\u00e4\u00f6\u00fc"}}), "");
  EXPECT_EQ(refusal("reject_longer", "f", three, Json{{"f", "\U0001f42a\U0001f42a\U0001f42a"}}), "");
  EXPECT_EQ(refusal("reject_longer", "f", three, Json{{"f", "abcd"}}), "Thing.f not representable");
  EXPECT_EQ(refusal("reject_longer", "f", three, Json{{"f", nullptr}}), "");
}

TEST(Rules, MapOnlyValuesOfTheSameType) {
  const Json map{{"map", Json::array({Json::array({1, "one"}), Json::array({true, "yes"})})}};
  EXPECT_EQ(applied("map_value", "f", map, Json{{"f", 1}}), (Json{{"f", "one"}}));
  EXPECT_EQ(applied("map_value", "f", map, Json{{"f", true}}), (Json{{"f", "yes"}}));
  EXPECT_EQ(applied("map_value", "f", map, Json{{"f", 1.0}}), (Json{{"f", 1.0}}));
}

TEST(Rules, AnUnknownOpNamesTheNearest) {
  try {
    compile({Rule{Version("1.1"), "renam", "f", Json::object()}});
    FAIL() << "an unknown op was compiled";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("rename"), std::string::npos) << error.what();
  }
}

TEST(RuleOps, StripZoneLeavesALocalTime) {
  for (const char* sent : {"2015-04-30T12:00:00Z", "2015-04-30T12:00:00+02:00", "2015-04-30T12:00:00"}) {
    EXPECT_EQ(applied("strip_zone", "at", Json::object(), Json{{"at", sent}}).at("at"),
              "2015-04-30T12:00:00");
  }
  EXPECT_EQ(applied("strip_zone", "at", Json::object(), Json{{"at", nullptr}}).at("at"), nullptr);
}

TEST(RuleOps, AGuardAsksForTheFieldThatItNames) {
  const Json guard = {{"if_set", "x"}};
  EXPECT_EQ(applied("remove", "y", guard, Json{{"y", 1}}), (Json{{"y", 1}}));
  EXPECT_EQ(applied("remove", "y", guard, Json{{"x", 1}, {"y", 1}}), (Json{{"x", 1}}));
}

TEST(RuleOps, AnUnguardedRuleStumblesOverWhatIsNotSet) {
  const Json careless = {{"unguarded", true}};
  EXPECT_EQ(applied("remove", "y", careless, Json{{"y", 1}}), Json::object());
  try {
    applied("remove", "y", careless, Json::object());
    FAIL() << "nothing was thrown";
  } catch (const ObjectError& error) {
    EXPECT_EQ(error.type, "KeyError");
    EXPECT_STREQ(error.what(), "'y'");
  }
}

}  // namespace
}  // namespace caravan
