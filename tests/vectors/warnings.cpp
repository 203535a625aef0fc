// The library warns (FutureWarning) when it stores a text that is no UUID in a UUID field. A warning changes
// nothing, so it is found by looking at what was stored.
#include "objects/scalar.hpp"
#include "tests/vectors/conformance.hpp"

namespace caravan::conformance {
namespace {

bool odd_uuid_in(const Field& field, const Value& value) {
  if (field.kind == FieldKind::UUID) return value.is<std::string>() && !is_uuid(value.as<std::string>());
  if (const auto* child = value.maybe<Object>()) return warns(*child);
  if (field.element == nullptr) return false;
  if (const auto* dict = value.maybe<Dict>()) {
    for (const auto& entry : dict->items) {
      if (odd_uuid_in(*field.element, entry.second)) return true;
    }
  }
  if (const auto* items = sequence(value)) {
    for (const Value& item : *items) {
      if (odd_uuid_in(*field.element, item)) return true;
    }
  }
  return false;
}

}  // namespace

bool warns(const Object& object) {
  const Object::Impl& impl = object.impl();
  for (std::size_t i = 0; i < impl.values.size(); ++i) {
    if (odd_uuid_in(*impl.type->fields[i], impl.values[i])) return true;
  }
  return false;
}

}  // namespace caravan::conformance
