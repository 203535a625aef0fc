// Every mistake in a catalog is refused with its place, what is wrong and what was probably meant.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "objects/base/error.hpp"
#include "objects/loader/loader.hpp"

namespace caravan {
namespace {

std::string loading_error(const std::string& text) {
  try {
    load_catalog_text(text, "c.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.exit(), Exit::bad_request);
    return error.what();
  }
  return "no error";
}

std::string class_with(const std::string& members) {
  return R"({"classes": [{"name": "A", "version": "1.0", )" + members + "}]}";
}

std::string field_with(const std::string& members) {
  return class_with(R"("fields": [{"name": "f", )" + members + "}]");
}

std::string rule_with(const std::string& members) {
  return class_with(R"("fields": [{"name": "host", "type": "String"}], "compat": {"rules": [{)" + members +
                    "}]}");
}

TEST(LoaderErrors, NameAnUnknownKeyItsPlaceAndTheNearest) {
  EXPECT_EQ(loading_error("{\"clases\": []}"),
            "c.json:1:12: /clases: unknown key \"clases\"; did you mean \"classes\"?");
  EXPECT_EQ(loading_error("{\n \"classes\": [\n  {\"nam\": \"A\"}]}"),
            "c.json:3:11: /classes/0/nam: unknown key \"nam\"; did you mean \"name\"?");
  EXPECT_EQ(loading_error(field_with(R"("type": "String", "nulable": true)")),
            "c.json:1:100: /classes/0/fields/0/nulable: unknown key \"nulable\"; did you mean \"nullable\"?");
  EXPECT_EQ(loading_error(rule_with(R"("below": "1.1", "op": "remove", "feild": "host")")),
            "c.json:1:157: /classes/0/compat/rules/0/feild: unknown key \"feild\"; did you mean \"field\"?");
}

TEST(LoaderErrors, NameAMissingMember) {
  EXPECT_EQ(loading_error("{}"), "c.json:1:1: the member \"classes\" is missing");
  EXPECT_EQ(loading_error(R"({"classes": [{"name": "A"}]})"),
            "c.json:1:14: /classes/0: the member \"version\" is missing");
  EXPECT_EQ(loading_error(field_with(R"("type": "Enum")")),
            "c.json:1:57: /classes/0/fields/0: the member \"values\" is missing");
  EXPECT_EQ(loading_error(field_with(R"("type": "List")")),
            "c.json:1:57: /classes/0/fields/0: the member \"element\" is missing");
  EXPECT_EQ(loading_error(rule_with(R"("below": "1.1", "op": "truncate", "field": "host")")),
            "c.json:1:115: /classes/0/compat/rules/0: the op truncate needs the member \"length\"");
}

TEST(LoaderErrors, NameAWrongType) {
  EXPECT_EQ(loading_error("[]"), "c.json:1:1: an object was expected, not a list");
  EXPECT_EQ(loading_error(R"({"classes": {}})"), "c.json:1:13: /classes: a list was expected, not an object");
  EXPECT_EQ(loading_error(field_with(R"("type": 3)")),
            "c.json:1:79: /classes/0/fields/0/type: a string was expected, not an integer");
  EXPECT_EQ(loading_error(field_with(R"("type": "String", "nullable": "yes")")),
            "c.json:1:101: /classes/0/fields/0/nullable: true or false was expected, not a string");
  EXPECT_EQ(loading_error(rule_with(R"("below": "1.1", "op": "truncate", "field": "host", "length": "9")")),
            "c.json:1:177: /classes/0/compat/rules/0/length: an integer was expected, not a string");
  EXPECT_EQ(loading_error(rule_with(R"("below": "1.1", "op": "map_value", "field": "host", "map": [["a"]])")),
            "c.json:1:176: /classes/0/compat/rules/0/map/0: a pair [from, to] was expected");
}

TEST(LoaderErrors, NameAnUnknownTypeOpOrMixin) {
  EXPECT_EQ(loading_error(field_with(R"("type": "Strnig")")),
            "c.json:1:79: /classes/0/fields/0/type: unknown field type \"Strnig\"; did you mean \"String\"?");
  EXPECT_EQ(
      loading_error(rule_with(R"("below": "1.1", "op": "renam", "from": "host", "to": "x")")),
      "c.json:1:138: /classes/0/compat/rules/0/op: unknown rule op \"renam\"; did you mean \"rename\"?");
  EXPECT_EQ(loading_error(class_with(R"("mixins": ["TimestampObject"])")),
            "c.json:1:57: /classes/0/mixins/0: unknown mixin \"TimestampObject\"; did you mean "
            "\"TimestampedObject\"?");
  EXPECT_EQ(loading_error(class_with(R"("compat": {"super": "frist"})")),
            "c.json:1:66: /classes/0/compat/super: unknown kind of super \"frist\"; did you mean \"first\"?");
}

TEST(LoaderErrors, NameAMemberThatItsTypeDoesNotHave) {
  EXPECT_EQ(loading_error(field_with(R"("type": "String", "values": ["a"])")),
            "c.json:1:99: /classes/0/fields/0/values: \"values\" has no meaning for the type String");
}

TEST(LoaderErrors, NameARuleOnAnUnknownField) {
  EXPECT_EQ(loading_error(rule_with(R"("below": "1.1", "op": "remove", "field": "hots")")),
            "c.json:1:157: /classes/0/compat/rules/0/field: A has no field \"hots\" in any version; did you "
            "mean \"host\"?");
  EXPECT_EQ(
      loading_error(rule_with(R"("below": "1.1", "op": "rename", "from": "name", "to": "label")")),
      "c.json:1:156: /classes/0/compat/rules/0/from: A has no field \"name\" in any version; known: host");
  // A rule may name what an earlier one made, a field of another version of the class, and a key inside a
  // field.
  EXPECT_EQ(loading_error(rule_with(R"("below": "1.1", "op": "rename", "from": "host", "to": "h"},
                                  {"below": "1.0", "op": "remove", "field": "h")")),
            "no error");
  EXPECT_EQ(loading_error(rule_with(R"("below": "1.1", "op": "remove", "field": "host:scheme")")),
            "no error");
}

TEST(LoaderErrors, NameAClassThatAppearsTwice) {
  EXPECT_EQ(
      loading_error(R"({"classes": [{"name": "A", "version": "1.0"}, {"name": "A", "version": "1.0"}]})"),
      "c.json:1:47: /classes/1: the class A 1.0 appears twice; give one of them another version or a label");
  EXPECT_EQ(
      loading_error(
          R"({"classes": [{"name": "A", "version": "1.0"}, {"name": "A", "version": "1.0", "label": "second"}]})"),
      "no error");
  EXPECT_EQ(loading_error(class_with(
                R"("fields": [{"name": "f", "type": "String"}, {"name": "f", "type": "String"}])")),
            "c.json:1:90: /classes/0/fields/1: the field f appears twice in one class");
}

TEST(LoaderErrors, NameACircleOfParentsAndUnknownOnes) {
  EXPECT_EQ(loading_error(R"({"classes": [{"name": "A", "version": "1.0", "parent": "B@1.0"},
                                     {"name": "B", "version": "1.0", "parent": "A@1.0"}]})"),
            "c.json:1:56: /classes/0/parent: a cycle of parents: A@1.0 -> B@1.0 -> A@1.0");
  EXPECT_EQ(loading_error(R"({"classes": [{"name": "A", "version": "1.0", "parent": "A@1.0"}]})"),
            "c.json:1:56: /classes/0/parent: a cycle of parents: A@1.0 -> A@1.0");
  EXPECT_EQ(
      loading_error(
          R"({"classes": [{"name": "A", "version": "1.0", "parent": "B@1.0"}, {"name": "B", "version": "1.0"}]})"),
      "c.json:1:56: /classes/0/parent: the parent B@1.0 must come before A");
  EXPECT_EQ(
      loading_error(
          R"({"classes": [{"name": "Base", "version": "1.0"}, {"name": "A", "version": "1.0", "parent": "Bsae@1.0"}]})"),
      "c.json:1:92: /classes/1/parent: unknown parent \"Bsae@1.0\"; did you mean \"Base@1.0\"?");
}

TEST(LoaderErrors, NameABadVersion) {
  EXPECT_EQ(loading_error(R"({"classes": [{"name": "A", "version": "1.x"}]})"),
            "c.json:1:39: /classes/0/version: \"1.x\" is not a version; versions are integers separated by "
            "dots, such as \"1.10\"");
  EXPECT_EQ(loading_error(R"({"classes": [{"name": "A", "version": 1.1}]})"),
            "c.json:1:39: /classes/0/version: a version is text, not the number 1.1; write \"1.1\"");
  EXPECT_EQ(loading_error(rule_with(R"("below": "", "op": "remove", "field": "host")")).substr(0, 60),
            "c.json:1:125: /classes/0/compat/rules/0/below: \"\" is not a v");
}

TEST(LoaderErrors, NameWhatTheTextItselfDoesWrong) {
  EXPECT_EQ(loading_error(""), "c.json:1:1: the text is empty; one JSON value was expected");
  EXPECT_EQ(loading_error("{\"classes\": [}"),
            "c.json:1:14: '}' where a value was expected; is there a comma too many?");
  EXPECT_EQ(loading_error("{\"classes\": [],\n\"classes\": []}"),
            "c.json:2:1: the key \"classes\" appears twice in one object");
  EXPECT_EQ(loading_error("{\"classes\": [\"\xfe\"]}").substr(0, 47),
            "c.json:1:15: byte 0xfe is not valid UTF-8; save");
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "{\"classes\": ";
  EXPECT_NE(loading_error(deep).find("nested deeper than 200 levels"), std::string::npos);
}

TEST(LoaderErrors, SayWhatKindOfFileWasMeant) {
  EXPECT_EQ(loading_error("{\"catalogs\": {}}"),
            "c.json:1:1: this is a file of vectors; its catalogs are under /catalogs");
  EXPECT_EQ(loading_error(R"({"format": "caravan-releases/1", "objects": []})"),
            "c.json:1:1: this is one file of a catalog folder; load the folder that holds releases.json");
  EXPECT_EQ(
      loading_error(R"({"format": "caravan-catalog/2", "classes": []})"),
      "c.json:1:12: /format: unknown format \"caravan-catalog/2\"; did you mean \"caravan-catalog/1\"?");
}

TEST(LoaderErrors, OfAParsedDocumentNameThePathAlone) {
  try {
    load_catalog(Json::parse(field_with(R"("type": "Strnig")")), "message 7");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "message 7: /classes/0/fields/0/type: unknown field type \"Strnig\"; did you mean \"String\"?");
  }
}

TEST(LoaderErrors, NameReleasesAndContractsThatPointNowhere) {
  const std::string classes =
      R"("classes": [{"name": "A", "version": "1.0", "fields": [{"name": "f", "type": "String"}]}])";
  EXPECT_EQ(
      loading_error("{" + classes + R"(, "releases": [{"name": "r", "index": 0, "manifest": {"A": "1.1"}}]})")
          .substr(14),
      "/releases/0/manifest/A: no class A 1.1 is listed");
  EXPECT_EQ(
      loading_error(
          "{" + classes +
          R"(, "histories": [{"name": "A", "versions": [["1.0", "r"]], "contracts": [{"field": "g"}]}]})")
          .substr(14),
      "/histories/0/contracts/0/field: unknown field \"g\"; known: f");
  EXPECT_EQ(loading_error("{" + classes +
                          R"(, "transitions": [{"life": "l", "from": "a", "to": "b", "since": "nowhere"}]})")
                .substr(14),
            "/transitions/0/since: unknown release \"nowhere\"");
  EXPECT_EQ(loading_error("{" + classes +
                          R"(, "histories": [{"name": "A", "versions": [["1.0", "r"]]}], "consequences": [
              {"on_object": "B", "on_action": "destroy", "object": "A", "key": "f", "effect": "destroy"}]})")
                .substr(13),
            "/consequences/0/on_object: unknown object \"B\"; known: A");
}

