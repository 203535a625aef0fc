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

// What a room may include, bottom up, so that nothing can run in a circle.
struct Room {
  std::string name;
  std::set<std::string> below;
};
const std::vector<Room> rooms = {
    {"objects/base", {}},
    {"objects/python", {"objects/base"}},
    {"objects/vocabulary", {"objects/base"}},
    {"objects/catalog", {"objects/base", "objects/vocabulary"}},
    {"objects/model", {"objects/base", "objects/python", "objects/catalog"}},
    {"objects/loader", {"objects/base", "objects/catalog", "objects/model", "objects/vocabulary"}},
    {"objects/conversions", {"objects/base", "objects/catalog", "objects/model"}},

    {"nodes/store", {"objects/base", "objects/catalog", "objects/vocabulary"}},
    {"nodes/store/migration", {"objects/base", "objects/catalog", "nodes/store"}},
    {"nodes/store/memory", {"nodes/store", "nodes/store/migration"}},
    {"nodes/store/sql", {"objects/base", "nodes/store", "nodes/store/migration"}},
    {"nodes/core", {"objects/base", "objects/catalog", "objects/model", "objects/vocabulary", "nodes/store"}},
    {"nodes/data",
     {"objects/base", "objects/catalog", "objects/model", "objects/python", "nodes/store", "nodes/core"}},
    {"nodes/sahara", {"objects/model", "nodes/core", "nodes/data"}},
    {"nodes/roles", {"objects/base", "objects/model", "nodes/core", "nodes/data", "nodes/sahara"}},
    {"nodes/process",
     {"objects/base", "objects/loader", "nodes/store", "nodes/store/migration", "nodes/core", "nodes/data"}},

    {"scenarios/format", {"objects/base", "objects/catalog", "objects/vocabulary"}},
    {"scenarios/plan",
     {"objects/base", "objects/catalog", "objects/model", "objects/python", "objects/vocabulary",
      "scenarios/format"}},
    {"scenarios/workload", {"objects/vocabulary", "scenarios/plan"}},
    {"scenarios/planning",
     {"objects/base", "objects/catalog", "objects/vocabulary", "scenarios/format", "scenarios/plan",
      "scenarios/workload"}},

    {"reports/recording", {"objects/base", "objects/vocabulary"}},
    {"reports/facts",
     {"objects/base", "objects/catalog", "objects/loader", "objects/vocabulary", "reports/recording"}},
    {"reports/checks", {"objects/base", "objects/vocabulary", "reports/recording", "reports/facts"}},
    {"reports/formats", {"objects/base", "reports/facts", "reports/checks"}},
    {"reports/lint",
     {"objects/base", "objects/catalog", "objects/conversions", "reports/facts", "reports/formats"}},

    {"harness/output", {"objects/base", "reports/formats"}},
    {"harness/run",
     {"objects/base", "objects/catalog", "objects/model", "objects/vocabulary", "nodes/store",
      "scenarios/format", "scenarios/plan", "reports/recording", "reports/checks", "reports/formats"}},
    {"harness/process",
     {"objects/base", "objects/model", "objects/vocabulary", "nodes/store", "harness/output", "harness/run"}},
    {"harness/defects", {"objects/base", "objects/catalog", "reports/lint"}},
    {"harness/cli",
     {"objects/base", "objects/catalog", "objects/model", "objects/vocabulary", "objects/loader",
      "objects/conversions", "nodes/store", "scenarios/format", "scenarios/planning", "reports/recording",
      "reports/checks", "reports/formats", "reports/lint", "harness/output", "harness/run", "harness/process",
      "harness/defects"}},
};

// What files of these rooms must not reach, over any number of includes.
struct Apart {
  std::string from;
  std::vector<std::string> to;
  std::string why;
};
const std::vector<Apart> apart = {
    {"reports/",
     {"objects/model/", "nodes/", "scenarios/", "harness/"},
     "the judge shares no code with what it judges: contracts are all that it knows of conversions"},
    {"scenarios/", {"nodes/", "reports/", "harness/"}, "a plan does not depend on who carries it out"},
    {"nodes/", {"scenarios/", "reports/", "harness/"}, "a node cannot tell who calls it"},
    {"nodes/store/", {"objects/model/", "nodes/core/", "nodes/data/"}, "a store knows rows, not objects"},
    {"nodes/store/memory/", {"nodes/store/sql/"}, "a database in memory speaks no SQL"},
    {"harness/",
     {"nodes/core/", "nodes/data/", "nodes/sahara/", "nodes/roles/", "nodes/process/"},
     "nodes are processes; only their store is linked, to witness commits"},
    {"harness/run/", {"harness/process/", "harness/cli/"}, "the driver cannot tell which carrier it drives"},
    {"objects/", {"nodes/", "scenarios/", "reports/", "harness/"}, "the object layer is on its own"},
};

std::string room_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

const Room* rule_of(const std::string& room) {
  const auto found =
      std::find_if(rooms.begin(), rooms.end(), [&](const Room& one) { return one.name == room; });
  return found == rooms.end() ? nullptr : &*found;
}

std::set<std::string> reached_from(const std::string& path) {
  static const std::map<std::string, std::vector<std::string>> graph = [] {
    std::map<std::string, std::vector<std::string>> all;
    for (const Source& source : sources()) all[source.path] = source.includes;
    return all;
  }();
  std::set<std::string> reached;
  std::vector<std::string> open = {path};
  while (!open.empty()) {
    const auto found = graph.find(open.back());
    open.pop_back();
    if (found == graph.end()) continue;
    for (const std::string& include : found->second)
      if (graph.count(include) != 0 && reached.insert(include).second) open.push_back(include);
  }
  return reached;
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
    {{"die_at_once", "sigtimedwait", "poll(nullptr"},
     "a node says that it dies or is late, and its carrier does it: it may share its process with others",
     {"objects/base/send_signal.hpp", "objects/base/send_signal.cpp", "nodes/process/main.cpp",
      "nodes/process/runner.cpp"}},
};

}  // namespace

