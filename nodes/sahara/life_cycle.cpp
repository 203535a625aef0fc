// The life cycles of clusters and runs, which are the history's transition tables.
#include <fmt/format.h>

#include "nodes/core/refused.hpp"
#include "nodes/sahara/project.hpp"

namespace caravan::nodes::sahara {
namespace {

class Transitions : public LifeCycle {
 public:
  explicit Transitions(std::shared_ptr<const Registry> registry) : registry_(std::move(registry)) {}
  void check(const Object& stored, const std::string& field, const Json& after) const override;

 private:
  std::shared_ptr<const Registry> registry_;
};

void Transitions::check(const Object& stored, const std::string& field, const Json& after) const {
  if (field != "status" && field != "info") return;
  const std::string name = stored.name();
  const bool cluster = name == "Cluster";
  if (!cluster && name != "JobExecution") return;
  const auto status = [&](const Json& value) -> std::string {
    const Json found = cluster ? value : value.is_object() ? value.value("status", Json()) : Json();
    return found.is_string() ? found.get<std::string>() : "";
  };
  const std::string from = status(stored.is_set(field) ? stored.get(field) : Json()), to = status(after);
  if (from.empty() || from == to || to.empty()) return;
  for (const Transition& step : registry_->catalog().transitions) {
    if ((step.life == "job_execution") == cluster || step.to != to) continue;
    // "Deleting" is absorbing: only what starts from it by name may follow.
    if (step.from == from || (step.from == "*" && from != "Deleting")) return;
  }
  throw Refused("Conflict", fmt::format("{} cannot go from {} to {}", name, from, to));
}

}  // namespace

std::unique_ptr<const LifeCycle> Sahara::life_cycle(const std::shared_ptr<const Registry>& registry) const {
  return std::make_unique<Transitions>(registry);
}

}  // namespace caravan::nodes::sahara
