// The first screen's first lines: what the verdict is, and what to do next.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/text.hpp"
#include "reports/facts/values.hpp"
#include "reports/formats/render.hpp"

namespace caravan::reports {
namespace {

const CheckResult* find_check(const Report& report, const std::string& name) {
  for (const auto& check : report.checks)
    if (check.check == name) return &check;
  return nullptr;
}

const Witness* first_witness(const CheckResult* check) {
  return check == nullptr || check->witnesses.empty() ? nullptr : &check->witnesses.front();
}

/// "frame at ClusterTemplate.is_public in step 2"
std::string named_by(const CheckResult& check) {
  std::string out = check.check;
  const auto* witness = first_witness(&check);
  if (witness == nullptr) return out;
  if (const auto place = place_of(*witness); !place.empty()) out += " at " + place;
  if (!witness->step.empty()) out += " in step " + witness->step;
  return out;
}

/// The check that the first lines speak of: the one that must name what was planted, else who failed first.
const CheckResult* leading(const Report& report) {
  const auto* must = find_check(report, text_at(report.run, "plant_check"));
  if (report.caught && must != nullptr && must->verdict == Verdict::fail) return must;
  return find_check(report, report.first);
}

std::string failed(const Report& report) {
  const auto failures = failing_checks(report).size();
  const auto* check = leading(report);
  auto out = check == nullptr ? "" : named_by(*check);
  if (failures > 1) out += fmt::format("; {} checks failed", failures);
  return out;
}

/// The most that a loaded machine took away from what it left undecided, microseconds.
std::int64_t starved(const Report& report) {
  std::int64_t most = 0;
  for (const auto& check : report.checks)
    if (check.verdict == Verdict::unknown) most = std::max(most, check.taken);
  return most;
}

/// Why nothing is said: what all undecided checks have in common, or the first of them.
std::string undecided(const Report& report) {
  if (const auto taken = starved(report); taken > 0)
    return fmt::format(
        "the machine was starved, up to {} ms were taken from a message in hand; run again on a quieter "
        "machine",
        (taken + 999) / 1000);
  std::vector<const CheckResult*> unknown;
  for (const auto& check : report.checks)
    if (check.verdict == Verdict::unknown) unknown.push_back(&check);
  if (unknown.empty()) return {};
  const auto& note = unknown.front()->note;
  const bool one_reason =
      unknown.size() > 1 &&
      std::all_of(unknown.begin(), unknown.end(), [&](const auto* one) { return one->note == note; });
  if (one_reason) return note;
  auto out = unknown.front()->check + ": " + note;
  if (unknown.size() > 1) out += fmt::format("; {} checks are undecided", unknown.size());
  return out;
}

/// What was expected in vain, the first of it.
std::string unmet(const Report& report) {
  if (report.unmet.empty()) return {};
  const auto more = report.unmet.size() - 1;
  return report.unmet.front() + (more > 0 ? fmt::format(", and {} more", more) : "");
}

std::string planted(const Report& report) {
  const auto& plant = text_at(report.run, "plant");
  const auto& must = text_at(report.run, "plant_check");
  const auto to_be_named = must.empty() ? "" : fmt::format("; {} must name it", must);
  if (report.caught) {
    auto out = fmt::format("caught, as planted: {} by {}", plant, failed(report));
    if (!must.empty() && report.first != must) out += fmt::format(", {} first", report.first);
    return out + (report.as_expected ? "" : "; but " + unmet(report));
  }
  if (report.verdict == Verdict::unknown)
    return fmt::format("undecided: planted {} was not caught{}; {}", plant, to_be_named, undecided(report));
  if (report.verdict == Verdict::fail)
    return fmt::format("planted {} was not caught{}; instead {} failed", plant, to_be_named, failed(report));
  return fmt::format("planted {} was not caught{}", plant, to_be_named);
}

}  // namespace

std::string times_of(const CommonCause& cause) {
  if (cause.times < 2) return {};
  return fmt::format(" ×{}{}", cause.times,
                     cause.places.size() > 1 ? fmt::format(" at {} places", cause.places.size()) : "");
}

std::string moment_of(const Witness& witness) {
  return fmt::format("event {}{}", witness.event, witness.step.empty() ? "" : ", step " + witness.step);
}

std::vector<const CheckResult*> failing_checks(const Report& report) {
  std::vector<const CheckResult*> out;
  for (const auto& check : report.checks)
    if (check.verdict == Verdict::fail) out.push_back(&check);
  std::stable_sort(out.begin(), out.end(), [&report](const CheckResult* a, const CheckResult* b) {
    return (a->check == report.first) > (b->check == report.first);
  });
  return out;
}

std::vector<std::string> notices(const Report& report) {
  std::vector<std::string> out;
  for (const bool upgrade : {true, false})
    for (const auto& one : report.undone)
      if (one.upgrades == upgrade)
        out.push_back(fmt::format("{}: {} {}", upgrade ? "the upgrade did not end" : "not as planned",
                                  one.what, one.why));
  // Where nothing but a pass was expected, the verdict says it all.
  if (report.verdict == Verdict::fail && member(report.run, "expect").is_object())
    for (const auto& one : report.unmet) out.push_back(one);
  return out;
}

std::string headline(const Report& report) {
  if (!text_at(report.run, "plant").empty()) return planted(report);
  switch (report.verdict) {
    case Verdict::pass:
      return report.as_expected ? "pass, as expected" : "not as expected: " + unmet(report);
    case Verdict::fail:
      if (report.as_expected) return "fail, as expected: " + failed(report);
      return "fail: " + failed(report);
    case Verdict::unknown:
      return "undecided: " + undecided(report);
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> next_commands(const Report& report, const Screen& screen) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto* check = leading(report);
  if (const auto* witness = first_witness(check)) {
    auto recording = screen.recording.empty() ? text_at(report.run, "file") : screen.recording;
    const std::string file = "/run.ndjson";
    if (recording.size() > file.size() &&
        recording.compare(recording.size() - file.size(), file.size(), file) == 0)
      recording.resize(recording.size() - file.size());
    out.emplace_back("what happened",
                     fmt::format("caravan show {} --event {}", text::shell_word(recording), witness->event));
  } else if (report.verdict == Verdict::unknown) {
    for (const auto& one : report.checks)
      if (check == nullptr && one.verdict == Verdict::unknown) check = &one;
  }
  if (check != nullptr) out.emplace_back("what it means", "caravan explain " + check->check);
  if (const auto& plant = text_at(report.run, "plant"); !plant.empty())
    out.emplace_back("what was planted", "caravan explain " + text::shell_word(plant));
  return out;
}

}  // namespace caravan::reports
