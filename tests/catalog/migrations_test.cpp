// The migrations of the catalog: equal to the history page, loaded with checks, and nothing that a node is
// given.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "history.hpp"
#include "objects/base/error.hpp"
#include "objects/loader/loader.hpp"

namespace caravan {
namespace {

using history_page::page;

std::string told(const SchemaOperation& one) {
  std::string text = one.op + " " + one.table;
  if (!one.column.empty()) text += "." + one.column;
  if (!one.new_name.empty()) text += " as " + one.new_name;
  if (one.type) text += " " + one.type->sql + (one.type->nullable ? "" : " not null");
  for (const auto& [name, type] : one.columns) text += " " + name;
  return text;
}

std::string told(const Json& one) {
  std::string text = one["op"].get<std::string>() + " " + one.value("table", "");
  if (one.contains("column")) text += "." + one["column"].get<std::string>();
  if (one.contains("new_name")) text += " as " + one["new_name"].get<std::string>();
  if (one.contains("sql")) text += " " + one["sql"].get<std::string>();
  if (one.contains("nullable") && !one["nullable"].get<bool>()) text += " not null";
  if (one.contains("columns")) {
    for (const Json& name : one["columns"]) text += " " + name.get<std::string>();
  }
  return text;
}

TEST(Migrations, AreThoseOfTheHistoryPageOperationByOperation) {
  const auto& migrations = sahara_catalog().migrations;
  ASSERT_EQ(migrations.size(), page()["migrations"].size());
  ASSERT_EQ(migrations.size(), 35U);
  int compared = 0;
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    const Json& real = page()["migrations"][i];
    EXPECT_EQ(migrations[i].revision, real["revision"].get<std::string>());
    EXPECT_EQ(migrations[i].release, real["first_release"].get<std::string>());
    ASSERT_EQ(migrations[i].operations.size(), real["operations"].size()) << migrations[i].revision;
    for (std::size_t j = 0; j < real["operations"].size(); ++j) {
      if (real["operations"][j]["op"] == "execute") continue;
      EXPECT_EQ(told(migrations[i].operations[j]), told(real["operations"][j])) << migrations[i].revision;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 97);
}

TEST(Migrations, OfMitakaProtectDefaultTemplates) {
  const Migration& real = sahara_catalog().migrations.at(28);
  ASSERT_EQ(real.revision, "029");
  for (const SchemaOperation& one : real.operations) {
    EXPECT_EQ(fmt::format("update {} where {} set {}", one.table, one.where.begin().key(), one.set.dump()),
              fmt::format("update {} where is_default set {{\"is_protected\":true}}", one.table));
    EXPECT_EQ(one.where, (Json{{"is_default", true}}));
  }
  EXPECT_EQ(page()["migrations"][28]["operations"][0]["stmt"],
            "update node_group_templates where is_default set {\"is_protected\": true}");
  EXPECT_EQ(real.operations.at(0).table, "node_group_templates");
  EXPECT_EQ(real.operations.at(1).table, "cluster_templates");
}

TEST(Migrations, EndAtTheRevisionThatEachReleaseNames) {
  const Catalog& catalog = sahara_catalog();
  for (const Release& release : catalog.releases) {
    std::string newest;
    for (const Migration& one : catalog.migrations) {
      if (catalog.release(one.release)->index <= release.index) newest = one.revision;
    }
    EXPECT_EQ(newest, release.database_revision) << release.name;
  }
}

TEST(Migrations, AreNotForNodes) {
  for (const Release& release : sahara_catalog().releases) {
    const Catalog cut = snapshot(sahara_catalog(), release.name);
    EXPECT_TRUE(cut.migrations.empty());
    EXPECT_FALSE(cut.row_stamps);
    EXPECT_EQ(to_json(cut).count("migrations"), 0U);
  }
}

TEST(RowStamps, AreASwitchThatNodesAreTold) {
  Catalog catalog = sahara_catalog();
  EXPECT_EQ(to_json(catalog).count("row_stamps"), 0U);
  const std::string without = digest(catalog);
  catalog.row_stamps = true;
  EXPECT_NE(digest(catalog), without);
  EXPECT_TRUE(load_catalog(to_json(catalog), "c").row_stamps);
  EXPECT_TRUE(load_catalog(to_json(snapshot(catalog, "kilo")), "c").row_stamps);
}

std::string refused(const std::string& operations, const std::string& more = "") {
  const std::string text =
      R"json({"classes": [], "releases": [{"name": "oak", "index": 0, "manifest": {}}, {"name": "pine", "index": 1, "manifest": {}}],
 "migrations": [{"revision": "001", "release": "oak", "operations": [
  {"op": "create_table", "table": "shelves", "columns": [{"name": "id", "sql": "VARCHAR(36)", "primary_key": true}]
},
  )json" +
      operations + "]}" + more + "]}";
  try {
    load_catalog_text(text, "c.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.exit(), Exit::bad_request);
    const std::string what = error.what();
    return what.substr(what.find("/migrations"));
  }
  return "no error";
}

TEST(Migrations, ThatCannotBeReplayedAreRefusedWithTheirPlace) {
  EXPECT_EQ(
      refused(R"json({"op": "add_column", "table": "shelves", "column": "width", "sql": "INTEGER"})json"),
      "no error");
  EXPECT_EQ(refused(R"json({"op": "add_colum", "table": "shelves"})json"),
            "/migrations/0/operations/1/op: unknown operation \"add_colum\"; did you mean \"add_column\"?");
  EXPECT_EQ(refused(R"json({"op": "drop_column", "table": "shelve", "column": "id"})json"),
            "/migrations/0/operations/1/table: no earlier operation creates the table shelve; did you mean "
            "\"shelves\"?");
  EXPECT_EQ(refused(R"json({"op": "add_column", "table": "shelves", "column": "id", "sql": "INTEGER"})json"),
            "/migrations/0/operations/1/column: the column id exists already");
  EXPECT_EQ(refused(R"json({"op": "drop_column", "table": "shelves", "column": "ids"})json"),
            "/migrations/0/operations/1/column: shelves has no column ids here; did you mean \"id\"?");
  EXPECT_EQ(refused(R"json({"op": "drop_column", "table": "shelves", "column": "id"},
                       {"op": "alter_column", "table": "shelves", "column": "id", "sql": "TEXT"})json")
                .substr(0, 74),
            "/migrations/0/operations/2/column: shelves has no column id here");
  EXPECT_EQ(refused(R"json({"op": "alter_column", "table": "shelves", "column": "id"})json"),
            "/migrations/0/operations/1: nothing is altered; give \"sql\" or \"new_name\"");
  EXPECT_EQ(refused(R"x({"op": "add_column", "table": "shelves", "column": "x", "sql": "VARCHAR(0)"})x"),
            "/migrations/0/operations/1/sql: a column without a length; VARCHAR(80), say");
  EXPECT_EQ(refused(R"json({"op": "create_table", "table": "shelves", "columns": []})json"),
            "/migrations/0/operations/1/table: the table shelves exists already");
  EXPECT_EQ(refused(R"json({"op": "execute", "table": "shelves", "set": {"idd": 1}, "where": {}})json"),
            "/migrations/0/operations/1/set/idd: shelves has no column idd here; did you mean \"id\"?");
  EXPECT_EQ(refused(R"json({"op": "execute", "table": "shelves", "set": {}, "where": {}})json"),
            "/migrations/0/operations/1/set: no column is set");
  EXPECT_EQ(refused(R"json({"op": "execute", "table": "shelves", "set": {"id": null}, "where": {}})json"),
            "/migrations/0/operations/1/set/id: text, a number, true or false was expected");
  EXPECT_EQ(refused(R"json({"op": "drop_column", "table": "shelves", "column": "id", "if": 1})json"),
            "/migrations/0/operations/1/if: unknown key \"if\"; known: op, table, column");
}

TEST(Migrations, AreListedOldestFirstAndOfKnownReleases) {
  const std::string fine = R"json({"op": "drop_column", "table": "shelves", "column": "id"})json";
  EXPECT_EQ(refused(fine, R"json(, {"revision": "001", "release": "pine", "operations": []})json"),
            "/migrations/1/revision: 001 comes after 001: migrations are listed oldest first");
  EXPECT_EQ(refused(fine, R"json(, {"revision": "002", "release": "pin", "operations": []})json"),
            "/migrations/1/release: unknown release \"pin\"; did you mean \"pine\"?");
  EXPECT_EQ(
      refused(
          fine,
          R"json(, {"revision": "002", "release": "pine", "operations": []}, {"revision": "003", "release": "oak", "operations": []})json"),
      "/migrations/2/release: oak is older than the release before");
}

}  // namespace
}  // namespace caravan
