// The data phase and as-released on every database: batches, kills, rows that cannot be done, other writers,
// gates.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "backend.hpp"
#include "inspect.hpp"
#include "library.hpp"
#include "nodes/store/migration/migration.hpp"
#include "nodes/store/migration/plan.hpp"
#include "nodes/store/sql/schema_state.hpp"
#include "objects/base/error.hpp"
#include "objects/base/send_signal.hpp"
#include "objects/loader/loader.hpp"

namespace caravan::nodes::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class MigrationRun : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override { database_ = GetParam().make(folder_, catalog_, "one"); }

  MigrationOutcome run(const std::string& phase, int batch = 100, int batches = 0,
                       const std::string& to = "two") {
    return migrate(*database_->migration(), {catalog_, phase, "one", to, batch, batches});
  }
  void add_shelf(const std::string& id, const std::string& code) {
    const auto store = database_->connect();
    store->insert("shelves", {{"id", id}, {"name", id}, {"tenant_id", "t"}, {"code", code}});
    store->commit();
  }
  void update(const std::string& table, const std::string& id, const Row& columns) {
    const auto store = database_->connect();
    store->update(table, id, columns);
    store->commit();
  }
  void register_node(const std::string& id, const std::string& release) {
    const auto store = database_->connect();
    store->insert("caravan_services", {{"id", id}, {"role", "engine"}, {"release_name", release}});
    store->commit();
  }
  Json value(const std::string& id, const std::string& column) {
    return database_->witness()->get("shelves", id)->at(column);
  }
  /// "a.mark" for each change of a column since, in commit order.
  std::vector<std::string> changed_since(std::int64_t sequence) {
    std::vector<std::string> seen;
    for (const Change& change : database_->witness()->changes_after(sequence)) {
      EXPECT_EQ(change.action, "update");
      seen.push_back(change.key + "." + change.column);
    }
    return seen;
  }
  std::int64_t last_change() {
    const auto changes = database_->witness()->changes_after(0);
    return changes.empty() ? 0 : changes.back().sequence;
  }
  SchemaState state() { return database_->migration()->state(); }
  Folder folder_;
  Catalog catalog_ = library_catalog();
  std::unique_ptr<TestDatabase> database_;
};

/// In processes of their own: of databases that others can open.
class KilledMigration : public MigrationRun {
 protected:
  /// How the process that ran the phase ended: 1000 + signal, or its status.
  int in_another_process(const std::string& phase, int die_in, int batch) {
    const pid_t pid = fork();
    if (pid == 0) {
      const MigrationRequest request{catalog_, phase, "one", "two", batch, 0, true, {die_in, die_at_once}};
      try {
        _exit(migrate(*database_->migration(), request).status);
      } catch (const std::exception&) {
        _exit(9);
      }
    }
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
  }
};

TEST_P(MigrationRun, StopsAfterItsBatchesAndGoesOnWhereItStopped) {
  for (const char* id : {"a", "b", "c", "d", "e"}) add_shelf(id, std::string("code of ") + id);
  run("expand");
  const auto before = last_change();
  std::vector<std::string> told;
  for (int i = 0; i < 6; ++i) {
    const MigrationOutcome one = run("data", 2, 1);
    told.push_back(fmt::format("{} {} {} {}", one.status, one.done, one.left, one.failed));
  }
  EXPECT_THAT(told, ElementsAre("1 2 8 0", "1 2 6 0", "1 1 5 0", "1 2 3 0", "1 2 1 0", "0 1 0 0"));
  EXPECT_THAT(changed_since(before), ElementsAre("a.mark", "b.mark", "c.mark", "d.mark", "e.mark", "a.sturdy",
                                                 "b.sturdy", "c.sturdy", "d.sturdy", "e.sturdy"));
  EXPECT_EQ(run("data").done, 0);
  EXPECT_EQ(run("contract").status, 0);
  EXPECT_EQ(value("e", "mark"), Json("code of e"));
}

