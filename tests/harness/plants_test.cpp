// A planted defect changes one thing of what nodes load, and nothing else.
#include "harness/defects/plants.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "objects/base/error.hpp"
#include "objects/loader/loader.hpp"

namespace caravan::harness {
namespace {

using testing::HasSubstr;

std::size_t rules_in(const Catalog& catalog) {
  std::size_t sum = 0;
  for (const auto& one : catalog.classes)
    if (one.compat) sum += one.compat->rules.size();
  return sum;
}

bool in_nodes_catalog(const Plant& plant) { return plant.shows == Plant::Shows::in_both; }

TEST(Plants, ALeakedFieldIsOneRemovalFewerAndIsNamed) {
  const auto clean = snapshot(sahara_catalog(), "liberty");
  auto given = clean;
  const auto done = plant_in(given, find_plant("F01"), sahara_catalog(), "kilo");
  EXPECT_THAT(done, HasSubstr("the step that removes use_autoconfig is gone"));
  EXPECT_EQ(rules_in(given) + 1, rules_in(clean));
  EXPECT_NE(digest(given), digest(clean));
}

TEST(Plants, EachChangesTheNewerReleaseAloneAndCanBeLoaded) {
  for (const auto& plant : plants()) {
    if (!in_nodes_catalog(plant)) continue;
    auto given = snapshot(sahara_catalog(), "liberty");
    const auto before = digest(given);
    EXPECT_NE(plant_in(given, plant, sahara_catalog(), "kilo"), "") << plant.name;
    EXPECT_NE(digest(given), before) << plant.name;
    EXPECT_EQ(digest(load_catalog(to_json(given), plant.name)), digest(given)) << plant.name;

    auto old = snapshot(sahara_catalog(), "kilo");
    const auto old_before = digest(old);
    EXPECT_EQ(plant_in(old, plant, sahara_catalog(), "kilo"), "") << plant.name;
    EXPECT_EQ(digest(old), old_before) << plant.name;
  }
}

TEST(Plants, NoTwoSitInOneFieldWhereThereAreEnough) {
  std::vector<std::string> done;
  for (const char* name : {"F01", "F02", "F03", "F12"})
    done.push_back(plant_in_history(sahara_catalog(), find_plant(name)).done);
  EXPECT_THAT(done[0], HasSubstr("use_autoconfig"));
  EXPECT_THAT(done[1], HasSubstr("shares"));
  EXPECT_THAT(done[2], HasSubstr("is_public"));
  EXPECT_THAT(done[3], HasSubstr("is_protected"));
}

TEST(Plants, AHookOrAnEditOfTheHistoryAloneChangesNoNode) {
  for (const auto& plant : plants()) {
    if (in_nodes_catalog(plant)) continue;
    auto given = snapshot(sahara_catalog(), "liberty");
    const auto before = digest(given);
    EXPECT_EQ(plant_in(given, plant, sahara_catalog(), "kilo"), "") << plant.name;
    EXPECT_EQ(digest(given), before) << plant.name;
  }
}

TEST(Plants, ADefectSaysWhatItBreaksAndWhoMustNameIt) {
  for (const auto& plant : plants()) {
    EXPECT_EQ(plant.is_twin(), plant.name[0] == 'B') << plant.name;
    EXPECT_EQ(*plant.check != '\0', plant.shows != Plant::Shows::in_lint) << plant.name;
    EXPECT_EQ(*plant.finding != '\0', !plant.is_twin() && !plant.hook()) << plant.name;
  }
}

TEST(Plants, AHistoryWithNothingToBreakSaysSo) {
  const auto catalog = load_catalog(Json{{"classes", Json::array()}}, "empty");
  EXPECT_THROW(plant_in_history(catalog, find_plant("F01")), Error);
}

TEST(Plants, AnUnknownOneIsRefused) { EXPECT_THROW(find_plant("F99"), Error); }

}  // namespace
}  // namespace caravan::harness
