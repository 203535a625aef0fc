// Which releases the database's schema served at a moment.
#include "reports/facts/schema_windows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/facts/values.hpp"

namespace caravan::reports {

using step::Phase;

SchemaWindows::SchemaWindows(const RunFacts& c) : c_(c) {
  const auto& header = c.evidence.run.header;
  std::string oldest = text_at(header, "from"), newest = oldest;
  ranges_.push_back(Range{0, oldest, newest, false});
  for (const auto& step : c.evidence.steps) {
    const auto* migration = step.as<step::Migrate>();
    if (!migration) continue;
    MigrationSpan span;
    span.step = &step;
    span.phase = migration->phase;
    span.from = migration->from;
    span.to = migration->to;
    bool told = false;
    for (const Event n : c.evidence.of_kind("migration")) {
      if (n < step.begin || n > step.end) continue;
      const Json& event = c.evidence.event(n);
      told = true;
      span.outcome = n;
      span.refused = member(event, "refused").is_string();
      span.killed = member(event, "killed") == true;
      span.broke_off = !span.killed && !span.refused && !member(event, "done").is_number_integer();
      span.done = !span.killed && !span.refused && !span.broke_off && member(event, "status") == 0;
    }
    // A recording of an earlier Caravan: a step that ended was done.
    if (!told) span.done = step.end != never;
    migrations_.push_back(span);
    if (span.refused) continue;
    const Event end = std::min(step.end, c.evidence.last);
    const std::string before_oldest = oldest, before_newest = newest;
    if (span.phase == Phase::expand) {
      newest = span.to;
    } else if (span.phase == Phase::contract || span.phase == Phase::as_released) {
      oldest = newest = span.to;
    } else {
      continue;  // data moves no limit
    }
    ranges_.push_back(Range{step.begin, before_oldest, before_newest, true});
    if (!span.done && span.phase != Phase::as_released) {  // what was begun may be half there
      ranges_.push_back(Range{end, oldest, newest, true});
      continue;
    }
    ranges_.push_back(Range{end, oldest, newest, false});
  }
}

const SchemaWindows::Range& SchemaWindows::at(Event event) const {
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), event,
                                      [](Event n, const Range& range) { return n < range.from; });
  return after == ranges_.begin() ? ranges_.front() : *std::prev(after);
}

SchemaWindows::Answer SchemaWindows::serves(const std::string& release, Event event) const {
  const auto& range = at(event);
  if (range.open) return Answer::open;
  const auto *mine = c_.releases.release(release), *oldest = c_.releases.release(range.oldest),
             *newest = c_.releases.release(range.newest);
  if (!mine || !oldest || !newest) return Answer::open;
  if (oldest->index <= mine->index && mine->index <= newest->index) return Answer::yes;
  // Releases that brought no migration have the tables of the one before.
  const auto& tables = mine->database_revision;
  return tables == oldest->database_revision || tables == newest->database_revision ? Answer::yes
                                                                                    : Answer::no;
}

std::string SchemaWindows::told(Event event) const {
  const auto& range = at(event);
  return range.oldest == range.newest ? fmt::format("{} alone", range.oldest)
                                      : fmt::format("{} to {}", range.oldest, range.newest);
}

}  // namespace caravan::reports
