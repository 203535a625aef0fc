// Time as all code below the carrier knows it: numbers that are passed in from above.
#pragma once

#include <cstdint>

namespace caravan {

/// Microseconds: since the epoch by a carrier's clock, or between two of its instants.
using Instant = std::int64_t;

inline constexpr Instant one_second = 1'000'000;

}  // namespace caravan
