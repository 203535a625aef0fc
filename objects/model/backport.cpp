// obj_make_compatible_from_manifest: a primitive's data as an older version had it (ovo-semantics 8).
#include "objects/model/object_impl.hpp"

namespace caravan {
namespace {

using Relationship = std::vector<std::pair<Version, Version>>;

/// Its version is read when somebody asks how old it is, and not before: the library labels an object that
/// has nothing to convert with any text.
struct Target {
  const std::string& text;
  const Manifest* manifest;
  mutable VersionKey parsed = {};

  const VersionKey& key() const {
    if (parsed.empty()) parsed = version_key(text);
    return parsed;
  }
};

[[noreturn]] void key_error(const std::string& key) { throw ObjectError("KeyError", python_repr(key)); }

Json& member(Json& holder, const std::string& key) {
  if (!holder.is_object()) throw ObjectError("TypeError", "string indices must be integers, not 'str'");
  const auto found = holder.find(key);
  if (found == holder.end()) key_error(key);
  return *found;
}

void relabel(const Object& child, Json& primitive, const std::string& version, const Manifest* manifest) {
  const WireKeys& keys = *child.impl().type->keys;
  make_compatible(child, member(primitive, keys.data), version, manifest);
  primitive[keys.version] = version;
}

/// Gives the object or objects of a field that version, whatever version they have.
void backport_children(const Object& object, int index, Json& data, const std::string& version,
                       const Manifest* manifest) {
  // The library hands an empty manifest on as none.
  if (manifest != nullptr && manifest->empty()) manifest = nullptr;
  const Value& held = read(object, index);
  const std::string& name = object.impl().type->fields[static_cast<std::size_t>(index)]->name;
  if (const auto* child = held.maybe<Object>()) {
    relabel(*child, member(data, name), version, manifest);
  } else if (const auto* list = held.maybe<List>()) {
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      Json& items = member(data, name);
      if (!items.is_array()) throw ObjectError("TypeError", "list indices must be integers");
      if (i >= items.size()) throw ObjectError("IndexError", "list index out of range");
      if (const auto* item = list->items[i].maybe<Object>()) relabel(*item, items[i], version, manifest);
    }
  }
}

/// Follows a relationship table: below it the field goes, above it nothing happens.
void follow(const Object& object, int index, Json& data, const Target& target, const Relationship& table,
            bool may_gap) {
  const std::string& name = object.impl().type->fields[static_cast<std::size_t>(index)]->name;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const VersionKey& own = table[i].first.parts();
    if (target.key() == own) {
      return backport_children(object, index, data, table[i].second.text(), target.manifest);
    }
    if (target.key() > own) continue;
    if (i == 0) {
      if (!data.contains(name)) key_error(name);
      data.erase(name);
      return;
    }
    if (!may_gap) throw ObjectError("TypeError", "'dict_items' object is not subscriptable");
    return backport_children(object, index, data, table[i - 1].second.text(), target.manifest);
  }
}

const Relationship* relationship(const Class& type, const std::string& field) {
  const auto found = type.spec.relationships.find(field);
  return found == type.spec.relationships.end() ? nullptr : &found->second;
}

void adapt_object(const Object& object, Json& data, const Target& target) {
  const Class& type = *object.impl().type;
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const Field& field = *type.fields[i];
    const int index = static_cast<int>(i);
    if (!field.holds_objects() || object.impl().values[i].is<Unset>()) continue;
    if (target.manifest != nullptr) {
      const auto entry = target.manifest->find(field.object);
      if (entry != target.manifest->end())
        backport_children(object, index, data, entry->second, target.manifest);
      continue;
    }
    const Relationship* table = relationship(type, field.name);
    if (table == nullptr) {
      const std::string reason = "No rule for " + field.name;
      throw ObjectError("ObjectActionError", "Object action obj_make_compatible failed because: " + reason,
                        Json{{"action", "obj_make_compatible"}, {"reason", reason}});
    }
    follow(object, index, data, target, *table, true);
  }
}

/// Object lists: only `objects`; child_versions wins over the manifest; without any rule the items
/// become 1.0.
void adapt_list(const Object& object, Json& data, const Target& target) {
  const Class& type = *object.impl().type;
  const auto& own = type.spec.child_versions;
  if (own && !own->empty()) return follow(object, type.objects, data, target, *own, false);
  if (target.manifest != nullptr) {
    const auto& item = type.fields[static_cast<std::size_t>(type.objects)]->object;
    const auto entry = target.manifest->find(item);
    const std::string version = entry == target.manifest->end() ? "1.0" : entry->second;
    return backport_children(object, type.objects, data, version, target.manifest);
  }
  const Relationship* table = relationship(type, "objects");
  if (table != nullptr && !table->empty()) return follow(object, type.objects, data, target, *table, true);
  backport_children(object, type.objects, data, "1.0", target.manifest);
}

/// The override of one class of the inheritance chain, or the library's own implementation at its end.
void run(const Class* type, const Object& object, Json& data, const Target& target) {
  while (type != nullptr && !type->has_compat) type = type->parent.get();
  if (type == nullptr) {
    return is_list(object) ? adapt_list(object, data, target) : adapt_object(object, data, target);
  }
  if (type->super == "first") run(type->parent.get(), object, data, target);
  for (const Step& step : type->steps) {
    if (step.below.parts() > target.key()) apply(step, data, object.name());
  }
  if (type->super == "last") run(type->parent.get(), object, data, target);
}

}  // namespace

void make_compatible(const Object& object, Json& data, const std::string& target, const Manifest* manifest) {
  run(object.impl().type.get(), object, data, Target{target, manifest});
}

}  // namespace caravan
