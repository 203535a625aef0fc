// Whether a value that a scenario writes is one that the field can hold as it is: what is stored must be what
// was written, or its loss would be the scenario's own.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "scenarios/plan/values.hpp"

namespace caravan::scenarios {

/// `set`, `want` or `where` of one operation, as written.
struct WrittenValues {
  std::string object, release;                ///< the class, and the release of the api that is asked
  bool refused = false;                       ///< the api is expected to refuse it
  bool planned = false;                       ///< of a plan: rows have their ids, "$NAME" is a text
  std::map<std::string, std::string> places;  ///< "/set/description" -> file:line:column
  std::string where;                          ///< for what has no place of its own
  std::function<std::string(const std::string& row)> class_of;  ///< of a named row
};

/// Throws bad_request at the first value that does not fit: what was written, what the field holds, what was
/// probably meant. `key`: "set", "want", "where". Fields that the release does not know are not looked at,
/// but in the children of a row.
void check_values(const ReleasePair& span, const WrittenValues& written, const std::string& key,
                  const Json& values);

/// Why a field cannot hold a value as it is, and what was probably meant (may be empty).
struct Misfit {
  std::string why, hint;
};
/// None: it can.
std::optional<Misfit> misfit_of(const FieldSpec& field, const Json& value);

}  // namespace caravan::scenarios
