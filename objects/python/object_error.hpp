// The exceptions of the Python library, by their names there.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "objects/base/json.hpp"

namespace caravan {

/// An error that the library defines. `type` is OVO's name (IncompatibleObjectVersion, ObjectActionError,
/// UnsupportedObjectError, InvalidTargetVersion, ValueError, ...), `kwargs` its arguments.
class ObjectError : public std::runtime_error {
 public:
  ObjectError(std::string error_type, std::string message, Json error_kwargs = Json::object())
      : std::runtime_error(std::move(message)),
        type(std::move(error_type)),
        kwargs(std::move(error_kwargs)) {}
  std::string type;
  Json kwargs;
};

}  // namespace caravan
