#include "nodes/core/pin.hpp"

#include <algorithm>

#include "objects/model/object_impl.hpp"

namespace caravan::nodes {

Json capped(const Object& object, const Manifest& caps) {
  const std::string& name = object.name();
  const auto cap = caps.find(name);
  if (cap == caps.end())
    throw ObjectError("UnsupportedObjectError", "not every service on record knows " + name);
  const Version own(object.version()), limit(cap->second);
  const Version target = std::min(own, limit);
  Json primitive = object.to_primitive(target.text(), &caps);
  const Catalog& catalog = object.impl().registry->catalog();
  // The library keeps the marks of fields that are still there under their name; one that was renamed loses
  // its.
  const std::string prefix = catalog.serial_namespace;
  const Json& data = primitive.at(prefix + ".data");
  Json changes = primitive.value(prefix + ".changes", Json::array());
  for (const std::string& field : object.what_changed()) {
    const std::string then = name_at(catalog, name, field, target);
    if (then != field && data.contains(then)) changes.push_back(then);
  }
  if (!changes.empty()) primitive[prefix + ".changes"] = std::move(changes);
  return primitive;
}

Manifest capped(const Manifest& manifest, const Manifest& caps) {
  Manifest asked;
  for (const auto& [name, version] : manifest) {
    const auto cap = caps.find(name);
    if (cap == caps.end()) continue;
    asked[name] = Version(cap->second) < Version(version) ? cap->second : version;
  }
  return asked;
}

bool has_field(const Catalog& catalog, const std::string& object, const Version& version,
               const std::string& field) {
  const ClassSpec* spec = catalog.find(object, version);
  return spec != nullptr && spec->field(field) != nullptr;
}

std::string name_at(const Catalog& catalog, const std::string& object, const std::string& field,
                    const Version& version) {
  const Contract* contract = catalog.contract(object, field);
  if (contract == nullptr || !contract->was_called || !(version < contract->was_called->second)) return field;
  return contract->was_called->first;
}

}  // namespace caravan::nodes
