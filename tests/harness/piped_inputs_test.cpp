// Inputs that can be read only once: a pipe, /dev/stdin, the shell's <(…).
#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

class PipedInputs : public ProgramTest {
 protected:
  static constexpr const char* node_program = " --node-program " CARAVAN_BIN_DIR "/fake-node";
  /// The file through a pipe that has a name, and through one that a shell made.
  void each_way(const std::string& before, const std::string& file, const std::string& after, int code,
                const std::string& part) const {
    for (const auto& command : {"cat " + file + " | caravan " + before + " /dev/stdin " + after,
                                "caravan " + before + " <(cat " + file + ") " + after}) {
      EXPECT_EQ(shell(command), code) << command << "\n" << slurp(folder / "err");
      EXPECT_THAT(slurp(folder / "out") + slurp(folder / "err"), HasSubstr(part)) << command;
    }
  }
  std::string again() const { return events().front()["command"].get<std::string>(); }
};

TEST_F(PipedInputs, APlanIsPlannedRunAndReplayed) {
  const auto words = little_run("");
  each_way("plan", "little.plan", "--operations", 0, "caravan plan: 1");
  for (const char* command : {"run", "replay"}) {
    each_way(command, "little.plan", std::string("--out out-folder") + node_program, 1, "little, seed 1");
    EXPECT_EQ(seen("end", "outcome"), std::vector<std::string>{"complete"});
    EXPECT_THAT(again(), StartsWith("caravan run out-folder/plan.txt --seed 1"))
        << "a pipe's name says nothing later";
  }
}

TEST_F(PipedInputs, AScenarioIsPlanned) {
  spill(folder / "mine.yaml", "format: 1\nname: mine\nreleases: {from: kilo, to: liberty}\nupgrade: {}\n");
  each_way("plan", "mine.yaml", "", 0, "plan of mine");
}

TEST_F(PipedInputs, ARecordingIsJudgedShownReportedAndReplayed) {
  caravan(little_run(""));
  each_way("judge", "out-folder/run.ndjson", "", 1, "little, seed 1");
  each_way("report", "out-folder/run.ndjson", "", 1, "little, seed 1");
  each_way("show", "out-folder/run.ndjson", "--event 0", 0, "\"kind\": \"header\"");
  fs::rename(folder / "out-folder", folder / "older");
  each_way("replay", "older/run.ndjson", std::string("--out out-folder") + node_program, 1, "little, seed 1");
  EXPECT_THAT(again(), StartsWith("caravan run out-folder/plan.txt --seed 1"));
}

TEST_F(PipedInputs, ARecordingIsNoScenario) {
  spill(folder / "run.ndjson", begun_recording("s"));
  for (const char* command : {"run", "plan"})
    each_way(command, "run.ndjson", "", 2, "this is a recording, not a scenario or a plan");
}

TEST_F(PipedInputs, ACatalogIsRead) {
  spill(folder / "c.json", R"({"format": "caravan-catalog/1", "classes": [
    {"name": "A", "version": "1.0", "fields": [{"name": "id", "type": "String"}]}]})");
  each_way("objects list --catalog", "c.json", "", 0, "A");
  each_way("objects lint --catalog", "c.json", "", 0, "1 object");
  spill(folder / "A.json",
        R"({"format": "caravan-class/1", "name": "A", "table": "as", "versions": {"1.0": "one"},
    "fields": [{"name": "id", "type": "String"}]})");
  each_way("objects list --catalog", "A.json", "", 0, "one");
}

}  // namespace
}  // namespace caravan::harness
