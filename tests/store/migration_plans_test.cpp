// What a migration does, decided without a database: the real revisions replayed, phases of any pair of
// releases, and the table of docs/migrations.md.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "library.hpp"
#include "nodes/store/migration/plan.hpp"
#include "objects/base/error.hpp"
#include "objects/loader/loader.hpp"

namespace caravan::nodes::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

int index_of(const Catalog& catalog, const std::string& release) { return catalog.release(release)->index; }

TEST(Revisions, ReplayedMakeTheTablesOfEveryRelease) {
  for (const bool stamps : {false, true}) {
    Catalog catalog = sahara_catalog();
    catalog.row_stamps = stamps;
    Schema schema;
    auto next = catalog.migrations.begin();
    for (const Release& release : catalog.releases) {
      for (; next != catalog.migrations.end() && index_of(catalog, next->release) <= release.index; ++next)
        schema = migrated(schema, *next, stamps);
      EXPECT_EQ(schema_difference(schema, release_schema(catalog, release.name)), "") << release.name;
    }
    EXPECT_EQ(next, catalog.migrations.end());
  }
}

TEST(Revisions, BetweenReleasesAreThoseThatOneHasAndTheOtherHasNot) {
  const auto revisions = [](const std::string& from, const std::string& to) {
    std::vector<std::string> names;
    for (const RevisionPlan& one : plan_as_released(sahara_catalog(), from, to))
      names.push_back(one.revision);
    return names;
  };
  EXPECT_THAT(revisions("kilo", "liberty"),
              ElementsAre("021", "022", "023", "024", "025", "026", "027", "028"));
  EXPECT_THAT(revisions("queens", "rocky"), ElementsAre("034"));
  EXPECT_THAT(revisions("stein", "2023.2"), IsEmpty());
  EXPECT_EQ(revisions("icehouse", "2023.2").size(), 29u);
}

TEST(Revisions, ThatDoNotMakeTheTablesOfTheClassesAreRefused) {
  Catalog catalog = sahara_catalog();
  catalog.migrations[27].operations.clear();
  try {
    plan_as_released(catalog, "kilo", "liberty");
    FAIL() << "028 does nothing, and nobody noticed";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "catalog: its migrations up to liberty do not make the tables of its classes: "
                 "instances.storage_devices_number has no counterpart");
  }
}

TEST(Revisions, OfACatalogWithoutMigrationsAreItsReleases) {
  const auto plans = plan_as_released(library_catalog(), "one", "three");
  ASSERT_EQ(plans.size(), 2u);
  EXPECT_EQ(plans[0].revision, "two");
  ASSERT_EQ(plans[0].renames.size(), 1u);
  EXPECT_EQ(plans[0].renames[0].after, "mark");
  EXPECT_EQ(schema_difference(plans[1].after, release_schema(library_catalog(), "three")), "");
}

std::vector<std::string> rows_of_plan(const MigrationPlan& plan) {
  std::vector<std::string> told;
  for (const RowStep& step : plan.rows) {
    told.push_back(step.kind == RowStep::Kind::copy   ? step.name() + " from " + step.from
                   : step.kind == RowStep::Kind::fill ? step.name() + " = " + step.value.dump()
                                                      : step.name() + " " + step.set.dump());
  }
  return told;
}

TEST(Phases, OfNeighboursTouchRowsInThreeReleasesOnly) {
  const Catalog& catalog = sahara_catalog();
  std::vector<std::string> told;
  for (std::size_t i = 1; i < catalog.releases.size(); ++i) {
    const auto plan = plan_migration(catalog, catalog.releases[i - 1].name, catalog.releases[i].name);
    for (const std::string& row : rows_of_plan(plan)) told.push_back(catalog.releases[i].name + ": " + row);
    EXPECT_TRUE(plan.limits.empty()) << "Sahara never narrowed anything";
  }
  EXPECT_THAT(told, ElementsAre("liberty: job_executions.engine_job_id from oozie_job_id",
                                "mitaka: 029 node_group_templates {\"is_protected\":true}",
                                "mitaka: 029 cluster_templates {\"is_protected\":true}",
                                "rocky: node_groups.boot_from_volume = false",
                                "rocky: node_group_templates.boot_from_volume = false",
                                "rocky: templates_relations.boot_from_volume = false"));
}

TEST(Phases, OfOneHopOverTwoReleasesAreBothTogether) {
  const auto plan = plan_migration(sahara_catalog(), "juno", "liberty");
  EXPECT_THAT(rows_of_plan(plan), ElementsAre("job_executions.engine_job_id from oozie_job_id"));
  const TableDef& runs = *find_table(plan.expanded, "job_executions");
  for (const char* column : {"progress", "oozie_job_id", "engine_job_id", "data_source_urls"})
    EXPECT_NE(runs.column(column), nullptr) << column;
  EXPECT_EQ(find_table(plan.expanded, "instances")->column("internal_ip")->length, 45);
  EXPECT_NE(find_table(plan.expanded, "cluster_events"), nullptr);
  EXPECT_EQ(find_table(plan.expanded, "cluster_provision_steps")->column("completed"), nullptr);
  EXPECT_THAT(rows_of_plan(plan_migration(sahara_catalog(), "icehouse", "2023.2")), ::testing::SizeIs(6));
}

