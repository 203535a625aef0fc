// What lint finds in versions, manifests and builds, and that its suggestions mend it.
#include "tests/reports/lint_shelf.hpp"

namespace caravan::lint::shelf {
namespace {

Json& release(Files& all, std::size_t index) { return all["releases.json"]["releases"][index]; }

TEST(LintHistory, FindsAChildThatIsNotInTheManifest) {  // F05
  expect_mended("child-not-in-manifest/Shelf.boxes/oak", [](Files& all) {
    release(all, 0)["manifest"].erase("Box");
    all["Box.json"]["versions"]["1.0"] = "pine";
    release(all, 1)["manifest"]["Box"] = "1.0";
    release(all, 2)["manifest"]["Box"] = "1.1";
    all["Box.json"]["versions"]["1.1"] = "fir";
  });
}

TEST(LintHistory, FindsAChildThatIsNewerThanItsParentsReadersKnow) {
  expect_mended("relationship-too-new/Shelf.boxes/1.0", [](Files& all) {
    in(all["Shelf.json"]["fields"], "name", "boxes")["child_versions"] =
        Json{{"1.0", "1.1"}, {"1.1", "1.1"}, {"1.2", "1.1"}};
  });
}

TEST(LintHistory, FindsAVersionThatGoesDown) {
  expect_mended("version-went-down/Shelf/yew",
                [](Files& all) { release(all, 3)["manifest"]["Shelf"] = "1.1"; });
}

TEST(LintHistory, FindsAGapAndNumbersAnew) {
  expect_mended("version-gap/Box/1.0-1.3", [](Files& all) {
    auto& file = all["Box.json"];
    file["versions"] = Json{{"1.0", "oak"}, {"1.3", "pine"}};
    file["fields"][1]["since"] = "1.3";
    file["backport"][0]["below"] = "1.3";
    file["contracts"][1]["since"] = file["contracts"][1]["lost_below"] = "1.3";
    release(all, 1)["manifest"]["Box"] = "1.3";
  });
}

TEST(LintHistory, NumbersEveryLaterVersionAnew) {
  expect_mended("version-gap/Shelf/1.0-1.2", [](Files& all) {
    std::string text = all["Shelf.json"].dump();
    const auto all_of = [&text](const std::string& from, const std::string& to) {
      for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    };
    all_of("\"1.2\"", "\"1.3\"");
    all_of("\"1.1\"", "\"1.2\"");
    all["Shelf.json"] = Json::parse(text);
    release(all, 1)["manifest"]["Shelf"] = "1.2";
    release(all, 2)["manifest"]["Shelf"] = "1.3";
  });
}

TEST(LintHistory, FindsAPatchLevelThatChangesTheContract) {
  expect_mended("contract-changed/Box/1.1.1", [](Files& all) {
    auto& file = all["Box.json"];
    file["versions"]["1.1.1"] = "fir";
    file["fields"].push_back(
        Json{{"name", "seal"}, {"type", "String"}, {"nullable", true}, {"since", "1.1.1"}});
    file["contracts"].push_back(Json{{"field", "seal"}, {"since", "1.1.1"}});
    file["backport"].insert(file["backport"].begin(),
                            Json{{"below", "1.1.1"}, {"op", "remove"}, {"field", "seal"}});
    release(all, 2)["manifest"]["Box"] = "1.1.1";
  });
}

TEST(LintHistory, TakesAPatchLevelThatChangesNothing) {  // B04
  Files all = files();
  all["Box.json"]["versions"]["1.1.1"] = "fir";
  release(all, 2)["manifest"]["Box"] = "1.1.1";
  const auto report = lint(all);
  EXPECT_EQ(ids(report), std::vector<std::string>{}) << render(report, "text");
}

/// What oak to fir load is `before`, yew is built from `after`.
std::vector<Build> built(const Catalog& before, const Catalog& after) {
  std::vector<Build> builds;
  for (const char* name : {"oak", "pine", "fir"}) builds.push_back({name, snapshot(before, name)});
  builds.push_back({"yew", snapshot(after, "yew")});
  return builds;
}

TEST(LintBuilds, ThatAreOfOneCatalogAgree) {
  const Catalog catalog = load(files());
  EXPECT_EQ(ids(lint(catalog, built(catalog, catalog), DeclaredConversions(catalog))),
            std::vector<std::string>{});
}

TEST(LintBuilds, FindAVersionThatIsThereNoMore) {
  const Catalog catalog = load(files());
  Files older = files();
  older["Box.json"]["versions"]["1.2"] = "yew";
  older["releases.json"]["releases"][3]["manifest"] = Json{{"Box", "1.2"}};
  const Catalog shipped = load(older);
  const auto report = lint(catalog, {{"shipped", shipped}}, DeclaredConversions(catalog));
  EXPECT_EQ(ids(report), std::vector<std::string>{"version-went-down/Box/yew"}) << render(report, "text");
}

TEST(LintBuilds, FindAFieldWithoutANewVersion) {  // F08
  Files changed = files();
  changed["Box.json"]["fields"].push_back(Json{{"name", "seal"}, {"type", "String"}, {"nullable", true}});
  changed["Box.json"]["contracts"].push_back(Json{{"field", "seal"}});
  const Catalog before = load(files()), after = load(changed);
  const auto report = lint(after, built(before, after), DeclaredConversions(after));
  ASSERT_EQ(ids(report), std::vector<std::string>{"contract-changed/Box/1.1"}) << render(report, "text");
  const auto& finding = report.findings.front();
  EXPECT_EQ(finding.oracle, "O3");
  EXPECT_EQ(finding.before, Json::parse(R"({"seal": null})"));
  EXPECT_EQ(finding.after, Json::parse(R"({"seal": {"type": "String", "nullable": true}})"));
  EXPECT_THAT(finding.hurts, ::testing::Contains(std::make_pair(std::string("yew"), std::string("pine"))));

  ASSERT_NO_FATAL_FAILURE(paste(*finding.suggestion, changed));
  const Catalog mended = load(changed);
  EXPECT_EQ(mended.release("yew")->manifest.at("Box").text(), "1.2");
  const auto again = lint(mended, built(before, mended), DeclaredConversions(mended));
  EXPECT_EQ(ids(again), std::vector<std::string>{}) << render(again, "text");
}

TEST(LintBuilds, CompareEnumValuesAsSets) {  // B05
  Files changed = files();
  in(changed["Shelf.json"]["fields"], "name", "kind")["values"]["1.1"] =
      Json::array({"steel", "oak", "pine"});
  std::swap(changed["Shelf.json"]["fields"][1], changed["Shelf.json"]["fields"][2]);
  const Catalog before = load(files()), after = load(changed);
  const auto report = lint(after, built(before, after), DeclaredConversions(after));
  EXPECT_EQ(ids(report), std::vector<std::string>{}) << render(report, "text");
}

TEST(LintBuilds, FindEveryKindOfChange) {
  const std::vector<std::function<void(Json&)>> changes = {
      [](Json& file) { in(file["fields"], "name", "room")["type"] = "String"; },
      [](Json& file) { in(file["fields"], "name", "room")["nullable"] = false; },
      [](Json& file) { in(file["fields"], "name", "room")["default"] = 3; },
      [](Json& file) { in(file["fields"], "name", "kind")["values"]["1.1"].push_back("glass"); },
      [](Json& file) { in(file["contracts"], "field", "info")["legal"][1]["values"].push_back("SOLD"); },
  };
  const Catalog before = load(files());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Files changed = files();
    changes[i](changed["Shelf.json"]);
    const Catalog after = load(changed);
    const auto report = lint(before, built(before, after), DeclaredConversions(before));
    EXPECT_THAT(ids(report), ::testing::Contains(::testing::StartsWith("contract-changed/Shelf/1."))) << i;
  }
}

TEST(LintBuilds, FindAnArgumentWithoutANewVersion) {
  Files changed = files();
  changed["releases.json"]["interfaces"][0]["methods"][0]["args"].push_back(Json{{"name", "by"}});
  const Catalog before = load(files()), after = load(changed);
  const auto report = lint(after, built(before, after), DeclaredConversions(after));
  ASSERT_EQ(ids(report), std::vector<std::string>{"rpc-changed/engine.fill/1.1"}) << render(report, "text");
  EXPECT_EQ(report.findings.front().hurts.front(), std::make_pair(std::string("pine"), std::string("yew")));
  ASSERT_NO_FATAL_FAILURE(paste(*report.findings.front().suggestion, changed));
  const Catalog mended = load(changed);
  const auto again = lint(mended, built(before, mended), DeclaredConversions(mended));
  EXPECT_EQ(ids(again), std::vector<std::string>{}) << render(again, "text");
}

TEST(LintBuilds, TakeAnOptionalArgumentOfANewVersion) {  // B06
  Files changed = files();
  auto& args = changed["releases.json"]["interfaces"][0]["methods"][0]["args"];
  args.push_back(Json{{"name", "by"}, {"default", nullptr}, {"since", "1.2"}});
  release(changed, 3)["rpc"] = Json{{"engine", "1.2"}};
  const Catalog before = load(files()), after = load(changed);
  const auto report = lint(after, built(before, after), DeclaredConversions(after));
  EXPECT_EQ(ids(report), std::vector<std::string>{}) << render(report, "text");
}

}  // namespace
}  // namespace caravan::lint::shelf
