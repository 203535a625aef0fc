// Rules of conversions, compiled: one step edits the `data` of a primitive.
#pragma once

#include <string>
#include <vector>

#include "objects/catalog/catalog.hpp"

namespace caravan {

/// What a step does; Rule::op has their names and where they come from.
enum class RuleOp : unsigned char {
  remove,
  rename,
  copy,
  map_value,
  cast,
  set_default,
  set,
  require_in,
  reject_if_set,
  drop_keys,
  join,
  first,
  truncate,
  clamp,
  fold,
  reject_value,
  reject_longer,
  strip_zone
};

/// "field", "field.key" (inside a JSON object) or "field:scheme" (what is before "://").
struct RulePath {
  std::string text, field, key;
  bool scheme = false;
};
RulePath rule_path(const std::string& text);

/// One rule, compiled: for targets (backport) or sources (forward) below `below`.
struct Step {
  Version below;
  RuleOp op;
  RulePath path;  ///< for rename and copy the source, for fold the new dict
  RulePath to;    ///< rename, copy
  Json args;
  std::string if_set;      ///< nothing happens unless the data has this field; empty: no condition
  bool unguarded = false;  ///< stumbles (KeyError) over a field that is not there, as careless code does
};

/// Throws Error (bad_request) for an unknown op, with the nearest one.
std::vector<Step> compile(const std::vector<Rule>& rules);

/// Edits `data`. Throws ObjectError: ObjectActionError if the value cannot be represented, KeyError from an
/// unguarded step.
void apply(const Step& step, Json& data, const std::string& class_name);

}  // namespace caravan
