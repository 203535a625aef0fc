// Life cycles: the status of clusters and job runs.
#include "reports/facts/lifecycle.hpp"

#include <algorithm>
#include <set>

#include "reports/facts/values.hpp"

namespace caravan {
namespace {

bool belongs(const Transition& step, const std::string& object) {
  return (step.life == "job_execution") == (object == "JobExecution");
}

bool lawful(const Catalog& catalog, const std::string& object, const std::string& from,
            const std::string& to) {
  std::set<std::string> first{"(no row)"};
  // A row is made with the state that its creation leads to: undefined, and what follows it at once.
  if (from.empty())
    for (const auto& step : catalog.transitions)
      if (belongs(step, object) && step.from == "(no row)") first.insert(step.to);
  for (const auto& step : catalog.transitions) {
    if (!belongs(step, object) || step.to != to) continue;
    if (from.empty() ? first.count(step.from) > 0 || first.count(to) > 0
                     : step.from == from || step.from == "*")
      return true;
  }
  return false;
}

}  // namespace

bool has_life(const std::string& object) { return object == "Cluster" || object == "JobExecution"; }

std::string status_in(const std::string& object, const Json& value) {
  const Json status = object == "Cluster" ? value : part_at(value, "status").value_or(Json());
  return status.is_string() ? status.get<std::string>() : std::string();
}

bool is_lawful_step(const Lore& lore, const std::string& object, const std::string& from,
                    const std::string& to) {
  if (from == to) return true;
  return std::any_of(lore.releases().begin(), lore.releases().end(), [&](const std::string& release) {
    return lawful(*lore.snapshot(release), object, from, to);
  });
}

bool is_resting(const std::string& object, const std::string& status) {
  static const std::set<std::string> cluster{"Active", "Error", "AwaitingTermination"};
  static const std::set<std::string> job{"SUCCEEDED", "FAILED",        "KILLED",       "DONEWITHERROR",
                                         "SUSPENDED", "PREPSUSPENDED", "SUSPENDFAILED"};
  return (object == "Cluster" ? cluster : job).count(status) > 0;
}

}  // namespace caravan
