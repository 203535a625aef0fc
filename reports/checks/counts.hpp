// What a run was made of: operations, messages by version, refusals, backports, the order of upgrades, the
// matrix.
#pragma once

#include "objects/base/json.hpp"
#include "reports/checks/checks.hpp"

namespace caravan::reports {

/// `troubled`: rows that a check complains about; their operations are not counted as verified.
Json count_run(const RunFacts& facts, const std::set<std::string>& troubled);
/// [{node, from, to, step, t}] in the order in which the new incarnations got ready.
Json upgrade_order(const RunFacts& facts);
/// {object: {writer's release: {later writer's release: count | {"not_exercised": why}}}}
Json mix_matrix(const RunFacts& facts);
/// {object: how often a field that only the newer release knows was set by a newer node, kept over an older
/// node's save}
Json mixed_counts(const RunFacts& facts);

}  // namespace caravan::reports
