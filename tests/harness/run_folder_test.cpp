// Where a run leaves what it records: to itself, and never at the cost of an earlier recording.
#include "harness/cli/run_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

class Folders : public ProgramTest {
 protected:
  fs::path out() const { return folder / "out-folder"; }
  /// What a run left earlier.
  void old_run(const fs::path& place) const {
    fs::create_directories(place / "logs");
    fs::create_directories(place / "snapshots");
    spill(place / "run.ndjson", begun_recording("older"));
    spill(place / "report.json", "{}");
    spill(place / "logs" / "api.1.1.log", "older\n");
    spill(place / "snapshots" / "kilo.json", "{}");
  }
  std::string all_of(const fs::path& place) const {
    std::string text;
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(place)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files)
      text += file.string() + ": " + (fs::is_regular_file(file) ? slurp(file) : "") + "\n";
    return text;
  }
  void TearDown() override {
    if (stopped_ > 0) end_it();
    ProgramTest::TearDown();
  }
  /// A run that has begun, and stands still until end_it().
  pid_t standing_run(const std::vector<std::string>& more = {}) {
    auto words = little_run("silent");
    words.insert(words.end(), more.begin(), more.end());
    stopped_ = launch(words);
    while (!fs::exists(out() / "run.ndjson")) {
    }
    EXPECT_GT(fs::file_size(out() / "run.ndjson"), 0U) << "a recording comes with its header";
    while (fs::exists(out() / RunFolder::starting_name)) {
    }
    ::kill(stopped_, SIGSTOP);
    ::waitpid(stopped_, nullptr, WUNTRACED);  // until it stands
    return stopped_;
  }
  void end_it(int signal = SIGINT) {
    ::kill(stopped_, signal);
    ::kill(stopped_, SIGCONT);
    await(stopped_);
    stopped_ = 0;
  }
  /// As long as the first run goes on: from a folder of its own, for its stdout and stderr.
  Result beside(const std::vector<std::string>& words) {
    const auto there = folder;
    folder = there / "beside";
    fs::create_directory(folder);
    spill(folder / "p", little_plan);
    const auto result = caravan(words);
    folder = there;
    return result;
  }
  std::vector<std::string> run_into(const std::string& place) const {
    return {"run", "p", "--out", place, "--node-program", CARAVAN_BIN_DIR "/fake-node"};
  }

 private:
  pid_t stopped_ = 0;
};

TEST_F(Folders, WithForeignFilesAreRefusedAndUntouched) {
  spill(folder / "p", little_plan);
  for (const char* name : {"thesis.txt", "plan.txt", "report.json", "sahara.db", "logs/mine.log",
                           "snapshots/kilo.json", "run.ndjson", "run.ndjson.part"}) {
    fs::remove_all(folder / "mine");
    fs::create_directories((folder / "mine" / name).parent_path());
    spill(folder / "mine" / name, "precious");
    const auto before = all_of(folder / "mine");
    one_message(caravan({"run", "p", "--out", "mine"}), 2, "is not a caravan run");
    EXPECT_EQ(all_of(folder / "mine"), before) << name;
  }
}

TEST_F(Folders, AreNoFiles) {
  spill(folder / "mine", "precious");
  spill(folder / "p", little_plan);
  one_message(caravan({"run", "p", "--out", "mine"}), 2, "this is a file");
}

TEST_F(Folders, ThatCannotBeMadeAreTheMachinesFault) {
  spill(folder / "p", little_plan);
  one_message(caravan({"run", "p", "--out", "/proc/caravan"}), 4, "/proc/caravan");
  ASSERT_EQ(::symlink("nowhere/at/all", (folder / "link").c_str()), 0);
  one_message(caravan({"run", "p", "--out", "link"}), 4, "link");
}

