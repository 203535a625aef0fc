// Where this layer once differed from the library, found with cases generated against it.
#include <gtest/gtest.h>

#include "objects/loader/loader.hpp"
#include "objects/model/fingerprint.hpp"
#include "objects/model/object_impl.hpp"
#include "objects/model/serializer.hpp"

namespace caravan {
namespace {

std::shared_ptr<const Registry> registry_of(const char* classes) {
  return Registry::from(load_recorded_catalog(Json{{"classes", Json::parse(classes)}}, "here"));
}

template <class Act>
std::string error_of(Act act) {
  try {
    act();
  } catch (const ObjectError& error) {
    return error.type;
  }
  return "none";
}

TEST(Differences, DefaultsAreSetInTheOrderNamedUntilOneFails) {
  const auto registry = registry_of(
      R"([{"name": "A", "version": "1.0", "fields": [{"name": "x", "type": "Integer", "default": 1}, {"name": "y", "type": "Integer"}]}])");
  Object object = Object::create(registry, "A");
  EXPECT_EQ(error_of([&] { set_defaults(object, {"x", "y", "nobody"}); }), "ObjectActionError");
  EXPECT_TRUE(object.is_set("x"));
  EXPECT_EQ(error_of([&] { set_defaults(object, {"nobody", "y"}); }), "KeyError");
}

const char* const list = R"([{"name": "A", "version": "1.0", "fields": []},
  {"name": "L", "version": "1.0", "mixins": ["ObjectListBase"],
   "fields": [{"name": "objects", "type": "ListOfObjects", "class": "A"}]}])";

TEST(Differences, AListWithoutItemsCannotSayWhatChanged) {
  const Object object = Object::create(registry_of(list), "L");
  unset(object, "objects");
  EXPECT_EQ(error_of([&] { object.what_changed(); }), "NotImplementedError");
  // The library's copy begins with an empty list.
  EXPECT_TRUE(clone(object).is_set("objects"));
}

TEST(Differences, AnObjectIsLoadedFromADictAlone) {
  const auto registry = registry_of(
      R"([{"name": "A", "version": "1.0", "fields": [{"name": "a", "type": "Object", "class": "A", "nullable": true}]}])");
  const Json primitive = Json::parse(
      R"({"versioned_object.name": "A", "versioned_object.namespace": "versionedobjects", "versioned_object.version": "1.0",
          "versioned_object.data": {"a": 3}})");
  EXPECT_EQ(error_of([&] { Object::from_primitive(registry, primitive); }), "TypeError");
}

TEST(Differences, AnEnumNeedsValuesThatAreText) {
  const char* const empty =
      R"([{"name": "A", "version": "1.0", "fields": [{"name": "e", "type": "Enum", "values": []}]}])";
  const char* const odd =
      R"([{"name": "A", "version": "1.0", "fields": [{"name": "e", "type": "Enum", "values": [["a"]]}]}])";
  EXPECT_EQ(error_of([&] { registry_of(empty); }), "EnumRequiresValidValuesError");
  EXPECT_EQ(error_of([&] { registry_of(odd); }), "EnumValidValuesInvalidError");
}

TEST(Differences, ClampStumblesOverWhatIsNoNumber) {
  const auto registry = registry_of(
      R"([{"name": "A", "version": "1.1", "fields": [{"name": "x", "type": "String"}, {"name": "b", "type": "Boolean"}],
           "compat": {"rules": [{"below": "1.1", "op": "clamp", "field": "b", "min": 0, "max": 0},
                                {"below": "1.1", "op": "clamp", "field": "x", "min": 0, "max": 1}]}}])");
  Object object = Object::create(registry, "A");
  object.set("b", true);
  EXPECT_EQ(object.to_primitive("1.0").at("versioned_object.data").at("b"), 0);
  object.set("x", "text");
  EXPECT_EQ(error_of([&] { object.to_primitive("1.0"); }), "TypeError");
}

TEST(Differences, ATimeInsideADefaultIsSpelledAsItsRepr) {
  const auto registry = registry_of(R"([{"name": "A", "version": "1.0", "fields": [
      {"name": "t", "type": "List", "element": {"type": "DateTime"}, "default": [
        {"$datetime": {"wall": "2024-01-02T03:04:00", "offset": null, "tzname": null}},
        {"$datetime": {"wall": "2024-01-02T03:04:05.000006", "offset": 0, "tzname": "UTC"}},
        {"$datetime": {"wall": "2024-01-02T03:04:05", "offset": -5400, "tzname": "-01:30"}}]}]}])");
  EXPECT_NE(
      fingerprint_text(*registry->newest("A"))
          .find("default=[datetime.datetime(2024, 1, 2, 3, 4), datetime.datetime(2024, 1, 2, 3, 4, 5, 6, "
                "tzinfo=datetime.timezone.utc), datetime.datetime(2024, 1, 2, 3, 4, 5, "
                "tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=81000), '-01:30'))]"),
      std::string::npos);
}

TEST(Differences, APredicateIsOneLine) {
  const auto registry = registry_of(
      R"([{"name": "A", "version": "1.0", "fields": [{"name": "v", "type": "VersionPredicate"}]}])");
  Object object = Object::create(registry, "A");
  object.set("v", ">=1.0,<2.0");
  EXPECT_EQ(error_of([&] { object.set("v", ">=1.0,<\n2.0"); }), "ValueError");
}

}  // namespace
}  // namespace caravan
