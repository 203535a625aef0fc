#include "nodes/store/migration/rows.hpp"

#include <fmt/format.h>

#include "nodes/store/constraints.hpp"
#include "objects/base/error.hpp"
#include "objects/base/json_text.hpp"

namespace caravan::nodes {
namespace {

constexpr std::size_t shown_problems = 20;
constexpr int tries = 5;  // of a batch that the database gives up (deadlock)

bool only_this_row(StoreError::Kind kind) {
  using K = StoreError::Kind;
  return kind != K::busy && kind != K::locked && kind != K::machine && kind != K::unknown_column &&
         kind != K::gone;
}

Row row_of(const Json& values) {
  Row row;
  for (auto it = values.begin(); it != values.end(); ++it) row[it.key()] = it.value();
  return row;
}

Condition equal(const Json& values) {
  Condition condition;
  for (auto it = values.begin(); it != values.end(); ++it)
    condition.all.push_back({Demand::Kind::equals, it.key(), it.value()});
  return condition;
}

Json notes_of(const SchemaState& state) {
  return state.progress.empty() ? Json::object() : parse_json_strict(state.progress, "caravan_schema");
}

}  // namespace

RowWork::RowWork(MigrationStore& store, const MigrationPlan& plan, KillPoint& kill_point)
    : store_(store), plan_(plan), kill_point_(kill_point) {}

const std::string& RowWork::key_of(const TableDef& table) const {
  if (const ColumnDef* key = primary_key(table)) return key->name;
  throw bad_request("catalog",
                    fmt::format("{} has no key, so its rows cannot be migrated one by one", table.name));
}

// What the database itself says is still to do: no counter can be wrong, and what a kill undid is there
// again.
std::optional<Condition> RowWork::left(const RowStep& step, const Json& progress) const {
  Condition condition;
  if (step.kind == RowStep::Kind::copy) {
    condition.all.push_back({Demand::Kind::is_not_column, step.column, step.from});
    return condition;
  }
  if (step.kind == RowStep::Kind::fill) {
    condition.all.push_back({Demand::Kind::equals, step.column, nullptr});
    return condition;
  }
  // An assignment is made once: behind the note a user may have changed his mind.
  const auto note = progress.find(step.name());
  if (note != progress.end() && note->is_boolean()) return std::nullopt;
  condition = equal(step.where);
  for (auto it = step.set.begin(); it != step.set.end(); ++it)
    condition.any.push_back({Demand::Kind::is_not, it.key(), it.value()});
  if (note != progress.end())
    condition.all.push_back({Demand::Kind::behind, key_of(table_of(step.table)), *note});
  return condition;
}

long long RowWork::number_left(const RowStep& step, const Json& progress) {
  const std::optional<Condition> condition = left(step, progress);
  return condition ? store_.count(table_of(step.table), *condition) : 0;
}

void RowWork::run(int batch, int batches) {
  int made = 0;
  for (const RowStep& step : plan_.rows) {
    std::string after;
    for (;;) {
      if (batches > 0 && made == batches) return;
      const Batch one = one_batch(step, after, batch);
      if (one.done > 0) ++made;
      done_ += one.done;
      if (one.selected < batch) break;
    }
  }
}

RowWork::Batch RowWork::one_batch(const RowStep& step, std::string& after, int size) {
  const TableDef& table = table_of(step.table);
  const std::string& key = key_of(table);
  std::vector<std::string> columns = {key};
  if (step.kind == RowStep::Kind::copy) columns.push_back(step.from);
  for (int attempt = 1;; ++attempt) {
    try {
      MigrationTransaction transaction(store_);
      SchemaState state = store_.state();
      Json notes = notes_of(state);
      std::optional<Condition> condition = left(step, notes);
      if (!condition) return {};
      if (!after.empty()) condition->all.push_back({Demand::Kind::behind, key, after});
      const std::vector<Row> rows = store_.first(table, columns, *condition, size);
      Batch made;
      made.selected = static_cast<int>(rows.size());
      bool all = true;  // up to here every row was done, so that an assignment's note may pass them
      std::string last, passed;
      for (const Row& row : rows) {
        last = row.at(key).get<std::string>();
        const bool done = write(step, last, row);
        if (done && ++made.done == 1) kill_point_.reached();
        all = all && done;
        if (all) passed = last;
      }
      if (step.kind == RowStep::Kind::assign && !passed.empty()) {
        notes[step.name()] = passed;
        state.progress = notes.dump();
        store_.set_state(state);
      }
      transaction.commit();
      if (!rows.empty()) after = last;
      return made;
    } catch (const StoreError& error) {
      const bool again = error.kind == StoreError::Kind::busy || error.kind == StoreError::Kind::locked;
      if (!again || attempt == tries) throw;
    }
  }
}

// The value that was read must still be there: another writer's must not be undone.
bool RowWork::write(const RowStep& step, const std::string& key, const Row& read) {
  const TableDef& table = table_of(step.table);
  Row set;
  Condition still;
  switch (step.kind) {
    case RowStep::Kind::copy:
      set[step.column] = read.at(step.from);
      still.all.push_back({Demand::Kind::equals, step.from, read.at(step.from)});
      break;
    case RowStep::Kind::fill:
      set[step.column] = step.value;
      still.all.push_back({Demand::Kind::equals, step.column, nullptr});
      break;
    case RowStep::Kind::assign:
      set = row_of(step.set);
      still = equal(step.where);
      break;
  }
  still.all.push_back({Demand::Kind::equals, key_of(table), key});
  try {
    return store_.update(table, set, still) > 0;
  } catch (const StoreError& error) {
    if (!only_this_row(error.kind)) throw;
    failures_[fmt::format("{}.{}, row {}", step.table, step.column, key)] = error.what();
    return false;
  }
}

static void add_left(RowCount& total, const std::string& name, long long rows) {
  total.left += rows;
  if (rows > 0) total.where += fmt::format("{}{} in {}", total.where.empty() ? "" : ", ", rows, name);
}

void RowWork::add_beyond(const RowLimit& limit, RowCount& total) {
  Condition beyond;
  beyond.all.push_back(limit.length ? Demand{Demand::Kind::longer, limit.column, *limit.length}
                                    : Demand{Demand::Kind::equals, limit.column, nullptr});
  const TableDef& table = table_of(limit.table);
  const std::string name = limit.table + "." + limit.column;
  const long long rows = store_.count(table, beyond);
  add_left(total, name, rows);
  total.failed += rows;
  if (rows == 0 || total.problems.size() >= shown_problems) return;
  const std::string why = limit.length ? fmt::format("longer than {} characters", *limit.length)
                                       : "NULL, which the newer schema does not take";
  const std::string& key = key_of(table);
  for (const Row& row :
       store_.first(table, {key}, beyond, static_cast<int>(shown_problems - total.problems.size())))
    total.problems.push_back(fmt::format("{}, row {}: {}", name, row.at(key).get<std::string>(), why));
}

RowCount RowWork::count(const SchemaState& state) {
  RowCount total;
  const Json notes = notes_of(state);
  // A contract that was interrupted where DDL is final may have dropped the old column already.
  const Schema present = store_.tables();
  for (const RowStep& step : plan_.rows) {
    const TableDef* table = find_table(present, step.table);
    if (step.kind == RowStep::Kind::copy && table != nullptr && table->column(step.from) == nullptr) continue;
    add_left(total, step.table + "." + step.column, number_left(step, notes));
  }
  total.failed = static_cast<long long>(failures_.size());
  for (const auto& [row, reason] : failures_) {
    if (total.problems.size() < shown_problems) total.problems.push_back(row + ": " + reason);
  }
  for (const RowLimit& limit : plan_.limits) add_beyond(limit, total);
  if (total.failed > static_cast<long long>(total.problems.size())) {
    total.problems.push_back(
        fmt::format("and {} more", total.failed - static_cast<long long>(total.problems.size())));
  }
  return total;
}

RowCount RowWork::close() {
  MigrationTransaction transaction(store_);
  SchemaState state = store_.state();
  RowCount total = count(state);
  total.done = done_;
  Json notes = notes_of(state);
  for (const RowStep& step : plan_.rows) {
    if (step.kind == RowStep::Kind::assign && number_left(step, notes) == 0) notes[step.name()] = true;
  }
  const std::string progress = notes.empty() ? "" : notes.dump();
  if (state.phase != "data" || state.progress != progress) {
    state.phase = "data";
    state.progress = progress;
    store_.set_state(state);
    transaction.commit();
  }
  return total;
}

void RowWork::assign_all(MigrationStore& store, const Schema& schema, const RowStep& step) {
  store.update(*find_table(schema, step.table), row_of(step.set), equal(step.where));
}

}  // namespace caravan::nodes
