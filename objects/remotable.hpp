// Remotable methods: both halves of a call through the indirection API, so that a node can return to its loop
// between sending the call and taking the reply (ovo-semantics 9).
#pragma once

#include <string>

#include "objects/object_impl.hpp"

namespace caravan {

/// Before any remotable method of an instance, local ones too. Throws ObjectError OrphanedObjectError.
void require_context(const Object& object, const std::string& method);

/// The caller's half of object_action: takes `updates` of a reply, fields in wire form and
/// `obj_what_changed`. Other keys are ignored. Applied in order; an invalid one stops half-way.
void apply_updates(const Object& object, const Json& updates, bool encoded = false);

/// The server's half: what a method changed, in the order of the fields, and `obj_what_changed`.
/// `before` is a clone made before the method ran.
Json updates_since(const Object& before, const Object& after);

}  // namespace caravan
