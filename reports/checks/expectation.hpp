// What a scenario expects of the checks, against what they found.
#pragma once

#include <string>
#include <vector>

#include "objects/base/json.hpp"
#include "reports/checks/checks.hpp"

namespace caravan::reports {

/// What the scenario expects of one check.
struct Expected {
  std::string verdict = "pass";  ///< pass, idle, fail
  std::string place;             ///< fail: "Object.field", or "Object" alone
  std::string step;  ///< fail: the plan's step, one above it, or one that it waits for; empty: any
};
/// `expect` is the header's: "pass", or a map of checks.
Expected expected_of(const Json& expect, const std::string& check);

/// What is expected and did not come, a sentence each; empty if all is as expected. Whoever expects a failure
/// requires it to be named at its place, and one of those expected to be the first.
std::vector<std::string> unmet(const Json& expect, const Report& report, const std::vector<StepSpan>& steps);

}  // namespace caravan::reports
