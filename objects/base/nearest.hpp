// "Did you mean ...?": the closest known name to a wrong one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace caravan {

/// The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours; case counts
/// little), or empty if none is close enough to have been meant.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// A hint for an error: `did you mean "x"?`, else `known: a, b, c` (cut after twelve), else empty.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace caravan
