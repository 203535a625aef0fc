// Declared conversions: what the rules of a catalog make of primitives, and what fields may change between
// versions.
#include <gtest/gtest.h>

#include "objects/base/error.hpp"
#include "objects/conversions/declared.hpp"
#include "objects/loader/loader.hpp"
#include "objects/loader/parts.hpp"

namespace caravan {
namespace {

using Kind = Conversion::Kind;

Json primitive(const char* name, const char* version, const Json& data) {
  const std::string prefix = sahara_catalog().serial_namespace;
  Json out = Json::object();
  out[prefix + ".name"] = name;
  out[prefix + ".namespace"] = sahara_catalog().project_namespace;
  out[prefix + ".version"] = version;
  out[prefix + ".data"] = data;
  return out;
}
const Json& data(const Conversion& result) {
  return result.primitive.at(sahara_catalog().serial_namespace + ".data");
}

TEST(DeclaredConversions, ConvertBackAndForward) {
  const DeclaredConversions conversions(sahara_catalog());
  const auto back = conversions.backport(primitive("JobExecution", "1.4", Json{{"engine_job_id", "7"}}),
                                         Version("1.2"), {{"JobExecution", Version("1.2")}});
  ASSERT_EQ(back.kind, Kind::primitive) << back.error;
  EXPECT_EQ(data(back), (Json{{"oozie_job_id", "7"}}));
  const auto again = conversions.forward(back.primitive, Version("1.3"), {});
  ASSERT_EQ(again.kind, Kind::primitive) << again.error;
  EXPECT_EQ(data(again), (Json{{"engine_job_id", "7"}}));
  EXPECT_EQ(again.primitive.at(sahara_catalog().serial_namespace + ".version"), "1.3");
}

TEST(DeclaredConversions, TellRefusalsFromAccidents) {
  const DeclaredConversions conversions(sahara_catalog());
  const auto refused =
      conversions.backport(primitive("DataSource", "1.3", Json{{"type", "s3"}}), Version("1.2"), {});
  EXPECT_EQ(refused.kind, Kind::refused) << refused.error;
  const auto newer = conversions.backport(primitive("DataSource", "1.2", Json::object()), Version("1.3"), {});
  EXPECT_EQ(newer.kind, Kind::refused) << newer.error;
  const auto wrong =
      conversions.backport(primitive("DataSource", "1.3", Json{{"type", "floppy"}}), Version("1.2"), {});
  EXPECT_EQ(wrong.kind, Kind::crashed) << wrong.error;
  EXPECT_EQ(conversions.backport(Json::array(), Version("1.2"), {}).kind, Kind::crashed);
  EXPECT_EQ(conversions.forward(Json::object(), Version("1.2"), {}).kind, Kind::crashed);
}

TEST(DeclaredConversions, TakeChildrenToTheManifestOfTheReader) {
  const DeclaredConversions conversions(sahara_catalog());
  const Json group = primitive("NodeGroup", "1.3", Json{{"name", "workers"}, {"shares", Json::array()}});
  const Json cluster = primitive("Cluster", "1.3", Json{{"node_groups", Json::array({group})}});
  const Json before = cluster;
  const auto result =
      conversions.backport(cluster, Version("1.2"), sahara_catalog().release("kilo")->manifest);
  ASSERT_EQ(result.kind, Kind::primitive) << result.error;
  EXPECT_EQ(data(result).at("node_groups"),
            Json::array({primitive("NodeGroup", "1.2", Json{{"name", "workers"}})}));
  EXPECT_EQ(cluster, before);
}

// A class file in which something changes from version to version.
std::string complaint(const std::string& field) {
  const std::string file =
      R"({"format": "caravan-class/1", "name": "Shelf", "versions": {"1.0": "oak", "1.1": "pine"},
    "fields": [)" +
      field + "]}";
  try {
    const Json json = Json::parse(file);
    catalog_parts::read_class_file(JsonAt(json, "Shelf.json", file));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ClassFile, TakesTypesAndNullabilityByVersion) {
  EXPECT_EQ(complaint(R"({"name": "room", "type": {"1.0": "Integer", "1.1": "String"}})"), "");
  EXPECT_EQ(complaint(R"({"name": "room", "type": "String", "nullable": {"1.0": false, "1.1": true}})"), "");
  EXPECT_NE(complaint(R"({"name": "room", "type": {"1.0": "Integer", "1.1": "Enum"}})").find("\"Enum\""),
            std::string::npos);
  EXPECT_NE(
      complaint(R"({"name": "room", "type": {"1.1": "String"}})").find("room has no type at version 1.0"),
      std::string::npos);
  EXPECT_NE(
      complaint(R"({"name": "room", "type": "String", "nullable": {"1.1": true}})").find("at version 1.0"),
      std::string::npos);
}

}  // namespace
}  // namespace caravan
