// The real schemas: what SQLite says of its tables against what the catalog says, for all 20 releases.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "backend.hpp"
#include "inspect.hpp"
#include "objects/loader/loader.hpp"
#include "sahara_rows.hpp"

namespace caravan::nodes::test {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::UnorderedElementsAreArray;

class SaharaSchema : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { create_schema(url_, catalog_, GetParam()); }
  const Catalog& catalog_ = sahara_catalog();
  Folder folder_;
  std::string url_ = folder_.url("sahara.db");
};

std::string declared(const std::string& sql) {
  if (sql == "TEXT (JSON)" || sql.find("LONGTEXT") == 0) return "TEXT";
  return sql.find("LONGBLOB") == 0 ? "BLOB" : sql;
}

TEST_P(SaharaSchema, HasTheColumnsOfTheCatalog) {
  std::vector<std::string> tables = {"caravan_changes", "caravan_schema", "caravan_services", "caravan_stamp",
                                     "libs_association", "mains_association"};
  for (const ClassSpec* spec : stored_classes(catalog_, GetParam())) {
    tables.push_back(spec->table);
    std::vector<std::string> expected;
    for (const FieldSpec& field : spec->fields) {
      if (!field.column) continue;
      const bool key = field.column->primary_key;
      expected.push_back(fmt::format("{}|{}|{}|{}", field.name, declared(field.column->sql),
                                     !field.column->nullable || key ? 1 : 0, key ? 1 : 0));
    }
    EXPECT_GT(expected.size(), 3u);
    EXPECT_EQ(
        rows_of(url_, "select name, type, \"notnull\", pk from pragma_table_info('" + spec->table + "')", 4),
        expected)
        << spec->table;
  }
  EXPECT_THAT(
      rows_of(url_, "select name from sqlite_master where type = 'table' and name <> 'sqlite_sequence'", 1),
      UnorderedElementsAreArray(tables));
}

TEST_P(SaharaSchema, HasTheForeignKeysOfTheCatalog) {
  for (const ClassSpec* spec : stored_classes(catalog_, GetParam())) {
    std::vector<std::string> expected;
    for (const FieldSpec& field : spec->fields) {
      if (field.column && field.column->references) {
        expected.push_back(field.name + "|" + field.column->references->first + "|" +
                           field.column->references->second);
      }
    }
    EXPECT_THAT(
        rows_of(url_,
                "select \"from\", \"table\", \"to\" from pragma_foreign_key_list('" + spec->table + "')", 3),
        UnorderedElementsAreArray(expected))
        << spec->table;
  }
  for (const char* table : {"mains_association", "libs_association"}) {
    EXPECT_THAT(
        rows_of(url_,
                fmt::format("select \"from\", \"table\", \"to\" from pragma_foreign_key_list('{}')", table),
                3),
        UnorderedElementsAreArray({"Job_id|jobs|id", "JobBinary_id|job_binaries|id"}));
    EXPECT_EQ(
        rows_of(url_, fmt::format("select name, \"notnull\", pk from pragma_table_info('{}')", table), 3),
        (std::vector<std::string>{"Job_id|0|0", "JobBinary_id|0|0"}));
  }
}

TEST_P(SaharaSchema, HasTheUniqueKeysOfTheCatalog) {
  for (const ClassSpec* spec : stored_classes(catalog_, GetParam())) {
    std::vector<std::string> expected;
    for (const auto& unique : spec->unique) {
      std::string joined;
      for (const std::string& column : unique) joined += (joined.empty() ? "" : "+") + column;
      expected.push_back(joined);
    }
    EXPECT_THAT(
        rows_of(
            url_,
            "select (select group_concat(name, '+') from (select name from pragma_index_info(i.name) order "
            "by seqno)) from pragma_index_list('" +
                spec->table + "') i where i.origin = 'u'",
            1),
        UnorderedElementsAreArray(expected))
        << spec->table;
  }
}

