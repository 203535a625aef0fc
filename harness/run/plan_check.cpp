#include "harness/run/plan_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "objects/base/error.hpp"
#include "objects/base/lookup.hpp"
#include "objects/base/nearest.hpp"
#include "objects/vocabulary/roles.hpp"
#include "reports/checks/judge.hpp"
#include "scenarios/plan/field_values.hpp"
#include "scenarios/plan/who_answers.hpp"

namespace caravan::harness {
namespace {

std::vector<std::string> names_of_checks() {
  std::vector<std::string> out;
  for (const auto& check : reports::check_table()) out.emplace_back(check.name);
  return out;
}

class Check {
 public:
  Check(const Plan& plan, const Catalog& catalog, const PlanPlaces& places)
      : plan_(plan), catalog_(catalog), places_(places) {}

  void all() {
    Mode mode;
    scenarios::set_mode(mode, scenarios::mode_name(plan_.mode), "plan");
    one_of("plan", "database", plan_.mode.database, scenarios::database_kinds());
    one_of("plan", "migration", plan_.migration, {"phased", "as-released"});
    NodeOptions options;
    for (const auto& [node, given] : plan_.config)
      for (const auto& [option, value] : given.items())
        scenarios::add_option(options, plan_.nodes, node, option, value, catalog_, "plan");
    for (const auto& kind : plan_.nodes) {
      one_of("plan", "role", kind.first, spelt_words<Role>());
      if (kind.second < 0 || kind.second > 100)
        throw bad_request("plan", fmt::format("{} nodes of role {}", kind.second, kind.first),
                          "0 to 100 was expected");
      for (int i = 1; i <= kind.second; ++i) nodes_.push_back(fmt::format("{}.{}", kind.first, i));
    }
    release("plan: from", plan_.from);
    release("plan: to", plan_.to);
    for (const auto& step : plan_.steps) visit(step);
    scenarios::require_who_answers(plan_, catalog_, places_);
    const scenarios::ReleasePair span(catalog_, plan_.from, plan_.to);
    for (const auto& step : plan_.steps) hold_values(span, step);
    if (!plan_.expect.is_object()) return;
    for (const auto& expected : plan_.expect.items())
      one_of("plan: expect", "check", expected.key(), names_of_checks());
  }

 private:
  static void one_of(const std::string& where, const std::string& what, const std::string& value,
                     const std::vector<std::string>& known) {
    for (const auto& name : known)
      if (value == name) return;
    throw bad_request(where, "unknown " + what + " '" + value + "'", did_you_mean(value, known));
  }

  void release(const std::string& where, const std::string& name) const {
    if (!catalog_.require_release(name, where).rpc.empty()) return;
    throw bad_request(where, name + " has no RPC: its services share the database and exchange no objects");
  }

  std::string place(const PlanStep& step) const {
    const auto line = places_.of(step);
    return (line.empty() ? "plan" : line) + ": step " + step.number;
  }

  void visit(const PlanStep& step) {
    const auto where = place(step);
    if (!numbers_.insert(step.number).second) throw bad_request(where, "this number is used twice");
    step::match(
        step.action, [](const step::Group&) {}, [](const step::Settle&) {},
        [&](const step::Migrate& one) {
          if (one.phase == step::Phase::none)
            throw bad_request(where, "migrate lacks a phase", did_you_mean("", spelt_words<step::Phase>()));
          release(where, one.from);
          release(where, one.to);
        },
        [&](const step::Wait& one) {
          std::vector<std::string> with_status;
          for (const auto& history : catalog_.histories)
            if (history.life()) with_status.push_back(history.name);
          one_of(where, "object", one.object, with_status);
          if (one.row.empty() || one.status.empty()) throw bad_request(where, "wait lacks a row or a status");
        },
        [&](const step::Announce& one) {
          has_record(where, one.node);
          release(where, one.release);
        },
        [&](const step::Forget& one) { has_record(where, one.node); },
        [&](const step::Start& one) {
          one_of(where, "node", one.node, nodes_);
          release(where, one.release);
          const bool runs = one.expect == step::Expect::done ? !running_.insert(one.node).second
                                                             : running_.count(one.node) > 0;
          if (runs) throw bad_request(where, one.node + " is started, but it is already running");
        },
        [&](const auto& one) {
          runs(where, step.action);
          if (one.effect.after == step::NodeState::down) running_.erase(one.node);
        });
    for (const auto& operation : step.operations) visit(step, operation);
    for (const auto& part : step.steps) visit(part);
  }

  void has_record(const std::string& where, const std::string& node) const {
    one_of(where, "node", node, nodes_);
    if (plan_.mode.access == Access::direct) throw bad_request(where, "direct access has no service records");
  }

  /// What can be done only to a node that runs.
  void runs(const std::string& where, const step::Action& action) const {
    const auto& node = step::node_of(action);
    one_of(where, "node", node, nodes_);
    if (running_.count(node) == 0)
      throw bad_request(where, fmt::format("{} {}, but it is not running", step::word(action), node));
  }

