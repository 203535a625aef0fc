// The primitives that lint sends through conversions: full, sparse, each field alone and null, one for each
// value that a contract speaks of. From classes and contracts alone; the same catalog gives the same samples.
#pragma once

#include <string>
#include <vector>

#include "reports/lint_promise.hpp"

namespace caravan::lint_parts {

struct Sample {
  Json primitive;
  bool nested = false;  ///< holds other objects
  bool whole = false;   ///< every field is set
};

/// Samples of what `speaker` sends.
std::vector<Sample> samples_of(const Promises& promise, const LintObject& object, const Speaker& speaker);

/// A value that is good for the field, and for what other versions make of it.
Json neutral_value(const FieldSpec& field);

}  // namespace caravan::lint_parts
