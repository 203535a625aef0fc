#include "nodes/store/migration_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/store/dialect.hpp"
#include "objects/error.hpp"
#include "objects/json_text.hpp"
#include "objects/send_signal.hpp"

namespace caravan {
namespace {

constexpr std::size_t shown_problems = 20;
constexpr int tries = 5;  // of a batch that the database gives up (deadlock)

bool only_this_row(StoreError::Kind kind) {
  using K = StoreError::Kind;
  return kind != K::busy && kind != K::locked && kind != K::machine && kind != K::unknown_column &&
         kind != K::gone;
}

Json notes_of(const SchemaState& state) {
  return state.progress.empty() ? Json::object() : parse_json_strict(state.progress, "caravan_schema");
}

}  // namespace

void Death::may_come() {
  if (left_ > 0 && --left_ == 0) die_at_once();
}

RowWork::RowWork(SqlSession& session, const MigrationPlan& plan, Death& death)
    : session_(session), plan_(plan), death_(death) {}

const ColumnDef& RowWork::column(const std::string& table, const std::string& name) const {
  return *find_table(plan_.expanded, table)->column(name);
}

std::string RowWork::key_of(const std::string& table) const {
  for (const ColumnDef& column : find_table(plan_.expanded, table)->columns) {
    if (column.primary_key) return column.name;
  }
  throw bad_request("catalog",
                    fmt::format("{} has no key, so its rows cannot be migrated one by one", table));
}

void RowWork::require_values(SqlSession& session, const TableDef& table, const Json& values,
                             Condition& condition) {
  for (auto it = values.begin(); it != values.end(); ++it) {
    const ColumnDef& column = *table.column(it.key());
    condition.text +=
        fmt::format("{}{} = {}", condition.text.empty() ? "" : " and ", identifier(column.name),
                    session.dialect().written(column, fmt::format(":p{}", condition.in.size())));
    condition.in.push_back(cell_of(column.sql, it.value(), table.name + "." + column.name));
  }
}

std::string RowWork::assignments(SqlSession& session, const TableDef& table, const Json& values,
                                 std::vector<Cell>& in) {
  std::string text;
  for (auto it = values.begin(); it != values.end(); ++it) {
    const ColumnDef& column = *table.column(it.key());
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", identifier(column.name),
                        session.dialect().written(column, fmt::format(":p{}", in.size())));
    in.push_back(cell_of(column.sql, it.value(), table.name + "." + column.name));
  }
  return text;
}

// What the database itself says is still to do: no counter can be wrong, and what a kill undid is there
// again.
RowWork::Condition RowWork::left(const RowStep& step, const Json& progress) const {
  Condition condition;
  const std::string column_name = identifier(step.column);
  if (step.kind == RowStep::Kind::copy) {
    condition.text = session_.dialect().differs(column_name, identifier(step.from));
    return condition;
  }
  if (step.kind == RowStep::Kind::fill) {
    condition.text = column_name + " is null";
    return condition;
  }
  // An assignment is made once: behind the note a user may have changed his mind.
  const auto note = progress.find(step.name());
  if (note != progress.end() && note->is_boolean()) {
    condition.text = "1 = 0";
    return condition;
  }
  const TableDef& table = *find_table(plan_.expanded, step.table);
  require_values(session_, table, step.where, condition);
  std::string differs;
  for (auto it = step.set.begin(); it != step.set.end(); ++it) {
    const ColumnDef& set = *table.column(it.key());
    differs +=
        fmt::format("{0}{1} is null or {1} <> {2}", differs.empty() ? "" : " or ", identifier(set.name),
                    session_.dialect().written(set, fmt::format(":p{}", condition.in.size())));
    condition.in.push_back(cell_of(set.sql, it.value(), step.table + "." + set.name));
  }
  condition.text += fmt::format("{}({})", condition.text.empty() ? "" : " and ", differs);
  if (note != progress.end()) {
    condition.text += fmt::format(" and {} > :p{}", identifier(key_of(step.table)), condition.in.size());
    condition.in.push_back(text_cell(note->get<std::string>()));
  }
  return condition;
}

RowWork::Condition RowWork::beyond(const RowLimit& limit) const {
  const std::string name = identifier(limit.column);
  if (!limit.length) return {name + " is null", {}};
  const bool bytes = session_.url().kind == DatabaseUrl::Kind::mariadb;  // what length() counts there
  return {fmt::format("{}({}) > {}", bytes ? "char_length" : "length", name, *limit.length), {}};
}

long long RowWork::number_of(const std::string& table, const Condition& condition) {
  std::vector<Cell> out(1);
  out[0].kind = Kind::integer;
  session_.run(fmt::format("select count(*) from {} where {}", identifier(table), condition.text),
               condition.in, out, [] {});
  return out[0].integer;
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
  const std::string key = identifier(key_of(step.table));
  for (int attempt = 1;; ++attempt) {
    try {
      WriteTransaction transaction(session_);
      SchemaState state = read_state(session_);
      Json notes = notes_of(state);
      Condition condition = left(step, notes);
      if (!after.empty()) {
        condition.text += fmt::format(" and {} > :p{}", key, condition.in.size());
        condition.in.push_back(text_cell(after));
      }
      std::vector<Cell> out(1);
      std::string read = key;
      if (step.kind == RowStep::Kind::copy) {
        const ColumnDef& old = column(step.table, step.from);
        read += ", " + session_.dialect().read(old);
        out.emplace_back();
        out[1].kind = kind_of(old.sql);
      }
      std::vector<std::pair<std::string, Cell>> rows;
      session_.run(fmt::format("select {} from {} where {} order by {} limit {}", read,
                               identifier(step.table), condition.text, key, size),
                   condition.in, out, [&] { rows.emplace_back(out[0].text, out.back()); });
      Batch made;
      made.selected = static_cast<int>(rows.size());
      bool all = true;  // up to here every row was done, so that an assignment's note may pass them
      std::string passed;
      for (const auto& [row, old] : rows) {
        const bool done = write(step, row, old);
        if (done && ++made.done == 1) death_.may_come();
        all = all && done;
        if (all) passed = row;
      }
      if (step.kind == RowStep::Kind::assign && !passed.empty()) {
        notes[step.name()] = passed;
        state.progress = notes.dump();
        write_state(session_, state);
      }
      transaction.commit();
      if (!rows.empty()) after = rows.back().first;
      return made;
    } catch (const StoreError& error) {
      const bool again = error.kind == StoreError::Kind::busy || error.kind == StoreError::Kind::locked;
      if (!again || attempt == tries) throw;
    }
  }
}