TEST_F(Folders, KeepAnEarlierRecordingAndSayWhere) {
  old_run(out());
  spill(out() / "notes.txt", "mine");
  spill(out() / "logs" / "mine.txt", "mine too");
  const auto again = caravan(little_run(""));
  EXPECT_THAT(again.err, HasSubstr("the earlier recording in out-folder is kept in out-folder/earlier/1\n"));
  EXPECT_EQ(seen("end", "outcome"), std::vector<std::string>{"complete"}) << again.err;
  EXPECT_EQ(slurp(out() / "notes.txt"), "mine");
  EXPECT_EQ(slurp(out() / "logs" / "mine.txt"), "mine too");
  EXPECT_FALSE(fs::exists(out() / "logs" / "api.1.1.log") &&
               slurp(out() / "logs" / "api.1.1.log") == "older\n");
  const auto earlier = out() / "earlier" / "1";
  EXPECT_EQ(slurp(earlier / "run.ndjson"), begun_recording("older"));
  EXPECT_EQ(slurp(earlier / "report.json"), "{}");
  EXPECT_EQ(slurp(earlier / "logs" / "api.1.1.log"), "older\n");
  EXPECT_EQ(slurp(earlier / "snapshots" / "kilo.json"), "{}");
  caravan(little_run(""));
  EXPECT_TRUE(fs::exists(out() / "earlier" / "2" / "run.ndjson"));
  EXPECT_EQ(slurp(earlier / "run.ndjson"), begun_recording("older"));
  EXPECT_EQ(caravan({"judge", "out-folder/earlier/1"}).code, 3);
}

TEST_F(Folders, AreLeftAloneByARunThatCannotStart) {
  old_run(out());
  const auto before = all_of(out());
  fs::create_directory(folder / "database");
  little_run("");
  const auto run = [this](const std::string& option, const std::string& value,
                          const std::string& place = "out-folder") {
    std::vector<std::string> words = {"run", "little.plan", "--force", "--out", place, option, value};
    if (option != "--node-program")
      words.insert(words.end(), {"--node-program", CARAVAN_BIN_DIR "/fake-node"});
    return caravan(words);
  };
  fs::copy_file(CARAVAN_SOURCE_DIR "/README.md", folder / "foreign.db");
  one_message(run("--database", "sqlite://" + folder.string() + "/none/a.db"), 4, "folder does not exist");
  one_message(run("--database", "sqlite://" + (folder / "database").string()), 4, "is a folder");
  one_message(run("--database", "sqlite://" + (folder / "foreign.db").string()), 4, "not a SQLite database");
  one_message(run("--database", "postgresql://me:open-sesame@/none?host=/nowhere"), 4, "cannot open");
  one_message(run("--node-program", "nowhere"), 4, "nowhere");
  one_message(run("--catalog", "nowhere"), 2, "nowhere");
  one_message(run("--plant", "F99"), 2, "F99");
  EXPECT_EQ(all_of(out()), before);
  one_message(run("--database", "sqlite:///nowhere/a.db", "new"), 4, "nowhere");
  EXPECT_FALSE(fs::exists(folder / "new")) << "nothing is left of it";
}

TEST_F(Folders, WithoutANameAreNeverUsedTwice) {
  const auto words = little_run("");
  const auto run = [&words](const std::string& command, const std::string& what) {
    return std::vector<std::string>{command, what, "--node-program", words.back()};
  };
  EXPECT_THAT(caravan(run("run", "little.plan")).out, HasSubstr("recording: runs/little-seed1\n"));
  const auto before = all_of(folder / "runs");
  EXPECT_THAT(caravan(run("run", "little.plan")).out, HasSubstr("recording: runs/little-seed1-2\n"));
  EXPECT_THAT(caravan(run("replay", "runs/little-seed1")).out,
              HasSubstr("recording: runs/little-seed1-again\n"));
  EXPECT_THAT(caravan(run("replay", "runs/little-seed1")).out,
              HasSubstr("recording: runs/little-seed1-again-2\n"));
  fs::remove_all(folder / "runs" / "little-seed1-2");
  fs::remove_all(folder / "runs" / "little-seed1-again");
  fs::remove_all(folder / "runs" / "little-seed1-again-2");
  EXPECT_EQ(all_of(folder / "runs"), before);
}

TEST_F(Folders, AreOneRunsAloneHoweverTheyAreSpelt) {
  const auto first = standing_run();
  fs::create_symlink("../out-folder", folder / "link");
  ASSERT_EQ(::symlink("out-folder", (folder / "beside-link").c_str()), 0);
  for (const char* name : {"../out-folder", ".././out-folder/", "../out-folder/logs/..", "../beside-link"}) {
    const auto result = beside(run_into(name));
    one_message(result, 2, "another run is using this folder");
    EXPECT_THAT(result.err, HasSubstr("(process " + std::to_string(first) + ")")) << name;
  }
  end_it();
}

