// What people see: no control character of a recording, a file name or a scenario gets to a terminal.
#include <pty.h>

#include <sstream>

#include "objects/base/printable.hpp"
#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

const std::string evil =
    "\x1b[2J\x1b]0;owned\x07 \xc2\x9b"
    "31m \u202Ekcab \x7f";
const std::string evil_in_json = R"(\u001b[2J\u001b]0;owned\u0007 \u009b31m \u202ekcab \u007f)";

class Screens : public ProgramTest {
 protected:
  /// A recording whose scenario, nodes' errors and values carry control characters.
  std::string evil_recording() const {
    caravan(little_run("garbage"));
    std::string text = slurp(folder / "out-folder" / "run.ndjson");
    for (const std::string word : {"\"little\"", "bytes that are not an envelope", "api.1 read", "no answer"})
      for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        const auto inside = word.front() == '"' ? at + 1 : at;
        text.insert(inside, evil_in_json);
        at = inside + evil_in_json.size();
      }
    fs::create_directory(folder / "evil");
    spill(folder / "evil" / "run.ndjson", text);
    return "evil";
  }
};

void expect_harmless(const Result& result) {
  EXPECT_EQ(printable(result.out), result.out);
  EXPECT_EQ(printable(result.err), result.err);
}

TEST_F(Screens, OfARecordingShowNoControlCharacters) {
  const auto run = evil_recording();
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"show", run},
                                             {"show", run, "--event", "0"},
                                             {"show", run, "--json"},
                                             {"show", run, "--node", "api.1"},
                                             {"judge", run},
                                             {"judge", run, "--format", "md"},
                                             {"judge", run, "--format", "junit"},
                                             {"judge", run, "--json"},
                                             {"report", run, "--color", "always"}}) {
    const auto result = caravan(words);
    EXPECT_THAT(result.out, HasSubstr("owned")) << words[0] << result.err;
    if (words.back() == "always") {
      EXPECT_EQ(printable(result.out, {.lines = true, .ascii = false, .colour = true}), result.out);
    } else {
      expect_harmless(result);
    }
  }
}

TEST_F(Screens, AReportInAFileHasNoControlCharacters) {
  const auto run = evil_recording();
  for (const char* format : {"text", "md", "junit", "json"}) {
    caravan({"report", run, "--format", format, "--out", "report"});
    const auto text = slurp(folder / "report");
    EXPECT_THAT(text, HasSubstr("owned")) << format;
    EXPECT_EQ(printable(text), text) << format;
  }
}

TEST_F(Screens, AnErrorAboutAnEvilNameIsOneHarmlessLine) {
  const std::string name = "a\nb" + evil + "\xff";
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{name},
                                             {"run", name},
                                             {"plan", name},
                                             {"judge", name},
                                             {"show", name},
                                             {"replay", name},
                                             {"explain", name},
                                             {"list", name},
                                             {"objects", name},
                                             {"objects", "show", name},
                                             {"run", "kilo-to-liberty", "--plant", name},
                                             {"run", "kilo-to-liberty", "--mode", name},
                                             {"run", "kilo-to-liberty", "--database", name},
                                             {"run", "kilo-to-liberty", "--" + name},
                                             {"run", "kilo-to-liberty", "--seed", name},
                                             {"run", "kilo-to-liberty", "--program", name},
                                             {"objects", "lint", "--catalog", name},
                                             {"judge", "x", "--format", name}}) {
    const auto result = caravan(words);
    EXPECT_THAT(result.code, testing::AnyOf(2, 4)) << result.err;
    EXPECT_EQ(lines(result.err), 1U) << result.err;
    expect_harmless(result);
  }
}

