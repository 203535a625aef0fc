// From checked steps to a Scenario's: nodes, classes, fields and rows, each as the releases between know it.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"
#include "objects/base/lookup.hpp"
#include "objects/base/nearest.hpp"
#include "objects/vocabulary/roles.hpp"
#include "scenarios/format/loader_parts.hpp"

namespace caravan::scenarios {
namespace {

const std::vector<std::string> roles = spelt_words<Role>();

/// The keys that say what a step does: the plan's words that need no planner, and those of a scenario alone.
const std::vector<std::string> verbs = [] {
  std::vector<std::string> out = {written::Upgrade::word, written::Rollback::word, written::Restart::word,
                                  written::Do::word, "fault"};
  for (const std::string& word : step::words())
    if (word != step::Group::word && word != step::Settle::word) out.push_back(word);
  return out;
}();
const std::vector<std::string> methods = {"create", "update", "read",   "delete", "list",
                                          "scale",  "run",    "cancel", "suspend"};

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

Load StepLoader::load(const DocumentValue& map) const {
  Load result;
  if (const DocumentValue* value = map.find("clients")) result.clients = value->scalar.get<int>();
  if (const DocumentValue* value = map.find("operations")) result.operations = value->scalar.get<int>();
  return result;
}

UpgradeForm StepLoader::upgrade_form(const DocumentValue& map) {
  UpgradeForm form;
  form.where = place_text(where_, map.place);
  if (const DocumentValue* value = map.find("load")) form.load = load(*value);
  if (const DocumentValue* value = map.find("mix")) {
    form.mix = value->scalar.get<bool>();
    form.mix_named = true;
  }
  if (const DocumentValue* value = map.find("turn_back")) form.turn_back = value->scalar.get<bool>();
  if (const DocumentValue* value = map.find("order")) {
    form.where = place_text(where_, value->place);
    if (value->kind == DocumentValue::Kind::text && value->scalar == "conductors-first") return form;
    form.order = node_names(*value, {"conductors-first"});
  }
  return form;
}

std::vector<std::string> StepLoader::every_node() const {
  std::vector<std::string> result;
  for (const auto& [role, count] : scenario_.nodes) {
    for (int i = 1; i <= count; ++i) result.push_back(fmt::format("{}.{}", role, i));
  }
  return result;
}

void StepLoader::node_name(const DocumentValue& value, const std::vector<std::string>& others) const {
  const std::string name = value.scalar.get<std::string>();
  const std::vector<std::string> all = every_node();
  if (contains(all, name) || contains(roles, name) || name == "rest") return;
  const std::string role = name.substr(0, name.find('.'));
  if (name.find('.') != std::string::npos && contains(roles, role)) {
    const auto has = [&](const auto& entry) { return entry.first == role; };
    const int count = std::find_if(scenario_.nodes.begin(), scenario_.nodes.end(), has)->second;
    fail(value, fmt::format("there is no node {}", name), fmt::format("nodes.{} is {}", role, count));
  }
  std::vector<std::string> known = roles;
  known.insert(known.end(), {"rest"});
  known.insert(known.end(), others.begin(), others.end());
  if (name.find('.') != std::string::npos) {
    fail(value, fmt::format("unknown role \"{}\" in \"{}\"", role, name), did_you_mean(role, roles));
  }
  fail(value, fmt::format("unknown node or role \"{}\"", name), did_you_mean(name, known));
}

std::vector<std::string> StepLoader::node_names(const DocumentValue& value,
                                                const std::vector<std::string>& others) const {
  std::vector<std::string> result;
  const auto add = [&](const DocumentValue& item) {
    node_name(item, others);
    const std::string name = item.scalar.get<std::string>();
    if (contains(result, name)) fail(item, fmt::format("{} is listed twice", name));
    result.push_back(name);
  };
  if (value.kind == DocumentValue::Kind::text) {
    add(value);
  } else {
    for (const DocumentValue& item : value.values) add(item);
  }
  return result;
}

// The verb of a step, and its value. `load` may be added, and to a fault at a moment also `do`.
const DocumentValue* StepLoader::verb_of(const DocumentValue& map, std::string& verb) const {
  const DocumentValue* body = nullptr;
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    if (!contains(verbs, map.keys[i])) continue;
    if (map.keys[i] == "do" && map.find("fault") != nullptr) continue;
    if (body != nullptr) {
      fail_at(map.key_places[i], fmt::format("{} and {} in one step", map.keys[i], verb),
              "a step has one verb; only `load` may be added");
    }
    verb = map.keys[i];
    body = &map.values[i];
  }
  return body;
}

// The keys of a step that are members of its word; others are not allowed there.
void StepLoader::require_members(const DocumentValue& map, const std::string& verb) const {
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    const std::string& key = map.keys[i];
    std::vector<std::string> having = step::words_with(key);
    if (having.empty() || contains(verbs, key)) continue;
    if (key == "release" || key == "expect") having.push_back(written::Upgrade::word);
    if (contains(having, verb)) continue;
    std::sort(having.begin(), having.end());
    fail_at(map.key_places[i], fmt::format("{} has no \"{}\"", verb, key),
            fmt::format("{} {}", fmt::join(having, ", "), having.size() == 1 ? "has" : "have"));
  }
}

