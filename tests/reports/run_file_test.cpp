// The run file: what the writer promises and every way in which a file may not be one.
#include "reports/recording/run_file.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "objects/base/error.hpp"

namespace caravan::reports {
namespace {

Json sound_header() {
  return Json::parse(
      R"({"n": 0, "t": 0, "kind": "header", "format": 1, "caravan": "0.1.0", "scenario": "s", "seed": 1,
    "plan": "", "from": "kilo", "to": "liberty", "access": "conductor", "compat": "backport", "carrier": "process",
    "database": "sqlite", "nodes": [["conductor", 1]], "plant": null, "expect": "pass", "command": "caravan run s",
    "began": "2015-10-15T00:00:00Z", "releases": {"kilo": {"digest": "0", "catalog": {}},
                                                  "liberty": {"digest": "1", "catalog": {}}}})");
}

/// What the writer is given of it: number, time and kind it writes itself.
Json header_members() {
  Json header = sound_header();
  for (const char* own : {"n", "t", "kind"}) header.erase(own);
  return header;
}

const std::string header_line = sound_header().dump() + "\n";

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

  /// With one member of the header left out, or replaced.
  std::string error_with(const std::string& member, const std::string& json = "") {
    auto header = sound_header();
    header.erase(member);
    if (!json.empty()) header[member] = Json::parse(json);
    return error_of(header.dump() + "\n");
  }

  std::filesystem::path path_;
};

TEST_F(RunFiles, ComeBackAsTheyWereWritten) {
  {
    RunWriter writer(path_);
    EXPECT_EQ(writer.append("header", 0, header_members()), 0);
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
            "FILE:1: this is not a run file: its first line is not a JSON object; it looks like a scenario: "
            "`caravan run` takes it");
  EXPECT_EQ(
      error_of("\x1f\x8b\x08 zzz\n"),
      "FILE:1: this is not a run file: its first line is not a JSON object; it looks like gzip data: unpack "
      "it first");
  EXPECT_EQ(error_of("{\"run\":{},\"checks\":[]}\n"),
            "FILE:1: this is not a run file: its first line is not a header; it looks like a report: "
            "`caravan judge` takes the run.ndjson");
  EXPECT_EQ(error_of("{\n  \"checks\": []\n}\n"),
            "FILE:1: this is not a run file: its first line is not JSON; it looks like a report: `caravan "
            "judge` takes the run.ndjson");
  EXPECT_EQ(error_of("hello\n"),
            "FILE:1: this is not a run file: its first line is not a JSON object; it looks like plain text");
}

TEST_F(RunFiles, CutInALineAreReadWithoutIt) {
  const std::string second = R"({"n":1,"t":5,"kind":"drop","id":"caf\u00e9 é","why":"w"})";
  for (std::size_t size = 1; size < second.size(); ++size) {
    std::ofstream(path_, std::ios::binary) << header_line << second.substr(0, size);
    const RunFile run = read_run(path_);
    ASSERT_EQ(run.events.size(), 1U) << size;
    EXPECT_FALSE(run.complete);
    EXPECT_EQ(run.cut,
              "the recording is cut off in event 1, after " + std::to_string(size) + " bytes of its line");
  }
  std::ofstream(path_, std::ios::binary) << header_line << second;
  EXPECT_EQ(read_run(path_).events.size(), 2U) << "a line that lacks its end alone is whole";
  EXPECT_EQ(read_run(path_).cut, "");
}

TEST_F(RunFiles, CutInTheHeaderHoldNothing) {
  const std::string header = header_line;
  for (std::size_t size = 1; size < header.size() - 2; ++size) {
    std::ofstream(path_, std::ios::binary) << header.substr(0, size);
    try {
      read_run(path_);
      FAIL() << size;
    } catch (const Error& error) {
      EXPECT_EQ(error.exit(), Exit::undecided) << error.what();
      EXPECT_NE(std::string(error.what()).find("cut off in event 0"), std::string::npos) << error.what();
    }
  }
}

