// The nodes' view of an object: wire values in and out, a handle that is shared.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "objects/model/fingerprint.hpp"
#include "objects/model/registry.hpp"
#include "tests/objects/sample.hpp"

namespace caravan {
namespace {

using sample::data;
using sample::primitive;

std::string error_type(const std::function<void()>& act) {
  try {
    act();
  } catch (const ObjectError& error) {
    return error.type;
  }
  return "";
}

TEST(ObjectHandle, CopiesShareTheObject) {
  Object first = Object::create(sample::registry(), "Run");
  Object second = first;
  second.set("id", "r");
  EXPECT_EQ(first.get("id"), "r");
  EXPECT_EQ(first.what_changed(), std::vector<std::string>{"id"});
  first.reset_changes();
  EXPECT_TRUE(second.what_changed().empty());
}

TEST(ObjectHandle, ChildrenAreTheObjectsThemselves) {
  const auto registry = sample::registry();
  Object run = Object::create(registry, "Run");
  Object part = Object::create(registry, "Part");
  run.set_children("parts", {part});
  part.set("id", "p");
  EXPECT_EQ(data(data(run.to_primitive()).at("parts").at(0)), (Json{{"id", "p"}}));
  run.children("parts").at(0).set("kind", "cpu");
  EXPECT_EQ(part.get("kind"), "cpu");
}

TEST(ObjectHandle, KeepsItsRegistryAlive) {
  Object made = Object::create(sample::registry(), "Run");
  made.set("id", 7);
  EXPECT_EQ(made.get("id"), "7");
}

TEST(ObjectFields, StartUnsetAndAreLeftOut) {
  Object made = Object::create(sample::registry(), "Run");
  EXPECT_FALSE(made.is_set("id"));
  EXPECT_EQ(data(made.to_primitive()), Json::object());
  EXPECT_EQ(error_type([&] { made.get("id"); }), "NotImplementedError");
  EXPECT_EQ(error_type([&] { made.get("nothing"); }), "AttributeError");
  EXPECT_EQ(error_type([&] { made.set("nothing", 1); }), "AttributeError");
  EXPECT_EQ(error_type([&] { (void)made.is_set("nothing"); }), "AttributeError");
}

TEST(ObjectFields, AFailedAssignmentChangesNothing) {
  Object made = Object::create(sample::registry(), "Run");
  made.set("count", "12");
  made.reset_changes();
  EXPECT_EQ(error_type([&] { made.set("count", "twelve"); }), "ValueError");
  EXPECT_EQ(made.get("count"), 12);
  EXPECT_TRUE(made.what_changed().empty());
}

TEST(ObjectFields, ANestedWireFormBuildsANestedObject) {
  Object made = Object::create(sample::registry(), "Run");
  made.set("main", primitive("Part", "1.1", Json{{"id", "p"}}));
  EXPECT_EQ(data(made.get("main")), (Json{{"id", "p"}}));
  EXPECT_EQ(error_type([&] { made.set("main", primitive("Run", "1.3", Json::object())); }), "ValueError");
  EXPECT_EQ(error_type([&] { made.set("main", primitive("Part", "1.9", Json::object())); }),
            "IncompatibleObjectVersion");
}

TEST(JsonFields, TravelUnchanged) {
  Object made = Object::create(sample::registry(), "Run");
  for (const char* text :
       {R"({"b":1,"a":{"$set":[1]},"list":[1,1.0,null,true]})", "[]", "\"text\"", "0", "false", "1e300"}) {
    const Json value = Json::parse(text);
    made.set("info", value);
    EXPECT_EQ(made.get("info").dump(), value.dump());
    const Object again = Object::from_primitive(sample::registry(), Json::parse(made.to_primitive().dump()));
    EXPECT_EQ(again.get("info").dump(), value.dump());
  }
}

TEST(JsonFields, AreNotLookedIntoForObjects) {
  Object made = Object::create(sample::registry(), "Run");
  const Json lookalike = primitive("Part", "7.0", Json{{"id", "p"}});
  made.set("info", lookalike);
  EXPECT_EQ(made.get("info"), lookalike);
}

TEST(JsonFields, TakeNullAsAnyFieldDoes) {
  Object made = Object::create(sample::registry(), "Run");
  made.set("info", nullptr);
  EXPECT_TRUE(made.is_set("info"));
  EXPECT_EQ(data(made.to_primitive()).at("info"), nullptr);
}

TEST(JsonFields, AreNamedJsonInAFingerprint) {
  const auto type = sample::registry()->newest("Run");
  EXPECT_NE(fingerprint_text(*type).find("('info', Json(default="), std::string::npos)
      << fingerprint_text(*type);
}

TEST(Values, DollarKeysOnTheWireAreJustKeys) {
  Catalog catalog = load_catalog(Json::parse(R"({"classes": [{"name": "D", "version": "1.0", "fields":
      [{"name": "d", "type": "Dict", "element": {"type": "List", "element": {"type": "Integer"}}}]}]})"),
                                 "d");
  Object made = Object::create(Registry::from(catalog), "D");
  const Json value{{"$set", Json::array({1, 2})}};
  made.set("d", value);
  EXPECT_EQ(made.get("d"), value);
}

TEST(Registries, OfTheSaharaHistoryKnowEveryObject) {
  const Catalog& catalog = sahara_catalog();
  const auto registry = Registry::from(catalog);
  for (const ClassHistory& history : catalog.histories) {
    const auto newest = registry->newest(history.name);
    EXPECT_EQ(newest->version(), history.versions.back().first.text()) << history.name;
    EXPECT_NO_THROW(registry->manifest(history.name)) << history.name;
  }
}

TEST(Registries, OfASnapshotRefuseWhatIsNewer) {
  const auto old = Registry::from(snapshot(sahara_catalog(), "kilo"));
  const auto young = Registry::from(snapshot(sahara_catalog(), "liberty"));
  int changed = 0;
  for (const ClassHistory& history : young->catalog().histories) {
    const std::string version = young->newest(history.name)->version();
    if (old->catalog().history(history.name) == nullptr || old->newest(history.name)->version() == version)
      continue;
    ++changed;
    EXPECT_EQ(error_type([&] { old->lookup(history.name, version); }), "IncompatibleObjectVersion")
        << history.name;
  }
  EXPECT_GT(changed, 0);
}

TEST(Registries, MakeEachSaharaObjectInEachReleaseTravel) {
  for (const Release& release : sahara_catalog().releases) {
    const auto registry = Registry::from(snapshot(sahara_catalog(), release.name));
    for (const auto& [name, version] : release.manifest) {
      const Object made = Object::create(registry, name);
      EXPECT_EQ(made.version(), version.text()) << release.name << " " << name;
      const Json sent = made.to_primitive();
      EXPECT_EQ(Object::from_primitive(registry, sent).to_primitive(), sent) << release.name << " " << name;
    }
  }
}

}  // namespace
}  // namespace caravan
