// What the code of a project's releases does when a process with direct access saves a row, besides writing
// the fields that changed. The default is nothing.
#pragma once

#include <string>
#include <vector>

#include "nodes/data/mapping.hpp"

namespace caravan::nodes {

/// Called within the transaction that saves; throws Refused and StoreError, which undo it.
class DirectWrites {
 public:
  virtual ~DirectWrites() = default;
  /// Whether the row keeps its value of a field, whatever an object says.
  virtual bool keeps(const Object& /*stored*/, const std::string& /*field*/) const { return false; }
  /// Whether a save of the class may bring children; `beside` writes them.
  virtual bool takes_children(const std::string& /*object*/) const { return false; }

  /// Rows of one class.
  struct Others {
    std::string object;
    std::vector<std::string> dropped;  ///< ids
    std::vector<Object> made;          ///< again under their ids: what this process does not know is lost
  };
  /// What else a save deletes and makes, after `updated` was written.
  virtual Others beside(RowMapping&, const Object& /*updated*/) const { return {}; }
};

}  // namespace caravan::nodes
