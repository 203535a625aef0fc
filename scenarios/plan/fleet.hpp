// Who is up, at which release, and how far the database is, at one moment of a plan in the making; and the
// constraints that hold at every moment, a table with a reason each.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "objects/catalog/catalog.hpp"
#include "objects/vocabulary/roles.hpp"
#include "scenarios/plan/plan.hpp"

namespace caravan::scenarios {

/// Changes as the planner says; lawful only where require_lawful() says so. The catalog must outlive it.
class PlannedFleet {
 public:
  using State = step::NodeState;
  /// One node at this moment; all begin down, at `from`.
  struct Node {
    std::string name;
    Role role{};
    std::string release;
    std::string cap;  ///< with pins: the release that it speaks, as of its start or last reload
    State state = State::down;
  };

  /// `plan`: its header.
  PlannedFleet(const Catalog& catalog, const Plan& plan);

  const std::vector<Node>& nodes() const { return nodes_; }
  /// Throws bad_request if there is no such node.
  Node& at(const std::string& name);
  const Node& at(const std::string& name) const;
  /// Names of the nodes that serve in this role; with `release`, only those at it.
  std::vector<std::string> serving(Role role, const std::string& release = {}) const;
  /// Whether any node of the role is there, held or not.
  bool lives(Role role) const;
  /// It came up: its service record is written, and its pin follows from all of them.
  void started(Node& node);
  /// Its pin, computed again.
  void pin(Node& node);
  /// With pins: the cap that an option gives it whatever the records say, or empty.
  std::string level(const std::string& node) const;
  /// The release that what it sends is understood by: its own, or its pin's.
  const std::string& speaks(const std::string& node) const;

  /// Whether release `name` came before `than`. Throws bad_request for an unknown one.
  bool older(const std::string& name, const std::string& than) const;
  /// All nodes are at releases with this engine version, or empty.
  std::string engine_version(const std::string& name) const;

  const std::string& from() const { return from_; }
  const std::string& to() const { return to_; }
  const Mode& mode() const { return mode_; }
  bool phased() const { return phased_; }
  /// The columns of `to` differ from those of `from`.
  bool needs_migration() const;

  std::map<std::string, std::string> records;  ///< service records: node -> release; a stop leaves them
  step::Phase phase{};                         ///< the last migration phase that is through

 private:
  const Release& release(const std::string& name) const;  ///< throws bad_request for an unknown one

  const Catalog& catalog_;
  std::vector<Node> nodes_;
  std::string from_, to_;
  Mode mode_;
  bool phased_;
  NodeOptions config_;
};

/// What may never be, no matter what asks for it.
struct Constraint {
  const char* name;
  std::optional<Compatibility> compat;               ///< only then; none: any
  const char* migration;                             ///< phased, as-released; empty: any
  std::string (*broken)(const PlannedFleet& fleet);  ///< what breaks it, in words; empty if it holds
  const char* reason;
};

/// All of them, in the order in which they are asked; the same table at every call.
const std::vector<Constraint>& constraints();

/// Throws bad_request with `where` and the reason of the first constraint that does not hold.
void require_lawful(const PlannedFleet& fleet, const std::string& where);

}  // namespace caravan::scenarios