TEST_F(Screens, ThePlanOfAnEvilScenarioIsHarmlessAndReadsBack) {
  spill(folder / "s.yaml", R"(
format: 1
name: evil
about: "\e[2J \u009b31m \u202e back"
nodes: {conductor: 1, engine: 1, api: 1}
releases: {from: kilo, to: liberty}
steps:
  - do: {create: Cluster, as: C, via: api.1, set: {name: "\e]0;owned\a \u009b \u202e"}}
    why: "because \e[31m \u0085"
  - migrate: expand
  - upgrade: rest
  - migrate: contract
)");
  const auto tree = caravan({"plan", "s.yaml"});
  EXPECT_EQ(tree.code, 0) << tree.err;
  expect_harmless(tree);
  const auto plan = caravan({"plan", "s.yaml", "--operations"});
  expect_harmless(plan);
  spill(folder / "p", plan.out);
  EXPECT_EQ(caravan({"plan", "p", "--operations"}).out, plan.out);
  EXPECT_EQ(caravan({"plan", "p"}).out, tree.out);
  EXPECT_THAT(plan.out, HasSubstr(R"(about: "\u001b[2J \u009b31m \u202e back")"));
}

TEST_F(Screens, WhatIsSaidBesideTheReportIsHarmlessWhateverTheFolderIsCalled) {
  auto words = little_run("plain");
  words[3] = "a" + evil;
  caravan(words);
  const auto again = caravan(words);
  EXPECT_THAT(again.err, HasSubstr("is kept in"));
  EXPECT_EQ(printable(again.err, {.lines = true}), again.err);

  const auto recording = folder / words[3] / "run.ndjson";
  fs::resize_file(recording, fs::file_size(recording) - 3);
  const auto cut = caravan({"judge", recording.string()});
  EXPECT_THAT(cut.err, HasSubstr("that is left out"));
  EXPECT_EQ(printable(cut.err, {.lines = true}), cut.err);
}

TEST_F(Screens, ThePlanIsATreeThatCannotBeRunAndSaysSo) {
  const auto tree = caravan({"plan", "kilo-to-liberty"});
  EXPECT_EQ(tree.code, 0) << tree.err;
  EXPECT_THAT(lines(tree.out), testing::Le(60U));
  spill(folder / "tree", tree.out);
  for (const char* command : {"run", "plan"})
    one_message(caravan({command, "tree"}), 2, "caravan plan SCENARIO --operations");
}

class OnATerminal : public Screens {
 protected:
  struct Setting {
    const char *name, *value;
  };
  /// All that the program writes to a terminal of that many columns.
  std::string seen(std::vector<std::string> words, unsigned short columns,
                   const std::vector<Setting>& settings = {}) const {
    words.insert(words.begin(), CARAVAN_BIN_DIR "/caravan");
    std::vector<char*> args;
    for (auto& word : words) args.push_back(word.data());
    args.push_back(nullptr);
    winsize size{40, columns, 0, 0};
    int terminal = -1;
    const pid_t pid = ::forkpty(&terminal, nullptr, nullptr, &size);
    if (pid == 0) {
      ::setenv("TERM", "xterm", 1);
      for (const auto& setting : settings) ::setenv(setting.name, setting.value, 1);
      if (::chdir(folder.c_str()) == 0) ::execv(args[0], args.data());
      ::_exit(98);
    }
    std::string out;
    char read[4096];
    for (ssize_t n = 0; (n = ::read(terminal, read, sizeof read)) > 0;)
      out.append(read, static_cast<std::size_t>(n));
    ::close(terminal);
    ::waitpid(pid, nullptr, 0);
    out.erase(std::remove(out.begin(), out.end(), '\r'), out.end());
    return out;
  }
  static bool coloured(const std::string& text) { return text.find("\x1b[") != std::string::npos; }
  static std::size_t widest(const std::string& text) {
    std::size_t out = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      if (line.find("caravan ") == std::string::npos) {
        const auto points =
            std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
        out = std::max(out, static_cast<std::size_t>(points));
      }
    return out;
  }
};

TEST_F(OnATerminal, ColoursGoByTheTerminalAndTheWishes) {
  caravan(little_run(""));
  EXPECT_TRUE(coloured(seen({"judge", "out-folder"}, 80)));
  EXPECT_FALSE(coloured(seen({"judge", "out-folder"}, 80, {{"NO_COLOR", "1"}})));
  EXPECT_FALSE(coloured(seen({"judge", "out-folder"}, 80, {{"TERM", "dumb"}})));
  EXPECT_FALSE(coloured(seen({"judge", "out-folder", "--color", "never"}, 80)));
  EXPECT_TRUE(coloured(seen({"judge", "out-folder", "--color", "always"}, 80, {{"TERM", "dumb"}})));
  EXPECT_FALSE(coloured(caravan({"judge", "out-folder"}).out));
  EXPECT_TRUE(coloured(caravan({"judge", "out-folder", "--color", "always"}).out));
  one_message(caravan({"judge", "out-folder", "--color", "sometimes"}), 2,
              "--color: unknown 'sometimes'; known: auto, always, never");
}

TEST_F(OnATerminal, LinesAreAsWideAsItIs) {
  caravan(little_run(""));
  for (const unsigned short columns : {40, 80, 120}) {
    const auto width = widest(seen({"judge", "out-folder", "--color", "never"}, columns));
    EXPECT_LE(width, columns);
    EXPECT_GT(width, columns * 3U / 4U);
    const auto show = widest(seen({"show", "out-folder"}, columns));
    EXPECT_LE(show, columns);
    EXPECT_GT(show, columns * 3U / 4U);
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"list"}, {"show", "Cluster"}, {"diff", "kilo", "liberty"}}) {
      std::vector<std::string> all = {"objects"};
      all.insert(all.end(), words.begin(), words.end());
      EXPECT_LE(widest(seen(all, columns)), columns) << words[0];
    }
    if (columns < 80) continue;  // an id of a finding is one word
    const auto lint = seen({"objects", "lint", "--plant", "F02", "--color", "never"}, columns);
    EXPECT_LE(widest(lint.substr(lint.find('\n'))), columns) << "behind what stderr says";
  }
  EXPECT_EQ(lines(caravan({"show", "out-folder"}).out), events().size()) << "elsewhere an event is a line";
  EXPECT_LE(widest(seen({"judge", "out-folder", "--color", "never"}, 120, {{"COLUMNS", "50"}})), 50U);
  EXPECT_LE(widest(caravan({"judge", "out-folder"}).out), 80U);
}

TEST_F(OnATerminal, ALocaleWithoutUtf8GetsAscii) {
  caravan(little_run(""));
  for (const char c : seen({"judge", "out-folder"}, 80, {{"LC_ALL", "C"}})) ASSERT_EQ(c & 0x80, 0);
  ::setenv("LC_ALL", "C", 1);
  for (const char c : caravan({"judge", "out-folder"}).out) ASSERT_EQ(c & 0x80, 0);
}

TEST_F(OnATerminal, TheProgressLineNeverWraps) {
  auto words = little_run("");
  words.insert(words.end(), {"--color", "never"});
  const auto out = seen(words, 30);
  const std::string begins = "\033[K";
  std::size_t lines = 0;
  for (auto at = out.find(begins); at != std::string::npos; at = out.find(begins, at + 1)) {
    const auto from = at + begins.size();
    const auto end = std::min(out.find_first_of("\033\n", from), out.size());
    if (out.find('\n', from) == end) break;  // the report
    EXPECT_LT(widest(out.substr(from, end - from)), 30U);
    ++lines;
  }
  EXPECT_GT(lines, 2U) << out;
  EXPECT_EQ(seen(words, 30, {{"TERM", "dumb"}}).find('\033'), std::string::npos);
}

}  // namespace
}  // namespace caravan::harness