// The value that was read must still be there: another writer's must not be undone.
bool RowWork::write(const RowStep& step, const std::string& key, const Cell& old) {
  const TableDef& table = *find_table(plan_.expanded, step.table);
  std::vector<Cell> in;
  std::string set, still;
  const auto parameter = [&](const ColumnDef& column, const Cell& cell) {
    in.push_back(cell);
    return session_.dialect().written(column, fmt::format(":p{}", in.size() - 1));
  };
  const ColumnDef& written = column(step.table, step.column);
  if (step.kind == RowStep::Kind::copy) {
    const ColumnDef& from = column(step.table, step.from);
    const bool null = old.state == soci::i_null;
    set = identifier(step.column) + " = " + (null ? std::string("null") : parameter(written, old));
    still = identifier(step.from) + (null ? std::string(" is null") : " = " + parameter(from, old));
  } else if (step.kind == RowStep::Kind::fill) {
    set = identifier(step.column) + " = " +
          parameter(written, cell_of(written.sql, step.value, step.table + "." + step.column));
    still = identifier(step.column) + " is null";
  } else {
    set = assignments(session_, table, step.set, in);
    Condition condition{"", in};
    require_values(session_, table, step.where, condition);
    still = condition.text.empty() ? "1 = 1" : condition.text;
    in = condition.in;
  }
  in.push_back(text_cell(key));
  try {
    return session_.attempt(fmt::format("update {} set {} where {} and {} = :p{}", identifier(step.table),
                                        set, still, identifier(key_of(step.table)), in.size() - 1),
                            in) > 0;
  } catch (const StoreError& error) {
    if (!only_this_row(error.kind)) throw;
    failures_[fmt::format("{}.{}, row {}", step.table, step.column, key)] = error.what();
    return false;
  }
}

RowCount RowWork::count(const SchemaState& state) {
  RowCount total;
  const Json notes = notes_of(state);
  const auto add = [&](const std::string& name, long long rows) {
    total.left += rows;
    if (rows > 0) total.where += fmt::format("{}{} in {}", total.where.empty() ? "" : ", ", rows, name);
  };
  // A contract that was interrupted where DDL is final may have dropped the old column already.
  const Schema present = session_.dialect().read_tables(session_);
  for (const RowStep& step : plan_.rows) {
    const TableDef* table = find_table(present, step.table);
    if (step.kind == RowStep::Kind::copy && table != nullptr && table->column(step.from) == nullptr) continue;
    add(step.table + "." + step.column, number_of(step.table, left(step, notes)));
  }
  total.failed = static_cast<long long>(failures_.size());
  for (const auto& [row, reason] : failures_) {
    if (total.problems.size() < shown_problems) total.problems.push_back(row + ": " + reason);
  }
  for (const RowLimit& limit : plan_.limits) {
    const Condition condition = beyond(limit);
    const std::string name = limit.table + "." + limit.column, key = identifier(key_of(limit.table));
    const long long rows = number_of(limit.table, condition);
    add(name, rows);
    total.failed += rows;
    std::vector<Cell> out(1);
    if (rows == 0 || total.problems.size() >= shown_problems) continue;
    session_.run(fmt::format("select {} from {} where {} order by {} limit {}", key, identifier(limit.table),
                             condition.text, key, shown_problems - total.problems.size()),
                 {}, out, [&] {
                   total.problems.push_back(
                       fmt::format("{}, row {}: {}", name, out[0].text,
                                   limit.length ? fmt::format("longer than {} characters", *limit.length)
                                                : "NULL, which the newer schema does not take"));
                 });
  }
  if (total.failed > static_cast<long long>(total.problems.size())) {
    total.problems.push_back(
        fmt::format("and {} more", total.failed - static_cast<long long>(total.problems.size())));
  }
  return total;
}

RowCount RowWork::close() {
  WriteTransaction transaction(session_);
  SchemaState state = read_state(session_);
  RowCount total = count(state);
  total.done = done_;
  Json notes = notes_of(state);
  for (const RowStep& step : plan_.rows) {
    if (step.kind == RowStep::Kind::assign && number_of(step.table, left(step, notes)) == 0)
      notes[step.name()] = true;
  }
  const std::string progress = notes.empty() ? "" : notes.dump();
  if (state.phase != "data" || state.progress != progress) {
    state.phase = "data";
    state.progress = progress;
    write_state(session_, state);
    transaction.commit();
  }
  return total;
}

void RowWork::assign_all(SqlSession& session, const Schema& schema, const RowStep& step) {
  const TableDef& table = *find_table(schema, step.table);
  std::vector<Cell> in;
  const std::string set = assignments(session, table, step.set, in);
  Condition where{"", in};
  require_values(session, table, step.where, where);
  session.run(fmt::format("update {} set {}{}", identifier(step.table), set,
                          where.text.empty() ? "" : " where " + where.text),
              where.in);
}

}  // namespace caravan
