// migration (O12): rows left reaches zero, counts and status are honest, a second run changes nothing, a
// killed one is finished by the next, and what users see stays as it is.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/text.hpp"
#include "reports/checks/checks.hpp"
#include "reports/checks/undone.hpp"
#include "reports/facts/data_moves.hpp"
#include "reports/facts/projection.hpp"
#include "reports/facts/schema_windows.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

/// One thing that the way from one release to another does to rows, by the contracts.
struct RowMove {
  enum class Kind { copy, assign, fill } kind = Kind::fill;
  const ObjectHistory* object = nullptr;
  const FieldHistory* field = nullptr;
  std::string column;  ///< what gets a value
  std::string source;  ///< copy: the older name; assign: the flag
};

class Migrations {
 public:
  Migrations(const RunFacts& facts, Findings& findings) : c_(facts), findings_(findings), served_(facts) {}

  void run() {
    for (const auto& span : served_.migrations()) {
      findings_.owe();
      if (span.outcome != never) honest(span);
      unexplained(span);
      if (span.phase == step::Phase::data && !span.refused) rows(span);
    }
    blame_undone(c_, Breaks::migration, findings_);
    late_rows();
  }

 private:
  Event end_of(const MigrationSpan& span) const {
    return std::min(span.outcome != never ? span.outcome : span.step->end, c_.evidence.last);
  }

  Witness base(const MigrationSpan& span, Event at) const {
    Witness witness;
    witness.event = at;
    witness.step = span.step->number;
    witness.object = "migration";
    witness.field = name(span.phase);
    witness.argument = {fmt::format("event {}: step {} runs the phase {} from {} to {}", span.step->begin,
                                    span.step->number, name(span.phase), span.from, span.to)};
    return witness;
  }

  std::vector<RowMove> moves(const MigrationSpan& span) const {
    std::vector<RowMove> out;
    for (const auto& object : c_.releases.objects()) {
      const auto *from = c_.releases.version(span.from, object.name),
                 *to = c_.releases.version(span.to, object.name);
      if (!from || !to) continue;
      const auto* spec = c_.releases.spec(object.name, *to);
      for (const auto& field : object.fields) {
        const auto& contract = *field.contract;
        if (field.is_children()) continue;
        if (contract.was_called && *from < contract.was_called->second &&
            !(*to < contract.was_called->second))
          out.push_back({RowMove::Kind::copy, &object, &field, contract.field, contract.was_called->first});
        const auto* known = spec && exists_at(contract, *to) ? spec->field(name_at(contract, *to)) : nullptr;
        if (known && known->column && !known->column->nullable && !exists_at(contract, *from))
          out.push_back({RowMove::Kind::fill, &object, &field, known->name, ""});
      }
      for (const auto& move : data_moves(c_.releases, span.from, span.to))
        if (object.name == move.object)
          if (const auto* field = object.by_column(move.column))
            out.push_back({RowMove::Kind::assign, &object, field, move.column, move.where});
    }
    return out;
  }

  bool is_left(const RowMove& move, const RowHistory& row, Event at) const {
    if (!row.alive(at)) return false;
    const auto& table = move.object->table;
    if (!c_.database.has_column(table, move.column, at)) return false;
    const Json& now = c_.database.stored(row, move.column, at);
    if (move.kind == RowMove::Kind::fill) return now.is_null();
    if (!c_.database.has_column(table, move.source, at)) return false;
    const Json& source = c_.database.stored(row, move.source, at);
    if (move.kind == RowMove::Kind::copy) return !same(now, source);
    const auto* flag = move.object->by_column(move.source);
    return flag && c_.database.as_reading(*flag, source) == true &&
           c_.database.as_reading(*move.field, now) != true;
  }

  bool touched(const RowHistory& row, const std::string& column, Event from, Event to) const {
    const auto found = row.columns.find(column);
    if (found == row.columns.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(),
                       [&](const Point& point) { return from < point.event && point.event <= to; });
  }

  /// Number, status and words of an outcome agree with one another.
  void honest(const MigrationSpan& span) {
    const Json& outcome = c_.evidence.event(span.outcome);
    if (span.killed || span.broke_off) return;
    const auto number = [&](const char* key) {
      const Json& value = member(outcome, key);
      return value.is_number_integer() ? value.get<std::int64_t>() : 0;
    };
    const auto status = number("status"), left = number("left"), failed = number("failed");
    std::string wrong;
    if (span.refused != (status == 3))
      wrong = fmt::format("its status is {}, but it was {}refused", status, span.refused ? "" : "not ");
    else if (status == 0 && (left != 0 || failed != 0))
      wrong =
          fmt::format("its status says done, but {} left and {} failed", text::count(left, "row"), failed);
    else if (status == 1 && left <= failed)
      wrong = "its status says that there is more to do, but nothing is left that can be done";
    else if (status == 2 && (failed == 0 || member(outcome, "problems").empty()))
      wrong = "its status says that some rows cannot be done, but it names none";
    if (wrong.empty()) return;
    Witness witness = base(span, span.outcome);
    witness.summary = fmt::format("the phase {} does not tell the truth: {}", name(span.phase), wrong);
    witness.argument.push_back(fmt::format("event {}: its outcome", span.outcome));
    findings_.fail(std::move(witness));
  }

