#include "nodes/core/services.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace caravan::nodes {

Json to_json(const Service& service) {
  Json json = {
      {"id", service.id}, {"role", service.role}, {"release", service.release}, {"report", service.report}};
  if (!service.updated_at.empty()) json["updated_at"] = service.updated_at;
  return json;
}

Service service_from(const Json& json) {
  if (!json.is_object()) throw ObjectError("ValueError", "a service record is an object");
  Service service{json.value("id", ""), json.value("role", ""), json.value("release", ""),
                  json.value("report", Json::object()), json.value("updated_at", "")};
  if (service.id.empty() || service.role.empty() || service.release.empty() || !service.report.is_object())
    throw ObjectError("ValueError", "a service record needs id, role, release and report");
  try {
    caps_from(service.report);
    caps_from(service.report.value("caps", Json::object()));
  } catch (const std::exception& error) {  // everybody's caps are worked out from it
    throw ObjectError("ValueError", fmt::format("the report of {}: {}", service.id, error.what()));
  }
  return service;
}

Service service_of(const std::string& node, const std::string& role, const Release& release,
                   int incarnation) {
  Json rpc = Json::object(), objects = Json::object();
  for (const RpcInterface& interface : release.rpc)
    if (interface.topic == role) rpc[interface.topic] = interface.version.text();
  for (const auto& [name, version] : release.manifest) objects[name] = version.text();
  return {node,
          role,
          release.name,
          {{"incarnation", incarnation},
           {"index", release.index},
           {"schema", release.database_revision},
           {"rpc", std::move(rpc)},
           {"objects", std::move(objects)},
           {"caps", Json::object()}},
          ""};
}

Caps caps_of(const std::vector<Service>& services) {
  Caps caps;
  bool first = true;
  for (const Service& service : services) {
    if (!service.report.is_object()) continue;
    const Caps own = caps_from(service.report);
    for (const auto& [topic, version] : own.rpc) {
      const auto known = caps.rpc.try_emplace(topic, version).first;
      known->second = std::min(known->second, version);
    }
    if (first) caps.objects = own.objects;
    first = false;
    for (auto held = caps.objects.begin(); held != caps.objects.end();) {
      const auto theirs = own.objects.find(held->first);
      if (theirs == own.objects.end()) {
        held = caps.objects.erase(held);
        continue;
      }
      if (Version(theirs->second) < Version(held->second)) held->second = theirs->second;
      ++held;
    }
  }
  return caps;
}

Json caps_of(const Release& release) {
  Caps caps;
  for (const RpcInterface& interface : release.rpc) caps.rpc[interface.topic] = interface.version;
  for (const auto& [name, version] : release.manifest) caps.objects[name] = version.text();
  return to_json(caps);
}

Json to_json(const Caps& caps) {
  Json rpc = Json::object(), objects = Json::object();
  for (const auto& [topic, version] : caps.rpc) rpc[topic] = version.text();
  for (const auto& [name, version] : caps.objects) objects[name] = version;
  return {{"rpc", std::move(rpc)}, {"objects", std::move(objects)}};
}

Caps caps_from(const Json& json) {
  Caps caps;
  const Json rpc = json.value("rpc", Json::object()), objects = json.value("objects", Json::object());
  for (const auto& [topic, version] : rpc.items()) caps.rpc[topic] = Version(version.get<std::string>());
  for (const auto& [name, version] : objects.items())
    caps.objects[name] = Version(version.get<std::string>()).text();
  return caps;
}

}  // namespace caravan::nodes
