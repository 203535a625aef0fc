// A refusal before any effect.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace caravan::nodes {

/// Goes back to the caller, or the client, as an error reply.
class Refused : public std::runtime_error {
 public:
  Refused(std::string error_type, const std::string& message)
      : std::runtime_error(message), type(std::move(error_type)) {}
  std::string type;  ///< NotFound, DuplicateId, Conflict, ...
};

}  // namespace caravan::nodes
