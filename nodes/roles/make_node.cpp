// What each node is built on: the one place where access and project are chosen.
#include "nodes/core/node.hpp"
#include "nodes/data/direct_rows.hpp"
#include "nodes/data/remote_rows.hpp"
#include "nodes/roles/api.hpp"
#include "nodes/roles/conductor.hpp"
#include "nodes/roles/engine.hpp"
#include "nodes/sahara/project.hpp"
#include "objects/base/error.hpp"

namespace caravan::nodes {

namespace {

/// By the namespace that the catalog's primitives bear; another one's is no more than its catalog.
const Project& project_of(const Catalog& catalog) {
  static const Project plain;
  static const sahara::Sahara sahara;
  return catalog.project_namespace == "sahara" ? sahara : plain;
}

/// What an api or engine is built on, made for its modes.
struct Ground {
  std::unique_ptr<Exchange> exchange;
  std::unique_ptr<Rows> rows;
};

Ground with_conductors(const Identity& identity, const std::shared_ptr<const Registry>& registry) {
  auto rpc = std::make_unique<VersionedRpc>(registry->catalog().releases.front(), identity.role);
  auto exchange = std::make_unique<Exchange>(identity, registry, std::move(rpc));
  auto rows = std::make_unique<RemoteRows>(*exchange);
  return {std::move(exchange), std::move(rows)};
}

Ground with_direct_access(const Identity& identity, const Catalog& snapshot, Store& store) {
  auto registry = unchecked_registry(snapshot);
  auto rpc = std::make_unique<UnversionedRpc>(registry->catalog().releases.front(), identity.role);
  auto exchange = std::make_unique<Exchange>(identity, std::move(registry), std::move(rpc));
  auto rows = std::make_unique<DirectRows>(*exchange, store, project_of(snapshot).direct_writes());
  return {std::move(exchange), std::move(rows)};
}

std::unique_ptr<Node> make_engine(Ground ground, const Project& project) {
  auto methods = project.engine_methods(*ground.exchange, *ground.rows);
  if (ground.exchange->modes().access == Access::direct)
    return std::make_unique<DirectEngine>(std::move(ground.exchange), std::move(ground.rows),
                                          std::move(methods));
  return std::make_unique<Engine>(std::move(ground.exchange), std::move(ground.rows), std::move(methods));
}

std::unique_ptr<Node> make_conductor(const Identity& identity, std::shared_ptr<const Registry> registry,
                                     const Project& project, Store* store) {
  if (identity.modes.access == Access::direct)
    throw bad_request("", "with direct access there are no conductors");
  if (store == nullptr) throw bad_request("", "a conductor needs a database", "give --database");
  auto life_cycle = project.life_cycle(registry);
  return std::make_unique<Conductor>(identity, std::move(registry), *store, std::move(life_cycle));
}

}  // namespace

std::unique_ptr<Node> make_node(const Identity& identity, const Catalog& snapshot, Store* store) {
  if (snapshot.releases.size() != 1)
    throw bad_request("", "a node needs the snapshot of exactly one release");
  const Project& project = project_of(snapshot);
  auto registry = Registry::from(snapshot);
  if (identity.role == "conductor") return make_conductor(identity, std::move(registry), project, store);
  const bool direct = identity.modes.access == Access::direct;
  if (direct && store == nullptr) throw bad_request("", "direct access needs a database", "give --database");
  Ground ground =
      direct ? with_direct_access(identity, snapshot, *store) : with_conductors(identity, registry);
  if (identity.role == "api")
    return std::make_unique<Api>(std::move(ground.exchange), std::move(ground.rows), std::move(registry),
                                 project);
  if (identity.role == "engine") return make_engine(std::move(ground), project);
  throw bad_request("", "unknown role '" + identity.role + "'", "api, engine or conductor was expected");
}

}  // namespace caravan::nodes
