// The service records of a run (table caravan_services), as the triggers saw them: who says to be what, and
// which caps he goes by.
#pragma once

#include <string>
#include <vector>

#include "reports/facts/run_facts.hpp"

namespace caravan {

/// What one node's record said at a moment. Nothing, if it had none.
struct ServiceRecord {
  std::string node, role, release;
  Json report;  ///< {"incarnation", "rpc", "objects", "caps": {"rpc", "objects"}}
  Event written = 0;

  /// The version of `object` to which the node limits itself; false if the record names none.
  bool object_cap(const std::string& object, Version& out) const;
  bool rpc_cap(const std::string& topic, Version& out) const;
};
bool record_at(const RunFacts&, const std::string& node, Event at, ServiceRecord& out);
/// All that were there then, by node.
std::vector<ServiceRecord> records_at(const RunFacts&, Event at);

/// Why the api's published cap cannot take what the operation names; empty if it can, or has no cap.
std::string above_cap(const RunFacts&, const ClientOp& op);

}  // namespace caravan
