#include "scenarios/plan/fleet.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"

namespace caravan::scenarios {

PlannedFleet::PlannedFleet(const Catalog& catalog, const Plan& plan)
    : catalog_(catalog),
      from_(plan.from),
      to_(plan.to),
      mode_(plan.mode),
      phased_(plan.migration == "phased"),
      config_(plan.config) {
  for (const auto& kind : plan.nodes) {
    const auto role = word_from<Role>(kind.first);
    if (!role) throw bad_request("", fmt::format("there is no role {}", kind.first));
    for (int i = 1; i <= kind.second; ++i) {
      Node node;
      node.name = node_name(*role, i);
      node.role = *role;
      node.release = from_;
      nodes_.push_back(std::move(node));
    }
  }
}

void PlannedFleet::started(Node& node) {
  node.state = State::up;
  if (mode_.access == Access::direct) return;
  records[node.name] = node.release;
  pin(node);
}

void PlannedFleet::pin(Node& node) {
  if (mode_.compat != Compatibility::pin) return;
  node.cap = level(node.name);
  if (!node.cap.empty()) return;
  node.cap = node.release;
  for (const auto& [name, release] : records) {
    if (older(release, node.cap)) node.cap = release;
  }
}

std::string PlannedFleet::level(const std::string& name) const {
  const auto options = config_.find(name);
  if (mode_.compat != Compatibility::pin || options == config_.end()) return {};
  return options->second.value("upgrade_levels", std::string());
}

const std::string& PlannedFleet::speaks(const std::string& name) const {
  const Node& node = at(name);
  return !node.cap.empty() && older(node.cap, node.release) ? node.cap : node.release;
}

PlannedFleet::Node& PlannedFleet::at(const std::string& name) {
  const auto found =
      std::find_if(nodes_.begin(), nodes_.end(), [&](const Node& node) { return node.name == name; });
  if (found == nodes_.end()) throw bad_request("", fmt::format("there is no node {}", name));
  return *found;
}

const PlannedFleet::Node& PlannedFleet::at(const std::string& name) const {
  return const_cast<PlannedFleet*>(this)->at(name);
}

std::vector<std::string> PlannedFleet::serving(Role role, const std::string& release) const {
  std::vector<std::string> result;
  for (const Node& node : nodes_) {
    if (node.role == role && node.state == State::up && (release.empty() || node.release == release)) {
      result.push_back(node.name);
    }
  }
  return result;
}

const Release& PlannedFleet::release(const std::string& name) const { return catalog_.require_release(name); }

bool PlannedFleet::lives(Role role) const {
  return std::any_of(nodes_.begin(), nodes_.end(),
                     [&](const Node& node) { return node.role == role && node.state != State::down; });
}

bool PlannedFleet::older(const std::string& name, const std::string& than) const {
  return release(name).index < release(than).index;
}

std::string PlannedFleet::engine_version(const std::string& name) const {
  return release(name).engine_version;
}

bool PlannedFleet::needs_migration() const {
  return release(from_).database_revision != release(to_).database_revision;
}

namespace {

// A conductor that cannot read what somebody sends it.
std::string older_conductor(const PlannedFleet& fleet) {
  for (const PlannedFleet::Node& conductor : fleet.nodes()) {
    if (!role_spec(conductor.role).keeps_database || conductor.state == PlannedFleet::State::down) continue;
    for (const PlannedFleet::Node& node : fleet.nodes()) {
      if (node.state == PlannedFleet::State::down || role_spec(node.role).keeps_database) continue;
      if (fleet.older(conductor.release, node.release)) {
        return fmt::format("{} would be at {} while {} is at {}", node.name, node.release, conductor.name,
                           conductor.release);
      }
    }
  }
  return {};
}

std::string before_expand(const PlannedFleet& fleet) {
  if (!fleet.needs_migration() || fleet.phase != step::Phase::none) return {};
  for (const PlannedFleet::Node& node : fleet.nodes()) {
    if (node.state != PlannedFleet::State::down && node.release == fleet.to()) {
      return fmt::format("{} would be at {} on the tables of {}", node.name, node.release, fleet.from());
    }
  }
  return {};
}

std::string after_contract(const PlannedFleet& fleet) {
  if (!fleet.needs_migration() || fleet.phase != step::Phase::contract) return {};
  for (const PlannedFleet::Node& node : fleet.nodes()) {
    if (node.state != PlannedFleet::State::down && node.release != fleet.to()) {
      return fmt::format("{} would be at {} on the tables of {}", node.name, node.release, fleet.to());
    }
  }
  return {};
}

// Somebody speaks what another cannot read.
std::string above_a_peer(const PlannedFleet& fleet) {
  for (const PlannedFleet::Node& node : fleet.nodes()) {
    if (node.state == PlannedFleet::State::down || node.cap.empty()) continue;
    for (const PlannedFleet::Node& peer : fleet.nodes()) {
      if (peer.state == PlannedFleet::State::down || !fleet.older(peer.release, node.cap)) continue;
      return fmt::format("{} would be at {} while {} is pinned at {}", peer.name, peer.release, node.name,
                         node.cap);
    }
  }
  return {};
}

const std::vector<Constraint> table = {
    {"conductors-first", Compatibility::backport, "", older_conductor,
     "conductors upgrade first (and roll back last): an older conductor can neither read nor backport what a "
     "newer "
     "node sends it"},
    {"pin-first", Compatibility::pin, "", above_a_peer,
     "before an older node joins, those that serve are told to speak its release: `announce` it, `reload` "
     "the conductors and engines, `restart` the apis"},
    {"expand-first", std::nullopt, "phased", before_expand,
     "`migrate: expand` comes before the first node of the newer release: its columns must be there"},
    {"contract-last", std::nullopt, "phased", after_contract,
     "`migrate: contract` comes after the last node of the older release, and there is no way back from it: "
     "the "
     "older columns are gone"},
};

}  // namespace

const std::vector<Constraint>& constraints() { return table; }

void require_lawful(const PlannedFleet& fleet, const std::string& where) {
  for (const Constraint& constraint : table) {
    const std::string migration = constraint.migration;
    if (constraint.compat && *constraint.compat != fleet.mode().compat) continue;
    if (!migration.empty() && (migration == "phased") != fleet.phased()) continue;
    const std::string broken = constraint.broken(fleet);
    if (!broken.empty()) {
      throw bad_request(where, fmt::format("{} ({})", broken, constraint.name), constraint.reason);
    }
  }
}

}  // namespace caravan::scenarios
