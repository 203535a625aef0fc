#include "harness/run/quiescence.hpp"

#include "objects/base/json.hpp"

namespace caravan::harness {
namespace {

/// A Json column may be shown as its text.
std::string status_in(const LifeSpec& life, const Json& value) {
  if (life.key.empty()) return value.is_string() ? value.get<std::string>() : "";
  if (value.is_object())
    return value.contains(life.key) && value[life.key].is_string() ? value[life.key].get<std::string>() : "";
  if (!value.is_string()) return "";
  const auto parsed = Json::parse(value.get<std::string>(), nullptr, false);
  return parsed.is_object() ? status_in(life, parsed) : "";
}

}  // namespace

Quiescence::Quiescence(const Catalog& catalog) {
  for (const auto& history : catalog.histories)
    if (history.life()) lives_[history.table] = &history;
}

void Quiescence::see(const nodes::Change& change) {
  const auto found = lives_.find(change.table);
  if (found == lives_.end()) return;
  const auto& life = *found->second->life();
  const auto who = found->second->name + " " + change.key;
  if (change.action == "delete") {
    busy_.erase(who);
    now_.erase(who);
    return;
  }
  if (change.column != life.field) return;
  const auto state = status_in(life, change.new_value);
  now_[who] = state;
  had_.emplace(who, state);
  if (state.empty() || life.rests_in(state))
    busy_.erase(who);
  else
    busy_[who] = state;
}

void Quiescence::watch() {
  had_.clear();
  for (const auto& entry : now_) had_.insert(entry);
}

bool Quiescence::has_had(const std::string& object, const std::string& key, const std::string& status) const {
  return had_.count({object + " " + key, status}) > 0;
}

std::string Quiescence::text() const {
  std::string out;
  int shown = 0;
  for (const auto& entry : busy_) {
    if (++shown > 5) return out + ", and " + std::to_string(busy_.size() - 5) + " more";
    out += (out.empty() ? "" : ", ") + entry.first + " is " + entry.second;
  }
  return out;
}

}  // namespace caravan::harness