WordOfMode StepLoader::words(const DocumentValue* value) {
  if (value == nullptr) return {};
  if (value->kind == DocumentValue::Kind::text) return {{"", value->scalar.get<std::string>()}};
  WordOfMode result;
  for (std::size_t i = 0; i < value->keys.size(); ++i)
    result[value->keys[i]] = value->values[i].scalar.get<std::string>();
  return result;
}

ScenarioStep StepLoader::step(const DocumentValue& map) {
  ScenarioStep result;
  result.where = place_text(where_, map.place);
  result.why = text(map, "why");
  if (const DocumentValue* value = map.find("load")) result.load = load(*value);
  std::string verb = written::Work::word;
  const DocumentValue* body = verb_of(map, verb);
  if (body == nullptr && !result.load)
    fail(map, "a step without a verb", "one of upgrade, migrate, load, do, wait, restart, ...");
  require_members(map, verb);
  result.expect = words(map.find("expect"));
  if (const DocumentValue* value = map.find("modes")) modes(*value, result.modes);
  if (body == nullptr) return result;
  if (verb == step::Migrate::word) {
    result.deed = migration(map, body->scalar.get<std::string>());
  } else if (verb == written::Wait::word) {
    result.deed = wait(*body);
  } else if (verb == written::Do::word) {
    if (result.load) fail(*map.find("load"), "load and do in one step", "make `load` a separate step");
    result.deed = written::Do{action(*body, result.where)};
  } else if (verb == "fault") {
    fault(map, *body, result);
  } else {
    result.nodes = node_names(*body);
    result.deed = to_nodes(map, *body, verb, result.nodes);
  }
  return result;
}

written::Deed StepLoader::to_nodes(const DocumentValue& map, const DocumentValue& body,
                                   const std::string& verb, const std::vector<std::string>& nodes) const {
  if (verb == written::Upgrade::word) {
    const DocumentValue* value = map.find("release");
    return written::Upgrade{value == nullptr ? std::string() : release(*value).name};
  }
  if (verb == written::Rollback::word) return written::Rollback{};
  if (verb == written::Restart::word) return written::Restart{};
  step::Action result = *step::action_of(verb);
  members(map, result);
  if (std::holds_alternative<step::Reload>(result))
    for (const std::string& node : nodes)
      if (const auto role = role_of(node); role && !role_spec(*role).reloads)
        fail(body, fmt::format("reload: {} keeps the pin that it has", node), "restart it");
  if (std::holds_alternative<step::Announce>(result) && step::text_member(result, "release").empty())
    fail(map, "announce lacks the key \"release\"", "the release at which these nodes will come back");
  return result;
}

// What follows the word, except the nodes, and what depends on the mode.
void StepLoader::members(const DocumentValue& map, step::Action& action) const {
  step::each_member(action, [&](const std::string& key, auto& member) {
    using Value = std::decay_t<decltype(member)>;
    const DocumentValue* value = map.find(key.c_str());
    if (value == nullptr || key == "node" || key == "expect") return;
    if constexpr (std::is_enum_v<Value>)
      member = word_from<Value>(value->scalar.template get<std::string>()).value_or(Value{});
    else if constexpr (std::is_same_v<Value, int>)
      member = value->scalar.template get<int>();
    else
      member = key == "release" ? release(*value).name : value->scalar.template get<std::string>();
  });
}

void StepLoader::modes(const DocumentValue& value, std::vector<std::string>& out) const {
  const auto add = [&](const DocumentValue& item) {
    Mode mode;
    set_mode(mode, item.scalar.get<std::string>(), place_text(where_, item.place));
    out.push_back(mode_name(mode));
  };
  if (value.kind == DocumentValue::Kind::text) add(value);
  for (const DocumentValue& item : value.values) add(item);
}

step::Action StepLoader::migration(const DocumentValue& map, const std::string& phase) const {
  step::Action result = step::Migrate{*word_from<step::Phase>(phase), {}, {}, 0, 0, 0, {}};
  for (const char* key : {"batch", "batches", "die_in"})
    if (const DocumentValue* value = map.find(key); value != nullptr && phase != name(step::Phase::data))
      fail(*value, fmt::format("{}: only `migrate: data` runs in batches", key), "");
  members(map, result);
  return result;
}

