// What every store keeps: values, constraints, transactions.
#include <gmock/gmock.h>

#include "backend.hpp"
#include "library.hpp"

namespace caravan::nodes::test {
namespace {

using K = StoreError::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> ids(const std::vector<Row>& rows) {
  std::vector<std::string> found;
  for (const Row& row : rows) found.push_back(row.at("id").get<std::string>());
  return found;
}

TEST_P(StoreConformance, KeepsEveryTypeAsItWas) {
  Row row = shelf("a");
  row["is_public"] = true;
  row["order"] = -32768;
  row["total"] = 2147483647;
  row["size"] = std::int64_t{9223372036854775807};
  row["weight"] = 0.1 + 0.2;
  row["height"] = 1e300;
  row["notes"] = "line\nsecond \"quoted\" 'single' :p0 ? \\ \t";
  row["info"] = R"({"status": "PENDING", "n": 1})";
  row["default"] = "";
  row["created_at"] = "2026-01-02 03:04:05.000006";
  store_->insert("shelves", row);
  store_->commit();
  const Row read = *another()->get("shelves", "a");
  for (const auto& entry : row) EXPECT_EQ(read.at(entry.first).dump(), entry.second.dump()) << entry.first;
}

TEST_P(StoreConformance, GivesNullForWhatWasNotNamedAndForWhatWasSetToNull) {
  Row row = shelf("a");
  row["total"] = nullptr;
  row["notes"] = nullptr;
  store_->insert("shelves", row);
  const Row read = *store_->get("shelves", "a");
  EXPECT_EQ(read.size(), store_->columns("shelves").size());
  for (const char* column : {"total", "notes", "is_public", "height", "created_at", "data"}) {
    EXPECT_TRUE(read.at(column).is_null()) << column;
  }
}

TEST_P(StoreConformance, TellsFalseZeroAndEmptyFromNull) {
  Row row = shelf("a");
  row["is_public"] = false;
  row["total"] = 0;
  row["height"] = 0.0;
  row["notes"] = "";
  store_->insert("shelves", row);
  const Row read = *store_->get("shelves", "a");
  EXPECT_EQ(read.at("is_public"), Json(false));
  EXPECT_TRUE(read.at("is_public").is_boolean());
  EXPECT_EQ(read.at("total").dump(), "0");
  EXPECT_EQ(read.at("height").dump(), "0.0");
  EXPECT_EQ(read.at("notes"), Json(""));
}

TEST_P(StoreConformance, ConvertsNothing) {
  const std::pair<const char*, Json> wrong[] = {
      {"is_public", 1},       {"is_public", "true"},
      {"total", "1"},         {"total", 1.0},
      {"total", true},        {"height", "1.5"},
      {"notes", 5},           {"info", Json::object()},
      {"created_at", 5},      {"created_at", "2026-01-02T03:04:05Z"},
      {"created_at", "2026"}, {"order", 32768},
      {"total", 2147483648},  {"size", std::uint64_t{9223372036854775808u}}};
  for (const auto& each : wrong) {
    Row row = shelf("a");
    row[each.first] = each.second;
    const StoreError error = refusal([&] { store_->insert("shelves", row); });
    EXPECT_EQ(error.kind, K::constraint) << each.first;
    EXPECT_THAT(error.what(), HasSubstr(std::string("shelves.") + each.first));
  }
  EXPECT_FALSE(store_->get("shelves", "a"));
}

TEST_P(StoreConformance, RefusesNulInText) {
  Row row = shelf("a");
  row["notes"] = std::string("a\0b", 3);
  EXPECT_EQ(refusal([&] { store_->insert("shelves", row); }).kind, K::constraint);
}

TEST_P(StoreConformance, KeepsLongAndForeignText) {
  Row row = shelf("a");
  row["notes"] = std::string(300000, 'x');
  row["data"] = std::string(1 << 20, 'A') + "==";
  row["info"] = "caravan \xF0\x9F\x90\xAA \xD8\xB5\xD8\xAD\xD8\xB1\xD8\xA7\xD8\xA1 \xE2\x80\xA8 \xCC\x81";
  store_->insert("shelves", row);
  store_->commit();
  const Row read = *another()->get("shelves", "a");
  for (const char* column : {"notes", "data", "info"}) EXPECT_EQ(read.at(column), row.at(column)) << column;
  EXPECT_EQ(changes_of(store_->changes_after(0), "insert", "data").at(0).new_value, row.at("data"));
}

TEST_P(StoreConformance, CountsLengthInCharactersNotBytes) {
  std::string camels;
  for (int i = 0; i < 10; ++i) camels += "\xF0\x9F\x90\xAA";
  store_->insert("shelves", shelf("a", camels));
  const StoreError error = refusal([&] { store_->insert("shelves", shelf("b", camels + "!")); });
  EXPECT_EQ(error.kind, K::too_long);
  EXPECT_THAT(error.what(), HasSubstr("shelves.name"));
  EXPECT_THAT(error.what(), HasSubstr("10"));
}

TEST_P(StoreConformance, RefusesAMissingNotNull) {
  const StoreError error = refusal([&] { store_->insert("shelves", {{"id", "a"}}); });
  EXPECT_EQ(error.kind, K::not_null);
  EXPECT_THAT(error.what(), HasSubstr("shelves.name"));
  store_->insert("shelves", shelf("a"));
  EXPECT_EQ(refusal([&] { store_->update("shelves", "a", {{"name", nullptr}}); }).kind, K::not_null);
  EXPECT_EQ(refusal([&] {
              store_->insert("shelves", {{"name", "n"}});
            }).kind,
            K::not_null)
      << "a key is needed";
  const StoreError null = refusal([&] { store_->insert("shelves", {{"id", "b"}, {"name", nullptr}}); });
  EXPECT_EQ(null.kind, K::not_null) << null.what();
}

TEST_P(StoreConformance, TellsADuplicateIdFromADuplicateName) {
  store_->insert("shelves", shelf("a", "one"));
  EXPECT_EQ(refusal([&] { store_->insert("shelves", shelf("a", "two")); }).kind, K::duplicate);
  EXPECT_EQ(refusal([&] { store_->insert("shelves", shelf("a", "one")); }).kind, K::duplicate)
      << "a retried create";
  const StoreError error = refusal([&] { store_->insert("shelves", shelf("b", "one")); });
  EXPECT_EQ(error.kind, K::constraint);
  EXPECT_THAT(error.what(), HasSubstr("shelves.name"));
  EXPECT_THAT(error.what(), HasSubstr("tenant_id"));
  store_->insert("shelves", shelf("b", "two"));
  EXPECT_EQ(refusal([&] { store_->update("shelves", "b", {{"name", "one"}}); }).kind, K::constraint);
}

TEST_P(StoreConformance, DoesNotConstrainNullTenants) {
  Row row = shelf("a", "same");
  row["tenant_id"] = nullptr;
  store_->insert("shelves", row);
  row["id"] = "b";
  EXPECT_NO_THROW(store_->insert("shelves", row));
}

TEST_P(StoreConformance, HoldsForeignKeysAndSaysWhichOne) {
  const StoreError orphan = refusal([&] {
    store_->insert("books", {{"id", "b"}, {"title", "t"}, {"shelf_id", "nowhere"}});
  });
  EXPECT_EQ(orphan.kind, K::reference);
  EXPECT_THAT(orphan.what(), HasSubstr("books.shelf_id"));
  EXPECT_THAT(orphan.what(), HasSubstr("shelves"));
  store_->insert("shelves", shelf("s"));
  store_->insert("books", {{"id", "b"}, {"title", "t"}, {"shelf_id", "s"}});
  EXPECT_EQ(refusal([&] { store_->update("books", "b", {{"shelf_id", "nowhere"}}); }).kind, K::reference);
  const StoreError parent = refusal([&] { store_->remove("shelves", "s"); });
  EXPECT_EQ(parent.kind, K::reference);
  EXPECT_THAT(parent.what(), HasSubstr("books.shelf_id"));
  store_->update("books", "b", {{"shelf_id", nullptr}});
  EXPECT_NO_THROW(store_->remove("shelves", "s"));
}

TEST_P(StoreConformance, NamesTheSameConstraintOfARowThatBreaksTwo) {
  store_->insert("shelves", shelf("a"));
  store_->insert("shelves", shelf("b"));
  const auto said = [&](const std::string& table, const Row& row) {
    const StoreError error = refusal([&] { store_->insert(table, row); });
    return std::string(name(error.kind)) + ": " + error.what();
  };
  EXPECT_EQ(said("shelves", shelf("a", "longer than ten")),
            "too_long: shelves.name: longer than 10 characters");
  EXPECT_EQ(said("shelves", {{"id", "a"}}), "not_null: shelves.name: must not be NULL");
  EXPECT_EQ(said("books", {{"id", "b"}, {"shelf_id", "nowhere"}}), "not_null: books.title: must not be NULL");
  store_->insert("books", {{"id", "b"}, {"title", "t"}});
  EXPECT_EQ(said("books", {{"id", "b"}, {"title", "t"}, {"shelf_id", "nowhere"}}),
            "duplicate: books.id: a row with this key exists");
  const StoreError error = refusal([&] { store_->update("shelves", "b", {{"name", "a"}, {"id", "b"}}); });
  EXPECT_STREQ(error.what(), "shelves.name, shelves.tenant_id: another row has the same value");
}

TEST_P(StoreConformance, RefusesWhatTheSchemaDoesNotKnowAndSuggests) {
  Row row = shelf("a");
  row["descriptoin"] = "x";
  EXPECT_EQ(refusal([&] { store_->insert("shelves", row); }).kind, K::unknown_column);
  store_->insert("shelves", shelf("a"));
  const StoreError column = refusal([&] { store_->update("shelves", "a", {{"is_publik", true}}); });
  EXPECT_EQ(column.kind, K::unknown_column);
  EXPECT_THAT(column.what(), HasSubstr("is_public"));
  const StoreError table = refusal([&] { store_->get("shelfs", "a"); });
  EXPECT_EQ(table.kind, K::unknown_column);
  EXPECT_THAT(table.what(), HasSubstr("shelves"));
  EXPECT_EQ(refusal([&] { store_->list("shelves", {{"mark", "x"}}); }).kind, K::unknown_column);
  EXPECT_TRUE(store_->columns("shelfs").empty());
}

TEST_P(StoreConformance, NeverQuotesAValueInAnError) {
  const std::string secret = "canary7f";
  Row row = shelf(secret, secret);
  row["tenant_id"] = secret;
  row["notes"] = secret;
  store_->insert("shelves", row);
  const std::function<void()> acts[] = {
      [&] { store_->insert("shelves", row); },
      [&] { store_->insert("shelves", shelf("b", secret + "more")); },
      [&] {
        store_->update("shelves", secret, {{"total", secret}});
      },
      [&] {
        store_->update("shelves", secret, {{"created_at", secret}});
      },
      [&] {
        store_->update("shelves", secret, {{"id", "other"}});
      },
      [&] {
        store_->insert("books", {{"id", "b"}, {"title", secret}, {"shelf_id", "no" + secret}});
      },
      [&] { store_->remove("books", secret); }};
  for (const auto& act : acts) EXPECT_THAT(refusal(act).what(), Not(HasSubstr(secret)));
}

TEST_P(StoreConformance, GoesOnAfterARefusalInTheSameTransaction) {
  store_->insert("shelves", shelf("a"));
  refusal([&] { store_->insert("shelves", shelf("a")); });
  refusal([&] { store_->insert("shelves", shelf("b", "longer than ten")); });
  store_->insert("shelves", shelf("c"));
  store_->commit();
  EXPECT_THAT(ids(another()->list("shelves", {})), ElementsAre("a", "c"));
}

TEST_P(StoreConformance, UpdatesOnlyWhatIsNamed) {
  Row row = shelf("a");
  row["order"] = 1;
  row["default"] = "d";
  row["notes"] = "n";
  store_->insert("shelves", row);
  store_->update("shelves", "a", {{"order", 2}, {"id", "a"}});
  const Row read = *store_->get("shelves", "a");
  EXPECT_EQ(read.at("order"), Json(2));
  EXPECT_EQ(read.at("default"), Json("d"));
  EXPECT_EQ(read.at("notes"), Json("n"));
  EXPECT_EQ(refusal([&] { store_->update("shelves", "a", {{"id", "b"}}); }).kind, K::constraint);
  EXPECT_NO_THROW(store_->update("shelves", "a", {}));
}

TEST_P(StoreConformance, SaysGoneForARowThatIsNotThere) {
  EXPECT_FALSE(store_->get("shelves", "a"));
  EXPECT_EQ(refusal([&] { store_->update("shelves", "a", {{"total", 1}}); }).kind, K::gone);
  EXPECT_EQ(refusal([&] { store_->update("shelves", "a", {}); }).kind, K::gone);
  EXPECT_EQ(refusal([&] { store_->update("shelves", "a", {{"name", "longer than ten"}}); }).kind, K::gone);
  EXPECT_EQ(refusal([&] { store_->remove("shelves", "a"); }).kind, K::gone);
}

TEST_P(StoreConformance, ListsWhatIsEqualInOrderOfCreationThenKey) {
  const std::pair<const char*, const char*> rows[] = {{"c", "2026-01-01 00:00:00.000001"},
                                                      {"b", "2026-01-01 00:00:00.000002"},
                                                      {"d", "2026-01-01 00:00:00.000001"},
                                                      {"a", "2026-01-01 00:00:00.000003"}};
  for (const auto& each : rows) {
    Row row = shelf(each.first);
    row["created_at"] = each.second;
    row["is_public"] = each.first == std::string("b");
    store_->insert("shelves", row);
  }
  EXPECT_THAT(ids(store_->list("shelves", {})), ElementsAre("c", "d", "b", "a"));
  EXPECT_THAT(ids(store_->list("shelves", {{"is_public", false}})), ElementsAre("c", "d", "a"));
  EXPECT_THAT(ids(store_->list("shelves", {{"is_public", false}, {"name", "d"}})), ElementsAre("d"));
  store_->update("shelves", "d", {{"tenant_id", nullptr}});
  EXPECT_THAT(ids(store_->list("shelves", {{"tenant_id", nullptr}})), ElementsAre("d"));
  EXPECT_TRUE(store_->list("shelves", {{"name", "nobody"}}).empty());
}

TEST_P(StoreConformance, HoldsAssociations) {
  store_->insert("shelves", shelf("s"));
  for (const char* id : {"z", "b", "a"}) {
    store_->insert("books", {{"id", id}, {"title", "t"}});
    store_->insert("shelf_books", {{"Shelf_id", "s"}, {"Book_id", id}});
  }
  std::vector<std::string> order;
  for (const Row& row : store_->list("shelf_books", {{"Shelf_id", "s"}})) {
    order.push_back(row.at("Book_id").get<std::string>());
  }
  EXPECT_THAT(order, ElementsAre("z", "b", "a")) << "the order in which they were put there";
  EXPECT_EQ(refusal([&] {
              store_->insert("shelf_books", {{"Shelf_id", "s"}, {"Book_id", "no"}});
            }).kind,
            K::reference);
  EXPECT_EQ(refusal([&] { store_->remove("books", "b"); }).kind, K::reference);
  store_->remove_where("shelf_books", {{"Shelf_id", "s"}, {"Book_id", "b"}});
  store_->remove_where("shelf_books", {{"Shelf_id", "s"}, {"Book_id", "b"}});
  EXPECT_EQ(store_->list("shelf_books", {}).size(), 2u);
  EXPECT_EQ(refusal([&] { store_->remove_where("shelf_books", {}); }).kind, K::constraint);
  EXPECT_EQ(refusal([&] { store_->get("shelf_books", "s"); }).kind, K::unknown_column);
  const auto changes = changes_of((store_->commit(), store_->changes_after(0)), "delete", "Book_id");
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].key, "s/b");
}

