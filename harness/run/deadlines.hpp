// Every deadline of the harness, in microseconds. Five times as long under sanitizers. They run on the
// driver's clock, which leaves out what the machine took away (harness/run/driver.cpp).
#pragma once

#include "objects/model/envelope.hpp"

namespace caravan::deadline {

#ifdef CARAVAN_SANITIZED
inline constexpr Instant factor = 5;
#else
inline constexpr Instant factor = 1;
#endif
inline constexpr Instant second = 1'000'000;

inline constexpr Instant hello = 5 * second * factor;    ///< from the start of a process to its HELLO
inline constexpr Instant request = 2 * second * factor;  ///< a client's request, a call between nodes
inline constexpr Instant drain = 5 * second * factor;    ///< from `drain` to the exit, then SIGTERM
inline constexpr Instant stop = 3 * second * factor;     ///< from SIGTERM to the exit, then SIGKILL
inline constexpr Instant settle = 10 * second * factor;  ///< until every cluster and job run rests
/// No message for so long: nobody is at work (polls take 50 ms).
inline constexpr Instant quiet = 60'000 * factor;
inline constexpr Instant migration = 20 * second * factor;  ///< one migration phase
inline constexpr Instant reload = 50'000 * factor;          ///< from SIGHUP until the new pins hold
inline constexpr Instant poll = 2'000;  ///< how often the database is asked, where no message tells
inline constexpr Instant server = 30 * second * factor;  ///< a private database server to be ready
inline constexpr Instant still = 1 * second * factor;    ///< nobody moved for so long: nobody will
inline constexpr Instant weigh = 100'000;                ///< how often the machine is asked what it took away
inline constexpr Instant run = 60 * second * factor;     ///< the whole run: this,
inline constexpr Instant run_step = 2 * second * factor;    ///< ... for each of its steps,
inline constexpr Instant run_operation = 100'000 * factor;  ///< ... and for each operation of its clients
inline constexpr Instant run_stretch = 5;                   ///< by the wall, so many times as long at most
inline constexpr Instant last_words = 3'000;  ///< a dead peer's messages get this long to come out of libzmq
inline constexpr Instant burial = 500'000 * factor;  ///< ... and never longer than this

/// A deadline under its name in the run file's header, in microseconds.
struct Timed {
  const char* name;
  Instant value;
};
/// Those that decide what happens in a run. They are recorded: a run is judged by the ones that it ran with.
/// Its own limit comes from its plan (run_limit).
inline constexpr Timed recorded[] = {{"hello", hello},   {"request", request},    {"drain", drain},
                                     {"stop", stop},     {"settle", settle},      {"quiet", quiet},
                                     {"reload", reload}, {"migration", migration}};

}  // namespace caravan::deadline