TEST_F(RunFiles, WithZerosAtTheEndAreReadWithoutThem) {
  const std::string zeros(5000, '\0');
  std::ofstream(path_, std::ios::binary) << header_line << zeros;
  EXPECT_EQ(read_run(path_).cut, "the recording ends in 5000 zero bytes, as after a power cut");
  std::ofstream(path_, std::ios::binary) << header_line << R"({"n":1,"t":5,"ki)" << zeros;
  EXPECT_EQ(read_run(path_).cut, "the recording is cut off in event 1, after 16 bytes of its line");
  EXPECT_EQ(read_run(path_).events.size(), 1U);
  EXPECT_EQ(error_of(zeros).substr(0, 31), "FILE:1: this is not a run file:");
  EXPECT_THROW(read_run_text("zeros", zeros), Error) << "nor through whatever hands it over";
}

TEST_F(RunFiles, DamagedInTheMiddleOrByGarbageAreRefusedWithTheirLine) {
  const std::string end = R"({"n":2,"t":5,"kind":"end","outcome":"complete"})"
                          "\n";
  for (const std::string& damage :
       {std::string(R"({"n":1,"t":5,"ki)"), std::string(100, '\0'), std::string("x")})
    EXPECT_EQ(error_of(header_line + damage + "\n" + end).substr(0, 7), "FILE:2:");
  EXPECT_EQ(error_of(std::string(header_line) + "garbage").substr(0, 7), "FILE:2:") << "no line begins so";
}

TEST_F(RunFiles, ThatAreNoFilesAreRefused) {
  for (const char* device : {"/dev/zero", "/dev/null", "/dev/full"}) {
    try {
      read_run(device);
      FAIL() << device;
    } catch (const Error& error) {
      EXPECT_EQ(error.exit(), Exit::bad_request);
      EXPECT_NE(std::string(error.what()).find("a device"), std::string::npos) << error.what();
    }
  }
}

TEST_F(RunFiles, WithoutALineAreNotReadToTheirEnd) {
  std::ofstream(path_, std::ios::binary) << "hello";
  std::filesystem::resize_file(path_, std::uintmax_t{3} << 30);  // a hole: it takes no space
  EXPECT_EQ(error_of("hello").substr(0, 31), "FILE:1: this is not a run file:");
  std::ofstream(path_, std::ios::binary) << header_line << "{";
  std::filesystem::resize_file(path_, std::uintmax_t{3} << 30);
  try {
    read_run(path_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("a line is longer than 256 MiB"), std::string::npos)
        << error.what();
  }
}

TEST_F(RunFiles, MayComeThroughAPipe) {
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  std::thread writer([this] { std::ofstream(path_, std::ios::binary) << header_line; });
  EXPECT_EQ(writer_of(path_), std::nullopt) << "asking takes nothing out of it";
  EXPECT_EQ(read_run(path_).events.size(), 1U);
  writer.join();
}

TEST_F(RunFiles, TellWhoWritesThem) {
  std::ofstream(path_) << header_line;
  EXPECT_EQ(writer_of(path_), std::nullopt);
  int ready[2], done[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(done), 0);
  char byte = 0;
  const pid_t child = ::fork();
  if (child == 0) {
    const RunWriter writer(path_);
    if (::write(ready[1], "x", 1) != 1 || ::read(done[0], &byte, 1) != 1) ::_exit(9);
    ::_exit(0);
  }
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(writer_of(path_), std::optional<int>(child));
  ASSERT_EQ(::write(done[1], "x", 1), 1);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(writer_of(path_), std::nullopt);
  for (const int fd : {ready[0], ready[1], done[0], done[1]}) ::close(fd);
}

TEST_F(RunFiles, HaveNoGapAfterADiskThatWasFullForAWhile) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    RunWriter writer(path_);
    writer.append("header", 0, header_members());
    writer.flush();
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 1000;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    int refused = 0;
    try {
      writer.append("trouble", 1, {{"node", "n"}, {"what", std::string(5000, 'x')}});
      writer.flush();
    } catch (const Error& error) {
      refused += error.exit() == Exit::machine ? 1 : 0;
    }
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      writer.append("end", 2, {{"outcome", "complete"}});
      writer.flush();
    } catch (const Error&) {
      ++refused;
    }
    ::_exit(refused);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 2);
  const RunFile run = read_run(path_);
  EXPECT_EQ(run.events.size(), 1U);
  EXPECT_FALSE(run.complete);
  EXPECT_NE(run.cut, "");
}

