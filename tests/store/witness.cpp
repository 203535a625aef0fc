// The database as the witness: what its triggers recorded, and who may look.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend.hpp"
#include "inspect.hpp"
#include "library.hpp"

namespace caravan::test {
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
  const auto witness = open_witness(url_);
  const auto other = another();
  store_->insert("books", {{"id", "1"}, {"title", "t"}});
  EXPECT_THAT(witness->changes_after(0), IsEmpty()) << "not committed yet";
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
  for (const Change& change : changes_of(witness->changes_after(0), "insert", "id")) {
    keys.push_back(change.key);
    EXPECT_GT(change.sequence, last);
    last = change.sequence;
  }
  EXPECT_THAT(keys, ElementsAre("1", "3", "2"));
  EXPECT_EQ(witness->changes_after(last).size(), 3u);
  EXPECT_EQ(witness->changes_after(last)[0].column, "shelf_id");
}

TEST_P(StoreConformance, WitnessSeesEachCommitAndCannotWrite) {
  const auto witness = open_witness(url_);
  EXPECT_FALSE(witness->get("books", "b"));
  store_->insert("books", {{"id", "b"}, {"title", "t"}});
  EXPECT_FALSE(witness->get("books", "b"));
  store_->commit();
  EXPECT_TRUE(witness->get("books", "b"));
  EXPECT_EQ(witness->list("books", {}).size(), 1u);
  const std::function<void()> acts[] = {[&] {
                                          witness->insert("books", {{"id", "c"}, {"title", "t"}});
                                        },
                                        [&] {
                                          witness->update("books", "b", {{"title", "u"}});
                                        },
                                        [&] { witness->remove("books", "b"); },
                                        [&] {
                                          witness->remove_where("books", {{"id", "b"}});
                                        }};
  for (const auto& act : acts) EXPECT_EQ(refusal(act).kind, StoreError::Kind::machine);
  EXPECT_EQ(witness->get("books", "b")->at("title"), Json("t"));
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

// Each child adds its own rows, 20 in 20 transactions; the parent then sees all of them, and each transaction
// whole.
TEST_P(StoreConformance, LosesNothingBetweenProcesses) {
  store_.reset();
  std::vector<pid_t> children;
  for (const char* name : {"p", "q", "r"}) {
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      int status = 0;
      try {
        const auto mine = open_store(url_);
        for (int i = 0; i < 20; ++i) {
          const std::string id = name + std::to_string(i);
          mine->get("books", id);
          mine->insert("books", {{"id", id}, {"title", "t"}});
          mine->update("books", id, {{"title", "u"}});
          mine->commit();
        }
      } catch (const std::exception&) {
        status = 1;
      }
      _exit(status);
    }
    children.push_back(pid);
  }
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const auto witness = open_witness(url_);
  EXPECT_EQ(witness->list("books", {{"title", "u"}}).size(), 60u);
  const auto changes = witness->changes_after(0);
  ASSERT_EQ(changes.size(), 60u * 5);
  for (std::size_t i = 0; i < changes.size(); i += 5) {
    EXPECT_EQ(changes[i].key, changes[i + 4].key) << "transactions do not mix";
    EXPECT_EQ(changes[i + 4].action, "update");
  }
}

}  // namespace
}  // namespace caravan::test
