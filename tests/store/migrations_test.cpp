// Phases over the hand-made library: order, repetition, renames, removals, NOT NULLs, and who can write
// meanwhile.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "backend.hpp"
#include "inspect.hpp"
#include "library.hpp"
#include "nodes/store/migration/migration.hpp"
#include "nodes/store/schema.hpp"
#include "objects/base/error.hpp"

namespace caravan::nodes::test {
namespace {

using K = StoreError::Kind;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class LibraryMigration : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override { database_ = GetParam().make(folder_, catalog_, "one"); }

  MigrationOutcome phase(const std::string& name, const std::string& from = "one",
                         const std::string& to = "two", int batch = 100, int batches = 0) {
    return migrate(*database_->migration(), {catalog_, name, from, to, batch, batches});
  }
  std::string wrong(const std::string& name, const std::string& from = "one", const std::string& to = "two") {
    const auto before = database_->schema();
    const auto state = state_of_database();
    std::string said;
    try {
      const MigrationOutcome outcome = phase(name, from, to);
      EXPECT_EQ(outcome.status, 3) << name;
      EXPECT_EQ(outcome.done, 0);
      said = outcome.refused;
    } catch (const Error& error) {
      said = fmt::format("exit {}: {}", static_cast<int>(error.exit()), error.what());
    }
    EXPECT_EQ(database_->schema(), before) << "a refusal changes nothing";
    EXPECT_EQ(state_of_database(), state);
    EXPECT_NE(said, "") << name << " was not refused";
    return said;
  }
  std::vector<std::string> state_of_database() {
    const SchemaState state = database_->migration()->state();
    return {state.release, state.previous, state.target, state.phase, std::to_string(state.generation),
            state.progress};
  }
  void add(const std::string& table, const Row& row) {
    const auto store = database_->connect();
    store->insert(table, row);
    store->commit();
  }
  /// A fresh database's.
  std::vector<std::string> schema_of(const std::string& release) {
    const Folder folder;
    return GetParam().make(folder, catalog_, release)->schema();
  }
  Row read(const std::string& id) { return *database_->witness()->get("shelves", id); }
  std::int64_t last_change() {
    const auto changes = database_->witness()->changes_after(0);
    return changes.empty() ? 0 : changes.back().sequence;
  }

