// Values that arrive as something else: how to fix that.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/text.hpp"
#include "reports/lint/facts.hpp"
#include "reports/lint/mend.hpp"

namespace caravan::lint {
namespace {

/// A rule that maps the value to something that the contract does not say: fixes only that entry.
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

}  // namespace

void mend_value(const Ill& ill) {
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

void mend_length(const Ill& ill) {
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

void mend_type(const Ill& ill) {
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

void mend_time(const Ill& ill) {
  auto editor = ill.editor();
  const auto* rule = ill.rule(ill.source(), {"strip_zone"});
  if (rule != nullptr) editor.remove(ill.forward(), rule->args);
  ill.finding.suggestion = editor.done("send the time as it is, with its zone");
}

void mend_change(const Ill& ill) {
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

void mend_refusal(const Ill& ill) {
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

}  // namespace caravan::lint
