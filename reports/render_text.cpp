// The report for a terminal: at most 100 columns, worth showing as the last screen of a run.
#include <fmt/format.h>

#include <algorithm>

#include "reports/render.hpp"
#include "reports/text.hpp"
#include "reports/values.hpp"

namespace caravan {
namespace {

constexpr std::size_t width = 100;

struct Paint {
  bool on;
  std::string operator()(const char* code, const std::string& text) const {
    return on ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }
  std::string verdict(Verdict verdict) const {
    return (*this)(verdict == Verdict::pass   ? "32"
                   : verdict == Verdict::fail ? "1;31"
                                              : "33",
                   text::pad(name(verdict), 7));
  }
};

std::string order(const Report& report) {
  std::string out;
  for (const auto& entry : report.order) {
    const auto& step = text_at(entry, "step");
    out += fmt::format("{}{}{}", out.empty() ? "" : " → ", text_at(entry, "node"),
                       step.empty() ? "" : " (" + step + ")");
  }
  return out.empty() ? "nothing was upgraded" : out;
}

std::string witness_text(const Witness& witness, const Paint& paint) {
  std::string place = witness.object;
  if (!witness.field.empty()) place += (place.empty() ? "" : ".") + witness.field;
  if (!witness.row.empty()) place += " " + witness.row;
  std::string head = fmt::format("event {}", witness.event);
  if (!witness.step.empty()) head += fmt::format(", step {}", witness.step);
  std::string out = "    " + paint("1", head + (place.empty() ? "" : ": " + place)) + "\n";
  out += "    " + wrapped(printable(witness.summary), width - 4, 0);
  // The continuation lines of a paragraph stand under its first one.
  for (std::size_t at = out.find('\n', out.find('\n') + 1); at != std::string::npos;
       at = out.find('\n', at + 1))
    out.insert(at + 1, "    ");
  out += "\n";
  int number = 0;
  for (const auto& sentence : witness.argument) {
    std::string text = wrapped(fmt::format("{}. {}", ++number, printable(sentence)), width - 6, 3);
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
      text.insert(at + 1, "      ");
    out += "      " + text + "\n";
  }
  return out;
}

}  // namespace

std::string render_text(const Report& report, bool colour) {
  const Paint paint{colour};
  std::string out;
  const auto title = [&](const std::string& text) { out += paint("1", text) + "\n"; };
  title(wrapped(run_line(report), width, 2));
  for (const auto& line : undone_lines(report)) title(wrapped(line, width, 2));
  out += wrapped("upgraded: " + order(report), width, 2) + "\n";
  for (const auto& line : count_lines(report)) out += wrapped(line, width, 2) + "\n";
  if (const auto table = object_table(report); !table.empty()) out += "\n" + table;
  out += "\n";
  title("verdicts");
  for (const auto& check : report.checks) {
    std::string line = fmt::format("{}{} obligations", text::pad(check.check, 14), check.obligations);
    if (check.failures > 0) line += fmt::format(", {}", text::count(check.failures, "failure"));
    if (!check.note.empty()) line += "; " + check.note;
    std::string folded = wrapped(printable(line), width - 10, 14);
    for (std::size_t at = folded.find('\n'); at != std::string::npos; at = folded.find('\n', at + 1))
      folded.insert(at + 1, "          ");
    out += "  " + paint.verdict(check.verdict) + " " + folded + "\n";
  }
  constexpr std::size_t most = 5;
  std::vector<const CheckResult*> failing;
  for (const auto& check : report.checks)
    if (!check.witnesses.empty()) failing.push_back(&check);
  // Who failed first in causal order is told first.
  std::stable_sort(failing.begin(), failing.end(), [&](const CheckResult* a, const CheckResult* b) {
    return (a->check == report.first) > (b->check == report.first);
  });
  for (const auto* check : failing) {
    out += "\n";
    title(wrapped(fmt::format("{}: {}", check->check, check->promise), width, 2));
    for (std::size_t i = 0; i < check->witnesses.size() && i < most; ++i)
      out += witness_text(check->witnesses[i], paint);
    if (check->failures > static_cast<std::int64_t>(most))
      out += fmt::format("    and {} more\n", check->failures - static_cast<std::int64_t>(most));
  }
  out += "\n" +
         paint(report.verdict == Verdict::pass   ? "1;32"
               : report.verdict == Verdict::fail ? "1;31"
                                                 : "1;33",
               wrapped("verdict: " + verdict_line(report), width, 2)) +
         "\n";
  for (const auto& line : unmet_lines(report)) out += wrapped(line, width, 2) + "\n";
  if (const auto& command = text_at(report.run, "command"); !command.empty())
    out += "again:   " + printable(command) + "\n";
  return out;
}

}  // namespace caravan
