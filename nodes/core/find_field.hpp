// A field of a class, by its name.
#pragma once

#include <algorithm>
#include <string>

#include "objects/catalog/catalog.hpp"

namespace caravan {

/// Null if the class has no such field; else it lives as long as the class.
inline const FieldSpec* find_field(const ClassSpec& spec, const std::string& name) {
  const auto found = std::find_if(spec.fields.begin(), spec.fields.end(),
                                  [&](const FieldSpec& field) { return field.name == name; });
  return found == spec.fields.end() ? nullptr : &*found;
}

}  // namespace caravan
