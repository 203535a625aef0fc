#include "nodes/store/migration/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"

namespace caravan::nodes {
namespace {

/// Those that `to` has and `from` has not.
std::vector<const Migration*> migrations_between(const Catalog& catalog, const std::string& from,
                                                 const std::string& to) {
  const int first = catalog.require_release(from).index, last = catalog.require_release(to).index;
  std::vector<const Migration*> found;
  for (const Migration& one : catalog.migrations) {
    const int index = catalog.require_release(one.release).index;
    if (index > first && index <= last) found.push_back(&one);
  }
  return found;
}

RowStep assignment(const Migration& migration, const SchemaOperation& operation) {
  RowStep step;
  step.kind = RowStep::Kind::assign;
  step.table = operation.table;
  step.column = operation.set.begin().key();
  step.set = operation.set;
  step.where = operation.where;
  step.revision = migration.revision;
  return step;
}

bool has_columns(const Schema& schema, const RowStep& step) {
  const TableDef* table = find_table(schema, step.table);
  if (table == nullptr) return false;
  for (const Json* columns : {&step.set, &step.where}) {
    for (auto it = columns->begin(); it != columns->end(); ++it) {
      if (table->column(it.key()) == nullptr) return false;
    }
  }
  return true;
}

std::vector<RowLimit> limits_between(const Schema& from, const Schema& to,
                                     const std::vector<Rename>& renamed) {
  std::vector<RowLimit> limits;
  for (const TableDef& table : to) {
    const TableDef* old = find_table(from, table.name);
    if (old == nullptr) continue;
    for (const ColumnDef& column : table.columns) {
      const ColumnDef* before = old->column(column.name);
      const bool was_called = std::any_of(renamed.begin(), renamed.end(), [&](const Rename& one) {
        return one.table == table.name && one.after == column.name;
      });
      if (was_called && !column.nullable) limits.push_back({table.name, column.name, {}});
      if (before == nullptr || !column.length) continue;
      if (!before->length || *before->length > *column.length)
        limits.push_back({table.name, column.name, column.length});
    }
  }
  return limits;
}

/// In the order of `model`, as a fresh database has them; what the model lacks comes last.
Schema ordered_like(Schema schema, const Schema& model) {
  for (TableDef& table : schema) {
    const TableDef* known = find_table(model, table.name);
    if (known == nullptr) continue;
    const auto rank = [&](const ColumnDef& column) {
      return known->column(column.name) == nullptr ? known->columns.data() + known->columns.size()
                                                   : known->column(column.name);
    };
    std::stable_sort(table.columns.begin(), table.columns.end(),
                     [&](const ColumnDef& a, const ColumnDef& b) { return rank(a) < rank(b); });
  }
  return schema;
}

TableDef& table_to_change(Schema& schema, const std::string& name) {
  for (TableDef& table : schema) {
    if (table.name == name) return table;
  }
  throw bad_request("catalog", fmt::format("a migration changes the table {}, which does not exist", name));
}

void apply(Schema& schema, const SchemaOperation& one, const std::string& where, bool row_stamps) {
  if (one.op == "execute") return;
  if (one.op == "create_table") {
    TableDef table;
    table.name = one.table;
    table.unique = one.unique;
    bool keyed = false;
    for (const auto& [name, type] : one.columns) {
      table.columns.push_back(column_of(name, type, where));
      keyed = keyed || type.primary_key;
    }
    if (row_stamps && keyed) table.columns.push_back(row_stamp_column());
    schema.push_back(std::move(table));
    return;
  }
  TableDef& table = table_to_change(schema, one.table);
  auto& columns = table.columns;
  if (one.op == "add_column") {
    columns.push_back(column_of(one.column, *one.type, where));
    return;
  }
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const ColumnDef& column) { return column.name == one.column; });
  if (found == columns.end()) {
    throw bad_request(where, fmt::format("{} has no column {}", one.table, one.column));
  }
  if (one.op == "drop_column") {
    columns.erase(found);
    return;
  }
  if (one.type) {
    const ColumnDef changed = column_of(one.column, *one.type, where);
    found->sql = changed.sql;
    found->length = changed.length;
  }
  if (!one.new_name.empty()) found->name = one.new_name;
}

std::string told_column(const ColumnDef& column) {
  return fmt::format("{}{}{}{}", column.sql, column.nullable ? "" : " NOT NULL",
                     column.primary_key ? " PRIMARY KEY" : "",
                     column.references ? " -> " + column.references->first : "");
}

