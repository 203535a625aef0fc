// From cases to findings: what a person is told, and how to mend it.
#pragma once

#include <vector>

#include "reports/lint.hpp"
#include "reports/lint_cases.hpp"

namespace caravan::lint_parts {

/// Cases become findings; a case that a finding of the history explains becomes its example.
void add_cases(const Promise& promise, const std::vector<Case>& cases, std::vector<Finding>& findings);
/// Ids, oracles, order.
void finish(const Promise& promise, std::vector<Finding>& findings);
std::vector<Declared> declared_by(const Promise& promise);

}  // namespace caravan::lint_parts
