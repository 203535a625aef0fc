// Steps that did not do what the plan assumes: a step without `expect` is done, one that expects to
// be refused is refused.
#pragma once

#include <string>
#include <vector>

#include "reports/checks/checks.hpp"

namespace caravan::reports {

/// Whose promise a step breaks that was not done: these checks tell.
enum class Breaks { migration, gate, liveness, exception };

/// A step that did not do what it was to do. Points into the facts.
struct Undone {
  const StepSpan* step = nullptr;
  Event told = 0;  ///< the event that shows it
  Breaks breaks{};
  std::string why;         ///< "was refused: …", to follow name_of(step)
  bool open = false;       ///< nothing is broken, but what the plan wanted to see was not there to be seen
  std::int64_t taken = 0;  ///< a loaded machine explains it: microseconds that it took away
};

/// In the order of the plan. A step that was under way when the recording stopped is none, nor is one that
/// the plan's own kills and pauses explain.
std::vector<Undone> undone_steps(const RunFacts&);

/// "step 6, migrate contract from queens to rocky"
std::string name_of(const StepSpan& step);

/// What this check has to say about them: a failure each, or that it is undecided.
void blame_undone(const RunFacts&, Breaks check, Findings& findings);

}  // namespace caravan::reports