TEST_P(StoreConformance, RollsBackWhatWasNotCommitted) {
  store_->insert("shelves", shelf("a"));
  store_->commit();
  store_->insert("shelves", shelf("b"));
  store_->update("shelves", "a", {{"total", 1}});
  store_->remove("shelves", "b");
  store_->rollback();
  EXPECT_THAT(ids(store_->list("shelves", {})), ElementsAre("a"));
  EXPECT_TRUE(store_->get("shelves", "a")->at("total").is_null());
  store_->rollback();
  store_->rollback();
  store_->commit();
}

TEST_P(StoreConformance, RollsBackWhenItsOwnerGoes) {
  {
    const auto other = another();
    other->insert("shelves", shelf("a"));
  }
  EXPECT_FALSE(store_->get("shelves", "a"));
}

TEST_P(StoreConformance, LetsOneWriterInAtATime) {
  store_->insert("shelves", shelf("a"));
  const auto other = impatient();
  EXPECT_EQ(refusal([&] { other->insert("shelves", shelf("b")); }).kind, K::locked);
  store_->commit();
  other->insert("shelves", shelf("b"));
  other->commit();
  EXPECT_THAT(ids(store_->list("shelves", {})), ElementsAre("a", "b"));
}

TEST_P(StoreConformance, NeverFailsAWriteBecauseItReadFirst) {
  store_->insert("shelves", shelf("a"));
  store_->commit();
  store_->get("shelves", "a");  // holds the lock already
  const auto other = impatient();
  EXPECT_EQ(refusal([&] { other->update("shelves", "a", {{"total", 1}}); }).kind, K::locked);
  EXPECT_NO_THROW(store_->update("shelves", "a", {{"total", 2}}));
  store_->commit();
  EXPECT_NO_THROW(other->update("shelves", "a", {{"total", 1}}));
}

