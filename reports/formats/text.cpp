// The report for a terminal: the verdict, what to do next, what failed, then the figures.
#include "objects/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/facts/values.hpp"
#include "reports/formats/render.hpp"

namespace caravan::reports {
namespace {

constexpr const char* bold = "1";

class Page {
 public:
  explicit Page(const Screen& screen) : screen_(screen) {}

  /// What may be in a line of this screen.
  std::string safe(const std::string& text) const {
    return printable(text, {.lines = false, .ascii = screen_.ascii, .colour = false});
  }
  std::string paint(const char* code, const std::string& text) const {
    return screen_.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }
  void put(const std::string& text, std::size_t margin = 0, std::size_t indent = 2) {
    out_ += paragraph(safe(text), screen_.width, margin, indent);
  }
  void title(const std::string& text, const char* code = bold) {
    auto lines = paragraph(safe(text), screen_.width, 0, 2);
    lines.pop_back();
    out_ += paint(code, lines) + "\n";
  }
  /// As it is: what is to be typed is not folded.
  void raw(const std::string& text) { out_ += text; }
  std::string take() { return std::move(out_); }

 private:
  const Screen& screen_;
  std::string out_;
};

const char* colour_of(const Report& report) {
  return report.as_expected ? "1;32" : report.verdict == Verdict::unknown ? "1;33" : "1;31";
}

void first_lines(Page& page, const Report& report, const Screen& screen) {
  page.title(headline(report), colour_of(report));
  for (const auto& notice : notices(report)) page.title(notice, "1;33");
  std::size_t longest = 0;
  const auto commands = next_commands(report, screen);
  for (const auto& next : commands) longest = std::max(longest, next.first.size());
  for (const auto& next : commands)
    page.raw(fmt::format("  {:<{}}  {}\n", next.first + ":", longest + 1, page.safe(next.second)));
}

/// One line a cause; the first of all with its argument.
void failures(Page& page, const Report& report) {
  constexpr std::size_t most = 6;
  const auto checks = failing_checks(report);
  if (checks.empty()) return;
  page.raw("\n");
  page.title("what failed");
  for (const auto* check : checks) {
    std::int64_t told = 0;
    for (std::size_t i = 0; i < check->causes.size() && i < most; ++i) {
      const auto& cause = check->causes[i];
      const auto place = place_of(cause.first);
      page.put(fmt::format("{}{}: {}{}{} ({})", check->check, times_of(cause), place,
                           place.empty() ? "" : ": ", cause.first.summary, moment_of(cause.first)),
               2, 4);
      told += cause.times;
      int number = 0;
      if (check == checks.front() && i == 0)
        for (const auto& sentence : cause.first.argument)
          page.put(fmt::format("{}. {}", ++number, sentence), 6, 3);
    }
    if (check->failures > told)
      page.put(fmt::format("{}: {} more; --format md lists them", check->check, check->failures - told), 2,
               4);
  }
}

void check_lines(Page& page, const Report& report, const Screen& screen) {
  page.raw("\n");
  page.title("checks");
  for (const auto& check : report.checks) {
    std::string line = fmt::format("{}{} obligations", text::pad(check.check, 14), check.obligations);
    if (check.failures > 0) line += fmt::format(", {}", text::count(check.failures, "failure"));
    if (!check.note.empty()) line += "; " + check.note;
    constexpr std::size_t margin = 10, indent = 14;
    auto folded = paragraph(page.safe(line), screen.width, margin, screen.width < 60 ? 2 : indent);
    const auto* code = check.verdict == Verdict::pass ? "32" : check.verdict == Verdict::fail ? "1;31" : "33";
    page.raw("  " + page.paint(code, text::pad(name(check.verdict), margin - 3)) + folded.substr(margin - 1));
  }
}

}  // namespace

std::string render_text(const Report& report, const Screen& screen) {
  Page page(screen);
  first_lines(page, report, screen);
  failures(page, report);
  page.raw("\n");
  page.title(run_line(report));
  for (const auto& line : order_lines(report)) page.put(line);
  for (const auto& line : count_lines(report)) page.put(line);
  if (const auto table = object_table(report, screen); !table.empty()) page.raw("\n" + table);
  check_lines(page, report, screen);
  page.raw("\n");
  page.title("verdict: " + headline(report), colour_of(report));
  if (const auto& command = text_at(report.run, "command"); !command.empty())
    page.raw("again:   " + page.safe(command) + "\n");
  return page.take();
}

}  // namespace caravan::reports
