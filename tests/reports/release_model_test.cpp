// What the judge knows of releases is what the header of the recording says.
#include "reports/facts/release_model.hpp"

#include <gtest/gtest.h>

#include "objects/loader/loader.hpp"

namespace caravan::reports {
namespace {

/// A header as it was before life cycles and the like stood in the catalog.
Json old_header(const std::string& project) {
  Json catalog = to_json(snapshot(sahara_catalog(), "kilo"));
  catalog["base"]["project_namespace"] = project;
  for (Json& history : catalog["histories"]) history.erase("conduct");
  return {{"releases", {{"kilo", {{"catalog", catalog}}}}}};
}

TEST(ReleaseModel, CompletesWhatOldRecordingsOfSaharaDoNotSay) {
  const ReleaseModel releases(old_header("sahara"));
  ASSERT_NE(releases.life("JobExecution"), nullptr);
  EXPECT_TRUE(releases.life("JobExecution")->rests_in("KILLED"));
  EXPECT_TRUE(releases.object("Instance")->conduct().works_on("*"));
}

TEST(ReleaseModel, GuessesNothingOfOtherProjects) {
  const ReleaseModel releases(old_header("nova"));
  EXPECT_EQ(releases.life("JobExecution"), nullptr);
}

}  // namespace
}  // namespace caravan::reports
