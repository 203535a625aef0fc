// The service records (table caravan_services): who serves at what versions, and the caps that follow. A
// record stays until it is overwritten or forgotten.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nodes/core/node.hpp"
#include "objects/model/object.hpp"

namespace caravan {

constexpr Instant heartbeat_interval = 1'000'000;
constexpr Instant heartbeat_stale = 3'000'000;

struct Service {
  std::string id;    ///< "engine.2"
  std::string role;  ///< "engine"
  std::string release;
  Json report = Json::object();  ///< docs/node-protocol.md, "Services"
  std::string updated_at;        ///< as the database keeps it; empty before it is stored
};
Json to_json(const Service& service);
/// Throws ObjectError ValueError for what is no record.
Service service_from(const Json& json);

/// What a node says of itself: the RPC version of the topic that it serves, its manifest, its place in the
/// order of releases.
Service service_of(const std::string& node, const std::string& role, const Release& release, int incarnation);

/// What all of them can take. A topic that nobody serves has no cap; an object that one of them does not know
/// is in no cap.
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

// In the open transaction of a store; the caller commits.

std::vector<Service> all_services(Store& store);
/// Writes the record; under a name that is announced for another release only the life of who is still there.
/// Throws ObjectError JoinRefused if it is a joiner's (another incarnation or release than
/// the one on record) and the schema does not serve its release.
void put_service(Store& store, const Service& service, Instant now, bool heed_announcements = true);

// For the tools: transactions of their own.

/// The node will come at that release. So says its record until it has, or is forgotten or announced anew,
/// whoever goes on under the name meanwhile. Empty, or why it is refused: the schema does not serve that
/// release.
std::string announce_service(Store& store, const Service& service, Instant now);
/// Empty, or why the record stays: there is none, or its heartbeat is fresh and `force` is not given.
std::string forget_service(Store& store, const std::string& node, Instant now, bool force);

}  // namespace caravan
