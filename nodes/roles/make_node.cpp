#include "nodes/core/node.hpp"
#include "nodes/data/direct_rows.hpp"
#include "nodes/data/remote_rows.hpp"
#include "nodes/roles/api.hpp"
#include "nodes/roles/conductor.hpp"
#include "nodes/roles/engine.hpp"
#include "nodes/sahara/direct_writes.hpp"
#include "nodes/sahara/life_cycle.hpp"
#include "nodes/sahara/methods.hpp"
#include "nodes/sahara/requests.hpp"
#include "objects/base/error.hpp"

namespace caravan {

namespace {

/// What an api or engine stands on, made for its modes.
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
  auto rows = std::make_unique<DirectRows>(*exchange, store, sahara::direct_writes());
  return {std::move(exchange), std::move(rows)};
}

std::unique_ptr<Node> make_engine(Ground ground, bool direct) {
  Exchange& exchange = *ground.exchange;
  Rows& rows = *ground.rows;
  if (direct)
    return std::make_unique<DirectEngine>(std::move(ground.exchange), std::move(ground.rows),
                                          sahara::direct_engine_methods(exchange, rows));
  return std::make_unique<Engine>(std::move(ground.exchange), std::move(ground.rows),
                                  sahara::engine_methods(exchange, rows));
}

std::unique_ptr<Node> make_conductor(const Identity& identity, std::shared_ptr<const Registry> registry,
                                     Store* store) {
  if (identity.modes.access == Access::direct)
    throw bad_request("", "with direct access there are no conductors");
  if (store == nullptr) throw bad_request("", "a conductor needs a database", "give --database");
  auto life_cycle = sahara::life_cycle(registry);
  return std::make_unique<Conductor>(identity, std::move(registry), *store, std::move(life_cycle));
}

}  // namespace

std::unique_ptr<Node> make_node(const Identity& identity, const Catalog& snapshot, Store* store) {
  if (snapshot.releases.size() != 1)
    throw bad_request("", "a node needs the snapshot of exactly one release");
  auto registry = Registry::from(snapshot);
  if (identity.role == "conductor") return make_conductor(identity, std::move(registry), store);
  const bool direct = identity.modes.access == Access::direct;
  if (direct && store == nullptr) throw bad_request("", "direct access needs a database", "give --database");
  Ground ground =
      direct ? with_direct_access(identity, snapshot, *store) : with_conductors(identity, registry);
  if (identity.role == "api")
    return std::make_unique<Api>(std::move(ground.exchange), std::move(ground.rows), std::move(registry),
                                 direct ? sahara::direct_api_requests : sahara::api_requests);
  if (identity.role == "engine") return make_engine(std::move(ground), direct);
  throw bad_request("", "unknown role '" + identity.role + "'", "api, engine or conductor was meant");
}

}  // namespace caravan
