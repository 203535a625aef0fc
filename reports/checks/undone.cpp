#include "reports/checks/undone.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/facts/lifecycle.hpp"
#include "reports/facts/schema_windows.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

class Steps {
 public:
  explicit Steps(const RunFacts& facts) : c_(facts), served_(facts) {}

  std::vector<Undone> undone() {
    for (const auto& step : c_.evidence.steps)
      if (step.end != never) judge(step);
    return std::move(out_);
  }

 private:
  void judge(const StepSpan& step) {
    const bool as_planned = step.came_of_it.empty();
    /// How it was not as planned, if it was not.
    const auto otherwise = [&](bool open) {
      if (!as_planned)
        add(step, step.end, Breaks::liveness, "did not go as planned: " + step.came_of_it, open);
    };
    step::match(
        step.action, [&](const step::Migrate&) { migrate(step); }, [&](const step::Announce&) { tool(step); },
        [&](const step::Forget&) { tool(step); }, [&](const step::Start&) { start(step); },
        [&](const step::Wait& awaited) {
          if (!as_planned) wait(step, awaited);
        },
        [&](const step::Settle&) {
          if (!as_planned) settle(step);
        },
        [&](const step::Stop&) {
          if (as_planned) return;
          // How a stopped node ended is told by its own events.
          add(step, step.end, Breaks::exception, "did not end as asked: " + step.came_of_it);
          out_.back().taken = taken_from_end(step);
        },
        // A crash whose moment never came leaves open what it would have done.
        [&](const step::Kill& kill) { otherwise(kill.when != step::Moment::at_once); },
        [&](const auto&) { otherwise(false); });
  }

  void add(const StepSpan& step, Event told, Breaks breaks, std::string why, bool open = false) {
    out_.push_back(Undone{&step, told, breaks, std::move(why), open});
  }

  void let_through(const StepSpan& step, Event told) {
    add(step, told, Breaks::gate,
        "had to be refused" +
            (step.came_of_it.empty() ? std::string(", and was done") : ": " + step.came_of_it));
  }

  void migrate(const StepSpan& step) {
    const auto& all = served_.migrations();
    const auto span =
        std::find_if(all.begin(), all.end(), [&](const MigrationSpan& one) { return one.step == &step; });
    if (span == all.end() || span->outcome == never) return;
    if (step.to_be_refused()) {
      if (!span->refused) let_through(step, span->outcome);
      return;
    }
    const Json& outcome = c_.evidence.event(span->outcome);
    if (span->refused)
      return add(step, span->outcome, Breaks::migration, "was refused: " + text_at(outcome, "refused"));
    const bool later = std::any_of(span, all.end(), [&](const MigrationSpan& next) {
      return next.phase == span->phase && next.to == span->to && next.done;
    });
    if (later) return;
    std::string problems;
    for (const auto& problem : member(outcome, "problems"))
      if (problem.is_string()) problems += (problems.empty() ? ": " : "; ") + problem.get<std::string>();
    add(step, span->outcome, Breaks::migration,
        fmt::format("was never brought to an end{}",
                    span->killed       ? ": it was killed"
                    : span->broke_off  ? fmt::format(": the tool stopped with status {} and no message",
                                                     member(outcome, "status").dump())
                    : problems.empty() ? fmt::format(": status {}, {} left", member(outcome, "status").dump(),
                                                     member(outcome, "left").dump())
                                       : problems));
  }

  void tool(const StepSpan& step) {
    Event told = step.end;
    std::string words;
    bool refused = step.came_of_it == "refused";
    for (const Event n : c_.evidence.of_kind("gate")) {
      if (n < step.begin || n > step.end || text_at(c_.evidence.event(n), "node") != step.node()) continue;
      told = n;
      words = text_at(c_.evidence.event(n), "refused");
      refused = refused || !words.empty();
    }
    if (step.to_be_refused()) {
      if (!refused) let_through(step, told);
    } else if (refused) {
      add(step, told, Breaks::gate, "was refused" + (words.empty() ? words : ": " + words));
    } else if (!step.came_of_it.empty()) {
      add(step, told, Breaks::gate, "did not go as planned: " + step.came_of_it);
    }
  }

  void start(const StepSpan& step) {
    const bool refused = step.came_of_it.rfind("refused", 0) == 0;
    if (step.to_be_refused()) {
      if (!refused) let_through(step, step.end);
    } else if (!step.came_of_it.empty()) {
      // How a node ended before it was ready is told by its own events.
      if (refused)
        add(step, step.end, Breaks::liveness, "was " + step.came_of_it);
      else
        add(step, step.end, Breaks::exception, "failed: " + step.came_of_it);
      out_.back().taken = taken_from_end(step);
    }
  }

