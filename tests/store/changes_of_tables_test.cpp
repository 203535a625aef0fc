// MigrationStore::change on every database: tables brought from one definition to another, rows kept.
#include <gmock/gmock.h>

#include "backend.hpp"
#include "library.hpp"

namespace caravan::nodes::test {
namespace {

using K = StoreError::Kind;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

void change(TestDatabase& database, const Schema& from, const Schema& to,
            const std::vector<Rename>& renames = {}) {
  const auto store = database.migration();
  MigrationTransaction transaction(*store);
  SchemaState state = store->state();
  store->change(from, to, renames);
  state.generation += 10;
  store->set_state(state);
  transaction.commit();
}

TEST_P(StoreConformance, BringsTablesToWhatAFreshDatabaseHas) {
  const Schema one = release_schema(library_catalog(), "one"), two = release_schema(library_catalog(), "two"),
               both = expanded_schema(one, two);
  Row row = shelf("a");
  row["code"] = "c";
  store_->insert("shelves", row);
  store_->insert("books", {{"id", "b"}, {"title", "t"}, {"shelf_id", "a"}});
  store_->insert("shelf_books", {{"Shelf_id", "a"}, {"Book_id", "b"}});
  store_->commit();
  const auto last = witness()->changes_after(0).back().sequence;
  change(*database_, one, both);
  EXPECT_THAT(witness()->changes_after(last), IsEmpty()) << "rows that only move are no changes";
  store_->update("shelves", "a", {{"sturdy", true}, {"mark", "m"}});
  EXPECT_EQ(refusal([&] {
              store_->insert("books", {{"id", "x"}, {"title", "t"}, {"shelf_id", "no"}});
            }).kind,
            K::reference);
  store_->commit();
  EXPECT_EQ(witness()->changes_after(last).size(), 2u) << "triggers know the new columns";
  change(*database_, both, two);
  EXPECT_EQ(store_->get("shelves", "a")->at("mark"), Json("m"));
  EXPECT_EQ(store_->get("shelves", "a")->count("code"), 0u);
  EXPECT_EQ(store_->list("shelf_books", {}).size(), 1u);
  store_->update("shelves", "a", {{"name", "twenty characters is"}});
  EXPECT_EQ(refusal([&] { store_->update("shelves", "a", {{"sturdy", nullptr}}); }).kind, K::not_null);
  EXPECT_EQ(refusal([&] { store_->remove("shelves", "a"); }).kind, K::reference);
  store_->commit();
  const auto changed = database_->schema();
  make("two");
  EXPECT_EQ(changed, database_->schema());
}

TEST_P(StoreConformance, RenamesAColumnWithItsValuesAndItsKeys) {
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
  change(*database_, one, renamed, names);
  EXPECT_EQ(store_->get("shelves", "a")->at("mark"), Json("kept"));
  EXPECT_EQ(refusal([&] {
              store_->insert("shelves", {{"id", "b"}, {"title", "a"}, {"tenant_id", "t"}});
            }).kind,
            K::constraint);
  store_->rollback();
  const auto there = database_->schema();
  std::vector<Rename> back;
  for (const Rename& each : names) back.push_back({each.table, each.after, each.before});
  change(*database_, renamed, one, back);
  EXPECT_EQ(store_->get("shelves", "a")->at("code"), Json("kept"));
  EXPECT_NE(there, database_->schema());
}

TEST_P(StoreConformance, AddsANotNullColumnToRowsAsTheDatabaseDoes) {
  const Schema one = release_schema(library_catalog(), "one");
  Schema stricter = one;
  for (TableDef& table : stricter) {
    if (table.name == "books") table.columns.push_back(*find_table(one, "shelves")->column("is_public"));
    if (table.name == "books") table.columns.back().nullable = false;
  }
  store_->insert("books", {{"id", "b"}, {"title", "t"}});
  store_->commit();
  const auto before = database_->schema();
  if (GetParam().name == "mariadb") {
    change(*database_, one, stricter);
    EXPECT_EQ(store_->get("books", "b")->at("is_public"), Json(false)) << "its implicit default";
    return;
  }
  const StoreError error = refusal([&] { change(*database_, one, stricter); });
  EXPECT_EQ(error.kind, K::not_null);
  EXPECT_THAT(error.what(), HasSubstr("is_public"));
  EXPECT_EQ(database_->schema(), before) << "a refusal changes nothing";
}

TEST_P(StoreConformance, ChangesNothingTheSecondTimeAndLeavesOtherTablesAlone) {
  const Schema one = release_schema(library_catalog(), "one"), two = release_schema(library_catalog(), "two");
  const Schema both = expanded_schema(one, two);
  store_->insert("caravan_services", {{"id", "engine.1"}, {"role", "engine"}});
  store_->commit();
  change(*database_, one, both);
  const auto after = database_->schema();
  change(*database_, one, both);
  EXPECT_EQ(database_->schema(), after);
  EXPECT_EQ(store_->get("caravan_services", "engine.1")->at("role"), Json("engine"));
}

}  // namespace
}  // namespace caravan::nodes::test
