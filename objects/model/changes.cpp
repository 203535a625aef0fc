// What changed: an object's own marks, and objects that it holds directly.
#include <algorithm>
#include <string>
#include <vector>

#include "objects/model/object_impl.hpp"

namespace caravan {

/// In the library's terms a child that is dirty counts; of a list class only the items do.
bool is_changed(const Object& object, int at) {
  const Object::Impl& impl = object.impl();
  const auto index = static_cast<std::size_t>(at);
  if (at == impl.type->objects)
    read(object, at);  // the library walks the items, so an unset list is loaded or fails
  if (impl.changed[index]) return true;
  const Value& held = impl.values[index];
  if (impl.type->is_list) {
    if (at != impl.type->objects || held.is<Unset>()) return false;
    const auto* items = sequence(held);
    return items != nullptr && std::any_of(items->begin(), items->end(), [](const Value& item) {
             return item.is<Object>() && is_dirty(item.as<Object>());
           });
  }
  const auto* child = held.maybe<Object>();
  return child != nullptr && is_dirty(*child);
}

bool is_dirty(const Object& object) {
  if (object.impl().type->objects >= 0) read(object, object.impl().type->objects);
  for (std::size_t i = 0; i < object.impl().values.size(); ++i) {
    if (is_changed(object, static_cast<int>(i))) return true;
  }
  return false;
}

std::vector<std::string> Object::what_changed() const {
  const auto& sorted = impl_->type->by_name();
  std::vector<std::string> names;
  names.reserve(sorted.size());
  for (const auto& [name, index] : sorted) {
    if (is_changed(*this, index)) names.emplace_back(name);
  }
  return names;
}

void reset_changes(const Object& object, const std::vector<std::string>& fields, bool recursive) {
  const auto chosen = [&fields](const std::string& name) {
    return fields.empty() || std::find(fields.begin(), fields.end(), name) != fields.end();
  };
  Object::Impl& impl = object.impl();
  if (recursive) {
    // obj_get_changes() reads every dirty field first, so an unset one is loaded or fails.
    for (const std::string& name : object.what_changed()) read(object, name);
    for (const std::string& name : object.what_changed()) {
      if (!chosen(name)) continue;
      const int index = impl.type->index(name);
      const Value& held = read(object, index);
      if (!impl.type->fields[static_cast<std::size_t>(index)]->holds_objects() || held.is<Null>()) continue;
      if (const auto* child = held.maybe<Object>()) {
        reset_changes(*child, {}, true);
      } else if (const auto* items = sequence(held)) {
        for (const Value& item : *items) {
          if (item.is<Object>()) reset_changes(item.as<Object>(), {}, true);
        }
      }
    }
  }
  for (std::size_t i = 0; i < impl.changed.size(); ++i) {
    if (chosen(impl.type->fields[i]->name)) impl.changed[i] = false;
  }
}

void set_changed(const Object& object, const std::vector<std::string>& fields) {
  Object::Impl& impl = object.impl();
  impl.changed.assign(impl.changed.size(), false);
  for (const std::string& name : fields) {
    const int index = impl.type->index(name);
    if (index >= 0) impl.changed[static_cast<std::size_t>(index)] = true;
  }
}

}  // namespace caravan