written::Deed StepLoader::wait(const DocumentValue& body) const {
  if (body.kind == DocumentValue::Kind::text) return step::Action(step::Settle{});
  const DocumentValue& name = *body.find("row");
  written::Wait result{name.scalar.get<std::string>(), text(body, "status")};
  const std::string& object = row(name, result.row);
  const LifeSpec* life = catalog_.life(object);
  if (life == nullptr) {
    std::vector<std::string> with_status;
    for (const ClassHistory& history : catalog_.histories)
      if (history.life() != nullptr) with_status.push_back("a " + history.name);
    fail(name, fmt::format("wait: {} is a {}, which has no status", result.row, object),
         with_status.empty() ? "" : fmt::format("{} has", fmt::join(with_status, " or ")));
  }
  std::vector<std::string> known;
  for (const Transition& next : catalog_.transitions) {
    if (!life->is_moved_by(next.life)) continue;
    if (!contains(known, next.to)) known.push_back(next.to);
  }
  if (!contains(known, result.status))
    fail(*body.find("status"), fmt::format("wait: unknown status \"{}\" of a {}", result.status, object),
         did_you_mean(result.status, known));
  return result;
}

void StepLoader::fault(const DocumentValue& map, const DocumentValue& body, ScenarioStep& step) {
  written::Crash crash{*word_from<step::Moment>(text(body, "when")), {}};
  step.nodes = node_names(*body.find("crash"));
  if (const DocumentValue* beside = map.find("do")) {
    if (crash.when == step::Moment::at_once || step.load)
      fail(*beside, "do and fault in one step", "only a fault with `when` takes one, and then no load");
    crash.beside = action(*beside, step.where);
  }
  for (const std::string& name : step.nodes) {
    const auto role = role_of(name);
    if (crash.when == step::Moment::mid_create && !(role && role_spec(*role).takes_work))
      fail(*body.find("when"), fmt::format("mid-create: {} builds no clusters", name), "engines do");
    if (crash.when == step::Moment::mid_save && role && role_spec(*role).keeps_database)
      fail(*body.find("when"), fmt::format("mid-save: {} saves nothing through the broker", name),
           "crash the api or the engine that saves");
  }
  step.deed = std::move(crash);
}

// Every class as the releases from `from` to `to` know it.
std::vector<const ClassSpec*> StepLoader::forms(const std::string& name) const {
  std::vector<const ClassSpec*> result;
  for (const Release& release : catalog_.releases) {
    if (release.index < catalog_.release(scenario_.from)->index) continue;
    if (release.index > catalog_.release(scenario_.to)->index) continue;
    const auto found = release.manifest.find(name);
    if (found == release.manifest.end()) continue;
    if (const ClassSpec* spec = catalog_.find(name, found->second)) result.push_back(spec);
  }
  return result;
}

void StepLoader::object_class(const DocumentValue& value) const {
  const std::string name = value.scalar.get<std::string>();
  if (catalog_.history(name) == nullptr)
    fail(value, fmt::format("unknown object \"{}\"", name), did_you_mean(name, names_of(catalog_.histories)));
  if (forms(name).empty()) {
    fail(value, fmt::format("neither {} nor {} knows the object {}", scenario_.from, scenario_.to, name));
  }
}

void StepLoader::fields(const DocumentValue* map, const std::string& object, bool more_allowed) const {
  if (map == nullptr) return;
  std::vector<std::string> known;
  for (const ClassSpec* spec : forms(object)) {
    for (const FieldSpec& field : spec->fields) {
      if (!contains(known, field.name)) known.push_back(field.name);
    }
  }
  if (more_allowed) known.insert(known.end(), {"node_group", "count"});
  for (std::size_t i = 0; i < map->keys.size(); ++i) {
    if (!contains(known, map->keys[i])) {
      fail_at(map->key_places[i],
              fmt::format("{} has no field \"{}\" from {} to {}", object, map->keys[i], scenario_.from,
                          scenario_.to),
              did_you_mean(map->keys[i], known));
    }
    references(map->values[i]);
  }
}

// "$NAME" is the id of a row; "$$" begins a plain text with a dollar.
void StepLoader::references(const DocumentValue& value) const {
  for (const DocumentValue& child : value.values) references(child);
  if (value.kind != DocumentValue::Kind::text) return;
  const std::string text_value = value.scalar.get<std::string>();
  if (text_value.size() < 2 || text_value[0] != '$' || text_value[1] == '$') return;
  row(value, text_value.substr(1));
}

void StepLoader::places(const DocumentValue& value, const std::string& at,
                        std::map<std::string, std::string>& out) const {
  out[at] = place_text(where_, value.place);
  for (std::size_t i = 0; i < value.values.size(); ++i)
    places(value.values[i], fmt::format("{}/{}", at, value.keys.empty() ? std::to_string(i) : value.keys[i]),
           out);
}

