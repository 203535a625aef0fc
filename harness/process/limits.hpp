// What a run takes of the limits that the machine sets a process (getrlimit): compared before anything is
// made, because libzmq aborts where descriptors, threads or memory for them are short.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <string>
#include <vector>

#include "harness/run/plan_words.hpp"

namespace caravan::harness {

/// One of the limits, and how much of it a run takes.
struct Need {
  int resource = 0;          ///< RLIMIT_…
  const char* what = "";     ///< "open files"
  const char* option = "";   ///< of `ulimit`: "-n"
  std::uint64_t unit = 1;    ///< of `option`, in the limit's own terms: 1024 for memory
  std::uint64_t amount = 0;  ///< in the limit's own terms
  std::string why;           ///< "7 nodes"
};

/// What this plan needs at its busiest, on top of what this process and, for processes, this user have
/// already.
std::vector<Need> needs_of(const Plan& plan);

/// How many processes and threads the run has at its busiest besides this one.
std::uint64_t processes_of(const Plan& plan);

/// Makes that many processes, and ends them. Limits count what is not to be seen from here: this user's
/// processes in other containers, a control group's. Throws machine_failed if there is no room.
void try_processes(std::uint64_t number);

/// Raises the soft limit of open files to the hard one, or to 65,536. Throws machine_failed for the first
/// limit that is too low: which, what it allows, what is needed.
void meet(const std::vector<Need>& needs);

}  // namespace caravan::harness
