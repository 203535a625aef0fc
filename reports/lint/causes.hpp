// All conversions that lint asks for, and the faults that they show, one case a cause: a leaked field is one
// case at the step where it should have gone, however many pairs and samples show it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reports/lint/judge.hpp"
#include "reports/lint/lint.hpp"
#include "reports/lint/samples.hpp"

namespace caravan::lint {

/// What was asked, so that it can be asked again with less.
struct Asked {
  bool forward = false;
  Json before, after;  ///< `after`: the primitive, or the error as text
  Version target;
  const Conversions::Versions* manifest = nullptr;  ///< of a Speaker
};

/// One defect, with all that shows it.
struct Cause {
  Fault fault;                                          ///< `newer` and `older` are the step
  std::vector<Json> values;                             ///< culprits, each once
  Asked example;                                        ///< the smallest
  std::set<std::pair<std::size_t, std::size_t>> pairs;  ///< newer, older: all that show it
  std::set<std::pair<std::string, std::string>> hurts;  ///< writer's release, reader's release
};

/// What all conversions came to, and how many there were.
struct Explored {
  std::vector<Cause> causes;
  std::int64_t pairs = 0, triangles = 0, samples = 0, conversions = 0;
  std::vector<Unrecorded> unrecorded;
};

/// The same as a leg to be judged. It points to `asked.before`, which must outlive it.
Leg leg_of(const Asked& asked, Whole whole = Whole::never);
/// Makes the example of a cause as small as it can be (lint_shrink.cpp).
void shrink(const Promises& promise, const Conversions& conversions, Cause& one);

/// Sends samples (those of a recording, or lint's own) between all speakers of an object that may meet:
/// there, back, and around by a third; judges what comes out, and makes the examples small. What a recording
/// lacks is listed as unrecorded, not judged. Causes point into `promise`.
Explored explore(const Promises& promise, const Conversions& conversions);

}  // namespace caravan::lint
