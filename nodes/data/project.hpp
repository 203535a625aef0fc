// What a project adds to nodes that are otherwise the same for all. A project without any is a catalog: rows
// are created, updated, read, listed and deleted, and engines have nothing to do.
#pragma once

#include <memory>

#include "nodes/core/api_requests.hpp"
#include "nodes/core/engine_methods.hpp"
#include "nodes/core/membership.hpp"
#include "nodes/data/client_objects.hpp"
#include "nodes/data/direct_writes.hpp"
#include "nodes/data/life_cycle.hpp"
#include "nodes/data/rows.hpp"

namespace caravan::nodes {

/// Makes a node's parts, each for the modes of its exchange. What it is given outlives what it makes.
class Project {
 public:
  virtual ~Project() = default;
  /// For apis. Never null, here and below.
  virtual std::unique_ptr<ApiRequests> api_requests(Exchange&, Rows&, Membership&,
                                                    const ClientObjects&) const {
    return std::make_unique<ApiRequests>();
  }
  /// For engines.
  virtual std::unique_ptr<EngineMethods> engine_methods(Exchange&, Rows&) const {
    return std::make_unique<EngineMethods>();
  }
  /// For conductors.
  virtual std::unique_ptr<const LifeCycle> life_cycle(const std::shared_ptr<const Registry>&) const {
    return std::make_unique<LifeCycle>();
  }
  /// For nodes with direct access.
  virtual std::unique_ptr<const DirectWrites> direct_writes() const {
    return std::make_unique<DirectWrites>();
  }
};

}  // namespace caravan::nodes
