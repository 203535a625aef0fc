// How the nodes of a run work together.
#pragma once

#include "objects/vocabulary/words.hpp"

namespace caravan {

/// Who opens the database: conductors alone, or api and engine themselves.
enum class Access { conductor, direct };

/// What newer nodes do about older ones: conductors backport for them, all speak the oldest release on
/// record, or nothing.
enum class Compatibility { backport, pin, none };

template <>
struct Words<Access> {
  static constexpr std::pair<Access, const char*> all[] = {{Access::conductor, "conductor"},
                                                           {Access::direct, "direct"}};
};
template <>
struct Words<Compatibility> {
  static constexpr std::pair<Compatibility, const char*> all[] = {
      {Compatibility::backport, "backport"}, {Compatibility::pin, "pin"}, {Compatibility::none, "none"}};
};

}  // namespace caravan
