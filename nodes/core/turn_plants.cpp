#include "nodes/core/turn_plants.hpp"

#include "nodes/store/store.hpp"

namespace caravan::nodes {

TurnPlants::TurnPlants(const Identity& identity)
    : deadlines_(identity.deadlines), chosen_(3 + identity.seed % 10) {
  if (identity.node == "conductor.1" && identity.incarnation == 1) plant_ = identity.plant;
}

bool TurnPlants::dies_before_commit() { return ++writes_ == chosen_ && is_planted("F30"); }

Instant TurnPlants::delay() const {
  return writes_ == chosen_ && is_planted("F40") ? 2 * deadlines_.request : 0;
}

bool TurnPlants::stands_with_the_lock(const Input& input) const {
  return !stood_ && is_planted("F34") && input.message.method == "object_action";
}

int lock_timeout(const Identity& identity) { return identity.plant == "F34" ? 60'000 : node_lock_timeout; }

}  // namespace caravan::nodes
