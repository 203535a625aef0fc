// What Sahara's api does for clients beyond rows: clusters are provisioned, scaled and terminated, jobs run.
#pragma once

#include <memory>

#include "nodes/core/api_requests.hpp"
#include "nodes/core/membership.hpp"
#include "nodes/data/client_objects.hpp"
#include "nodes/data/rows.hpp"

namespace caravan::sahara {

/// All must outlive them.
std::unique_ptr<ApiRequests> api_requests(Exchange& exchange, Rows& rows, Membership& membership,
                                          const ClientObjects& objects);
/// As Sahara was: where only ids travel.
std::unique_ptr<ApiRequests> direct_api_requests(Exchange& exchange, Rows& rows, Membership& membership,
                                                 const ClientObjects& objects);

}  // namespace caravan::sahara
