// What the engine of a project does. What engines of all projects have in common (how a message is taken, its
// object received, a work given up) is in nodes/roles/engine.hpp. The default is nothing.
#pragma once

#include <optional>
#include <string>

#include "nodes/core/exchange.hpp"

namespace caravan::nodes {

/// The works that it makes may go on in later turns and refer to it. The engine owns it.
class EngineMethods {
 public:
  virtual ~EngineMethods() = default;
  /// Once, when the node starts: work of its own accord.
  virtual void start() {}
  /// The answer to a call that is about no object, or nothing if there is no such method.
  virtual std::optional<Json> answer(const std::string& /*method*/) const { return std::nullopt; }
  /// `args` are the message's; `object`, which is among them, has been received. Throws ObjectError
  /// UnknownMethod at once; what the work throws (OperationError, ObjectError) is why it cannot go on.
  virtual Task<void> perform(Work&, const std::string& method, Object /*object*/, Json /*args*/) {
    throw ObjectError("UnknownMethod", "the engine has no method " + method);
  }
  /// Brings to rest what a work was about that cannot go on: the row `id` of the class `object`. Throws
  /// OperationError.
  virtual Task<void> end(Work&, std::string /*method*/, std::string /*object*/, std::string /*id*/,
                         std::string /*why*/) {
    co_return;
  }
};

}  // namespace caravan::nodes
