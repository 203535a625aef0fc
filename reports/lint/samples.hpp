// The primitives that lint sends through conversions: full, sparse, each field alone and null, one for each
// value that a contract speaks of. From classes and contracts alone; the same catalog gives the same samples.
#pragma once

#include <string>
#include <vector>

#include "reports/lint/promise.hpp"

namespace caravan::lint {

/// A primitive to be converted, and what it is good for.
struct Sample {
  Json primitive;
  bool nested = false;  ///< holds other objects
  bool around = true;   ///< worth more than one way to the same version
  bool source = true;   ///< it did not come out of a conversion itself
};

/// Samples of what `speaker` sends.
std::vector<Sample> samples_of(const Promises& promise, const LintObject& object, const Speaker& speaker);

// samples_values.cpp
bool is_numeric(const std::string& type);
/// Letters that take two bytes each: lengths are counted in characters.
std::string text_of(std::size_t characters);
/// A value that is good for the field.
Json neutral_value(const FieldSpec& field);
/// What code likes to get wrong: false, nothing, very much; nothing for a field whose type changed.
std::vector<Json> edge_values(const Promised& promised, const FieldSpec& field);
/// Paths and values that the code itself speaks of: a good place to look, whatever the code does there.
std::vector<std::pair<std::string, Json>> values_in_rules(const LintObject& object, const std::string& field);

}  // namespace caravan::lint
