// The short form, spelt out: the order of a rolling upgrade, the load during it, and where the releases mix.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "objects/base/error.hpp"
#include "scenarios/planning/step_builder.hpp"

namespace caravan::scenarios {
namespace {

PlanStep group_of(PlanStep step, const std::string& why) {
  PlanStep group = plan_step(step::Group{}, why);
  group.steps.push_back(std::move(step));
  return group;
}

// Conductors, then the other roles in turn: engine.1, api.1, engine.2, api.2, engine.3.
std::vector<std::string> conductors_first(const PlannedFleet& fleet) {
  std::vector<std::string> result;
  std::map<Role, std::vector<std::string>> others;
  std::size_t turns = 0;
  for (const PlannedFleet::Node& node : fleet.nodes()) {
    std::vector<std::string>& of_role = role_spec(node.role).keeps_database ? result : others[node.role];
    of_role.push_back(node.name);
    turns = std::max(turns, of_role.size());
  }
  for (std::size_t i = 0; i < turns; ++i)
    for (const auto& [role, nodes] : others)
      if (i < nodes.size()) result.push_back(nodes[i]);
  return result;
}

class Upgrade {
 public:
  Upgrade(const Scenario& scenario, PlanBuilder& builder)
      : form_(*scenario.upgrade),
        builder_(builder),
        build_(scenario, builder),
        mixed_version_(builder),
        load_(builder, form_.load.clients) {}

  std::vector<PlanStep> steps() {
    require_levels();
    const std::vector<std::string> order = this->order();
    const bool mix = form_.mix && mixable(order);
    share(order.size() + (form_.turn_back ? order.size() + 3 : 0), mix);
    add(build_.start_all());
    PlanStep warm;
    warm.why = fmt::format("clients at work while every node is at {}{}", from(),
                           mix ? "; rows that newer nodes will edit" : "");
    if (mix) mixed_version_.prepare(warm);
    add(beside(std::move(warm), 4, {}));
    add(build_.settle("clusters are up and runs are over before the first change"));
    if (builder_.fleet.needs_migration()) {
      const bool phased = builder_.fleet.phased();
      migrate(step::Phase::expand,
              phased ? fmt::format("adds what {} needs and takes nothing from {}", to(), from())
                     : fmt::format("every migration of {}, as its packages run them", to()),
              phased ? fmt::format("the tables grow while {} nodes serve", from())
                     : fmt::format("new tables under old code: {} nodes keep serving", from()));
    }
    const std::size_t half = form_.turn_back ? (order.size() + 1) / 2 : 0;
    for (std::size_t i = 0; i < half; ++i) upgrade_and_mix(order[i], mix);
    for (std::size_t i = half; i-- > 0;)
      if (may_turn_back(order[i])) turn_back(order[i]);
    if (half > 0) edit_after_turning(mix);
    for (const std::string& node : order)
      if (builder_.release_of(node) != to()) upgrade_and_mix(node, mix);
    if (builder_.fleet.mode().compat == Compatibility::pin) unpin(mix);
    add(build_.settle(fmt::format("the last {} node is gone; what it began has ended", from())));
    if (builder_.fleet.needs_migration()) {
      migrate(step::Phase::data, "fills the new columns from the old ones",
              "rows are carried over while clients work");
      migrate(step::Phase::contract, fmt::format("no node still reads what only {} had", from()),
              "the old columns go while clients work");
    }
    PlanStep last;
    last.why = mix ? "everything acknowledged while the releases were mixed, read once more"
                   : fmt::format("clients at work while every node is at {}", to());
    if (mix) mixed_version_.final_reads(last);
    add(beside(std::move(last), 2, {}, true));
    add(build_.settle("every cluster and every job run comes to rest"));
    return std::move(steps_);
  }

 private:
  const std::string& from() const { return builder_.span.from(); }
  const std::string& to() const { return builder_.span.to(); }
  void add(PlanStep step) { steps_.push_back(std::move(step)); }

  // Below `from`, even the older release could not say what it knows.
  void require_levels() const {
    for (const PlannedFleet::Node& node : builder_.fleet.nodes()) {
      const std::string level = builder_.fleet.level(node.name);
      if (!level.empty() && builder_.fleet.older(level, from()))
        throw bad_request(form_.where,
                          fmt::format("upgrade_levels of {} is {}, which is older than {}, where the upgrade "
                                      "begins",
                                      node.name, level, from()),
                          fmt::format("{} or {} was expected", from(), to()));
    }
  }

  std::vector<std::string> order() const {
    std::vector<std::string> usual = conductors_first(builder_.fleet);
    if (form_.order == std::vector<std::string>{"conductors-first"}) return usual;
    std::vector<std::string> result = build_.resolve(form_.order, usual);
    for (const std::string& node : usual) {
      if (std::find(result.begin(), result.end(), node) == result.end()) {
        throw bad_request(form_.where, fmt::format("order leaves out {}", node),
                          "`rest` is every node not named");
      }
    }
    return result;
  }

