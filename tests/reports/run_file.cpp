// The run file: what the writer promises and every way in which a file may not be one.
#include "reports/run_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "objects/error.hpp"

namespace caravan {
namespace {

const char* const header_line =
    R"({"n":0,"t":0,"kind":"header","format":1,"scenario":"s","from":"kilo","to":"liberty","releases":{}})"
    "\n";

class RunFiles : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() /
            (std::string("caravan-run-") + info->name() + "-" + std::to_string(getpid()));
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::string error_of(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    try {
      read_run(path_);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit(), Exit::bad_request);
      std::string what = error.what();
      const auto at = what.find(path_.string());
      if (at != std::string::npos) what.replace(at, path_.string().size(), "FILE");
      return what;
    }
    return "no error";
  }

  std::filesystem::path path_;
};

TEST_F(RunFiles, ComeBackAsTheyWereWritten) {
  {
    RunWriter writer(path_);
    EXPECT_EQ(writer.append("header", 0,
                            {{"format", 1},
                             {"scenario", "s"},
                             {"from", "kilo"},
                             {"to", "liberty"},
                             {"releases", Json::object()}}),
              0);
    EXPECT_EQ(writer.append("trouble", 7, {{"node", "api.1"}, {"what", "broken \xff byte"}}), 1);
    EXPECT_EQ(writer.append("end", 9, {{"outcome", "complete"}}), 2);
    writer.flush();
  }
  const RunFile run = read_run(path_);
  EXPECT_TRUE(run.complete);
  ASSERT_EQ(run.events.size(), 3U);
  EXPECT_EQ(run.header.at("scenario"), "s");
  EXPECT_EQ(run.events[1].at("t"), 7);
  EXPECT_EQ(run.events[1].at("what"), "broken \xef\xbf\xbd byte");
}

TEST_F(RunFiles, SayWhenTheDiskIsFull) {
  if (!std::filesystem::exists("/dev/full")) FAIL() << "this test needs /dev/full";
  RunWriter writer("/dev/full");
  writer.append("end", 0, {{"outcome", "complete"}});
  try {
    writer.flush();
    FAIL() << "a full disk went unnoticed";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit(), Exit::machine);
    EXPECT_NE(std::string(error.what()).find("No space left"), std::string::npos) << error.what();
  }
}

TEST_F(RunFiles, SayWhenTheFullDiskIsMetInTheMiddle) {
  RunWriter writer("/dev/full");
  EXPECT_THROW(
      {
        for (int i = 0; i < 100; ++i)
          writer.append("trouble", i, {{"node", "n"}, {"what", std::string(10000, 'x')}});
      },
      Error);
}

TEST_F(RunFiles, SayThatTheFolderIsMissing) {
  try {
    RunWriter writer("/nowhere/at/all/run.ndjson");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit(), Exit::machine);
    EXPECT_EQ(std::string(error.what()),
              "/nowhere/at/all/run.ndjson: the recording could not be opened: No such file or directory");
  }
}

TEST_F(RunFiles, WithoutAnEndAreReadButNotComplete) {
  std::ofstream(path_) << header_line;
  const RunFile run = read_run(path_);
  EXPECT_FALSE(run.complete);
  EXPECT_EQ(run.events.size(), 1U);
}

TEST_F(RunFiles, EmptyOnesAreRefused) {
  EXPECT_EQ(error_of(""), "FILE: the file is empty; a run file starts with a header event");
}

TEST_F(RunFiles, ForeignOnesAreRecognised) {
  EXPECT_EQ(error_of("format: 1\nname: x\n"),
            "FILE:1: this is no run file: its first line is no JSON object; it looks like a scenario: "
            "`caravan run` takes it");
  EXPECT_EQ(error_of("\x1f\x8b\x08 zzz\n"),
            "FILE:1: this is no run file: its first line is no JSON object; it looks like gzip data: unpack "
            "it first");
  EXPECT_EQ(error_of("{\"run\":{},\"checks\":[]}\n"),
            "FILE:1: this is no run file: its first line is no header; it looks like a report: `caravan "
            "judge` wants the run.ndjson");
  EXPECT_EQ(error_of("{\n  \"checks\": []\n}\n"),
            "FILE:1: this is no run file: its first line is no JSON; it looks like a report: `caravan judge` "
            "wants the run.ndjson");
  EXPECT_EQ(error_of("hello\n"),
            "FILE:1: this is no run file: its first line is no JSON object; it looks like plain text");
}

