// The long form: every step as its author wrote it, checked against what the fleet can do at that point.
#include <fmt/format.h>

#include <algorithm>

#include "objects/error.hpp"
#include "objects/nearest.hpp"
#include "scenarios/roll.hpp"

namespace caravan {
namespace {

class Written {
 public:
  Written(const Scenario& scenario, Draft& draft, int& clients)
      : scenario_(scenario),
        draft_(draft),
        roll_(scenario, draft),
        random_(Random(draft.seed).fork(55)),
        clients_(clients) {}

  std::vector<PlanStep> steps() {
    std::vector<PlanStep> result;
    result.push_back(roll_.start_all());
    for (const ScenarioStep& written : scenario_.steps) {
      std::optional<PlanStep> step = expand(written);
      if (!step && !written.load) continue;
      if (!step) step = group(fmt::format("{} clients at work", written.load->clients));
      if (!written.why.empty()) step->why = written.why;
      if (written.load && written.verb != "load") step = beside(*std::move(step), written);
      result.push_back(*std::move(step));
    }
    if (result.back().verb != "settle")
      result.push_back(roll_.settle("every cluster and every job run comes to rest"));
    return result;
  }

 private:
  PlanStep group(const std::string& why) const {
    PlanStep step;
    step.verb = "group";
    step.why = why;
    return step;
  }

  static PlanStep only_one(PlanStep step) {
    if (step.steps.size() != 1) return step;
    PlanStep only = std::move(step.steps.front());
    return only;
  }

  // None: a step that this mode does not have, for there are no conductors, or no such phase.
  std::optional<PlanStep> expand(const ScenarioStep& written) {
    const std::string& verb = written.verb;
    if (verb == "migrate")
      return roll_.migrate(written.phase, why_of_phase(written.phase, draft_.fleet.phased()), written.where);
    if (verb == "wait") return roll_.settle("until every cluster and every job run has come to rest");
    if (verb == "do") return perform(written);
    if (verb == "load") {
      PlanStep step = group(fmt::format("{} clients at work", written.load->clients));
      return load(std::move(step), written, {});
    }
    if (names_conductors_only(written)) return std::nullopt;
    const std::vector<std::string> names = nodes(written);
    PlanStep step = group(fmt::format("{}: {}", verb, fmt::join(names, ", ")));
    for (const std::string& name : names) {
      if (verb == "upgrade" || verb == "rollback" || verb == "restart") {
        const PlannedFleet::Node& node = draft_.fleet.at(name);
        const std::string release = verb == "upgrade"    ? draft_.span.to()
                                    : verb == "rollback" ? draft_.span.from()
                                                         : node.release;
        step.steps.push_back(
            roll_.change(name, release, fmt::format("{} to {}", name, release), written.where));
      } else if (verb == "crash") {
        PlanStep crash = group(fmt::format("{} crashes and comes back", name));
        crash.steps.push_back(roll_.strike("kill", name, "what it had in hand is lost", written.where));
        crash.steps.push_back(
            roll_.strike("start", name, "a new incarnation at the same release", written.where));
        step.steps.push_back(std::move(crash));
      } else {
        step.steps.push_back(roll_.strike(verb, name, why_of_strike(verb), written.where));
      }
    }
    return only_one(std::move(step));
  }

  bool names_conductors_only(const ScenarioStep& written) const {
    return draft_.fleet.mode().access == "direct" &&
           std::all_of(written.nodes.begin(), written.nodes.end(),
                       [](const std::string& name) { return name.rfind("conductor", 0) == 0; });
  }

  static std::string why_of_phase(const std::string& phase, bool phased) {
    if (!phased) return "every migration in one go, as packages run them";
    if (phase == "expand") return "adds columns and tables";
    return phase == "data" ? "fills the new columns from the old ones"
                           : "takes away what only the older release needs";
  }
  static std::string why_of_strike(const std::string& verb) {
    if (verb == "stop") return "finishes what it has in hand";
    if (verb == "start") return "a new incarnation at the same release";
    if (verb == "kill") return "what it had in hand is lost";
    return verb == "pause" ? "alive, and answers nobody" : "goes on where it stood";
  }

  // `rest`: for an upgrade the nodes that are not at `to` yet, for a rollback those not at `from`, else all.
  std::vector<std::string> nodes(const ScenarioStep& written) const {
    std::vector<std::string> rest;
    for (const PlannedFleet::Node& node : draft_.fleet.nodes()) {
      const bool there = (written.verb == "upgrade" && node.release == draft_.span.to()) ||
                         (written.verb == "rollback" && node.release == draft_.span.from());
      if (!there) rest.push_back(node.name);
    }
    if (written.verb == "rollback") std::reverse(rest.begin(), rest.end());
    std::vector<std::string> result = roll_.resolve(written.nodes, rest);
    if (result.empty())
      throw bad_request(written.where, fmt::format("{}: no node is left to be named `rest`", written.verb));
    return result;
  }

  static std::set<std::string> touched(const PlanStep& step) {
    std::set<std::string> result;
    if (!step.node.empty()) result.insert(step.node);
    for (const PlanStep& child : step.steps) {
      for (const std::string& node : touched(child)) result.insert(node);
    }
    return result;
  }

  PlanStep beside(PlanStep step, const ScenarioStep& written) {
    const std::set<std::string> restarting = touched(step);
    if (step.verb != "group") {
      PlanStep outer = group(step.why);
      outer.steps.push_back(std::move(step));
      step = std::move(outer);
    }
    return load(std::move(step), written, restarting);
  }