TEST_P(KilledMigration, InAnyBatchLosesThatBatchAlone) {
  for (const char* id : {"a", "b", "c", "d", "e"}) add_shelf(id, std::string("code of ") + id);
  run("expand");
  const auto before = last_change();
  // Each run dies in its second batch: one batch is done each time, the killed one comes again.
  std::vector<std::size_t> written;
  int ended = 0;
  for (int i = 0; i < 9 && (ended = in_another_process("data", 2, 2)) == 1000 + SIGKILL; ++i)
    written.push_back(changed_since(before).size());
  EXPECT_EQ(ended, 0) << "the last one has a single batch left, and does not die";
  EXPECT_THAT(written, ElementsAre(2u, 4u, 5u, 7u, 9u));
  EXPECT_EQ(run("data").done, 0);
  EXPECT_EQ(changed_since(before).size(), 10u) << "each row once: nothing lost, nothing twice";
  for (const char* id : {"a", "b", "c", "d", "e"}) {
    EXPECT_EQ(value(id, "mark"), Json(std::string("code of ") + id));
    EXPECT_EQ(value(id, "sturdy"), Json(true));
  }
}

TEST_P(KilledMigration, WhileTheTablesChangeIsDoneByTheNextRun) {
  add_shelf("a", "code of a");
  for (const char* phase : {"expand", "data", "contract"}) {
    EXPECT_EQ(in_another_process(phase, 1, 100), 1000 + SIGKILL) << phase;
    const MigrationOutcome again = run(phase);
    EXPECT_EQ(again.status, 0) << phase << again.refused;
  }
  EXPECT_EQ(value("a", "mark"), Json("code of a"));
  EXPECT_EQ(state().release, "two");
  EXPECT_EQ(database_->witness()->columns("shelves").size(),
            find_table(release_schema(catalog_, "two"), "shelves")->columns.size());
}

TEST_P(MigrationRun, NamesARowThatCannotBeDoneAndDoesTheOthers) {
  for (ClassSpec& spec : catalog_.classes) {
    for (FieldSpec& field : spec.fields) {
      if (field.name != "mark") continue;
      field.column->sql = "VARCHAR(12)";
      field.column->length = 12;
    }
  }
  add_shelf("a", "short");
  add_shelf("b", "a secret that is far too long");
  add_shelf("c", "short, too");
  run("expand");
  for (int i = 0; i < 2; ++i) {
    const MigrationOutcome one = run("data", 2);
    EXPECT_EQ(one.status, 2);
    EXPECT_EQ(one.done, i == 0 ? 5 : 0);
    EXPECT_EQ(one.left, 1);
    EXPECT_EQ(one.failed, 1);
    ASSERT_EQ(one.problems.size(), 1u);
    EXPECT_THAT(one.problems[0], HasSubstr("shelves.mark, row b: "));
    EXPECT_EQ(to_json({catalog_, "data", "one", "two"}, one).dump().find("secret"), std::string::npos);
  }
  EXPECT_EQ(value("c", "mark"), Json("short, too"));
  const MigrationOutcome early = run("contract");
  EXPECT_EQ(early.status, 3);
  EXPECT_EQ(early.left, 1);
  EXPECT_THAT(early.refused, HasSubstr("1 row is left (1 in shelves.mark); run the phase data"));
  EXPECT_EQ(value("b", "code"), Json("a secret that is far too long")) << "refused, nothing dropped";
  update("shelves", "b", {{"code", "cut"}});
  EXPECT_EQ(run("data").status, 0);
  EXPECT_EQ(run("contract").status, 0);
}

TEST_P(MigrationRun, ARowThatCannotBeDoneDoesNotEatUpABatchForEver) {
  for (ClassSpec& spec : catalog_.classes) {
    for (FieldSpec& field : spec.fields) {
      if (field.name == "mark") field.column->sql = "VARCHAR(12)", field.column->length = 12;
    }
  }
  add_shelf("a", "one that is too long");
  add_shelf("b", "one more of this sort");
  add_shelf("c", "fits");
  run("expand");
  EXPECT_EQ(run("data", 1, 1).done, 1);
  EXPECT_EQ(value("c", "mark"), Json("fits"));
}