TEST_F(RunFiles, WithAGapNameTheMissingEvents) {
  const std::string end = R"(,"t":5,"kind":"end","outcome":"complete"})"
                          "\n";
  EXPECT_EQ(error_of(std::string(header_line) + R"({"n":4)" + end),
            "FILE:2: event 4 follows event 0: events 1 to 3 are missing");
  EXPECT_EQ(error_of(std::string(header_line) + R"({"n":2)" + end),
            "FILE:2: event 2 follows event 0: event 1 is missing");
  EXPECT_EQ(error_of(std::string(header_line) + R"({"n":0)" + end),
            "FILE:2: event 0 follows event 0; two recordings in one file, or lines in the wrong order");
}

TEST_F(RunFiles, WhoseTimeIsNoneOrRunsBackwardsAreRefused) {
  const auto at = [&](const std::string& t) {
    return error_of(header_line +
                    R"({"n":1,"t":5,"kind":"shutdown","why":"w"})"
                    "\n" +
                    R"({"n":2,"t":)" + t +
                    R"(,"kind":"end","outcome":"complete"})"
                    "\n");
  };
  EXPECT_EQ(at("5"), "no error");
  EXPECT_EQ(at("4"),
            "FILE:3: event 2: its \"t\" is 4, before the 5 of the event above it; lines in the wrong order, "
            "or a recording that was edited");
  for (const char* t : {"-5", "9223372036854775807", "18446744073709551615"})
    EXPECT_EQ(at(t), std::string("FILE:3: event 2: its \"t\" is ") + t +
                         "; microseconds since the run began were expected");
}

TEST_F(RunFiles, WithInvalidJsonNameLineAndColumn) {
  EXPECT_EQ(error_of(std::string(header_line) + "{\"n\":1,\"t\":2,}\n"),
            "FILE:2:14: event 1: '}' where a key in double quotes was expected; is there a comma too many?");
}

TEST_F(RunFiles, WithAnEmptyLineSaySo) {
  EXPECT_EQ(
      error_of(std::string(header_line) + "\n" + R"({"n":1,"t":2,"kind":"end","outcome":"complete"})" + "\n"),
      "FILE:2:1: event 1: the text is empty; one JSON value was expected");
}

TEST_F(RunFiles, WithAKeyTwiceInOneObjectNameItsPlace) {
  EXPECT_EQ(error_of(std::string(header_line) + "{\"n\":1,\"t\":2,\"kind\":\"drop\",\"n\":1}\n"),
            "FILE:2:28: event 1: the key \"n\" appears twice in one object");
}

TEST_F(RunFiles, ThatAreNoUtf8NameTheByte) {
  EXPECT_EQ(error_of(std::string(header_line) + "{\"n\":1,\"\xc3\xa9\":\"\xff\"}\n"),
            "FILE:2:13: event 1: byte 0xff is not valid UTF-8; save it as UTF-8");
}

TEST_F(RunFiles, ThatArePlansAreToldSo) {
  EXPECT_EQ(
      error_of("caravan plan: 1\nscenario: s\n"),
      "FILE:1: this is not a run file: its first line is not a JSON object; it looks like a plan: `caravan "
      "run` takes it, and `caravan judge` the run.ndjson of its run");
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
            "FILE:2:411: event 1: nested deeper than 400 levels");
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