// A folder in Caravan's own format with two small files, one of them changed by the test.
class Folder : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() / ("caravan-catalog-test-" + std::to_string(::getpid()));
    std::filesystem::create_directories(path_);
  }
  void TearDown() override { std::filesystem::remove_all(path_); }

  void write(const std::string& name, const Json& json) { std::ofstream(path_ / name) << json.dump(1); }

  std::string error() {
    try {
      load_catalog_folder(path_);
    } catch (const Error& error) {
      std::string what = error.what();
      const std::string folder = path_.string() + "/";
      if (const auto at = what.find(folder); at != std::string::npos) what.erase(at, folder.size());
      return what;
    }
    return "no error";
  }

  // What is said after "file:line:column: ".
  std::string message() {
    const std::string what = error();
    const auto at = what.find(": /");
    return at == std::string::npos ? what : what.substr(at + 2);
  }

  Json releases = Json::parse(R"json({
    "format": "caravan-releases/1", "objects": ["Shelf"],
    "interfaces": [{"topic": "engine", "methods": [{"name": "fill", "style": "cast", "since": "1.0",
                    "args": [{"name": "shelf", "object": "Shelf"}]}]}],
    "releases": [{"name": "old", "manifest": {"Shelf": "1.0"}, "rpc": {"engine": "1.0"}},
                 {"name": "new", "manifest": {"Shelf": "1.1"}}],
    "transitions": {"shelf": [["(no row)", "empty", "api"], ["empty", "full", "engine", {"since": "new"}]]},
    "consequences": [{"on_object": "Shelf", "on_action": "destroy", "object": "Shelf", "key": "id", "effect": "destroy"}]})json");
  Json shelf = Json::parse(R"json({
    "format": "caravan-class/1", "name": "Shelf", "table": "shelves", "versions": {"1.0": "old", "1.1": "new"},
    "fields": [{"name": "id", "type": "String", "sql": "VARCHAR(36)", "primary_key": true},
               {"name": "kind", "type": "Enum", "values": {"1.0": ["wood"], "1.1": ["steel", "wood"]}, "sql": "VARCHAR(80)"},
               {"name": "width", "type": "Integer", "nullable": true, "since": "1.1", "sql": "INTEGER"}],
    "backport": [{"below": "1.1", "op": "remove", "field": "width"}],
    "contracts": [{"field": "width", "since": "1.1", "absent_means": 0}]})json");

  std::string with(const Json& releases_json, const Json& class_json) {
    write("releases.json", releases_json);
    write("Shelf.json", class_json);
    return message();
  }

  std::filesystem::path path_;
};

