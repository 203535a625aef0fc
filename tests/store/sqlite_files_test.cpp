// Files that are no database, addresses that are none, and databases that others made, hold or own.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "backend.hpp"
#include "inspect.hpp"
#include "library.hpp"
#include "objects/base/error.hpp"

namespace caravan::nodes::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct Failure {
  Exit exit = Exit::as_expected;
  std::string text;
};

Failure failure(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return {error.exit(), error.what()};
  }
  ADD_FAILURE() << "nothing failed";
  return {};
}

void expect_machine_failure(const std::string& url, const std::string& cause) {
  for (const Failure& seen : {failure([&] { open_store(url); }), failure([&] { open_witness(url); })}) {
    EXPECT_EQ(seen.exit, Exit::machine);
    EXPECT_THAT(seen.text, HasSubstr(cause));
  }
}

TEST(SqliteFile, MustExistBeforeItIsOpenedAndIsNotMade) {
  const Folder folder;
  expect_machine_failure(folder.url("none.db"), "none.db: no such database file");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "none.db"));
}

TEST(SqliteFile, MustBeAFile) {
  const Folder folder;
  expect_machine_failure("sqlite://" + folder.path().string(), "is a folder");
}

TEST(SqliteFile, MustBeADatabase) {
  const Folder folder;
  std::ofstream(folder.path() / "text.db") << std::string(5000, 'x');
  expect_machine_failure(folder.url("text.db"), "not a SQLite database");
}

TEST(SqliteFile, MustBeMadeByCaravan) {
  const Folder folder;
  std::ofstream(folder.path() / "empty.db");
  expect_machine_failure(folder.url("empty.db"), "Caravan did not make it");
  execute(folder.url("other.db"), {"create table t (x)"});
  expect_machine_failure(folder.url("other.db"), "Caravan did not make it");
}

TEST(SqliteFile, MustNotBeDamaged) {
  const Folder folder;
  const std::string url = folder.url("a.db");
  create_schema(url, library_catalog(), "one");
  std::fstream file(folder.path() / "a.db", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(100);
  file << std::string(4000, '\xff');
  file.close();
  expect_machine_failure(url, "damaged");
}

TEST(SqliteFile, MustNotBeHeldForEver) {
  const Folder folder;
  const std::string url = folder.url("a.db");
  create_schema(url, library_catalog(), "one");
  SqlSession holder(parse_database_url(url), SqlSession::Mode::write);
  holder.run("pragma locking_mode=exclusive");
  holder.run("begin exclusive");
  holder.run("update caravan_schema set phase = phase");
  holder.run("commit");
  expect_machine_failure(url + "?busy_timeout=5", "locked");
}

// Root may write anywhere, so the test looks as nobody where it can.
TEST(SqliteFile, MustBeWritable) {
  const Folder folder;
  const std::string url = folder.url("a.db");
  create_schema(url, library_catalog(), "one");
  const bool root = geteuid() == 0;
  ASSERT_EQ(chmod(folder.path().c_str(), 0755), 0);
  ASSERT_EQ(chmod((folder.path() / "a.db").c_str(), 0444), 0);
  if (root) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  const Failure seen = failure([&] { open_store(url); });
  if (root) {
    ASSERT_EQ(seteuid(0), 0);
  }
  EXPECT_EQ(seen.exit, Exit::machine);
  EXPECT_THAT(seen.text, HasSubstr("a.db: the database file is read-only"));
}

TEST(SqliteFile, MayHaveBlanksAndAccentsInItsName) {
  const Folder folder;
  const std::string url = folder.url("a  b'c \xC3\xA9=d;%20.db");
  create_schema(url, library_catalog(), "one");
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "a  b'c \xC3\xA9=d;%20.db"));
  EXPECT_NO_THROW(open_store(url)->tables());
}

