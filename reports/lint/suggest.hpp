// Why a fault is there, as far as the declared rules tell, and how to fix it.
#pragma once

#include "reports/lint/causes.hpp"
#include "reports/lint/lint.hpp"

namespace caravan::lint {

/// Sets the suggestion; where a rule is there and wrong, also a type and a message that say so.
void explain(const Promises& promise, const Cause& one, Finding& finding);

/// Whether the suggestion of `finding` touches a rule on that field.
bool mends(const Finding& finding, const std::string& field);

}  // namespace caravan::lint
