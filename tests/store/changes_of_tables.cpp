// change_schema on every database: tables brought from one definition to another, rows kept.
#include <gmock/gmock.h>

#include "backend.hpp"
#include "inspect.hpp"
#include "library.hpp"
#include "nodes/store/ddl.hpp"
#include "nodes/store/schema_state.hpp"

namespace caravan::test {
namespace {

using K = StoreError::Kind;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

void change(const std::string& url, const Schema& from, const Schema& to,
            const std::vector<Rename>& renames = {}) {
  SqlSession session(parse_database_url(url), SqlSession::Mode::migrate);
  WriteTransaction transaction(session);
  SchemaState state = read_state(session);
  change_schema(session, from, to, renames);
  state.generation += 10;
  write_state(session, state);
  transaction.commit();
}

TEST_P(SqlConformance, BringsTablesToWhatAFreshDatabaseHas) {
  const Schema one = release_schema(library_catalog(), "one"), two = release_schema(library_catalog(), "two"),
               both = expanded_schema(one, two);
  Row row = shelf("a");
  row["code"] = "c";
  store_->insert("shelves", row);
  store_->insert("books", {{"id", "b"}, {"title", "t"}, {"shelf_id", "a"}});
  store_->insert("shelf_books", {{"Shelf_id", "a"}, {"Book_id", "b"}});
  store_->commit();
  const auto last = witness()->changes_after(0).back().sequence;
  change(url(), one, both);
  EXPECT_THAT(witness()->changes_after(last), IsEmpty()) << "rows that only move are no changes";
  store_->update("shelves", "a", {{"sturdy", true}, {"mark", "m"}});
  EXPECT_EQ(refusal([&] {
              store_->insert("books", {{"id", "x"}, {"title", "t"}, {"shelf_id", "no"}});
            }).kind,
            K::reference);
  store_->commit();
  EXPECT_EQ(witness()->changes_after(last).size(), 2u) << "triggers know the new columns";
  change(url(), both, two);
  EXPECT_EQ(store_->get("shelves", "a")->at("mark"), Json("m"));
  EXPECT_EQ(store_->get("shelves", "a")->count("code"), 0u);
  EXPECT_EQ(store_->list("shelf_books", {}).size(), 1u);
  store_->update("shelves", "a", {{"name", "twenty characters is"}});
  EXPECT_EQ(refusal([&] { store_->update("shelves", "a", {{"sturdy", nullptr}}); }).kind, K::not_null);
  EXPECT_EQ(refusal([&] { store_->remove("shelves", "a"); }).kind, K::reference);
  store_->commit();
  const auto changed = described(url());
  store_.reset();
  create_schema(url(), library_catalog(), "two", {true});
  EXPECT_EQ(changed, described(url()));
}

TEST_P(SqlConformance, RenamesAColumnWithItsValuesAndItsKeys) {
  const Schema one = release_schema(library_catalog(), "one");
  Schema renamed = one;
  for (TableDef& table : renamed) {
    if (table.name != "shelves") continue;
    for (ColumnDef& column : table.columns) {
      if (column.name == "code") column.name = "mark";
      if (column.name == "name") column.name = "title";
    }
    table.unique = {{"title", "tenant_id"}};
  }
  Row row = shelf("a");
  row["code"] = "kept";
  store_->insert("shelves", row);
  store_->commit();
  const std::vector<Rename> names = {{"shelves", "code", "mark"}, {"shelves", "name", "title"}};
  change(url(), one, renamed, names);
  EXPECT_EQ(store_->get("shelves", "a")->at("mark"), Json("kept"));
  EXPECT_EQ(refusal([&] {
              store_->insert("shelves", {{"id", "b"}, {"title", "a"}, {"tenant_id", "t"}});
            }).kind,
            K::constraint);
  store_->rollback();
  const auto there = described(url());
  std::vector<Rename> back;
  for (const Rename& each : names) back.push_back({each.table, each.after, each.before});
  change(url(), renamed, one, back);
  EXPECT_EQ(store_->get("shelves", "a")->at("code"), Json("kept"));
  EXPECT_NE(there, described(url()));
}

TEST_P(SqlConformance, AddsANotNullColumnToRowsAsTheDatabaseDoes) {
  const Schema one = release_schema(library_catalog(), "one");
  Schema stricter = one;
  for (TableDef& table : stricter) {
    if (table.name == "books") table.columns.push_back(*find_table(one, "shelves")->column("is_public"));
    if (table.name == "books") table.columns.back().nullable = false;
  }
  store_->insert("books", {{"id", "b"}, {"title", "t"}});
  store_->commit();
  const auto before = described(url());
  if (GetParam().name == "mariadb") {
    change(url(), one, stricter);
    EXPECT_EQ(store_->get("books", "b")->at("is_public"), Json(false)) << "its implicit default";
    return;
  }
  const StoreError error = refusal([&] { change(url(), one, stricter); });
  EXPECT_EQ(error.kind, K::not_null);
  EXPECT_THAT(error.what(), HasSubstr("is_public"));
  EXPECT_EQ(described(url()), before) << "a refusal changes nothing";
}

TEST_P(SqlConformance, ChangesNothingTheSecondTimeAndLeavesOtherTablesAlone) {
  const Schema one = release_schema(library_catalog(), "one"), two = release_schema(library_catalog(), "two");
  const Schema both = expanded_schema(one, two);
  store_->insert("caravan_services", {{"id", "engine.1"}, {"role", "engine"}});
  store_->commit();
  change(url(), one, both);
  const auto after = described(url());
  change(url(), one, both);
  EXPECT_EQ(described(url()), after);
  EXPECT_EQ(store_->get("caravan_services", "engine.1")->at("role"), Json("engine"));
}

}  // namespace
}  // namespace caravan::test