TEST_P(StoreConformance, ReadsWithoutWaitingForAWriter) {
  store_->insert("shelves", shelf("a"));
  store_->commit();
  store_->insert("shelves", shelf("b"));
  const auto reader = impatient();
  reader->begin_read();
  EXPECT_THAT(ids(reader->list("shelves", {})), ElementsAre("a"));
  store_->commit();
  EXPECT_THAT(ids(reader->list("shelves", {})), ElementsAre("a")) << "one transaction sees one state";
  EXPECT_EQ(refusal([&] { reader->insert("shelves", shelf("c")); }).kind, K::machine);
  reader->commit();
  EXPECT_THAT(ids(reader->list("shelves", {})), ElementsAre("a", "b"));
}

TEST_P(StoreConformance, GivesEachReaderTheStateThatItBeganWith) {
  for (const char* id : {"a", "b"}) store_->insert("shelves", shelf(id));
  store_->commit();
  const auto seen = [](Store& by) {
    std::string text;
    for (const Row& row : by.list("shelves", {})) {
      const std::string id = row.at("id").get<std::string>();
      EXPECT_EQ(by.get("shelves", id), row);
      text += id + row.at("total").dump() + " ";
    }
    EXPECT_EQ(by.get("shelves", "c").has_value(), text.find('c') != std::string::npos);
    return text;
  };
  const auto first = another(), second = another(), look = witness();
  first->begin_read();
  EXPECT_EQ(seen(*first), "anull bnull ");
  store_->update("shelves", "a", {{"total", 1}});
  store_->remove("shelves", "b");
  store_->insert("shelves", shelf("c"));
  EXPECT_EQ(seen(*store_), "a1 cnull ");
  for (Store* other : {first.get(), look.get()}) EXPECT_EQ(seen(*other), "anull bnull ") << "not committed";
  store_->rollback();
  for (Store* other : {first.get(), look.get()}) EXPECT_EQ(seen(*other), "anull bnull ") << "undone";
  store_->update("shelves", "a", {{"total", 2}});
  store_->update("shelves", "a", {{"total", 3}});
  store_->insert("shelves", shelf("c"));
  store_->commit();
  second->begin_read();
  EXPECT_EQ(seen(*second), "a3 bnull cnull ");
  store_->remove("shelves", "a");
  store_->update("shelves", "c", {{"total", 4}});
  store_->commit();
  EXPECT_EQ(seen(*first), "anull bnull ");
  EXPECT_EQ(seen(*second), "a3 bnull cnull ");
  EXPECT_EQ(seen(*look), "bnull c4 ");
  first->rollback();
  EXPECT_EQ(seen(*second), "a3 bnull cnull ") << "others may go meanwhile";
  second->commit();
  second->begin_read();
  EXPECT_EQ(seen(*second), "bnull c4 ");
}

TEST_P(StoreConformance, KeepsNoSnapshotAfterCommit) {
  store_->insert("shelves", shelf("a"));
  store_->commit();
  const auto other = another();
  other->get("shelves", "a");
  other->commit();
  store_->update("shelves", "a", {{"total", 7}});
  store_->commit();
  EXPECT_EQ(other->get("shelves", "a")->at("total"), Json(7));
  EXPECT_NO_THROW(other->update("shelves", "a", {{"total", 8}}));
}

}  // namespace
}  // namespace caravan::nodes::test
