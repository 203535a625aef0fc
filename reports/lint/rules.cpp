// The declared rules of an object.
#include "reports/lint/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "objects/base/nearest.hpp"
#include "reports/lint/facts.hpp"
#include "reports/lint/history.hpp"

namespace caravan::lint {
namespace {

Version below_of(const Json& rule) { return Version(text_at(rule, "below")); }

std::string plain(const std::string& path) { return path.substr(0, path.find_first_of(".:")); }

/// Names that a step reads.
std::vector<std::string> reads(const Rule& rule) {
  if (rule.op == "fold") {
    std::vector<std::string> out;
    for (const auto& name : member(rule.args, "fields"))
      if (name.is_string()) out.push_back(name.get<std::string>());
    return out;
  }
  if (rule.op == "rename" || rule.op == "copy") return {plain(text_at(rule.args, "from"))};
  return {plain(rule.field)};
}

std::string writes(const Rule& rule) {
  if (rule.op == "rename" || rule.op == "copy") return plain(text_at(rule.args, "to"));
  if (rule.op == "fold") return text_at(rule.args, "into");
  return rule.op == "set" || rule.op == "set_default" ? plain(rule.field) : "";
}

struct Checker {
  const Promises& promise;
  const LintObject& object;
  std::vector<Finding>& findings;

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& spec : object.specs)
      for (const auto& field : spec.fields)
        if (std::find(out.begin(), out.end(), field.name) == out.end()) out.push_back(field.name);
    return out;
  }

  /// Versions whose data the step sees.
  bool has(const std::string& name, const Rule& rule, bool forward) const {
    const bool brings = rule.op == "set" || rule.op == "set_default";
    for (std::size_t i = 0; i < object.versions.size(); ++i) {
      const bool older = object.versions[i] < rule.below;
      if ((brings || older == forward) && object.spec(name, i) != nullptr) return true;
    }
    return false;
  }

  Finding make(const char* type, const std::string& field, const Rule& rule) const {
    Finding one;
    one.type = type;
    one.object = object.name;
    one.field = field;
    one.from = rule.below.text();
    one.id = fmt::format("{}/{}.{}/below-{}", type, object.name, field, rule.below.text());
    for (std::size_t i = 0; i < object.versions.size(); ++i)
      if (object.versions[i] < rule.below) one.to = object.versions[i].text();
    return one;
  }

  void check(bool forward) {
    const auto rules = rules_of(object, forward);
    std::set<std::string> written;
    for (const auto& rule : rules) {
      for (const auto& name : reads(rule)) {
        if (has(name, rule, forward) || written.count(name) != 0) continue;
        const auto known = names();
        const bool anywhere = std::find(known.begin(), known.end(), name) != known.end();
        auto one = make("rule-on-unknown-field", name, rule);
        one.message = fmt::format(
            "the rule \"{} {}\" of {} never applies: {} has {}", rule.op, rule.field, object.name,
            object.name,
            anywhere ? fmt::format("no {} where it looks", name) : fmt::format("no {} in any version", name));
        const auto meant = anywhere ? std::string() : nearest(name, known);
        Editor editor(promise, object);
        if (meant.empty() || rule.op == "fold") {
          editor.remove(forward, rule.args);
          one.suggestion = editor.done("remove the rule");
        } else {
          const bool moves = rule.op == "rename" || rule.op == "copy";
          editor.set(forward, rule.args, moves ? "from" : "field", meant + rule.field.substr(name.size()));
          one.suggestion = editor.done(fmt::format("{} was probably meant", meant));
        }
        findings.push_back(std::move(one));
      }
      const auto& guard = text_at(rule.args, "if_set");
      if (!guard.empty() && !has(guard, rule, forward) && written.count(guard) == 0) {
        const auto field = reads(rule).empty() ? guard : reads(rule).front();
        auto one = make("guard-on-wrong-name", field, rule);
        one.message =
            fmt::format("the rule \"{} {}\" of {} asks whether {} is set, and there is no such field",
                        rule.op, rule.field, object.name, guard);
        Editor editor(promise, object);
        editor.set(forward, rule.args, "if_set", field);
        one.suggestion = editor.done(fmt::format("it is called {}", field));
        findings.push_back(std::move(one));
      }
      if (auto name = writes(rule); !name.empty()) written.insert(std::move(name));
    }
  }
};

}  // namespace

void check_rules(const Promises& promise, std::vector<Finding>& findings) {
  for (const auto& object : promise.objects)
    for (const bool forward : {false, true}) Checker{promise, object, findings}.check(forward);
}

std::vector<Rule> rules_of(const LintObject& object, bool forward) {
  std::vector<Rule> out;
  for (auto at = object.code.rbegin(); at != object.code.rend(); ++at) {
    const auto* spec = *at;
    const auto* rules = forward ? &spec->forward : spec->compat ? &spec->compat->rules : nullptr;
    if (rules == nullptr) continue;
    for (const auto& rule : *rules) {
      const bool known =
          std::any_of(out.begin(), out.end(), [&](const Rule& one) { return one.args == rule.args; });
      if (!known) out.push_back(rule);
    }
    if (object.history != nullptr) break;  // the newest class has them all
  }
  return out;
}

