// Conversions by the declared rules of a catalog.
#include "objects/conversions/declared.hpp"

#include <algorithm>

#include "objects/base/error.hpp"
#include "objects/model/object.hpp"

namespace caravan {
namespace {

Catalog without_promises(const Catalog& catalog) {
  Catalog out;
  out.base_name = catalog.base_name;
  out.serial_namespace = catalog.serial_namespace;
  out.project_namespace = catalog.project_namespace;
  out.classes = catalog.classes;
  out.releases = catalog.releases;
  return out;
}

/// OVO says so itself when a version cannot be had; all else is an accident.
bool on_purpose(const ObjectError& error) {
  if (error.type == "ObjectActionError")
    return error.kwargs.is_object() && error.kwargs.contains("action") &&
           error.kwargs["action"] == "obj_make_compatible";
  return error.type == "InvalidTargetVersion" || error.type == "IncompatibleObjectVersion";
}

template <class Work>
Conversion attempt(Work work) {
  Conversion result;
  try {
    result.primitive = work();
    result.kind = Conversion::Kind::primitive;
  } catch (const ObjectError& error) {
    result.kind = on_purpose(error) ? Conversion::Kind::refused : Conversion::Kind::crashed;
    result.error = error.type + ": " + error.what();
  } catch (const Error& error) {
    result.kind = Conversion::Kind::crashed;
    result.error = error.what();
  } catch (const Json::exception& error) {  // a rule whose members do not fit its op
    result.kind = Conversion::Kind::crashed;
    result.error = error.what();
  }
  return result;
}

}  // namespace

DeclaredConversions::DeclaredConversions(const Catalog& catalog)
    : catalog_(without_promises(catalog)),
      all_(Registry::from(catalog_)),
      name_key_(catalog.serial_namespace + ".name") {}

DeclaredConversions::~DeclaredConversions() = default;

Conversion DeclaredConversions::backport(const Json& primitive, const Version& target,
                                         const Versions& manifest) const {
  return attempt([&] {
    Manifest known;
    for (const auto& [object, version] : manifest) known.emplace(object, version.text());
    const Object object = Object::from_primitive(all_, primitive);
    return object.to_primitive(target.text(), known.empty() ? nullptr : &known);
  });
}

std::shared_ptr<const Registry> DeclaredConversions::node_of(const std::string& object,
                                                             const Version& version,
                                                             const Versions& manifest) const {
  Versions asked = manifest;
  asked[object] = version;
  std::map<std::string, Version> spoken;
  for (const Release& release : catalog_.releases) {
    const bool speaks = std::all_of(asked.begin(), asked.end(), [&](const auto& entry) {
      const auto known = release.manifest.find(entry.first);
      return known != release.manifest.end() && known->second == entry.second;
    });
    if (speaks) spoken = release.manifest;
  }
  const bool released = !spoken.empty();  // else: what was not asked for at its newest
  if (!released) spoken = asked;
  auto& node = nodes_[spoken];
  if (node) return node;
  Catalog cut = catalog_;
  for (ClassSpec& spec : cut.classes) {  // what is left out may still be somebody's parent
    const auto newest = spoken.find(spec.name);
    if (newest == spoken.end() ? released : newest->second < spec.version) spec.registered = false;
  }
  node = Registry::from(cut);
  return node;
}

Conversion DeclaredConversions::forward(const Json& primitive, const Version& target,
                                        const Versions& manifest) const {
  return attempt([&] {
    const auto name = primitive.find(name_key_);
    if (name == primitive.end() || !name->is_string()) throw ObjectError("KeyError", "'" + name_key_ + "'");
    const auto node = node_of(name->get<std::string>(), target, manifest);
    return Object::from_primitive(node, Object::forward(*node, primitive)).to_primitive();
  });
}

}  // namespace caravan
