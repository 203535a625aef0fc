// What people see: no control character of a recording, a file name or a scenario gets to a terminal.
#include "objects/printable.hpp"
#include "tests/harness/program.hpp"

namespace caravan {
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
    for (const std::string word : {"\"little\"", "bytes that are no envelope", "api.1 read", "no answer"})
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
  const auto plan = caravan({"plan", "s.yaml"});
  EXPECT_EQ(plan.code, 0) << plan.err;
  expect_harmless(plan);
}

}  // namespace
}  // namespace caravan
