// What is there twice on purpose says so: "Independent of PATH on purpose." The judge recomputes what nodes
// do.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace {

namespace fs = std::filesystem;

TEST(SecondCopies, NameTheFirst) {
  const fs::path root = CARAVAN_SOURCE_DIR;
  const std::string begin = "// Independent of ", end = " on purpose.";
  int copies = 0;
  for (const char* folder : {"objects", "nodes", "scenarios", "reports", "harness"})
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) {
        if (line.rfind(begin, 0) != 0) continue;
        ++copies;
        const auto stop = line.find(end);
        ASSERT_NE(stop, std::string::npos) << entry.path() << ": " << line;
        const auto first = line.substr(begin.size(), stop - begin.size());
        EXPECT_TRUE(fs::is_regular_file(root / first)) << entry.path() << " names " << first;
        EXPECT_NE(first.substr(0, first.find('/')), folder) << entry.path() << ": a copy in its own folder";
      }
    }
  EXPECT_GE(copies, 10) << "the judge's copies are marked";
}

}  // namespace
