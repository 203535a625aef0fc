// A snapshot is what one release knows, and nothing that came later.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "objects/base/error.hpp"
#include "objects/loader/loader.hpp"

namespace caravan {
namespace {

// Every string of a document, keys too.
void collect(const Json& json, std::set<std::string>& words) {
  if (json.is_string()) words.insert(json.get<std::string>());
  if (!json.is_structured()) return;
  for (auto it = json.begin(); it != json.end(); ++it) {
    if (json.is_object()) words.insert(it.key());
    collect(*it, words);
  }
}

std::set<std::string> words_of(const std::string& release) {
  std::set<std::string> words;
  collect(to_json(snapshot(sahara_catalog(), release)), words);
  return words;
}

TEST(Snapshot, OfKiloHasNoNameThatLibertyBrought) {
  const std::string text = to_json(snapshot(sahara_catalog(), "kilo")).dump();
  for (const char* name : {"engine_job_id",
                           "is_protected",
                           "is_public",
                           "use_autoconfig",
                           "shares",
                           "data_source_urls",
                           "storage_devices_number",
                           "READYTORUN",
                           "manila",
                           "Storm",
                           "JobInterfaceArgument",
                           "interface\"",
                           "Liberty",
                           "liberty",
                           "Mitaka",
                           "mitaka",
                           "Pike",
                           "verification",
                           "TOBESUSPENDED",
                           "PREP"}) {
    EXPECT_EQ(text.find(name), std::string::npos) << name;
  }
  for (const char* name : {"oozie_job_id", "is_default", "TOBEKILLED", "maprfs", "ClusterEvent", "kilo"}) {
    EXPECT_NE(text.find(name), std::string::npos) << name;
  }
}

// For each release: every field, class, enum value, method, argument and release name that only later ones
// have.
TEST(Snapshot, OfAnyReleaseHasNoNameOfALaterOne) {
  const Catalog& all = sahara_catalog();
  const auto names_of = [&](const Release& release) {
    std::set<std::string> names = {release.name};
    for (const auto& [object, version] : release.manifest) {
      names.insert(object);
      for (const ClassSpec& spec : all.classes) {
        if (spec.name != object || version < spec.version) continue;
        for (const FieldSpec& field : spec.fields) names.insert(field.name);
      }
    }
    for (const auto& [set, values] : release.enums) {
      names.insert(set);
      names.insert(values.begin(), values.end());
    }
    for (const RpcInterface& interface : release.rpc) {
      names.insert(interface.topic);
      for (const RpcMethod& method : interface.methods) {
        names.insert(method.name);
        for (const RpcArg& arg : method.args) names.insert(arg.name);
      }
    }
    return names;
  };
  const std::set<std::string> vocabulary = {"values", "default", "engine", "job_execution", "configs"};
  std::set<std::string> known;  // up to and with the release at hand
  int compared = 0;
  for (std::size_t i = 0; i < all.releases.size(); ++i) {
    for (const std::string& name : names_of(all.releases[i])) known.insert(name);
    const std::set<std::string> words = words_of(all.releases[i].name);
    for (std::size_t later = i + 1; later < all.releases.size(); ++later) {
      for (const std::string& name : names_of(all.releases[later])) {
        if (known.count(name)) continue;
        // Words of the document's own vocabulary, and a path into a field that Icehouse has.
        if (vocabulary.count(name)) continue;
        EXPECT_EQ(words.count(name), 0U)
            << all.releases[i].name << " knows " << name << " of " << all.releases[later].name;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 500);
}

TEST(Snapshot, HasTheClassesUpToTheManifestAndNoOthers) {
  for (const Release& release : sahara_catalog().releases) {
    const Catalog cut = snapshot(sahara_catalog(), release.name);
    ASSERT_EQ(cut.releases.size(), 1U);
    EXPECT_EQ(cut.releases[0].name, release.name);
    EXPECT_EQ(cut.releases[0].index, release.index);
    EXPECT_EQ(cut.histories.size(), release.manifest.size());
    for (const ClassSpec& spec : cut.classes) EXPECT_LE(spec.version, release.manifest.at(spec.name));
    for (const auto& [object, version] : release.manifest) {
      EXPECT_NE(cut.find(object, version), nullptr) << object;
      EXPECT_EQ(cut.history(object)->versions.back().first, version);
      for (const Rule& rule : cut.find(object, version)->compat->rules) EXPECT_LE(rule.below, version);
    }
  }
}

TEST(Snapshot, CallsAFieldByTheNameOfItsTime) {
  const Catalog kilo = snapshot(sahara_catalog(), "kilo"), liberty = snapshot(sahara_catalog(), "liberty");
  const Contract* then = kilo.contract("JobExecution", "oozie_job_id");
  ASSERT_NE(then, nullptr);
  EXPECT_EQ(then->field, "oozie_job_id");
  EXPECT_FALSE(then->was_called);
  EXPECT_EQ(kilo.contract("JobExecution", "engine_job_id"), nullptr);
  const Contract* now = liberty.contract("JobExecution", "oozie_job_id");
  ASSERT_NE(now, nullptr);
  EXPECT_EQ(now->field, "engine_job_id");
}

TEST(Snapshot, DoesNotKnowThatAFieldWillGo) {
  EXPECT_FALSE(snapshot(sahara_catalog(), "juno").contract("JobExecution", "progress")->until);
  EXPECT_EQ(snapshot(sahara_catalog(), "kilo").contract("JobExecution", "progress")->until, Version("1.2"));
}

TEST(Snapshot, KeepsTheStepsOfAValueUpToItsVersion) {
  const Contract liberty = *snapshot(sahara_catalog(), "liberty").contract("JobExecution", "info");
  std::vector<std::string> values;
  for (const auto& seen : liberty.seen_as) values.push_back(seen.value.get<std::string>());
  EXPECT_EQ(values, (std::vector<std::string>{"READYTORUN", "TOBEKILLED", "PENDING"}));
  EXPECT_EQ(liberty.legal.back().since, Version("1.3"));
  EXPECT_TRUE(liberty.legal.back().passes.empty());
  const Contract mitaka = *snapshot(sahara_catalog(), "mitaka").contract("JobExecution", "info");
  EXPECT_EQ(mitaka.legal[3].passes, (std::vector<Json>{"PREP", "PREPSUSPENDED", "SUSPENDED"}));
}

TEST(Snapshot, HasTheTransitionsOfItsRelease) {
  const auto has = [](const std::string& release, const std::string& from, const std::string& to) {
    const Catalog cut = snapshot(sahara_catalog(), release);
    return std::any_of(cut.transitions.begin(), cut.transitions.end(),
                       [&](const Transition& t) { return t.from == from && t.to == to; });
  };
  EXPECT_FALSE(has("kilo", "PENDING", "READYTORUN"));
  EXPECT_TRUE(has("liberty", "PENDING", "READYTORUN"));
  EXPECT_FALSE(has("juno", "RUNNING", "TOBEKILLED"));
  EXPECT_FALSE(has("juno", "TOBEKILLED", "KILLED"));
  EXPECT_TRUE(has("kilo", "RUNNING", "TOBEKILLED"));
  EXPECT_TRUE(has("pike", "*", "Rollback: Spawning"));
  EXPECT_FALSE(has("queens", "*", "Rollback: Spawning"));
  EXPECT_FALSE(has("pike", "*", "Active"));
  EXPECT_TRUE(has("queens", "*", "Active"));
  EXPECT_TRUE(has("2023.2", "Starting", "Active"));
  for (const Transition& t : snapshot(sahara_catalog(), "pike").transitions) {
    EXPECT_EQ(t.who.find("until"), std::string::npos) << t.who;
    EXPECT_TRUE(t.since.empty() && t.until.empty());
  }
}

TEST(Snapshot, HasOnlyConsequencesAmongObjectsThatExist) {
  EXPECT_EQ(snapshot(sahara_catalog(), "icehouse").consequences.size(), 7U);
  EXPECT_EQ(snapshot(sahara_catalog(), "kilo").consequences.size(), 10U);
  EXPECT_EQ(snapshot(sahara_catalog(), "mitaka").consequences.size(), 13U);
}

TEST(Snapshot, OfASnapshotIsItself) {
  for (const Release& release : sahara_catalog().releases) {
    const Catalog once = snapshot(sahara_catalog(), release.name);
    EXPECT_EQ(to_json(snapshot(once, release.name)).dump(), to_json(once).dump()) << release.name;
  }
}

TEST(Snapshot, OfAnUnknownReleaseNamesTheNearest) {
  try {
    snapshot(sahara_catalog(), "kylo");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit(), Exit::bad_request);
    EXPECT_STREQ(error.what(), "unknown release \"kylo\"; did you mean \"kilo\"?");
  }
}

}  // namespace
}  // namespace caravan
