#include "reports/checks/expectation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

bool in_step(const std::string& step, const std::string& at) {
  return at.empty() || step == at || step.rfind(at + ".", 0) == 0;
}

/// In that step, or in the waits straight after it: what a step sets going may come to light while it is
/// under way, or a moment later.
bool comes_of_step(const std::string& step, const std::string& at, const std::vector<StepSpan>& steps) {
  if (in_step(step, at)) return true;
  bool follows = false;
  for (const auto& one : steps) {
    if (in_step(one.number, at))
      follows = true;
    else if (!one.is_one_of<step::Wait, step::Settle>())
      follows = false;
    else if (follows && one.number == step)
      return true;
  }
  return false;
}

bool at_place(const Witness& witness, const std::string& place) {
  return place.empty() || witness.object == place || witness.object + "." + witness.field == place;
}

std::string where_it_was(const Witness& witness) {
  std::string out = witness.object;
  if (!witness.field.empty()) out += "." + witness.field;
  if (!witness.step.empty()) out += " in step " + witness.step;
  return out;
}

/// Why it does not fail where it shall.
Reason missed_by(const CheckResult& check, const Expected& expected, const std::vector<StepSpan>& steps) {
  std::string shall = "was expected to fail";
  if (!expected.place.empty()) shall += " at " + expected.place;
  if (!expected.step.empty()) shall += " in step " + expected.step;
  const auto& found = check.witnesses;
  if (check.verdict == Verdict::fail && std::any_of(found.begin(), found.end(), [&](const Witness& witness) {
        return at_place(witness, expected.place) && comes_of_step(witness.step, expected.step, steps);
      }))
    return std::nullopt;
  const bool step_exists = std::any_of(
      steps.begin(), steps.end(), [&](const StepSpan& step) { return in_step(step.number, expected.step); });
  if (!step_exists) return fmt::format("{} {}; the run has no such step", check.check, shall);
  if (check.verdict == Verdict::fail && !found.empty())
    return fmt::format("{} {}; it failed at {}", check.check, shall, where_it_was(found.front()));
  return fmt::format("{} {}; its verdict is {}{}", check.check, shall, name(check.verdict),
                     check.note.empty() ? "" : " (" + check.note + ")");
}

}  // namespace

Expected expected_of(const Json& expect, const std::string& check) {
  Expected out;
  const Json& entry = member(expect, check.c_str());
  if (entry.is_string()) out.verdict = entry.get<std::string>();
  if (!entry.is_object() || !entry.contains("fail")) return out;
  out.verdict = "fail";
  out.place = text_at(entry, "fail");
  const Json& at = member(entry, "at");
  out.step = at.is_string() ? at.get<std::string>() : at.is_null() ? "" : at.dump();
  return out;
}

std::vector<std::string> unmet(const Json& expect, const Report& report, const std::vector<StepSpan>& steps) {
  std::vector<std::string> out;
  const bool planted = !text_at(report.run, "plant").empty();  // it may break more than it must be named by
  bool any = false, first = false;
  if (expect.is_object())
    for (const auto& [name_of_check, entry] : expect.items()) {
      const auto& name = name_of_check;
      const auto check = std::find_if(report.checks.begin(), report.checks.end(),
                                      [&](const CheckResult& one) { return one.check == name; });
      if (check == report.checks.end()) {
        out.push_back(fmt::format("there is no check \"{}\" to expect anything of", name));
        continue;
      }
      const auto expected = expected_of(expect, name);
      if (expected.verdict == "fail") {
        any = true;
        first = first || name == report.first;
        if (auto missing = missed_by(*check, expected, steps)) out.push_back(std::move(*missing));
      } else if (expected.verdict != "pass" && expected.verdict != "idle") {
        out.push_back(fmt::format("cannot understand {} as an expectation of {}", shown(entry, 40), name));
      } else if (check->verdict != Verdict::pass && !planted) {
        out.push_back(fmt::format("{} was expected to pass", name));
      }
    }
  else if (!expect.is_null() && expect != "pass")
    out.push_back(fmt::format("cannot understand the expectation {}", shown(expect, 40)));
  if (any && !first && !report.first.empty() && !planted)
    out.push_back(fmt::format("{} failed first, which was not expected", report.first));
  if (planted && !report.caught)
    out.push_back(fmt::format(
        "planted {} was expected to be named by {}", text_at(report.run, "plant"),
        text_at(report.run, "plant_check").empty() ? "a check" : text_at(report.run, "plant_check")));
  if (!planted && !any && report.verdict != Verdict::pass && out.empty())
    out.push_back("every check was expected to pass");
  return out;
}

}  // namespace caravan::reports
