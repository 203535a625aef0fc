// Classes as they are at run time: fields resolved through parents and mixins, conversions compiled.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "objects/model/field.hpp"
#include "objects/model/rules.hpp"

namespace caravan {

using VersionKey = std::vector<int>;

/// int() of each part between dots, as oslo.utils 6.0.1 has it: "1.0rc1" is not one.
/// Throws ObjectError ValueError.
VersionKey version_key(const std::string& text);

/// The keys of a primitive, made once a catalog.
struct WireKeys {
  std::string name, name_space, version, data, changes;
  std::string project;  ///< the value under `name_space`
  std::string name_text = {}, space_text = {}, version_text = {}, data_text = {},
              changes_text = {};  ///< quoted, as in a JSON text
};

/// A class at one version, at run time. The registry fills it once, and it is not changed afterwards; its
/// objects share it.
class Class {
 public:
  ClassSpec spec;  ///< fields, relationships, extras and so on include what is inherited
  std::shared_ptr<const Class> parent;
  std::shared_ptr<const WireKeys> keys;
  std::vector<std::shared_ptr<const Field>> fields;  ///< in the class's order
  std::vector<std::string> lineage;                  ///< obj_name of the class and all its bases
  VersionKey key;
  std::string head_text;  ///< how the text of an object begins, up to the version
  bool is_list = false, comparable = false, dict_compat = false;
  int objects = -1;  ///< index of the field `objects` of a list class
  std::vector<std::pair<std::string, Value>> extras;
  bool has_compat = false;  ///< overrides obj_make_compatible itself
  std::string super = "first";
  std::vector<Step> steps;    ///< of its own override
  std::vector<Step> forward;  ///< inherited too

  /// References into `spec`.
  const std::string& name() const { return spec.name; }
  const std::string& version() const { return spec.version.text(); }
  /// Index of a field, -1 if there is none.
  int index(std::string_view field) const;
  /// Names and indexes of all fields, sorted by name.
  const std::vector<std::pair<std::string_view, int>>& by_name() const { return by_name_; }
  /// The declaration of the method, inherited ones too; null if there is none. Linear.
  const Json* method(std::string_view name) const;

  /// Makes by_name() and `objects` out of `fields` and `is_list`; index() needs it first.
  void index_fields();

 private:
  std::vector<std::pair<std::string_view, int>> by_name_;  ///< sorted
};

/// Registers in the catalog's order, as the library does: of a version that comes twice, the last one counts.
/// The constructor throws Error (bad_request) for a parent that does not come before its child, and for an
/// unknown field type or op of a rule.
class ClassRegistry final : public Registry {
 public:
  explicit ClassRegistry(Catalog catalog);

  std::shared_ptr<const Class> lookup(const std::string& name, const std::string& version) const override;
  std::shared_ptr<const Class> newest(const std::string& name) const override;
  const Catalog& catalog() const override { return catalog_; }
  Manifest manifest(const std::string& name) const override;

  /// Registered classes of a name, newest first; empty for an unknown name.
  const std::vector<std::shared_ptr<const Class>>& versions(const std::string& name) const;
  /// Exactly that class, registered or not; null if there is none. Empty version: the newest.
  std::shared_ptr<const Class> exact(const std::string& name, const std::string& version) const;
  const WireKeys& keys() const { return *keys_; }

 private:
  std::shared_ptr<const Class> make(const ClassSpec& spec) const;
  void enlist(const std::shared_ptr<const Class>& made);
  void add_versions(const std::string& name, Manifest& tree) const;

  Catalog catalog_;
  std::shared_ptr<const WireKeys> keys_;
  std::vector<std::shared_ptr<const Class>> made_;  ///< all, in the order of the catalog
  std::map<std::string, std::vector<std::shared_ptr<const Class>>> registered_;
};

/// There is one implementation; this is the way back to it.
inline const ClassRegistry& classes(const Registry& registry) {
  return static_cast<const ClassRegistry&>(registry);
}

}  // namespace caravan
