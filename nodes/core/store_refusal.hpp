// What a refusal of the database means to the caller of the work.
#pragma once

#include "nodes/store/store.hpp"

namespace caravan::nodes {

/// The error of an answer: DatabaseBusy if another writer was in the way, which may be asked again;
/// DiskFailed, which ends the run as trouble of the machine; else InternalError.
Json error_of(const StoreError& error);

/// Whether nothing of the transaction holds because of another writer.
bool is_busy(const StoreError& error);

}  // namespace caravan::nodes
