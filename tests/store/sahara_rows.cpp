#include "sahara_rows.hpp"

#include <algorithm>

namespace caravan::nodes::test {
namespace {

std::string key_of(const std::string& table, const std::string& tag) {
  return (tag + "-" + table).substr(0, 36);
}

Json value(const ClassSpec& spec, const FieldSpec& field, const std::string& tag) {
  const ColumnSpec& column = *field.column;
  if (column.primary_key) return key_of(spec.table, tag);
  if (column.references) return key_of(column.references->first, tag);
  if (column.sql == "BOOLEAN") return true;
  if (column.sql == "SMALLINT" || column.sql == "INTEGER" || column.sql == "BIGINT") return 7;
  if (column.sql == "FLOAT") return 0.1;
  if (column.sql == "DATETIME") return "2026-01-02 03:04:05.000006";
  const std::string text = tag + " " + field.name;
  return column.length ? text.substr(0, static_cast<std::size_t>(*column.length)) : text;
}

bool needs(const ClassSpec& child, const std::string& table) {
  return std::any_of(child.fields.begin(), child.fields.end(), [&](const FieldSpec& field) {
    return field.column && field.column->references && field.column->references->first == table;
  });
}

}  // namespace

std::vector<const ClassSpec*> stored_classes(const Catalog& catalog, const std::string& release) {
  std::vector<const ClassSpec*> open, ordered;
  for (const auto& entry : catalog.release(release)->manifest) {
    const ClassSpec* spec = catalog.find(entry.first, entry.second);
    if (!spec->table.empty()) open.push_back(spec);
  }
  while (!open.empty()) {
    const auto next = std::find_if(open.begin(), open.end(), [&](const ClassSpec* spec) {
      return std::none_of(open.begin(), open.end(), [&](const ClassSpec* other) {
        return other != spec && needs(*spec, other->table);
      });
    });
    ordered.push_back(*next);
    open.erase(next);
  }
  return ordered;
}

std::vector<TableRow> full_rows(const Catalog& catalog, const std::string& release, const std::string& tag) {
  std::vector<TableRow> rows;
  for (const ClassSpec* spec : stored_classes(catalog, release)) {
    TableRow made;
    made.table = spec->table;
    made.key = key_of(spec->table, tag);
    for (const FieldSpec& field : spec->fields) {
      if (field.column) made.row[field.name] = value(*spec, field, tag);
    }
    rows.push_back(std::move(made));
  }
  for (const char* table : {"mains_association", "libs_association"}) {
    rows.push_back(
        {table, "", {{"Job_id", key_of("jobs", tag)}, {"JobBinary_id", key_of("job_binaries", tag)}}});
  }
  return rows;
}

}  // namespace caravan::nodes::test
