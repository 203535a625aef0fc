// The service records of a run (table caravan_services), as the triggers saw them: what each node says
// it is, and which caps it uses.
// Independent of nodes/core/membership.hpp on purpose.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/facts/reason.hpp"
#include "reports/facts/run_facts.hpp"

namespace caravan::reports {

/// What one node's record said at a moment.
struct ServiceRecord {
  std::string node, role, release;
  Json report;  ///< {"incarnation", "rpc", "objects", "caps": {"rpc", "objects"}}
  Event written = 0;

  /// The version of `object` to which the node limits itself; none: the record names none.
  std::optional<Version> object_cap(const std::string& object) const;
  std::optional<Version> rpc_cap(const std::string& topic) const;
};
/// None: the node had none then.
std::optional<ServiceRecord> record_at(const RunFacts&, const std::string& node, Event at);
/// All that were there then, by node.
std::vector<ServiceRecord> records_at(const RunFacts&, Event at);

/// Why the api's published cap cannot take what the operation names; none if it can, or has no cap.
Reason above_cap(const RunFacts&, const ClientOp& op);

}  // namespace caravan::reports
