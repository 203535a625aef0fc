// Catalogs that are wrong, through the command line: refused with file, line, column and path, before
// anything is done.
#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

class BadCatalog : public ProgramTest {
 protected:
  static Json named(const char* name, const char* version) {
    Json fields = Json::array();
    fields.push_back(Json{{"name", "id"}, {"type", "String"}});
    return {{"name", name}, {"version", version}, {"fields", std::move(fields)}};
  }
  /// Every command that reads a catalog says the same.
  void refused(const Json& classes, const std::string& part) const {
    spill(folder / "c.json", Json{{"format", "caravan-catalog/1"}, {"classes", classes}}.dump(1));
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"list"}, {"lint"}, {"fingerprint"}, {"show", "A"}, {"diff", "A@1.0", "A@1.1"}}) {
      std::vector<std::string> all = {"objects"};
      all.insert(all.end(), words.begin(), words.end());
      all.insert(all.end(), {"--catalog", "c.json"});
      one_message(caravan(all), 2, part);
    }
  }
};

TEST_F(BadCatalog, ACircleOfClassesIsShown) {
  auto a = named("A", "1.0"), b = named("B", "1.0");
  a["parent"] = "B@1.0";
  b["parent"] = "A@1.0";
  refused(Json::array({a, b}),
          "c.json:13:14: /classes/0/parent: a cycle of parents: A@1.0 -> B@1.0 -> A@1.0");
}

TEST_F(BadCatalog, ARuleOnAnUnknownFieldNamesTheNearest) {
  auto newer = named("A", "1.1");
  newer["compat"]["rules"] = Json::array({Json{{"below", "1.1"}, {"op", "remove"}, {"field", "idd"}}});
  refused(Json::array({named("A", "1.0"), newer}),
          "/classes/1/compat/rules/0/field: A has no field \"idd\" in any version; did you mean \"id\"?");
}

TEST_F(BadCatalog, TwoClassesOfOneNameAndVersionAreRefused) {
  refused(Json::array({named("A", "1.0"), named("A", "1.0")}), "/classes/1: the class A 1.0 appears twice");
}

TEST_F(BadCatalog, AnEnumWithoutValuesIsTheLibrarysError) {
  auto a = named("A", "1.0");
  a["fields"].push_back(Json{{"name", "kind"}, {"type", "Enum"}, {"values", Json::array()}});
  refused(Json::array({a}), "/classes/0/fields/1/values: EnumRequiresValidValuesError");
}

TEST_F(BadCatalog, ValuesThatCannotBeAreRefusedWithTheirPlace) {
  auto a = named("A", "1.0");
  a["fields"].push_back(Json{{"name", "n"}, {"type", "Integer"}, {"default", Json{{"$bogus", 1}}}});
  refused(Json::array({a}), "/classes/0/fields/1/default: $bogus cannot be 1");
  a["fields"][1]["default"] = Json{{"$set", 3}};
  refused(Json::array({a}), "/classes/0/fields/1/default: $set cannot be 3");
  a["fields"][1] = Json{{"name", "n"}, {"type", "Interger"}};
  refused(Json::array({a}), "unknown field type \"Interger\"; did you mean \"Integer\"?");
  a["fields"][1] = Json{{"name", "id"}, {"type", "Integer"}};
  refused(Json::array({a}), "/classes/0/fields/1: the field id appears twice in one class");
}

TEST_F(BadCatalog, VersionsAreTextOfIntegers) {
  refused(Json::array({named("A", "one")}), "/classes/0/version: \"one\" is not a version");
}

}  // namespace
}  // namespace caravan::harness
