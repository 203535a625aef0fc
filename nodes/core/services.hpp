// What services say of themselves, and the caps that follow. Their records are in
// nodes/data/service_records.hpp.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nodes/core/node.hpp"
#include "objects/model/object.hpp"

namespace caravan::nodes {

constexpr Instant heartbeat_interval = 1'000'000;
constexpr Instant heartbeat_stale = 3'000'000;

/// What a service says of itself, as its record keeps it.
struct Service {
  std::string id;    ///< "engine.2"
  std::string role;  ///< "engine"
  std::string release;
  Json report = Json::object();  ///< docs/node-protocol.md, "Services"
  std::string updated_at;        ///< as the database keeps it; empty before it is stored
};
/// As messages carry it.
Json to_json(const Service& service);
/// Throws ObjectError ValueError for what is not a record.
Service service_from(const Json& json);

/// What a node says of itself: the RPC version of the topic that it serves, its manifest, its place in the
/// order of releases.
Service service_of(const std::string& node, const std::string& role, const Release& release, int incarnation);

/// What all of them can take. A topic that no node serves has no cap; an object that one of them does not
/// know is in no cap.
struct Caps {
  std::map<std::string, Version> rpc;  ///< by topic
  Manifest objects;
  friend bool operator==(const Caps&, const Caps&) = default;
};
/// The minimum of each; stale records count, since a node that was cut off may come back.
Caps caps_of(const std::vector<Service>& services);
/// Those of a fleet of one release: {"rpc": {topic: version}, "objects": {name: version}}.
Json caps_of(const Release& release);
Json to_json(const Caps& caps);
Caps caps_from(const Json& json);

}  // namespace caravan::nodes
