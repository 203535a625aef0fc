#include "harness/plan_check.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "objects/error.hpp"
#include "objects/nearest.hpp"
#include "scenarios/schema.hpp"

namespace caravan {
namespace {

class Check {
 public:
  Check(const Plan& plan, const Catalog& catalog) : plan_(plan), catalog_(catalog) {}

  void all() {
    Mode mode;
    set_mode(mode, mode_name(plan_.mode), "plan");
    one_of("plan", "database", plan_.mode.database, database_kinds());
    one_of("plan", "migration", plan_.migration, {"phased", "as-released"});
    NodeOptions options;
    for (const auto& [node, given] : plan_.config)
      for (const auto& [option, value] : given.items())
        add_option(options, plan_.nodes, node, option, value, catalog_, "plan");
    for (const auto& kind : plan_.nodes) {
      one_of("plan", "role", kind.first, {"conductor", "engine", "api"});
      if (kind.second < 0 || kind.second > 100)
        throw bad_request("plan", fmt::format("{} nodes of role {}", kind.second, kind.first),
                          "0 to 100 were meant");
      for (int i = 1; i <= kind.second; ++i) nodes_.push_back(fmt::format("{}.{}", kind.first, i));
    }
    release("plan: from", plan_.from);
    release("plan: to", plan_.to);
    for (const auto& step : plan_.steps) visit(step);
    if (!plan_.expect.is_object()) return;
    for (const auto& expected : plan_.expect.items())
      one_of("plan: expect", "check", expected.key(), expectable_checks());
  }

 private:
  static void one_of(const std::string& where, const std::string& what, const std::string& value,
                     const std::vector<std::string>& known) {
    for (const auto& name : known)
      if (value == name) return;
    throw bad_request(where, "unknown " + what + " '" + value + "'", did_you_mean(value, known));
  }

  void release(const std::string& where, const std::string& name) const {
    std::vector<std::string> known;
    for (const auto& one : catalog_.releases) {
      known.push_back(one.name);
      if (one.name == name && one.rpc.empty())
        throw bad_request(where,
                          name + " has no RPC: its services share the database and exchange no objects",
                          "juno is the first release that can run");
    }
    one_of(where, "release", name, known);
  }

  void visit(const PlanStep& step) {
    const auto where = "plan: step " + step.number;
    one_of(where, "verb", step.verb,
           {"group", "migrate", "start", "stop", "kill", "pause", "resume", "reload", "announce", "forget",
            "wait", "settle"});
    if (!step.expect.empty()) one_of(where, "expectation", step.expect, {"refused"});
    if (!step.moment.empty()) one_of(where, "moment", step.moment, {"mid-save", "mid-create"});
    if (!numbers_.insert(step.number).second) throw bad_request(where, "this number stands twice");
    if (step.verb == "migrate") {
      one_of(where, "phase", step.phase, {"expand", "data", "contract", "as-released"});
      release(where, step.from);
      release(where, step.to);
    } else if (step.verb == "wait") {
      one_of(where, "object", step.object, {"Cluster", "JobExecution"});
      if (step.row.empty() || step.status.empty()) throw bad_request(where, "wait lacks a row or a status");
    } else if (step.verb == "announce" || step.verb == "forget") {
      one_of(where, "node", step.node, nodes_);
      if (plan_.mode.access == "direct") throw bad_request(where, "direct access has no service records");
      if (step.verb == "announce") release(where, step.release);
    } else if (step.verb != "group" && step.verb != "settle") {
      one_of(where, "node", step.node, nodes_);
      if (step.verb == "start") {
        release(where, step.release);
        const bool runs =
            step.expect.empty() ? !running_.insert(step.node).second : running_.count(step.node) > 0;
        if (runs) throw bad_request(where, step.node + " is started, but it runs already");
      } else if (running_.count(step.node) == 0) {
        throw bad_request(where, fmt::format("{} {}, but it does not run", step.verb, step.node));
      }
      if (step.verb == "stop" || step.verb == "kill") running_.erase(step.node);
    }
    for (const auto& operation : step.operations) visit(operation, where);
    for (const auto& part : step.steps) visit(part);
  }

  void visit(const Operation& operation, const std::string& step) {
    const auto where = step + ": operation " + operation.id;
    if (!operations_.insert(operation.id).second) throw bad_request(where, "this id stands twice");
    if (operation.via != "api") one_of(where, "node", operation.via, nodes_);
    if (operation.via.substr(0, operation.via.find('.')) != "api")
      throw bad_request(where, operation.via + " takes no requests", "an api does");
    one_of(where, "method", operation.method,
           {"create", "update", "read", "list", "delete", "scale", "run", "cancel", "suspend"});
    std::vector<std::string> classes;
    for (const auto& history : catalog_.histories) classes.push_back(history.name);
    one_of(where, "object", operation.object, classes);
  }

  const Plan& plan_;
  const Catalog& catalog_;
  std::vector<std::string> nodes_;
  std::set<std::string> running_, operations_, numbers_;
};

void collect(const PlanStep& step, std::set<std::string>& out) {
  for (const auto* name : {&step.release, &step.from, &step.to})
    if (!name->empty()) out.insert(*name);
  for (const auto& part : step.steps) collect(part, out);
}

}  // namespace

void check_plan(const Plan& plan, const Catalog& catalog) { Check(plan, catalog).all(); }

std::vector<std::string> releases_of(const Plan& plan, const Catalog& catalog) {
  std::set<std::string> named = {plan.from, plan.to};
  for (const auto& step : plan.steps) collect(step, named);
  std::vector<std::string> out;
  for (const auto& release : catalog.releases)
    if (named.count(release.name)) out.push_back(release.name);
  return out;
}

}  // namespace caravan