TEST_P(SaharaSchema, TakesAFullRowAndNotOneCharacterMore) {
  const auto store = open_store(url_);
  for (const TableRow& each : full_rows(catalog_, GetParam(), "a")) store->insert(each.table, each.row);
  store->commit();
  int tried = 0;
  for (const ClassSpec* spec : stored_classes(catalog_, GetParam())) {
    const std::string key = ("a-" + spec->table).substr(0, 36);
    for (const FieldSpec& field : spec->fields) {
      if (!field.column || field.column->primary_key || field.column->references || !field.column->length)
        continue;
      const auto length = static_cast<std::size_t>(*field.column->length);
      store->update(spec->table, key, {{field.name, std::string(length, 'x')}});
      EXPECT_EQ(refusal([&] {
                  store->update(spec->table, key, {{field.name, std::string(length + 1, 'x')}});
                }).kind,
                StoreError::Kind::too_long)
          << spec->table << "." << field.name;
      ++tried;
    }
  }
  EXPECT_GT(tried, 50);
}

std::vector<std::string> release_names() {
  std::vector<std::string> names;
  for (const Release& release : sahara_catalog().releases) names.push_back(release.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Releases, SaharaSchema, ::testing::ValuesIn(release_names()),
                         [](const ::testing::TestParamInfo<std::string>& each) {
                           std::string name = each.param;  // 2023.2
                           std::replace_if(
                               name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); },
                               '_');
                           return name;
                         });

TEST(SaharaSchemas, AreTwentyAndSayWhatTheHistorySays) {
  ASSERT_EQ(release_names().size(), 20u);
  const Folder folder;
  const auto open = [&](const std::string& release) {
    create_schema(folder.url(release), sahara_catalog(), release);
    return open_witness(folder.url(release));
  };
  const auto juno = open("juno"), kilo = open("kilo"), liberty = open("liberty"), mitaka = open("mitaka"),
             newton = open("newton"), rocky = open("rocky");
  EXPECT_THAT(juno->columns("job_executions"), Contains("progress"));
  EXPECT_THAT(kilo->columns("job_executions"), Not(Contains("progress")));
  EXPECT_THAT(kilo->columns("job_executions"), Contains("oozie_job_id"));
  EXPECT_THAT(liberty->columns("job_executions"), Not(Contains("oozie_job_id")));
  EXPECT_THAT(liberty->columns("job_executions"), Contains("engine_job_id"));
  EXPECT_THAT(kilo->columns("cluster_provision_steps"), Not(Contains("started_at")));
  EXPECT_THAT(liberty->columns("job_interface_arguments"), Contains("order"));
  EXPECT_THAT(liberty->columns("job_interface_arguments"), Contains("default"));
  EXPECT_THAT(juno->tables(), Not(Contains("cluster_events")));
  EXPECT_THAT(mitaka->tables(), Contains("cluster_verifications"));
  EXPECT_THAT(mitaka->tables(), Not(Contains("plugin_data")));
  EXPECT_THAT(newton->tables(), Contains("plugin_data"));
  EXPECT_THAT(rocky->columns("node_groups"), Contains("boot_from_volume"));
}

TEST(SaharaSchemas, ComeFromASnapshotAsFromTheWholeCatalog) {
  const Folder folder;
  create_schema(folder.url("whole"), sahara_catalog(), "kilo");
  create_schema(folder.url("snapshot"), snapshot(sahara_catalog(), "kilo"), "kilo");
  EXPECT_EQ(schema_text(folder.url("whole")), schema_text(folder.url("snapshot")));
}

TEST(SaharaSchemas, HaveAStampInEachObjectsTableWhenTheCatalogSaysSo) {
  Catalog stamped = sahara_catalog();
  stamped.row_stamps = true;
  int stamps = 0;
  for (const TableDef& table : release_schema(stamped, "juno")) {
    EXPECT_EQ(find_table(release_schema(sahara_catalog(), "juno"), table.name)->column("object_version"),
              nullptr);
    const ColumnDef* stamp = table.column("object_version");
    ASSERT_EQ(stamp != nullptr, table.name.find("association") == std::string::npos) << table.name;
    if (stamp == nullptr) continue;
    EXPECT_TRUE(stamp->nullable);
    EXPECT_EQ(stamp->sql, "VARCHAR(10)");
    EXPECT_EQ(stamp->length, 10);
    ++stamps;
  }
  EXPECT_EQ(stamps, 11);
}

}  // namespace
}  // namespace caravan::nodes::test
