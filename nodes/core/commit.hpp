// What a transaction's end means for the messages of the same `Node::on`: one rule for every carrier.
#pragma once

#include "nodes/core/node.hpp"
#include "nodes/store/store.hpp"

namespace caravan {

/// Commits. If that fails, nothing of `output` has happened: only the answers to `input` leave, as errors.
/// Timers and log lines stay, so that the node goes on.
void commit(Store& store, const Input& input, Output& output);

/// The error of an answer: DatabaseBusy if another writer was in the way, which may be asked again;
/// DiskFailed, which ends the run as trouble of the machine; else InternalError.
Json error_of(const StoreError& error);

/// Whether nothing of the transaction holds because of another writer.
bool is_busy(const StoreError& error);

}  // namespace caravan
