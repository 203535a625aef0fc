// Who a node is, and how it is to work: what a carrier is told when it starts one.
#pragma once

#include <cstdint>
#include <string>

#include "objects/base/json.hpp"
#include "objects/vocabulary/deadlines.hpp"
#include "objects/vocabulary/modes.hpp"
#include "objects/vocabulary/roles.hpp"

namespace caravan {

/// How a node gets at the data, what it does about versions, and what it is configured with
/// (docs/node-protocol.md).
struct Modes {
  Access access = Access::conductor;
  Compatibility compat = Compatibility::backport;
  Json config = Json::object();  ///< option -> value
  /// Null if it is not given.
  Json option(const std::string& name) const { return config.value(name, Json()); }
};

/// One incarnation of a node. All chance in it follows from `seed`.
struct Identity {
  std::string node;  ///< "engine.2"
  int incarnation = 1;
  std::string role;  ///< "engine"
  std::uint64_t seed = 1;
  std::string plant;  ///< planted defect, or empty
  Modes modes = {};
  Deadlines deadlines = {};
  /// "engine.2#1": as messages name it.
  std::string peer() const { return node + "#" + std::to_string(incarnation); }
};

/// Whether a node of this role has a connection to the database of its own.
inline bool opens_database(const std::string& role, Access access) {
  const auto known = word_from<Role>(role);
  return access == Access::direct || (known && opens_database(*known, access));
}

}  // namespace caravan
