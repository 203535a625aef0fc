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

std::vector<std::string> stamps(const std::vector<Change>& changes) {
  std::vector<std::string> lines;
  for (const Change& change : changes) {
    const Stamp& stamp = change.stamp;
    lines.push_back(change.key + " " + change.column + " by " + stamp.writer + " for " + stamp.cause + ", " +
                    std::to_string(stamp.transaction));
  }
  return lines;
}

TEST_P(StoreConformance, WitnessesWhoWroteAndWhatForBesideEachChange) {
  store_->work_on("conductor.1#2", "api.1#1/17");
  store_->insert("books", {{"id", "b"}, {"title", "Dune"}});
  store_->update("books", "b", {{"title", "Emma"}});
  store_->commit();
  const std::string stamp = " by conductor.1#2 for api.1#1/17, 1";
  EXPECT_THAT(stamps(store_->changes_after(0)),
              ElementsAre("b id" + stamp, "b shelf_id" + stamp, "b title" + stamp, "b created_at" + stamp,
                          "b title" + stamp));
  const auto before = store_->changes_after(0).back().sequence;
  store_->remove("books", "b");
  store_->commit();
  EXPECT_THAT(stamps(store_->changes_after(before)),
              ::testing::Each(::testing::EndsWith(" by conductor.1#2 for api.1#1/17, 2")))
      << "another transaction of the same work";
}

TEST_P(StoreConformance, StampsWhatFollowsARefusalAsWhatCameBefore) {
  store_->work_on("conductor.1#2", "api.1#1/17");
  store_->insert("books", {{"id", "1"}, {"title", "t"}});
  refusal([&] { store_->insert("books", {{"id", "1"}, {"title", "t"}}); });
  store_->insert("books", {{"id", "2"}, {"title", "t"}});
  store_->commit();
  EXPECT_THAT(
      stamps(changes_of(store_->changes_after(0), "insert", "id")),
      ElementsAre("1 id by conductor.1#2 for api.1#1/17, 1", "2 id by conductor.1#2 for api.1#1/17, 1"));
}

TEST_P(StoreConformance, StampsEachConnectionsOwnTransactionsAndNoOthers) {
  const auto other = another(), silent = another();
  const auto add = [](Store& store, const std::string& id) {
    store.insert("books", {{"id", id}, {"title", "t"}});
    store.commit();
  };
  store_->work_on("conductor.1#1", "api.1#1/1");
  other->work_on("conductor.2#1", "engine's \\ \"cause\" :p0 ü");
  add(*store_, "1");
  add(*silent, "2");
  add(*other, "3");
  store_->insert("books", {{"id", "4"}, {"title", "t"}});
  store_->rollback();
  store_->begin_read();
  store_->commit();
  store_->work_on("conductor.1#1", "timer");
  add(*silent, "5");
  add(*store_, "6");
  EXPECT_THAT(stamps(changes_of(witness()->changes_after(0), "insert", "id")),
              ElementsAre("1 id by conductor.1#1 for api.1#1/1, 1", "2 id by  for , 0",
                          "3 id by conductor.2#1 for engine's \\ \"cause\" :p0 ü, 1", "5 id by  for , 0",
                          "6 id by conductor.1#1 for timer, 3"));
}

TEST_P(StoreConformance, StampsTheRowsOfAMigration) {
  store_->insert("books", {{"id", "b"}, {"title", "t"}});
  store_->commit();
  const auto before = store_->changes_after(0).back().sequence;
  const auto migration = database_->migration();
  migration->work_on("migrate-data#4", "migrate data");
  migration->begin();
  const Schema tables = migration->tables();
  migration->update(*find_table(tables, "books"), {{"title", "u"}}, {});
  migration->commit();
  EXPECT_THAT(stamps(store_->changes_after(before)),
              ElementsAre("b title by migrate-data#4 for migrate data, 1"));
}

// By the tables alone, as any client of the database would: it knows of no stamps.
TEST_P(SqlConformance, WitnessesAStrangersChangesWithoutAStamp) {
  store_->work_on("conductor.1#1", "api.1#1/1");
  store_->insert("books", {{"id", "b"}, {"title", "t"}});
  store_->commit();
  execute(url(), {"update books set title = 'u'"});
  EXPECT_THAT(stamps(changes_of(store_->changes_after(0), "update", "title")),
              ElementsAre("b title by  for , 0"));
}

TEST(AStamp, IsOneLineOfTextInTheDatabase) {
  EXPECT_EQ(text_of({"conductor.1#2", "api.1#1/17", 5}), "conductor.1#2 5 api.1#1/17");
  EXPECT_EQ(text_of({"", "api.1#1/17", 5}), "") << "nobody says that it is his";
  const Stamp back = stamp_from("migrate-data#4 12 migrate data");
  EXPECT_EQ(back.writer, "migrate-data#4");
  EXPECT_EQ(back.cause, "migrate data");
  EXPECT_EQ(back.transaction, 12);
}

TEST(AStamp, OfWhatAMessageCallsItselfIsBoundedAndPrintable) {
  const std::string text = text_of({"conductor.1#2", std::string("a\0\n", 3) + std::string(5'000, 'x'), 5});
  EXPECT_LT(text.size(), 300u);
  EXPECT_EQ(text.find('\0'), std::string::npos);
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(AStamp, ThatIsNoneIsNone) {
  for (const char* text : {"", "conductor.1#2", "conductor.1#2 five api.1#1/17", "conductor.1#2 0 x", " 5 x"})
    EXPECT_EQ(stamp_from(text).writer, "") << text;
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
