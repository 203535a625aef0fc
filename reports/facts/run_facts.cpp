#include "reports/facts/run_facts.hpp"

namespace caravan::reports {

Version RunFacts::version_at(const std::string& release, const std::string& object) const {
  const auto* known = releases.version(release, object);
  return known ? *known : Version();
}

std::string RunFacts::release_of(const ClientOp& op) const {
  if (op.request >= 0) {
    const auto& request = evidence.messages[static_cast<std::size_t>(op.request)];
    if (!request.deliveries.empty()) return request.deliveries.front().release;
  }
  return op.release;
}

}  // namespace caravan::reports