TEST_F(Folders, ThatARunIsUsingAreReadWithAWord) {
  const auto first = standing_run();
  const auto before = fs::last_write_time(out());
  for (const char* command : {"judge", "show", "report"}) {
    const auto read = beside({command, "../out-folder"});
    EXPECT_THAT(read.err, HasSubstr("still going (process " + std::to_string(first) + ")")) << command;
    EXPECT_EQ(read.code, std::string(command) == "show" ? 0 : 3);
  }
  EXPECT_EQ(fs::last_write_time(out()), before);
  end_it();
  EXPECT_THAT(caravan({"judge", "out-folder"}).err, testing::Not(HasSubstr("still going")));
}

TEST_F(Folders, OfARunThatWasKilledAsItStartedAreUsedAgain) {
  fs::create_directories(out() / RunFolder::starting_name / "logs");
  spill(out() / RunFolder::starting_name / "plan.txt", little_plan);
  one_message(caravan({"judge", "out-folder"}), 3, "has not begun");
  EXPECT_THAT(caravan(little_run("")).err, testing::Not(HasSubstr("earlier")));
  EXPECT_EQ(seen("end", "outcome"), std::vector<std::string>{"complete"});
  EXPECT_FALSE(fs::exists(out() / RunFolder::starting_name));
}

TEST_F(Folders, KeepLinksAndPipesThatStandInTheirWay) {
  old_run(out());
  fs::remove_all(out() / "logs");
  fs::create_directory(folder / "elsewhere");
  spill(folder / "elsewhere" / "api.1.1.log", "precious");
  fs::create_directory_symlink("../elsewhere", out() / "logs");
  ASSERT_EQ(::mkfifo((out() / "plan.txt").c_str(), 0600), 0);
  fs::remove(out() / "report.json");
  fs::create_symlink("../precious", out() / "report.json");
  spill(folder / "precious", "precious");
  const auto result = caravan(little_run(""));
  EXPECT_EQ(seen("end", "outcome"), std::vector<std::string>{"complete"}) << result.err;
  EXPECT_EQ(slurp(folder / "elsewhere" / "api.1.1.log"), "precious");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "elsewhere"), fs::directory_iterator()), 1);
  EXPECT_EQ(slurp(folder / "precious"), "precious");
  EXPECT_TRUE(fs::is_fifo(out() / "earlier" / "1" / "plan.txt"));
  EXPECT_TRUE(fs::is_symlink(out() / "earlier" / "1" / "logs"));
}

TEST_F(Folders, DatabasesAreOneRunsAloneHoweverTheyAreSpelt) {
  const auto database = "sqlite://" + (folder / "mine.db").string();
  const auto first = standing_run({"--database", database});
  fs::create_symlink("mine.db", folder / "link.db");
  for (const auto& url :
       {database, "sqlite://" + folder.string() + "/./link.db", database + "?busy_timeout=70"}) {
    auto more = run_into("second");
    more.insert(more.end(), {"--force", "--database", url});
    const auto result = beside(more);
    one_message(result, 2, "another run is using this database");
    EXPECT_THAT(result.err, HasSubstr("(process " + std::to_string(first) + ")"));
  }
  EXPECT_FALSE(fs::exists(folder / "beside" / "second"));
  end_it(SIGKILL);
  ::setenv("FAKE_NODE", "", 1);
  auto more = run_into("second");
  more.insert(more.end(), {"--force", "--database", database});
  EXPECT_THAT(beside(more).err, testing::Not(HasSubstr("another run")));
}

TEST_F(Folders, OwnDatabaseIsClaimedToo) {
  standing_run();
  auto more = run_into("second");
  more.insert(more.end(), {"--force", "--database", "sqlite://" + (out() / "sahara.db").string()});
  one_message(beside(more), 2, "another run is using this database");
  end_it();
}

TEST_F(Folders, WhoseDatabaseIsNamedAreRefusedWhereverTheNewRunGoes) {
  old_run(out());
  old_run(folder / "other");
  for (const fs::path& place : {out(), folder / "other"}) {
    spill(place / "sahara.db", "older rows");
    for (const auto& name : {place / "sahara.db", folder / "link"}) {
      if (name.filename() == "link") fs::create_symlink(place / "sahara.db", name);
      auto words = little_run("");
      words.insert(words.end(), {"--force", "--database", "sqlite://" + name.string()});
      one_message(caravan(words), 2, "the database of an earlier run");
    }
    EXPECT_EQ(slurp(place / "sahara.db"), "older rows");
    fs::remove(folder / "link");
  }
}

}  // namespace
}  // namespace caravan::harness
