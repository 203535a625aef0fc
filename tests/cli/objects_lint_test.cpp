// caravan objects lint: planted defects are named, their twins are silent, what has shipped is held against
// what is to be.
#include <sstream>

#include "harness/defects/plants.hpp"
#include "objects/loader/loader.hpp"
#include "tests/cli/golden.hpp"

namespace caravan::harness {

void PrintTo(const Plant& plant, std::ostream* out);  // for a failure's message
void PrintTo(const Plant& plant, std::ostream* out) { *out << plant.name; }

namespace {

class Lint : public GoldenTest {
 protected:
  /// A copy of Sahara's catalog folder with `from` replaced in one of its files.
  std::string changed(const std::string& file, const std::string& from, const std::string& to) const {
    const fs::path sahara = CARAVAN_SOURCE_DIR "/objects/sahara";
    fs::copy(sahara, folder / "changed", fs::copy_options::recursive);
    auto text = slurp(folder / "changed" / file);
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    spill(folder / "changed" / file, text);
    return "changed";
  }
};

class Planted : public Lint, public testing::WithParamInterface<Plant> {};

std::vector<Plant> history_plants(bool twins) {
  std::vector<Plant> out;
  for (const auto& plant : plants())
    if (!plant.hook() && plant.is_twin() == twins) out.push_back(plant);
  return out;
}
std::string plant_name(const testing::TestParamInfo<Plant>& info) { return info.param.name; }

class Defect : public Planted {};
class Twin : public Planted {};

TEST_P(Defect, IsTheFirstFindingWithItsOracleAndPlace) {
  const auto& plant = GetParam();
  const auto result = caravan({"objects", "lint", "--plant", plant.name, "--json"});
  ASSERT_EQ(result.code, 1) << result.err;
  EXPECT_THAT(result.err, StartsWith(std::string("planted ") + plant.name + ": "));
  const auto findings = Json::parse(result.out)["findings"];
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0]["type"], plant.finding);
  EXPECT_EQ(findings[0]["oracle"], plant.oracle);
  // What was planted names the object, and the field where there is one.
  EXPECT_THAT(result.err, HasSubstr(findings[0]["object"].get<std::string>()));
  const auto field = findings[0]["field"].get<std::string>();
  const auto child = findings[0]["message"].get<std::string>();
  const bool nested = std::string(plant.name) == "F04" || std::string(plant.name) == "F05";
  EXPECT_TRUE(nested || result.err.find(field) != std::string::npos) << field << " " << result.err;
  if (nested) {
    EXPECT_THAT(child, HasSubstr("NodeGroup"));
  }
  EXPECT_FALSE(findings[0]["hurts"].empty());
}
INSTANTIATE_TEST_SUITE_P(Of, Defect, testing::ValuesIn(history_plants(false)), plant_name);

TEST_P(Twin, IsSilent) {
  const auto result = caravan({"objects", "lint", "--plant", GetParam().name, "--json"});
  EXPECT_EQ(result.code, 0) << result.out;
  EXPECT_TRUE(Json::parse(result.out)["findings"].empty());
  EXPECT_THAT(result.err, StartsWith(std::string("planted ") + GetParam().name + ": "));
}
INSTANTIATE_TEST_SUITE_P(Of, Twin, testing::ValuesIn(history_plants(true)), plant_name);

TEST(PlantTable, HasTheDefectsThatLintMustFindAndTheTwins) {
  std::vector<std::string> names;
  for (const auto& plant : plants())
    if (!plant.hook()) names.emplace_back(plant.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"F01", "F02", "F03", "F04", "F05", "F07", "F08", "F09", "F10", "F11",
                                      "F12", "F14", "B01", "B02", "B03", "B04", "B05", "B06", "B07"}));
}

TEST(PlantTable, ATwinChangesWhatItSays) {
  for (const auto& plant : history_plants(true)) {
    const auto planted = plant_in_history(sahara_catalog(), plant);
    const bool promise = digest(planted.promised) != digest(sahara_catalog());
    EXPECT_TRUE(promise || !planted.builds.empty()) << plant.name;
    EXPECT_NE(planted.done, "");
  }
}

