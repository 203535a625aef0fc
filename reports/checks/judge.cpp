// The judge: every check of the table over one case, then the verdict and who failed first.
#include "reports/checks/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "objects/base/error.hpp"
#include "objects/base/text.hpp"
#include "reports/checks/checks.hpp"
#include "reports/checks/counts.hpp"
#include "reports/checks/expectation.hpp"
#include "reports/checks/undone.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

Json about_run(const RunFile& run) {
  Json out = Json::object();
  out["file"] = run.path;
  for (const char* key :
       {"scenario", "seed", "from", "to", "access", "compat", "carrier", "database", "nodes", "plant",
        "plant_check", "planted", "expect", "caravan", "command", "began"})
    if (const Json& value = member(run.header, key); !value.is_null()) out[key] = value;
  Json digests = Json::object();
  const Json& releases = member(run.header, "releases");
  for (auto it = releases.begin(); it != releases.end(); ++it)
    digests[it.key()] = member(it.value(), "digest");
  out["releases"] = std::move(digests);
  return out;
}

/// Why the evidence does not reach to the end of the plan.
std::string broken_off(const Evidence& evidence) {
  if (!evidence.outcome)
    return fmt::format("the recording stops after event {} without an end", evidence.last);
  return fmt::format("the run {}{}{}", evidence.outcome == RunOutcome::failed ? "" : "was ",
                     name(*evidence.outcome),
                     evidence.outcome_why.empty() ? "" : ": " + evidence.outcome_why);
}

void settle(CheckResult& result, const RunFacts& c, const Check& check, const std::string& expected,
            const Reason& spared) {
  std::stable_sort(result.causes.begin(), result.causes.end(),
                   [](const CommonCause& a, const CommonCause& b) { return a.first.event < b.first.event; });
  const auto& evidence = c.evidence;
  const auto because = [&](Verdict verdict, const std::string& text) {
    result.verdict = verdict;
    result.note = result.note.empty() ? text : text + "; " + result.note;
  };
  if (!evidence.complete()) {
    if (result.failures > 0 && evidence.proves())
      because(Verdict::fail, "so far: " + broken_off(evidence));
    else
      because(Verdict::unknown,
              broken_off(evidence) + (result.failures > 0 ? "; what follows proves nothing" : ""));
  } else if (result.failures > 0) {
    result.verdict = Verdict::fail;
  } else if (result.starved > 0) {
    because(Verdict::unknown,
            fmt::format("{} starved: the machine took away up to {} ms",
                        text::count(result.starved, "obligation"), (result.taken + 999) / 1000));
  } else if (!result.undecided.empty()) {
    because(Verdict::unknown, fmt::format("{}", fmt::join(result.undecided, "; ")));
  } else if (spared) {
    result.verdict = Verdict::pass;
    result.note = "does not apply: " + *spared;
  } else if (result.obligations > 0) {
    result.verdict = Verdict::pass;
  } else if (expected == "idle") {
    result.verdict = Verdict::pass;
    result.note = "idle, as the scenario says";
  } else if (const auto idle = check.idle ? check.idle(c) : std::nullopt) {
    result.verdict = Verdict::pass;
    result.note = "does not apply: " + *idle;
  } else {
    because(Verdict::unknown, fmt::format("nothing happened that it could judge{}{}",
                                          *check.exercise ? "; it takes " : "", check.exercise));
  }
}

/// Whether something was planted and is named: by the check that must, or by any where the recording does not
/// say which must.
bool is_caught(const Report& report) {
  if (text_at(report.run, "plant").empty()) return false;
  const auto& must = text_at(report.run, "plant_check");
  return std::any_of(report.checks.begin(), report.checks.end(), [&must](const CheckResult& check) {
    return check.verdict == Verdict::fail && (must.empty() || check.check == must);
  });
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

std::string place_of(const Witness& witness) {
  return witness.object + (witness.object.empty() || witness.field.empty() ? "" : ".") + witness.field;
}

void CommonCause::count(const Witness& witness) {
  if (times++ == 0) first = witness;
  if (const auto place = place_of(witness); !place.empty()) places.insert(place);
}

Report judge(const RunFile& run) {
  Report report;
  report.run = about_run(run);
  report.counts = Json::object();
  report.matrix = Json::object();
  report.order = Json::array();
  std::unique_ptr<RunFacts> facts;
  std::string broken;
  try {
    facts = std::make_unique<RunFacts>(run);
  } catch (const std::exception& error) {
    broken = error.what();
  }
  const Json& expect = member(run.header, "expect");
  for (const auto& check : checks()) {
    CheckResult result;
    result.check = check.name;
    result.promise = check.promise;
    if (facts) {
      try {
        const Reason spared = check.spared ? check.spared(*facts) : std::nullopt;
        Findings findings(*facts, result);
        if (!spared) check.run(*facts, findings);
        settle(result, *facts, check, expected_of(expect, check.name).verdict, spared);
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
    if (result.verdict != Verdict::fail) continue;
    for (const auto& witness : result.witnesses) {
      const auto told = std::max(witness.event, witness.proven);
      if (told >= first_event) continue;
      first_event = told;
      report.first = result.check;
    }
  }
  report.caught = is_caught(report);
  report.unmet = unmet(expect, report, facts ? facts->evidence.steps : std::vector<StepSpan>());
  report.as_expected = report.unmet.empty();
  if (!facts) return report;
  try {
    for (const auto& one : undone_steps(*facts))
      report.undone.push_back(UndoneStep{one.step->number, name_of(*one.step), one.why, one.told,
                                         one.step->is_one_of<step::Migrate, step::Start>()});
    report.counts = count_run(*facts, troubled);
    report.order = upgrade_order(*facts);
    report.matrix = mix_matrix(*facts);
  } catch (const std::exception& error) {
    report.counts["incomplete"] = error.what();
  }
  return report;
}

}  // namespace caravan::reports
