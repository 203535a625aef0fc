// Encoded values: how catalogs and recorded vectors write what JSON cannot express ("$datetime", "$set",
// ...).
#pragma once

#include <memory>

#include "objects/model/value.hpp"

namespace caravan {

/// Reads an encoded value. `$object` builds an object through the public interface, which needs the registry;
/// without one it is refused. Throws Error (bad_request) for a malformed form.
Value decode(const Json& encoded, const std::shared_ptr<const Registry>& registry = nullptr);

/// Writes one; a set is sorted. Objects give class, version, wire_version, values, changes and context.
Json encode(const Value& value);

/// Builds an object from the description inside `$object`.
Object build_object(const Json& description, const std::shared_ptr<const Registry>& registry);
Json describe_object(const Object& object);

}  // namespace caravan