const std::string& StepLoader::row(const DocumentValue& value, const std::string& name) const {
  const auto found = rows_.find(name);
  if (found != rows_.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [row_name, object] : rows_) known.push_back(row_name);
  fail(value, fmt::format("no earlier step made a row \"{}\"", name),
       known.empty() ? "`create: CLASS, as: NAME` makes one" : did_you_mean(name, known));
}

Action StepLoader::action(const DocumentValue& map, const std::string& where) {
  Action result;
  result.where = where;
  const DocumentValue* target = nullptr;
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    if (!contains(methods, map.keys[i])) continue;
    if (target != nullptr)
      fail_at(map.key_places[i], fmt::format("{} and {} in one operation", map.keys[i], result.method));
    result.method = map.keys[i];
    target = &map.values[i];
  }
  if (target == nullptr)
    fail(map, "do: no operation", "one of create, update, read, delete, list, scale, run, cancel, suspend");
  result.target = target->scalar.get<std::string>();
  result.as = text(map, "as");
  result.via = node_of(map.find("via"), Role::api);
  result.engine = node_of(map.find("engine"), Role::engine);
  result.expect = words(map.find("expect"));
  only_with(map, result.method);

  const bool names_class = result.method == "create" || result.method == "list";
  if (names_class) object_class(*target);
  std::string object = names_class ? result.target : row(*target, result.target);
  if (result.method == "scale" || result.method == "run" || result.method == "cancel" ||
      result.method == "suspend") {
    const ClassHistory* acted_on = catalog_.acted_on_by(result.method);
    const std::string made = acted_on == nullptr ? "" : acted_on->name;
    const std::string wanted = result.method == "run" && acted_on != nullptr && acted_on->conduct.run
                                   ? catalog_.class_of(made, acted_on->conduct.run->of)
                                   : made;
    if (object != wanted || wanted.empty())
      fail(*target, wanted.empty() ? fmt::format("{}: no class of this project supports that", result.method)
                                   : fmt::format("{}: {} is a {}, not a {}", result.method, result.target,
                                                 object, wanted));
    object = made;
  }

  fields(map.find("set"), object, result.method == "scale");
  fields(map.find("want"), object, false);
  fields(map.find("where"), object, false);
  for (const char* key : {"set", "want", "where"})
    if (const DocumentValue* value = map.find(key)) places(*value, std::string("/") + key, result.places);
  if (const DocumentValue* value = map.find("raw")) result.raw = value->scalar.get<bool>();
  if (const DocumentValue* value = map.find("set")) result.set = value->to_json();
  if (const DocumentValue* value = map.find("want")) result.want = value->to_json();
  if (const DocumentValue* value = map.find("where")) result.where_equal = value->to_json();
  if (const DocumentValue* value = map.find("load")) {
    const auto add = [&](const DocumentValue& item) {
      result.load.push_back(item.scalar.get<std::string>());
    };
    if (value->kind == DocumentValue::Kind::text) add(*value);
    for (const DocumentValue& item : value->values) add(item);
  }
  if (!result.as.empty()) {
    if (rows_.count(result.as) != 0)
      fail(*map.find("as"), fmt::format("a row \"{}\" was made before", result.as), "choose another name");
    rows_[result.as] = object;
  }
  return result;
}

std::string StepLoader::node_of(const DocumentValue* value, Role role) const {
  if (value == nullptr) return {};
  std::string named = value->scalar.get<std::string>();
  std::vector<std::string> known;
  for (const std::string& node : every_node())
    if (role_of(node) == role) known.push_back(node);
  if (contains(known, named)) return named;
  fail(*value, fmt::format("\"{}\" is not a node of the role {}", named, name(role)),
       did_you_mean(named, known));
}

void StepLoader::only_with(const DocumentValue& map, const std::string& method) const {
  // Which argument goes with which method: one line each.
  static const std::vector<std::pair<std::string, std::vector<std::string>>> table = {
      {"as", {"create", "run"}},
      {"set", {"create", "update", "scale", "run"}},
      {"want", {"read"}},
      {"load", {"read"}},
      {"where", {"list"}},
      {"raw", {"create", "update", "read", "list", "run"}},
      {"engine", {"create", "delete", "scale", "run", "cancel", "suspend"}},
  };
  for (const auto& [argument, allowed] : table) {
    if (map.find(argument) == nullptr || contains(allowed, method)) continue;
    for (std::size_t i = 0; i < map.keys.size(); ++i) {
      if (map.keys[i] == argument)
        fail_at(map.key_places[i], fmt::format("{} has no \"{}\"", method, argument));
    }
  }
  if ((method == "update" || method == "scale") && map.find("set") == nullptr) {
    fail(map, fmt::format("{} lacks the key \"set\"", method));
  }
}

}  // namespace caravan::scenarios