TEST(Phases, KeepEveryColumnThatAWriterOfEitherReleaseNames) {
  const Catalog& catalog = sahara_catalog();
  for (std::size_t a = 0; a < catalog.releases.size(); ++a) {
    for (std::size_t b = a + 1; b < catalog.releases.size(); ++b) {
      const auto plan = plan_migration(catalog, catalog.releases[a].name, catalog.releases[b].name);
      for (const Schema* side : {&plan.before, &plan.after}) {
        const Schema& other = side == &plan.before ? plan.after : plan.before;
        for (const TableDef& table : *side) {
          for (const ColumnDef& column : table.columns) {
            const ColumnDef* both = find_table(plan.expanded, table.name)->column(column.name);
            ASSERT_NE(both, nullptr) << table.name << "." << column.name;
            EXPECT_GE(both->length.value_or(1 << 30), column.length.value_or(1));
            const TableDef* there = find_table(other, table.name);
            const bool known = there == nullptr || there->column(column.name) != nullptr;
            EXPECT_TRUE(both->nullable || known) << table.name << "." << column.name;
          }
        }
      }
    }
  }
}

// The table of the page: one row a revision since Icehouse.

struct Work {
  std::vector<std::pair<std::string, std::vector<std::string>>> parts;  // what, in which tables
  void add(const std::string& what, const std::string& table) {
    for (auto& [name, tables] : parts) {
      if (name == what) return tables.push_back(table);
    }
    parts.push_back({what, {table}});
  }
  std::string text() const {
    std::string out;
    for (const auto& [what, tables] : parts) {
      std::string in;
      for (const std::string& table : tables) in += (in.empty() ? "" : ", ") + table;
      out += fmt::format("{}{}{}", out.empty() ? "" : "; ", what, in.empty() ? "" : " in " + in);
    }
    return out.empty() ? "-" : out;
  }
};

std::string row_of_page(const Catalog& catalog, const Migration& migration) {
  const int index = index_of(catalog, migration.release);
  const std::string older = catalog.releases[static_cast<std::size_t>(index) - 1].name;
  const MigrationPlan plan = plan_migration(catalog, older, migration.release);
  const auto has = [](const Schema& schema, const std::string& table, const std::string& column) {
    return find_table(schema, table) != nullptr && find_table(schema, table)->column(column) != nullptr;
  };
  Work expand, data, contract;
  for (const SchemaOperation& one : migration.operations) {
    if (one.op == "create_table") {
      expand.parts.push_back({"table `" + one.table + "`", {}});
      EXPECT_NE(find_table(plan.expanded, one.table), nullptr);
    } else if (one.op == "add_column") {
      EXPECT_TRUE(find_table(plan.expanded, one.table)->column(one.column)->nullable);
      expand.add("column `" + one.column + "`", one.table);
      for (const RowStep& step : plan.rows) {
        if (step.table != one.table || step.column != one.column || step.kind != RowStep::Kind::fill)
          continue;
        data.add("`" + one.column + "` = " + step.value.dump() + " where NULL", one.table);
        contract.add("NOT NULL `" + one.column + "`", one.table);
      }
    } else if (one.op == "drop_column" && has(plan.before, one.table, one.column)) {
      EXPECT_TRUE(has(plan.expanded, one.table, one.column));
      EXPECT_FALSE(has(plan.after, one.table, one.column));
      contract.add("drops `" + one.column + "`", one.table);
    } else if (one.op == "alter_column" && !one.new_name.empty()) {
      expand.add(fmt::format("column `{}` next to `{}`", one.new_name, one.column), one.table);
      data.add(fmt::format("`{}` = `{}` where they differ", one.new_name, one.column), one.table);
      contract.add("drops `" + one.column + "`", one.table);
      EXPECT_EQ(plan.rows.at(0).from, one.column);
    } else if (one.op == "alter_column") {
      const ColumnDef& wide = *find_table(plan.expanded, one.table)->column(one.column);
      expand.add(fmt::format("`{}` widened to {}", one.column, wide.sql), one.table);
    } else if (one.op == "execute") {
      data.add(fmt::format("`{}` = {} where `{}`, once", one.set.begin().key(),
                           one.set.begin().value().dump(), one.where.begin().key()),
               one.table);
    }
  }
  return fmt::format("| {} | {} | {} | {} | {} |\n", migration.revision, migration.release, expand.text(),
                     data.text(), contract.text());
}

TEST(Phases, AreThoseOfThePage) {
  const std::string path = CARAVAN_SOURCE_DIR "/docs/migrations.md";
  std::ifstream in(path);
  std::string page{std::istreambuf_iterator<char>(in), {}};
  const std::string begin = "<!-- generated: revisions -->\n", end = "<!-- /generated -->";
  const auto first = page.find(begin) + begin.size(), last = page.find(end);
  ASSERT_LE(first, last);
  std::string table = "| revision | release | expand | data | contract |\n|---|---|---|---|---|\n";
  for (const Migration& one : sahara_catalog().migrations) {
    if (one.release != "icehouse") table += row_of_page(sahara_catalog(), one);
  }
  const char* golden = std::getenv("CARAVAN_GOLDEN");
  if (golden != nullptr && std::string(golden) == "write")
    std::ofstream(path) << page.substr(0, first) + table + page.substr(last);
  else
    EXPECT_EQ(page.substr(first, last - first), table) << "if this is right: CARAVAN_GOLDEN=write";
}

}  // namespace
}  // namespace caravan::nodes::test
