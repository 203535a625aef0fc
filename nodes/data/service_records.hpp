// The service records (table caravan_services): who serves at what versions. A record stays until it is
// overwritten or forgotten.
#pragma once

#include <string>
#include <vector>

#include "nodes/core/services.hpp"

namespace caravan::nodes {

// In the open transaction of a store; the caller commits.

/// In the order of their ids. A report that cannot be read is an empty one.
std::vector<Service> all_services(Store& store);
/// Writes the record; under a name that is announced for another release, only that the present node is
/// alive. Throws ObjectError JoinRefused if it is a joiner's (another incarnation or release than the one on
/// record) and the schema does not serve its release.
void put_service(Store& store, const Service& service, Instant now, bool heed_announcements = true);

// For the tools: transactions of their own.

/// The node will come at that release. So says its record until it has, or is forgotten or announced again,
/// whatever keeps running under the name meanwhile. Empty, or why it is refused: the schema does not serve
/// that release.
std::string announce_service(Store& store, const Service& service, Instant now);
/// Empty, or why the record stays: there is none, or its heartbeat is fresh and `force` is not given.
std::string forget_service(Store& store, const std::string& node, Instant now, bool force);

}  // namespace caravan::nodes