TEST_P(MigrationRun, CountsRowsThatTheNewerTableCannotHold) {
  for (ClassSpec& spec : catalog_.classes) {
    if (spec.name != "Shelf" || spec.version == Version("1.0")) continue;
    for (FieldSpec& field : spec.fields) {
      if (field.name == "mark") field.column->nullable = field.nullable = false;
      if (field.name == "tenant_id") field.column->sql = "VARCHAR(3)", field.column->length = 3;
    }
  }
  add_shelf("a", "code of a");
  const auto store = database_->connect();
  store->insert("shelves", {{"id", "b"}, {"name", "b"}, {"tenant_id", "äöü"}});
  store->insert("shelves", {{"id", "c"}, {"name", "c"}, {"tenant_id", "tenant"}, {"code", "c"}});
  store->commit();
  run("expand");
  const MigrationOutcome one = run("data");
  EXPECT_EQ(one.status, 2);
  EXPECT_EQ(one.left, 2);
  EXPECT_EQ(one.failed, 2);
  EXPECT_THAT(one.problems, ::testing::UnorderedElementsAre(
                                "shelves.mark, row b: NULL, which the newer schema does not take",
                                "shelves.tenant_id, row c: longer than 3 characters"));
  EXPECT_EQ(run("contract").status, 3);
}

TEST_P(MigrationRun, ContractWaitsForTheLastOlderNode) {
  run("expand");
  register_node("engine.1", "two");
  register_node("engine.2", "one");
  register_node("engine.3", "who knows");
  const auto before = last_change();
  const MigrationOutcome early = run("contract");
  EXPECT_EQ(early.status, 3);
  EXPECT_EQ(early.refused,
            "cannot contract from one to two: engine.2 (one), engine.3 (who knows) may still write what it "
            "takes away; "
            "upgrade or forget first");
  EXPECT_EQ(state().target, "two");
  EXPECT_EQ(last_change(), before);
  update("caravan_services", "engine.2", {{"release_name", "two"}});
  EXPECT_EQ(migrate(*database_->migration(), {catalog_, "contract", "one", "two", 100, 0, false}).status, 0)
      << "--no-gate";
  EXPECT_EQ(run("contract").status, 0) << "a contracted one is contracted, whoever lives";
  EXPECT_EQ(database_->witness()->list("caravan_services", {}).size(), 3u);
}

TEST_P(MigrationRun, AsReleasedStopsWhereTheDatabaseRefusesAndSaysSoAgain) {
  add_shelf("a", "code of a");
  const bool takes_it = GetParam().name == "mariadb";
  const auto before = last_change();
  for (int i = 0; i < 2; ++i) {
    const MigrationOutcome one = run("as-released", 100, 0, "three");
    EXPECT_EQ(one.status, takes_it ? 0 : 2);
    EXPECT_EQ(one.left, takes_it ? 0 : 2);
    EXPECT_EQ(one.done, takes_it && i == 0 ? 2 : 0);
    if (!takes_it) {
      EXPECT_EQ(one.failed, 1);
      ASSERT_EQ(one.problems.size(), 1u);
      EXPECT_THAT(one.problems[0], HasSubstr("revision two: "));
    }
  }
  EXPECT_EQ(state().release, takes_it ? "three" : "one");
  EXPECT_EQ(last_change(), before);
  if (takes_it) {
    EXPECT_EQ(value("a", "sturdy"), Json(false));
    EXPECT_EQ(value("a", "mark"), Json("code of a"));
  } else {
    EXPECT_EQ(value("a", "code"), Json("code of a"));
  }
}

TEST_P(KilledMigration, AsReleasedGoesOn) {
  EXPECT_EQ(in_another_process("as-released", 1, 1), 1000 + SIGKILL);
  EXPECT_EQ(state().release, "one");
  EXPECT_EQ(run("as-released").status, 0);
  EXPECT_EQ(state().release, "two");
  EXPECT_EQ(state().previous, "one");
  EXPECT_EQ(run("as-released").done, 0);
}