TEST_F(Lint, TheBuiltInHistoryIsCleanButForWhatItDeclares) {
  const auto result = caravan({"objects", "lint", "--json"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
  const auto report = Json::parse(result.out);
  EXPECT_TRUE(report["findings"].empty());
  EXPECT_FALSE(report["declared"].empty());
}

TEST_F(Lint, EveryFormatTellsOfTheDefect) {
  for (const char* format : {"text", "json", "github", "junit"}) {
    const auto result = caravan({"objects", "lint", "--plant", "F01", "--format", format});
    EXPECT_EQ(result.code, 1);
    EXPECT_THAT(result.out, HasSubstr("leaked-field")) << format;
    EXPECT_THAT(result.out, HasSubstr("use_autoconfig")) << format;
  }
  one_message(caravan({"objects", "lint", "--format", "jnit"}), 2, "did you mean \"junit\"?");
}

TEST_F(Lint, MayThisChangeMergeIsAskedAgainstWhatHasShipped) {
  const std::string shipped = CARAVAN_SOURCE_DIR "/objects/sahara";
  EXPECT_EQ(caravan({"objects", "lint", "--against", shipped}).code, 0);
  // ClusterEvent 1.0 has shipped: it cannot get another field.
  const auto now =
      changed("ClusterEvent.json", "\"fields\": [",
              "\"fields\": [{\"name\": \"severity\", \"type\": \"String\", \"nullable\": true},");
  const auto result = caravan({"objects", "lint", "--catalog", now, "--against", shipped, "--json"});
  ASSERT_EQ(result.code, 1) << result.err;
  const auto findings = Json::parse(result.out)["findings"];
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0]["type"], "contract-changed");
  EXPECT_EQ(findings[0]["oracle"], "O3");
  EXPECT_EQ(findings[0]["object"], "ClusterEvent");
  EXPECT_EQ(findings[0]["field"], "severity");
}

TEST_F(Lint, MethodsThatHaveShippedKeepTheirArguments) {
  const auto now =
      changed("releases.json", "{\"name\": \"cluster\", \"object\": \"Cluster\"}, {\"name\": \"values\"}",
              "{\"name\": \"cluster\", \"object\": \"Cluster\"}");
  EXPECT_EQ(caravan({"objects", "lint", "--catalog", now}).code, 0);
  const auto result = caravan(
      {"objects", "lint", "--catalog", now, "--against", CARAVAN_SOURCE_DIR "/objects/sahara", "--json"});
  ASSERT_EQ(result.code, 1) << result.err;
  const auto findings = Json::parse(result.out)["findings"];
  EXPECT_EQ(findings[0]["type"], "rpc-changed");
  EXPECT_THAT(findings[0]["message"].get<std::string>(), HasSubstr("handle_verification"));
}

TEST_F(Lint, AVersionThatHasShippedCannotBeTakenBack) {
  const auto now = changed("ClusterTemplate.json", "\"1.3\": \"newton\"", "\"1.4\": \"newton\"");
  const auto result = caravan({"objects", "lint", "--catalog", now});
  EXPECT_EQ(result.code, 2) << "the manifests of releases.json still have 1.3";
}

TEST_F(Lint, RecordedConversionsAreReadOrRefusedWithTheirPlace) {
  one_message(caravan({"objects", "lint", "--conversions", "nowhere"}), 2, "nowhere: no such file");
  spill(folder / "r.json", "{\"format\": \"caravan-conversions/2\"}");
  one_message(caravan({"objects", "lint", "--conversions", "r.json"}), 2, "r.json:1:12: /format");
  one_message(caravan({"objects", "lint", "--conversions", "r.json", "--plant", "F01"}), 2, "leave out");
}

