// What Caravan adds to classes: contracts, refusals, histories, releases, life cycles, consequences.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "objects/base/nearest.hpp"
#include "objects/loader/parts.hpp"

namespace caravan::catalog_parts {
namespace {

std::vector<Json> read_values(const JsonAt& at) {
  std::vector<Json> values;
  for (const JsonAt& item : at.items()) values.push_back(item.json());
  return values;
}

std::string read_path(const JsonAt& at) {
  const std::string path = at.text_or("path", "");
  if (path.rfind(':', 0) == 0 && path != ":scheme") {
    at.member("path").fail(fmt::format("unknown path \"{}\"", path), "did you mean \":scheme\"?");
  }
  return path;
}

std::vector<Contract::SeenAs> read_seen_as(const JsonAt& at) {
  std::vector<Contract::SeenAs> result;
  for (const JsonAt& item : at.items()) {
    item.only({"below", "path", "value", "as"});
    Contract::SeenAs seen;
    seen.below = item.member("below").version();
    seen.path = read_path(item);
    seen.value = item.member("value").json();
    seen.as = item.member("as").json();
    result.push_back(seen);
  }
  return result;
}

Contract::Limit read_limit(const JsonAt& at) {
  at.only({"below", "path", "values", "length", "cut"});
  Contract::Limit limit;
  limit.below = at.member("below").version();
  limit.path = read_path(at);
  if (at.has("values") == at.has("length")) at.fail("a limit has either values or a length");
  if (at.has("values")) limit.values = read_values(at.member("values"));
  if (at.has("length")) limit.length = at.member("length").number(0);
  limit.cut = at.flag_or("cut", false);
  if (limit.cut && !limit.length) at.member("cut").fail("only a length can be cut");
  return limit;
}

Contract::Legal read_legal(const JsonAt& at) {
  at.only({"since", "path", "values", "passes"});
  Contract::Legal legal;
  legal.since = at.member("since").version();
  legal.path = read_path(at);
  legal.values = read_values(at.member("values"));
  if (at.has("passes")) legal.passes = read_values(at.member("passes"));
  return legal;
}

Contract read_contract(const JsonAt& at) {
  at.only({"field", "since", "until", "was_called", "absent_means", "lost_below", "seen_as", "limits",
           "forward", "secret", "secret_since", "rest", "legal", "note"});
  Contract contract;
  contract.field = at.member("field").name();
  if (at.has("since")) contract.since = at.member("since").version();
  if (at.has("until")) contract.until = at.member("until").version();
  if (at.has("was_called")) {
    const auto pair = at.member("was_called").items();
    if (pair.size() != 2) at.member("was_called").fail("[older name, version] was expected");
    contract.was_called = std::make_pair(pair[0].name(), pair[1].version());
  }
  if (at.has("absent_means")) contract.absent_means = at.json()["absent_means"];
  if (at.has("lost_below")) contract.lost_below = at.member("lost_below").version();
  if (at.has("seen_as")) contract.seen_as = read_seen_as(at.member("seen_as"));
  if (at.has("limits")) {
    for (const JsonAt& item : at.member("limits").items()) contract.limits.push_back(read_limit(item));
  }
  if (at.has("forward")) contract.forward = read_seen_as(at.member("forward"));
  if (at.has("secret")) contract.secret = at.member("secret").texts();
  if (at.has("secret_since")) {
    for (const auto& [path, version] : at.member("secret_since").members()) {
      if (std::find(contract.secret.begin(), contract.secret.end(), path) == contract.secret.end()) {
        version.fail(fmt::format("\"{}\" is not among the secrets of {}", path, contract.field),
                     did_you_mean(path, contract.secret));
      }
      contract.secret_since[path] = version.version();
    }
  }
  if (at.has("rest")) contract.rest_shown = at.member("rest").one_of({"shown"}, "word") == "shown";
  if (at.has("legal")) {
    for (const JsonAt& item : at.member("legal").items()) {
      contract.legal.push_back(read_legal(item));
      const auto size = contract.legal.size();
      if (size > 1 && !(contract.legal[size - 2].since < contract.legal[size - 1].since)) {
        item.fail("legal values are listed oldest version first");
      }
    }
  }
  contract.note = at.text_or("note", "");
  return contract;
}

std::vector<Refusal::Condition> read_conditions(const JsonAt& at, std::initializer_list<const char*> ops) {
  std::vector<Refusal::Condition> result;
  for (const JsonAt& item : at.items()) {
    item.only({"field", "op", "value"});
    Refusal::Condition condition;
    condition.field = item.member("field").name();
    condition.op = item.member("op").one_of(std::vector<std::string>(ops.begin(), ops.end()), "condition op");
    if (item.has("value")) condition.value = item.json()["value"];
    if (condition.op == "greater" && !condition.value.is_number())
      item.fail("the op greater needs a number as \"value\"");
    result.push_back(condition);
  }
  return result;
}

RpcInterface read_interface(const JsonAt& at) {
  at.only({"topic", "version", "methods"});
  RpcInterface interface;
  interface.topic = at.member("topic").name();
  interface.version = at.member("version").version();
  for (const JsonAt& item : at.member("methods").items()) interface.methods.push_back(read_method(item));
  return interface;
}

std::map<std::string, std::string> read_text_map(const JsonAt& at) {
  std::map<std::string, std::string> result;
  for (const auto& [key, value] : at.members()) result[key] = value.name();
  return result;
}

}  // namespace

std::vector<Contract> read_contracts(const JsonAt& at) {
  std::vector<Contract> contracts;
  std::set<std::string> seen;
  for (const JsonAt& item : at.items()) {
    contracts.push_back(read_contract(item));
    if (!seen.insert(contracts.back().field).second)
      item.fail(fmt::format("a second contract for {}", contracts.back().field));
  }
  return contracts;
}

std::vector<Refusal> read_refusals(const JsonAt& at) {
  std::vector<Refusal> refusals;
  for (const JsonAt& item : at.items()) {
    item.only({"below", "field", "when", "acts", "why"});
    Refusal refusal;
    refusal.below = item.member("below").version();
    refusal.field = item.member("field").name();
    refusal.when =
        read_conditions(item.member("when"), {"set", "true", "non_empty", "greater", "any_required"});
    for (const JsonAt& act : item.member("acts").items()) {
      refusal.acts.push_back(act.one_of({"engine", "update", "delete", "run"}, "act"));
    }
    refusal.why = item.member("why").text();
    refusals.push_back(refusal);
  }
  return refusals;
}

ClassHistory read_history(const JsonAt& at) {
  at.only({"name", "table", "core", "versions", "children", "child_key", "child_order", "contracts",
           "refusals", "conduct", "load"});
  ClassHistory history;
  history.name = at.member("name").name();
  history.table = at.text_or("table", "");
  history.core = at.flag_or("core", true);
  for (const JsonAt& item : at.member("versions").items()) {
    const auto pair = item.items();
    if (pair.size() != 2) item.fail("[version, first release] was expected");
    history.versions.emplace_back(pair[0].version(), pair[1].text());
  }
  if (at.has("children")) history.children = read_text_map(at.member("children"));
  if (at.has("child_key")) history.child_key = read_text_map(at.member("child_key"));
  if (at.has("child_order")) history.child_order = read_text_map(at.member("child_order"));
  if (at.has("contracts")) history.contracts = read_contracts(at.member("contracts"));
  if (at.has("refusals")) history.refusals = read_refusals(at.member("refusals"));
  return history;
}

std::vector<Transition> read_transitions(const JsonAt& at) {
  std::vector<Transition> transitions;
  for (const JsonAt& item : at.items()) {
    item.only({"life", "from", "to", "who", "since", "until"});
    Transition transition;
    transition.life = item.member("life").name();
    transition.from = item.member("from").name();
    transition.to = item.member("to").name();
    transition.who = item.text_or("who", "");
    transition.since = item.text_or("since", "");
    transition.until = item.text_or("until", "");
    transitions.push_back(transition);
  }
  return transitions;
}

std::vector<Consequence> read_consequences(const JsonAt& at) {
  std::vector<Consequence> consequences;
  for (const JsonAt& item : at.items()) {
    item.only({"on_object", "on_action", "on_when", "object", "key", "when", "effect", "value", "why"});
    Consequence consequence;
    consequence.on_object = item.member("on_object").name();
    consequence.on_action = item.member("on_action").one_of({"destroy", "save"}, "action");
    const auto ops = {"set", "true", "non_empty", "greater", "null"};
    if (item.has("on_when")) consequence.on_when = read_conditions(item.member("on_when"), ops);
    consequence.object = item.text_or("object", "");
    consequence.key = item.member("key").name();
    if (item.has("when")) consequence.when = read_conditions(item.member("when"), ops);
    consequence.effect = item.member("effect").one_of({"destroy", "set"}, "effect");
    if (item.has("value")) consequence.value = item.json()["value"];
    if (consequence.effect == "set" && !consequence.value.is_object())
      item.fail("the effect set needs an object as \"value\"");
    consequence.why = item.text_or("why", "");
    consequences.push_back(consequence);
  }
  return consequences;
}

void check_consequences(const Catalog& catalog, const JsonAt& at) {
  std::vector<std::string> objects;
  for (const ClassHistory& history : catalog.histories) objects.push_back(history.name);
  for (const JsonAt& item : at.items()) {
    item.member("on_object").one_of(objects, "object");
    if (!item.has("object")) continue;
    const std::string object = item.member("object").one_of(objects, "object");
    std::vector<std::string> fields;
    for (const ClassSpec& spec : catalog.classes) {
      if (spec.name != object) continue;
      for (const FieldSpec& field : spec.fields) {
        if (std::find(fields.begin(), fields.end(), field.name) == fields.end()) fields.push_back(field.name);
      }
    }
    item.member("key").one_of(fields, "field");
  }
}

RpcMethod read_method(const JsonAt& at) {
  at.only({"name", "style", "since", "args"});
  RpcMethod method;
  method.name = at.member("name").name();
  method.call = at.member("style").one_of({"call", "cast"}, "style") == "call";
  method.since = at.member("since").version();
  if (!at.has("args")) return method;
  for (const JsonAt& item : at.member("args").items()) {
    item.only({"name", "object", "default", "since"});
    RpcArg arg;
    arg.name = item.member("name").name();
    arg.object = item.text_or("object", "");
    if (item.has("default")) arg.default_value = item.json()["default"];
    if (item.has("since")) arg.since = item.member("since").version();
    if (arg.since && !arg.default_value) item.fail("an argument that came later needs a default");
    method.args.push_back(arg);
  }
  return method;
}

Release read_release(const JsonAt& at) {
  at.only({"name", "title", "index", "manifest", "rpc", "database_revision", "engine_version", "behaviours",
           "hooks", "enums"});
  Release release;
  release.name = at.member("name").name();
  release.title = at.text_or("title", release.name);
  release.index = at.member("index").number(0);
  for (const auto& [object, version] : at.member("manifest").members())
    release.manifest[object] = version.version();
  if (at.has("rpc")) {
    for (const JsonAt& item : at.member("rpc").items()) release.rpc.push_back(read_interface(item));
  }
  release.database_revision = at.text_or("database_revision", "");
  release.engine_version = at.text_or("engine_version", "");
  if (at.has("behaviours")) release.behaviours = at.member("behaviours").texts();
  if (at.has("hooks")) {
    for (const JsonAt& item : at.member("hooks").items()) {
      item.only({"name", "why"});
      release.hooks.push_back({item.member("name").name(), item.text_or("why", "")});
    }
  }
  if (at.has("enums")) {
    for (const auto& [name, values] : at.member("enums").members()) release.enums[name] = values.texts();
  }
  return release;
}

}  // namespace caravan::catalog_parts