// Where it shares its process with others: no signal, and what is left is the same.
TEST_P(MigrationRun, ThatDiesAtAKillPointLeavesNothingOfItsTransaction) {
  for (const char* id : {"a", "b", "c"}) add_shelf(id, std::string("code of ") + id);
  const auto killed = [&](const std::string& phase, int nth) {
    EXPECT_THROW(migrate(*database_->migration(),
                         {catalog_, phase, "one", "two", 1, 0, true, {nth, [] { throw Killed{}; }}}),
                 Killed)
        << phase;
  };
  if (GetParam().name != "mariadb") {  // there DDL is final
    killed("expand", 1);
    EXPECT_EQ(state().target, "");
    EXPECT_EQ(database_->witness()->columns("shelves").size(),
              find_table(release_schema(catalog_, "one"), "shelves")->columns.size());
  }
  EXPECT_EQ(run("expand").status, 0);
  killed("data", 2);
  EXPECT_EQ(value("a", "mark"), Json("code of a")) << "the batch before";
  EXPECT_EQ(value("b", "mark"), Json()) << "written, and never committed";
  const auto store = database_->connect();  // nobody holds the lock
  store->update("shelves", "b", {{"name", "another"}});
  store->commit();
  EXPECT_EQ(run("data").status, 0);
  EXPECT_EQ(value("b", "mark"), Json("code of b"));
}

TEST(MigrationOfAFile, DoesNotUndoWhatAnotherWriterDidBetweenReadingAndWriting) {
  const Folder folder;
  const std::string url = folder.url("library.db");
  const Catalog catalog = library_catalog();
  create_schema(url, catalog, "one");
  const auto store = open_store(url);
  for (const char* id : {"a", "b"}) store->insert("shelves", {{"id", id}, {"name", id}, {"code", "old"}});
  store->commit();
  migrate(*database_at(url), {catalog, "expand", "one", "two"});
  // The batch has read both rows when it writes the first one; then somebody writes the second.
  execute(url, {"create trigger somebody after update of mark on shelves when new.id = 'a' begin "
                "update shelves set code = 'somebody''s' where id = 'b'; end"});
  const MigrationOutcome first = migrate(*database_at(url), {catalog, "data", "one", "two"});
  EXPECT_EQ(first.status, 1);
  EXPECT_EQ(first.left, 1);
  EXPECT_TRUE(store->get("shelves", "b")->at("mark").is_null()) << "not what had been read";
  store->rollback();
  EXPECT_EQ(migrate(*database_at(url), {catalog, "data", "one", "two"}).status, 0);
  EXPECT_EQ(store->get("shelves", "b")->at("mark"), Json("somebody's"));
}

TEST(MigrationOfAFile, LeavesADatabaseAloneThatItDoesNotKnow) {
  const Folder folder;
  const Catalog catalog = library_catalog();
  const auto said = [&](const std::string& url) -> std::string {
    try {
      migrate(*database_at(url), {catalog, "expand", "one", "two"});
    } catch (const Error& error) {
      EXPECT_EQ(error.exit(), Exit::machine);
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(said(folder.url("none.db")), HasSubstr("no such database file"));
  const std::string foreign = folder.url("foreign.db");
  execute(foreign, {"create table diary (day text)"});
  const auto before = schema_text(foreign);
  EXPECT_THAT(said(foreign), HasSubstr("is a database, but Caravan did not make it"));
  EXPECT_EQ(schema_text(foreign), before);
}

INSTANTIATE_TEST_SUITE_P(Backends, MigrationRun, embedded_backends(), backend_name);
INSTANTIATE_TEST_SUITE_P(Server, MigrationRun, server_backends(), backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, KilledMigration, ::testing::Values(sqlite_backend()), backend_name);
INSTANTIATE_TEST_SUITE_P(Server, KilledMigration, server_backends(), backend_name);

}  // namespace
}  // namespace caravan::nodes::test
