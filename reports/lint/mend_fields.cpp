// Fields that should be there or should not: how to fix that.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/text.hpp"
#include "reports/lint/facts.hpp"
#include "reports/lint/mend.hpp"

namespace caravan::lint {
namespace {

Json rename_json(const Version& below, const std::string& from, const std::string& to) {
  Json out = Json::object();
  out["below"] = below.text();
  out["op"] = "rename";
  out["from"] = from;
  out["to"] = to;
  return out;
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

}  // namespace

void mend_leak(const Ill& ill) {
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

void mend_rename(const Ill& ill) {
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

void mend_absence(const Ill& ill, bool null_will_do) {
  const auto index = ill.forward() ? ill.one.fault.newer : ill.one.fault.older;
  const auto* spec = ill.promised ? ill.promised->specs[index] : nullptr;
  if (spec == nullptr) return;
  if (const auto* rule = ill.rule(ill.target(), {"set_default"});
      rule != nullptr && mend_rule(ill, *rule, ill.step))
    return;
  for (const auto& rule : ill.rules) {
    const bool writes = rule.op == "set" || rule.op == "set_default";
    if (!writes || spec->nullable || plain_field(rule) != ill.target() ||
        !member(rule.args, "value").is_null())
      continue;
    auto edit = ill.editor();
    edit.remove(ill.forward(), rule.args);
    ill.finding.suggestion = edit.done(fmt::format("{} cannot be null there", ill.target()));
    return;
  }
  auto editor = ill.editor();
  Json right = rule_json(ill.step, "set_default", ill.target());
  right["value"] = null_will_do && spec->nullable ? Json() : stand_in(ill.promised->contract, *spec);
  editor.insert(ill.forward(), right);
  ill.finding.suggestion = editor.done(fmt::format("give it {}", shown(right["value"])));
}

void mend_children(const Ill& ill) {
  auto editor = ill.editor();
  editor.inherit();
  ill.finding.suggestion =
      editor.done("run the inherited conversion: it hands the manifest on to the children");
}

void mend_loss(const Ill& ill) {
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

void mend_crash(const Ill& ill) {
  auto editor = ill.editor();
  for (const auto& rule : ill.rules)
    if (rule.args.contains("unguarded") &&
        (ill.source().empty() || rule.field.compare(0, ill.source().size(), ill.source()) == 0))
      editor.unset(ill.forward(), rule.args, "unguarded");
  ill.finding.suggestion = editor.done("ask whether the field is set before you touch it");
}

void mend_default(const Ill& ill) {
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

void mend_order(const Ill& ill) {
  auto editor = ill.editor();
  editor.sort();
  ill.finding.suggestion = editor.done("run the newest step first");
}

}  // namespace caravan::lint