  Folder folder_;
  Catalog catalog_ = library_catalog();
  std::unique_ptr<TestDatabase> database_;
};

/// What only a SQLite file can be made to show.
class LibraryFile : public LibraryMigration {
 protected:
  std::string url() const { return database_->url(); }
};

Row old_shelf(const std::string& id) {
  return {{"id", id}, {"name", id}, {"tenant_id", "t"}, {"code", "code of " + id}, {"weight", 2.5}};
}
Row new_shelf(const std::string& id) {
  return {{"id", id}, {"name", id}, {"tenant_id", "t"}, {"mark", "mark of " + id}, {"sturdy", false}};
}

TEST_P(LibraryMigration, EndsInTheSchemaThatAFreshDatabaseHas) {
  add("shelves", old_shelf("a"));
  for (const char* name : {"expand", "data", "contract"}) phase(name);
  EXPECT_EQ(database_->schema(), schema_of("two"));
  for (const char* name : {"expand", "contract"}) phase(name, "two", "three");
  EXPECT_EQ(database_->schema(), schema_of("three"));
}

TEST_P(LibraryMigration, SkipsAReleaseWhenAsked) {
  add("shelves", old_shelf("a"));
  phase("expand", "one", "three");
  EXPECT_EQ(phase("data", "one", "three").done, 2);
  phase("contract", "one", "three");
  EXPECT_EQ(database_->schema(), schema_of("three"));
  EXPECT_EQ(read("a").at("mark"), Json("code of a"));
}

TEST_P(LibraryMigration, LetsWritersOfBothReleasesInWhileExpanded) {
  phase("expand");
  add("shelves", old_shelf("old"));
  add("shelves", new_shelf("new"));
  const auto store = database_->connect();
  store->update("shelves", "new", {{"code", "c"}, {"weight", 1.0}});
  store->update("shelves", "old", {{"mark", "m"}, {"sturdy", true}});
  EXPECT_EQ(refusal([&] { store->insert("shelves", new_shelf("new")); }).kind, K::duplicate);
  EXPECT_EQ(refusal([&] { store->update("shelves", "new", {{"name", "old"}}); }).kind, K::constraint);
  EXPECT_NO_THROW(store->update("shelves", "old", {{"name", std::string(20, 'x')}}));
  EXPECT_EQ(refusal([&] {
              store->update("shelves", "old", {{"name", std::string(21, 'x')}});
            }).kind,
            K::too_long);
  store->insert("books", {{"id", "b"}, {"title", "t"}});
  store->insert("labels", {{"id", "l"}, {"book_id", "b"}, {"text", "x"}});
  EXPECT_EQ(refusal([&] { store->insert("labels", {{"id", "m"}, {"book_id", "b"}}); }).kind, K::not_null);
}

TEST_P(LibraryMigration, TightensOnlyInTheEnd) {
  for (const char* name : {"expand", "data"}) phase(name);
  EXPECT_NO_THROW(add("shelves", old_shelf("late"))) << "an older writer still knows no such column";
  EXPECT_THAT(wrong("contract"),
              HasSubstr("2 rows are left (1 in shelves.mark, 1 in shelves.sturdy); run the phase data"));
  phase("data");
  phase("contract");
  const auto store = database_->connect();
  Row row = new_shelf("x");
  row.erase("sturdy");
  EXPECT_EQ(refusal([&] { store->insert("shelves", row); }).kind, K::not_null);
  EXPECT_EQ(refusal([&] { store->insert("shelves", old_shelf("y")); }).kind, K::unknown_column);
}

TEST_P(LibraryMigration, KeepsTheRenamedValueWhoeverWroteIt) {
  add("shelves", old_shelf("before"));
  phase("expand");
  EXPECT_TRUE(read("before").at("mark").is_null()) << "expand moves no data";
  add("shelves", old_shelf("between"));
  Row stale = new_shelf("stale");
  stale["code"] = "an older writer's";
  add("shelves", stale);
  EXPECT_EQ(phase("data").done, 5) << "three marks, two that are sturdy";
  EXPECT_EQ(read("stale").at("mark"), Json("an older writer's"))
      << "the old column is the truth until contract";
  EXPECT_EQ(read("before").at("mark"), Json("code of before"));
  EXPECT_EQ(read("between").at("mark"), Json("code of between"));
  add("shelves", old_shelf("late"));
  {
    const auto store = database_->connect();
    store->update("shelves", "before", {{"code", "an older writer's"}});
    Row both = new_shelf("both");
    both["code"] = both["mark"];
    store->insert("shelves", both);
    store->update("shelves", "between", {{"code", nullptr}});
    store->commit();
  }
  EXPECT_EQ(phase("data").status, 0);
  phase("contract");
  EXPECT_EQ(read("before").at("mark"), Json("an older writer's"));
  EXPECT_EQ(read("stale").at("mark"), Json("an older writer's"));
  EXPECT_EQ(read("between").at("mark"), Json());
  EXPECT_EQ(read("late").at("mark"), Json("code of late"));
  EXPECT_EQ(read("both").at("mark"), Json("mark of both"));
  EXPECT_EQ(read("late").count("code"), 0u);
  EXPECT_EQ(read("late").count("weight"), 0u);
}

TEST_P(LibraryMigration, FillsANotNullWithWhatAbsentMeansAndNothingElse) {
  add("shelves", old_shelf("a"));
  phase("expand");
  EXPECT_TRUE(read("a").at("sturdy").is_null());
  phase("data");
  EXPECT_EQ(read("a").at("sturdy"), Json(true));
  add("shelves", old_shelf("b"));
  phase("data");
  phase("contract");
  EXPECT_EQ(read("b").at("sturdy"), Json(true));
  EXPECT_TRUE(read("b").at("is_public").is_null()) << "other NULLs stay";
}

TEST_P(LibraryMigration, KeepsRowsChildrenAndReferences) {
  add("shelves", old_shelf("s"));
  add("books", {{"id", "b"}, {"title", "t"}, {"shelf_id", "s"}});
  for (const char* id : {"z", "y"}) add("books", {{"id", id}, {"title", "t"}});
  for (const char* id : {"z", "y"}) add("shelf_books", {{"Shelf_id", "s"}, {"Book_id", id}});
  for (const char* name : {"expand", "data", "contract"}) {
    phase(name);
    const auto store = database_->connect();
    EXPECT_EQ(store->get("books", "b")->at("shelf_id"), Json("s"));
    EXPECT_EQ(store->list("shelf_books", {}).at(0).at("Book_id"), Json("z"));
    EXPECT_EQ(refusal([&] { store->remove("shelves", "s"); }).kind, K::reference) << name;
    EXPECT_EQ(refusal([&] { store->update("books", "b", {{"shelf_id", "no"}}); }).kind, K::reference) << name;
  }
}

TEST_P(LibraryMigration, RecordsWhatItChangedAndNotWhatItMoved) {
  add("shelves", old_shelf("a"));
  auto before = last_change();
  phase("expand");
  EXPECT_EQ(last_change(), before);
  phase("data");
  std::vector<std::string> seen;
  for (const Change& change : database_->witness()->changes_after(before)) {
    seen.push_back(change.action + " " + change.column + " " + change.old_value.dump() + " " +
                   change.new_value.dump());
  }
  EXPECT_THAT(seen, ElementsAre("update mark null \"code of a\"", "update sturdy null true"));
  before = last_change();
  phase("contract");
  EXPECT_EQ(last_change(), before);
  add("shelves", new_shelf("b"));
  const auto columns = database_->witness()->columns("shelves").size();
  EXPECT_EQ(database_->witness()->changes_after(before).size(), columns) << "triggers know the new columns";
}

TEST_P(LibraryMigration, ChangesNothingTheSecondTime) {
  add("shelves", old_shelf("a"));
  for (const char* name : {"expand", "data", "contract"}) {
    phase(name);
    const auto schema = database_->schema();
    const auto changes = last_change();
    const auto state = state_of_database();
    const MigrationOutcome again = phase(name);
    EXPECT_EQ(again.status, 0) << name;
    EXPECT_EQ(again.done, 0) << name;
    EXPECT_EQ(database_->schema(), schema) << name;
    EXPECT_EQ(last_change(), changes) << name;
    EXPECT_EQ(state_of_database(), state) << name;
  }
}

TEST_P(LibraryMigration, RefusesAWrongOrder) {
  EXPECT_EQ(wrong("contract"),
            "cannot contract from one to two: it was not expanded; the database is at one; run the phase "
            "expand first");
  EXPECT_THAT(wrong("data"), HasSubstr("not expanded"));
  phase("expand");
  EXPECT_EQ(
      wrong("expand", "one", "three"),
      "cannot expand from one to three: the database is between one and two (phase expand); contract first");
  EXPECT_THAT(wrong("expand", "two", "three"), HasSubstr("between one and two"));
  EXPECT_THAT(wrong("contract", "one", "three"), HasSubstr("between one and two"));
  EXPECT_EQ(wrong("as-released"),
            "cannot migrate as released from one to two: the database is between one and two (phase expand); "
            "run the "
            "phase contract");
  phase("contract");
  EXPECT_EQ(wrong("expand"), "cannot expand from one to two: the database is already at two");
  EXPECT_THAT(wrong("data"), HasSubstr("already at two"));
}

TEST_P(LibraryMigration, IsATroubleOfTheMachineWhereTheDatabaseIsOfAnotherRelease) {
  EXPECT_EQ(wrong("expand", "two", "three"),
            fmt::format("exit 4: {}: cannot expand from two to three: the database is at one",
                        database_->migration()->shown()));
  EXPECT_THAT(wrong("contract", "two", "three"), HasSubstr("exit 4: "));
  EXPECT_THAT(wrong("as-released", "two", "three"), HasSubstr("is at one"));
  for (const char* name : {"expand", "contract"}) phase(name);
  EXPECT_THAT(wrong("contract", "one", "three"), HasSubstr("is at two"));
  EXPECT_THAT(wrong("expand", "one", "three"), HasSubstr("exit 4"));
}

TEST_P(LibraryMigration, RefusesARequestThatMakesNoSense) {
  EXPECT_THAT(wrong("expand", "two", "one"), HasSubstr("forward"));
  EXPECT_THAT(wrong("expand", "one", "one"), HasSubstr("exit 2: "));
  EXPECT_THAT(wrong("expnad"), HasSubstr("did you mean \"expand\"?"));
  EXPECT_THAT(wrong("expand", "one", "tow"), HasSubstr("did you mean \"two\"?"));
  EXPECT_THROW(phase("data", "one", "two", 0), Error);
}

TEST_P(LibraryMigration, IsNoticedByStoresThatAreOpen) {
  const auto store = database_->connect();
  const auto witness = database_->witness();
  store->insert("shelves", old_shelf("a"));
  store->commit();
  EXPECT_THAT(store->columns("shelves"), Not(Contains("mark")));
  EXPECT_THAT(store->tables(), ElementsAre("books", "shelf_books", "shelves"));
  phase("expand");
  EXPECT_THAT(store->columns("shelves"), Contains("mark"));
  EXPECT_THAT(witness->columns("shelves"), Contains("mark"));
  EXPECT_THAT(witness->tables(), ElementsAre("books", "labels", "shelf_books", "shelves"));
  store->update("shelves", "a", {{"mark", "m"}});
  store->commit();
  phase("data");
  phase("contract");
  EXPECT_EQ(store->get("shelves", "a")->count("code"), 0u);
  EXPECT_EQ(refusal([&] { store->update("shelves", "a", {{"code", "c"}}); }).kind, K::unknown_column);
}

TEST_P(LibraryFile, WaitsForAWriterAndSaysSo) {
  const auto store = database_->connect();
  store->insert("shelves", old_shelf("a"));
  try {
    migrate(*database_at(url() + "?busy_timeout=5"), {catalog_, "expand", "one", "two"});
    ADD_FAILURE() << "the writer was not waited for";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit(), Exit::machine);
    EXPECT_THAT(error.what(), HasSubstr("locked"));
  }
  store->commit();
  phase("expand");
}

