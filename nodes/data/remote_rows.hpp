// OVO's indirection API from the caller's side: remotable calls, lazy loads and backports go to a conductor.
// With direct access the same operations are this process's own statements, each in a turn of its own.
// Source: ovo-semantics sections 9 and 10; docs/node-protocol.md.
#pragma once

#include <string>
#include <vector>

#include "nodes/core/exchange.hpp"

namespace caravan {

/// An error reply, or no reply in time (`type` empty: indeterminate).
class RemoteError : public std::runtime_error {
 public:
  RemoteError(std::string error_type, const std::string& message)
      : std::runtime_error(message), type(std::move(error_type)) {}
  std::string type;
  bool indeterminate() const { return type.empty(); }
};

/// How long an engine goes on trying to bring a work to its end.
constexpr Instant work_patience = 15 * call_deadline;

/// The arguments of a method about an object: {name: primitive}, or {name_id: id} where no objects travel.
Json about(const Exchange& exchange, const std::string& name, const Object& object);

/// The object that a message is about. With direct access its id came, and the row is read.
Task<Object> receive_about(Exchange& exchange, const Work& work, std::string name, Json args);

/// The object of a primitive that arrived. One that is newer than this node knows is refused: a conductor is
/// asked for a backport, another one if that does not know it either. An older one comes forward.
Task<Object> receive(Exchange& exchange, const Work& work, Json primitive);

/// Throws RemoteError NotFound.
Task<Object> remote_get(Exchange& exchange, const Work& work, std::string name, std::string id);
Task<std::vector<Object>> remote_list(Exchange& exchange, const Work& work, std::string name, Json where);
/// create, save, destroy: sends the object, applies the updates that come back.
Task<void> remote_action(Exchange& exchange, const Work& work, Object object, std::string method);
/// obj_load_attr: sets the field without marking it changed.
Task<void> remote_load(Exchange& exchange, const Work& work, Object object, std::string field);

}  // namespace caravan
