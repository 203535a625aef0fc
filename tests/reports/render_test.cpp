// Approved texts of every output format. `CARAVAN_GOLDEN=write` rewrites them (./dev golden).
#include "reports/formats/render.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <pugixml.hpp>
#include <sstream>

#include "objects/base/error.hpp"
#include "objects/base/text.hpp"
#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

const Json shown_template = {{"id", "t1"},
                             {"name", "small"},
                             {"plugin_name", "vanilla"},
                             {"hadoop_version", "2.6"},
                             {"is_public", true}};

/// A run with an upgrade, a lawful refusal, and, if asked, a whole-row save and an exception with odd bytes.
Report report(bool broken) {
  RunBuilder run;
  run.usual();
  run.begin("1");
  run.at(1'000);
  run.invoke("c1-1", "create", "ClusterTemplate", "t1", "api.2", shown_template);
  run.create("api.2#1", "ClusterTemplate", shown_template, "c1-1");
  run.wait(4'000);
  run.ok("c1-1");
  run.invoke("c2-1", "update", "ClusterTemplate", "t1", "api.1", {{"is_public", false}},
             {{"expect", "refused"}});
  run.fail("c2-1", "UnknownField");
  run.end("1");
  run.begin("2");
  run.invoke("c1-2", "update", "ClusterTemplate", "t1", "api.1", {{"description", "second"}},
             {{"step", "2"}});
  run.get("api.1#1", "ClusterTemplate", run.row_data("kilo", "ClusterTemplate", "t1"), "c1-2");
  const auto call = run.ask(
      "api.1#1", "save",
      run.primitive("kilo", "ClusterTemplate", {{"id", "t1"}, {"description", "second"}}, {"description"}),
      "c1-2");
  run.update("ClusterTemplate", "t1", "description", "second");
  if (broken) run.update("ClusterTemplate", "t1", "is_public", nullptr);
  run.update("ClusterTemplate", "t1", "updated_at", "2015-10-15T00:00:02Z");
  run.wait(2'000);
  run.done(call, "api.1#1");
  run.ok("c1-2");
  if (broken)
    run.event(
        "trouble",
        {{"node", "engine.1"}, {"incarnation", 1}, {"what", "a \x1b[31mred\x1b[0m <bell>\x07 & a ]]> end"}});
  run.end("2");
  run.begin("3");
  run.begin("3.1", "start", {{"node", "engine.1"}, {"release", "liberty"}});
  run.node("engine.1#1", "kilo", "draining");
  run.node("engine.1#1", "kilo", "stopped");
  run.start("engine.1#2", "liberty");
  run.end("3.1", "start");
  run.end("3");
  return run.judged();
}

Screen screen(std::size_t width, bool ascii = false, bool colour = false) {
  return {width, colour, ascii, "runs/a-tale"};
}

void approve(const std::string& name, const std::string& text) {
  const std::string path = CARAVAN_SOURCE_DIR "/tests/reports/golden/" + name;
  if (const char* mode = std::getenv("CARAVAN_GOLDEN"); mode && std::string(mode) == "write") {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream in(path, std::ios::binary);
  ASSERT_TRUE(in) << path << " is missing; CARAVAN_GOLDEN=write makes it";
  std::ostringstream approved;
  approved << in.rdbuf();
  EXPECT_EQ(text, approved.str()) << "if this is right: CARAVAN_GOLDEN=write, and review the difference";
}

TEST(Golden, TextOfAPass) { approve("pass.txt", render(report(false), "text")); }
TEST(Golden, TextOfAFailure) { approve("fail.txt", render(report(true), "text")); }
TEST(Golden, TextInColour) {
  approve("fail-colour.txt", render(report(true), "text", screen(80, false, true)));
}
TEST(Golden, TextOfANarrowScreenInAscii) {
  approve("fail-narrow.txt", render(report(true), "text", screen(40, true)));
}
TEST(Golden, TextOfAWideScreen) { approve("fail-wide.txt", render(report(true), "text", screen(160))); }
TEST(Golden, JsonOfAFailure) { approve("fail.json", render(report(true), "json")); }
TEST(Golden, JUnitOfAFailure) { approve("fail.xml", render(report(true), "junit")); }
TEST(Golden, MarkdownOfAFailure) { approve("fail.md", render(report(true), "md")); }

TEST(Render, KeepsTextWithinTheScreenButForCommands) {
  for (const bool broken : {false, true})
    for (const std::size_t width : {40U, 60U, 80U, 100U, 200U})
      for (const bool ascii : {false, true}) {
        std::istringstream lines(render(report(broken), "text", screen(width, ascii)));
        for (std::string line; std::getline(lines, line);)
          if (line.find("caravan ") == std::string::npos) {
            EXPECT_LE(text::length(line), width) << line;
          }
      }
}

TEST(Render, IsAsciiWhereTheLocaleIs) {
  for (const char c : render(report(true), "text", screen(80, true))) EXPECT_EQ(c & 0x80, 0) << c;
}

TEST(Render, TellsTheVerdictFirstThenWhatToDo) {
  Screen named;
  named.recording = "my runs/one";
  std::istringstream lines(render(report(true), "text", named));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "fail: frame at ClusterTemplate.is_public in step 2; 2 checks failed");
  std::getline(lines, line);
  EXPECT_EQ(line, "  what happened:  caravan show 'my runs/one' --event 49");
  std::getline(lines, line);
  EXPECT_EQ(line, "  what it means:  caravan explain frame");
}

TEST(Render, WritesJUnitThatAReaderTakesWithoutControlCharacters) {
  const auto xml = render(report(true), "junit");
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(xml.c_str()));
  EXPECT_EQ(std::string(document.select_node("/testsuites/testsuite/@failures").attribute().value()), "2");
  for (const char c : xml)
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << static_cast<int>(c);
  EXPECT_EQ(xml.find("&#"), std::string::npos);
}

TEST(Render, WritesJsonThatSaysTheSame) {
  const auto json = Json::parse(render(report(true), "json"));
  EXPECT_EQ(json.at("verdict"), "fail");
  EXPECT_EQ(json.at("first"), "frame");
  EXPECT_EQ(json.at("checks").size(), check_table().size());
}

TEST(Render, LeavesAStampThatIsNoneOutOfItsTable) {
  RunBuilder run;
  run.usual();
  auto odd = run.primitive("kilo", "Cluster", {{"id", "c1"}});
  odd["versioned_object.version"] = "";
  run.ask("engine.1#1", "save", odd);
  EXPECT_FALSE(render(run.judged(), "text").empty());
}

TEST(Render, RefusesAnotherFormatWithWhatWasMeant) {
  try {
    render(report(false), "jnuit");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), "unknown report format \"jnuit\"; did you mean \"junit\"?");
  }
}

TEST(Text, FoldsUnderTheSecondColumn) {
  EXPECT_EQ(folded("a short line\n  F01  one two three four\n    one two three four five\n", 20),
            "a short line\n  F01  one two three\n       four\n    one two three\n      four five\n");
}

TEST(Text, CutsBetweenCharacters) {
  EXPECT_EQ(text::cut("caf\xc3\xa9s", 4), "caf…");
  EXPECT_EQ(text::cut("caf\xc3\xa9", 4), "caf\xc3\xa9");
  EXPECT_EQ(text::list({"a", "b", "c"}), "a, b and c");
}

}  // namespace
}  // namespace caravan::reports
