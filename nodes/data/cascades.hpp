// What else a write brings about in the database, as the history declares it (a finished step deletes its
// events, a deleted cluster nulls its runs). In the same transaction.
#pragma once

#include <string>

#include "nodes/data/mapping.hpp"

namespace caravan::nodes {

/// Every condition, on an object's values.
bool all_hold(const Object& object, const std::vector<Refusal::Condition>& conditions);

/// `action` is save or destroy.
void apply_consequences(RowMapping& mapping, const std::string& name, const std::string& id,
                        const std::string& action, std::int64_t now);

/// Empty, or why a row must not be made any more: its owner's end destroyed all there were.
std::string ended_owner(RowMapping& mapping, const Object& made);

/// Deletes the row after what the catalog says that this brings about. Throws Refused NotFound, Conflict.
void destroy_row(RowMapping& mapping, const std::string& name, const std::string& id, std::int64_t now);

}  // namespace caravan::nodes