  /// What the data phase said against what was in the rows.
  void rows(const MigrationSpan& span) {
    const Event begin = span.step->begin, end = end_of(span);
    std::int64_t surely_left = 0, maybe_left = 0, surely_done = 0, maybe_done = 0;
    const RowHistory* first = nullptr;
    const RowMove* which = nullptr;
    const auto todo = moves(span);
    for (const auto& move : todo) {
      changes(span, move);
      for (auto it = c_.database.rows().lower_bound({move.object->table, ""});
           it != c_.database.rows().end() && it->first.first == move.object->table; ++it) {
        const auto& row = it->second;
        findings_.owe();
        const bool before = is_left(move, row, begin), after = is_left(move, row, end);
        const bool moved = touched(row, move.column, begin, end) ||
                           (!move.source.empty() && touched(row, move.source, begin, end));
        if (after && before && !moved && !taken_back(span, move, row, end)) {
          ++surely_left;
          if (!first) {
            first = &row;
            which = &move;
          }
        }
        maybe_left += before || after || moved ? 1 : 0;
        surely_done += before && !after && by_migration(row, move.column, begin, end) ? 1 : 0;
        maybe_done += before || moved ? 1 : 0;
      }
    }
    if (span.outcome == never || span.killed || span.broke_off) return;
    const Json& outcome = c_.evidence.event(span.outcome);
    const auto number = [&](const char* key) {
      const Json& value = member(outcome, key);
      return value.is_number_integer() ? value.get<std::int64_t>() : 0;
    };
    const auto lie = [&](const std::string& summary) {
      Witness witness = base(span, span.outcome);
      witness.summary = summary;
      if (first) {
        witness.object = which->object->name;
        witness.field = which->column;
        witness.row = first->key;
        witness.argument.push_back(fmt::format(
            "{} {} still has {} {}{}", which->object->name, first->key, which->column,
            shown(c_.database.stored(*first, which->column, end)),
            which->source.empty() ? ""
                                  : fmt::format(", {} {}", which->source,
                                                shown(c_.database.stored(*first, which->source, end)))));
      }
      witness.argument.push_back(
          fmt::format("event {}: its outcome says status {}, {} done, {} left, {} failed", span.outcome,
                      number("status"), number("done"), number("left"), number("failed")));
      findings_.fail(std::move(witness));
    };
    if (span.done && surely_left > 0)
      lie(fmt::format("the data phase says that all is done, but {} left", rows_are(surely_left)));
    else if (number("left") < surely_left)
      lie(fmt::format("the data phase counts {} left, but {} left", number("left"), rows_are(surely_left)));
    else if (number("left") > maybe_left)
      lie(fmt::format("the data phase counts {} left, but at most {}", number("left"), rows_are(maybe_left)));
    if (number("done") < surely_done || number("done") > maybe_done)
      lie(fmt::format("the data phase counts {} done; it changed {} to {}", number("done"), surely_done,
                      text::count(maybe_done, "row")));
  }

  /// A flag that was moved once already, and that its user took away again.
  bool taken_back(const MigrationSpan& span, const RowMove& move, const RowHistory& row, Event at) const {
    if (move.kind != RowMove::Kind::assign || c_.database.stored(row, move.column, at).is_null())
      return false;
    const auto& all = served_.migrations();
    return std::any_of(all.begin(), all.end(), [&](const MigrationSpan& earlier) {
      return earlier.phase == step::Phase::data && earlier.step->begin < span.step->begin;
    });
  }

  static std::string rows_are(std::int64_t count) {
    return fmt::format("{} {}", text::count(count, "row"), count == 1 ? "is" : "are");
  }

  bool by_migration(const RowHistory& row, const std::string& column, Event from, Event to) const {
    const auto found = row.columns.find(column);
    if (found == row.columns.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(), [&](const Point& point) {
      if (point.event <= from || point.event > to) return false;
      const auto* account = c_.writes.account_of(point.event);
      return account && account->kind == Account::Kind::migration;
    });
  }

