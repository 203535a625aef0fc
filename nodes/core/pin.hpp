// What a pinned node does with an object that leaves: it speaks as the oldest on record understands.
#pragma once

#include <string>

#include "objects/model/object.hpp"

namespace caravan::nodes {

/// The primitive at the caps (object -> version), its children too; a field in `changes` has the name
/// that it has there. Throws ObjectError UnsupportedObjectError if a node on record does not know the
/// class, ObjectActionError if a value cannot be told.
Json capped(const Object& object, const Manifest& caps);

/// What to ask for: the manifest with no version above its cap, without what is in no cap.
Manifest capped(const Manifest& manifest, const Manifest& caps);

/// Whether the class has the field at exactly that version; false for a version that the catalog does not
/// have.
bool has_field(const Catalog& catalog, const std::string& object, const Version& version,
               const std::string& field);
/// What the field was called at that version.
std::string name_at(const Catalog& catalog, const std::string& object, const std::string& field,
                    const Version& version);

}  // namespace caravan::nodes
