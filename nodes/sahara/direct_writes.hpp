// What Sahara's own code does when a process with direct access saves a row.
#pragma once

#include <memory>

#include "nodes/data/direct_writes.hpp"

namespace caravan::sahara {

std::unique_ptr<const DirectWrites> direct_writes();

}  // namespace caravan::sahara
