// A planted defect changes one rule of what nodes load, and nothing else.
#include "harness/plants.hpp"

#include <gtest/gtest.h>

#include "objects/catalog_loader.hpp"
#include "objects/error.hpp"

namespace caravan {
namespace {

std::size_t rules_in(const Catalog& catalog) {
  std::size_t sum = 0;
  for (const auto& one : catalog.classes)
    if (one.compat) sum += one.compat->rules.size();
  return sum;
}

TEST(Plants, ALeakedFieldIsOneRemovalFewerAndIsNamed) {
  const auto clean = snapshot(sahara_catalog(), "liberty");
  auto given = clean;
  const auto done = plant_in(given, find_plant("F01"), sahara_catalog(), "kilo");
  EXPECT_NE(done.find("Cluster 1.3 keeps "), std::string::npos) << done;
  EXPECT_EQ(rules_in(given) + 1, rules_in(clean));
  EXPECT_NE(digest(given), digest(clean));
}

TEST(Plants, TheOldReleaseIsLeftAlone) {
  auto given = snapshot(sahara_catalog(), "kilo");
  const auto before = digest(given);
  EXPECT_EQ(plant_in(given, find_plant("F01"), sahara_catalog(), "kilo"), "");
  EXPECT_EQ(digest(given), before);
}

TEST(Plants, AHookChangesNoRule) {
  for (const auto& plant : plants()) {
    if (!plant.hook) continue;
    auto given = snapshot(sahara_catalog(), "liberty");
    const auto before = digest(given);
    plant_in(given, plant, sahara_catalog(), "kilo");
    EXPECT_EQ(digest(given), before) << plant.name;
  }
}

TEST(Plants, AnUnknownOneIsRefused) { EXPECT_THROW(find_plant("F99"), Error); }

}  // namespace
}  // namespace caravan
