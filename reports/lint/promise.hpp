// What lint holds conversions against: each object with its versions, its contracts (derived from the classes
// where there are none), and what the nodes of each release speak.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "objects/catalog/catalog.hpp"
#include "objects/conversions/conversions.hpp"

namespace caravan::lint {

/// What some releases have in common, as far as one object goes.
struct Speaker {
  std::size_t version = 0;            ///< index of the object's version
  Conversions::Versions manifest;     ///< of the object and all that it can hold
  std::vector<std::string> releases;  ///< oldest first; empty: no release speaks so
};

/// One field and what is promised of it at every version.
struct Promised {
  Contract contract;
  bool derived = false;                 ///< from the classes: same name, same field
  std::vector<Contract> known_at;       ///< by version: without what later versions brought
  std::vector<std::string> names;       ///< by version
  std::vector<const FieldSpec*> specs;  ///< by version; null: that version has no such field
};

/// One object of the catalog with all its versions. Indices are of `versions`.
struct LintObject {
  std::string name;
  const ClassHistory* history = nullptr;  ///< null: the catalog has classes only
  std::vector<Version> versions;          ///< oldest first
  std::vector<ClassSpec> specs;           ///< by version; fields include what is inherited
  std::vector<const ClassSpec*> code;     ///< classes whose rules run, oldest first: to explain and fix by
  std::vector<Promised> fields;
  std::vector<Speaker> speakers;  ///< oldest first

  /// Nothing if the object has no such version.
  std::optional<std::size_t> index(const Version& version) const;
  /// The field that is called so at that version, and its spec there; null if there is none.
  const Promised* field(const std::string& name_there, std::size_t version) const;
  const FieldSpec* spec(const std::string& name_there, std::size_t version) const;
};

/// Both catalogs must outlive this. Pointers to objects and fields hold as long as it lives.
class Promises {
 public:
  /// `code`: the catalog whose rules run; null: the same.
  Promises(const Catalog& catalog, const Catalog* code);
  Promises(const Promises&) = delete;
  Promises& operator=(const Promises&) = delete;

  const Catalog& catalog;
  const Catalog& code;
  const std::string name_key, space_key, version_key, data_key, changes_key;
  std::vector<LintObject> objects;  ///< in the catalog's order

  const LintObject* object(const std::string& name) const;  ///< null: unknown
  int age(const std::string& release) const;                ///< position among the releases, -1 if unknown

  /// A nested or outermost primitive of an object that is known.
  struct Opened {
    const LintObject* object = nullptr;
    std::optional<std::size_t> version;
    const Json* data = nullptr;
    const Json* changes = nullptr;
  };
  std::optional<Opened> open(const Json& primitive) const;
  bool is_primitive(const Json& value) const;

 private:
  void speak(LintObject& object) const;
};

/// Fields with those of parents and mixins.
ClassSpec resolved(const Catalog& catalog, const ClassSpec& spec);
/// Classes that a value of this field can hold, subclasses aside.
std::vector<std::string> held_classes(const FieldSpec& field);

}  // namespace caravan::lint
