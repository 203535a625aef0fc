// The judge: run file in, verdicts out. Pure; shares no conversion code with the nodes (docs/checks.md).
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "objects/base/json.hpp"
#include "objects/vocabulary/words.hpp"
#include "reports/recording/run_file.hpp"

namespace caravan::reports {

enum class Verdict { pass, unknown, fail };  ///< fail > unknown > pass
/// "pass", "unknown", "fail"
const char* name(Verdict verdict);
using caravan::name;  // of every other word

/// One broken promise, in sentences that a person can follow.
struct Witness {
  std::int64_t event = 0;             ///< where it went wrong: order of cause
  std::int64_t proven = -1;           ///< where it could be told, if only later: what never came; -1: there
  std::string object, field;          ///< "ClusterTemplate", "is_public"; may be empty
  std::string row;                    ///< id
  std::string step;                   ///< plan step in which it happened: "3.2"
  std::string summary;                ///< one sentence
  std::vector<std::string> argument;  ///< numbered sentences, each naming its event
};

/// Failures that differ in nothing but rows, operations, values and places: one line where people read.
struct CommonCause {
  Witness first;  ///< in causal order
  std::int64_t times = 0;
  std::set<std::string> places;  ///< "ClusterTemplate.is_public", all of them

  void count(const Witness& witness);  ///< one more; the very first is kept
};
/// "ClusterTemplate.is_public", or less of it.
std::string place_of(const Witness& witness);

/// What one check found in one run.
struct CheckResult {
  std::string check;
  std::string promise;
  Verdict verdict = Verdict::unknown;
  std::int64_t obligations = 0;
  std::vector<Witness> witnesses;      ///< in causal order, at most 20 kept
  std::int64_t failures = 0;           ///< all of them
  std::vector<CommonCause> causes;     ///< of all of them, in causal order of their first, at most 20
  std::string note;                    ///< why unknown, what was idle
  std::vector<std::string> undecided;  ///< what was to be judged and could not be
  std::int64_t starved = 0;            ///< obligations that a loaded machine left undecided
  std::int64_t taken = 0;              ///< the most that it took away from one of them, microseconds
};

/// A step that did not do what the plan assumes.
struct UndoneStep {
  std::string step;       ///< "4.2"
  std::string what;       ///< "step 4.2, migrate contract from queens to rocky"
  std::string why;        ///< "was refused: …", to follow it
  std::int64_t event;     ///< which shows it
  bool upgrades = false;  ///< a migration or a start: without it the upgrade did not end
};

/// All verdicts on one run, and what it was made of. Holds copies: the run file may go.
struct Report {
  Json run;  ///< what ran: scenario, seed, releases, carrier, plant, build
  Verdict verdict = Verdict::unknown;
  bool as_expected = false;
  std::string first;    ///< check that failed first in causal order, or empty
  bool caught = false;  ///< something was planted, and the check that must name it failed
  std::vector<CheckResult> checks;
  std::vector<UndoneStep> undone;  ///< in the order of the plan
  std::vector<std::string> unmet;  ///< what the scenario expects and did not come, a sentence each
  Json counts;                     ///< operations, messages by version, refusals, backports, commits, ...
  Json matrix;  ///< object x writer's release x later writer's release: count or {"not_exercised": why}
  Json order;   ///< what was upgraded, in which order
};

/// What a check is called, what it holds the run to, and by which oracle. Literals.
struct CheckInfo {
  const char* name;
  const char* promise;
  const char* oracle;
};
/// All checks, in the order of a report; the same table at every call.
const std::vector<CheckInfo>& check_table();

/// O(n log n) in the events. Never throws on evidence: a check that cannot decide is unknown, with the
/// reason.
Report judge(const RunFile& run);

}  // namespace caravan::reports
