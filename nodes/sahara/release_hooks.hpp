// What releases of Sahara do and no version of an object shows, by the names of releases.json ("hooks").
// Small and side by side, so that each can be held against the release's own code.
#pragma once

#include <optional>
#include <string>

#include "nodes/core/node.hpp"
#include "objects/model/object.hpp"

namespace caravan::nodes::sahara {

/// What the code of a node's release does in its modes: where objects travel, their versions or the
/// conductors see to part of it. The release must outlive it.
class ReleaseHooks {
 public:
  ReleaseHooks(const Release& release, const Modes& modes)
      : release_(release), direct_(modes.access == Access::direct) {}
  /// Whether the release has the hook and its code runs in these modes.
  bool does(const std::string& hook) const;

 private:
  const Release& release_;
  bool direct_;
};

/// is_default_protects, is_protected_protects: why a client may not update or delete the row. `changes` are
/// the fields that an update sets, null for a delete.
std::optional<std::string> protection(const ReleaseHooks& hooks, const Object& stored, const Json& changes);

/// counts_*: Python's range() of a field. Where the field holds nothing, of `otherwise`; null raises
/// TypeError.
int range_of(const Object& object, const std::string& field, const Json& otherwise);

/// names_stack_in_extra: the stack that an engine of this release makes for a cluster.
std::string stack_to_make(const Release& release, const Object& cluster);
/// The stack that one deletes: what extra says if the engine looks there, else the cluster's name.
std::string stack_to_delete(bool looks_in_extra, const Object& cluster);

/// job_execution_info: what the api does to a run's fields, and what the engine reads. Throws ObjectError
/// KeyError.
void put_job_execution_info(Json& fields);
void read_job_execution_info(const Object& job_execution);

/// castellan: the password of a DataSource or a JobBinary, empty if it has none.
std::string password(const Object& object);
/// A new key id. It cannot be told from any other UUID but by the key manager, which knows its own.
std::string key_id(std::uint64_t random);
/// Puts a key id in the place of the password.
void hide_password(Object object, std::uint64_t random);
/// Why a job cannot open what the object names: a key id used as a password, or a password as a key id.
std::optional<std::string> locked_out(bool castellan, const Object& object);

}  // namespace caravan::nodes::sahara
