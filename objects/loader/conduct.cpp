// How the rows of a class live, and what clients do with them: the members "conduct" and "load" of a class.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/nearest.hpp"
#include "objects/loader/parts.hpp"
#include "objects/vocabulary/roles.hpp"

namespace caravan::catalog_parts {
namespace {

using Names = std::vector<std::string>;

const Names& methods() {
  static const Names all = {"create", "update", "delete", "run", "scale", "cancel", "suspend"};
  return all;
}

Names some_of(const JsonAt& at, const char* key, const Names& known, const char* what) {
  Names result;
  if (!at.has(key)) return result;
  for (const JsonAt& item : at.member(key).items()) result.push_back(item.one_of(known, what));
  return result;
}

Names texts_or_none(const JsonAt& at, const char* key) {
  return at.has(key) ? at.member(key).texts() : Names{};
}

void known_name(const std::string& name, const Names& known, const JsonAt& at, const char* what) {
  if (std::find(known.begin(), known.end(), name) == known.end())
    at.fail(fmt::format("\"{}\" {}", name, what), did_you_mean(name, known));
}

/// A list says only that they are cast.
std::map<std::string, std::string> read_casts(const JsonAt& at) {
  std::map<std::string, std::string> result;
  if (at.json().is_array()) {
    for (const JsonAt& item : at.items()) result[item.one_of(methods(), "method")];
    return result;
  }
  for (const auto& [method, cast] : at.members()) {
    known_name(method, methods(), cast, "is not a method");
    result[method] = cast.text();
  }
  return result;
}

LifeSpec read_life(const JsonAt& at, const Names& fields) {
  at.only({"status", "transitions", "states", "rests", "deleting", "fails_in", "casts", "carries",
           "accepted_in"});
  LifeSpec life;
  const JsonAt status = at.member("status");
  const std::string path = status.name();
  life.field = path.substr(0, path.find('.'));
  if (life.field != path) life.key = path.substr(life.field.size() + 1);
  known_name(life.field, fields, status, "is not a field");
  life.transitions = at.member("transitions").texts();
  life.states = at.text_or("states", "");
  life.rests = texts_or_none(at, "rests");
  life.deleting = at.text_or("deleting", "");
  if (at.has("casts")) life.casts = read_casts(at.member("casts"));
  life.fails_in = texts_or_none(at, "fails_in");
  if (at.has("carries"))
    for (const auto& [field, argument] : at.member("carries").members())
      life.carries[field] = argument.name();
  if (at.has("accepted_in"))
    for (const auto& [method, states] : at.member("accepted_in").members()) {
      known_name(method, methods(), states, "is not a client method");
      life.accepted_in[method] = states.texts();
    }
  return life;
}

RunOf read_run(const JsonAt& at, const Names& fields) {
  at.only({"of", "on", "waits", "until", "starts_from", "starts_in", "given", "adds"});
  RunOf run;
  run.of = at.member("of").one_of(fields, "field");
  if (at.has("on")) run.on = at.member("on").one_of(fields, "field");
  run.waits = at.text_or("waits", "");
  run.until = at.text_or("until", "");
  if (at.has("waits") != at.has("until")) at.fail("`waits` needs `until`, and `until` needs `waits`");
  if (at.has("waits") && run.on.empty()) at.member("waits").fail("\"on\" says which row is waited for");
  run.starts_from = texts_or_none(at, "starts_from");
  run.starts_in = at.text_or("starts_in", "");
  run.given = some_of(at, "given", fields, "field");
  if (at.has("adds"))
    for (const JsonAt& item : at.member("adds").items()) {
      item.only({"field", "hook", "value"});
      if (!item.member("value").json().is_object()) item.member("value").fail("an object was expected");
      run.adds.push_back({item.member("field").one_of(fields, "field"), item.member("hook").name(),
                          item.member("value").json()});
    }
  return run;
}

Names clients_of_conductors() {
  Names result;
  for (const RoleSpec& role : role_table)
    if (!role.keeps_database) result.emplace_back(role.word);
  return result;
}

std::vector<Holder> read_holders(const JsonAt& at) {
  std::vector<Holder> result;
  for (const JsonAt& item : at.items()) {
    item.only({"role", "may", "why"});
    Holder one;
    one.role = item.member("role").one_of(clients_of_conductors(), "role");
    one.always = item.member("may").one_of({"always", "asked"}, "word") == "always";
    one.why = item.member("why").name();
    result.push_back(one);
  }
  return result;
}

std::vector<MovedFlag> read_moved(const JsonAt& at, const Names& fields) {
  std::vector<MovedFlag> result;
  for (const JsonAt& item : at.items()) {
    item.only({"revision", "set", "where"});
    result.push_back({item.member("revision").name(), item.member("set").one_of(fields, "field"),
                      item.member("where").one_of(fields, "field")});
  }
  return result;
}

Conduct read_one(const JsonAt& at, const Names& fields, const Names& lists) {
  at.only({"life", "run", "holders", "work", "kept", "counts", "follows", "follows_by", "moved"});
  Conduct conduct;
  if (at.has("life")) conduct.life = read_life(at.member("life"), fields);
  if (at.has("run")) conduct.run = read_run(at.member("run"), fields);
  if (conduct.run && !conduct.life) at.member("run").fail("a run has a life", "declare \"life\", too");
  if (at.has("holders")) conduct.holders = read_holders(at.member("holders"));
  Names or_all = fields;
  or_all.emplace_back("*");
  conduct.work = some_of(at, "work", or_all, "field");
  conduct.kept = some_of(at, "kept", conduct.work, "field of \"work\"");
  if (at.has("counts")) {
    for (const auto& [list, field] : at.member("counts").members()) {
      known_name(list, lists, field, "is not a list of children");
      conduct.counts[list] = field.one_of(fields, "field");
    }
  }
  if (at.has("follows")) conduct.follows = at.member("follows").one_of(fields, "field");
  conduct.follows_by = at.text_or("follows_by", "");
  if (at.has("follows_by") && conduct.follows.empty())
    at.member("follows_by").fail("\"follows\" says which row is followed");
  if (at.has("moved")) conduct.moved = read_moved(at.member("moved"), fields);
  return conduct;
}

/// Field -> pattern.
Json read_patterns(const JsonAt& at, const char* key, const Names& fields) {
  Json result = Json::object();
  if (!at.has(key)) return result;
  for (const auto& [name, value] : at.member(key).members()) {
    known_name(name, fields, value, "is not a field");
    result[name] = value.json();
  }
  return result;
}

/// Methods that the life casts, and statuses that it can have.
void check_taken_up(const Workload& load, const LifeSpec* life, const std::vector<Transition>& transitions,
                    const JsonAt& at) {
  Names cast, statuses;
  if (life != nullptr) {
    for (const auto& [method, name] : life->casts) cast.push_back(method);
    for (const Transition& step : transitions)
      if (life->is_moved_by(step.life)) statuses.push_back(step.to);
  }
  for (const auto& [method, status] : load.left_in) {
    const JsonAt place = at.member("left_in").member(method);
    known_name(method, cast, place, "is not cast");
    place.one_of(statuses, "status");
  }
  for (const auto& [method, all] : load.taken_in) {
    const JsonAt place = at.member("taken_in").member(method);
    known_name(method, cast, place, "is not cast");
    for (const JsonAt& item : place.items()) item.one_of(statuses, "status");
  }
}

Workload read_load(const JsonAt& at, const Names& fields, const Names& lists) {
  at.only({"needs", "parents", "cost", "never", "not_of_runs", "ended", "once", "always", "inside", "size",
           "values", "longer", "goes_with", "left_in", "taken_in"});
  Workload load;
  const auto percent = [](const JsonAt& value) {
    const int number = value.number(0);
    if (number > 100) value.fail("a percentage was expected", "0 to 100");
    return number;
  };
  load.needs = texts_or_none(at, "needs");
  if (at.has("parents")) {
    for (const auto& [parent, often] : at.member("parents").members())
      load.parents.emplace_back(parent, percent(often));
  }
  if (at.has("cost")) load.cost = at.member("cost").number(1);
  load.never = some_of(at, "never", fields, "field");
  load.not_of_runs = some_of(at, "not_of_runs", fields, "field");
  load.ended = some_of(at, "ended", fields, "field");
  load.once = some_of(at, "once", fields, "field");
  load.always = some_of(at, "always", fields, "field");
  if (at.has("inside")) {
    for (const auto& [list, extras] : at.member("inside").members()) {
      known_name(list, lists, extras, "is not a list of children");
      load.inside[list] = percent(extras);
    }
  }
  if (at.has("size")) load.size = at.member("size").one_of(fields, "field");
  load.values = read_patterns(at, "values", fields);
  load.longer = read_patterns(at, "longer", fields);
  load.goes_with = read_patterns(at, "goes_with", fields);
  for (const auto& [field, beside] : load.goes_with.items())
    read_patterns(at.member("goes_with"), field.c_str(), fields);
  if (at.has("left_in"))
    for (const auto& [method, status] : at.member("left_in").members()) load.left_in[method] = status.name();
  if (at.has("taken_in"))
    for (const auto& [method, all] : at.member("taken_in").members()) load.taken_in[method] = all.texts();
  return load;
}

/// Hooks that some release has.
void check_hooks(const Conduct& conduct, const Catalog& catalog, const JsonAt& at) {
  Names hooks;
  for (const Release& release : catalog.releases)
    for (const Hook& hook : release.hooks) hooks.push_back(hook.name);
  if (!conduct.follows_by.empty()) at.member("conduct").member("follows_by").one_of(hooks, "hook");
  if (conduct.run && !conduct.run->adds.empty())
    for (const JsonAt& extra : at.member("conduct").member("run").member("adds").items())
      extra.member("hook").one_of(hooks, "hook");
}

/// States that the enum has.
void check_states(const LifeSpec& life, const Catalog& catalog, const JsonAt& at) {
  Names states;
  for (const Release& release : catalog.releases)
    if (const auto found = release.enums.find(life.states); found != release.enums.end())
      states.insert(states.end(), found->second.begin(), found->second.end());
  if (states.empty()) return;
  if (!life.fails_in.empty()) some_of(at, "fails_in", states, "state");
  for (const auto& [method, states_of] : life.accepted_in)
    some_of(at.member("accepted_in"), method.c_str(), states, "state");
}

}  // namespace

void read_conduct(const JsonAt& at, ClassHistory& history, const Names& fields) {
  Names lists;
  for (const auto& [list, child] : history.children) lists.push_back(list);
  if (at.has("conduct")) history.conduct = read_one(at.member("conduct"), fields, lists);
  if (at.has("load")) history.load = read_load(at.member("load"), fields, lists);
}

void check_conduct(const ClassHistory& history, const Catalog& catalog, const Names& classes,
                   const JsonAt& at) {
  for (const auto& [parent, percent] : history.load.parents)
    known_name(parent, classes, at.member("load").member("parents").member(parent), "is not a class");
  if (!history.load.needs.empty()) some_of(at.member("load"), "needs", classes, "class");
  check_hooks(history.conduct, catalog, at);
  const LifeSpec* life = history.life();
  if (at.has("load")) check_taken_up(history.load, life, catalog.transitions, at.member("load"));
  if (life == nullptr) return;
  Names tables, enums, cast, arguments;
  for (const Transition& step : catalog.transitions)
    if (std::find(tables.begin(), tables.end(), step.life) == tables.end()) tables.push_back(step.life);
  for (const Release& release : catalog.releases)
    for (const auto& [name, states] : release.enums)
      if (std::find(enums.begin(), enums.end(), name) == enums.end()) enums.push_back(name);
  const JsonAt place = at.member("conduct").member("life");
  for (const JsonAt& table : place.member("transitions").items())
    table.one_of(tables, "table of transitions");
  if (!life->states.empty()) place.member("states").one_of(enums, "enum");
  for (const Release& release : catalog.releases)
    for (const RpcInterface& one : release.rpc)
      for (const RpcMethod& method : one.methods)
        if (one.topic == name(Role::engine)) {
          cast.push_back(method.name);
          for (const RpcArg& argument : method.args) arguments.push_back(argument.name);
        }
  for (const auto& [method, name] : life->casts)
    if (!name.empty()) place.member("casts").member(method).one_of(cast, "method of the engine");
  for (const auto& [field, argument] : life->carries)
    place.member("carries").member(field).one_of(arguments, "argument of an engine's method");
  check_states(*life, catalog, place);
}

}  // namespace caravan::catalog_parts