Editor::Editor(const Promises& promise, const LintObject& object) : object_(object) {
  const auto add = [&](const std::string& pointer, const std::string& holder, const ClassSpec& spec,
                       bool forward) {
    List list{pointer, holder, spec.version, forward, false, {}};
    const auto* rules = forward ? &spec.forward : spec.compat ? &spec.compat->rules : nullptr;
    if (rules != nullptr)
      for (const auto& rule : *rules) list.rules.push_back(rule.args);
    list.there = !list.rules.empty();
    lists_.push_back(std::move(list));
  };
  if (is_file()) {
    if (object.code.empty()) return;
    const auto& newest = *object.code.back();
    add("/backport", "", newest, false);
    add("/forward", "", newest, true);
    if (newest.compat && newest.compat->super != "first") supers_ = {"/super"};
    return;
  }
  for (std::size_t i = 0; i < promise.code.classes.size(); ++i) {
    const auto& spec = promise.code.classes[i];
    if (spec.name != object.name || !spec.registered) continue;
    const auto at = fmt::format("/classes/{}", i);
    add(at + "/compat/rules", spec.compat ? "" : at + "/compat", spec, false);
    add(at + "/forward", "", spec, true);
    if (spec.compat && spec.compat->super != "first") supers_.push_back(at + "/compat/super");
  }
}

void Editor::edit(const char* op, const std::string& pointer, const Json& value) {
  Json one = Json::object();
  one["op"] = op;
  one["path"] = pointer;
  if (!value.is_discarded()) one["value"] = value;
  patch_.push_back(std::move(one));
}

void Editor::insert(bool forward, const Json& rule) {
  const Version below = below_of(rule);
  for (auto& list : lists_) {
    if (list.forward != forward || (!is_file() && list.version < below)) continue;
    std::size_t at = 0;
    const auto stays_before = [&](const Json& other) {
      const auto step = below_of(other);
      return forward ? step <= below : step >= below;
    };
    while (at < list.rules.size() && stays_before(list.rules[at])) ++at;
    if (!list.holder.empty()) {
      edit("add", list.holder, Json{{"rules", Json::array({rule})}});
      list.holder.clear();
    } else if (!list.there) {
      edit("add", list.pointer, Json::array({rule}));
    } else {
      edit("add", at == list.rules.size() ? list.pointer + "/-" : fmt::format("{}/{}", list.pointer, at),
           rule);
    }
    list.there = true;
    list.rules.insert(list.rules.begin() + static_cast<std::ptrdiff_t>(at), rule);
  }
}

template <class Edit>
void Editor::each(bool forward, const Json& rule, Edit edit_one) {
  for (auto& list : lists_) {
    if (list.forward != forward) continue;
    const auto found = std::find(list.rules.begin(), list.rules.end(), rule);
    if (found == list.rules.end()) continue;
    edit_one(list, static_cast<std::size_t>(found - list.rules.begin()));
  }
}

void Editor::remove(bool forward, const Json& rule) {
  each(forward, rule, [&](List& list, std::size_t at) {
    edit("remove", fmt::format("{}/{}", list.pointer, at), Json(Json::value_t::discarded));
    list.rules.erase(list.rules.begin() + static_cast<std::ptrdiff_t>(at));
  });
}

void Editor::replace(bool forward, const Json& rule, const Json& fresh) {
  each(forward, rule, [&](List& list, std::size_t at) {
    edit("replace", fmt::format("{}/{}", list.pointer, at), fresh);
    list.rules[at] = fresh;
  });
}

void Editor::set(bool forward, const Json& rule, const std::string& name, const Json& value) {
  each(forward, rule, [&](List& list, std::size_t at) {
    edit(list.rules[at].contains(name) ? "replace" : "add", fmt::format("{}/{}/{}", list.pointer, at, name),
         value);
    list.rules[at][name] = value;
  });
}

void Editor::unset(bool forward, const Json& rule, const std::string& name) {
  each(forward, rule, [&](List& list, std::size_t at) {
    edit("remove", fmt::format("{}/{}/{}", list.pointer, at, name), Json(Json::value_t::discarded));
    list.rules[at].erase(name);
  });
}

void Editor::sort() {
  for (auto& list : lists_) {
    auto sorted = list.rules;
    std::stable_sort(sorted.begin(), sorted.end(), [&](const Json& a, const Json& b) {
      return list.forward ? below_of(a) < below_of(b) : below_of(b) < below_of(a);
    });
    if (sorted == list.rules) continue;
    edit("replace", list.pointer, Json(sorted));
    list.rules = sorted;
  }
}

void Editor::inherit() {
  for (const auto& pointer : supers_) edit("replace", pointer, "first");
}

void Editor::promise(const std::string& field, const std::string& name, const Json& value) {
  if (!is_file()) return;
  const auto& contracts = object_.history->contracts;
  for (std::size_t i = 0; i < contracts.size(); ++i)
    if (contracts[i].field == field) edit("add", fmt::format("/contracts/{}/{}", i, name), value);
}

void Editor::promise_more(const std::string& field, const std::string& list, const Json& entry) {
  if (!is_file()) return;
  const auto& contracts = object_.history->contracts;
  for (std::size_t i = 0; i < contracts.size(); ++i) {
    if (contracts[i].field != field) continue;
    const auto size = list == "limits"    ? contracts[i].limits.size()
                      : list == "seen_as" ? contracts[i].seen_as.size()
                                          : contracts[i].forward.size();
    const auto pointer = fmt::format("/contracts/{}/{}", i, list);
    if (size == 0) {
      edit("add", pointer, Json::array({entry}));
    } else {
      edit("add", pointer + "/-", entry);
    }
  }
}

Suggestion Editor::done(std::string text) const {
  return {std::move(text), is_file() ? object_.name + ".json" : "", patch_};
}

}  // namespace caravan::lint
