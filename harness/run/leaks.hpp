// Secrets that clients wrote, found in logs.
#pragma once

#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/carrier.hpp"
#include "harness/run/plan_words.hpp"
#include "objects/catalog/catalog.hpp"

namespace caravan::harness {

/// A secret that a client of the plan writes: a text to be recognised wherever it turns up.
struct CanaryInPlan {
  std::string text, operation, object, field;
};
std::vector<CanaryInPlan> canaries_of(const Plan& plan, const Catalog& catalog);

/// A canary in a log.
struct Leak {
  Log log;
  long line = 0;
  const CanaryInPlan* canary = nullptr;
};
/// In order; each canary once per log. The time depends on the size of the logs. `stop` is asked every 64
/// KiB: nothing, if it was true.
std::optional<std::vector<Leak>> leaks_in(
    const std::vector<Log>& logs, const std::function<std::unique_ptr<std::istream>(const Log&)>& read,
    const std::vector<CanaryInPlan>& canaries, const std::function<bool()>& stop = [] { return false; });

}  // namespace caravan::harness
