// The long form: every step as its author wrote it, checked against what the fleet can do at that point.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"
#include "scenarios/planning/step_builder.hpp"
#include "scenarios/planning/written_operations.hpp"

namespace caravan::scenarios {
namespace {

class Written {
 public:
  Written(const Scenario& scenario, PlanBuilder& builder, int& clients, PlanPlaces& places)
      : scenario_(scenario),
        builder_(builder),
        build_(scenario, builder),
        operations_(builder, places),
        clients_(clients),
        places_(places) {}

  std::vector<PlanStep> steps() {
    std::vector<PlanStep> result;
    result.push_back(build_.start_all());
    for (const ScenarioStep& written : scenario_.steps) {
      std::optional<PlanStep> step = expand(written);
      if (!step && !written.load) continue;
      if (!step) step = group(fmt::format("{} clients at work", written.load->clients));
      if (!written.why.empty()) step->why = written.why;
      if (written.load && !std::holds_alternative<written::Work>(written.deed))
        step = beside(*std::move(step), written);
      result.push_back(*std::move(step));
      places_.steps[std::to_string(result.size())] = written.where;
    }
    operations_.name_rows();
    if (!std::holds_alternative<step::Settle>(result.back().action))
      result.push_back(build_.settle("every cluster and every job run comes to rest"));
    return result;
  }

 private:
  static PlanStep group(const std::string& why) { return plan_step(step::Group{}, why); }

  static PlanStep around(PlanStep step) {
    PlanStep outer = group(step.why);
    outer.steps.push_back(std::move(step));
    return outer;
  }

  static PlanStep only_one(PlanStep step) {
    if (step.steps.size() != 1) return step;
    PlanStep only = std::move(step.steps.front());
    return only;
  }

  // None: a step that this mode does not have.
  std::optional<PlanStep> expand(const ScenarioStep& written) {
    const Mode& mode = builder_.fleet.mode();
    const auto& modes = written.modes;
    if (!modes.empty() && std::find(modes.begin(), modes.end(), mode_name(mode)) == modes.end())
      return std::nullopt;
    using Step = std::optional<PlanStep>;
    return step::match(
        written.deed,
        [&](const written::Work&) -> Step {
          return load(group(fmt::format("{} clients at work", written.load->clients)), written, {});
        },
        [&](const written::Do& one) -> Step { return operations_.perform(one.action); },
        [&](const written::Wait& one) -> Step { return wait(written, one); },
        [&](const written::Upgrade& one) -> Step {
          const std::string& release = one.release.empty() ? builder_.span.to() : one.release;
          return to_each(written, not_at(release),
                         [&](const std::string& node) { return change(written, node, release); });
        },
        [&](const written::Rollback&) -> Step {
          std::vector<std::string> rest = not_at(builder_.span.from());
          std::reverse(rest.begin(), rest.end());
          return to_each(written, rest, [&](const std::string& node) {
            return change(written, node, builder_.span.from());
          });
        },
        [&](const written::Restart&) -> Step {
          return to_each(written, build_.every_node(), [&](const std::string& node) {
            return change(written, node, builder_.fleet.at(node).release);
          });
        },
        [&](const written::Crash& one) -> Step {
          if (names_conductors_only(written)) return std::nullopt;
          std::vector<Operation> beside;
          if (one.beside) beside = operations_.perform(*one.beside).operations;
          PlanStep step = for_each(written, build_.every_node(),
                                   [&](const std::string& node) { return crash(written, one, node); });
          step.operations = std::move(beside);
          return step.operations.empty() ? only_one(std::move(step)) : step;
        },
        [&](const step::Action& action) { return planned(written, action); });
  }

