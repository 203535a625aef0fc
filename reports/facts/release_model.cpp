// The releases of a run as the judge knows them.
#include "reports/facts/release_model.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"
#include "objects/loader/loader.hpp"
#include "reports/facts/projection.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {

const FieldHistory* ObjectHistory::field(const std::string& name_there, const Version& version) const {
  for (const auto& field : fields)
    if (exists_at(*field.contract, version) && name_at(*field.contract, version) == name_there) return &field;
  return nullptr;
}

const FieldHistory* ObjectHistory::by_column(const std::string& column) const {
  for (const auto& field : fields)
    if (!field.is_children() && field.contract->field == column) return &field;
  for (const auto& field : fields)
    if (field.contract->was_called && field.contract->was_called->first == column) return &field;
  return nullptr;
}

const FieldHistory* ObjectHistory::by_name(const std::string& newest_name) const {
  for (const auto& field : fields)
    if (field.contract->field == newest_name) return &field;
  return nullptr;
}

namespace {

/// Run files of before life cycles and the like stood in the catalog say nothing of them. All were Sahara's.
void complete(Catalog& snapshot) {
  const Catalog& built_in = sahara_catalog();
  const bool says = std::any_of(snapshot.histories.begin(), snapshot.histories.end(),
                                [](const ClassHistory& history) { return !history.conduct.empty(); });
  if (says || snapshot.project_namespace != built_in.project_namespace) return;
  for (ClassHistory& history : snapshot.histories)
    if (const auto* known = built_in.history(history.name)) history.conduct = known->conduct;
}

std::map<std::string, Catalog> load_all(const Json& header) {
  std::map<std::string, Catalog> out;
  const Json& releases = member(header, "releases");
  if (!releases.is_object() || releases.empty())
    throw bad_request("run file: event 0", "the header has no releases");
  for (const auto& item : releases.items()) {
    Catalog snapshot = load_catalog(member(item.value(), "catalog"),
                                    fmt::format("run file: event 0: /releases/{}/catalog", item.key()));
    complete(snapshot);
    out.emplace(item.key(), std::move(snapshot));
  }
  return out;
}

}  // namespace

ReleaseModel::ReleaseModel(const Json& header) : ReleaseModel(load_all(header)) {}

ReleaseModel::ReleaseModel(std::map<std::string, Catalog> snapshots) : snapshots_(std::move(snapshots)) {
  for (const auto& entry : snapshots_) {
    if (!entry.second.release(entry.first))
      throw bad_request("run file: event 0",
                        fmt::format("the snapshot of {} does not hold that release", entry.first));
    order_.push_back(entry.first);
  }
  std::sort(order_.begin(), order_.end(), [&](const std::string& a, const std::string& b) {
    return release(a)->index < release(b)->index;
  });
  if (order_.empty()) throw bad_request("run file: event 0", "the header has no releases");
  newest_ = &snapshots_.at(order_.back());
  index();
}

void ReleaseModel::index() {
  for (const auto& history : newest_->histories) {
    ObjectHistory object;
    object.name = history.name;
    object.table = history.table;
    object.history = &history;
    for (const auto& version : history.versions) object.versions.push_back(version.first.text());
    for (const auto& spec : newest_->classes)
      if (spec.name == history.name && (!object.newest || object.newest->version < spec.version))
        object.newest = &spec;
    if (!object.newest) continue;
    for (const auto& contract : history.contracts) {
      FieldHistory field;
      field.contract = &contract;
      Version best;
      for (const auto& spec : newest_->classes) {
        if (spec.name != history.name) continue;
        const auto* found = spec.field(name_at(contract, spec.version));
        if (found && exists_at(contract, spec.version) && (!field.spec || best < spec.version)) {
          field.spec = found;
          best = spec.version;
        }
      }
      if (!field.spec) continue;  // newer than the newest release in play
      if (const auto child = history.children.find(contract.field); child != history.children.end()) {
        field.child = child->second;
        const auto key = history.child_key.find(contract.field);
        if (key == history.child_key.end()) continue;
        const auto dot = key->second.find('.');
        if (dot == std::string::npos) {
          field.child_column = key->second;
        } else {
          const auto second = key->second.find('.', dot + 1);
          field.link_table = key->second.substr(0, dot);
          field.link_parent = key->second.substr(dot + 1, second - dot - 1);
          field.link_child = second == std::string::npos ? "" : key->second.substr(second + 1);
        }
      }
      object.fields.push_back(field);
    }
    by_name_[object.name] = objects_.size();
    by_table_[object.table] = objects_.size();
    objects_.push_back(std::move(object));
  }
}

const Catalog* ReleaseModel::snapshot(const std::string& release) const {
  const auto found = snapshots_.find(release);
  return found == snapshots_.end() ? nullptr : &found->second;
}

const Release* ReleaseModel::release(const std::string& name) const {
  const auto* catalog = snapshot(name);
  return catalog ? catalog->release(name) : nullptr;
}

int ReleaseModel::age(const std::string& name) const {
  const auto found = std::find(order_.begin(), order_.end(), name);
  return found == order_.end() ? -1 : static_cast<int>(found - order_.begin());
}

const ObjectHistory* ReleaseModel::object(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &objects_[found->second];
}

const ObjectHistory* ReleaseModel::object_of(const std::string& table) const {
  const auto found = by_table_.find(table);
  return found == by_table_.end() ? nullptr : &objects_[found->second];
}

const Version* ReleaseModel::version(const std::string& release_name, const std::string& object_name) const {
  const auto* known = release(release_name);
  if (!known) return nullptr;
  const auto found = known->manifest.find(object_name);
  return found == known->manifest.end() ? nullptr : &found->second;
}

const ClassSpec* ReleaseModel::spec(const std::string& object_name, const Version& version) const {
  return newest_->find(object_name, version);
}

std::vector<Version> ReleaseModel::spoken(const std::string& object_name, const Version& version) const {
  std::vector<Version> out{version};
  for (auto it = order_.rbegin(); it != order_.rend(); ++it)
    if (const auto* other = this->version(*it, object_name); other && *other < version) out.push_back(*other);
  return out;
}

}  // namespace caravan::reports