  // Whether this order ever has a new and an old api side by side with an old engine.
  bool mixable(const std::vector<std::string>& order) const {
    if (from() == to()) return false;
    PlannedFleet fleet = builder_.fleet;
    const auto count = [&](Role role, const std::string& release) {
      return std::count_if(fleet.nodes().begin(), fleet.nodes().end(), [&](const PlannedFleet::Node& node) {
        return node.role == role && node.release == release;
      });
    };
    for (const std::string& name : order) {
      fleet.at(name).release = to();
      if (count(Role::api, from()) > 0 && count(Role::api, to()) > 0 && count(Role::engine, from()) > 0)
        return true;
    }
    if (form_.mix_named) {
      throw bad_request(form_.where,
                        "mix: this order never has an old and a new api together with an old engine",
                        "two apis and an engine that comes after the first of them are needed");
    }
    return false;
  }

  // The operations are shared out by weight; rounding never loses one.
  void share(std::size_t changes, bool mix) {
    total_weight_ =
        4 + 2 + static_cast<int>(changes) * 2 + (mix ? 2 : 0) + (builder_.fleet.needs_migration() ? 3 : 0);
  }
  int part(int weight) {
    weight_ += weight;
    const int upto =
        static_cast<int>(static_cast<long long>(form_.load.operations) * weight_ / total_weight_);
    return upto - planned_;
  }
  PlanStep beside(PlanStep step, int weight, const std::set<std::string>& restarting, bool all = false) {
    const int operations = all ? form_.load.operations - planned_ : part(weight);
    const std::size_t before = step.operations.size();
    load_.beside(step, operations, restarting);
    planned_ += static_cast<int>(step.operations.size() - before);
    return step;
  }

  void upgrade_and_mix(const std::string& node, bool mix) {
    upgrade(node, mix);
    if (!mix || mixed_ || !mixed_version_.possible()) return;
    mixed_ = true;
    PlanStep step;
    step.why =
        fmt::format("{} and {} serve side by side: what one writes, the other reads and saves", from(), to());
    mixed_version_.mix(step);
    add(beside(std::move(step), 2, {}));
  }

  // With backports rows may hold by now what no older node can read; pinned ones have written no such thing.
  bool may_turn_back(const std::string& name) const {
    return !role_spec(builder_.fleet.at(name).role).keeps_database ||
           builder_.fleet.mode().compat != Compatibility::backport;
  }

  void turn_back(const std::string& name) {
    add(beside(build_.change(name, from(), fmt::format("{} back to {}: the tables serve both", name, from()),
                             form_.where),
               2, {name}));
  }

  void edit_after_turning(bool mix) {
    PlanStep step;
    step.why = fmt::format("a node that went back to {} edits what {} wrote", from(), to());
    if (mix) mixed_version_.edit(step);
    add(beside(std::move(step), 2, {}));
    add(build_.settle("half of the way back: everything is at rest before it goes on"));
  }

  // Who was pinned while the last old node lived speaks its own release from here on.
  void unpin(bool mix) {
    add(beside(build_.pin_anew(
                   fmt::format("no node is left at {}: conductors and engines reload, apis restart", from()),
                   form_.where),
               1, restarting()));
    if (!mix || !mixed_version_.lifted()) return;
    PlanStep step;
    step.why = fmt::format("what only {} knows is no longer refused", to());
    mixed_version_.unpinned(step);
    add(beside(std::move(step), 1, {}));
  }

  std::set<std::string> restarting() const {
    std::set<std::string> result;
    for (const PlannedFleet::Node& node : builder_.fleet.nodes()) {
      if (!role_spec(node.role).reloads) result.insert(node.name);
    }
    return result;
  }

  void migrate(step::Phase phase, const std::string& why, const std::string& beside_it) {
    if (auto step = build_.migrate(phase, why, form_.where))
      add(beside(group_of(*std::move(step), beside_it), 1, {}));
  }

  void upgrade(const std::string& name, bool mix) {
    const RoleSpec& role = role_spec(builder_.fleet.at(name).role);
    const std::string why = fmt::format("{} to {}: {}", name, to(), role.upgraded);
    std::function<void(PlanStep&)> between;
    if (mix && role.takes_work) between = [&](PlanStep& step) { mixed_version_.queue(step, name); };
    PlanStep step = build_.change(name, to(), why, form_.where, between);
    add(beside(std::move(step), 2, {name}));
  }

  const UpgradeForm& form_;
  PlanBuilder& builder_;
  StepBuilder build_;
  MixedVersionWorkload mixed_version_;
  LoadMaker load_;
  std::vector<PlanStep> steps_;
  bool mixed_ = false;
  int total_weight_ = 1, weight_ = 0, planned_ = 0;
};

}  // namespace

std::vector<PlanStep> steps_of_upgrade(const Scenario& scenario, PlanBuilder& builder) {
  return Upgrade(scenario, builder).steps();
}

}  // namespace caravan::scenarios
