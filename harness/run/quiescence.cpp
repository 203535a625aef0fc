#include "harness/run/quiescence.hpp"

#include <set>

#include "objects/base/json.hpp"

namespace caravan {
namespace {

const std::set<std::string>& resting() {
  static const std::set<std::string> states = {"Active",    "Error",         "SUCCEEDED",
                                               "FAILED",    "KILLED",        "DONEWITHERROR",
                                               "SUSPENDED", "PREPSUSPENDED", "SUSPENDFAILED"};
  return states;
}

std::string run_status(const Json& info) {
  if (info.is_object())
    return info.contains("status") && info["status"].is_string() ? info["status"].get<std::string>() : "";
  if (!info.is_string()) return "";
  const auto parsed = Json::parse(info.get<std::string>(), nullptr, false);
  return parsed.is_object() ? run_status(parsed) : "";
}

}  // namespace

Rest::Rest(const Catalog& catalog) {
  if (const auto* cluster = catalog.history("Cluster")) clusters_ = cluster->table;
  if (const auto* run = catalog.history("JobExecution")) runs_ = run->table;
}

void Rest::see(const Change& change) {
  const bool cluster = change.table == clusters_, run = change.table == runs_;
  if (!cluster && !run) return;
  const auto who = (cluster ? "Cluster " : "JobExecution ") + change.key;
  if (change.action == "delete") {
    busy_.erase(who);
    now_.erase(who);
    return;
  }
  if (change.column != (cluster ? "status" : "info")) return;
  const auto state = cluster ? (change.new_value.is_string() ? change.new_value.get<std::string>() : "")
                             : run_status(change.new_value);
  now_[who] = state;
  had_.emplace(who, state);
  if (state.empty() || resting().count(state))
    busy_.erase(who);
  else
    busy_[who] = state;
}

void Rest::watch() {
  had_.clear();
  for (const auto& entry : now_) had_.insert(entry);
}

bool Rest::has_had(const std::string& object, const std::string& key, const std::string& status) const {
  return had_.count({object + " " + key, status}) > 0;
}

std::string Rest::text() const {
  std::string out;
  int shown = 0;
  for (const auto& entry : busy_) {
    if (++shown > 5) return out + ", and " + std::to_string(busy_.size() - 5) + " more";
    out += (out.empty() ? "" : ", ") + entry.first + " is " + entry.second;
  }
  return out;
}

}  // namespace caravan
