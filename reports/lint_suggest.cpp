// Why a fault is there, and how to mend it.
#include "reports/lint_suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "reports/lint_rules.hpp"
#include "reports/text.hpp"
#include "reports/values.hpp"

namespace caravan::lint_parts {
namespace {

using Text = std::string;

/// Everything that a mender of one type needs.
struct Ill {
  const Promises& promise;
  const Cause& one;
  const LintObject& object;
  const Promised* promised;  ///< null: no field, or none that is known
  std::string newer, older;  ///< names of the field there
  Version step;              ///< `below` of the rule that should do it
  std::vector<Rule> rules;   ///< of the direction
  Finding& finding;

  bool forward() const { return one.fault.forward; }
  const std::string& source() const { return forward() ? older : newer; }
  const std::string& target() const { return forward() ? newer : older; }
  std::string at_path() const {
    const auto& path = one.fault.path;
    return source() + (path.empty() || path == ":scheme" ? path : "." + path);
  }
  Editor editor() const { return Editor(promise, object); }
  /// The first rule that does `op` (or anything) to the field.
  const Rule* rule(const std::string& name, std::initializer_list<const char*> ops) const {
    for (const auto& one_rule : rules) {
      const auto& from = one_rule.field;
      const bool about = from == name || from.compare(0, name.size() + 1, name + ".") == 0 ||
                         from.compare(0, name.size() + 1, name + ":") == 0;
      if (about && (ops.size() == 0 || std::find(ops.begin(), ops.end(), one_rule.op) != ops.end()))
        return &one_rule;
    }
    return nullptr;
  }
};

Json rule_json(const Version& below, const char* op, const std::string& field) {
  Json out = Json::object();
  out["below"] = below.text();
  out["op"] = op;
  out["field"] = field;
  return out;
}

Json rename_json(const Version& below, const std::string& from, const std::string& to) {
  Json out = Json::object();
  out["below"] = below.text();
  out["op"] = "rename";
  out["from"] = from;
  out["to"] = to;
  return out;
}

std::string plain_field(const Rule& rule) { return rule.field.substr(0, rule.field.find_first_of(".:")); }

/// A rule that is there and does not act: a guard that asks for something else, a threshold that is off.
/// Mends that.
bool mend_rule(const Ill& ill, const Rule& rule, const Version& step) {
  const auto& guard = text_at(rule.args, "if_set");
  auto editor = ill.editor();
  if (!guard.empty() && guard != ill.source()) {
    editor.set(ill.forward(), rule.args, "if_set", ill.source());
    ill.finding.type = "guard-on-wrong-name";
    ill.finding.message += fmt::format("; the rule for it asks whether {} is set", guard);
    ill.finding.suggestion = editor.done(fmt::format("ask for {} itself", ill.source()));
    return true;
  }
  if (rule.below == step) return false;
  Json moved = rule.args;
  moved["below"] = step.text();
  editor.remove(ill.forward(), rule.args);
  editor.insert(ill.forward(), moved);
  ill.finding.type = "threshold-off";
  ill.finding.message += fmt::format("; the rule for it says below {}", rule.below.text());
  ill.finding.suggestion = editor.done(fmt::format("it came with {}", step.text()));
  return true;
}

/// The version that took the name away, for a name of old.
const Version* gone_at(const LintObject& object, const std::string& name) {
  for (const auto& field : object.fields) {
    const auto& contract = field.contract;
    if (contract.field == name && contract.until) return &*contract.until;
    if (contract.was_called && contract.was_called->first == name) return &contract.was_called->second;
  }
  return nullptr;
}

void leaked(const Ill& ill) {
  const auto& name = ill.source().empty() ? ill.one.fault.field : ill.source();
  // A rule that brings back an older name does so too early.
  if (const auto* step = gone_at(ill.object, name))
    for (const auto& rule : ill.rules) {
      const bool brings = rule.op == "set_default" || rule.op == "set" ? plain_field(rule) == name
                                                                       : text_at(rule.args, "to") == name;
      if (brings && rule.op != "cast" && mend_rule(ill, rule, *step)) return;
    }
  if (const auto* rule = ill.rule(name, {"remove", "rename"});
      rule != nullptr && mend_rule(ill, *rule, ill.step))
    return;
  auto editor = ill.editor();
  editor.insert(ill.forward(), rule_json(ill.step, "remove", name));
  ill.finding.suggestion = editor.done(fmt::format("take {} out for peers below {}", name, ill.step.text()));
}

void renamed(const Ill& ill) {
  auto editor = ill.editor();
  const Json right = rename_json(ill.step, ill.source(), ill.target());
  const auto is_right = [&](const Rule& rule) {
    return rule.op == "rename" && plain_field(rule) == ill.source() &&
           text_at(rule.args, "to") == ill.target();
  };
  const auto there = std::find_if(ill.rules.begin(), ill.rules.end(), is_right);
  if (there != ill.rules.end() && mend_rule(ill, *there, ill.step)) return;
  const Rule* wrong = nullptr;  // takes the value away first
  for (const auto& rule : ill.rules) {
    const bool takes = rule.op == "remove" || rule.op == "rename" || rule.op == "copy";
    if (wrong == nullptr && takes && plain_field(rule) == ill.source() && !is_right(rule)) wrong = &rule;
  }
  if (wrong != nullptr && there == ill.rules.end() && wrong->below == ill.step) {
    editor.replace(ill.forward(), wrong->args, right);
  } else {
    if (wrong != nullptr) editor.remove(ill.forward(), wrong->args);
    if (there == ill.rules.end()) editor.insert(ill.forward(), right);
  }
  // The way back, where that is missing too.
  const auto back = rules_of(ill.object, !ill.forward());
  const bool has_back = std::any_of(back.begin(), back.end(), [&](const Rule& rule) {
    return rule.op == "rename" && text_at(rule.args, "from") == ill.target() &&
           text_at(rule.args, "to") == ill.source();
  });
  if (!has_back) editor.insert(!ill.forward(), rename_json(ill.step, ill.target(), ill.source()));
  ill.finding.suggestion = editor.done(fmt::format("{} is called {} there", ill.source(), ill.target()));
}

/// A rule that maps the value to something that the contract does not say: mends that entry alone.
bool mend_map(const Ill& ill) {
  const auto& contract = ill.promised->contract;
  const auto culprit = [&](const Json& value) {
    return std::any_of(ill.one.values.begin(), ill.one.values.end(),
                       [&](const Json& one) { return same(one, value); });
  };
  for (const auto& rule : ill.rules) {
    if (rule.op != "map_value" || rule.field != ill.at_path()) continue;
    Json fresh = rule.args, map = Json::array();
    bool edited = false;
    for (const auto& entry : rule.args.at("map")) {
      const Contract::SeenAs* told = nullptr;
      for (const auto& seen : ill.forward() ? contract.forward : contract.seen_as)
        if (seen.path == ill.one.fault.path && same(seen.value, entry.at(0)) &&
            (told == nullptr || seen.below == rule.below))
          told = &seen;
      if (!culprit(entry.at(0)) ||
          (told != nullptr && told->below == rule.below && same(told->as, entry.at(1)))) {
        map.push_back(entry);
        continue;
      }
      if (told != nullptr && told->below != rule.below) return mend_rule(ill, rule, told->below);
      edited = true;
      if (told != nullptr) map.push_back(Json::array({entry.at(0), told->as}));
    }
    if (!edited) continue;
    auto editor = ill.editor();
    fresh["map"] = map;
    if (map.empty()) {
      editor.remove(ill.forward(), rule.args);
    } else {
      editor.replace(ill.forward(), rule.args, fresh);
    }
    ill.finding.suggestion = editor.done("do what the contract says");
    return true;
  }
  return false;
}

void unknown_value(const Ill& ill) {
  if (ill.promised == nullptr || mend_map(ill)) return;
  const auto& contract = ill.promised->contract;
  const auto& path = ill.one.fault.path;
  const Version& reader = ill.object.versions[ill.forward() ? ill.one.fault.newer : ill.one.fault.older];
  auto editor = ill.editor();
  const auto place = ill.at_path();
  if (ill.forward()) {
    Json map = Json::array();
    const auto* spec = ill.promised->specs[ill.one.fault.newer];
    for (const auto& value : ill.one.values) {
      Json as;
      for (const auto& entry : contract.forward)
        if (entry.path == path && same(entry.value, value)) as = entry.as;
      for (const auto& legal : contract.legal)
        if (as.is_null() && legal.path == path && legal.since <= reader && !legal.values.empty())
          as = legal.values.front();
      if (as.is_null() && spec != nullptr) as = neutral_value(*spec);
      if (std::none_of(contract.forward.begin(), contract.forward.end(), [&](const Contract::SeenAs& entry) {
            return entry.path == path && same(entry.value, value);
          })) {
        editor.promise_more(contract.field, "forward",
                            Json{{"below", ill.step.text()}, {"path", path}, {"value", value}, {"as", as}});
      }
      map.push_back(Json::array({value, as}));
    }
    Json rule = rule_json(ill.step, "map_value", place);
    rule["map"] = map;
    editor.insert(true, rule);
    ill.finding.suggestion = editor.done("say what an older word means now");
    return;
  }
  Json map = Json::array(), refuse = Json::array(), undeclared = Json::array();
  Version step = ill.step;
  for (const auto& value : ill.one.values) {
    bool declared = false;
    for (const auto& seen : contract.seen_as) {
      if (declared || !(reader < seen.below) || seen.path != path || !same(seen.value, value)) continue;
      map.push_back(Json::array({value, seen.as}));
      step = seen.below;
      declared = true;
    }
    for (const auto& limit : contract.limits) {
      if (declared || !(reader < limit.below) || limit.path != path) continue;
      if (std::none_of(limit.values.begin(), limit.values.end(),
                       [&](const Json& one) { return same(one, value); }))
        continue;
      refuse.push_back(value);
      step = limit.below;
      declared = true;
    }
    if (declared) continue;
    refuse.push_back(value);
    undeclared.push_back(value);
  }
  // A rule for these values that does not act.
  for (const auto& rule : ill.rules) {
    if (rule.field != place) continue;
    const bool about = std::any_of(ill.one.values.begin(), ill.one.values.end(), [&](const Json& value) {
      for (const auto& listed : member(rule.args, "values"))
        if (same(listed, value)) return true;
      for (const auto& entry : member(rule.args, "map"))
        if (entry.is_array() && !entry.empty() && same(entry[0], value)) return true;
      return false;
    });
    if (about && mend_rule(ill, rule, step)) return;
  }
  if (!map.empty()) {
    Json rule = rule_json(step, "map_value", place);
    rule["map"] = map;
    editor.insert(false, rule);
  }
  if (!refuse.empty()) {
    Json rule = rule_json(step, "reject_value", place);
    rule["values"] = refuse;
    editor.insert(false, rule);
  }
  if (!undeclared.empty()) {
    Json limit{{"below", step.text()}, {"values", undeclared}};
    if (!path.empty()) limit["path"] = path;
    editor.promise_more(contract.field, "limits", limit);
  }
  ill.finding.suggestion = editor.done(!map.empty() ? "send what the contract says an older peer sees"
                                                    : "refuse it below the version that brought it");
}

void too_long(const Ill& ill) {
  if (ill.promised == nullptr) return;
  auto editor = ill.editor();
  for (const auto& limit : ill.promised->contract.limits) {
    if (!limit.length || !(ill.object.versions[ill.one.fault.older] < limit.below)) continue;
    Json right = rule_json(limit.below, limit.cut ? "truncate" : "reject_longer", ill.source());
    right["length"] = *limit.length;
    const auto* rule = ill.rule(ill.source(), {"truncate", "reject_longer"});
    if (rule != nullptr && mend_rule(ill, *rule, limit.below)) return;
    if (rule != nullptr) {
      editor.replace(false, rule->args, right);
    } else {
      editor.insert(false, right);
    }
    ill.finding.suggestion = editor.done(limit.cut ? "cut it to what fits" : "refuse what does not fit");
    return;
  }
}

const char* cast_to(const std::string& type) {
  if (type == "Integer" || type == "NonNegativeInteger") return "integer";
  if (type == "Float" || type == "NonNegativeFloat") return "float";
  if (type == "Boolean" || type == "FlexibleBoolean") return "boolean";
  return type == "String" || type == "SensitiveString" ? "string" : nullptr;
}

void wrong_type(const Ill& ill) {
  const auto* spec =
      ill.promised ? ill.promised->specs[ill.forward() ? ill.one.fault.newer : ill.one.fault.older] : nullptr;
  const char* to = spec ? cast_to(spec->type.name) : nullptr;
  const auto* sent =
      ill.promised ? ill.promised->specs[ill.forward() ? ill.one.fault.older : ill.one.fault.newer] : nullptr;
  if (spec != nullptr && sent != nullptr && spec->type.name == sent->type.name) {
    // The type is the same: a rule makes another of it.
    if (const auto* rule =
            ill.rule(ill.source(), {"cast", "join", "first", "set", "set_default", "map_value"})) {
      auto editor = ill.editor();
      editor.remove(ill.forward(), rule->args);
      ill.finding.suggestion = editor.done("leave the value as it is");
      return;
    }
  }
  if (const auto* rule = ill.rule(ill.source(), {"cast"}); rule != nullptr && mend_rule(ill, *rule, ill.step))
    return;
  if (to == nullptr) return;
  auto editor = ill.editor();
  Json right = rule_json(ill.step, "cast", ill.source());
  right["to"] = to;
  const auto* rule = ill.rule(ill.source(), {"cast", "join", "first"});
  if (rule != nullptr) {
    editor.replace(ill.forward(), rule->args, right);
  } else {
    editor.insert(ill.forward(), right);
  }
  ill.finding.suggestion = editor.done(fmt::format("there {} is of type {}", ill.target(), spec->type.name));
}

/// What stands for nothing, where null cannot.
Json stand_in(const Contract& contract, const FieldSpec& spec) {
  if (contract.absent_means && !contract.absent_means->is_null()) return *contract.absent_means;
  if (spec.default_value && !spec.default_value->is_structured() && !spec.default_value->is_null())
    return *spec.default_value;
  if (spec.create_default && !spec.create_default->is_null()) return *spec.create_default;
  const char* kind = cast_to(spec.type.name);
  const std::string to = kind == nullptr ? "" : kind;
  if (to == "integer") return 0;
  if (to == "float") return 0.0;
  if (to == "boolean") return false;
  return to == "string" ? Json("") : neutral_value(spec);
}

void fill(const Ill& ill, bool null_will_do) {
  const auto index = ill.forward() ? ill.one.fault.newer : ill.one.fault.older;
  const auto* spec = ill.promised ? ill.promised->specs[index] : nullptr;
  if (spec == nullptr) return;
  if (const auto* rule = ill.rule(ill.target(), {"set_default"});
      rule != nullptr && mend_rule(ill, *rule, ill.step))
    return;
  auto editor = ill.editor();
  Json right = rule_json(ill.step, "set_default", ill.target());
  right["value"] = null_will_do && spec->nullable ? Json() : stand_in(ill.promised->contract, *spec);
  editor.insert(ill.forward(), right);
  ill.finding.suggestion = editor.done(fmt::format("give it {}", shown(right["value"])));
}

void local_time(const Ill& ill) {
  auto editor = ill.editor();
  const auto* rule = ill.rule(ill.source(), {"strip_zone"});
  if (rule != nullptr) editor.remove(ill.forward(), rule->args);
  ill.finding.suggestion = editor.done("send the time as it is, with its zone");
}

void inherit(const Ill& ill) {
  auto editor = ill.editor();
  editor.inherit();
  ill.finding.suggestion =
      editor.done("run the inherited conversion: it hands the manifest on to the children");
}

void lost(const Ill& ill) {
  auto editor = ill.editor();
  const auto* rule = ill.rule(ill.source(), {});
  if (rule != nullptr && ill.promised != nullptr) {
    const auto& contract = ill.promised->contract;
    const bool moves = rule->op == "rename";
    if (!ill.forward() && !moves && contract.since && mend_rule(ill, *rule, *contract.since)) return;
    if (moves && contract.was_called && mend_rule(ill, *rule, contract.was_called->second)) return;
  }
  if (rule != nullptr) {
    editor.remove(ill.forward(), rule->args);
    ill.finding.suggestion = editor.done(fmt::format("leave {} alone: both versions have it", ill.source()));
    return;
  }
  editor.promise(ill.one.fault.field, "lost_below", ill.step.text());
  ill.finding.suggestion = editor.done("keep it, or declare the loss");
}

void changed(const Ill& ill) {
  if (ill.promised == nullptr || mend_map(ill)) return;
  auto editor = ill.editor();
  const auto* rule = ill.rule(
      ill.source(), {"truncate", "set", "set_default", "clamp", "drop_keys", "cast", "first", "join"});
  if (rule == nullptr) return;
  for (const auto& limit : ill.promised->contract.limits) {
    if (rule->op != "truncate" || !limit.cut) continue;
    if (mend_rule(ill, *rule, limit.below)) return;
    editor.set(false, rule->args, "length", *limit.length);
    ill.finding.suggestion = editor.done("cut it where the contract says");
    return;
  }
  editor.remove(ill.forward(), rule->args);
  ill.finding.suggestion = editor.done("leave the value alone, or declare what becomes of it");
}

void stumbled(const Ill& ill) {
  auto editor = ill.editor();
  for (const auto& rule : ill.rules)
    if (rule.args.contains("unguarded") &&
        (ill.source().empty() || rule.field.compare(0, ill.source().size(), ill.source()) == 0))
      editor.unset(ill.forward(), rule.args, "unguarded");
  ill.finding.suggestion = editor.done("ask whether the field is set before you touch it");
}

/// Whether the rule refuses that value.
bool refuses(const Rule& rule, const Json& value) {
  const auto& values = member(rule.args, "values");
  const auto among = [&](const Json& list) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  if (rule.op == "reject_value") return among(values);
  if (rule.op == "require_in") return !among(values);
  if (rule.op == "map_value") return member(rule.args, "otherwise") == "error";
  if (rule.op == "reject_longer")
    return value.is_string() &&
           text::length(value.get<std::string>()) > rule.args.at("length").get<std::size_t>();
  return rule.op == "reject_if_set";
}

void refused(const Ill& ill) {
  auto editor = ill.editor();
  if (ill.promised == nullptr || ill.one.values.empty()) return;
  const Rule* rule = nullptr;
  for (const auto& one : ill.rules)
    if (rule == nullptr && plain_field(one) == ill.source() && refuses(one, ill.one.values.front()))
      rule = &one;
  if (rule == nullptr) return;
  for (const auto& limit : ill.promised->contract.limits) {
    const bool length = rule->op == "reject_longer" && limit.length;
    const bool value = rule->op == "reject_value" &&
                       std::any_of(limit.values.begin(), limit.values.end(), [&](const Json& one) {
                         const auto& listed = member(rule->args, "values");
                         return std::find(listed.begin(), listed.end(), one) != listed.end();
                       });
    if (!length && !value) continue;
    if (mend_rule(ill, *rule, limit.below)) return;
    Json fresh = rule->args;
    if (length) fresh["length"] = *limit.length;
    if (value) fresh["values"] = Json(limit.values);
    editor.replace(false, rule->args, fresh);
    ill.finding.suggestion = editor.done("refuse what the contract says, no more");
    return;
  }
  editor.remove(ill.forward(), rule->args);
  ill.finding.suggestion = editor.done("send it: the older version can hold it");
}

void defaults(const Ill& ill) {
  auto editor = ill.editor();
  if (ill.promised == nullptr) return;
  const auto& means = ill.promised->contract.absent_means;
  const auto* rule = ill.rule(ill.target(), {"set", "set_default"});
  if (rule != nullptr && means) {
    editor.set(ill.forward(), rule->args, "value", *means);
    ill.finding.suggestion = editor.done(fmt::format("write {}, what its absence stands for", shown(*means)));
    return;
  }
  const auto* older = ill.promised->specs[ill.one.fault.older];
  if (older == nullptr || !older->default_value) return;
  Json right = rule_json(ill.step, "set_default", ill.target());
  right["value"] = *older->default_value;
  editor.insert(true, right);
  ill.finding.suggestion = editor.done("write out what the older version meant");
}

void around(const Ill& ill) {
  auto editor = ill.editor();
  editor.sort();
  ill.finding.suggestion = editor.done("run the newest step first");
}

struct Mender {
  const char* type;
  std::function<void(const Ill&)> mend;
};
const std::vector<Mender>& menders() {
  static const std::vector<Mender> table = {
      {"leaked-field", leaked},
      {"rename-half-done", renamed},
      {"unknown-value", unknown_value},
      {"too-long", too_long},
      {"wrong-type", wrong_type},
      {"null-not-allowed", [](const Ill& ill) { fill(ill, false); }},
      {"no-default-forward", [](const Ill& ill) { fill(ill, false); }},
      {"removed-without-rule-back", [](const Ill& ill) { fill(ill, true); }},
      {"time-without-zone", local_time},
      {"children-not-converted", inherit},
      {"lost-value", lost},
      {"changed-value", changed},
      {"crash", stumbled},
      {"needless-refusal", refused},
      {"default-differs", defaults},
      {"triangle", around},
  };
  return table;
}

}  // namespace

void explain(const Promises& promise, const Cause& one, Finding& finding) {
  const auto& fault = one.fault;
  const auto& object = *fault.object;
  const Promised* promised = nullptr;
  for (const auto& field : object.fields)
    if (field.contract.field == fault.field) promised = &field;
  Ill ill{
      promise, one, object, promised, "", "", object.versions[fault.newer], rules_of(object, fault.forward),
      finding};
  if (promised != nullptr) {
    ill.newer = promised->names[fault.newer];
    ill.older = promised->names[fault.older];
    const auto& contract = promised->contract;
    // Where no sample stood at the step itself, the contract knows it.
    if (ill.newer != ill.older && contract.was_called) ill.step = contract.was_called->second;
    if (promised->specs[fault.older] == nullptr && contract.since) ill.step = *contract.since;
    if (promised->specs[fault.newer] == nullptr && contract.until) ill.step = *contract.until;
  }
  for (const auto& mender : menders())
    if (finding.type == mender.type) {
      mender.mend(ill);
      break;
    }
}

bool mends(const Finding& finding, const std::string& field) {
  if (!finding.suggestion) return false;
  for (const auto& edit : finding.suggestion->patch) {
    const Json& value = member(edit, "value");
    if (value.is_string() && value == field) return true;
  }
  return false;
}

}  // namespace caravan::lint_parts
