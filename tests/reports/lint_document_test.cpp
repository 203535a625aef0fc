// Lint on catalogs of one document: classes alone, without contracts, histories or releases.
#include "objects/loader/loader.hpp"
#include "tests/reports/lint_shelf.hpp"

namespace caravan::lint::shelf {
namespace {

Json classes() {
  return Json::parse(R"json({
    "classes": [
      {"name": "Page", "version": "1.0", "fields": [{"name": "number", "type": "Integer"}]},
      {"name": "Page", "version": "1.1",
       "fields": [{"name": "number", "type": "Integer"}, {"name": "text", "type": "String", "nullable": true}],
       "compat": {"rules": [{"below": "1.1", "op": "remove", "field": "text"}]}},
      {"name": "Book", "version": "1.0", "mixins": ["TimestampedObject"],
       "fields": [{"name": "title", "type": "String"}, {"name": "pages", "type": "ListOfObjects", "class": "Page"}]},
      {"name": "Book", "version": "1.1", "mixins": ["TimestampedObject"],
       "fields": [{"name": "title", "type": "String"}, {"name": "pages", "type": "ListOfObjects", "class": "Page"},
                  {"name": "price", "type": "Integer", "nullable": true}],
       "compat": {"rules": [{"below": "1.1", "op": "remove", "field": "price"}]}},
      {"name": "Book", "version": "1.2", "mixins": ["TimestampedObject"],
       "fields": [{"name": "title", "type": "String"}, {"name": "pages", "type": "ListOfObjects", "class": "Page"},
                  {"name": "price", "type": "Integer", "nullable": true},
                  {"name": "state", "type": "Enum", "values": ["new", "used"], "default": "new"}],
       "compat": {"rules": [{"below": "1.2", "op": "remove", "field": "state"},
                            {"below": "1.1", "op": "remove", "field": "price"}]}}
    ]
  })json");
}

Json& of(Json& document, const char* name, const char* version) {
  for (auto& one : document["classes"])
    if (one["name"] == name && one["version"] == version) return one;
  throw std::out_of_range(name);
}

void expect_mended_document(const std::string& id, const std::function<void(Json&)>& spoil) {
  Json document = classes();
  spoil(document);
  const auto report = lint(load_catalog(document, "books.json"));
  ASSERT_EQ(ids(report), std::vector<std::string>{id}) << render(report, "text");
  ASSERT_TRUE(report.findings.front().suggestion);
  const auto& suggestion = *report.findings.front().suggestion;
  EXPECT_EQ(suggestion.file, "");
  ASSERT_FALSE(suggestion.patch.empty()) << render(report, "text");
  const auto after = lint(load_catalog(document.patch(suggestion.patch), "books.json"));
  EXPECT_EQ(ids(after), std::vector<std::string>{}) << render(report, "text") << render(after, "text");
}

TEST(LintDocument, OfClassesAloneIsClean) {
  const auto report = lint(load_catalog(classes(), "books.json"));
  EXPECT_EQ(ids(report), std::vector<std::string>{}) << render(report, "text");
  EXPECT_EQ(report.pairs, 4);
  EXPECT_EQ(report.triangles, 1);
  EXPECT_TRUE(report.declared.empty());
}

TEST(LintDocument, FindsALeakInEveryClassThatLacksTheRule) {
  expect_mended_document("leaked-field/Book.price/1.1-1.0", [](Json& document) {
    of(document, "Book", "1.1").erase("compat");
    of(document, "Book", "1.2")["compat"]["rules"].erase(1);
  });
}

TEST(LintDocument, FindsALeakOfOneClass) {
  expect_mended_document("leaked-field/Book.price/1.2-1.0",
                         [](Json& document) { of(document, "Book", "1.2")["compat"]["rules"].erase(1); });
}

TEST(LintDocument, FindsAParentThatSwallowsItsChildren) {
  expect_mended_document("children-not-converted/Book.pages/1.2-1.1", [](Json& document) {
    of(document, "Book", "1.2")["compat"]["super"] = "none";
    of(document, "Book", "1.1")["compat"]["super"] = "none";
  });
}

TEST(LintDocument, FindsStepsInTheWrongOrder) {
  expect_mended_document("triangle/Book.state/1.2-1.0", [](Json& document) {
    document = Json::parse(R"json({"classes": [
      {"name": "Book", "version": "1.0", "fields": [{"name": "state", "type": "Enum", "values": ["a", "z"]}]},
      {"name": "Book", "version": "1.1", "fields": [{"name": "state", "type": "Enum", "values": ["a", "b", "z"]}],
       "compat": {"rules": [{"below": "1.1", "op": "map_value", "field": "state", "map": [["b", "z"]]}]}},
      {"name": "Book", "version": "1.2", "fields": [{"name": "state", "type": "Enum", "values": ["a", "b", "c", "z"]}],
       "compat": {"rules": [
         {"below": "1.1", "op": "map_value", "field": "state", "map": [["b", "z"], ["c", "a"]]},
         {"below": "1.2", "op": "map_value", "field": "state", "map": [["c", "b"]]}]}}]})json");
  });
}

