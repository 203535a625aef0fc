// The catalog's classes, columns and releases equal the history page, field by field.
#include <gtest/gtest.h>

#include "objects/loader/loader.hpp"
#include "tests/catalog/history.hpp"

namespace caravan {
namespace {

using namespace history_page;

const std::map<std::string, std::string> type_of_kind = {
    {"String", "String"},        {"Text", "String"},        {"LongText", "String"},   {"Integer", "Integer"},
    {"SmallInteger", "Integer"}, {"BigInteger", "Integer"}, {"Boolean", "Boolean"},   {"Float", "Float"},
    {"DateTime", "DateTime"},    {"Json", "Json"},          {"LargeBinary", "String"}};

const ClassSpec& spec_of(const std::string& name, const Json& version) {
  const ClassSpec* spec = sahara_catalog().find(name, Version(version["version"].get<std::string>()));
  if (spec == nullptr)
    throw std::runtime_error("no class " + name + " " + version["version"].get<std::string>());
  return *spec;
}

const FieldSpec& field_of(const ClassSpec& spec, const std::string& name) {
  for (const FieldSpec& field : spec.fields) {
    if (field.name == name) return field;
  }
  throw std::runtime_error("no field " + spec.name + "." + name);
}

std::vector<std::string> children_of(const std::string& name, const Json& version) {
  std::vector<std::string> result;
  const Json& all = page()["manifest"]["children"];
  for (const Json& relationship : version["relationships"]) {
    const auto child = relationship["name"].get<std::string>();
    if (all.contains(name) && all[name].contains(child)) result.push_back(child);
  }
  return result;
}

TEST(SaharaFields, AreThoseOfTheHistoryInItsOrderAndChildListsAfterThem) {
  int compared = 0;
  each_version([&](const std::string& name, const Json& version) {
    std::vector<std::string> expected, actual;
    for (const Json& field : version["fields"]) expected.push_back(field["name"].get<std::string>());
    for (const std::string& child : children_of(name, version)) expected.push_back(child);
    for (const FieldSpec& field : spec_of(name, version).fields) actual.push_back(field.name);
    EXPECT_EQ(actual, expected) << name << " " << version["version"];
    compared += static_cast<int>(expected.size());
  });
  EXPECT_GT(compared, 1000);
}

TEST(SaharaFields, HaveTheColumnsOfTheHistory) {
  each_version([&](const std::string& name, const Json& version) {
    const ClassSpec& spec = spec_of(name, version);
    for (const Json& expected : version["fields"]) {
      const FieldSpec& field = field_of(spec, expected["name"].get<std::string>());
      SCOPED_TRACE(name + " " + spec.version.text() + " " + field.name);
      ASSERT_TRUE(field.column);
      EXPECT_EQ(field.column->sql, expected["sql"].get<std::string>());
      EXPECT_EQ(field.column->nullable, expected["nullable"].get<bool>());
      EXPECT_EQ(field.nullable, expected["nullable"].get<bool>());
      EXPECT_EQ(field.column->primary_key, expected.value("primary_key", false));
      EXPECT_EQ(field.column->length.value_or(-1), expected.value("length", -1));
      EXPECT_EQ(field.column->json, expected.value("json", std::string()));
      EXPECT_EQ(field.deferred, expected.value("deferred", false));
      EXPECT_EQ(field.column->references.has_value(), expected.contains("references"));
      if (field.column->references && expected.contains("references")) {
        EXPECT_EQ(field.column->references->first, expected["references"]["table"].get<std::string>());
        EXPECT_EQ(field.column->references->second, expected["references"]["column"].get<std::string>());
      }
      EXPECT_FALSE(field.default_value) << "OVO defaults are not Sahara's";
      EXPECT_FALSE(field.read_only);
    }
  });
}

TEST(SaharaFields, AreOfTheTypeOfTheirKindAndClosedSetsAreEnums) {
  each_version([&](const std::string& name, const Json& version) {
    const ClassSpec& spec = spec_of(name, version);
    for (const Json& expected : version["fields"]) {
      const auto field_name = expected["name"].get<std::string>();
      const FieldSpec& field = field_of(spec, field_name);
      SCOPED_TRACE(name + " " + spec.version.text() + " " + field_name);
      if (version["enums"].contains(field_name)) {
        EXPECT_EQ(field.type.name, "Enum");
        EXPECT_EQ(field.type.values, version["enums"][field_name]);
      } else {
        EXPECT_EQ(field.type.name, type_of_kind.at(expected["kind"].get<std::string>()));
      }
    }
  });
}

TEST(SaharaFields, AreFilledByACreateWithTheConductorsDefaultElseTheColumns) {
  each_version([&](const std::string& name, const Json& version) {
    for (const Json& expected : version["fields"]) {
      const FieldSpec& field = field_of(spec_of(name, version), expected["name"].get<std::string>());
      std::optional<Json> value;
      if (expected.contains("default") && !expected["default"].is_object()) value = expected["default"];
      if (expected.contains("conductor_default")) value = expected["conductor_default"];
      EXPECT_EQ(field.create_default, value) << name << " " << version["version"] << " " << field.name;
    }
  });
}

TEST(SaharaFields, ThatAreListsNameTheirClassAndTheColumnThatPointsBack) {
  const Catalog& catalog = sahara_catalog();
  each_version([&](const std::string& name, const Json& version) {
    const ClassSpec& spec = spec_of(name, version);
    const ClassHistory& history = *catalog.history(name);
    for (const Json& relationship : version["relationships"]) {
      const auto child = relationship["name"].get<std::string>();
      if (!history.children.count(child)) {
        EXPECT_EQ(relationship["kind"], "many_to_one") << name << "." << child;
        continue;
      }
      SCOPED_TRACE(name + " " + spec.version.text() + " " + child);
      const FieldSpec& field = field_of(spec, child);
      EXPECT_EQ(field.type.name, "ListOfObjects");
      EXPECT_EQ(field.type.object, relationship["target"].get<std::string>());
      EXPECT_FALSE(field.nullable);
      EXPECT_FALSE(field.column);
      const std::string key = history.child_key.at(child);
      if (relationship["kind"] == "many_to_many") {
        const Json& columns =
            page()["association_tables"][relationship["through"].get<std::string>()]["columns"];
        EXPECT_EQ(key, relationship["through"].get<std::string>() + "." + columns.begin().key() + "." +
                           std::next(columns.begin()).key());
      } else {
        const auto& references =
            field_of(*catalog.find(field.type.object, Version("1.0")), key).column->references;
        ASSERT_TRUE(references);
        EXPECT_EQ(references->first, spec.table);
      }
      const std::string order = relationship.value("order_by", std::string());
      const auto found = history.child_order.find(child);
      EXPECT_EQ(found == history.child_order.end() ? "" : field.type.object + "." + found->second, order);
    }
  });
}

TEST(SaharaFields, LoadedLazilyAreStepsEventsVerificationAndBinaryData) {
  std::set<std::string> lazy;
  for (const ClassSpec& spec : sahara_catalog().classes) {
    for (const FieldSpec& field : spec.fields) {
      if (field.deferred) lazy.insert(spec.name + "." + field.name);
    }
  }
  EXPECT_EQ(lazy, (std::set<std::string>{"Cluster.provision_progress", "Cluster.verification",
                                         "ClusterProvisionStep.events", "JobBinaryInternal.data"}));
}

TEST(SaharaClasses, AreThe17OfTheHistoryWithTheirTablesVersionsAndUniqueKeys) {
  const Catalog& catalog = sahara_catalog();
  ASSERT_EQ(catalog.histories.size(), objects().size());
  std::size_t classes = 0;
  for (std::size_t i = 0; i < objects().size(); ++i) {
    const Json& expected = page()["objects"][objects()[i]];
    const ClassHistory& history = catalog.histories[i];
    EXPECT_EQ(history.name, objects()[i]);
    EXPECT_EQ(history.table, expected["table"].get<std::string>());
    EXPECT_EQ(history.core, expected["core"].get<bool>());
    ASSERT_EQ(history.versions.size(), expected["versions"].size());
    for (std::size_t v = 0; v < history.versions.size(); ++v, ++classes) {
      const Json& version = expected["versions"][v];
      EXPECT_EQ(history.versions[v].first.text(), version["version"].get<std::string>());
      EXPECT_EQ(history.versions[v].second, version["first_release"].get<std::string>());
      const ClassSpec& spec = spec_of(history.name, version);
      EXPECT_EQ(Json(spec.unique), version["unique"]) << history.name;
      EXPECT_EQ(spec.table, version["table"].get<std::string>());
    }
    const Json& children = page()["manifest"]["children"];
    EXPECT_EQ(Json(history.children),
              children.contains(history.name) ? Json(children[history.name]) : Json::object());
  }
  EXPECT_EQ(catalog.classes.size(), classes);
}

TEST(SaharaClasses, SayWhichChildVersionWentWithEachOfTheirs) {
  each_version([&](const std::string& name, const Json& version) {
    const ClassSpec& spec = spec_of(name, version);
    for (const std::string& child : children_of(name, version)) {
      const std::string child_class = sahara_catalog().history(name)->children.at(child);
      const auto pairs = spec.relationships.at(child);
      ASSERT_FALSE(pairs.empty());
      EXPECT_EQ(pairs.back().first, spec.version) << name;
      const Json& manifest = page()["manifest"]["pragmatic"][version["first_release"].get<std::string>()];
      EXPECT_EQ(pairs.back().second.text(), manifest[child_class].get<std::string>()) << name << "." << child;
    }
    EXPECT_EQ(spec.relationships.size(), children_of(name, version).size());
  });
}

TEST(SaharaReleases, HaveTheManifestsRevisionsEnginesAndEnumsOfTheHistory) {
  const Catalog& catalog = sahara_catalog();
  ASSERT_EQ(catalog.releases.size(), 20U);
  for (std::size_t i = 0; i < catalog.releases.size(); ++i) {
    const Release& release = catalog.releases[i];
    SCOPED_TRACE(release.name);
    EXPECT_EQ(release.name, releases()[i]);
    EXPECT_EQ(release.index, static_cast<int>(i));
    const Json& expected = page()["releases"][release.name];
    EXPECT_EQ(release.title, expected["name"].get<std::string>());
    EXPECT_EQ(release.database_revision, expected["migration_head"].get<std::string>());
    const Json& engine = expected["process"]["heat_engine_version"];
    EXPECT_EQ(release.engine_version, engine.is_null() ? "" : engine.get<std::string>());
    std::map<std::string, std::string> manifest;
    const Json& wanted = page()["manifest"]["pragmatic"][release.name];
    for (auto it = wanted.begin(); it != wanted.end(); ++it) {
      EXPECT_EQ(it.value(), page()["objects"][it.key()]["release_map"][release.name]);
      if (!it.value().is_null()) manifest[it.key()] = it.value().get<std::string>();
    }
    std::map<std::string, std::string> actual;
    for (const auto& [object, version] : release.manifest) actual[object] = version.text();
    EXPECT_EQ(actual, manifest);
    std::map<std::string, std::vector<std::string>> enums;
    for (auto it = expected["enums"].begin(); it != expected["enums"].end(); ++it) {
      if (it.value().is_array()) enums[it.key()] = it.value().get<std::vector<std::string>>();
    }
    EXPECT_EQ(release.enums, enums);
  }
}

TEST(SaharaReleases, CarryWhatNoVersionShows) {
  std::map<std::string, std::size_t> count;
  for (const Release& release : sahara_catalog().releases) {
    if (!release.behaviours.empty()) count[release.name] = release.behaviours.size();
  }
  EXPECT_EQ(count,
            (std::map<std::string, std::size_t>{{"kilo", 1}, {"liberty", 2}, {"mitaka", 3}, {"queens", 1}}));
  // Every sentence of the history ends up somewhere.
  for (const Json& note : page()["notes"]["meaning_without_version"]) {
    const auto text = note.get<std::string>();
    bool found = false;
    for (const Release& release : sahara_catalog().releases) {
      for (const std::string& behaviour : release.behaviours) {
        const std::string tail = behaviour.substr(behaviour.rfind("029: ", 0) == 0 ? 5 : 0);
        found = found || (text.size() > tail.size() &&
                          text.compare(text.size() - tail.size(), tail.size(), tail) == 0);
      }
    }
    EXPECT_TRUE(found) << text;
  }
}

}  // namespace
}  // namespace caravan
