// Points in time as texts, in every form that is written.
// Independent of objects/python/datetime.hpp on purpose.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace caravan::reports {

/// The moment that an ISO 8601 text or a database's timestamp names, as "YYYY-MM-DDTHH:MM:SSZ": offsets are
/// taken off, fractions of a second left out (they do not travel), and what names no zone is UTC. None:
/// the text names no moment.
std::optional<std::string> moment_in_utc(std::string_view text);

}  // namespace caravan::reports
