// The long form: every step as its author wrote it, checked against what the fleet can do at that point.
#include <fmt/format.h>

#include <algorithm>

#include "objects/error.hpp"
#include "objects/nearest.hpp"
#include "scenarios/field_values.hpp"
#include "scenarios/roll.hpp"

namespace caravan {
namespace {

class Written {
 public:
  Written(const Scenario& scenario, Draft& draft, int& clients, PlanPlaces& places)
      : scenario_(scenario),
        draft_(draft),
        roll_(scenario, draft),
        random_(Random(draft.seed).fork(55)),
        clients_(clients),
        places_(places) {}

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
      places_.steps[std::to_string(result.size())] = written.where;
    }
    for (const auto& [name, row] : rows_) places_.names[row->id] = name;
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

  // None: a step that this mode does not have.
  std::optional<PlanStep> expand(const ScenarioStep& written) {
    const std::string& verb = written.verb;
    const Mode& mode = draft_.fleet.mode();
    const auto& modes = written.modes;
    if (!modes.empty() && std::find(modes.begin(), modes.end(), mode_name(mode)) == modes.end())
      return std::nullopt;
    if (verb == "reload" && mode.compat != "pin") return std::nullopt;
    if ((verb == "announce" || verb == "forget") && mode.access == "direct") return std::nullopt;
    if (verb == "migrate") return migrate(written);
    if (verb == "wait") return wait(written);
    if (verb == "do") return perform(written);
    if (verb == "load") {
      PlanStep step = group(fmt::format("{} clients at work", written.load->clients));
      return load(std::move(step), written, {});
    }
    if (names_conductors_only(written)) return std::nullopt;
    const std::vector<std::string> names = nodes(written);
    PlanStep step = group(fmt::format("{}: {}", verb, fmt::join(names, ", ")));
    if (written.action) step.operations = perform(written).operations;
    for (const std::string& name : names) {
      if (verb == "upgrade" || verb == "rollback" || verb == "restart") {
        step.steps.push_back(change(written, name));
      } else if (verb == "crash") {
        step.steps.push_back(crash(written, name));
      } else if (verb == "announce") {
        step.steps.push_back(roll_.announce(name, written.release, refused(written)));
      } else if (verb == "forget") {
        step.steps.push_back(roll_.forget(name, refused(written), written.where));
      } else if (verb == "start") {
        step.steps.push_back(start(written, name));
      } else {
        step.steps.push_back(roll_.strike(verb, name, why_of_strike(verb), written.where));
      }
    }
    if (!step.operations.empty()) return step;
    return only_one(std::move(step));
  }

  bool refused(const ScenarioStep& written) const {
    return word_for(written.expect, draft_.fleet.mode(), "done") == "refused";
  }

  PlanStep change(const ScenarioStep& written, const std::string& name) {
    const PlannedFleet::Node& node = draft_.fleet.at(name);
    const std::string release = !written.release.empty()     ? written.release
                                : written.verb == "upgrade"  ? draft_.span.to()
                                : written.verb == "rollback" ? draft_.span.from()
                                                             : node.release;
    const std::string why = fmt::format("{} to {}", name, release);
    if (!refused(written)) return roll_.change(name, release, why, written.where);
    PlanStep step = group(why);
    if (node.state != PlannedFleet::State::down)
      step.steps.push_back(roll_.strike("stop", name, "finishes what it has in hand", written.where));
    step.steps.push_back(roll_.refused_start(name, release, written.where));
    return step;
  }

  PlanStep start(const ScenarioStep& written, const std::string& name) {
    PlannedFleet::Node& node = draft_.fleet.at(name);
    const std::string release = written.release.empty() ? node.release : written.release;
    if (refused(written)) return roll_.refused_start(name, release, written.where);
    if (node.state == PlannedFleet::State::down) node.release = release;
    return roll_.strike("start", name, fmt::format("a new incarnation, at {}", node.release), written.where);
  }

  PlanStep crash(const ScenarioStep& written, const std::string& name) {
    PlanStep step = group(fmt::format("{} crashes and comes back", name));
    PlanStep kill = roll_.strike("kill", name, why_of_crash(written.moment), written.where);
    kill.moment = written.moment;
    step.steps.push_back(std::move(kill));
    step.steps.push_back(roll_.strike("start", name, "a new incarnation at the same release", written.where));
    return step;
  }

  static std::string why_of_crash(const std::string& moment) {
    if (moment == "mid-save") return "as soon as a save of it is on its way: nobody tells it how that went";
    if (moment == "mid-create") return "at the first instance of a cluster: what it meant to build is lost";
    return "what it had in hand is lost";
  }

  std::optional<PlanStep> migrate(const ScenarioStep& written) {
    auto step = roll_.migrate(written.phase, why_of_phase(written.phase, draft_.fleet.phased()),
                              written.where, refused(written));
    if (!step) return step;
    step->batch = written.batch;
    step->batches = written.batches;
    step->die_in = written.die_in;
    return step;
  }

