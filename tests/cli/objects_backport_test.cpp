// caravan objects backport: what the library makes of a primitive, its errors with their place, and input of
// every bad kind.
#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

class Backport : public ProgramTest {
 protected:
  static Json node_group() {
    return {{"versioned_object.name", "NodeGroup"},
            {"versioned_object.namespace", "sahara"},
            {"versioned_object.version", "1.3"},
            {"versioned_object.data", {{"id", "g1"}, {"count", 3}, {"use_autoconfig", true}}},
            {"versioned_object.changes", Json::array({"use_autoconfig"})}};
  }
  static Json cluster() {
    Json data{{"id", "c1"}, {"name", "n"}, {"status", "Active"}, {"is_public", true}};
    data["node_groups"] = Json::array({node_group()});
    return {{"versioned_object.name", "Cluster"},
            {"versioned_object.namespace", "sahara"},
            {"versioned_object.version", "1.3"},
            {"versioned_object.data", std::move(data)},
            {"versioned_object.changes", Json::array({"is_public", "name"})}};
  }
  static Json& data(Json& primitive) { return primitive["versioned_object.data"]; }

  Result backport_text(const std::string& text,
                       const std::vector<std::string>& target = {"--to", "1.2"}) const {
    spill(folder / "in.json", text);
    std::vector<std::string> words = {"objects", "backport", "in.json"};
    words.insert(words.end(), target.begin(), target.end());
    return caravan(words);
  }
  Result backport(const Json& primitive, const std::vector<std::string>& target = {"--to", "1.2"}) const {
    return backport_text(primitive.dump(1), target);
  }
};

using BadPrimitive = Backport;

TEST_F(Backport, DropsWhatTheReaderCannotKnowAndFollowsRelationships) {
  const auto result = backport(cluster());
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const auto out = Json::parse(result.out);
  EXPECT_EQ(out["versioned_object.version"], "1.2");
  EXPECT_FALSE(out["versioned_object.data"].contains("is_public"));
  EXPECT_EQ(out["versioned_object.changes"], Json::array({"name"}));
  const auto& child = out["versioned_object.data"]["node_groups"][0];
  EXPECT_EQ(child["versioned_object.version"], "1.2");
  EXPECT_FALSE(child["versioned_object.data"].contains("use_autoconfig"));
  // The library does not filter what a nested object says has changed.
  EXPECT_EQ(child["versioned_object.changes"], Json::array({"use_autoconfig"}));
}

TEST_F(Backport, ToAReleaseTakesEveryVersionFromItsManifest) {
  const auto out = Json::parse(backport(cluster(), {"--release", "juno"}).out);
  EXPECT_EQ(out["versioned_object.version"], "1.1");
  EXPECT_EQ(out["versioned_object.data"]["node_groups"][0]["versioned_object.version"], "1.1");
}

