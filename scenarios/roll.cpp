#include "scenarios/roll.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/error.hpp"

namespace caravan {

using State = PlannedFleet::State;

namespace {

const char* why_first(const std::string& role) {
  if (role == "conductor") return "the database's keeper, before anybody asks it";
  if (role == "engine") return "does the work";
  return "answers clients";
}

PlanStep simple(const std::string& verb, const std::string& node, const std::string& why) {
  PlanStep step;
  step.verb = verb;
  step.node = node;
  step.why = why;
  return step;
}

}  // namespace

std::vector<std::string> Roll::every_node() const {
  std::vector<std::string> result;
  for (const PlannedFleet::Node& node : draft_.fleet.nodes()) result.push_back(node.name);
  return result;
}

std::vector<std::string> Roll::resolve(const std::vector<std::string>& names,
                                       const std::vector<std::string>& rest_of) const {
  std::vector<std::string> result;
  const auto add = [&](const std::string& name) {
    if (std::find(result.begin(), result.end(), name) == result.end()) result.push_back(name);
  };
  // `rest` is what no other word of the list names, wherever it stands.
  std::set<std::string> named;
  for (const std::string& name : names) {
    for (const PlannedFleet::Node& node : draft_.fleet.nodes()) {
      if (node.name == name || node.role == name) named.insert(node.name);
    }
  }
  for (const std::string& name : names) {
    if (name == "rest") {
      for (const std::string& node : rest_of) {
        if (named.count(node) == 0) add(node);
      }
      continue;
    }
    for (const PlannedFleet::Node& node : draft_.fleet.nodes()) {
      if (node.name == name || node.role == name) add(node.name);
    }
  }
  return result;
}

PlanStep Roll::start_all() {
  PlanStep group = simple("group", "",
                          fmt::format("every node at {}: {}engines, apis", draft_.span.from(),
                                      draft_.fleet.mode().access == "direct" ? "" : "conductors, "));
  for (const std::string& name : every_node()) {
    PlannedFleet::Node& node = draft_.fleet.at(name);
    PlanStep step = simple("start", name, why_first(node.role));
    step.release = node.release;
    draft_.fleet.started(node);
    group.steps.push_back(std::move(step));
  }
  require_lawful(draft_.fleet, scenario_.where);
  return group;
}

PlanStep Roll::strike(const std::string& verb, const std::string& name, const std::string& why,
                      const std::string& where) {
  PlannedFleet::Node& node = draft_.fleet.at(name);
  const State before = node.state;
  const auto wrong = [&](const char* what) {
    return bad_request(where, fmt::format("{} {}: {} at this point", verb, name, what));
  };
  if (verb == "start" && before != State::down) throw wrong("it is running");
  if (verb == "resume" && before != State::paused) throw wrong("it is not paused");
  if (verb != "start" && verb != "resume" && before == State::down) throw wrong("it is stopped");
  if ((verb == "stop" || verb == "pause" || verb == "reload") && before == State::paused)
    throw wrong("it is paused");
  node.state = verb == "pause" ? State::paused : verb == "stop" || verb == "kill" ? State::down : State::up;
  if (verb == "reload") draft_.fleet.pin(node);
  PlanStep step = simple(verb, name, why);
  if (verb == "start") {
    step.release = node.release;
    draft_.fleet.started(node);
  }
  if (verb == "start" || verb == "reload") require_lawful(draft_.fleet, where);
  return step;
}

PlanStep Roll::refused_start(const std::string& name, const std::string& release, const std::string& where) {
  if (draft_.fleet.at(name).state != State::down)
    throw bad_request(where, fmt::format("start {}: it is running at this point", name));
  PlanStep step = simple("start", name, "a gate must turn it away");
  step.release = release;
  step.expect = "refused";
  return step;
}

PlanStep Roll::announce(const std::string& name, const std::string& release, bool refused) {
  PlanStep step =
      simple("announce", name, fmt::format("it will come at {}: whoever asks, hears of it", release));
  step.release = release;
  if (refused)
    step.expect = "refused";
  else
    draft_.fleet.records[name] = release;
  return step;
}

PlanStep Roll::forget(const std::string& name, bool refused, const std::string& where) {
  PlanStep step = simple("forget", name, "it will not come back: its service record is removed");
  if (refused) {
    step.expect = "refused";
    return step;
  }
  if (draft_.fleet.at(name).state != State::down)
    throw bad_request(where,
                      fmt::format("forget {}: it is running at this point, and its heartbeat is fresh", name),
                      "stop it before, or write `expect: refused`");
  draft_.fleet.records.erase(name);
  return step;
}

PlanStep Roll::pin_anew(const std::string& why, const std::string& where) {
  PlanStep group = simple("group", "", why);
  for (const std::string& name : every_node()) {
    const PlannedFleet::Node& node = draft_.fleet.at(name);
    if (node.state != State::up) continue;
    if (node.role == "api")
      group.steps.push_back(
          change(name, node.release, fmt::format("{}: its pin is that of its start", name), where));
    else
      group.steps.push_back(strike("reload", name, "computes its pins anew", where));
  }
  return group;
}

PlanStep Roll::change(const std::string& name, const std::string& release, const std::string& why,
                      const std::string& where, const std::function<void(PlanStep&)>& between) {
  PlannedFleet::Node& node = draft_.fleet.at(name);
  PlanStep group = simple("group", "", why);
  if (node.state != State::down)
    group.steps.push_back(strike("stop", name, "finishes what it has in hand", where));
  if (between) {
    PlanStep waiting =
        simple("group", "", fmt::format("{} is down: what is cast to it waits in its queue", name));
    between(waiting);
    if (!waiting.operations.empty()) group.steps.push_back(std::move(waiting));
  }
  node.release = release;
  if (node.role == "engine") ++draft_.epoch;
  group.steps.push_back(strike("start", name, fmt::format("a new incarnation, at {}", release), where));
  return group;
}

std::optional<PlanStep> Roll::migrate(const std::string& phase, const std::string& why,
                                      const std::string& where, bool refused) {
  if (!draft_.fleet.needs_migration()) {
    throw bad_request(
        where, fmt::format("migrate: {} and {} have the same tables", draft_.span.from(), draft_.span.to()),
        "leave it out");
  }
  const std::string& before = draft_.fleet.phase;
  const bool follows = (phase == "expand" && before.empty()) ||
                       (phase != "expand" && (before == "expand" || before == "data"));
  if (!follows && !refused) {
    throw bad_request(where,
                      before.empty() ? fmt::format("migrate {} before expand", phase)
                                     : fmt::format("migrate {} after {}", phase, before),
                      "the phases are expand, data (in as many steps as you like), contract");
  }
  if (!refused) {
    draft_.fleet.phase = phase;
    require_lawful(draft_.fleet, where);
  }
  if (!draft_.fleet.phased() && phase != "expand") return std::nullopt;
  PlanStep step = simple("migrate", "", why);
  step.phase = draft_.fleet.phased() ? phase : "as-released";
  if (refused) step.expect = "refused";
  step.from = draft_.span.from();
  step.to = draft_.span.to();
  return step;
}

PlanStep Roll::settle(const std::string& why) {
  draft_.settled();
  return simple("settle", "", why);
}

}  // namespace caravan
