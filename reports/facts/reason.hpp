// What a question "why?" is answered with.
#pragma once

#include <optional>
#include <string>

namespace caravan::reports {

/// A reason in words for people, never empty; none: there is no reason.
using Reason = std::optional<std::string>;

}  // namespace caravan::reports
