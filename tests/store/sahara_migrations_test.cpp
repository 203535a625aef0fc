// Sahara's own way: rows of every table survive every phase between real releases, and both sides can write.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "backend.hpp"
#include "inspect.hpp"
#include "nodes/store/migration/migration.hpp"
#include "nodes/store/sql/dialect.hpp"
#include "objects/loader/loader.hpp"
#include "sahara_rows.hpp"

namespace caravan::nodes::test {
namespace {

using ::testing::Contains;
using ::testing::Not;

class SaharaMigration : public ::testing::TestWithParam<Backend> {
 protected:
  void create(const std::string& release) { database_ = GetParam().make(folder_, catalog_, release); }
  void start(const std::string& release) {
    create(release);
    write(release, "first");
  }
  /// Newer code writes both columns of a rename while the older one is there.
  void write(const std::string& release, const std::string& tag) {
    const auto store = database_->connect();
    for (TableRow& each : full_rows(catalog_, release, tag)) {
      const auto renamed = each.row.find("engine_job_id");
      const auto& columns = store->columns(each.table);
      if (renamed != each.row.end() && std::count(columns.begin(), columns.end(), "oozie_job_id") != 0) {
        each.row["oozie_job_id"] = renamed->second;
      }
      store->insert(each.table, each.row);
      written_.push_back(each);
    }
    store->commit();
  }
  /// An UPDATE that names every column but the key, as Sahara's of that release does.
  void rewrite(const std::string& release, const std::string& tag) {
    const auto store = database_->connect();
    for (const TableRow& each : full_rows(catalog_, release, tag)) {
      Row row = each.row;
      row.erase("id");
      if (!each.key.empty()) store->update(each.table, each.key, row);
    }
    store->commit();
  }
  /// Every value that was written and still has a column stands there; a renamed one under its new name.
  void expect_all_kept(const std::string& when) {
    const auto witness = database_->witness();
    for (const TableRow& each : written_) {
      if (each.key.empty()) {
        EXPECT_EQ(witness->list(each.table, each.row).size(), 1u) << when << " " << each.table;
        continue;
      }
      const auto row = witness->get(each.table, each.key);
      ASSERT_TRUE(row) << when << " " << each.table;
      for (const auto& entry : each.row) {
        auto kept = row->find(entry.first);
        if (kept == row->end() && entry.first == "oozie_job_id") kept = row->find("engine_job_id");
        if (kept == row->end() && entry.first == "progress") continue;
        ASSERT_TRUE(kept != row->end()) << when << " " << each.table << "." << entry.first;
        EXPECT_EQ(kept->second, entry.second) << when << " " << each.table << "." << entry.first;
      }
    }
  }
  void expect_schema_of(const std::string& release) {
    const Schema wanted = release_schema(catalog_, release);
    EXPECT_EQ(present(), told(wanted)) << release;
    if (GetParam().name != "sqlite") return;
    create_schema(folder_.url(release), catalog_, release);
    EXPECT_EQ(schema_text(database_->url()), schema_text(folder_.url(release)));
  }
  /// The tables that the database has now.
  std::vector<std::string> present() {
    Schema seen = database_->migration()->tables();
    seen.erase(std::remove_if(seen.begin(), seen.end(),
                              [](const TableDef& table) { return table.name.rfind("caravan_", 0) == 0; }),
               seen.end());
    return told(seen);
  }
  /// "clusters.name not null 80", sorted.
  static std::vector<std::string> told(const Schema& schema) {
    std::vector<std::string> lines;
    for (const TableDef& table : schema) {
      for (const ColumnDef& column : table.columns) {
        lines.push_back(fmt::format("{}.{}{} {}", table.name, column.name, column.nullable ? "" : " not null",
                                    column.length.value_or(0)));
      }
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  MigrationOutcome run(const std::string& phase, const std::string& from, const std::string& to) {
    const MigrationOutcome outcome = migrate(*database_->migration(), {catalog_, phase, from, to});
    EXPECT_EQ(outcome.status, 0) << phase << " " << from << " " << to << ": " << outcome.refused;
    EXPECT_EQ(outcome.left, 0);
    EXPECT_TRUE(outcome.problems.empty());
    return outcome;
  }
  void roll(const std::string& from, const std::string& to) {
    run("expand", from, to);
    expect_all_kept("expanded to " + to);
    write(from, "old." + to);
    rewrite(from, "old." + to);
    write(to, "new." + to);
    run("data", from, to);
    expect_all_kept("data of " + to);
    write(from, "late." + to);
    const auto rows = run("data", from, to).done;
    EXPECT_EQ(run("data", from, to).done, 0) << rows << " late rows are done once";
    run("contract", from, to);
    expect_all_kept("contracted to " + to);
    expect_schema_of(to);
  }

  const Catalog& catalog_ = sahara_catalog();
  Folder folder_;
  std::unique_ptr<TestDatabase> database_;
  std::vector<TableRow> written_;
};

TEST_P(SaharaMigration, JunoToKilo) {
  start("juno");
  run("expand", "juno", "kilo");
  EXPECT_THAT(database_->witness()->columns("job_executions"), Contains("progress"))
      << "older writers name it";
  for (const char* dropped : {"completed", "started_at", "completed_at"}) {
    EXPECT_THAT(database_->witness()->columns("cluster_provision_steps"), Not(Contains(dropped)))
        << "020 took it back";
  }
  roll("juno", "kilo");
  EXPECT_THAT(database_->witness()->columns("job_executions"), Not(Contains("progress")));
}

TEST_P(SaharaMigration, KiloToLiberty) {
  start("kilo");
  run("expand", "kilo", "liberty");
  const auto store = database_->connect();
  EXPECT_THAT(store->columns("job_executions"), Contains("oozie_job_id"));
  EXPECT_THAT(store->columns("job_executions"), Contains("engine_job_id"));
  EXPECT_NO_THROW(store->update("instances", "first-instances",
                                {{"internal_ip", "2001:db8:85a3:8d3:1319:8a2e:370:7348"}}));
  store->rollback();
  roll("kilo", "liberty");
  const auto row = database_->witness()->get("clusters", "first-clusters");
  for (const char* added : {"is_public", "is_protected", "use_autoconfig", "shares"}) {
    EXPECT_TRUE(row->at(added).is_null()) << added << ": Sahara filled in none";
  }
  EXPECT_TRUE(
      database_->witness()->get("instances", "first-instances")->at("storage_devices_number").is_null());
}

TEST_P(SaharaMigration, LibertyToMitakaProtectsDefaultTemplatesOnce) {
  start("liberty");
  const auto store = database_->connect();
  for (const char* table : {"cluster_templates", "node_group_templates"}) {
    const std::string key = std::string("first-") + table;
    store->update(table, key, {{"is_protected", nullptr}, {"is_default", true}});
  }
  store->commit();
  run("expand", "liberty", "mitaka");
  run("data", "liberty", "mitaka");
  EXPECT_EQ(store->get("cluster_templates", "first-cluster_templates")->at("is_protected"), Json(true));
  EXPECT_EQ(store->get("node_group_templates", "first-node_group_templates")->at("is_protected"), Json(true));
  store->update("cluster_templates", "first-cluster_templates", {{"is_protected", false}});
  store->commit();
  run("contract", "liberty", "mitaka");
  EXPECT_EQ(store->get("cluster_templates", "first-cluster_templates")->at("is_protected"), Json(false))
      << "a flag that a user took away since stays away";
}

TEST_P(SaharaMigration, LibertyToMitaka) {
  start("liberty");
  roll("liberty", "mitaka");
}

TEST_P(SaharaMigration, QueensToRockyFillsBootFromVolume) {
  start("queens");
  roll("queens", "rocky");
  for (const char* table : {"node_groups", "node_group_templates", "templates_relations"}) {
    for (const char* tag : {"first-", "old.rocky-", "late.rocky-"}) {
      EXPECT_EQ(database_->witness()->get(table, tag + std::string(table))->at("boot_from_volume"),
                Json(false));
    }
  }
}

TEST_P(SaharaMigration, TheWholeWayNeighbourByNeighbour) {
  start("icehouse");
  for (std::size_t i = 1; i < catalog_.releases.size(); ++i) {
    const std::string &from = catalog_.releases[i - 1].name, &to = catalog_.releases[i].name;
    run("expand", from, to);
    write(from, from + ">");
    run("data", from, to);
    run("contract", from, to);
    expect_all_kept("contracted to " + to);
    expect_schema_of(to);
  }
}

// 029: half-way through, a user takes the flag away from a template that was done.
TEST_P(SaharaMigration, ProtectsEachDefaultTemplateOnceHoweverOftenItIsResumed) {
  create("liberty");
  const auto store = database_->connect();
  for (const char* id : {"a", "b", "c", "d"}) {
    store->insert("cluster_templates", {{"id", id},
                                        {"name", id},
                                        {"plugin_name", "p"},
                                        {"hadoop_version", "1"},
                                        {"is_default", id != std::string("c")}});
  }
  store->commit();
  const auto flag = [&](const std::string& id) {
    return database_->witness()->get("cluster_templates", id)->at("is_protected");
  };
  run("expand", "liberty", "mitaka");
  const auto one_batch = [&] {
    return migrate(*database_->migration(), {catalog_, "data", "liberty", "mitaka", 1, 1});
  };
  EXPECT_EQ(one_batch().left, 2);
  EXPECT_EQ(flag("a"), Json(true));
  store->update("cluster_templates", "a", {{"is_protected", false}});
  store->commit();
  EXPECT_EQ(one_batch().left, 1);
  const MigrationOutcome last = one_batch();
  EXPECT_EQ(last.status, 0);
  EXPECT_EQ(last.done, 1);
  EXPECT_EQ(flag("a"), Json(false)) << "the user's word";
  EXPECT_TRUE(flag("c").is_null()) << "no default";
  EXPECT_EQ(flag("d"), Json(true));
  store->update("cluster_templates", "d", {{"is_protected", false}});
  store->commit();
  EXPECT_EQ(run("data", "liberty", "mitaka").done, 0);
  EXPECT_EQ(flag("d"), Json(false));
}

TEST_P(SaharaMigration, WidensWhatWasTooNarrow) {
  start("icehouse");
  const auto store = database_->connect();
  const std::string status(201, 's'), address = "2001:db8:85a3:8d3:1319:8a2e:370:7348";
  const auto describe = [&] {
    store->update("clusters", "first-clusters", {{"status_description", status}});
  };
  const auto place = [&] { store->update("instances", "first-instances", {{"management_ip", address}}); };
  EXPECT_EQ(refusal(describe).kind, StoreError::Kind::too_long);
  store->rollback();
  run("expand", "icehouse", "juno");
  EXPECT_NO_THROW(describe());
  store->commit();
  run("contract", "icehouse", "juno");
  EXPECT_EQ(refusal(place).kind, StoreError::Kind::too_long);
  store->rollback();
  run("expand", "juno", "liberty");
  EXPECT_NO_THROW(place());
  store->commit();
  run("data", "juno", "liberty");
  run("contract", "juno", "liberty");
  EXPECT_EQ(store->get("clusters", "first-clusters")->at("status_description"), Json(status));
  EXPECT_EQ(store->get("instances", "first-instances")->at("management_ip"), Json(address));
}

// All revisions since Icehouse on a database with rows in every table: 034 is where databases part.
TEST_P(SaharaMigration, AsReleasedIsRefusedAt034UnlessTheDatabaseInventsAValue) {
  start("icehouse");
  const bool invents = GetParam().name == "mariadb";
  const auto all = [&] {
    return migrate(*database_->migration(), {catalog_, "as-released", "icehouse", "2023.2"});
  };
  const MigrationOutcome first = all();
  if (!invents) {
    EXPECT_EQ(first.status, 2);
    EXPECT_EQ(first.done, 27);
    EXPECT_EQ(first.left, 2);
    ASSERT_EQ(first.problems.size(), 1u);
    EXPECT_EQ(first.problems[0].substr(0, 14), "revision 034: ");
    EXPECT_NE(first.problems[0].find("boot_from_volume"), std::string::npos) << first.problems[0];
    EXPECT_NE(first.problems[0].find("stays at revision 033"), std::string::npos) << first.problems[0];
    expect_schema_of("queens");
    const MigrationOutcome again = all();
    EXPECT_EQ(again.status, 2);
    EXPECT_EQ(again.done, 0);
    EXPECT_EQ(again.problems, first.problems);
    const MigrationOutcome phased =
        migrate(*database_->migration(), {catalog_, "expand", "icehouse", "2023.2"});
    EXPECT_EQ(phased.status, 3);
    EXPECT_NE(phased.refused.find("is at revision 033, on its way from icehouse to 2023.2"),
              std::string::npos)
        << phased.refused;
    const auto store = database_->connect();
    store->update("instances", "first-instances", {{"node_group_id", nullptr}});
    for (const char* table : {"node_groups", "templates_relations", "node_group_templates"})
      store->remove(table, std::string("first-") + table);
    store->commit();
    written_.clear();
    EXPECT_EQ(all().done, 2) << "without rows there is nothing to refuse";
  } else {
    EXPECT_EQ(first.status, 0);
    EXPECT_EQ(first.done, 29);
    EXPECT_EQ(database_->witness()->get("node_groups", "first-node_groups")->at("boot_from_volume"),
              Json(false));
  }
  expect_all_kept("as released");
  expect_schema_of("2023.2");
  EXPECT_EQ(all().done, 0);
}

TEST_P(SaharaMigration, AsReleasedEndsWhereThePhasesEnd) {
  create("icehouse");
  EXPECT_EQ(run("as-released", "icehouse", "2023.2").done, 29);
  expect_schema_of("2023.2");
}

// Row stamps go through every migration, and through what a release creates.
TEST_P(SaharaMigration, KeepsTheStampsOfRows) {
  Catalog stamped = catalog_;
  stamped.row_stamps = true;
  database_ = GetParam().make(folder_, stamped, "juno");
  const auto store = database_->connect();
  store->insert("jobs", {{"id", "j"}, {"name", "j"}, {"type", "Pig"}, {"object_version", "1.1"}});
  store->insert("job_executions",
                {{"id", "e"}, {"job_id", "j"}, {"oozie_job_id", "o"}, {"object_version", "1.1"}});
  store->commit();
  for (const char* phase : {"expand", "data", "contract"})
    EXPECT_EQ(migrate(*database_->migration(), {stamped, phase, "juno", "kilo"}).status, 0);
  EXPECT_EQ(migrate(*database_->migration(), {stamped, "as-released", "kilo", "liberty"}).status, 0);
  EXPECT_EQ(store->get("job_executions", "e")->at("object_version"), Json("1.1"));
  EXPECT_EQ(store->get("job_executions", "e")->at("engine_job_id"), Json("o"));
  for (const char* table : {"cluster_events", "job_interface_arguments", "clusters"})
    EXPECT_THAT(store->columns(table), Contains("object_version")) << table;
  EXPECT_THAT(store->columns("mains_association"), Not(Contains("object_version")));
}

TEST_P(SaharaMigration, AllAtOnce) {
  start("icehouse");
  roll("icehouse", "2023.2");
}

TEST_P(SaharaMigration, TakesTwoStepsInOne) {
  start("juno");
  roll("juno", "liberty");
}

TEST_P(SaharaMigration, ChangesNothingWhereNothingChanged) {
  start("stein");
  const auto schema = present();
  const auto changes = database_->witness()->changes_after(0).size();
  for (const char* phase : {"expand", "data", "contract"}) {
    run(phase, "stein", "train");
    EXPECT_EQ(present(), schema) << phase;
  }
  EXPECT_EQ(database_->witness()->changes_after(0).size(), changes);
  expect_all_kept("at train");
}

INSTANTIATE_TEST_SUITE_P(Backends, SaharaMigration, embedded_backends(), backend_name);
INSTANTIATE_TEST_SUITE_P(Server, SaharaMigration, server_backends(), backend_name);

}  // namespace
}  // namespace caravan::nodes::test
