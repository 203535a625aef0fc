#include "scenarios/planning/step_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"

namespace caravan::scenarios {

using State = PlannedFleet::State;

namespace {

/// By the node's own name, or by its role's.
bool is_meant(const PlannedFleet::Node& node, const std::string& word) {
  return node.name == word || name(node.role) == word;
}

}  // namespace

std::vector<std::string> StepBuilder::every_node() const {
  std::vector<std::string> result;
  for (const PlannedFleet::Node& node : builder_.fleet.nodes()) result.push_back(node.name);
  return result;
}

std::vector<std::string> StepBuilder::resolve(const std::vector<std::string>& names,
                                              const std::vector<std::string>& rest_of) const {
  std::vector<std::string> result;
  const auto add = [&](const std::string& name) {
    if (std::find(result.begin(), result.end(), name) == result.end()) result.push_back(name);
  };
  // `rest` is what no other word of the list names, wherever it is.
  std::set<std::string> named;
  for (const std::string& word : names) {
    for (const PlannedFleet::Node& node : builder_.fleet.nodes()) {
      if (is_meant(node, word)) named.insert(node.name);
    }
  }
  for (const std::string& word : names) {
    if (word == "rest") {
      for (const std::string& node : rest_of) {
        if (named.count(node) == 0) add(node);
      }
      continue;
    }
    for (const PlannedFleet::Node& node : builder_.fleet.nodes()) {
      if (is_meant(node, word)) add(node.name);
    }
  }
  return result;
}

PlanStep StepBuilder::start_all() {
  std::vector<std::string> roles;
  for (const RoleSpec& role : role_table)
    if (std::any_of(builder_.fleet.nodes().begin(), builder_.fleet.nodes().end(),
                    [&](const PlannedFleet::Node& node) { return node.role == role.role; }))
      roles.push_back(role.word + std::string("s"));
  PlanStep group = plan_step(
      step::Group{}, fmt::format("every node at {}: {}", builder_.span.from(), fmt::join(roles, ", ")));
  for (const std::string& name : every_node()) {
    PlannedFleet::Node& node = builder_.fleet.at(name);
    builder_.fleet.started(node);
    group.steps.push_back(plan_step(step::Start{name, node.release}, role_spec(node.role).started));
  }
  require_lawful(builder_.fleet, scenario_.where);
  return group;
}

PlanStep StepBuilder::act_on(step::Action action, const std::string& why, const std::string& where) {
  const step::Effect& effect = *step::effect_of(action);
  const std::string node_name = step::node_of(action);
  PlannedFleet::Node& node = builder_.fleet.at(node_name);
  if (!effect.can_be_done(node.state))
    throw bad_request(
        where, fmt::format("{} {}: it is {} at this point", step::word(action), node_name, name(node.state)));
  node.state = effect.after;
  auto* const start = std::get_if<step::Start>(&action);
  if (start != nullptr) {
    start->release = node.release;
    builder_.fleet.started(node);
  }
  const bool reloads = std::holds_alternative<step::Reload>(action);
  if (reloads) builder_.fleet.pin(node);
  if (start != nullptr || reloads) require_lawful(builder_.fleet, where);
  return plan_step(std::move(action), why);
}

PlanStep StepBuilder::refused_start(const std::string& name, const std::string& release,
                                    const std::string& where) {
  if (builder_.fleet.at(name).state != State::down)
    throw bad_request(where, fmt::format("start {}: it is running at this point", name));
  return plan_step(step::Start{name, release, step::Expect::refused}, "a gate must turn it away");
}

PlanStep StepBuilder::announce(const std::string& name, const std::string& release, step::Expect expect) {
  if (expect == step::Expect::done) builder_.fleet.records[name] = release;
  return plan_step(step::Announce{name, release, expect},
                   fmt::format("it will come back at {}; other nodes learn this from its record", release));
}

PlanStep StepBuilder::forget(const std::string& name, step::Expect expect, const std::string& where) {
  if (expect == step::Expect::done) {
    if (builder_.fleet.at(name).state != State::down)
      throw bad_request(
          where, fmt::format("forget {}: it is running at this point, and its heartbeat is fresh", name),
          "stop it first, or write `expect: refused`");
    builder_.fleet.records.erase(name);
  }
  return plan_step(step::Forget{name, expect}, "it will not come back: its service record is removed");
}

PlanStep StepBuilder::pin_anew(const std::string& why, const std::string& where) {
  PlanStep group = plan_step(step::Group{}, why);
  for (const std::string& name : every_node()) {
    const PlannedFleet::Node& node = builder_.fleet.at(name);
    if (node.state != State::up) continue;
    if (!role_spec(node.role).reloads)
      group.steps.push_back(
          change(name, node.release, fmt::format("{}: it keeps the pin that it started with", name), where));
    else
      group.steps.push_back(act_on(step::Reload{name}, "recomputes its pins", where));
  }
  return group;
}

PlanStep StepBuilder::change(const std::string& name, const std::string& release, const std::string& why,
                             const std::string& where, const std::function<void(PlanStep&)>& between) {
  PlannedFleet::Node& node = builder_.fleet.at(name);
  PlanStep group = plan_step(step::Group{}, why);
  if (node.state != State::down)
    group.steps.push_back(act_on(step::Stop{name}, "finishes what it has in hand", where));
  if (between) {
    PlanStep waiting =
        plan_step(step::Group{}, fmt::format("{} is down: what is cast to it waits in its queue", name));
    between(waiting);
    if (!waiting.operations.empty()) group.steps.push_back(std::move(waiting));
  }
  node.release = release;
  if (role_spec(node.role).takes_work) ++builder_.epoch;
  group.steps.push_back(
      act_on(step::Start{name, {}}, fmt::format("a new incarnation, at {}", release), where));
  return group;
}

std::optional<PlanStep> StepBuilder::migrate(step::Phase phase, const std::string& why,
                                             const std::string& where, step::Expect expect) {
  using step::Phase;
  const bool refused = expect == step::Expect::refused;
  if (!builder_.fleet.needs_migration()) {
    throw bad_request(
        where,
        fmt::format("migrate: {} and {} have the same tables", builder_.span.from(), builder_.span.to()),
        "leave it out");
  }
  const Phase before = builder_.fleet.phase;
  const bool follows =
      phase == Phase::expand ? before == Phase::none : before == Phase::expand || before == Phase::data;
  if (!follows && !refused) {
    throw bad_request(where,
                      before == Phase::none ? fmt::format("migrate {} before expand", name(phase))
                                            : fmt::format("migrate {} after {}", name(phase), name(before)),
                      "the phases are expand, data (in as many steps as you like), contract");
  }
  if (!refused) {
    builder_.fleet.phase = phase;
    require_lawful(builder_.fleet, where);
  }
  if (!builder_.fleet.phased() && phase != Phase::expand) return std::nullopt;
  const step::Migrate step{
      builder_.fleet.phased() ? phase : Phase::as_released, builder_.span.from(), builder_.span.to(), 0, 0, 0,
      refused ? step::Expect::refused : step::Expect::done};
  return plan_step(step, why);
}

PlanStep StepBuilder::settle(const std::string& why) {
  builder_.settled();
  return plan_step(step::Settle{}, why);
}

}  // namespace caravan::scenarios
