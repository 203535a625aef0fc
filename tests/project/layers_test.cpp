// Reads the source tree and fails on any arrow that docs/design.md does not draw.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Source {
  std::string path;    // from the root: "nodes/store/schema.cpp"
  std::string folder;  // "nodes"
  std::string text;
  std::vector<std::string> includes;
};

const std::vector<std::string> folders = {"objects", "nodes", "scenarios", "reports", "harness"};

std::string slurp(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What stands between the quotes or brackets of each #include. (std::regex took half a second for the tree.)
std::vector<std::string> includes_of(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word, file;
    if (!(words >> word) || word != "#include" || !(words >> file) || file.size() < 3) continue;
    found.push_back(file.substr(1, file.find_first_of("\">", 1) - 1));
  }
  return found;
}

// The tree, read once for all cases.
const std::vector<Source>& sources() {
  static const std::vector<Source> all = [] {
    std::vector<Source> found;
    const fs::path root = CARAVAN_SOURCE_DIR;
    for (const std::string& folder : folders) {
      for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
        const std::string extension = entry.path().extension();
        if (extension != ".cpp" && extension != ".hpp") continue;
        const std::string text = slurp(entry.path());
        found.push_back({fs::relative(entry.path(), root), folder, text, includes_of(text)});
      }
    }
    std::sort(found.begin(), found.end(), [](const Source& a, const Source& b) { return a.path < b.path; });
    return found;
  }();
  return all;
}

bool starts_with(const std::string& text, const std::string& start) { return text.rfind(start, 0) == 0; }

std::vector<std::string> files_including(const std::string& header) {
  std::vector<std::string> files;
  for (const Source& source : sources()) {
    const auto& all = source.includes;
    if (std::any_of(all.begin(), all.end(),
                    [&](const std::string& one) { return starts_with(one, header); })) {
      files.push_back(source.path);
    }
  }
  return files;
}

// Whether the text has this word, and not as the end of a longer one.
bool has_word(const std::string& text, const std::string& word) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const bool longer =
        at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0 || text[at - 1] == '_');
    if (!longer) return true;
  }
  return false;
}

// Words that let time, chance or addresses into the logic, and where they are at home.
struct Banned {
  std::vector<std::string> words;
  std::string why;
  std::set<std::string> home;
};
const std::vector<Banned> banned = {
    {{"sleep_for", "sleep_until", "usleep(", "nanosleep("},
     "nobody sleeps to settle: wait for the thing",
     {}},
    {{"uniform_int_distribution", "uniform_real_distribution", "normal_distribution",
      "bernoulli_distribution", "std::shuffle", "random_device", "mt19937"},
     "own generator only: the same seed must give the same run on every machine",
     {}},
    {{"system_clock::now", "steady_clock::now", "std::time(", "gettimeofday", "clock_gettime"},
     "time is given, not asked for",
     {"nodes/process/runner.cpp", "harness/process/process_carrier.cpp",
      "harness/cli/run.cpp"}},  // the last one dates the header
    {{"unordered_map", "unordered_set"}, "iteration order would differ between runs", {}},
    {{"std::thread", "std::jthread", "std::async", "pthread_create"}, "one loop, no threads", {}},
    {{"rand()", "srand("}, "own generator only", {}},
    {{"::kill(", "kill(pid", "kill(-pid", "kill(getpid", "kill(::getpid", "killpg(", "::raise(", "raise(SIG",
      "pidfd_send_signal(", "SYS_kill", "SYS_tgkill", "SYS_pidfd_send_signal", "sigqueue("},
     "a signal to a pid that nobody assigned hits everybody: objects/base/send_signal.hpp sends them all",
     {"objects/base/send_signal.cpp"}},
};

}  // namespace

TEST(Layers, IncludesRunDownwardsOnly) {
  const std::map<std::string, std::set<std::string>> below = {
      {"objects", {"objects"}},
      {"nodes", {"nodes", "objects"}},
      {"scenarios", {"scenarios", "objects"}},
      {"reports", {"reports", "objects"}},
      {"harness", {"harness", "scenarios", "reports", "nodes", "objects"}},
  };
  for (const Source& source : sources()) {
    for (const std::string& include : source.includes) {
      const std::string target = include.substr(0, include.find('/'));
      if (std::find(folders.begin(), folders.end(), target) == folders.end()) continue;
      EXPECT_TRUE(below.at(source.folder).count(target) != 0) << source.path << " includes " << include;
      if (starts_with(source.path, "nodes/store/")) {
        EXPECT_TRUE(starts_with(include, "nodes/store/") || target == "objects")
            << source.path << " includes " << include;
      }
      if (source.folder == "harness" && target == "nodes") {
        EXPECT_TRUE(starts_with(include, "nodes/store/"))
            << source.path << ": nodes are processes, only their store is linked";
      }
    }
  }
}

TEST(Layers, TheJudgeSharesNoConversionCodeWithTheNodes) {
  for (const Source& source : sources()) {
    if (source.folder != "reports") continue;
    for (const char* header : {"objects/model/object.hpp", "objects/model/registry.hpp", "objects/class.hpp",
                               "objects/compat.hpp"}) {
      EXPECT_EQ(std::count(source.includes.begin(), source.includes.end(), header), 0)
          << source.path << " includes " << header;
    }
  }
}

