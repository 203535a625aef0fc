// The report as Markdown, for issues and wikis.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/text.hpp"
#include "reports/facts/values.hpp"
#include "reports/formats/render.hpp"

namespace caravan::reports {
namespace {

std::string cell(const std::string& text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '|')
      out += "\\|";
    else if (c == '\n')
      out += " ";
    else if (c == '<')
      out += "&lt;";
    else
      out += c;
  }
  return out;
}

std::string matrix(const Report& report) {
  std::vector<std::pair<std::string, std::string>> columns;
  for (auto object = report.matrix.begin(); object != report.matrix.end(); ++object)
    for (auto first = object.value().begin(); first != object.value().end(); ++first)
      for (auto later = first.value().begin(); later != first.value().end(); ++later) {
        const std::pair<std::string, std::string> column{first.key(), later.key()};
        if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
      }
  if (columns.empty()) return {};
  std::string out = "\n## Written by one release, saved by another\n\n| object |", rule = "|---|";
  for (const auto& column : columns) {
    out += fmt::format(" {} → {} |", cell(column.first), cell(column.second));
    rule += "---|";
  }
  out += "\n" + rule + "\n";
  for (auto object = report.matrix.begin(); object != report.matrix.end(); ++object) {
    out += fmt::format("| {} |", cell(object.key()));
    for (const auto& column : columns) {
      const Json& value = member(member(object.value(), column.first.c_str()), column.second.c_str());
      out += value.is_number_integer()
                 ? fmt::format(" {} |", value.dump())
                 : fmt::format(" not exercised: {} |", cell(text_at(value, "not_exercised")));
    }
    out += "\n";
  }
  return out;
}

}  // namespace

std::string render_md(const Report& report, const Screen& screen) {
  std::string out = fmt::format("# {}\n\n", cell(headline(report)));
  for (const auto& notice : notices(report)) out += fmt::format("**{}**\n\n", cell(notice));
  out += cell(run_line(report)) + "\n\n";
  for (const auto& next : next_commands(report, screen))
    out += fmt::format("* {}: `{}`\n", next.first, one_line(next.second));
  const auto failing = failing_checks(report);
  if (!failing.empty()) out += "\n## What failed\n";
  for (const auto* check : failing) {
    out += fmt::format("\n### {}, {}\n\n{}\n", check->check, text::count(check->failures, "failure"),
                       cell(check->promise));
    std::int64_t told = 0;
    for (const auto& cause : check->causes) {
      const auto place = place_of(cause.first);
      out += fmt::format("\n**{}{}**: {} ({})\n", place.empty() ? check->check : cell(place), times_of(cause),
                         cell(cause.first.summary), moment_of(cause.first));
      if (cause.places.size() > 1)
        out += fmt::format("\nat {}\n", cell(text::list({cause.places.begin(), cause.places.end()})));
      out += "\n";
      int number = 0;
      for (const auto& sentence : cause.first.argument)
        out += fmt::format("{}. {}\n", ++number, cell(sentence));
      told += cause.times;
    }
    if (check->failures > told) out += fmt::format("\nand {} more\n", check->failures - told);
  }
  out += "\n## Checks\n\n| check | verdict | obligations | failures | note |\n|---|---|---|---|---|\n";
  for (const auto& check : report.checks)
    out += fmt::format("| {} | {} | {} | {} | {} |\n", check.check,
                       check.verdict == Verdict::fail ? "**fail**" : name(check.verdict), check.obligations,
                       check.failures, cell(check.note));
  out += "\n## Counts\n\n";
  for (const auto& lines : {order_lines(report), count_lines(report), tally_lines(report)})
    for (const auto& line : lines) out += "* " + cell(line) + "\n";
  out += matrix(report);
  if (const auto& command = text_at(report.run, "command"); !command.empty())
    out += fmt::format("\nAgain: `{}`\n", one_line(command));
  return out;
}

}  // namespace caravan::reports
