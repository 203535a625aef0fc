// The commands that README and docs name can be typed as they stand there: commands, options, scenarios,
// plants, checks and files exist.
#include <regex>

#include "tests/cli/golden.hpp"

namespace caravan::harness {
namespace {

struct Said {
  std::string place, line;
};

std::vector<fs::path> documents() {
  std::vector<fs::path> out = {CARAVAN_SOURCE_DIR "/README.md", CARAVAN_SOURCE_DIR "/CONTRIBUTING.md"};
  for (const auto& entry : fs::directory_iterator(CARAVAN_SOURCE_DIR "/docs"))
    if (entry.path().extension() == ".md") out.push_back(entry.path());
  return out;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream text(line);
  return {std::istream_iterator<std::string>(text), {}};
}

/// Lines of ```sh blocks without their comments; commands in running text.
void read(const fs::path& document, std::vector<Said>& lines, std::vector<Said>& inline_commands) {
  std::ifstream file(document);
  std::string line, fence;
  const std::regex command("`(caravan [^`]+)`");
  for (int number = 1; std::getline(file, line); ++number) {
    const auto place = document.filename().string() + ":" + std::to_string(number);
    if (line.rfind("```", 0) == 0) {
      fence = fence.empty() ? line + " " : "";
    } else if (fence == "```sh ") {
      lines.push_back({place, line.substr(0, line.find(" # "))});
    } else if (fence.empty()) {
      for (std::sregex_iterator at(line.begin(), line.end(), command), end; at != end; ++at)
        inline_commands.push_back({place, (*at)[1]});
    }
  }
}

class DocsCommands : public GoldenTest {
 protected:
  void SetUp() override {
    GoldenTest::SetUp();
    // What a reader has who stands in the project's folder.
    for (const char* name : {"objects", "docs", "tests"})
      fs::create_directory_symlink(fs::path(CARAVAN_SOURCE_DIR) / name, folder / name);
    ::setenv("PATH", (std::string(CARAVAN_BIN_DIR) + ":" + std::getenv("PATH")).c_str(), 1);
    for (const auto& document : documents()) read(document, lines_, inline_);
  }

  int shell(const std::string& line) const {
    const auto command = "cd '" + folder.string() + "' && (" + line + ") >out 2>err </dev/null";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
  }

  /// What the run would leave, from fake nodes; the planning is real.
  void instead_of_a_run(const Said& said) const {
    std::string plan = "caravan plan";
    const auto words = words_of(said.line);
    for (std::size_t i = 2; i < words.size(); ++i) {
      if (words[i] == "--plant") {
        EXPECT_EQ(shell("caravan explain " + words[++i]), 0) << said.place << slurp(folder / "err");
      } else if (words[i] == "--out") {
        const auto run = little_run("", R"(3 group : clients at work
  - s4 api.1 list Cluster - load
4 stop node=api.1
5 stop node=conductor.1
)");
        caravan(run);
        fs::create_directories((folder / words[++i]).parent_path());
        fs::rename(folder / "out-folder", folder / words[i]);
      } else {
        plan += " " + words[i];
      }
    }
    EXPECT_EQ(shell(plan), 0) << said.place << ": " << said.line << "\n" << slurp(folder / "err");
  }

  std::vector<Said> lines_, inline_;
};

TEST_F(DocsCommands, CanBeTypedAsTheyStand) {
  int commands = 0;
  for (const auto& said : lines_) {
    const auto words = words_of(said.line);
    if (words.size() < 2 || said.line.find("caravan ") == std::string::npos) {
      if (!words.empty() && words[0] == "cp") {
        EXPECT_EQ(shell(said.line), 0) << said.place << ": " << said.line << slurp(folder / "err");
      }
      continue;
    }
    ++commands;
    if (words[1] == "run") {
      instead_of_a_run(said);
    } else if (words[1] == "replay") {
      EXPECT_TRUE(fs::exists(folder / words[2] / "plan.txt")) << said.place << ": " << said.line;
    } else {
      EXPECT_THAT(shell(said.line), testing::AnyOf(0, 1, 3)) << said.place << ": " << said.line << "\n"
                                                             << slurp(folder / "err");
    }
  }
  EXPECT_GT(commands, 15);
}

TEST_F(DocsCommands, StandBesideLinksAndPathsThatLeadToFiles) {
  const std::regex link(R"(\]\(([^)#\s:]+)[^)]*\))"),
      path(
          R"(`((docs|tests|harness|reports|scenarios|nodes|objects|bench)/[\w./-]*\.(cpp|hpp|md|yaml|py))`)");
  for (const auto& document : documents()) {
    std::istringstream text(slurp(document));
    std::string line;
    for (int number = 1; std::getline(text, line); ++number) {
      const auto there = [&](const std::regex& what, const fs::path& from) {
        for (std::sregex_iterator at(line.begin(), line.end(), what), end; at != end; ++at)
          EXPECT_TRUE(fs::exists(from / (*at)[1].str()))
              << document.filename() << ":" << number << ": " << (*at)[1];
      };
      there(link, document.parent_path());
      there(path, CARAVAN_SOURCE_DIR);
    }
  }
}

TEST_F(DocsCommands, InRunningTextHaveOptionsThatThereAre) {
  for (const auto& said : inline_) {
    const auto words = words_of(said.line);
    std::string command = words.at(1);
    if (command == "objects" && words.size() > 2) command += " " + words[2];
    ASSERT_EQ(shell("caravan " + command + " --help"), 0) << said.place << ": " << said.line;
    const auto help = slurp(folder / "out");
    for (const auto& word : words)
      if (word.rfind("--", 0) == 0) {
        EXPECT_THAT(help, HasSubstr(word)) << said.place << ": " << said.line;
      }
  }
}

}  // namespace
}  // namespace caravan::harness