TEST_F(Folder, OfGoodFilesLoads) {
  EXPECT_EQ(with(releases, shelf), "no error");
  const Catalog catalog = load_catalog_folder(path_);
  ASSERT_EQ(catalog.classes.size(), 2U);
  EXPECT_EQ(catalog.classes[0].fields.size(), 2U);
  EXPECT_EQ(catalog.classes[0].fields[1].type.values, Json::array({"wood"}));
  EXPECT_EQ(catalog.classes[1].fields[1].type.values, (Json::array({"steel", "wood"})));
  EXPECT_EQ(catalog.classes[1].fields[0].column->length, 36);
  EXPECT_TRUE(catalog.classes[0].compat->rules.empty());
  EXPECT_EQ(catalog.release("new")->rpc[0].methods[0].name, "fill")
      << "a release carries over what it does not change";
}

TEST_F(Folder, ErrorsNameFileLineAndColumn) {
  shelf["fields"][1]["type"] = "Enmu";
  with(releases, shelf);
  EXPECT_EQ(error(),
            "Shelf.json:18:12: /fields/1/type: unknown type with values by version \"Enmu\"; did you mean "
            "\"Enum\"?");
}

TEST_F(Folder, WithoutReleasesOrWithAFileTooManyIsRefused) {
  EXPECT_NE(error().find("the catalog folder has no releases.json"), std::string::npos);
  write("Shlef.json", shelf);
  EXPECT_EQ(with(releases, shelf),
            "/objects: the file Shlef.json is not listed here; did you mean \"Shelf\"?");
  std::filesystem::remove(path_ / "Shlef.json");
  releases["objects"] = {"Shelf", "Shelves"};
  EXPECT_EQ(with(releases, shelf), "/objects/1: there is no file Shelves.json; did you mean \"Shelf.json\"?");
}