TEST(LintDocument, FindsADefaultThatDiffers) {  // F13
  expect_mended_document("default-differs/Book.state/1.0-1.1", [](Json& document) {
    document = Json::parse(R"json({"classes": [
      {"name": "Book", "version": "1.0",
       "fields": [{"name": "state", "type": "Enum", "values": ["new", "used"], "default": "new"}]},
      {"name": "Book", "version": "1.1",
       "fields": [{"name": "state", "type": "Enum", "values": ["new", "used"], "default": "used"}]}]})json");
  });
}

TEST(LintDocument, FindsAVersionThatIsUsedTwice) {
  expect_mended_document("version-used-twice/Page/1.1", [](Json& document) {
    Json again = of(document, "Page", "1.1");
    again["label"] = "again";
    document["classes"].push_back(again);
  });
}

TEST(LintDocument, TakesARefusalOfAValueThatTheOlderVersionDoesNotKnow) {  // B03
  Json document = classes();
  of(document, "Page", "1.0")["fields"].push_back(
      Json::parse(R"({"name": "side", "type": "Enum", "values": ["left", "right"]})"));
  of(document, "Page", "1.1")["fields"].push_back(
      Json::parse(R"({"name": "side", "type": "Enum", "values": ["right", "left", "both"]})"));
  auto& rules = of(document, "Page", "1.1")["compat"]["rules"];
  rules.push_back(
      Json::parse(R"({"below": "1.1", "op": "require_in", "field": "side", "values": ["left", "right"]})"));
  auto report = lint(load_catalog(document, "books.json"));
  EXPECT_EQ(ids(report), std::vector<std::string>{}) << render(report, "text");
  rules.erase(1);
  report = lint(load_catalog(document, "books.json"));
  EXPECT_EQ(ids(report), std::vector<std::string>{"unknown-value/Page.side/1.1-1.0"});
}

TEST(LintDocument, NamesARuleOnAFieldThatNoVersionHas) {
  // The loader refuses it with its place; a catalog that a program built goes through lint.
  Json document = classes();
  of(document, "Book", "1.1")["compat"]["rules"][0]["field"] = "prise";
  try {
    load_catalog_text(document.dump(1), "books.json");
    FAIL() << "the loader took it";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("did you mean \"price\"?"));
    EXPECT_THAT(error.what(), ::testing::MatchesRegex("books.json:[0-9]+:[0-9]+: .*"));
  }
  Catalog built = load_catalog(classes(), "books.json");
  for (auto& spec : built.classes)
    if (spec.name == "Book" && spec.version == Version("1.1")) {
      spec.compat->rules[0].field = "prise";
      spec.compat->rules[0].args["field"] = "prise";
    }
  const auto report = lint(built);
  ASSERT_EQ(ids(report), std::vector<std::string>{"rule-on-unknown-field/Book.prise/below-1.1"})
      << render(report, "text");
  EXPECT_EQ(
      report.findings.front().suggestion->patch,
      Json::parse(R"([{"op": "replace", "path": "/classes/3/compat/rules/0/field", "value": "price"}])"));
  EXPECT_FALSE(report.findings.front().before.is_null()) << "the leak is its example";
}

TEST(LintDocument, NamesAVersionThatAManifestMadeUp) {
  Catalog built = load(files());
  built.releases[2].manifest["Box"] = Version("1.7");
  const auto report = lint(built);
  ASSERT_THAT(ids(report), ::testing::Contains("unknown-version-in-manifest/Box/fir"))
      << render(report, "text");
}

}  // namespace
}  // namespace caravan::lint::shelf