TEST_F(Backport, ToANewerReleaseChangesNothing) {
  const auto result = backport(cluster(), {"--release", "stein"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(Json::parse(result.out), cluster());
}

TEST_F(Backport, OnOneLineForPrograms) {
  const auto result = backport(cluster(), {"--to", "1.2", "--json"});
  EXPECT_EQ(lines(result.out), 1U);
}

TEST_F(Backport, RefusalsAreTheLibrarysAndNoBadRequest) {
  one_message(backport(cluster(), {"--to", "1.9"}), 1, "InvalidTargetVersion: Invalid target version 1.9");
  Json source{{"versioned_object.name", "DataSource"},
              {"versioned_object.namespace", "sahara"},
              {"versioned_object.version", "1.2"},
              {"versioned_object.data", {{"type", "manila"}}}};
  one_message(backport(source, {"--to", "1.1"}), 1,
              "ObjectActionError: Object action obj_make_compatible failed because: DataSource.type not "
              "representable");
  Json plugin{{"versioned_object.name", "PluginData"},
              {"versioned_object.namespace", "sahara"},
              {"versioned_object.version", "1.0"},
              {"versioned_object.data", Json::object()}};
  one_message(backport(plugin, {"--release", "kilo"}), 1, "kilo does not know PluginData");
}

TEST_F(Backport, NeedsOneTarget) {
  one_message(backport(cluster(), {}), 2, "to which version?");
  one_message(backport(cluster(), {"--to", "1.2", "--release", "kilo"}), 2, "one of them");
  one_message(backport(cluster(), {"--to", "one"}), 2, "--to: 'one' is not a version");
  one_message(backport(cluster(), {"--release", "kiol"}), 2, "did you mean \"kilo\"?");
}

TEST_F(BadPrimitive, AMissingKeyIsTheLibrarysKeyError) {
  for (const char* key : {"name", "namespace", "version", "data"}) {
    auto primitive = cluster();
    primitive.erase(std::string("versioned_object.") + key);
    one_message(backport(primitive), 2, std::string("in.json:1:1: KeyError: 'versioned_object.") + key + "'");
  }
}

TEST_F(BadPrimitive, AForeignNamespaceIsUnsupported) {
  auto primitive = cluster();
  primitive["versioned_object.namespace"] = "nova";
  one_message(backport(primitive), 1,
              "in.json:3:32: /versioned_object.namespace: UnsupportedObjectError: Unsupported object type "
              "nova.Cluster");
}

TEST_F(BadPrimitive, AnUnknownObjectNamesTheNearest) {
  auto primitive = cluster();
  primitive["versioned_object.name"] = "Clutser";
  one_message(backport(primitive), 1,
              "UnsupportedObjectError: Unsupported object type Clutser; did you mean \"Cluster\"?");
}

TEST_F(BadPrimitive, AnUnsupportedVersionSaysWhatIsSupported) {
  auto primitive = cluster();
  primitive["versioned_object.version"] = "2.0";
  one_message(backport(primitive), 1,
              "IncompatibleObjectVersion: Version 2.0 of Cluster is not supported, supported version is 1.6");
  primitive = cluster();
  data(primitive)["node_groups"][0]["versioned_object.version"] = "2.0";
  one_message(backport(primitive), 1,
              "/versioned_object.data/node_groups/0/versioned_object.version: Incompatible");
}

TEST_F(BadPrimitive, AWrongTypeNamesTheFieldWhereverItIs) {
  auto primitive = cluster();
  data(primitive)["status"] = "Actve";
  one_message(
      backport(primitive), 2,
      "/versioned_object.data/status: ValueError: Field value Actve is invalid; did you mean \"Active\"?");
  primitive = cluster();
  data(primitive)["name"] = Json();
  one_message(backport(primitive), 2, "/versioned_object.data/name: ValueError: Field `name' cannot be None");
  primitive = cluster();
  data(data(primitive)["node_groups"][0])["count"] = "many";
  one_message(backport(primitive), 2,
              "/versioned_object.data/node_groups/0/versioned_object.data/count: ValueError: invalid literal "
              "for int()");
  primitive = cluster();
  data(primitive)["node_groups"] = 7;
  one_message(backport(primitive), 2, "/versioned_object.data/node_groups: TypeError");
  primitive = cluster();
  primitive["versioned_object.data"] = "text";
  one_message(backport(primitive), 2, "/versioned_object.data: TypeError");
  primitive = cluster();
  primitive["versioned_object.version"] = 1.3;
  one_message(backport(primitive), 2, "/versioned_object.version: TypeError");
  primitive = cluster();
  primitive["versioned_object.changes"] = "name";
  one_message(backport(primitive), 2, "/versioned_object.changes: TypeError");
}

TEST_F(BadPrimitive, TenThousandLevelsAreRefusedWhileParsing) {
  const std::string deep = std::string(10000, '[') + std::string(10000, ']');
  one_message(backport_text("{\"versioned_object.data\": " + deep + "}"), 2, "nested deeper than 200 levels");
}

TEST_F(BadPrimitive, ADuplicateKeyIsRefused) {
  one_message(backport_text("{\"versioned_object.name\": \"Cluster\",\n \"versioned_object.name\": \"Job\"}"),
              2, "in.json:2:2: the key \"versioned_object.name\" appears twice");
}

TEST_F(BadPrimitive, BytesThatAreNoTextAreRefused) {
  one_message(backport_text(std::string("{\"versioned_object.name\": \"Clu\xff\xfester\"}")), 2,
              "in.json:1:31: byte 0xff is not valid UTF-8");
}

TEST_F(BadPrimitive, WhatIsNoJsonNumberIsRefused) {
  one_message(backport_text(std::string("{\"a\": NaN}")), 2,
              "in.json:1:7: 'N' where a value was expected; JSON has no NaN");
  one_message(backport_text(std::string("{\"a\": -Infinity}")), 2, "JSON has no NaN and no Infinity");
  one_message(backport_text(std::string("{\"a\": 123456789012345678901234567890}")), 2,
              "the number 123456789012345678901234567890 is out of range");
  one_message(backport_text(std::string("{\"a\": 1e400}")), 2, "the number 1e400 is out of range");
}

TEST_F(BadPrimitive, WhatIsNoObjectIsRefused) {
  one_message(backport_text(std::string()), 2, "the text is empty");
  one_message(backport_text(std::string("[1, 2]")), 2, "a primitive is a JSON object with");
  one_message(backport_text(std::string("\"Cluster\"")), 2, "a primitive is a JSON object with");
  one_message(backport_text(cluster().dump().substr(0, 60)), 2, "in.json:1:");
  one_message(caravan({"objects", "backport", "nowhere.json", "--to", "1.2"}), 2,
              "nowhere.json: no such file");
}

}  // namespace
}  // namespace caravan::harness