TEST_F(RunFiles, CutInALineAreRefusedWithTheEvent) {
  EXPECT_EQ(error_of(std::string(header_line) + R"({"n":1,"t":5,"kind":"en)"),
            "FILE:2: the file is cut off in event 1, after 23 bytes of its line; the recording was not "
            "finished, or the copy of it was not");
}

TEST_F(RunFiles, WithAGapNameTheMissingEvents) {
  const std::string end = R"(,"t":5,"kind":"end","outcome":"complete"})"
                          "\n";
  EXPECT_EQ(error_of(std::string(header_line) + R"({"n":4)" + end),
            "FILE:2: event 4 follows event 0: events 1 to 3 are missing");
  EXPECT_EQ(error_of(std::string(header_line) + R"({"n":2)" + end),
            "FILE:2: event 2 follows event 0: event 1 is missing");
  EXPECT_EQ(error_of(std::string(header_line) + R"({"n":0)" + end),
            "FILE:2: event 0 follows event 0; two recordings in one file, or lines that changed places");
}

TEST_F(RunFiles, WithInvalidJsonNameLineAndColumn) {
  EXPECT_EQ(error_of(std::string(header_line) + "{\"n\":1,\"t\":2,}\n").substr(0, 38),
            "FILE:2:14: event 1: invalid JSON: synt");
}

TEST_F(RunFiles, ThatAreNoUtf8NameTheByte) {
  EXPECT_EQ(error_of(std::string(header_line) + "{\"n\":1,\"\xc3\xa9\":\"\xff\"}\n"),
            "FILE:2:13: event 1: byte 0xff is no UTF-8");
}

TEST_F(RunFiles, OfANewerFormatSaySo) {
  std::string text = header_line;
  text.replace(text.find("\"format\":1"), 10, "\"format\":2");
  EXPECT_EQ(error_of(text),
            "FILE:1: the run file has format 2, this program knows 1; use the caravan that wrote it, or a "
            "newer one");
}

TEST_F(RunFiles, WithDeepNestingAreRefused) {
  EXPECT_EQ(error_of(std::string(header_line) + "{\"n\":1,\"x\":" + std::string(100000, '[') +
                     std::string(100000, ']') + "}\n"),
            "FILE:2: event 1: nested deeper than 400");
}

TEST_F(RunFiles, WithUnknownKindsOrMembersSayWhatWasMeant) {
  EXPECT_EQ(error_of(std::string(header_line) + R"({"n":1,"t":1,"kind":"chnage"})"
                                                "\n"),
            "FILE:2: event 1: unknown kind \"chnage\"; did you mean \"change\"?");
  EXPECT_EQ(error_of(std::string(header_line) + R"({"n":1,"t":1,"kind":"deliver","id":"a","reciever":"b"})"
                                                "\n"),
            "FILE:2: event 1: the deliver event has no member \"receiver\"; it has \"reciever\"");
  EXPECT_EQ(error_of(std::string(header_line) +
                     R"({"n":1,"t":1,"kind":"deliver","id":3,"receiver":"b","release":"kilo"})"
                     "\n"),
            "FILE:2: event 1: \"id\" of the deliver event is 3, but must be a text");
}

TEST_F(RunFiles, FollowedBySomethingAreRefused) {
  EXPECT_EQ(error_of(std::string(header_line) + R"({"n":1,"t":5,"kind":"end","outcome":"complete"})"
                                                "\n"
                                                R"({"n":2,"t":5,"kind":"end","outcome":"complete"})"
                                                "\n"),
            "FILE:3: something follows the end event; two recordings in one file?");
}

}  // namespace
}  // namespace caravan