TEST(Layers, ZeroMqIsInOneFileOfTheNodesAndOneOfTheHarness) {
  const auto files = files_including("zmq.hpp");
  ASSERT_EQ(files.size(), 2U) << ::testing::PrintToString(files);
  EXPECT_TRUE(starts_with(files[0], "harness/"));
  EXPECT_TRUE(starts_with(files[1], "nodes/"));
}

TEST(Layers, BoostProcessIsInOneFile) { EXPECT_EQ(files_including("boost/process").size(), 1U); }

TEST(Layers, SqlIsInTheStoreOnly) {
  for (const std::string& file : files_including("soci"))
    EXPECT_TRUE(starts_with(file, "nodes/store/")) << file;
  for (const std::string& file : files_including("sqlite3.h"))
    EXPECT_TRUE(starts_with(file, "nodes/store/")) << file;
}

TEST(Layers, NothingBelowTheCarrierKnowsTimeChanceOrThreads) {
  for (const Banned& rule : banned) {
    for (const Source& source : sources()) {
      if (rule.home.count(source.path) != 0) continue;
      for (const std::string& word : rule.words)
        EXPECT_FALSE(has_word(source.text, word)) << source.path << ": " << word << ": " << rule.why;
    }
  }
}

// The namespaces that are open there, as they are written: "caravan::step".
std::string namespace_at(const std::string& text, std::size_t position) {
  static const std::regex mark(R"re((?:^|\n)(\}  // )?namespace ([\w:]+)( \{)?\n)re");
  std::vector<std::string> open;
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(position);
  for (std::sregex_iterator it(text.begin(), end, mark), none; it != none; ++it) {
    if ((*it)[3].matched)
      open.push_back((*it)[2]);
    else if (!open.empty())
      open.pop_back();
  }
  std::string name;
  for (const std::string& one : open) name += one + "::";
  return name;
}

// Two classes of one name in two folders link without a word and crash.
TEST(Layers, EveryClassOfAHeaderHasANameOfItsOwn) {
  static const std::regex definition(
      R"re((?:^|\n)(?:class|struct) (?:\[\[nodiscard\]\] )?(\w+)(?: final)?(?: : [^;{\n]*)? \{)re");
  std::map<std::string, std::string> homes;
  for (const Source& source : sources()) {
    if (source.path.substr(source.path.size() - 4) != ".hpp") continue;
    for (std::sregex_iterator it(source.text.begin(), source.text.end(), definition), end; it != end; ++it) {
      const std::string name =
          namespace_at(source.text, static_cast<std::size_t>(it->position())) + (*it)[1].str();
      const auto [home, fresh] = homes.emplace(name, source.path);
      EXPECT_TRUE(fresh || home->second == source.path)
          << name << " is in " << home->second << " and in " << source.path;
    }
  }
  EXPECT_GT(homes.size(), 50U);
}

// Within nodes/, and why.
TEST(Layers, RoomsOfTheNodesLookOneWay) {
  struct Rule {
    const char *room, *closed, *why;
  };
  const std::vector<Rule> rules = {
      {"nodes/core/", "nodes/data/", "who sends and waits need not know how rows are reached"},
      {"nodes/core/", "nodes/sahara/", "what all projects share is not Sahara's"},
      {"nodes/core/", "nodes/roles/", "roles stand on it"},
      {"nodes/data/", "nodes/sahara/", "what all projects share is not Sahara's"},
      {"nodes/data/", "nodes/roles/", "roles stand on it"},
      {"nodes/sahara/", "nodes/roles/",
       "a project fills in what the roles leave open, and knows none of them"},
  };
  for (const Rule& rule : rules)
    for (const Source& source : sources())
      for (const std::string& include : source.includes)
        EXPECT_FALSE(starts_with(source.path, rule.room) && starts_with(include, rule.closed))
            << source.path << " includes " << include << ": " << rule.why;
}

// A second project is a catalog and a folder.
TEST(Layers, NodesNameNoClassOfSaharaOutsideItsFolder) {
  std::vector<std::string> classes;
  for (const auto& entry : fs::directory_iterator(fs::path(CARAVAN_SOURCE_DIR) / "objects/sahara")) {
    const std::string name = entry.path().stem();
    if (std::isupper(static_cast<unsigned char>(name.front())) != 0) classes.push_back(name);
  }
  ASSERT_GT(classes.size(), 10U);
  for (const Source& source : sources()) {
    if (source.folder != "nodes" || starts_with(source.path, "nodes/sahara/")) continue;
    for (const std::string& name : classes)
      EXPECT_EQ(source.text.find('"' + name + '"'), std::string::npos) << source.path << " names " << name;
  }
}

TEST(Layers, FilesFitInTheHead) {
  for (const Source& source : sources()) {
    EXPECT_LE(std::count(source.text.begin(), source.text.end(), '\n'), 600) << source.path;
  }
}

TEST(Layers, EveryFileSaysWhatItIs) {
  for (const Source& source : sources()) {
    if (source.path.size() < 4 || source.path.substr(source.path.size() - 4) != ".hpp") continue;
    EXPECT_TRUE(starts_with(source.text, "//")) << source.path << " has no line on top that says what it is";
  }
}
