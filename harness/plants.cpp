#include "harness/plants.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/error.hpp"
#include "objects/nearest.hpp"

namespace caravan {
namespace {

/// The removal step of one field that came after `from` is forgotten; Cluster's fields first.
std::string leak_a_field(Catalog& snapshot, const Catalog& catalog, const std::string& from) {
  const auto* old = catalog.release(from);
  if (!old) return {};
  std::vector<const ClassHistory*> order;
  for (const auto& history : catalog.histories) order.push_back(&history);
  std::stable_partition(order.begin(), order.end(),
                        [](const ClassHistory* history) { return history->name == "Cluster"; });
  for (const auto* history : order) {
    const auto known = old->manifest.find(history->name);
    if (known == old->manifest.end()) continue;
    for (const auto& contract : history->contracts) {
      if (!contract.since || *contract.since <= known->second || contract.was_called) continue;
      std::string done;
      for (auto& one : snapshot.classes) {
        if (one.name != history->name || !one.compat) continue;
        auto& rules = one.compat->rules;
        const auto removal = [&](const Rule& rule) {
          return rule.op == "remove" && rule.field == contract.field;
        };
        const auto kept = std::remove_if(rules.begin(), rules.end(), removal);
        if (kept == rules.end()) continue;
        rules.erase(kept, rules.end());
        done = fmt::format("{} {} keeps {} when it is backported to {} ({})", history->name,
                           one.version.text(), contract.field, known->second.text(), from);
      }
      if (!done.empty()) return done;
    }
  }
  return {};
}

}  // namespace

const std::vector<Plant>& plants() {
  static const std::vector<Plant> table = {
      {"F01", "leaked field", "O1", "wire-schema",
       "a field added in the newer release has no removal step: old receivers get it", false},
      {"F23", "whole-row save", "O7, O5", "frame",
       "a save writes back every column that the writer knows, and null for those it does not", true},
      {"F30", "answer before commit", "O5", "no-data-loss",
       "a conductor replies before it commits, and dies between the two at one seeded write", true},
  };
  return table;
}

const Plant& find_plant(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& plant : plants()) {
    if (name == plant.name) return plant;
    known.emplace_back(plant.name);
  }
  throw bad_request("--plant", "unknown plant '" + name + "'", did_you_mean(name, known));
}

std::string plant_in(Catalog& snapshot, const Plant& plant, const Catalog& catalog, const std::string& from) {
  if (std::string(plant.name) == "F01") return leak_a_field(snapshot, catalog, from);
  return {};
}

}  // namespace caravan
