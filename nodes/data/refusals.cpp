#include "nodes/data/refusals.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/data/cascades.hpp"
#include "objects/model/object_impl.hpp"

namespace caravan::nodes {

std::optional<ActRefusal> refusal_of(const Object& object, const std::string& act, const Manifest& known) {
  const ClassHistory* history = object.impl().registry->catalog().history(object.name());
  if (history == nullptr) return std::nullopt;
  const auto version = known.find(object.name());
  if (version != known.end()) {
    for (const Refusal& refusal : history->refusals) {
      if (!(Version(version->second) < refusal.below)) continue;
      if (std::find(refusal.acts.begin(), refusal.acts.end(), act) == refusal.acts.end()) continue;
      if (!all_hold(object, refusal.when)) continue;
      return ActRefusal{
          object.name(), refusal.below,
          fmt::format("{} {} must not {} a {} with this {}: {}", object.name(), version->second,
                      act == "engine" ? "work on" : act, object.name(), refusal.field, refusal.why)};
    }
  }
  for (const auto& child : history->children) {
    if (act == "update" || act == "delete" || !object.is_set(child.first)) continue;
    for (const Object& item : object.children(child.first))
      if (auto refused = refusal_of(item, act, known)) return refused;
  }
  return std::nullopt;
}

}  // namespace caravan::nodes
