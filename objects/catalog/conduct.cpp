// Look-ups in what is declared about the rows of a class, and its form in a document.
#include "objects/catalog/conduct.hpp"

#include <algorithm>

namespace caravan {
namespace {

bool is_among(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

void add_if_any(Json& out, const char* key, const std::string& value) {
  if (!value.empty()) out[key] = value;
}
void add_if_any(Json& out, const char* key, const std::vector<std::string>& values) {
  if (!values.empty()) out[key] = values;
}
template <class Value>
void add_if_any(Json& out, const char* key, const std::map<std::string, Value>& values) {
  for (const auto& [name, value] : values) out[key][name] = value;
}

Json life_json(const LifeSpec& spec) {
  Json out = {{"status", spec.path()}};
  add_if_any(out, "transitions", spec.transitions);
  add_if_any(out, "states", spec.states);
  add_if_any(out, "rests", spec.rests);
  add_if_any(out, "deleting", spec.deleting);
  add_if_any(out, "fails_in", spec.fails_in);
  add_if_any(out, "casts", spec.casts);
  add_if_any(out, "carries", spec.carries);
  add_if_any(out, "accepted_in", spec.accepted_in);
  return out;
}

Json run_json(const RunOf& spec) {
  Json out = {{"of", spec.of}};
  add_if_any(out, "on", spec.on);
  add_if_any(out, "waits", spec.waits);
  add_if_any(out, "until", spec.until);
  add_if_any(out, "starts_from", spec.starts_from);
  add_if_any(out, "starts_in", spec.starts_in);
  add_if_any(out, "given", spec.given);
  for (const RunExtra& extra : spec.adds)
    out["adds"].push_back({{"field", extra.field}, {"hook", extra.hook}, {"value", extra.value}});
  return out;
}

}  // namespace

bool LifeSpec::is_moved_by(const std::string& table) const { return is_among(transitions, table); }
bool LifeSpec::rests_in(const std::string& status) const { return is_among(rests, status); }
bool LifeSpec::failed_in(const std::string& status) const { return is_among(fails_in, status); }
bool LifeSpec::is_cast(const std::string& method) const { return casts.count(method) > 0; }

const std::string& LifeSpec::cast_for(const std::string& method) const {
  static const std::string none;
  const auto found = casts.find(method);
  return found == casts.end() ? none : found->second;
}

bool LifeSpec::takes(const std::string& method, const std::string& status) const {
  const auto found = accepted_in.find(method);
  return found == accepted_in.end() || is_among(found->second, status);
}

bool Conduct::empty() const {
  return !life && !run && holders.empty() && work.empty() && counts.empty() && follows.empty() &&
         moved.empty();
}

bool Conduct::works_on(const std::string& field) const {
  return is_among(work, "*") || is_among(work, field);
}

bool Conduct::keeps(const std::string& field) const { return is_among(kept, field); }

bool Workload::empty() const { return to_json(*this).empty(); }

bool Workload::shows_taken_up(const std::string& method, const std::string& status) const {
  const auto left = left_in.find(method);
  const auto taken = taken_in.find(method);
  return (left != left_in.end() && status != left->second) ||
         (taken != taken_in.end() && is_among(taken->second, status));
}

Json to_json(const Conduct& spec) {
  Json out = Json::object();
  if (spec.life) out["life"] = life_json(*spec.life);
  if (spec.run) out["run"] = run_json(*spec.run);
  for (const Holder& holder : spec.holders)
    out["holders"].push_back(
        {{"role", holder.role}, {"may", holder.always ? "always" : "asked"}, {"why", holder.why}});
  add_if_any(out, "work", spec.work);
  add_if_any(out, "kept", spec.kept);
  add_if_any(out, "counts", spec.counts);
  add_if_any(out, "follows", spec.follows);
  add_if_any(out, "follows_by", spec.follows_by);
  for (const MovedFlag& one : spec.moved)
    out["moved"].push_back({{"revision", one.revision}, {"set", one.set}, {"where", one.where}});
  return out;
}

Json to_json(const Workload& spec) {
  Json out = Json::object();
  add_if_any(out, "needs", spec.needs);
  for (const auto& [parent, percent] : spec.parents) out["parents"][parent] = percent;
  if (spec.cost != Workload{}.cost) out["cost"] = spec.cost;
  add_if_any(out, "never", spec.never);
  add_if_any(out, "not_of_runs", spec.not_of_runs);
  add_if_any(out, "ended", spec.ended);
  add_if_any(out, "once", spec.once);
  add_if_any(out, "always", spec.always);
  for (const auto& [list, percent] : spec.inside) out["inside"][list] = percent;
  add_if_any(out, "size", spec.size);
  if (!spec.values.empty()) out["values"] = spec.values;
  if (!spec.longer.empty()) out["longer"] = spec.longer;
  if (!spec.goes_with.empty()) out["goes_with"] = spec.goes_with;
  if (!spec.left_in.empty()) out["left_in"] = spec.left_in;
  if (!spec.taken_in.empty()) out["taken_in"] = spec.taken_in;
  return out;
}

}  // namespace caravan