  PlanStep load(PlanStep step, const ScenarioStep& written, const std::set<std::string>& restarting) {
    const Load& wanted = *written.load;
    // One maker for each number of clients: they go on with the rows that they have.
    if (makers_.count(wanted.clients) == 0) {
      makers_.emplace(wanted.clients, LoadMaker(draft_, wanted.clients, clients_));
      clients_ += wanted.clients;
    }
    const std::size_t before = step.operations.size();
    makers_.at(wanted.clients).beside(step, wanted.operations, restarting);
    if (wanted.operations > 0 && step.operations.size() == before) {
      throw bad_request(written.where, "load: no api serves all through this step",
                        "leave one api running, or move the load");
    }
    return step;
  }

  std::string via_of(const ScenarioStep& written) {
    const std::vector<std::string> serving = draft_.fleet.serving("api");
    const std::string& named = written.action->via;
    if (named.empty()) {
      if (serving.empty()) throw bad_request(written.where, "do: no api serves at this point");
      return serving[random_.below(serving.size())];
    }
    if (std::find(serving.begin(), serving.end(), named) == serving.end()) {
      throw bad_request(written.where, fmt::format("do: {} does not serve at this point", named),
                        did_you_mean("", serving));
    }
    return named;
  }

  // "$NAME" becomes the id of a row, "$$..." a text that begins with a dollar.
  Json resolved(const Json& value) const {
    if (value.is_string()) {
      const std::string text = value.get<std::string>();
      if (text.size() > 1 && text[0] == '$')
        return text[1] == '$' ? Json(text.substr(1)) : Json(rows_.at(text.substr(1))->id);
      return value;
    }
    Json result = value;
    if (value.is_array() || value.is_object()) {
      for (auto it = result.begin(); it != result.end(); ++it) *it = resolved(*it);
    }
    return result;
  }

  void known_fields(const ScenarioStep& written, const std::string& object, const std::string& via,
                    const Json& fields) const {
    const std::string& release = draft_.release_of(via);
    if (written.action->expect == "refused") return;
    if (draft_.span.form(object, release) == nullptr) {
      throw bad_request(written.where,
                        fmt::format("{} is at {}, which does not know {}", via, release, object),
                        "ask a newer api, or write `expect: refused`");
    }
    for (const auto& [name, value] : fields.items()) {
      if (draft_.span.field(object, name, release) == nullptr) {
        throw bad_request(written.where,
                          fmt::format("{} is at {}, whose {} has no field {}", via, release, object, name),
                          "ask an api of the other release, or write `expect: refused`");
      }
    }
  }

  PlanStep perform(const ScenarioStep& written) {
    const Action& action = *written.action;
    const std::string via = via_of(written);
    PlanStep step = group(fmt::format("{} {} through {}", action.method, action.target, via));
    PlannedRow* row = rows_.count(action.target) != 0 ? rows_.at(action.target) : nullptr;
    const std::string object = action.method == "run"                                 ? "JobExecution"
                               : action.method == "create" || action.method == "list" ? action.target
                                                                                      : row->object;
    Operation op = draft_.next(0, action.method, object, via, "do");
    op.engine = action.engine;
    op.expect = action.expect;
    const Json set = resolved(action.set);
    if (action.method != "scale") known_fields(written, object, via, set);
    try {
      fill(op, action, row, set);
    } catch (const Error& error) {
      if (!error.where().empty()) throw;
      throw bad_request(written.where, error.message(), error.hint());
    }
    if (action.method == "read") {
      known_fields(written, object, via, action.want.is_null() ? Json::object() : action.want);
      op.want = resolved(action.want);
      if (!action.load.empty()) op.fields["load"] = action.load;
    }
    if (action.method == "list") {
      op.fields = resolved(action.where_equal);
      known_fields(written, object, via, op.fields);
    }
    step.operations.push_back(std::move(op));
    return step;
  }

  void fill(Operation& op, const Action& action, PlannedRow* row, const Json& set) {
    Wish wish;
    wish.extras = 0;
    for (const auto& [name, value] : set.items()) wish.set[name] = value;
    if (op.method == "create" || op.method == "run") {
      if (draft_.known(op.object, op.via) == nullptr) {  // expected to be refused
        op.row = row_id(draft_.seed, op.id);
        op.fields = set;
        op.fields["id"] = op.row;
        return;
      }
      PlannedRow& made = op.method == "create" ? draft_.create(op, wish, random_)
                                               : draft_.run(op, *row, nullptr, 2, wish, random_);
      // What the release does not know is sent all the same: its refusal is what is expected.
      for (const auto& [name, value] : set.items()) op.fields[name] = value;
      if (!action.as.empty()) rows_[action.as] = &made;
      return;
    }
    if (row == nullptr) return;
    op.row = row->id;
    if (op.method == "update") draft_.set(op, *row, wish.set);
    if (op.method == "delete") draft_.remove(*row);
    if (op.method == "scale") {
      op.fields = set;
      const std::string group = set.value("node_group", "");
      std::vector<std::string> known;
      for (const PlannedRow* child : row->children) {
        known.push_back(child->name);
        if (child->name == group) op.fields["node_group"] = child->id;
      }
      if (op.fields == set && row->children.size() == 1 && group.empty())
        op.fields["node_group"] = row->children.front()->id;
      if (!set.contains("count") || !set.at("count").is_number_integer())
        throw bad_request("", "scale: set lacks a whole number \"count\"");
      if (op.fields == set)
        throw bad_request("", fmt::format("scale: the cluster has no node group \"{}\"", group),
                          did_you_mean(group, known));
    }
  }

  const Scenario& scenario_;
  Draft& draft_;
  Roll roll_;
  Random random_;
  int& clients_;
  std::map<int, LoadMaker> makers_;
  std::map<std::string, PlannedRow*> rows_;
};

}  // namespace

std::vector<PlanStep> steps_as_written(const Scenario& scenario, Draft& draft, int& clients) {
  return Written(scenario, draft, clients).steps();
}

}  // namespace caravan