TEST_F(Folder, ThatDoesNotExistIsRefused) {
  try {
    load_catalog_folder("/no/such/folder");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "/no/such/folder: no such folder; a catalog is a folder with releases.json and one file for "
                 "each class");
  }
}

TEST_F(Folder, AColumnHasALength) {
  shelf["fields"][1]["sql"] = {{"1.0", "VARCHAR(80)"}, {"1.1", "VARCHAR(0)"}};
  EXPECT_EQ(with(releases, shelf), "/fields/1/sql/1.1: a column without a length; VARCHAR(80), say");
}

TEST_F(Folder, AFieldLivesInSomeVersionOfTheClass) {
  Json wrong = shelf;
  wrong["fields"][0]["until"] = "0.9";
  EXPECT_EQ(with(releases, wrong), "/fields/0/until: Shelf has no version 0.9; known: 1.0, 1.1");
  wrong["fields"][0]["until"] = "1.0";
  EXPECT_EQ(with(releases, wrong), "/fields/0: no version of Shelf has the field id");
}

TEST_F(Folder, RulesMustNameFieldsAndVersionsOfTheClass) {
  shelf["backport"][0]["field"] = "widht";
  EXPECT_EQ(with(releases, shelf),
            "/backport/0/field: Shelf has no field \"widht\" in any version; did you mean \"width\"?");
  shelf["backport"][0] = {{"below", "1.1"}, {"op", "set_default"}, {"field", "depth"}, {"value", 1}};
  EXPECT_EQ(with(releases, shelf),
            "/backport/0/field: Shelf has no field \"depth\" in any version; known: id, kind, width");
  shelf["backport"][0] = {{"below", "1.2"}, {"op", "remove"}, {"field", "width"}};
  EXPECT_EQ(with(releases, shelf), "/backport/0/below: Shelf has no version 1.2; did you mean \"1.0\"?");
  shelf["backport"] = {{{"below", "1.0"}, {"op", "remove"}, {"field", "width"}},
                       {{"below", "1.1"}, {"op", "remove"}, {"field", "width"}}};
  EXPECT_EQ(with(releases, shelf), "/backport/1: backport rules are listed newest step first");
}

