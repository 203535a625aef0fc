// What the machine takes away from the processes of a run, as Linux reports it (/proc): time on the run
// queue, time stopped by others, and that of a host above. How late the harness itself comes, it is told.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "harness/run/carrier.hpp"

namespace caravan::harness {

/// Adds up what was taken away from one take() to the next. For one thread.
class MachineLoad {
 public:
  explicit MachineLoad(Instant now);

  /// A child of this process. Whatever else this process starts is counted as "database": the private server.
  void add(const std::string& peer, pid_t pid) { children_[pid] = Process{peer, {}, 0, false, false, true}; }
  /// It is about to be reaped: its numbers are read a last time.
  void last_look(pid_t pid);
  /// While the plan itself pauses it, nothing is taken away.
  void paused(pid_t pid, bool by_plan) { children_[pid].paused = by_plan; }

  /// The harness is at work, as it was to be at the latest at the time of the last `sleeps`.
  void wakes(Instant now);
  void sleeps(Instant until) { expected_ = until; }

  /// Since the last call. Who is on the run queue at this moment is counted when it gets off.
  Taken take(Instant now);

  /// Whether any of them has something to do at this moment (Carrier::at_work).
  bool at_work();

 private:
  struct Process {
    std::string who;
    std::map<std::string, Instant> waited;  ///< thread -> µs on the run queue, ever
    Instant queued = 0;                     ///< since the last `take`
    bool paused = false, stopped = false;
    bool there = true;
  };
  void read(const std::string& pid, Process& process);
  void find_servers();
  Instant stolen();

  std::map<pid_t, Process> children_;
  Process self_{"harness", {}, 0, false, false, true};
  Instant since_, expected_, late_ = 0, steal_ = 0;
};

}  // namespace caravan::harness
