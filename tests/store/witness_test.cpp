// The database as the witness: what its triggers recorded, and who may look.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend.hpp"
#include "inspect.hpp"
#include "library.hpp"

namespace caravan::nodes::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string shown(const Change& change) {
  return change.action + " " + change.table + " " + change.key + " " + change.column + " " +
         change.old_value.dump() + " -> " + change.new_value.dump();
}

std::vector<std::string> shown(const std::vector<Change>& changes) {
  std::vector<std::string> lines;
  for (const Change& change : changes) lines.push_back(shown(change));
  return lines;
}

TEST_P(StoreConformance, WitnessesACreateColumnByColumnAlsoNulls) {
  store_->insert("books", {{"id", "b"}, {"title", "Dune"}});
  store_->commit();
  EXPECT_THAT(shown(store_->changes_after(0)),
              ElementsAre("insert books b id null -> \"b\"", "insert books b shelf_id null -> null",
                          "insert books b title null -> \"Dune\"", "insert books b created_at null -> null"));
}

TEST_P(StoreConformance, WitnessesOnlyWhatAnUpdateChanged) {
  Row row = shelf("a");
  row["is_public"] = false;
  row["weight"] = 0.1;
  row["size"] = std::int64_t{9007199254740993};
  store_->insert("shelves", row);
  store_->commit();
  const auto before = store_->changes_after(0).back().sequence;
  store_->update("shelves", "a",
                 {{"name", "a"},
                  {"is_public", true},
                  {"weight", 0.30000000000000004},
                  {"total", 5},
                  {"size", std::int64_t{9007199254740995}},
                  {"notes", nullptr},
                  {"default", ""}});
  store_->commit();
  EXPECT_THAT(shown(store_->changes_after(before)),
              ElementsAre("update shelves a weight 0.1 -> 0.30000000000000004",
                          "update shelves a default null -> \"\"", "update shelves a is_public false -> true",
                          "update shelves a total null -> 5",
                          "update shelves a size 9007199254740993 -> 9007199254740995"));
}

TEST_P(StoreConformance, WitnessesADeleteWithAllOldValues) {
  store_->insert("books", {{"id", "b"}, {"title", "Dune"}});
  store_->commit();
  const auto before = store_->changes_after(0).back().sequence;
  store_->remove("books", "b");
  store_->commit();
  EXPECT_THAT(shown(store_->changes_after(before)),
              ElementsAre("delete books b id \"b\" -> null", "delete books b shelf_id null -> null",
                          "delete books b title \"Dune\" -> null", "delete books b created_at null -> null"));
}

TEST_P(StoreConformance, WitnessesCommitsInTheirOrderAndNothingRolledBack) {
  const auto watcher = witness();
  const auto other = another();
  store_->insert("books", {{"id", "1"}, {"title", "t"}});
  EXPECT_THAT(watcher->changes_after(0), IsEmpty()) << "not committed yet";
  EXPECT_THAT(store_->changes_after(0), IsEmpty()) << "its own are not committed either";
  store_->commit();
  other->insert("books", {{"id", "2"}, {"title", "t"}});
  other->rollback();
  store_->insert("books", {{"id", "3"}, {"title", "t"}});
  refusal([&] { store_->insert("books", {{"id", "3"}, {"title", "t"}}); });
  store_->commit();
  other->insert("books", {{"id", "2"}, {"title", "t"}});
  other->commit();
  std::vector<std::string> keys;
  std::int64_t last = 0;
  for (const Change& change : changes_of(watcher->changes_after(0), "insert", "id")) {
    keys.push_back(change.key);
    EXPECT_GT(change.sequence, last);
    last = change.sequence;
  }
  EXPECT_THAT(keys, ElementsAre("1", "3", "2"));
  EXPECT_EQ(watcher->changes_after(last).size(), 3u);
  EXPECT_EQ(watcher->changes_after(last)[0].column, "shelf_id");
}

TEST_P(StoreConformance, WitnessSeesEachCommitAndCannotWrite) {
  const auto watcher = witness();
  EXPECT_FALSE(watcher->get("books", "b"));
  store_->insert("books", {{"id", "b"}, {"title", "t"}});
  EXPECT_FALSE(watcher->get("books", "b"));
  store_->commit();
  EXPECT_TRUE(watcher->get("books", "b"));
  EXPECT_EQ(watcher->list("books", {}).size(), 1u);
  const std::function<void()> acts[] = {[&] {
                                          watcher->insert("books", {{"id", "c"}, {"title", "t"}});
                                        },
                                        [&] {
                                          watcher->update("books", "b", {{"title", "u"}});
                                        },
                                        [&] { watcher->remove("books", "b"); },
                                        [&] {
                                          watcher->remove_where("books", {{"id", "b"}});
                                        }};
  for (const auto& act : acts) EXPECT_EQ(refusal(act).kind, StoreError::Kind::machine);
  EXPECT_EQ(watcher->get("books", "b")->at("title"), Json("t"));
}

TEST(SqliteWitness, CannotWriteEvenPastTheStore) {
  const Folder folder;
  create_schema(folder.url("a.db"), library_catalog(), "one");
  SqlSession session(parse_database_url(folder.url("a.db")), SqlSession::Mode::witness);
  for (const char* write :
       {"delete from books", "drop table books", "update caravan_schema set generation = 9"}) {
    EXPECT_EQ(refusal([&] { session.run(write); }).kind, StoreError::Kind::machine) << write;
  }
}

}  // namespace
}  // namespace caravan::nodes::test
