// The methods of Sahara's engine, by the names of its RPC table.
#pragma once

#include <memory>

#include "nodes/core/engine_methods.hpp"
#include "nodes/data/rows.hpp"

namespace caravan::sahara {

/// Both must outlive them.
std::unique_ptr<EngineMethods> engine_methods(Exchange& exchange, Rows& rows);
/// As Sahara was: where only ids travel.
std::unique_ptr<EngineMethods> direct_engine_methods(Exchange& exchange, Rows& rows);

}  // namespace caravan::sahara