TEST_F(Lint, WhatWasNotRecordedIsUnknownAndFindingsComeFirst) {
  spill(folder / "family.json", R"({"format": "caravan-catalog/1", "classes": [
    {"name": "Kid", "version": "1.0", "fields": [{"name": "a", "type": "Integer"}]},
    {"name": "Kid", "version": "1.1", "fields": [{"name": "a", "type": "Integer"},
                                                  {"name": "b", "type": "Integer"}]},
    {"name": "Dad", "version": "1.0", "fields": [{"name": "kid", "type": "Object", "class": "Kid"}]}],
    "releases": [{"name": "old", "title": "old", "index": 0, "manifest": {"Kid": "1.0", "Dad": "1.0"}},
                 {"name": "new", "title": "new", "index": 1, "manifest": {"Kid": "1.1", "Dad": "1.0"}}]})");
  const auto recording = [](const std::string& kid) {
    const auto dad = [](const std::string& inside) {
      return R"({"versioned_object.name": "Dad", "versioned_object.namespace": "versionedobjects",
        "versioned_object.version": "1.0", "versioned_object.data": {"kid": {"versioned_object.name": "Kid",
        "versioned_object.namespace": "versionedobjects", )" +
             inside + "}}}";
    };
    return R"({"format": "caravan-conversions/1", "conversions": [{"object": "Dad", "from": "1.0", "target": "1.0",
      "manifest": {"Dad": "1.0", "Kid": "1.0"}, "input": )" +
           dad(R"("versioned_object.version": "1.1", "versioned_object.data": {"a": 1, "b": 2})") +
           ", \"output\": " + dad(kid) + "}]}";
  };
  spill(folder / "right.json",
        recording(R"("versioned_object.version": "1.0", "versioned_object.data": {"a": 1})"));
  spill(folder / "wrong.json",
        recording(R"("versioned_object.version": "1.1", "versioned_object.data": {"a": 1, "b": 2})"));
  spill(folder / "none.json", R"({"format": "caravan-conversions/1", "conversions": []})");
  const auto lint = [&](const std::string& file, const std::string& format) {
    return caravan(
        {"objects", "lint", "--catalog", "family.json", "--conversions", file, "--format", format});
  };
  for (const char* format : {"text", "json", "github", "junit"}) {
    EXPECT_EQ(lint("wrong.json", format).code, 1) << format;
    EXPECT_THAT(lint("wrong.json", format).out, HasSubstr("children-not-converted")) << format;
    EXPECT_EQ(lint("right.json", format).code, 3) << format;
    EXPECT_EQ(lint("none.json", format).code, 3) << format;
    EXPECT_THAT(lint("none.json", format).out, HasSubstr("nothing")) << format;
  }
  const auto text = lint("right.json", "text").out;
  EXPECT_THAT(text, HasSubstr("Kid 1.0 → 1.1 (old → new): nothing"))
      << "it goes back within Dad, not forward";
  EXPECT_THAT(text, testing::Not(HasSubstr("Kid 1.1 → 1.0")));
}

TEST_F(Lint, ACatalogThatDoesNotExistIsABadRequest) {
  one_message(caravan({"objects", "lint", "--catalog", "nowhere"}), 2, "nowhere: no such file");
  one_message(caravan({"objects", "lint", "--against", "nowhere"}), 2, "nowhere: no such file");
  one_message(caravan({"objects", "lint", "--plant", "F99"}), 2, "unknown plant 'F99'");
  one_message(caravan({"objects", "lint", "--plant", "F30"}), 2, "is in the nodes");
  one_message(caravan({"run", "kilo-to-liberty", "--plant", "F08"}), 2, "caravan objects lint --plant F08");
}

TEST_F(Lint, FindingsAreExplainedByTypeOrId) {
  const auto result = caravan({"explain", "leaked-field/Cluster.use_autoconfig/1.3-1.2"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, StartsWith("leaked-field (O1)"));
  EXPECT_THAT(result.out, HasSubstr("--plant F01"));
  EXPECT_EQ(caravan({"explain", "leaked-field"}).out, result.out);
  EXPECT_THAT(caravan({"explain", "B04"}).out, HasSubstr("must be silent"));
  one_message(caravan({"explain", "leeked-field"}), 2, "did you mean \"leaked-field\"?");
}

}  // namespace
}  // namespace caravan::harness