  void wait(const StepSpan& step, const step::Wait& awaited) {
    if (c_.faults.rows().count(awaited.row) > 0) return;
    add(step, step.end, Breaks::liveness, "was in vain: " + step.came_of_it);
    out_.back().taken = c_.starvation.explains_row(awaited.row);
  }

  void settle(const StepSpan& step) {
    bool only_struck = false;
    std::int64_t taken = 0;
    for (const auto& entry : c_.database.rows()) {
      if (!moves(entry.second, step.end)) continue;
      if (excused(entry.second))
        only_struck = true;
      else if (const auto micros = taken_from(entry.second))
        taken = std::max(taken, micros);
      else
        return add(step, step.end, Breaks::liveness, "ended without rest: " + step.came_of_it);
    }
    const auto in_struck_hands = [&](const Message& message) {
      return message.sent < step.end && c_.faults.excuses(message);
    };
    only_struck =
        only_struck || std::any_of(c_.evidence.messages.begin(), c_.evidence.messages.end(), in_struck_hands);
    if (only_struck && taken == 0) return;
    add(step, step.end, Breaks::liveness, "ended without rest: " + step.came_of_it);
    out_.back().taken = std::max(taken, c_.starvation.explains_unrest(step.end));
  }

  bool moves(const RowHistory& row, Event at) const {
    const auto* field = row.object ? row.object->status_field() : nullptr;
    if (!field || !row.alive(at)) return false;
    const auto status = status_in(*row.object->life(), c_.database.value(row, *field, at));
    return !status.empty() && !row.object->life()->rests_in(status);
  }

  /// The row that a run goes on at; null: it is not a run, or of no row.
  const Json& runs_on(const RowHistory& row) const {
    static const Json nothing;
    const auto& run = row.object->conduct().run;
    return run ? c_.database.stored(row, run->on, c_.evidence.last) : nothing;
  }

  /// A kill or pause kept its work, or that of the row it runs on, from going on.
  bool excused(const RowHistory& row) const {
    const Json& place = runs_on(row);
    return c_.faults.rows().count(row.key) > 0 ||
           (place.is_string() && c_.faults.rows().count(place.get<std::string>()) > 0);
  }

  /// The same of a loaded machine: microseconds, 0 for nothing.
  std::int64_t taken_from(const RowHistory& row) const {
    const Json& place = runs_on(row);
    const auto own = c_.starvation.explains_row(row.key);
    return own == 0 && place.is_string() ? c_.starvation.explains_row(place.get<std::string>()) : own;
  }
  std::int64_t taken_from_end(const StepSpan& step) const {
    std::int64_t taken = 0;
    for (const auto& one : c_.evidence.incarnations)
      if (one.node == step.node() && one.ended >= step.begin && one.ended <= step.end)
        taken = std::max(taken, c_.starvation.explains_end(one));
    return taken;
  }

  const RunFacts& c_;
  SchemaWindows served_;
  std::vector<Undone> out_;
};

}  // namespace

std::vector<Undone> undone_steps(const RunFacts& c) { return Steps(c).undone(); }

std::string name_of(const StepSpan& step) {
  auto out = fmt::format("step {}, {}", step.number, step::word(step.action));
  if (const auto* migration = step.as<step::Migrate>())
    return out + fmt::format(" {} from {} to {}", name(migration->phase), migration->from, migration->to);
  for (const char* member : {"node", "object", "row"})
    if (const auto& word = step::text_member(step.action, member); !word.empty()) out += " " + word;
  if (const auto& release = step::text_member(step.action, "release"); !release.empty())
    out += " at " + release;
  return out;
}

void blame_undone(const RunFacts& c, Breaks check, Findings& findings) {
  for (const auto& one : undone_steps(c)) {
    const auto& step = *one.step;
    if (one.breaks != check) continue;
    if (one.open) {
      findings.undecided(fmt::format("{} {}", name_of(step), one.why));
      continue;
    }
    if (one.taken > 0) {
      findings.starved(one.taken);
      continue;
    }
    Witness witness;
    witness.event = one.told;
    witness.step = step.number;
    const char* const verb = step::word(step.action);
    const auto* migration = step.as<step::Migrate>();
    const auto* awaited = step.as<step::Wait>();
    witness.object = !step.node().empty() ? step.node() : awaited ? awaited->object : verb;
    witness.field = !step.node().empty() ? verb : migration ? name(migration->phase) : "";
    if (awaited) witness.row = awaited->row;
    if (migration) {
      witness.object = "migration";
      name_place(c, one.why, witness);
    }
    witness.summary = fmt::format("{} {}", name_of(step), one.why);
    witness.argument = {fmt::format("event {}: the step began; {}", step.begin,
                                    step.to_be_refused() ? "the plan expects it to be refused"
                                                         : "the plan assumes that it succeeds"),
                        fmt::format("event {}: what came of it", one.told)};
    findings.fail(std::move(witness));
  }
}

}  // namespace caravan::reports
