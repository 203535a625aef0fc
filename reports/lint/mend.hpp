// The menders: each knows how to fix one type of finding. What all of them need.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "reports/lint/causes.hpp"
#include "reports/lint/rules.hpp"

namespace caravan::lint {

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

  bool forward() const { return one.fault.forward; }  ///< older to newer
  /// The field's name where the value comes from; where it goes; and the first with the path to what is at
  /// fault.
  const std::string& source() const { return forward() ? older : newer; }
  const std::string& target() const { return forward() ? newer : older; }
  std::string at_path() const {
    const auto& path = one.fault.path;
    return source() + (path.empty() || path == ":scheme" ? path : "." + path);
  }
  Editor editor() const { return Editor(promise, object); }  ///< of a fresh patch
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

/// A rule of these three members and no others.
Json rule_json(const Version& below, const char* op, const std::string& field);
/// The field that a rule is about, without key or scheme.
std::string plain_field(const Rule& rule);
/// A rule that is there and does not act: a guard that asks for something else, a threshold that is off.
/// Mends that.
bool mend_rule(const Ill& ill, const Rule& rule, const Version& step);
/// The type that the op cast knows for a field type; null: none.
const char* cast_to(const std::string& type);

// Each sets the suggestion of `ill.finding`, where it knows one.
// Fields that should be there or should not (lint_mend_fields.cpp).
void mend_leak(const Ill& ill);
void mend_rename(const Ill& ill);
void mend_loss(const Ill& ill);
void mend_absence(const Ill& ill, bool null_will_do);
void mend_default(const Ill& ill);
void mend_crash(const Ill& ill);
void mend_children(const Ill& ill);
void mend_order(const Ill& ill);
// Values that arrive as something else (lint_mend_values.cpp).
void mend_value(const Ill& ill);
void mend_length(const Ill& ill);
void mend_type(const Ill& ill);
void mend_time(const Ill& ill);
void mend_change(const Ill& ill);
void mend_refusal(const Ill& ill);

}  // namespace caravan::lint
