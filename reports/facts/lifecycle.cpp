#include "reports/facts/lifecycle.hpp"

#include <algorithm>
#include <set>

#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

bool lawful(const Catalog& catalog, const LifeSpec& life, const std::string& from, const std::string& to) {
  std::set<std::string> first{"(no row)"};
  // A row is made with the state that its creation leads to: undefined, and what follows it at once.
  if (from.empty())
    for (const auto& step : catalog.transitions)
      if (life.is_moved_by(step.life) && step.from == "(no row)") first.insert(step.to);
  for (const auto& step : catalog.transitions) {
    if (!life.is_moved_by(step.life) || step.to != to) continue;
    if (from.empty() ? first.count(step.from) > 0 || first.count(to) > 0
                     : step.from == from || step.from == "*")
      return true;
  }
  return false;
}

}  // namespace

std::string status_in(const LifeSpec& life, const Json& value) {
  const Json status = life.key.empty() ? value : part_at(value, life.key).value_or(Json());
  return status.is_string() ? status.get<std::string>() : std::string();
}

std::string born_in(const ReleaseModel& releases, const LifeSpec& life) {
  std::set<std::string> states;
  for (const auto& release : releases.releases())
    for (const auto& step : releases.snapshot(release)->transitions)
      if (life.is_moved_by(step.life) && step.from == "(no row)") states.insert(step.to);
  return states.size() == 1 ? *states.begin() : std::string();
}

const Json* added_to_runs(const ReleaseModel& releases, const ObjectHistory& object, const std::string& field,
                          const std::string& release) {
  const auto* known = releases.release(release);
  if (!known || !object.conduct().run) return nullptr;
  for (const auto& extra : object.conduct().run->adds)
    if (extra.field == field && known->does(extra.hook)) return &extra.value;
  return nullptr;
}

bool is_lawful_step(const ReleaseModel& releases, const LifeSpec& life, const std::string& from,
                    const std::string& to) {
  if (from == to) return true;
  return std::any_of(releases.releases().begin(), releases.releases().end(), [&](const std::string& release) {
    return lawful(*releases.snapshot(release), life, from, to);
  });
}

}  // namespace caravan::reports
