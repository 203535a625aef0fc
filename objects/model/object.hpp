// A versioned object: OVO's semantics (construction, set fields, changes, primitives, backports) over a class
// of a Registry. The nodes' view is in wire values (JSON); richer values stay inside.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "objects/base/json.hpp"
#include "objects/catalog/catalog.hpp"
#include "objects/python/object_error.hpp"

namespace caravan {

using Manifest = std::map<std::string, std::string>;  ///< object name -> version text

class Class;  // a registered class, objects/model/registry.hpp

/// Registered classes of one catalog. Immutable after construction; objects hold it by shared_ptr.
class Registry {
 public:
  /// Copies what it needs from the catalog.
  static std::shared_ptr<const Registry> from(const Catalog& catalog);
  virtual ~Registry() = default;

  /// ovo-semantics 6.2. Throws ObjectError: UnsupportedObjectError, IncompatibleObjectVersion, ValueError.
  virtual std::shared_ptr<const Class> lookup(const std::string& name, const std::string& version) const = 0;
  /// Newest registered class of the name; throws UnsupportedObjectError.
  virtual std::shared_ptr<const Class> newest(const std::string& name) const = 0;
  virtual const Catalog& catalog() const = 0;
  /// obj_tree_get_versions, ovo-semantics 7.
  virtual Manifest manifest(const std::string& name) const = 0;
};

/// A handle: copies share the same object, as Python references do.
class Object {
 public:
  /// New object of the newest class of that name, nothing set.
  static Object create(const std::shared_ptr<const Registry>& registry, const std::string& name);
  /// ovo-semantics 1.7, 1.8. Throws ObjectError.
  static Object from_primitive(const std::shared_ptr<const Registry>& registry, const Json& primitive);
  /// The conversions of the catalog's forward rules, on a copy of the primitive: renames and maps what is
  /// present, `changes` included; what is absent stays unset. For each nested object too. A primitive that is
  /// not older is returned as it is. Sets the version label to the newest class's.
  static Json forward(const Registry& registry, Json primitive);

  /// Of its class; the references are valid as long as a handle of the object. `spec` has what is inherited,
  /// too.
  const std::string& name() const;
  std::string version() const;  ///< of the instance (1.9)
  const ClassSpec& spec() const;

  /// Whether the field holds a value, null being one; loads nothing, and says no for an extra field of the
  /// class. Throws ObjectError AttributeError for a name that the class does not have.
  bool is_set(const std::string& field) const;
  /// Wire form of a set field; throws ObjectError NotImplementedError if unset.
  Json get(const std::string& field) const;
  /// from_primitive of the field, then assignment: coerces, checks, marks changed. A nested object's wire
  /// form builds a nested object.
  void set(const std::string& field, const Json& wire);
  /// Items of a set ListOfObjects field.
  std::vector<Object> children(const std::string& field) const;
  void set_children(const std::string& field, const std::vector<Object>& items);

  std::vector<std::string> what_changed() const;  ///< sorted
  /// Forgets the object's own marks; those of the objects that it holds stay.
  void reset_changes();

  /// ovo-semantics 8. `target` empty: own version. `manifest` null: none.
  Json to_primitive(const std::string& target = {}, const Manifest* manifest = nullptr) const;

  /// The inside, for the object layer: objects/model/object_impl.hpp.
  struct Impl;
  explicit Object(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace caravan
