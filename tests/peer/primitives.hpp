// Primitives as no sane service would send them, and some as it would: every object and version of the
// catalog, nested, sparse, with nulls, wrong types, unknown fields, versions from the future. The same seed
// gives the same ones.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "objects/catalog/catalog.hpp"

namespace caravan::peer {

class Primitives {
 public:
  Primitives(const Catalog& catalog, std::uint64_t seed);

  Json next();      ///< one primitive of any object, now and then something that is none
  Json versions();  ///< a manifest: what a caller might say that it knows

 private:
  std::uint64_t random();
  std::uint64_t below(std::uint64_t limit) { return random() % limit; }
  bool chance(int percent) { return below(100) < static_cast<std::uint64_t>(percent); }
  template <class T>
  const T& one_of(const std::vector<T>& items) {
    return items.at(below(items.size()));
  }

  Json primitive(const std::string& object, int depth);
  std::string version_of(const std::string& object);
  Json value(const std::string& object, const FieldSpec& field, int depth);
  Json sound_value(const std::string& object, const FieldSpec& field, int depth);
  Json any_value(int depth);
  Json changes(const ClassSpec& spec);
  void damage(Json& primitive);

  const Catalog& catalog_;
  std::uint64_t state_;
  std::vector<std::string> objects_;
  std::map<std::string, std::vector<const ClassSpec*>> classes_;  ///< by object, oldest first
  std::map<std::string, std::vector<Json>> ruled_;                ///< "Object.path": values that rules name
};

}  // namespace caravan::peer
