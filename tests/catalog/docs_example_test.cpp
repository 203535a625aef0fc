// The worked example of docs/objects.md is what the page says it is.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "objects/base/json_text.hpp"
#include "objects/loader/loader.hpp"

namespace caravan {
namespace {

TEST(DocsExample, LoadsAndCutsAsThePageSays) {
  const std::string page = read_text_file(CARAVAN_SOURCE_DIR "/docs/objects.md");
  const auto folder =
      std::filesystem::temp_directory_path() / ("caravan-docs-example-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::size_t at = 0;
  for (const char* name : {"releases.json", "Shelf.json"}) {
    const std::string fence = "```json\n";
    at = page.find(fence, at);
    ASSERT_NE(at, std::string::npos);
    const std::size_t end = page.find("```", at + fence.size());
    std::ofstream(folder / name) << page.substr(at + fence.size(), end - at - fence.size());
    at = end + 3;
  }
  const Catalog catalog = load_catalog_folder(folder);
  std::filesystem::remove_all(folder);

  ASSERT_EQ(catalog.classes.size(), 2U);
  EXPECT_EQ(catalog.classes[0].fields.size(), 7U);
  EXPECT_EQ(catalog.classes[1].fields.size(), 8U);
  EXPECT_TRUE(catalog.classes[0].compat->rules.empty());
  EXPECT_EQ(catalog.classes[1].compat->rules.size(), 5U);

  const Catalog oak = snapshot(catalog, "oak");
  ASSERT_EQ(oak.classes.size(), 1U);
  const std::string text = to_json(oak).dump();
  for (const char* later : {"width", "steel", "vendor", "force", "pine", "LENT"}) {
    EXPECT_EQ(text.find(later), std::string::npos) << later;
  }
  EXPECT_NE(oak.contract("Shelf", "maker"), nullptr);
  EXPECT_EQ(oak.release("oak")->rpc.at(0).methods.at(0).args.size(), 1U);
}

}  // namespace
}  // namespace caravan
