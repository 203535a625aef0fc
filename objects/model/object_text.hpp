// Objects as JSON text.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "objects/model/object.hpp"

namespace caravan {

/// The text of the object's primitive, equal to to_primitive().dump(), without the document in between.
std::string object_text(const Object& object);

/// The object that a text holds, read strictly (objects/base/json_text.hpp). Throws Error (bad_request) with
/// `where`:line:column for a text that is not JSON, ObjectError for one that is not an object.
Object object_from_text(const std::shared_ptr<const Registry>& registry, std::string_view text,
                        const std::string& where);

}  // namespace caravan
