// A file with test cases is called for them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace {

namespace fs = std::filesystem;

bool has_cases(const fs::path& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    for (const char* macro : {"TEST(", "TEST_F(", "TEST_P(", "RC_GTEST_"})
      if (line.rfind(macro, 0) == 0) return true;
  return false;
}

TEST(TestFiles, EndInTest) {
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(CARAVAN_SOURCE_DIR) / "tests")) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string name = entry.path().stem().string();
    const bool called_so = name.size() > 5 && name.compare(name.size() - 5, 5, "_test") == 0;
    EXPECT_EQ(called_so, has_cases(entry.path())) << entry.path();
    files += called_so ? 1 : 0;
  }
  EXPECT_GE(files, 100);
}

}  // namespace
