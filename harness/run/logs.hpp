// What nodes and tools wrote into their logs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "objects/catalog/catalog.hpp"
#include "scenarios/plan/plan.hpp"

namespace caravan {

/// The last line, for the one message that a person gets.
std::string last_line(const std::string& log);
/// `text`, and how the log ends.
std::string with_last_line(const std::string& text, const std::string& log);
/// The last line that is a JSON object with this one member: its value, or null.
Json said_in(const std::string& log, const std::string& member);

/// A secret that a client of the plan writes: a text to be recognised wherever it turns up.
struct CanaryInPlan {
  std::string text, operation, object, field;
};
std::vector<CanaryInPlan> canaries_of(const Plan& plan, const Catalog& catalog);

/// A canary in a log.
struct Leak {
  std::string node, file;
  int incarnation = 0;
  long line = 0;
  const CanaryInPlan* canary = nullptr;
};
/// Of all logs in the folder, in order; each canary once a file. The time goes by the size of the logs.
/// `stop` is asked every 64 KiB: nothing, if it was true.
std::optional<std::vector<Leak>> leaks_in(
    const std::string& folder, const std::vector<CanaryInPlan>& canaries,
    const std::function<bool()>& stop = [] { return false; });

}  // namespace caravan