TEST(SqliteUrl, TellsWhatWasMeant) {
  const std::pair<const char*, const char*> wrong[] = {
      {"sqlit:///caravan", "did you mean \"sqlite\""},
      {"/tmp/a.db", "sqlite:///absolute/path was expected"},
      {"sqlite://a.db", "must be absolute"},
      {"sqlite:///", "must be absolute"},
      {"sqlite:///:memory:", "a database in memory belongs to one process, and a run has several"},
      {"sqlite:///file::memory:", "a database in memory"},
      {"sqlite://:memory:", "a database in memory"},
      {"sqlite:///tmp/:memory:?busy_timeout=5", "a database in memory"},
      {"sqlite:///a.db?timeout=5", "busy_timeout=MILLISECONDS"},
      {"sqlite:///a.db?busy_timeout=x", "unknown option"},
      {"sqlite:///a.db?busy_timeout=-1", "unknown option"},
      {"sqlite:///a.db?busy_timeout=5x", "unknown option"},
      {"sqlite:///a.db?", "unknown option"},
      {"sqlite:///a\"b.db", "quote"}};
  for (const auto& each : wrong) {
    const Failure seen = failure([&] { open_store(each.first); });
    EXPECT_EQ(seen.exit, Exit::bad_request) << each.first;
    EXPECT_THAT(seen.text, AllOf(HasSubstr(each.first), HasSubstr(each.second)));
  }
  EXPECT_EQ(failure([] { open_store(std::string("sqlite:///a\0b", 13)); }).exit, Exit::bad_request);
  EXPECT_EQ(parse_database_url("sqlite:///a/b.db?busy_timeout=70").path, "/a/b.db");
  EXPECT_EQ(parse_database_url("sqlite:///a/b.db?busy_timeout=70").busy_timeout, 70);
}

TEST(SqliteClaim, IsTheFilesWhateverItsName) {
  const Folder folder;
  const std::string url = folder.url("a.db");
  {
    const auto claim = claim_database(url);
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "a.db")) << "before there is a database";
    create_schema(url, library_catalog(), "one");
    std::filesystem::create_symlink("a.db", folder.path() / "link.db");
    std::filesystem::create_hard_link(folder.path() / "a.db", folder.path() / "hard.db");
    for (const char* name : {"a.db", "link.db", "hard.db"}) {
      const Failure seen = failure([&] { claim_database(folder.url(name)); });
      EXPECT_EQ(seen.exit, Exit::bad_request);
      EXPECT_THAT(seen.text, HasSubstr("another run is using this database"));
    }
    const auto store = open_store(url);  // who takes part in the run needs no claim
    store->insert("shelves", shelf("a"));
    store->commit();
  }
  EXPECT_NO_THROW(claim_database(url));
}

TEST(SqliteClaim, LeavesNothingBehindIfNothingCameOfIt) {
  const Folder folder;
  claim_database(folder.url("a.db"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "a.db"));
  std::ofstream(folder.path() / "empty.db");
  claim_database(folder.url("empty.db"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "empty.db")) << "it was there before";
  std::filesystem::create_symlink("far.db", folder.path() / "link.db");
  claim_database(folder.url("link.db"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path() / "link.db")) << "somebody else's";
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "far.db"));
  EXPECT_THAT(failure([&] { claim_database(folder.url("no/a.db")); }).text,
              HasSubstr("folder does not exist"));
  EXPECT_THAT(failure([&] { claim_database("sqlite://" + folder.path().string()); }).text,
              HasSubstr("is a folder"));
  EXPECT_THAT(failure([&] { claim_database("sqlite:///dev/null"); }).text, HasSubstr("is not a file"));
}

TEST(CreateSchema, WantsAnEmptyDatabaseInAnExistingFolder) {
  const Folder folder;
  const std::string url = folder.url("a.db");
  create_schema(url, library_catalog(), "one");
  const Failure again = failure([&] { create_schema(url, library_catalog(), "one"); });
  EXPECT_EQ(again.exit, Exit::machine);
  EXPECT_THAT(again.text, HasSubstr("not empty"));
  const Failure nowhere = failure([&] { create_schema(folder.url("no/a.db"), library_catalog(), "one"); });
  EXPECT_EQ(nowhere.exit, Exit::machine);
  EXPECT_THAT(nowhere.text, HasSubstr("folder does not exist"));
}

TEST(CreateSchema, KnowsItsReleases) {
  const Folder folder;
  const Failure seen = failure([&] { create_schema(folder.url("a.db"), library_catalog(), "tow"); });
  EXPECT_EQ(seen.exit, Exit::bad_request);
  EXPECT_THAT(seen.text, AllOf(HasSubstr("tow"), HasSubstr("two")));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "a.db")) << "nothing half-made is left";
}

TEST(CreateSchema, SetsWriteAheadLogging) {
  const Folder folder;
  create_schema(folder.url("a.db"), library_catalog(), "one");
  EXPECT_EQ(rows_of(folder.url("a.db"), "pragma journal_mode", 1), std::vector<std::string>{"wal"});
}

}  // namespace
}  // namespace caravan::nodes::test
