// A lint report in all its forms.
#include <pugixml.hpp>

#include "objects/base/text.hpp"
#include "tests/reports/lint_shelf.hpp"

namespace caravan::lint::shelf {
namespace {

LintReport broken() {
  Files all = files();
  auto& file = all["Shelf.json"];
  drop(file["backport"], Json(backport_of(file, "remove", "width")));
  backport_of(file, "remove", "colour")["unguarded"] = true;
  return lint(all);
}

TEST(LintRender, TextSaysWhatIsWrongWhoIsHurtAndHowToMendIt) {
  const auto text = render(broken(), "text", reports::Screen{100});
  for (const char* line : {
           "  leaked-field width 1.1 → 1.0 (O1)\n",
           "Shelf 1.1 sent as 1.0 carries width, which 1.0 does not have\n",
           "    before  Shelf 1.1 {\"width\": 7}\n",
           "    after   Shelf 1.0 {\"width\": 7}\n",
           "    hurts   pine → oak, and 2 more pairs of releases\n",
           "Shelf.json: add /backport/-: {\"below\": \"1.1\", \"op\": \"remove\", \"field\": \"width\"}\n",
           "    after   KeyError: 'colour'\n",
           "  Shelf below 1.1, lost: width and depth\n",
       })
    EXPECT_THAT(text, ::testing::HasSubstr(line));
  EXPECT_THAT(text, ::testing::EndsWith(": 2 findings\n"));
  EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr("\x1b")));
  EXPECT_THAT(render(broken(), "text", reports::Screen{100, true}),
              ::testing::HasSubstr("\x1b[1;31mleaked-field"));
  EXPECT_THAT(render(lint(files()), "text"),
              ::testing::MatchesRegex("(.|\n)*\n2 objects, 4 pairs, 1 triangle, [0-9]+ "
                                      "conversions: clean, 7 declared losses\n"));
}

TEST(LintRender, NoLineOfTextIsLongerThanTheScreenButAnId) {
  for (const std::size_t width : {40U, 80U, 120U}) {
    std::istringstream lines(render(broken(), "text", reports::Screen{width}));
    std::size_t widest = 0;
    for (std::string line; std::getline(lines, line);)
      if (line.rfind("    id ", 0) != 0) widest = std::max(widest, text::length(line));
    EXPECT_LE(widest, width);
    EXPECT_GT(widest, width * 3 / 4);
  }
}

TEST(LintRender, JsonHoldsEverything) {
  const auto report = broken();
  const Json json = Json::parse(render(report, "json"));
  EXPECT_EQ(json, to_json(report));
  EXPECT_EQ(json["clean"], false);
  ASSERT_EQ(json["findings"].size(), 2U);
  const Json& leak = json["findings"][1];
  EXPECT_EQ(leak["id"], "leaked-field/Shelf.width/1.1-1.0");
  EXPECT_EQ(leak["oracle"], "O1");
  EXPECT_EQ(leak["hurts"], Json::parse(R"([["pine", "oak"], ["fir", "oak"], ["yew", "oak"]])"));
  EXPECT_EQ(leak["before"]["versioned_object.data"], Json::parse(R"({"width": 7})"));
  EXPECT_EQ(leak["suggestion"]["file"], "Shelf.json");
  EXPECT_EQ(json["counts"]["objects"], 2);
  EXPECT_EQ(json["declared"].size(), 7U);
}

TEST(LintRender, GithubGetsOneCommandAFinding) {
  const auto text = render(broken(), "github");
  EXPECT_THAT(
      text, ::testing::HasSubstr("::error file=Shelf.json,title=leaked-field/Shelf.width/1.1-1.0::Shelf 1.1 "
                                 "sent as 1.0 carries width, which 1.0 does not have%0Abefore "));
  EXPECT_THAT(text, ::testing::HasSubstr("::notice title=caravan objects lint::2 objects"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
}

TEST(LintRender, JunitHasACaseForEachType) {
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(render(broken(), "junit").c_str()));
  const auto suite = document.child("testsuites").child("testsuite");
  EXPECT_EQ(suite.attribute("tests").as_uint(), finding_table().size());
  EXPECT_EQ(suite.attribute("failures").as_int(), 2);
  const auto leak = suite.find_child_by_attribute("testcase", "name", "leaked-field");
  EXPECT_STREQ(leak.attribute("classname").value(), "O1");
  EXPECT_THAT(leak.child("failure").text().get(), ::testing::HasSubstr("leaked-field/Shelf.width/1.1-1.0"));
}

LintReport open_report() {
  LintReport report = lint(files());
  Unrecorded one;
  one.object = "Shelf";
  one.from = "1.1";
  one.to = "1.0";
  one.writer = "pine";
  one.reader = "oak";
  one.what = "no sample sets width";
  one.asks.push_back(Json{{"object", "Shelf"}});
  report.unrecorded.push_back(one);
  return report;
}

TEST(LintRender, WhatWasNotRecordedIsUnknownInEveryForm) {
  const auto report = open_report();
  const auto text = render(report, "text", reports::Screen{100});
  EXPECT_THAT(text, ::testing::HasSubstr("Not recorded, so unknown\n"
                                         "  Shelf 1.1 → 1.0 (pine → oak): no sample sets width\n"));
  EXPECT_THAT(text, ::testing::EndsWith(": unknown, 1 conversion not recorded\n"));
  EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr("clean")));
  const Json json = Json::parse(render(report, "json"));
  EXPECT_EQ(json["clean"], false);
  EXPECT_EQ(json["counts"]["unknown"], 1);
  EXPECT_EQ(json["unknown"][0]["what"], "no sample sets width");
  EXPECT_EQ(json["unknown"][0]["asks"], Json::parse(R"([{"object": "Shelf"}])"));
  EXPECT_THAT(
      render(report, "github"),
      ::testing::HasSubstr("::warning title=not recorded%3A Shelf 1.1 → 1.0 (pine → oak)::Shelf 1.1"));
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(render(report, "junit").c_str()));
  const auto suite = document.child("testsuites").child("testsuite");
  EXPECT_EQ(suite.attribute("errors").as_int(), 1);
  EXPECT_EQ(suite.attribute("tests").as_uint(), finding_table().size() + 1);
  const auto unknown = suite.find_child_by_attribute("testcase", "name", "not-recorded").child("error");
  EXPECT_STREQ(unknown.attribute("type").value(), "unknown");
  EXPECT_THAT(unknown.text().get(), ::testing::HasSubstr("no sample sets width"));
}

TEST(LintRender, FindingsComeBeforeWhatIsUnknown) {
  auto report = broken();
  report.unrecorded = open_report().unrecorded;
  EXPECT_THAT(render(report, "text", reports::Screen{100}),
              ::testing::EndsWith(": 2 findings, 1 conversion not recorded\n"));
}

TEST(LintRender, AnotherFormatIsABadRequest) { EXPECT_THROW(render(LintReport(), "jnuit"), Error); }

TEST(LintTable, KnowsEveryTypeOnceWithItsMend) {
  std::set<std::string> types;
  for (const auto& type : finding_table()) {
    EXPECT_TRUE(types.insert(type.type).second) << type.type;
    EXPECT_THAT(type.oracle,
                ::testing::AnyOf(::testing::StrEq("O1"), ::testing::StrEq("O2"), ::testing::StrEq("O3"),
                                 ::testing::StrEq("O4"), ::testing::StrEq("history")));
    EXPECT_NE(std::string(type.promise), "");
    EXPECT_NE(std::string(type.mend), "");
  }
}

}  // namespace
}  // namespace caravan::lint::shelf
