// Which states of a project's rows may follow each other. The default is all.
#pragma once

#include <string>

#include "objects/model/object.hpp"

namespace caravan::nodes {

/// A project's rule about which value may follow a stored one; this one lets all pass.
class LifeCycle {
 public:
  virtual ~LifeCycle() = default;
  /// Compare-and-set: throws Refused Conflict if the value of a field must not follow the stored one.
  virtual void check(const Object& /*stored*/, const std::string& /*field*/, const Json& /*after*/) const {}
};

}  // namespace caravan::nodes
