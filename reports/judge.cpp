// The judge: every check of the table over one case, then the verdict and who failed first.
#include "reports/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "objects/error.hpp"
#include "reports/checks.hpp"
#include "reports/counts.hpp"
#include "reports/values.hpp"

namespace caravan {
namespace {

Json about_run(const RunFile& run) {
  Json out = Json::object();
  out["file"] = run.path;
  for (const char* key : {"scenario", "seed", "from", "to", "access", "compat", "carrier", "database",
                          "nodes", "plant", "expect", "caravan", "command", "began"})
    if (const Json& value = member(run.header, key); !value.is_null()) out[key] = value;
  Json digests = Json::object();
  const Json& releases = member(run.header, "releases");
  for (auto it = releases.begin(); it != releases.end(); ++it)
    digests[it.key()] = member(it.value(), "digest");
  out["releases"] = std::move(digests);
  return out;
}

/// What the scenario expects of a check.
struct Expected {
  std::string verdict = "pass";  ///< pass, idle, fail
  std::string place;             ///< fail: "Object.field", or "Object" alone
  std::string step;              ///< fail: the plan's step, or one above it; empty: any
};

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

void settle(CheckResult& result, const Evidence& evidence, const Expected& expected,
            const std::string& spared) {
  if (result.failures > 0) {
    result.verdict = Verdict::fail;
    return;
  }
  const auto because = [&](const std::string& text) {
    result.verdict = Verdict::unknown;
    result.note = result.note.empty() ? text : text + "; " + result.note;
  };
  if (!evidence.complete()) {
    if (evidence.outcome.empty())
      because(fmt::format("the recording stops after event {} without an end", evidence.last));
    else
      because(fmt::format("the run was {}{}", evidence.outcome,
                          evidence.outcome_why.empty() ? "" : ": " + evidence.outcome_why));
  } else if (!spared.empty()) {
    result.verdict = Verdict::pass;
    result.note = "does not apply: " + spared;
  } else if (result.obligations == 0) {
    if (expected.verdict == "idle") {
      result.verdict = Verdict::pass;
      result.note = "idle, as the scenario says";
    } else {
      because("nothing happened that it could judge");
    }
  } else {
    result.verdict = Verdict::pass;
  }
}

bool in_step(const std::string& step, const std::string& at) {
  return at.empty() || step == at || step.rfind(at + ".", 0) == 0;
}

bool names_place(const CheckResult& result, const Expected& expected) {
  return std::any_of(result.witnesses.begin(), result.witnesses.end(), [&](const Witness& witness) {
    const bool place = expected.place.empty() || witness.object == expected.place ||
                       witness.object + "." + witness.field == expected.place;
    return place && in_step(witness.step, expected.step);
  });
}

/// Every check that is expected to fail does and names the place, and one of them failed first.
bool as_expected(const Report& report, const Json& expect) {
  bool any = false, first = false, all = true;
  for (const auto& check : report.checks) {
    const auto expected = expected_of(expect, check.check);
    if (expected.verdict != "fail") continue;
    any = true;
    first = first || check.check == report.first;
    all = all && names_place(check, expected);
  }
  return any ? first && all : report.verdict == Verdict::pass;
}

}  // namespace

const char* name(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::unknown:
      return "unknown";
    case Verdict::fail:
      return "fail";
  }
  return "";
}

Report judge(const RunFile& run) {
  Report report;
  report.run = about_run(run);
  report.counts = Json::object();
  report.matrix = Json::object();
  report.order = Json::array();
  std::unique_ptr<Case> the_case;
  std::string broken;
  try {
    the_case = std::make_unique<Case>(run);
  } catch (const std::exception& error) {
    broken = error.what();
  }
  const Json& expect = member(run.header, "expect");
  for (const auto& check : checks()) {
    CheckResult result;
    result.check = check.name;
    result.promise = check.promise;
    if (the_case) {
      try {
        const std::string spared = check.spared ? check.spared(*the_case) : std::string();
        Findings findings(*the_case, result);
        if (spared.empty()) check.run(*the_case, findings);
        settle(result, the_case->evidence, expected_of(expect, check.name), spared);
      } catch (const std::exception& error) {
        result.verdict = result.failures > 0 ? Verdict::fail : Verdict::unknown;
        result.note = fmt::format("the check could not finish: {}", error.what());
      }
    } else {
      result.note = "the recording cannot be judged: " + broken;
    }
    report.checks.push_back(std::move(result));
  }
  report.verdict = Verdict::pass;
  std::int64_t first_event = never;
  std::set<std::string> troubled;
  for (const auto& result : report.checks) {
    report.verdict = std::max(report.verdict, result.verdict);
    for (const auto& witness : result.witnesses)
      if (!witness.row.empty()) troubled.insert(witness.row);
    for (const auto& witness : result.witnesses) {
      const auto told = std::max(witness.event, witness.proven);
      if (told >= first_event) continue;
      first_event = told;
      report.first = result.check;
    }
  }
  report.as_expected = as_expected(report, expect);
  if (!the_case) return report;
  try {
    report.counts = count_run(*the_case, troubled);
    report.order = upgrade_order(*the_case);
    report.matrix = mix_matrix(*the_case);
  } catch (const std::exception& error) {
    report.counts["incomplete"] = error.what();
  }
  return report;
}

}  // namespace caravan
