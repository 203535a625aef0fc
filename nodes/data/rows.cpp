#include "nodes/data/rows.hpp"

namespace caravan::nodes {

bool has_time(const Exchange& exchange, Instant since) {
  const Instant patience = exchange.identity().role == "engine" ? exchange.deadlines().work()
                                                                : exchange.deadlines().request * 2 / 5;
  return exchange.now() - since < patience;
}

}  // namespace caravan::nodes