TEST_F(RunFiles, WithAStepThatNobodyUnderstandsSayWhy) {
  const struct {
    const char *members, *error;
  } steps[] = {
      {R"("verb":"strat")", "\"verb\" is \"strat\", which is not a step word; did you mean \"start\"?"},
      {R"("verb":"start","node":7)", "\"node\" of start is 7, but must be a text"},
      {R"("verb":"start","expect":"maybe")", "\"expect\" of start is \"maybe\", but must be refused"},
      {R"("verb":"migrate","phase":"expnd")",
       "\"phase\" of migrate is \"expnd\", but must be expand, data, contract or as-released"},
      {R"("verb":"migrate","batch":4294967301)",
       "\"batch\" of migrate is 4294967301, but must be a whole number from 0 to 2147483647"},
      {R"("verb":"migrate","batch":-1)",
       "\"batch\" of migrate is -1, but must be a whole number from 0 to 2147483647"},
  };
  for (const auto& one : steps)
    EXPECT_EQ(error_of(header_line + R"({"n":1,"t":1,"kind":"step","step":"1","edge":"begin",)" +
                       one.members + "}\n"),
              std::string("FILE:2: event 1: the step event: ") + one.error);
}

TEST_F(RunFiles, WithAWordThatNobodyKnowsAreRefused) {
  const struct {
    const char *event, *error;
  } events[] = {
      {R"("kind":"node","node":"api.1","incarnation":1,"release":"kilo","role":"api","state":"raedy")",
       R"("state" of the node event is "raedy"; did you mean "ready"?)"},
      {R"("kind":"node","node":"app.1","incarnation":1,"release":"kilo","role":"app","state":"ready")",
       R"("role" of the node event is "app"; did you mean "api"?)"},
      {R"("kind":"op","op":"c1-1","edge":"faill")",
       R"("edge" of the op event is "faill"; did you mean "fail"?)"},
      {R"("kind":"end","outcome":"completed")",
       R"("outcome" of the end event is "completed"; did you mean "complete"?)"},
  };
  for (const auto& one : events)
    EXPECT_EQ(error_of(std::string(header_line) + R"({"n":1,"t":1,)" + one.event + "}\n"),
              std::string("FILE:2: event 1: ") + one.error);
}

TEST_F(RunFiles, WithoutWhatAVerdictHangsOnAreRefused) {
  EXPECT_EQ(error_with("expect"), "FILE:1: event 0: the header event has no member \"expect\"");
  EXPECT_EQ(error_of(std::string(header_line) + R"({"n":1,"t":"x","kind":"trouble","node":"n","what":"w"})"
                                                "\n"),
            "FILE:2: event 1: \"t\" of the event is \"x\", but must be a whole number");
}

TEST_F(RunFiles, WhoseHeaderIsDamagedSayWhere) {
  const struct {
    const char *member, *json, *error;
  } damages[] = {
      {"access", R"("dierct")", R"("access" of the header event is "dierct"; did you mean "direct"?)"},
      {"compat", R"("x")", R"("compat" of the header event is "x"; known: backport, pin, none)"},
      {"plant", "7", R"("plant" of the header event is 7, but must be a text or null)"},
      {"nodes", R"([["api", 1], ["engine"]])",
       R"("nodes/1" of the header event is ["engine"], but must be a role and a number)"},
      {"deadlines", R"({"request": "2 s"})",
       R"("deadlines/request" of the header event is "2 s", but must be a whole number)"},
      {"config", R"({"api.1": 1})", R"("config/api.1" of the header event is 1, but must be an object)"},
      {"to", R"("librety")",
       R"("to" of the header event is "librety", which is not among its releases; did you mean "liberty"?)"},
      {"releases", R"({"kilo": {"digest": "0", "catalogue": {}}})",
       R"(the release kilo of the header event has no member "catalog"; it has "catalogue")"},
      {"seed", "", R"(the header event has no member "seed")"},
  };
  for (const auto& one : damages)
    EXPECT_EQ(error_with(one.member, one.json), std::string("FILE:1: event 0: ") + one.error);
  EXPECT_EQ(error_with("format", "0"),
            "FILE:1: the run file has format 0, this program knows 1; there has never been such a format");
}

TEST_F(RunFiles, FollowedBySomethingAreRefused) {
  EXPECT_EQ(error_of(std::string(header_line) + R"({"n":1,"t":5,"kind":"end","outcome":"complete"})"
                                                "\n"
                                                R"({"n":2,"t":5,"kind":"end","outcome":"complete"})"
                                                "\n"),
            "FILE:3: something follows the end event; two recordings in one file?");
}

}  // namespace
}  // namespace caravan::reports
