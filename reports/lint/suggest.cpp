// Why a fault is there, and how to fix it.
#include "reports/lint/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "objects/base/text.hpp"
#include "reports/lint/facts.hpp"
#include "reports/lint/mend.hpp"

namespace caravan::lint {
Json rule_json(const Version& below, const char* op, const std::string& field) {
  Json out = Json::object();
  out["below"] = below.text();
  out["op"] = op;
  out["field"] = field;
  return out;
}

std::string plain_field(const Rule& rule) { return rule.field.substr(0, rule.field.find_first_of(".:")); }

bool mend_rule(const Ill& ill, const Rule& rule, const Version& step) {
  const auto& guard = text_at(rule.args, "if_set");
  auto editor = ill.editor();
  if (!guard.empty() && guard != ill.source()) {
    editor.set(ill.forward(), rule.args, "if_set", ill.source());
    ill.finding.type = "guard-on-wrong-name";
    ill.finding.message += fmt::format("; the rule for it asks whether {} is set", guard);
    ill.finding.suggestion = editor.done(fmt::format("ask about {} itself", ill.source()));
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

const char* cast_to(const std::string& type) {
  if (type == "Integer" || type == "NonNegativeInteger") return "integer";
  if (type == "Float" || type == "NonNegativeFloat") return "float";
  if (type == "Boolean" || type == "FlexibleBoolean") return "boolean";
  return type == "String" || type == "SensitiveString" ? "string" : nullptr;
}

namespace {

struct Mender {
  const char* type;
  std::function<void(const Ill&)> mend;
};
const std::vector<Mender>& menders() {
  static const std::vector<Mender> table = {
      {"leaked-field", mend_leak},
      {"rename-half-done", mend_rename},
      {"unknown-value", mend_value},
      {"too-long", mend_length},
      {"wrong-type", mend_type},
      {"null-not-allowed", [](const Ill& ill) { mend_absence(ill, false); }},
      {"no-default-forward", [](const Ill& ill) { mend_absence(ill, false); }},
      {"removed-without-rule-back", [](const Ill& ill) { mend_absence(ill, true); }},
      {"time-without-zone", mend_time},
      {"children-not-converted", mend_children},
      {"lost-value", mend_loss},
      {"changed-value", mend_change},
      {"crash", mend_crash},
      {"needless-refusal", mend_refusal},
      {"default-differs", mend_default},
      {"triangle", mend_order},
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

}  // namespace caravan::lint