  PlanStep wait(const ScenarioStep& written) {
    if (written.phase == "settle")
      return roll_.settle("until every cluster and every job run has come to rest");
    const PlannedRow& row = *named(written, written.row);
    PlanStep step = group(fmt::format("until {} has been {}", written.row, written.status));
    step.verb = "wait";
    step.object = row.object;
    step.row = row.id;
    step.status = written.status;
    return step;
  }

  // A row may have been made by a step that this mode does not have.
  PlannedRow* named(const ScenarioStep& written, const std::string& name) const {
    const auto found = rows_.find(name);
    if (found == rows_.end())
      throw bad_request(written.where,
                        fmt::format("no step made a row \"{}\" in {}", name, mode_name(draft_.fleet.mode())),
                        "look at `modes` and `expect` of the step that was to make it");
    return found->second;
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
    if (verb == "reload") return "computes its pins anew";
    if (verb == "kill") return "what it had in hand is lost";
    return verb == "pause" ? "alive, and answers nobody" : "goes on where it stood";
  }

  // `rest`: for an upgrade the nodes that are not at `to` yet, for a rollback those not at `from`, else all.
  std::vector<std::string> nodes(const ScenarioStep& written) const {
    std::vector<std::string> rest;
    for (const PlannedFleet::Node& node : draft_.fleet.nodes()) {
      const std::string& goal = written.release.empty() ? draft_.span.to() : written.release;
      const bool there = (written.verb == "upgrade" && node.release == goal) ||
                         (written.verb == "reload" && node.role == "api") ||
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
  Json resolved(const ScenarioStep& written, const Json& value) const {
    if (value.is_string()) {
      const std::string text = value.get<std::string>();
      if (text.size() > 1 && text[0] == '$')
        return text[1] == '$' ? Json(text.substr(1)) : Json(named(written, text.substr(1))->id);
      return value;
    }
    Json result = value;
    if (value.is_array() || value.is_object()) {
      for (auto it = result.begin(); it != result.end(); ++it) *it = resolved(written, *it);
    }
    return result;
  }

  /// `travel`: they leave the api, which takes none above its cap.
  void known_fields(const ScenarioStep& written, const std::string& object, const std::string& via,
                    const Json& fields, bool travel) const {
    const std::string& release = draft_.release_of(via);
    if (word_for(written.action->expect, draft_.fleet.mode(), "ok") == "refused") return;
    if (draft_.span.form(object, release) == nullptr) {
      throw bad_request(written.where,
                        fmt::format("{} is at {}, which does not know {}", via, release, object),
                        "ask a newer api, or write `expect: refused`");
    }
    const auto place = [&](const std::string& name) {
      for (const char* key : {"/set/", "/want/", "/where/"})
        if (const auto found = written.action->places.find(key + name); found != written.action->places.end())
          return found->second;
      return written.where;
    };
    const std::string& spoken = draft_.fleet.speaks(via);
    if (draft_.span.form(object, spoken) == nullptr)
      throw bad_request(written.where,
                        fmt::format("{} is pinned at {}, which does not know {}", via, spoken, object),
                        "ask after the pins are lifted, or write `expect: refused`");
    for (const auto& [name, value] : fields.items()) {
      if (travel && draft_.span.field(object, name, release) != nullptr && !draft_.takes(object, name, via))
        throw bad_request(
            place(name),
            fmt::format("{} is pinned at {}, whose {} has no field {}", via, spoken, object, name),
            "ask after the pins are lifted, or write `expect: refused`");
      if (draft_.span.field(object, name, release) == nullptr) {
        throw bad_request(place(name),
                          fmt::format("{} is at {}, whose {} has no field {}", via, release, object, name),
                          "ask an api of the other release, or write `expect: refused`");
      }
    }
  }

  /// Whether the engines of the api's release have what it would cast.
  void castable(const ScenarioStep& written, const std::string& via) const {
    const std::string& verb = written.action->method;
    const std::string method = verb == "suspend"  ? "job_execution_suspend"
                               : verb == "cancel" ? "cancel_job_execution"
                                                  : "";
    if (method.empty() || word_for(written.action->expect, draft_.fleet.mode(), "ok") == "refused") return;
    const Release* release = draft_.catalog.release(draft_.release_of(via));
    for (const RpcInterface& interface : release->rpc)
      for (const RpcMethod& known : interface.methods)
        if (interface.topic == "engine" && known.name == method) return;
    throw bad_request(
        written.where,
        fmt::format("{}: {} is at {}, whose engines have no method {}", verb, via, release->name, method),
        "ask an api of a newer release, or write `expect: refused`");
  }

  void listed_by_columns(const ScenarioStep& written, const std::string& object,
                         const std::string& via) const {
    if (word_for(written.action->expect, draft_.fleet.mode(), "ok") == "refused") return;
    for (const auto& [name, value] : written.action->where_equal.items()) {
      const FieldSpec* field = draft_.span.field(object, name, draft_.release_of(via));
      if (field == nullptr || field->column) continue;
      const auto place = written.action->places.find("/where/" + name);
      throw bad_request(place == written.action->places.end() ? written.where : place->second,
                        fmt::format("{}.{} is rows of their own, and no column to list by", object, name));
    }
  }

  PlanStep perform(const ScenarioStep& written) {
    const Action& action = *written.action;
    const std::string via = via_of(written);
    PlanStep step = group(fmt::format("{} {} through {}", action.method, action.target, via));
    const bool of_class = action.method == "create" || action.method == "list";
    PlannedRow* row = of_class ? nullptr : named(written, action.target);
    const std::string object = action.method == "run" ? "JobExecution"
                               : of_class             ? action.target
                                                      : row->object;
    Operation op = draft_.next(0, action.method, object, via, "do");
    op.engine = action.engine;
    op.raw = action.raw;
    op.expect = word_for(action.expect, draft_.fleet.mode(), "ok");
    places_.names[op.id] = fmt::format("{} {}", action.method, action.target);
    const Json set = resolved(written, action.set);
    if (action.method != "scale") {
      known_fields(written, object, via, set, true);
      known_fields(written, object, via, action.want.is_null() ? Json::object() : action.want, false);
      known_fields(written, object, via, action.where_equal, true);
      listed_by_columns(written, object, via);
      Json lazy = Json::object();
      for (const std::string& name : action.load) lazy[name] = nullptr;
      known_fields(written, object, via, lazy, true);
      fitting_values(written, object, via);
    }
    castable(written, via);
    try {
      fill(op, action, row, set);
    } catch (const Error& error) {
      if (!error.where().empty()) throw;
      throw bad_request(written.where, error.message(), error.hint());
    }
    if (action.method == "read") {
      op.want = resolved(written, action.want);
      if (!action.load.empty()) op.fields["load"] = action.load;
    }
    if (action.method == "list") {
      op.fields = resolved(written, action.where_equal);
    }
    step.operations.push_back(std::move(op));
    return step;
  }

  /// What is stored must be what was written, unless the author wants it otherwise.
  void fitting_values(const ScenarioStep& written, const std::string& object, const std::string& via) const {
    const Action& action = *written.action;
    if (action.raw) return;
    WrittenValues values;
    values.object = object;
    values.release = draft_.release_of(via);
    values.refused = word_for(action.expect, draft_.fleet.mode(), "ok") == "refused";
    values.places = action.places;
    values.where = written.where;
    values.class_of = [this](const std::string& name) {
      const auto found = rows_.find(name);
      return found == rows_.end() ? std::string() : found->second->object;
    };
    check_values(draft_.span, values, "set", action.set);
    check_values(draft_.span, values, "want", action.want);
    check_values(draft_.span, values, "where", action.where_equal);
  }

  /// Rows that are created inside of this one have ids too; node groups got theirs with the rest of their
  /// values.
  Json with_ids(const Operation& op, const std::string& name, Json value) const {
    if (!value.is_array()) return value;
    for (const FieldSpec& field : draft_.known(op.object, op.via)->fields) {
      if (field.name != name || field.type.name != "ListOfObjects") continue;
      for (std::size_t i = 0; i < value.size(); ++i)
        if (value[i].is_object() && !value[i].contains("id"))
          value[i]["id"] = row_id(draft_.seed, fmt::format("{}.{}.{}", op.id, name, i + 1));
    }
    return value;
  }

  /// Those that came with the cluster, and those that were created in it later.
  std::vector<const PlannedRow*> groups_of(const PlannedRow& cluster) const {
    std::vector<const PlannedRow*> result(cluster.children.begin(), cluster.children.end());
    for (const auto& row : draft_.rows()) {
      const auto in = row->written.find("cluster_id");
      if (row->object == "NodeGroup" && !row->inside && !row->gone && in != row->written.end() &&
          in->second == cluster.id)
        result.push_back(row.get());
    }
    return result;
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
      for (const auto& [name, value] : set.items())
        if (!op.fields.contains(name)) op.fields[name] = with_ids(op, name, value);
      if (!action.as.empty()) rows_[action.as] = &made;
      return;
    }
    if (row == nullptr) return;
    op.row = row->id;
    if (op.method == "update") draft_.set(op, *row, wish.set);
    if (op.method == "delete") draft_.remove(*row);
    if (op.method == "scale") {
      op.fields = set;
      const Json named = set.value("node_group", Json(""));
      if (!named.is_string()) throw bad_request("", "scale: node_group is the name of a node group, a text");
      const std::string group = named.get<std::string>();
      std::vector<std::string> known;
      for (const PlannedRow* child : groups_of(*row)) {
        known.push_back(child->name);
        if (child->name == group) op.fields["node_group"] = child->id;
      }
      if (group.empty() && !row->children.empty())  // how many there are may have been drawn
        op.fields["node_group"] = row->children.front()->id;
      if (!set.contains("count") || !set.at("count").is_number_integer() || set.at("count") < 0)
        throw bad_request("", "scale: set lacks a whole number \"count\", zero or more");
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
  PlanPlaces& places_;
  std::map<int, LoadMaker> makers_;
  std::map<std::string, PlannedRow*> rows_;
};

}  // namespace

std::vector<PlanStep> steps_as_written(const Scenario& scenario, Draft& draft, int& clients,
                                       PlanPlaces& places) {
  return Written(scenario, draft, clients, places).steps();
}

}  // namespace caravan
