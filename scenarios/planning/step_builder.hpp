// The steps of a plan: nodes that start, stop and change their release, with the reason of each; and the two
// forms of a scenario, spelt out in them.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scenarios/format/scenario.hpp"
#include "scenarios/plan/builder.hpp"
#include "scenarios/workload/load.hpp"
#include "scenarios/workload/mixed_version.hpp"

namespace caravan::scenarios {

/// Both references must outlive this. Each step that it gives has moved the builder's fleet on, so they are
/// asked for in the order of the plan. Throws bad_request at `where` for what a constraint forbids.
class StepBuilder {
 public:
  StepBuilder(const Scenario& scenario, PlanBuilder& builder) : scenario_(scenario), builder_(builder) {}

  /// A group that starts every node at the release that the plan comes from.
  PlanStep start_all();
  /// Stop and start at `release`; `between` may add operations while the node is down.
  PlanStep change(const std::string& node, const std::string& release, const std::string& why,
                  const std::string& where, const std::function<void(PlanStep&)>& between = {});
  /// Of a word that strikes a node; a start is at the release that the node has.
  PlanStep act_on(step::Action action, const std::string& why, const std::string& where);
  /// A start that a gate must refuse: the node stays down, at the release that it had.
  PlanStep refused_start(const std::string& node, const std::string& release, const std::string& where);
  /// The service record of a node, written before it comes or removed after it went; null release: removed.
  PlanStep announce(const std::string& node, const std::string& release, step::Expect expect);
  PlanStep forget(const std::string& node, step::Expect expect, const std::string& where);
  /// Every pin is lifted, or lowered: conductors and engines reload, apis restart.
  PlanStep pin_anew(const std::string& why, const std::string& where);
  /// One phase; none where the tables are migrated as released, in one go, and this is not its first phase.
  std::optional<PlanStep> migrate(step::Phase phase, const std::string& why, const std::string& where,
                                  step::Expect expect = step::Expect::done);
  PlanStep settle(const std::string& why);

  /// Nodes and roles and `rest`, as nodes in the order written.
  std::vector<std::string> resolve(const std::vector<std::string>& names,
                                   const std::vector<std::string>& rest_of) const;
  std::vector<std::string> every_node() const;

 private:
  const Scenario& scenario_;
  PlanBuilder& builder_;
};

/// The steps of `upgrade:`.
std::vector<PlanStep> steps_of_upgrade(const Scenario& scenario, PlanBuilder& builder);
/// The steps of `steps:`; `clients` becomes the greatest number of clients at work, `places` is given theirs.
std::vector<PlanStep> steps_as_written(const Scenario& scenario, PlanBuilder& builder, int& clients,
                                       PlanPlaces& places);

}  // namespace caravan::scenarios
