// The life cycles of clusters and runs, which are the history's transition tables.
#pragma once

#include <memory>

#include "nodes/data/life_cycle.hpp"

namespace caravan::sahara {

std::unique_ptr<const LifeCycle> life_cycle(std::shared_ptr<const Registry> registry);

}  // namespace caravan::sahara
