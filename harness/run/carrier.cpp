#include "harness/run/carrier.hpp"

#include <algorithm>

namespace caravan::harness {

std::string Tool::name() const {
  return step::match(
      work, [](const step::Migrate& phase) { return std::string("migrate-") + caravan::name(phase.phase); },
      [](const auto& record) {
        return std::string(record.word) + "-" + caravan::name(*role_of(record.node));
      });
}

Instant Taken::sum() const {
  Instant all = 0;
  for (const auto& share : shares) all += share.micros;
  return std::clamp<Instant>(all, 0, to - from);
}

}  // namespace caravan::harness