  /// Every change that the migration made was needed, and went by what the row held at that moment.
  void changes(const MigrationSpan& span, const RowMove& move) {
    for (const auto& account : c_.writes.accounts()) {
      const auto& change = *account.change;
      if (change.event < span.step->begin) continue;
      if (change.event > span.step->end) break;
      if (account.kind != Account::Kind::migration || change.row->object != move.object ||
          change.column != move.column)
        continue;
      findings_.owe();
      const bool needed = is_left(move, *change.row, change.event - 1);
      const bool right = !is_left(move, *change.row, change.event);
      if (needed && right) continue;
      Witness witness = base(span, change.event);
      witness.object = move.object->name;
      witness.field = move.field->contract->field;
      witness.row = change.row->key;
      const std::string told =
          fmt::format("{} became {}", shown(member(*change.json, "old")), shown(member(*change.json, "new")));
      witness.summary =
          !needed ? fmt::format("the migration changed {}.{} once more, though the row was done: {}",
                                move.object->table, move.column, told)
                  : fmt::format("the migration wrote a value of {}.{} that is not the row's own: {}",
                                move.object->table, move.column, told);
      witness.argument.push_back(fmt::format("event {}: the change", change.event));
      if (!move.source.empty())
        witness.argument.push_back(
            fmt::format("{} was {} then", move.source,
                        shown(c_.database.stored(*change.row, move.source, change.event))));
      findings_.fail(std::move(witness));
    }
  }

  /// A change that no node's message, consequence or declared move explains can only be the migration's.
  void unexplained(const MigrationSpan& span) {
    const auto& accounts = c_.writes.accounts();
    auto it = std::lower_bound(accounts.begin(), accounts.end(), span.step->begin,
                               [](const Account& account, Event at) { return account.change->event < at; });
    for (; it != accounts.end() && it->change->event <= span.step->end; ++it) {
      if (it->kind != Account::Kind::phantom) continue;
      const auto& change = *it->change;
      Witness witness = base(span, change.event);
      const auto* field = change.row->object ? change.row->object->by_column(change.column) : nullptr;
      witness.object = change.row->object ? change.row->object->name : change.row->table;
      witness.field = field ? field->contract->field : change.column;
      witness.row = change.row->key;
      witness.summary = fmt::format(
          "during the phase {}, {}.{} went from {} to {}: no node asked for it, and no migration may change "
          "what users see",
          name(span.phase), witness.object, change.column, shown(member(*change.json, "old")),
          shown(member(*change.json, "new")));
      if (field)
        if (const int last = c_.writes.last_named(witness.object, witness.row, field, change.event, -1);
            last >= 0)
          witness.argument.push_back("the value before came from " + c_.writes.describe(last));
      findings_.fail(std::move(witness));
    }
  }

  /// Once a flag has moved for good, a row that an older release wrote afterwards is left behind.
  void late_rows() {
    for (const auto& span : served_.migrations()) {
      if (!span.done || (span.phase != step::Phase::contract && span.phase != step::Phase::as_released))
        continue;
      for (const auto& move : moves(span)) {
        if (move.kind != RowMove::Kind::assign) continue;
        for (auto it = c_.database.rows().lower_bound({move.object->table, ""});
             it != c_.database.rows().end() && it->first.first == move.object->table; ++it) {
          const auto& row = it->second;
          findings_.owe();
          if (!is_left(move, row, c_.evidence.last) ||
              !c_.database.stored(row, move.column, c_.evidence.last).is_null())
            continue;
          const Event since = raised(row, move.source);
          if (since <= span.step->begin || !by_older(span, since)) continue;
          Witness witness = base(span, since);
          witness.step.clear();
          witness.object = move.object->name;
          witness.field = move.column;
          witness.row = row.key;
          witness.summary = fmt::format(
              "{} {} was written with {} after the migration that turns it into {}, and was left without",
              row.key, move.object->name, move.source, move.column);
          witness.argument.push_back(fmt::format("event {}: a node older than {} wrote it", since, span.to));
          findings_.fail(std::move(witness));
        }
      }
    }
  }

  Event raised(const RowHistory& row, const std::string& column) const {
    const auto found = row.columns.find(column);
    return found == row.columns.end() ? 0 : found->second.back().event;
  }

  bool by_older(const MigrationSpan& span, Event at) const {
    const auto* account = c_.writes.account_of(at);
    if (!account || account->write < 0) return false;
    const auto& write = c_.writes.all()[static_cast<std::size_t>(account->write)];
    return c_.releases.age(write.sender_release) < c_.releases.age(span.to);
  }

  const RunFacts& c_;
  Findings& findings_;
  SchemaWindows served_;
};

}  // namespace

void check_migration(const RunFacts& c, Findings& findings) { Migrations(c, findings).run(); }

}  // namespace caravan::reports