TEST_P(LibraryFile, IsUndoneByAKillInItsMiddle) {
  add("shelves", old_shelf("a"));
  const auto schema = database_->schema();
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    try {
      SqlSession session(parse_database_url(url()), SqlSession::Mode::migrate);
      session.begin_write();
      session.run("drop trigger caravan_shelves_update");
      session.run("update shelves set code = null");
      session.run("create table labels (x)");
      raise(SIGKILL);
    } catch (const std::exception&) {
    }
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(database_->schema(), schema);
  EXPECT_EQ(read("a").at("code"), Json("code of a"));
  for (const char* name : {"expand", "data", "contract"}) phase(name);
  EXPECT_EQ(read("a").at("mark"), Json("code of a"));
}

// A row that cannot follow stops the whole phase.
TEST_P(LibraryFile, LeavesEverythingAsItWasWhenItFails) {
  phase("expand");
  add("shelves", old_shelf("a"));
  phase("data");
  execute(url(), {"pragma foreign_keys=off",
                  "insert into books (id, title, shelf_id) values ('b', 't', 'nowhere')"});
  const auto schema = database_->schema();
  const auto changes = last_change();
  try {
    phase("contract");
    ADD_FAILURE() << "a broken reference was taken over";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit(), Exit::machine);
    EXPECT_THAT(error.what(), HasSubstr("books names a row that is not in shelves"));
  }
  EXPECT_EQ(database_->schema(), schema);
  EXPECT_EQ(last_change(), changes);
  EXPECT_EQ(read("a").at("code"), Json("code of a"));
}

