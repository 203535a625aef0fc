// Forward: an older primitive becomes one of the newest class, before it is loaded. OVO has no such step.
#include <algorithm>

#include "objects/model/object_impl.hpp"

namespace caravan {
namespace {

/// Does the class know the version as an older one of the same major number?
bool is_older(const VersionKey& version, const Class& type) {
  return version.front() == type.key.front() && version < type.key;
}

void erase_name(Json& changes, const std::string& name) {
  const auto found = std::find(changes.begin(), changes.end(), Json(name));
  if (found != changes.end()) changes.erase(found);
}

/// A name that moves or goes away in `data` does so in `changes`, where it may be without a value.
void follow_in_changes(const Step& step, Json& changes, bool present) {
  const bool whole = step.path.key.empty() && !step.path.scheme;
  if (!whole || !changes.is_array()) return;
  const bool marked = std::find(changes.begin(), changes.end(), Json(step.path.field)) != changes.end();
  if (!marked) return;
  if (step.op == RuleOp::remove || step.op == RuleOp::rename) erase_name(changes, step.path.field);
  if (step.op == RuleOp::rename || (step.op == RuleOp::copy && present)) {
    erase_name(changes, step.to.field);
    changes.push_back(step.to.field);
  }
}

void forward_object(const ClassRegistry& registry, Json& primitive);

void forward_children(const ClassRegistry& registry, const Class& type, Json& data) {
  for (const auto& field : type.fields) {
    if (!field->holds_objects()) continue;
    const auto held = data.find(field->name);
    if (held == data.end()) continue;
    if (held->is_object()) forward_object(registry, *held);
    if (!held->is_array()) continue;
    for (Json& item : *held) forward_object(registry, item);
  }
}

void forward_object(const ClassRegistry& registry, Json& primitive) {
  const WireKeys& keys = registry.keys();
  const auto text = [&primitive](const std::string& key) -> const std::string* {
    if (!primitive.is_object()) return nullptr;
    const auto found = primitive.find(key);
    return found != primitive.end() && found->is_string() ? &found->get_ref<const std::string&>() : nullptr;
  };
  const std::string* name = text(keys.name);
  const std::string* space = text(keys.name_space);
  const std::string* label = text(keys.version);
  if (name == nullptr || space == nullptr || label == nullptr || *space != keys.project) return;
  const auto data = primitive.find(keys.data);
  const auto& versions = registry.versions(*name);
  if (data == primitive.end() || !data->is_object() || versions.empty()) return;
  const Class& type = *versions.front();

  VersionKey version;
  try {
    version = version_key(*label);
  } catch (const ObjectError&) {
    return;  // the look-up will say what is wrong with it
  }
  if (is_older(version, type)) {
    const auto changes = primitive.find(keys.changes);
    for (const Step& step : type.forward) {
      if (!(step.below.parts() > version)) continue;
      const bool present = data->contains(step.path.field);
      apply(step, *data, *name);
      if (changes != primitive.end()) follow_in_changes(step, *changes, present);
    }
    if (changes != primitive.end() && changes->is_array() && changes->empty()) primitive.erase(keys.changes);
    primitive[keys.version] = type.version();
  } else if (version != type.key) {
    return;
  }
  forward_children(registry, type, primitive.find(keys.data).value());
}

}  // namespace

Json Object::forward(const Registry& registry, Json primitive) {
  forward_object(classes(registry), primitive);
  return primitive;
}

}  // namespace caravan
