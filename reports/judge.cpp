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

/// What the scenario expects of a check: "pass", "idle", or "fail" with the place in `place`.
std::string expected_of(const Json& expect, const std::string& check, std::string& place) {
  if (!expect.is_object()) return "pass";
  const Json& entry = member(expect, check.c_str());
  if (entry.is_string()) return entry.get<std::string>();
  if (entry.is_object() && entry.contains("fail")) {
    place = text_at(entry, "fail");
    return "fail";
  }
  return "pass";
}

void settle(CheckResult& result, const Evidence& evidence, const std::string& expected) {
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
  } else if (result.obligations == 0) {
    if (expected == "idle") {
      result.verdict = Verdict::pass;
      result.note = "idle, as the scenario says";
    } else {
      because("nothing happened that it could judge");
    }
  } else {
    result.verdict = Verdict::pass;
  }
}

bool names_place(const CheckResult& result, const std::string& place) {
  if (place.empty()) return true;
  return std::any_of(result.witnesses.begin(), result.witnesses.end(), [&](const Witness& witness) {
    return witness.object + "." + witness.field == place || witness.object == place;
  });
}

/// Exactly the check that is expected to fail is the first, and names the place.
bool as_expected(const Report& report, const Json& expect) {
  std::string failing, place;
  for (const auto& check : report.checks) {
    std::string where;
    if (expected_of(expect, check.check, where) == "fail") {
      failing = check.check;
      place = where;
    }
  }
  if (failing.empty()) return report.verdict == Verdict::pass;
  for (const auto& check : report.checks)
    if (check.check == failing) return report.first == failing && names_place(check, place);
  return false;
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
      std::string place;
      const std::string expected = expected_of(expect, check.name, place);
      try {
        Findings findings(*the_case, result);
        check.run(*the_case, findings);
        settle(result, the_case->evidence, expected);
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
    if (!result.witnesses.empty() && result.witnesses.front().event < first_event) {
      first_event = result.witnesses.front().event;
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
