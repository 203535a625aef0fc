// The data as api and engine have it: objects, whose rows are kept elsewhere. Two ways lead there, one of
// which make_node chooses: through a conductor (remote_rows.hpp), or by this process's own statements
// (direct_rows.hpp). Nothing else of a node knows which.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nodes/core/exchange.hpp"
#include "nodes/core/operation_error.hpp"

namespace caravan::nodes {

/// Each operation is a coroutine that waits for its part of the exchange, so it may use its node's one
/// transaction of a turn: nothing else may be open. On failure it throws OperationError (NotFound, Conflict,
/// DuplicateId, DatabaseBusy after some patience, what else the other side says; with an empty type nothing
/// knows whether it happened), or ObjectError if an object cannot be read here. `work` must outlive the
/// operation; objects are handles that share their state.
class Rows {
 public:
  virtual ~Rows() = default;
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  /// The object with its children. Throws OperationError NotFound.
  virtual Task<Object> get(const Work& work, std::string name, std::string id) = 0;
  /// The same, or nothing if there is one that cannot be told to this release.
  virtual Task<std::optional<Object>> find(const Work& work, std::string name, std::string id) = 0;
  /// Those whose fields equal all of `where`, without children.
  virtual Task<std::vector<Object>> list(const Work& work, std::string name, Json where) = 0;
  /// Inserts the object and its children; afterwards it has no changes.
  virtual Task<void> create(const Work& work, Object object) = 0;
  /// Writes the fields that changed; afterwards there are no changes.
  virtual Task<void> save(const Work& work, Object object) = 0;
  virtual Task<void> remove(const Work& work, Object object) = 0;
  /// Sets the field to what is stored, without marking it changed.
  virtual Task<void> load(const Work& work, Object object, std::string field) = 0;

  // What a message between services says of an object.

  /// What the argument `name` of an RPC table is called in a message.
  virtual std::string argument(const std::string& name) const = 0;
  /// That argument with its value. Throws ObjectError if the object cannot be told to the receivers.
  virtual Json about(const std::string& name, const Object& object) const = 0;
  /// The object that the argument of a message that came stands for.
  virtual Task<Object> receive(const Work& work, RpcArg argument, Json args) = 0;

 protected:
  explicit Rows(Exchange& exchange) : exchange_(exchange) {}
  Exchange& exchange_;
};

/// Whether a caller that began to ask then still tries again while another writer is in the way. Nothing has
/// happened, so nothing is lost but time: an engine has it, an api answers its client before it is too late.
bool has_time(const Exchange& exchange, Instant since);

}  // namespace caravan::nodes
