#include "nodes/core/node.hpp"
#include "nodes/data/direct_rows.hpp"
#include "nodes/roles/api.hpp"
#include "nodes/roles/conductor.hpp"
#include "nodes/roles/engine.hpp"
#include "objects/base/error.hpp"

namespace caravan {

std::unique_ptr<Node> make_node(const Identity& identity, const Catalog& snapshot, Store* store) {
  if (snapshot.releases.size() != 1)
    throw bad_request("", "a node needs the snapshot of exactly one release");
  auto registry = Registry::from(snapshot);
  std::shared_ptr<Direct> direct;
  if (identity.modes.access == Access::direct) {
    if (identity.role == "conductor") throw bad_request("", "with direct access there are no conductors");
    if (store == nullptr) throw bad_request("", "direct access needs a database", "give --database");
    direct = std::make_shared<Direct>(unchecked_registry(snapshot), *store);
  }
  if (identity.role == "api") return std::make_unique<Api>(identity, std::move(registry), std::move(direct));
  if (identity.role == "engine")
    return std::make_unique<Engine>(identity, std::move(registry), std::move(direct));
  if (identity.role == "conductor") {
    if (store == nullptr) throw bad_request("", "a conductor needs a database", "give --database");
    return std::make_unique<Conductor>(identity, std::move(registry), *store);
  }
  throw bad_request("", "unknown role '" + identity.role + "'", "api, engine or conductor was meant");
}

}  // namespace caravan
