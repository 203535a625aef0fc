#include "nodes/store/services.hpp"

namespace caravan::nodes {
namespace {

ColumnDef service_column(const char* name, const char* sql, std::optional<int> length = {}) {
  ColumnDef column;
  column.name = name;
  column.sql = sql;
  column.length = length;
  return column;
}

TableDef make_services_table() {
  TableDef table;
  table.name = "caravan_services";
  table.columns = {
      service_column("id", "VARCHAR(36)", 36),           service_column("role", "VARCHAR(36)", 36),
      service_column("release_name", "VARCHAR(36)", 36), service_column("report", "TEXT"),
      service_column("created_at", "DATETIME"),          service_column("updated_at", "DATETIME")};
  table.columns.front().primary_key = true;
  table.columns.front().nullable = false;
  return table;
}

}  // namespace

const TableDef& services_table() {
  static const TableDef table = make_services_table();
  return table;
}

}  // namespace caravan::nodes
