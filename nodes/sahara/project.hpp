// Sahara, as a project among others: what its services do beyond rows.
#pragma once

#include "nodes/data/project.hpp"

namespace caravan::nodes::sahara {

/// Sahara's own part in each role, as Project says.
class Sahara : public Project {
 public:
  std::unique_ptr<ApiRequests> api_requests(Exchange& exchange, Rows& rows, Membership& membership,
                                            const ClientObjects& objects) const override;
  std::unique_ptr<EngineMethods> engine_methods(Exchange& exchange, Rows& rows) const override;
  std::unique_ptr<const LifeCycle> life_cycle(const std::shared_ptr<const Registry>& registry) const override;
  std::unique_ptr<const DirectWrites> direct_writes() const override;
};

}  // namespace caravan::nodes::sahara