TEST_F(Folder, ContractsMustAgreeWithTheirFields) {
  shelf["contracts"][0]["since"] = "1.0";
  EXPECT_EQ(
      with(releases, shelf),
      "/contracts/0: the contract of width says since 1.0 until never, its field since 1.1 until never");
  shelf["contracts"][0]["field"] = "wdith";
  EXPECT_EQ(with(releases, shelf),
            "/contracts/0/field: Shelf has no field \"wdith\"; did you mean \"width\"?");
  shelf["contracts"][0] = {{"field", "kind"},
                           {"limits", {{{"below", "1.1"}, {"values", {"steel"}}, {"cut", true}}}}};
  EXPECT_EQ(with(releases, shelf), "/contracts/0/limits/0/cut: only a length can be cut");
}

TEST_F(Folder, VersionsMustAgreeWithTheManifests) {
  shelf["versions"]["1.1"] = "old";
  EXPECT_EQ(with(releases, shelf),
            "/versions/1.1: Shelf 1.1 first came with old, but that release's manifest has 1.0");
  shelf["versions"]["1.1"] = "newer";
  EXPECT_EQ(with(releases, shelf), "/versions/1.1: unknown release \"newer\"; did you mean \"new\"?");
  shelf["versions"] = {{"1.0", "old"}};
  shelf["backport"] = shelf["contracts"] = Json::array();
  shelf["fields"].erase(2);
  EXPECT_EQ(with(releases, shelf), "/releases/1/manifest/Shelf: Shelf has no version 1.1");
}

TEST_F(Folder, ReleasesMustNameKnownThings) {
  Json wrong = releases;
  wrong["releases"][1]["manifest"] = {{"Shelff", "1.1"}};
  EXPECT_EQ(with(wrong, shelf),
            "/releases/1/manifest/Shelff: unknown object \"Shelff\"; did you mean \"Shelf\"?");
  wrong = releases;
  wrong["releases"][1]["rpc"] = {{"egnine", "1.0"}};
  EXPECT_EQ(with(wrong, shelf), "/releases/1/rpc/egnine: unknown topic \"egnine\"; did you mean \"engine\"?");
  wrong = releases;
  wrong["releases"][1]["name"] = "old";
  EXPECT_EQ(with(wrong, shelf), "/releases/1: the release old is listed twice");
  wrong = releases;
  wrong["transitions"]["shelf"][1][3]["since"] = "mew";
  EXPECT_EQ(with(wrong, shelf),
            "/transitions/shelf/1/3/since: unknown release \"mew\"; did you mean \"new\"?");
  wrong = releases;
  wrong["consequences"][0]["key"] = "shelf_id";
  EXPECT_EQ(with(wrong, shelf), "/consequences/0/key: unknown field \"shelf_id\"; known: id, kind, width");
  wrong = releases;
  wrong["interfaces"][0]["methods"][0]["style"] = "shout";
  EXPECT_EQ(with(wrong, shelf), "/interfaces/0/methods/0/style: unknown style \"shout\"; known: call, cast");
}

TEST_F(Folder, FieldsMustMakeSense) {
  Json wrong = shelf;
  wrong["fields"][2].erase("sql");
  wrong["fields"][2]["primary_key"] = true;
  EXPECT_EQ(with(releases, wrong),
            "/fields/2/primary_key: \"primary_key\" belongs to a column, and there is no \"sql\"");
  wrong = shelf;
  wrong["fields"][2]["key"] = "x";
  EXPECT_EQ(with(releases, wrong), "/fields/2/key: \"key\" belongs to the type ListOfObjects");
  wrong = shelf;
  wrong["fields"][1]["values"] = {{"1.1", {"steel"}}};
  EXPECT_EQ(with(releases, wrong), "/fields/1: kind has no values at version 1.0");
  wrong = shelf;
  wrong["fields"][2] = {{"name", "books"}, {"type", "ListOfObjects"}, {"class", "Book"}};
  wrong.erase("backport");
  wrong.erase("contracts");
  EXPECT_EQ(with(releases, wrong), "/fields: books is a list of the unknown class Book; known: Shelf");
}

}  // namespace
}  // namespace caravan