std::string table_difference(const TableDef& a, const TableDef& b) {
  for (const ColumnDef& column : a.columns) {
    const ColumnDef* other = b.column(column.name);
    const std::string name = a.name + "." + column.name;
    if (other == nullptr) return name + " has no counterpart";
    if (told_column(column) != told_column(*other))
      return fmt::format("{}: {} against {}", name, told_column(column), told_column(*other));
  }
  if (a.columns.size() < b.columns.size()) return table_difference(b, a);
  auto left = a.unique, right = b.unique;
  std::sort(left.begin(), left.end());
  std::sort(right.begin(), right.end());
  return left == right ? "" : a.name + ": different unique keys";
}

}  // namespace

std::string RowStep::name() const {
  return kind == Kind::assign ? revision + " " + table : table + "." + column;
}

MigrationPlan plan_migration(const Catalog& catalog, const std::string& from, const std::string& to) {
  MigrationPlan plan;
  plan.before = release_schema(catalog, from);
  plan.after = release_schema(catalog, to);
  plan.expanded = expanded_schema(plan.before, plan.after);
  const std::vector<Rename> renamed = renames(catalog, plan.before, plan.after);
  for (const Rename& one : renamed) {
    RowStep step;
    step.kind = RowStep::Kind::copy;
    step.table = one.table;
    step.column = one.after;
    step.from = one.before;
    plan.rows.push_back(step);
  }
  for (const Migration* migration : migrations_between(catalog, from, to)) {
    for (const SchemaOperation& operation : migration->operations) {
      if (operation.op != "execute") continue;
      const RowStep step = assignment(*migration, operation);
      if (has_columns(plan.expanded, step)) plan.rows.push_back(step);
    }
  }
  for (const Fill& one : fills(catalog, plan.before, plan.after)) {
    RowStep step;
    step.table = one.table;
    step.column = one.column;
    step.value = one.value;
    plan.rows.push_back(step);
  }
  plan.limits = limits_between(plan.before, plan.after, renamed);
  return plan;
}

Schema migrated(Schema schema, const Migration& migration, bool row_stamps) {
  for (const SchemaOperation& one : migration.operations)
    apply(schema, one, "migration " + migration.revision, row_stamps);
  return schema;
}

std::vector<RevisionPlan> plan_as_released(const Catalog& catalog, const std::string& from,
                                           const std::string& to) {
  std::vector<RevisionPlan> plans;
  Schema now = release_schema(catalog, from);
  if (catalog.migrations.empty()) {
    for (const Release& release : catalog.releases) {
      if (release.index <= catalog.require_release(from).index ||
          release.index > catalog.require_release(to).index)
        continue;
      RevisionPlan one;
      one.revision = release.database_revision.empty() ? release.name : release.database_revision;
      one.before = now;
      one.after = now = release_schema(catalog, release.name);
      one.renames = renames(catalog, one.before, one.after);
      plans.push_back(std::move(one));
    }
    return plans;
  }
  for (const Migration* migration : migrations_between(catalog, from, to)) {
    RevisionPlan one;
    one.revision = migration->revision;
    one.before = now;
    one.after = now = ordered_like(migrated(now, *migration, catalog.row_stamps),
                                   release_schema(catalog, migration->release));
    for (const SchemaOperation& operation : migration->operations) {
      if (operation.op == "execute") one.rows.push_back(assignment(*migration, operation));
      if (!operation.new_name.empty())
        one.renames.push_back({operation.table, operation.column, operation.new_name});
    }
    plans.push_back(std::move(one));
  }
  const std::string difference = schema_difference(now, release_schema(catalog, to));
  if (!difference.empty()) {
    throw bad_request(
        "catalog",
        fmt::format("its migrations up to {} do not make the tables of its classes: {}", to, difference));
  }
  return plans;
}

std::string schema_difference(const Schema& a, const Schema& b) {
  for (const TableDef& table : a) {
    const TableDef* other = find_table(b, table.name);
    if (other == nullptr) return "the table " + table.name + " has no counterpart";
    if (const std::string difference = table_difference(table, *other); !difference.empty())
      return difference;
  }
  return a.size() < b.size() ? schema_difference(b, a) : "";
}

}  // namespace caravan::nodes
