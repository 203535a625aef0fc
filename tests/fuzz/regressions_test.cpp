// Everything that a fuzzer found once (regressions/TARGET/*), and the texts that it starts from.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "objects/base/json_text.hpp"
#include "tests/fuzz/targets.hpp"

namespace caravan::fuzz {
namespace {

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::is_directory(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void holds(Target target, const std::filesystem::path& file) {
  try {
    target(read_text_file(file));
  } catch (const std::exception& error) {
    ADD_FAILURE() << file.string() << ": " << error.what();
  }
}

TEST(Found, EveryInputThatWasFoundIsNowTakenOrRefused) {
  for (const auto& [name, target] : targets) {
    for (const auto& file : files_in(std::filesystem::path(FUZZ_DIR "/regressions") / name))
      holds(target, file);
  }
}

TEST(Shipped, ScenariosAndClassFilesKeepTheTargetsPromises) {
  for (const auto& file : files_in(CARAVAN_SOURCE_DIR "/scenarios")) {
    if (file.extension() == ".yaml") holds(scenario, file);
  }
  for (const auto& file : files_in(CARAVAN_SOURCE_DIR "/objects/sahara")) holds(catalog, file);
}

TEST(Shipped, SeedsKeepTheTargetsPromises) {
  for (const auto& [name, target] : targets) {
    for (const auto& file : files_in(std::filesystem::path(FUZZ_DIR "/seeds") / name)) holds(target, file);
  }
}

}  // namespace
}  // namespace caravan::fuzz