  /// A word of the plan, for each of its nodes.
  std::optional<PlanStep> planned(const ScenarioStep& written, const step::Action& action) {
    using Step = std::optional<PlanStep>;
    const Mode& mode = builder_.fleet.mode();
    return step::match(
        action, [&](const step::Migrate& one) { return migrate(written, one); },
        [&](const step::Settle&) -> Step {
          return build_.settle("until every cluster and every job run has come to rest");
        },
        [&](const step::Announce& one) -> Step {
          if (mode.access == Access::direct) return std::nullopt;
          return to_each(written, build_.every_node(), [&](const std::string& node) {
            return build_.announce(node, one.release, expect(written));
          });
        },
        [&](const step::Forget&) -> Step {
          if (mode.access == Access::direct) return std::nullopt;
          return to_each(written, build_.every_node(), [&](const std::string& node) {
            return build_.forget(node, expect(written), written.where);
          });
        },
        [&](const step::Start& one) -> Step {
          return to_each(written, build_.every_node(),
                         [&](const std::string& node) { return start(written, node, one.release); });
        },
        [&](const step::Reload& one) -> Step {
          if (mode.compat != Compatibility::pin) return std::nullopt;
          std::vector<std::string> rest;
          for (const PlannedFleet::Node& node : builder_.fleet.nodes())
            if (role_spec(node.role).reloads) rest.push_back(node.name);
          return strike(written, rest, one);
        },
        [&](const auto& one) { return strike(written, build_.every_node(), one); });
  }

  std::optional<PlanStep> strike(const ScenarioStep& written, const std::vector<std::string>& rest,
                                 const step::Action& action) {
    return to_each(written, rest, [&](const std::string& node) {
      step::Action blow = action;
      step::set_node(blow, node);
      return build_.act_on(std::move(blow), step::effect_of(action)->why, written.where);
    });
  }

  /// None: with direct access only conductors are named.
  template <class Make>
  std::optional<PlanStep> to_each(const ScenarioStep& written, const std::vector<std::string>& rest,
                                  const Make& make) {
    if (names_conductors_only(written)) return std::nullopt;
    return only_one(for_each(written, rest, make));
  }

  /// One node after the other; `rest` is what that word stands for.
  template <class Make>
  PlanStep for_each(const ScenarioStep& written, const std::vector<std::string>& rest, const Make& make) {
    const std::string verb = written::word(written.deed);
    const std::vector<std::string> names = build_.resolve(written.nodes, rest);
    if (names.empty())
      throw bad_request(written.where, fmt::format("{}: no node is left to be named `rest`", verb));
    PlanStep step = group(fmt::format("{}: {}", verb, fmt::join(names, ", ")));
    for (const std::string& node : names) step.steps.push_back(make(node));
    return step;
  }

  std::vector<std::string> not_at(const std::string& release) const {
    std::vector<std::string> out;
    for (const PlannedFleet::Node& node : builder_.fleet.nodes())
      if (node.release != release) out.push_back(node.name);
    return out;
  }

  step::Expect expect(const ScenarioStep& written) const {
    return word_for(written.expect, builder_.fleet.mode(), "done") == "refused" ? step::Expect::refused
                                                                                : step::Expect::done;
  }
  bool refused(const ScenarioStep& written) const { return expect(written) == step::Expect::refused; }

  PlanStep change(const ScenarioStep& written, const std::string& name, const std::string& release) {
    const std::string why = fmt::format("{} to {}", name, release);
    if (!refused(written)) return build_.change(name, release, why, written.where);
    PlanStep step = group(why);
    if (builder_.fleet.at(name).state != PlannedFleet::State::down)
      step.steps.push_back(build_.act_on(step::Stop{name}, step::Stop::effect.why, written.where));
    step.steps.push_back(build_.refused_start(name, release, written.where));
    return step;
  }

  PlanStep start(const ScenarioStep& written, const std::string& name, const std::string& named) {
    PlannedFleet::Node& node = builder_.fleet.at(name);
    const std::string release = named.empty() ? node.release : named;
    if (refused(written)) return build_.refused_start(name, release, written.where);
    if (node.state == PlannedFleet::State::down) node.release = release;
    return build_.act_on(step::Start{name, {}}, fmt::format("a new incarnation, at {}", node.release),
                         written.where);
  }

