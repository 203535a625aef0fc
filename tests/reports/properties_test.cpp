// Recordings of anything: they come back as they were written, and no part of one looks whole, whoever cut it
// off.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "objects/base/error.hpp"
#include "reports/recording/run_file.hpp"
#include "tests/property.hpp"

namespace caravan::reports {
namespace {

using test::holds;

struct Recorded {
  std::string kind;
  std::int64_t wait = 0;  ///< since the one before
  Json members;
  bool flush = false;
};

void showValue(const Recorded& event, std::ostream& out) {
  out << "\n  " << event.kind << " +" << event.wait << " " << event.members.dump(-1, ' ', true)
      << (event.flush ? " flush" : "");
}

rc::Gen<std::string> any_text() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
          "a", "{", "}", "\"", "\\", "\n", "\r", "\x1f", "\x7f", "\xC3\xA9", "\xF0\x9F\x90\xAA",
          "\xE2\x80\xA8", std::string(1, '\0'), std::string(500, 'x'))),
      [](const std::vector<std::string>& parts) { return fmt::format("{}", fmt::join(parts, "")); });
}

rc::Gen<Recorded> any_event() {
  return rc::gen::exec([] {
    Recorded made;
    made.kind = *rc::gen::element<std::string>("trouble", "drop", "shutdown", "migration");
    made.wait = *rc::gen::element<std::int64_t>(0, 1, 1000, 60'000'000);
    made.flush = *rc::gen::inRange(0, 3) == 2;
    const std::string text = *any_text();
    if (made.kind == "trouble") made.members = {{"node", "api.1"}, {"what", text}};
    if (made.kind == "drop") made.members = {{"id", text}, {"why", "receiver gone"}};
    if (made.kind == "shutdown") made.members = {{"why", text}};
    if (made.kind == "migration")
      made.members = {{"phase", "data"}, {"more", {text, nullptr, *rc::gen::arbitrary<double>()}}};
    return made;
  });
}

Json header() {
  return Json::parse(
      R"({"format": 1, "caravan": "0.1.0", "scenario": "s", "seed": 1, "plan": "", "from": "kilo",
    "to": "kilo", "access": "conductor", "compat": "backport", "carrier": "process", "database": "sqlite",
    "nodes": [["conductor", 1]], "plant": null, "expect": "pass", "command": "caravan run s",
    "began": "2015-10-15T00:00:00Z", "releases": {"kilo": {"digest": "0", "catalog": {}}}})");
}

/// Under the test's folder, gone with it.
class Recording {
 public:
  Recording() {
    std::string made = ::testing::TempDir() + "caravan-recording-XXXXXX";
    const int fd = ::mkstemp(made.data());
    RC_ASSERT(fd >= 0);
    ::close(fd);
    path_ = made;
  }
  ~Recording() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  const std::string& path() const { return path_; }
  std::string text() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::string path_;
};

void write(const std::string& path, const std::vector<Recorded>& events) {
  RunWriter writer(path);
  std::int64_t now = 0;
  writer.append("header", now, header());
  for (const Recorded& event : events) {
    writer.append(event.kind, now += event.wait, event.members);
    if (event.flush) writer.flush();
  }
  writer.append("end", now, {{"outcome", "complete"}});
  writer.flush();
}

/// Some events, written.
struct Whole {
  std::vector<Recorded> events = *rc::gen::container<std::vector<Recorded>>(any_event());
  Recording recording;
  std::string text;
  RunFile read;

  Whole() {
    write(recording.path(), events);
    text = recording.text();
    read = read_run_text("whole", text);
  }
};

/// Of a part: what it has is the beginning of the whole, and does not pass for all of it.
void expect_part(const RunFile& part, const RunFile& whole) {
  RC_ASSERT(part.events.size() < whole.events.size());
  RC_ASSERT(!part.complete);
  RC_ASSERT(std::equal(part.events.begin(), part.events.end(), whole.events.begin()));
}

TEST(RunFileProperties, EventsComeBackAsTheyWereWritten) {
  holds([] {
    const auto events = *rc::gen::container<std::vector<Recorded>>(any_event());
    const Recording recording;
    write(recording.path(), events);
    const RunFile read = read_run(recording.path());
    RC_ASSERT(read.complete);
    RC_ASSERT(read.cut.empty());
    RC_ASSERT(read.events.size() == events.size() + 2);
    std::int64_t now = 0;
    for (std::size_t i = 0; i < events.size(); ++i) {
      Json expected{{"n", i + 1}, {"t", now += events[i].wait}, {"kind", events[i].kind}};
      expected.update(events[i].members);
      RC_ASSERT(read.events[i + 1] == expected);
    }
  });
}

TEST(RunFileProperties, APartIsTheBeginningAndNeverWhole) {
  holds([] {
    const Whole whole;
    const std::string& text = whole.text;
    const auto length =
        *rc::gen::inRange<std::size_t>(0, text.size() - 1);  // all but the last newline is whole
    const std::string zeros(*rc::gen::element<std::size_t>(0, 1, 5000), '\0');
    try {
      expect_part(read_run_text("part", text.substr(0, length) + zeros), whole.read);
    } catch (const Error& error) {  // not even the header
      RC_ASSERT(length < text.find('\n'));
      RC_ASSERT(error.exit() == Exit::undecided || (length == 0 && error.exit() == Exit::bad_request));
    }
  });
}

/// Writes in a process whose files may have so many bytes. Exit code 0: all was written; 4: the refusal says
/// which file and why; else what is wrong.
int write_within(std::size_t bytes, const std::string& path, const std::vector<Recorded>& events) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write(path, events);
    } catch (const Error& error) {
      ::_exit(error.exit() == Exit::machine && error.where() == path &&
                      error.message() == "the recording could not be written: File too large" &&
                      error.hint() == "ulimit -f allows no more"
                  ? 4
                  : 9);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(RunFileProperties, AFullDiskIsToldAndLeavesTheBeginning) {
  holds([] {
    const Whole whole;
    const std::string& text = whole.text;
    const auto room = *rc::gen::inRange<std::size_t>(0, text.size());
    RC_ASSERT(write_within(room, whole.recording.path(), whole.events) == 4);
    const std::string left = whole.recording.text();
    RC_ASSERT(left == text.substr(0, room));
    try {
      if (room + 1 < text.size()) expect_part(read_run(whole.recording.path()), whole.read);
    } catch (const Error&) {
      RC_ASSERT(room < text.find('\n'));
    }
    RC_ASSERT(write_within(text.size(), whole.recording.path(), whole.events) == 0);
  });
}

}  // namespace
}  // namespace caravan::reports
