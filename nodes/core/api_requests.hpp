// What the api of a project does with clients' requests, beyond rows that are created, updated, read, listed
// and deleted; that is in nodes/roles/api.hpp.
#pragma once

#include <optional>

#include "nodes/core/exchange.hpp"

namespace caravan::nodes {

/// What goes back to the client as an error is thrown: Refused (nothing has happened), OperationError or
/// ObjectError. `request` need not outlive the call; the work lives as long as its task.
class ApiRequests {
 public:
  virtual ~ApiRequests() = default;
  /// A method of the project's own, with its answer; nothing if it has no such method for the class.
  virtual std::optional<Task<void>> perform(Work&, const Envelope& /*request*/) { return std::nullopt; }
  /// A deletion that is more than that of a row, with its answer; nothing if it is not.
  virtual std::optional<Task<void>> remove(Work&, const Envelope& /*request*/, const Object&) {
    return std::nullopt;
  }
  /// Before an update sets the fields `changes`, or, with null, before a deletion. Throws Refused.
  virtual void check(const Object& /*stored*/, const Json& /*changes*/) const {}
  /// Before `fields` that came from a client are written; may change the object. Throws Refused.
  virtual void before_writing(const Object&, const Json& /*fields*/) {}
  /// After a create was answered.
  virtual void created(const Work&, const Envelope& /*request*/, const Object&) {}
};

}  // namespace caravan::nodes
