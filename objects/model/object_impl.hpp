// The inside of an object, in rich values, for the object layer itself and for programs that need more than
// the facade of objects/model/object.hpp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "objects/model/registry.hpp"
#include "objects/model/value.hpp"

namespace caravan {

/// What all handles of an object share. Without a `context` it is an orphan: its remotable methods refuse.
struct Object::Impl {
  std::shared_ptr<const Registry> registry;
  std::shared_ptr<const Class> type;
  std::vector<Value> values;  ///< by field index
  std::vector<bool> changed;  ///< by field index
  std::string label;          ///< version of the instance when it is not the class's
  std::optional<std::string> context;
};

// Life (objects/model/object.cpp)
/// A new object of that class. Nothing is set, but for the list of a list class, which is empty.
Object make_object(const std::shared_ptr<const Registry>& registry, const std::shared_ptr<const Class>& type,
                   std::optional<std::string> context = std::nullopt);
/// Assignment; an unknown name is an AttributeError.
void assign(const Object& object, const std::string& field, Value value);
void assign(const Object& object, int index, Value value);
/// The stored value; an unset field is loaded lazily or throws NotImplementedError.
const Value& read(const Object& object, const std::string& field);
const Value& read(const Object& object, int index);
Value& stored(const Object& object, int index);  ///< for edits in place, which mark nothing
/// Takes the value away; the mark stays. AttributeError for a field that is unknown or not set.
void unset(const Object& object, const std::string& field);
/// A copy with the same marks, at the class's version. The objects in its fields, lists and dicts are copied
/// too, each once, so that what was shared within it still is.
Object clone(const Object& object);
/// Assigns the defaults of these fields where nothing is set; of no names, of all fields that have one.
/// Throws KeyError for an unknown name and ObjectActionError for a field without a default; those before it
/// are set.
void set_defaults(const Object& object, const std::vector<std::string>& names);
bool is_list(const Object& object);
const std::vector<Value>& list_items(const Object& list);
bool is_truthy(const Object& object);
bool equal_objects(const Object& a, const Object& b);
bool has_ancestor(const Object& object, const std::string& name);
std::string repr(const Object& object);
std::string short_text(const Object& object);  ///< "Name(id)"

// Changes (objects/model/changes.cpp)
bool is_changed(const Object& object, int index);  ///< its own mark, or a dirty object in it
bool is_dirty(const Object& object);
/// An empty list of fields means all. Recursive: dirty children that are in `fields` first, completely.
void reset_changes(const Object& object, const std::vector<std::string>& fields, bool recursive);
void set_changed(const Object& object, const std::vector<std::string>& fields);

// Primitives (objects/model/primitive.cpp)
Object load_object(const Json& primitive, const LoadContext& load);
Json primitive_of(const Object& object, const std::optional<std::string>& target, const Manifest* manifest);

// Backports (objects/model/backport.cpp)
void make_compatible(const Object& object, Json& data, const std::string& target, const Manifest* manifest);

/// Python's iter(): items of a sequence, keys of a dict, characters of a string. Throws TypeError.
std::vector<Value> iterate(const Value& value);
/// The members of a JSON object as a plain list, with room for that many: a Json's own insertion looks for
/// the key first, and growing copies all keys, because they are const.
Json::object_t::Container& members_of(Json& object, std::size_t expected = 0);
/// Appends a member that is known to be new, without looking for it.
void append_member(Json& object, const std::string& key, Json value);

}  // namespace caravan