INSTANTIATE_TEST_SUITE_P(Backends, LibraryMigration, embedded_backends(), backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, LibraryFile, ::testing::Values(sqlite_backend()), backend_name);

TEST(ExpandedSchema, NeedsTwoSidesToForbid) {
  const Catalog catalog = library_catalog();
  const Schema both = expanded_schema(release_schema(catalog, "one"), release_schema(catalog, "three"));
  const TableDef& shelves = *find_table(both, "shelves");
  EXPECT_EQ(shelves.column("name")->length, 20);
  EXPECT_FALSE(shelves.column("name")->nullable);
  EXPECT_TRUE(shelves.column("sturdy")->nullable);
  EXPECT_TRUE(shelves.column("code"));
  EXPECT_TRUE(shelves.column("colour"));
  EXPECT_FALSE(find_table(both, "labels")->column("text")->nullable) << "an older writer knows no such table";
  const Schema back = expanded_schema(release_schema(catalog, "three"), release_schema(catalog, "one"));
  EXPECT_EQ(find_table(back, "shelves")->column("name")->length, 20);
}

ColumnDef column(const std::string& name, std::optional<int> length, bool nullable) {
  ColumnDef made;
  made.name = name;
  made.sql = length ? "VARCHAR(" + std::to_string(*length) + ")" : "TEXT";
  made.length = length;
  made.nullable = nullable;
  return made;
}

TEST(ExpandedSchema, TakesTheWiderOfEveryPair) {
  TableDef from, to;
  from.name = to.name = "t";
  from.columns = {column("longer", 5, false), column("shorter", 9, true), column("free", 5, false),
                  column("bound", std::nullopt, false), column("tighter", 5, true)};
  to.columns = {column("longer", 9, false), column("shorter", 5, false), column("free", std::nullopt, true),
                column("bound", 5, false), column("tighter", 5, false)};
  from.unique = {{"longer"}, {"shorter"}};
  to.unique = {{"shorter"}, {"tighter"}};
  from.columns[4].references = std::make_pair(std::string("other"), std::string("id"));
  const Schema both = expanded_schema({from}, {to});
  const std::pair<const char*, std::string> expected[] = {{"longer", "VARCHAR(9) NOT NULL"},
                                                          {"shorter", "VARCHAR(9)"},
                                                          {"free", "TEXT"},
                                                          {"bound", "TEXT NOT NULL"},
                                                          {"tighter", "VARCHAR(5)"}};
  for (const auto& each : expected) {
    const ColumnDef& seen = *both.at(0).column(each.first);
    EXPECT_EQ(seen.sql + (seen.nullable ? "" : " NOT NULL"), each.second) << each.first;
    EXPECT_EQ(seen.length.has_value(), seen.sql != "TEXT") << each.first;
    EXPECT_FALSE(seen.references) << "what only one side promises binds nobody";
  }
  EXPECT_EQ(both.at(0).unique, (std::vector<std::vector<std::string>>{{"shorter"}}));
}

}  // namespace
}  // namespace caravan::nodes::test