  void visit(const PlanStep& step, const Operation& operation) {
    const auto line = places_.of(step, operation);
    const auto where =
        fmt::format("{}: operation {}", line.empty() ? "plan: step " + step.number : line, operation.id);
    if (!operations_.insert(operation.id).second) throw bad_request(where, "this id is used twice");
    if (operation.via != name(Role::api)) one_of(where, "node", operation.via, nodes_);
    if (const auto role = role_of(operation.via); !role || !role_spec(*role).serves_clients)
      throw bad_request(where, operation.via + " takes no requests", "an api does");
    if (!operation.engine.empty()) {
      one_of(where, "node", operation.engine, nodes_);
      if (const auto role = role_of(operation.engine); !role || !role_spec(*role).takes_work)
        throw bad_request(where, operation.engine + " takes no work", "an engine does");
    }
    one_of(where, "method", operation.method,
           {"create", "update", "read", "list", "delete", "scale", "run", "cancel", "suspend"});
    one_of(where, "object", operation.object, names_of(catalog_.histories));
  }

  /// What is stored must be what was written (as for a scenario, scenarios/planning/written_steps.cpp):
  /// fields that the api has, values that they can hold.
  void hold_values(const scenarios::ReleasePair& span, const PlanStep& step) {
    auto releases = releases_;  // before, and after what happens alongside the operations
    if (const auto* start = std::get_if<step::Start>(&step.action);
        start != nullptr && start->expect == step::Expect::done)
      releases_[start->node] = start->release;
    for (const auto& part : step.steps) hold_values(span, part);
    for (const auto& operation : step.operations) {
      std::set<std::string> asked;
      for (const auto* all : {&releases, &releases_})
        for (const auto& [node, release] : *all)
          if (node == operation.via || (operation.via == name(Role::api) && role_of(node) == Role::api))
            asked.insert(release);
      hold_values(span, step, operation, asked);
    }
  }

  /// As one of these releases has it.
  void hold_values(const scenarios::ReleasePair& span, const PlanStep& step, const Operation& operation,
                   const std::set<std::string>& releases) const {
    static const std::map<std::string, std::string> keys = {
        {"create", "set"}, {"update", "set"}, {"run", "set"}, {"list", "where"}, {"read", "want"}};
    const auto key = keys.find(operation.method);
    if (key == keys.end()) return;
    const Json& values = operation.method == "read" ? operation.want : operation.fields;
    std::optional<Error> wrong;
    for (const auto& release : releases) {
      scenarios::WrittenValues written;
      written.object = operation.object;
      written.release = release;
      written.refused = operation.expect == "refused";
      written.planned = true;
      written.where = places_.of(step, operation);
      if (written.where.empty()) written.where = "plan: step " + step.number;
      written.where += ": operation " + operation.id;
      try {
        check_fields(span, written, operation.via, values);
        if (!operation.raw) scenarios::check_values(span, written, key->second, values);
        return;
      } catch (const Error& error) {
        if (!wrong) wrong = error;
      }
    }
    if (wrong) throw *wrong;
  }

  static void check_fields(const scenarios::ReleasePair& span, const scenarios::WrittenValues& written,
                           const std::string& via, const Json& values) {
    const auto* form = span.form(written.object, written.release);
    if (written.refused) return;
    if (form == nullptr)
      throw bad_request(written.where, fmt::format("{} is at {}, which does not know {}", via,
                                                   written.release, written.object));
    if (!values.is_object()) return;
    for (const auto& value : values.items())
      if (form->field(value.key()) == nullptr)
        throw bad_request(written.where,
                          fmt::format("{} is at {}, whose {} has no field {}", via, written.release,
                                      written.object, value.key()),
                          did_you_mean(value.key(), names_of(form->fields)));
  }

  const Plan& plan_;
  const Catalog& catalog_;
  const PlanPlaces& places_;
  std::map<std::string, std::string> releases_;  ///< node -> at which it was started last
  std::vector<std::string> nodes_;
  std::set<std::string> running_, operations_, numbers_;
};

void collect(const PlanStep& step, std::set<std::string>& out) {
  for (const char* member : {"release", "from", "to"})
    if (const auto& name = step::text_member(step.action, member); !name.empty()) out.insert(name);
  for (const auto& part : step.steps) collect(part, out);
}

}  // namespace

void check_plan(const Plan& plan, const Catalog& catalog, const PlanPlaces& places) {
  Check(plan, catalog, places).all();
}

void require_checks(const scenarios::Scenario& scenario) {
  const auto known = names_of_checks();
  for (const auto& [expected, place] : scenario.expect_places)
    if (std::find(known.begin(), known.end(), expected.second) == known.end())
      throw bad_request(place, fmt::format("expect: unknown check \"{}\"", expected.second),
                        did_you_mean(expected.second, known));
}

std::vector<std::string> releases_of(const Plan& plan, const Catalog& catalog) {
  std::set<std::string> named = {plan.from, plan.to};
  for (const auto& step : plan.steps) collect(step, named);
  std::vector<std::string> out;
  for (const auto& release : catalog.releases)
    if (named.count(release.name)) out.push_back(release.name);
  return out;
}

}  // namespace caravan::harness
