// How long each party waits, and for what. One set of them goes through a whole run, harness and nodes, and
// is in the recording's header: a run is judged by those that it ran with.
#pragma once

#include <iterator>

#include "objects/base/time.hpp"

namespace caravan {

/// On the driver's clock, which leaves out what the machine took away (harness/run/driver.cpp); a node's by
/// its own clock.
struct Deadlines {
  Instant hello = 5 * one_second;       ///< from the start of a process to its HELLO
  Instant request = 2 * one_second;     ///< a client's request, a call between nodes
  Instant drain = 5 * one_second;       ///< from `drain` to the exit, then SIGTERM
  Instant stop = 3 * one_second;        ///< from SIGTERM to the exit, then SIGKILL
  Instant settle = 10 * one_second;     ///< until every cluster and job run rests
  Instant quiet = 60'000;               ///< no message for this long: nothing is at work (polls take 50 ms)
  Instant reload = 50'000;              ///< from SIGHUP until the new pins hold
  Instant migration = 20 * one_second;  ///< one migration phase
  Instant still = 1 * one_second;       ///< nothing moved for this long: nothing will
  Instant run = 60 * one_second;        ///< the whole run: this,
  Instant run_step = 2 * one_second;    ///< ... for each of its steps,
  Instant run_operation = 100'000;      ///< ... and for each operation of its clients

  /// How long an engine goes on trying to bring a work to its end.
  Instant work() const { return 15 * request; }

  bool operator==(const Deadlines&) const = default;
};

/// One row of the table of deadlines.
struct NamedDeadline {
  const char* name;  ///< in the run file's header
  Instant Deadlines::*value;
  bool recorded;  ///< it decides what happens in a run; the run's own limit is recorded next to it, as its
                  ///< plan makes it
};
inline constexpr NamedDeadline deadline_table[] = {
    {"hello", &Deadlines::hello, true},        {"request", &Deadlines::request, true},
    {"drain", &Deadlines::drain, true},        {"stop", &Deadlines::stop, true},
    {"settle", &Deadlines::settle, true},      {"quiet", &Deadlines::quiet, true},
    {"reload", &Deadlines::reload, true},      {"migration", &Deadlines::migration, true},
    {"still", &Deadlines::still, false},       {"run", &Deadlines::run, false},
    {"run_step", &Deadlines::run_step, false}, {"run_operation", &Deadlines::run_operation, false}};
static_assert(sizeof(Deadlines) == std::size(deadline_table) * sizeof(Instant), "a row for each");

/// How much longer real processes of this build may take: under sanitizers everything is slow.
#ifdef CARAVAN_SANITIZED
inline constexpr int slowness = 5;
#else
inline constexpr int slowness = 1;
#endif

/// What real processes of this build are given. In virtual time nothing is slow: Deadlines{}.
constexpr Deadlines process_deadlines() {
  Deadlines out;
  for (const NamedDeadline& one : deadline_table) out.*one.value *= slowness;
  return out;
}

}  // namespace caravan