  PlanStep crash(const ScenarioStep& written, const written::Crash& crash, const std::string& name) {
    PlanStep step = group(fmt::format("{} crashes and comes back", name));
    step.steps.push_back(
        build_.act_on(step::Kill{name, crash.when}, why_of_crash(crash.when), written.where));
    step.steps.push_back(
        build_.act_on(step::Start{name, {}}, "a new incarnation at the same release", written.where));
    return step;
  }

  static std::string why_of_crash(step::Moment moment) {
    if (moment == step::Moment::mid_save) return "as soon as it has sent a save; it gets no answer";
    if (moment == step::Moment::mid_create)
      return "at the first instance of a cluster: what it meant to build is lost";
    return step::Kill::effect.why;
  }

  std::optional<PlanStep> migrate(const ScenarioStep& written, const step::Migrate& one) {
    auto step = build_.migrate(one.phase, why_of_phase(one.phase, builder_.fleet.phased()), written.where,
                               expect(written));
    if (!step) return step;
    auto& migrate = std::get<step::Migrate>(step->action);
    migrate.batch = one.batch;
    migrate.batches = one.batches;
    migrate.die_in = one.die_in;
    return step;
  }

  PlanStep wait(const ScenarioStep& written, const written::Wait& one) {
    const PlannedRow& row = *operations_.row(one.row, written.where);
    return plan_step(step::Wait{row.object, row.id, one.status},
                     fmt::format("until {} has been {}", one.row, one.status));
  }

  bool names_conductors_only(const ScenarioStep& written) const {
    return builder_.fleet.mode().access == Access::direct &&
           std::all_of(written.nodes.begin(), written.nodes.end(), [](const std::string& who) {
             const auto role = role_of(who);
             return role && !is_there(*role, Access::direct);
           });
  }

  static std::string why_of_phase(step::Phase phase, bool phased) {
    if (!phased) return "every migration in one go, as packages run them";
    if (phase == step::Phase::expand) return "adds columns and tables";
    return phase == step::Phase::data ? "fills the new columns from the old ones"
                                      : "takes away what only the older release needs";
  }
  static std::set<std::string> touched(const PlanStep& step) {
    std::set<std::string> result;
    if (const std::string& node = step::node_of(step.action); !node.empty()) result.insert(node);
    for (const PlanStep& child : step.steps) {
      for (const std::string& node : touched(child)) result.insert(node);
    }
    return result;
  }

  PlanStep beside(PlanStep step, const ScenarioStep& written) {
    const std::set<std::string> restarting = touched(step);
    if (!std::holds_alternative<step::Group>(step.action)) step = around(std::move(step));
    return load(std::move(step), written, restarting);
  }

  PlanStep load(PlanStep step, const ScenarioStep& written, const std::set<std::string>& restarting) {
    const Load& wanted = *written.load;
    // One maker for each number of clients: they go on with the rows that they have.
    if (makers_.count(wanted.clients) == 0) {
      makers_.emplace(wanted.clients, LoadMaker(builder_, wanted.clients, clients_));
      clients_ += wanted.clients;
    }
    const std::size_t before = step.operations.size();
    makers_.at(wanted.clients).beside(step, wanted.operations, restarting);
    if (wanted.operations > 0 && step.operations.size() == before) {
      throw bad_request(written.where, "load: no api serves throughout this step",
                        "leave one api running, or move the load");
    }
    return step;
  }

  const Scenario& scenario_;
  PlanBuilder& builder_;
  StepBuilder build_;
  WrittenOperations operations_;
  int& clients_;
  PlanPlaces& places_;
  std::map<int, LoadMaker> makers_;
};

}  // namespace

std::vector<PlanStep> steps_as_written(const Scenario& scenario, PlanBuilder& builder, int& clients,
                                       PlanPlaces& places) {
  return Written(scenario, builder, clients, places).steps();
}

}  // namespace caravan::scenarios
