// How an operation ended that another was to do: a conductor, an engine, the database.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace caravan::nodes {

/// It was refused or failed, and nothing of it has happened; or, with an empty `type`, it is not known.
class OperationError : public std::runtime_error {
 public:
  OperationError(std::string error_type, const std::string& message)
      : std::runtime_error(message), type(std::move(error_type)) {}
  std::string type;  ///< NotFound, DuplicateId, Conflict, DatabaseBusy, ...
  /// No reply came in time: it may have happened, or happen yet.
  bool indeterminate() const { return type.empty(); }
};

}  // namespace caravan::nodes
