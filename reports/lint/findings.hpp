// From causes to findings: what a person is told, and how to fix it.
#pragma once

#include <vector>

#include "reports/lint/causes.hpp"
#include "reports/lint/lint.hpp"

namespace caravan::lint {

/// Cases become findings; a cause that a finding of the history explains becomes its example.
void add_causes(const Promises& promise, const std::vector<Cause>& causes, std::vector<Finding>& findings);
/// Ids, oracles, order.
void finish(const Promises& promise, std::vector<Finding>& findings);
std::vector<Declared> declared_by(const Promises& promise);

}  // namespace caravan::lint
