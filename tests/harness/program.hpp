// Runs the `caravan` program in a folder of its own, with fake nodes, and reads what it leaves behind.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "objects/base/json.hpp"

namespace caravan::harness {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

inline std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void spill(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

struct Result {
  int code = -1;
  std::string out, err;
};

class ProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "caravan-cli-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    // The screen of a test is nobody's terminal.
    ::setenv("LC_ALL", "C.UTF-8", 1);
    for (const char* variable : {"COLUMNS", "NO_COLOR"}) ::unsetenv(variable);
  }
  void TearDown() override {
    ::unsetenv("FAKE_NODE");
    fs::remove_all(folder);
  }

  /// caravan in the test's folder; returns the child's pid.
  pid_t launch(std::vector<std::string> words) const {
    words.insert(words.begin(), CARAVAN_BIN_DIR "/caravan");
    return launch_program(words);
  }
  /// Any program, by its path.
  pid_t launch_program(std::vector<std::string> words) const {
    std::vector<char*> args;
    for (auto& word : words) args.push_back(word.data());
    args.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid == 0) {
      if (::chdir(folder.c_str()) != 0) ::_exit(99);
      if (!std::freopen("out", "wb", stdout) || !std::freopen("err", "wb", stderr)) ::_exit(99);
      ::execv(args.front(), args.data());
      ::_exit(98);
    }
    return pid;
  }
  Result await(pid_t pid) const {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status), slurp(folder / "out"),
            slurp(folder / "err")};
  }
  Result caravan(const std::vector<std::string>& words) const { return await(launch(words)); }

  /// A line of bash in the test's folder, with caravan at hand; what it says is in `out` and `err`.
  int shell(const std::string& command) const {
    const auto whole =
        "cd " + folder.string() + " && PATH=" CARAVAN_BIN_DIR ":$PATH && exec >out 2>err && " + command;
    const int status = std::system(("bash -c '" + whole + "'").c_str());
    return WEXITSTATUS(status);
  }

  /// A run of the little plan with the fake node in the given mode.
  std::vector<std::string> little_run(const std::string& mode,
                                      const std::string& steps = little_steps) const {
    ::setenv("FAKE_NODE", mode.c_str(), 1);
    spill(folder / "little.plan", plan_of(steps));
    return {"run", "little.plan", "--out", "out-folder", "--node-program", CARAVAN_BIN_DIR "/fake-node"};
  }
  std::vector<Json> events() const {
    std::vector<Json> out;
    std::ifstream file(folder / "out-folder" / "run.ndjson");
    std::string line;
    while (std::getline(file, line)) {
      auto event = Json::parse(line, nullptr, false);  // the last one may be in the making
      if (!event.is_discarded()) out.push_back(std::move(event));
    }
    return out;
  }
  /// Values of `member` in the events of a kind, in order.
  std::vector<std::string> seen(const std::string& kind, const std::string& member) const {
    std::vector<std::string> out;
    for (const auto& event : events())
      if (event["kind"] == kind && event.contains(member)) out.push_back(event[member].get<std::string>());
    return out;
  }
  /// Every node of the recording that said hello is gone.
  void nobody_is_left() const {
    for (const auto& event : events()) {
      if (event["kind"] != "send" || event["message"]["kind"] != "hello") continue;
      EXPECT_NE(::kill(event["message"]["args"]["pid"].get<pid_t>(), 0), 0) << event["message"]["from"];
    }
  }
  static std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  static void one_message(const Result& result, int code, const std::string& part) {
    EXPECT_EQ(result.code, code) << result.err;
    EXPECT_THAT(result.err, StartsWith("caravan: "));
    EXPECT_THAT(result.err, HasSubstr(part));
    EXPECT_EQ(lines(result.err), 1U) << result.err;
    EXPECT_EQ(result.out, "");
  }

  /// A recording that has only just begun.
  static std::string begun_recording(const std::string& scenario) {
    return R"({"n":0,"t":0,"kind":"header","format":1,"caravan":"0.1.0","scenario":")" + scenario +
           R"(","seed":1,"plan":"","from":"kilo","to":"liberty","access":"conductor","compat":"backport",)"
           R"("carrier":"process","database":"sqlite","nodes":[],"plant":null,"expect":"pass","releases":)"
           R"({"kilo":{"digest":"","catalog":{}},"liberty":{"digest":"","catalog":{}}},"command":"","began":""})"
           "\n";
  }

  static std::string plan_of(const std::string& steps) {
    return R"(caravan plan: 1
scenario: little
about: one api of each release
seed: 1
from: kilo
to: liberty
access: conductor
compat: backport
database: sqlite
nodes: {"conductor":1,"api":1}
clients: 1
expect: "pass"

1 start node=conductor.1 release=kilo
2 start node=api.1 release=kilo
)" + steps;
  }
  static constexpr const char* little_steps = R"(3 group : clients at work
  3.1 stop node=api.1
  3.2 start node=api.1 release=liberty
  - c1-1 api.1 read Cluster 11111111-1111-1111-1111-111111111111 load
  - c1-2 api.1 list Cluster - load
4 stop node=conductor.1
)";
  const std::string little_plan = plan_of(little_steps);

  fs::path folder;
};

}  // namespace caravan::harness
