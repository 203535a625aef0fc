#include "nodes/data/client_objects.hpp"

#include <fmt/format.h>

#include "nodes/core/refused.hpp"
#include "nodes/data/secrets.hpp"

namespace caravan::nodes {

// The api refuses what its release, or its cap, does not know; nothing is dropped silently.
void ClientObjects::require(const Object& object, const std::string& field) const {
  if (exchange_.knows(object.name(), field)) return;
  throw Refused("UnknownField",
                fmt::format("{} {} of {}{} has no field {}", object.name(), object.version(),
                            exchange_.release().name, exchange_.pinned() ? " at its cap" : "", field));
}

Object ClientObjects::build(const std::string& name, const Json& fields) const {
  Object checked = build(rest_, name, fields);
  return rest_ == exchange_.registry() ? checked : build(exchange_.registry(), name, fields);
}

Object ClientObjects::build(const std::shared_ptr<const Registry>& registry, const std::string& name,
                            const Json& fields) const {
  Object object = Object::create(registry, name);
  for (const auto& [key, value] : fields.items()) {
    require(object, key);
    const FieldSpec* field = object.spec().field(key);
    if (field->type.name == "ListOfObjects") {
      std::vector<Object> items;
      for (const Json& item : value) items.push_back(build(registry, field->type.object, item));
      object.set_children(key, items);
    } else {
      object.set(key, value);
    }
  }
  return object;
}

Json ClientObjects::data(const Object& object) const {
  const Catalog& catalog = exchange_.registry()->catalog();
  Json data = object.to_primitive().at(catalog.serial_namespace + ".data");
  hide_secrets(catalog, object.name(), data);
  return data;
}

void ClientObjects::put(Object object, const Object& wanted, const Json& fields) const {
  for (const auto& [key, value] : fields.items()) {
    if (object.spec().field(key)->type.name == "ListOfObjects") {
      object.set_children(key, wanted.children(key));
    } else {
      object.set(key, value);
    }
  }
}

}  // namespace caravan::nodes
