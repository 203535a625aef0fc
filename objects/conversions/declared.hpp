// Conversions by the declared rules of a catalog, run by the object layer exactly as nodes run them.
#pragma once

#include <map>
#include <memory>

#include "objects/catalog/catalog.hpp"
#include "objects/conversions/conversions.hpp"

namespace caravan {

class Registry;

/// For one thread: what nodes load is kept from question to question.
class DeclaredConversions final : public Conversions {
 public:
  /// Copies what it needs. Throws Error (bad_request) for classes that cannot be registered.
  explicit DeclaredConversions(const Catalog& catalog);
  ~DeclaredConversions() override;

  Conversion backport(const Json& primitive, const Version& target, const Versions& manifest) const override;
  /// What a node of the newest release that speaks so makes of it: the forward rules, then the load.
  Conversion forward(const Json& primitive, const Version& target, const Versions& manifest) const override;
  const Catalog* declared() const override { return &catalog_; }

 private:
  std::shared_ptr<const Registry> node_of(const std::string& object, const Version& version,
                                          const Versions& manifest) const;

  Catalog catalog_;  ///< classes and releases only
  std::shared_ptr<const Registry> all_;
  std::string name_key_;
  /// What nodes load, by the versions that they speak; made when first asked for.
  mutable std::map<std::map<std::string, Version>, std::shared_ptr<const Registry>> nodes_;
};

}  // namespace caravan
