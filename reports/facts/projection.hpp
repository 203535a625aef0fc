// What the contracts make of a value at an older version. This is all the conversion that the judge knows.
// Independent of objects/model/rules.hpp on purpose.
#pragma once

#include <string>

#include "objects/base/json.hpp"
#include "objects/catalog/catalog.hpp"

namespace caravan::reports {

/// What becomes of a value at a version.
struct Projected {
  /// value: `value` under `name`. absent: that version does not carry it. refused: nothing can be sent.
  enum class Kind { value, absent, refused };
  Kind kind = Kind::value;
  std::string name;  ///< of the field at that version
  Json value;
  std::string why;  ///< absent, refused: the contract's reason
};

/// Whether the field exists at that version, and under which name.
bool exists_at(const Contract& contract, const Version& version);
const std::string& name_at(const Contract& contract, const Version& version);

/// What a stored value means today: words that only older releases had are read as what they became.
Json reading(const Contract& contract, const Json& stored);

/// `value` (a reading) as a primitive of `version` must carry it. NULL stays null here; see `equal_to_user`.
Projected project(const Contract& contract, const Json& value, const Version& version);

/// Equal for every user of the field: NULL is what the contract says that absence means.
bool equal_to_user(const Contract& contract, const Json& a, const Json& b);

/// The reverse question: is `sent`, at `version`, what the contracts make of the reading `value`?
bool is_seen_as(const Contract& contract, const Json& value, const Version& version, const Json& sent);

/// Whether a change of the reading from `before` to `after` was asked for by a sender of `sent` at `version`:
/// a value (or a part of it that has a contract of its own) equal to what the sender saw before is no change,
/// and must be left.
bool leaves_unseen_parts(const Contract& contract, const Json& before, const Json& after,
                         const Version& version, const Json& sent);

}  // namespace caravan::reports
