// What a scenario may say: one table of keys, which the loader checks against, which the published JSON
// Schema is written from, and which docs/scenarios.md is held against.
#pragma once

#include <string>
#include <vector>

#include "objects/base/json.hpp"
#include "scenarios/format/document.hpp"

namespace caravan::scenarios {

/// What is allowed under a key.
enum class KeyType {
  text,      ///< any text
  name,      ///< lower-case letters, digits, dashes: 1 to 64 of them
  word,      ///< one of `words`
  integer,   ///< low to high
  boolean,   ///< true or false
  names,     ///< a text or a list of texts
  any_map,   ///< a map of any values: of fields, or of what `words` says
  map,       ///< a map of the keys of `words`
  maps,      ///< a list of maps of the keys of `words`
  database,  ///< a kind or a URL
  wait,      ///< settle, or a map
  result,    ///< one of `words`, or a map of modes to them
  expect,    ///< "pass", or a map of checks, or a map of modes
  unbuilt,   ///< known to the design, not built yet
};

/// One row of the table: a key of one map, what it takes, and what it means.
struct Key {
  const char* in;  ///< the map that it is in: "scenario", "releases", "step", ...
  const char* name;
  KeyType type;
  bool required;
  const char* words;  ///< word: "a b"; map, maps: the map's name
  int low, high;      ///< integer; names: how many
  const char* doc;
};

/// The whole table; the same at every call.
const std::vector<Key>& scenario_keys();
/// The key of this name in that map; null if it is not allowed there.
const Key* find_key(const std::string& in, const std::string& name);

/// Unknown keys, missing keys, types, ranges and words; then every map below. Throws bad_request.
void check_document(const DocumentValue& value, const std::string& map_name, const std::string& where);

/// JSON Schema (draft 7) of the same table; docs/scenario.schema.json.
Json scenario_schema();

}  // namespace caravan::scenarios
