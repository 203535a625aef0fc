// A catalog written and read again is the same; its digest depends on what it says and on nothing else.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "objects/base/json_text.hpp"
#include "objects/loader/loader.hpp"

namespace caravan {
namespace {

TEST(Documents, OfTheSaharaCatalogAndItsSnapshotsReadBackAsWritten) {
  const Json whole = to_json(sahara_catalog());
  EXPECT_EQ(to_json(load_catalog(whole, "whole")).dump(), whole.dump());
  for (const Release& release : sahara_catalog().releases) {
    const std::string text = to_json(snapshot(sahara_catalog(), release.name)).dump(1);
    EXPECT_EQ(to_json(load_catalog_text(text, release.name)).dump(1), text);
  }
}

TEST(Documents, SnapshottedAfterReadingBackAreTheSameSnapshots) {
  const Catalog read = load_catalog(to_json(sahara_catalog()), "whole");
  for (const Release& release : read.releases) {
    EXPECT_EQ(digest(snapshot(read, release.name)), digest(snapshot(sahara_catalog(), release.name)));
  }
}

TEST(Documents, InTheFolderAreTheOnesCompiledIn) {
  const Catalog folder = load_catalog_folder(CARAVAN_SOURCE_DIR "/objects/sahara");
  EXPECT_EQ(to_json(folder).dump(), to_json(sahara_catalog()).dump());
}

TEST(Documents, OfTheVectorsAllLoadAndReadBackAsWritten) {
  int catalogs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CARAVAN_SOURCE_DIR "/tests/vectors")) {
    if (entry.path().extension() != ".json") continue;
    const std::string where = entry.path().filename().string();
    const Json file = parse_json_strict(read_text_file(entry.path()), where);
    if (!file.contains("catalogs")) continue;
    for (auto it = file["catalogs"].begin(); it != file["catalogs"].end(); ++it) {
      const Catalog catalog = load_catalog(it.value(), where + "#" + it.key());
      EXPECT_EQ(catalog.classes.size(), it.value()["classes"].size());
      const Json written = to_json(catalog);
      EXPECT_EQ(to_json(load_catalog(written, "again")).dump(), written.dump()) << where << "#" << it.key();
      ++catalogs;
    }
  }
  EXPECT_GE(catalogs, 77);
}

// The vectors' members, compared one by one with what was read: nothing is dropped on the way.
TEST(Documents, OfTheVectorsLoseNoMemberOfAClass) {
  const auto path = CARAVAN_SOURCE_DIR "/tests/vectors/backport.json";
  const Json file = parse_json_strict(read_text_file(path), path);
  for (auto it = file["catalogs"].begin(); it != file["catalogs"].end(); ++it) {
    const Json written = to_json(load_catalog(it.value(), it.key()));
    ASSERT_EQ(written["classes"].size(), it.value()["classes"].size());
    for (std::size_t i = 0; i < written["classes"].size(); ++i) {
      Json before = it.value()["classes"][i], after = written["classes"][i];
      for (auto member = before.begin(); member != before.end(); ++member) {
        if (member.value().is_null() || (member.value().is_structured() && member.value().empty())) continue;
        ASSERT_TRUE(after.contains(member.key())) << it.key() << " " << member.key();
      }
      const auto rules = [](const Json& spec) {
        return spec.contains("compat") ? Json(spec["compat"].value("rules", Json::array())) : Json();
      };
      EXPECT_EQ(rules(after), rules(before));
      ASSERT_EQ(before["fields"].size(), after.value("fields", Json::array()).size());
      for (std::size_t f = 0; f < before["fields"].size(); ++f) {
        for (auto member = before["fields"][f].begin(); member != before["fields"][f].end(); ++member) {
          if (member.value() == false || member.key() == "tzinfo_aware" || member.key() == "element")
            continue;
          EXPECT_EQ(after["fields"][f].value(member.key(), Json()), member.value())
              << it.key() << " " << member.key();
        }
      }
    }
  }
}

TEST(Digest, IsSixteenHexDigitsAndTheSameEachTime) {
  const std::string once = digest(sahara_catalog());
  EXPECT_EQ(once.size(), 16U);
  EXPECT_EQ(once.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(digest(sahara_catalog()), once);
  Catalog copy = sahara_catalog();
  EXPECT_EQ(digest(copy), once);
}

TEST(Digest, OfAnEmptyCatalogIsSha256OfItsText) {
  // printf '%s' TEXT | sha256sum
  EXPECT_EQ(
      to_json(Catalog{}).dump(),
      R"({"format":"caravan-catalog/1","base":{"name":"VersionedObject","serial_namespace":"versioned_object",)"
      R"("project_namespace":"versionedobjects"},"classes":[]})");
  EXPECT_EQ(digest(Catalog{}), "69f0a061ed180c2e");
}

TEST(Digest, ChangesWithEverythingACatalogSays) {
  const std::string before = digest(sahara_catalog());
  const auto changed = [&](auto change) {
    Catalog copy = sahara_catalog();
    change(copy);
    return digest(copy) != before;
  };
  EXPECT_TRUE(changed([](Catalog& c) { c.classes.back().fields.back().nullable = false; }));
  EXPECT_TRUE(changed([](Catalog& c) { c.classes[6].compat->rules.pop_back(); }));
  EXPECT_TRUE(changed([](Catalog& c) { c.histories[0].contracts[1].note = "x"; }));
  EXPECT_TRUE(changed([](Catalog& c) { c.histories[0].refusals[0].acts.push_back("run"); }));
  EXPECT_TRUE(changed([](Catalog& c) { c.releases[3].rpc[0].methods[0].args.clear(); }));
  EXPECT_TRUE(changed([](Catalog& c) { c.transitions.pop_back(); }));
  EXPECT_TRUE(changed([](Catalog& c) { c.consequences.pop_back(); }));
}

}  // namespace
}  // namespace caravan