TEST(Layers, ARoomIncludesOnlyTheRoomsThatTheTableNames) {
  std::set<std::pair<std::string, std::string>> used;
  for (const Source& source : sources()) {
    const std::string room = room_of(source.path);
    const auto* const rule = rule_of(room);
    ASSERT_NE(rule, nullptr) << source.path << " is in a room that the table of rooms does not name";
    for (const std::string& include : source.includes) {
      const std::string target = room_of(include);
      if (target == room || rule_of(target) == nullptr) continue;
      used.emplace(room, target);
      EXPECT_EQ(rule->below.count(target), 1U) << source.path << " includes " << include;
    }
  }
  for (const Room& room : rooms)
    for (const std::string& below : room.below)
      EXPECT_EQ(used.count({room.name, below}), 1U)
          << room.name << " does not include " << below << " any more";
}

TEST(Layers, ARoomStandsOnlyOnRoomsAboveItInTheTable) {
  std::set<std::string> known;
  for (const Room& room : rooms) {
    for (const std::string& below : room.below)
      EXPECT_EQ(known.count(below), 1U) << room.name << " on " << below;
    EXPECT_TRUE(known.insert(room.name).second) << room.name;
  }
}

TEST(Layers, WhatMustNotBeReachedIsNotReachedOverOthersEither) {
  for (const Apart& rule : apart) {
    for (const Source& source : sources()) {
      if (!starts_with(source.path, rule.from)) continue;
      for (const std::string& reached : reached_from(source.path))
        for (const std::string& to : rule.to)
          EXPECT_FALSE(starts_with(reached, to)) << source.path << " reaches " << reached << ": " << rule.why;
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

// A class of Sahara in a text of the program, not in a comment.
std::string class_named_in(const std::string& text, const std::vector<std::string>& classes) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::string code = line.substr(0, line.find("//"));
    for (const std::string& name : classes)
      for (const char* after : {"\"", ".", "@", " "})
        if (code.find('"' + name + after) != std::string::npos) return line;
  }
  return {};
}

// What is data about them is in the catalog.
TEST(Layers, SaharasClassesAreNamedInItsCatalogAndByItsNodesOnly) {
  std::vector<std::string> classes;
  for (const auto& entry : fs::directory_iterator(fs::path(CARAVAN_SOURCE_DIR) / "objects/sahara"))
    if (std::isupper(static_cast<unsigned char>(entry.path().filename().string()[0])) != 0)
      classes.push_back(entry.path().stem());
  EXPECT_GT(classes.size(), 10U);
  for (const Source& source : sources()) {
    if (starts_with(source.path, "nodes/sahara/")) continue;
    EXPECT_EQ(class_named_in(source.text, classes), "") << source.path << ": declare it in the catalog";
  }
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

// Which namespace a file opens; the first row that fits its path. Namespaces may lie inside it.
struct Home {
  std::string folder;
  std::string name;
};
const std::vector<Home> namespaces = {
    {"reports/lint/", "caravan::lint"},
    {"reports/", "caravan::reports"},
    {"objects/", "caravan"},  // the vocabulary that everybody shares
    {"scenarios/", "caravan::scenarios"},
    {"harness/", "caravan::harness"},
    {"nodes/", "caravan::nodes"},
};

std::string home_of(const std::string& path) {
  const auto found = std::find_if(namespaces.begin(), namespaces.end(),
                                  [&](const Home& one) { return starts_with(path, one.folder); });
  return found == namespaces.end() ? "none" : found->name;
}

// Whether the namespace is that one or lies inside it, and in no other column's.
bool is_at_home(const std::string& opened, const std::string& home) {
  if (opened == home) return true;
  if (!starts_with(opened, home + "::")) return false;
  return std::none_of(namespaces.begin(), namespaces.end(), [&](const Home& other) {
    return other.name != home && starts_with(other.name, home) &&
           starts_with(opened + "::", other.name + "::");
  });
}

TEST(Layers, AFileOpensTheNamespaceOfItsColumn) {
  const std::string open = "namespace ", brace = " {";
  for (const Source& source : sources()) {
    std::istringstream lines(source.text);
    for (std::string line; std::getline(lines, line);) {
      if (!starts_with(line, open + "caravan") || line.back() != '{') continue;
      const std::string name = line.substr(open.size(), line.size() - open.size() - brace.size());
      EXPECT_TRUE(is_at_home(name, home_of(source.path)))
          << source.path << " opens " << name << ", and its column is " << home_of(source.path);
    }
  }
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
  std::vector<std::ptrdiff_t> lines;
  for (const Source& source : sources()) {
    lines.push_back(std::count(source.text.begin(), source.text.end(), '\n'));
    EXPECT_LE(lines.back(), 450) << source.path;
  }
  std::sort(lines.begin(), lines.end());
  EXPECT_LE(lines[lines.size() / 2], 110);
  EXPECT_LE(lines[lines.size() * 9 / 10], 300);
}

TEST(Layers, EveryFileSaysWhatItIs) {
  for (const Source& source : sources()) {
    if (source.path.size() < 4 || source.path.substr(source.path.size() - 4) != ".hpp") continue;
    EXPECT_TRUE(starts_with(source.text, "//")) << source.path << " has no line on top that says what it is";
  }
}
