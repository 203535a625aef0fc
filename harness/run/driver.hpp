// The driver: runs a plan over a carrier and records what happens. One loop; time passes only in
// Carrier::wait. What went right or wrong is not its business, but what the machine failed to do is.
#pragma once

#include <functional>
#include <string>

#include "harness/run/carrier.hpp"
#include "harness/run/plan_words.hpp"
#include "objects/base/error.hpp"
#include "objects/catalog/catalog.hpp"
#include "objects/vocabulary/deadlines.hpp"
#include "reports/recording/run_file.hpp"

namespace caravan::harness {

/// What a run is given besides its plan; must outlive drive().
struct RunSetup {
  const Catalog* catalog = nullptr;  ///< the unplanted one: for table names
  Deadlines deadlines;               ///< harness and nodes use these
  std::string plant;                 ///< hook that nodes are given, or empty
  Instant limit = 0;                 ///< of the whole run, microseconds; 0: what run_limit says
};

/// How far a run is: the step under way, and how many of all operations have ended.
struct Progress {
  std::string step, verb, subject;
  int done = 0, total = 0;  ///< operations
};

/// How the run ended. Whether it was right is for the judge to say.
struct Outcome {
  Exit exit = Exit::as_expected;  ///< as_expected: the plan was run to its end
  std::string outcome;            ///< as in the `end` event
  std::string why;
};

/// `writer` has the header. Ends with all nodes gone and `end` recorded: what failed on the way is in the
/// outcome. Throws only where the recording itself cannot go on (the witness does not open, the disk
/// refuses), with all nodes killed.
Outcome drive(const Plan& plan, const RunSetup& setup, Carrier& carrier, reports::RunWriter& writer,
              const std::function<void(const Progress&)>& progress = {});

/// What a run of this plan is given, in microseconds: by its steps and operations.
Instant run_limit(const Plan& plan, const Deadlines& deadlines);

}  // namespace caravan::harness
