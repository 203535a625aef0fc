// The library warns (FutureWarning) when it stores a text that is no UUID in a UUID field. A warning changes
// nothing, so it is found by looking at what was stored.
#include "objects/model/scalar.hpp"
#include "tests/vectors/conformance.hpp"

namespace caravan::conformance {
bool warns(const Field& field, const Value& value, bool inside_objects) {
  if (field.kind == FieldKind::UUID) return value.is<std::string>() && !is_uuid(value.as<std::string>());
  if (const auto* child = value.maybe<Object>()) return inside_objects && warns(*child);
  if (field.element == nullptr) return false;
  if (const auto* dict = value.maybe<Dict>()) {
    for (const auto& entry : dict->items) {
      if (warns(*field.element, entry.second, inside_objects)) return true;
    }
  }
  if (const auto* items = sequence(value)) {
    for (const Value& item : *items) {
      if (warns(*field.element, item, inside_objects)) return true;
    }
  }
  return false;
}

bool warns(const Value& value) {
  if (const auto* object = value.maybe<Object>()) return warns(*object);
  if (const auto* dict = value.maybe<Dict>()) {
    for (const auto& entry : dict->items) {
      if (warns(entry.second)) return true;
    }
  }
  if (const auto* items = sequence(value)) {
    for (const Value& item : *items) {
      if (warns(item)) return true;
    }
  }
  return false;
}

bool warns(const Object& object) {
  const Object::Impl& impl = object.impl();
  for (std::size_t i = 0; i < impl.values.size(); ++i) {
    if (warns(*impl.type->fields[i], impl.values[i], true)) return true;
  }
  return false;
}

}  // namespace caravan::conformance
