// Sahara's own way: rows of every table survive every phase between real releases, and both sides can write.
#include <gmock/gmock.h>

#include <algorithm>

#include "backend.hpp"
#include "inspect.hpp"
#include "nodes/store/migration.hpp"
#include "objects/catalog_loader.hpp"
#include "sahara_rows.hpp"

namespace caravan::test {
namespace {

using ::testing::Contains;
using ::testing::Not;

class SaharaMigration : public ::testing::Test {
 protected:
  void start(const std::string& release) {
    create_schema(url_, catalog_, release);
    write(release, "first");
  }
  /// Newer code writes both columns of a rename while the older one is there.
  void write(const std::string& release, const std::string& tag) {
    const auto store = open_store(url_);
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
    const auto store = open_store(url_);
    for (const TableRow& each : full_rows(catalog_, release, tag)) {
      Row row = each.row;
      row.erase("id");
      if (!each.key.empty()) store->update(each.table, each.key, row);
    }
    store->commit();
  }
  /// Every value that was written and still has a column stands there; a renamed one under its new name.
  void expect_all_kept(const std::string& when) {
    const auto witness = open_witness(url_);
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
    create_schema(folder_.url(release), catalog_, release);
    EXPECT_EQ(schema_text(url_), schema_text(folder_.url(release)));
  }
  MigrationOutcome run(const std::string& phase, const std::string& from, const std::string& to) {
    const MigrationOutcome outcome = migrate({url_, catalog_, phase, from, to});
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
  std::string url_ = folder_.url("sahara.db");
  std::vector<TableRow> written_;
};

TEST_F(SaharaMigration, JunoToKilo) {
  start("juno");
  run("expand", "juno", "kilo");
  EXPECT_THAT(open_witness(url_)->columns("job_executions"), Contains("progress")) << "older writers name it";
  for (const char* dropped : {"completed", "started_at", "completed_at"}) {
    EXPECT_THAT(open_witness(url_)->columns("cluster_provision_steps"), Not(Contains(dropped)))
        << "020 took it back";
  }
  roll("juno", "kilo");
  EXPECT_THAT(open_witness(url_)->columns("job_executions"), Not(Contains("progress")));
}

TEST_F(SaharaMigration, KiloToLiberty) {
  start("kilo");
  run("expand", "kilo", "liberty");
  const auto store = open_store(url_);
  EXPECT_THAT(store->columns("job_executions"), Contains("oozie_job_id"));
  EXPECT_THAT(store->columns("job_executions"), Contains("engine_job_id"));
  EXPECT_NO_THROW(store->update("instances", "first-instances",
                                {{"internal_ip", "2001:db8:85a3:8d3:1319:8a2e:370:7348"}}));
  store->rollback();
  roll("kilo", "liberty");
  const auto row = open_witness(url_)->get("clusters", "first-clusters");
  for (const char* added : {"is_public", "is_protected", "use_autoconfig", "shares"}) {
    EXPECT_TRUE(row->at(added).is_null()) << added << ": Sahara filled in none";
  }
  EXPECT_TRUE(
      open_witness(url_)->get("instances", "first-instances")->at("storage_devices_number").is_null());
}

TEST_F(SaharaMigration, LibertyToMitakaProtectsDefaultTemplatesOnce) {
  start("liberty");
  const auto store = open_store(url_);
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

TEST_F(SaharaMigration, LibertyToMitaka) {
  start("liberty");
  roll("liberty", "mitaka");
}

TEST_F(SaharaMigration, QueensToRockyFillsBootFromVolume) {
  start("queens");
  roll("queens", "rocky");
  for (const char* table : {"node_groups", "node_group_templates", "templates_relations"}) {
    for (const char* tag : {"first-", "old.rocky-", "late.rocky-"}) {
      EXPECT_EQ(open_witness(url_)->get(table, tag + std::string(table))->at("boot_from_volume"),
                Json(false));
    }
  }
}

TEST_F(SaharaMigration, TheWholeWay) {
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

TEST_F(SaharaMigration, AllAtOnce) {
  start("icehouse");
  roll("icehouse", "2023.2");
}

TEST_F(SaharaMigration, TakesTwoStepsInOne) {
  start("juno");
  roll("juno", "liberty");
}

TEST_F(SaharaMigration, ChangesNothingWhereNothingChanged) {
  start("stein");
  const auto schema = schema_text(url_);
  const auto changes = open_witness(url_)->changes_after(0).size();
  for (const char* phase : {"expand", "data", "contract"}) {
    run(phase, "stein", "train");
    EXPECT_EQ(schema_text(url_), schema) << phase;
  }
  EXPECT_EQ(open_witness(url_)->changes_after(0).size(), changes);
  expect_all_kept("at train");
}

}  // namespace
}  // namespace caravan::test
