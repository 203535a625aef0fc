// The report as Markdown, for issues and wikis.
#include <fmt/format.h>

#include <algorithm>

#include "reports/render.hpp"
#include "reports/text.hpp"
#include "reports/values.hpp"

namespace caravan {
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

std::string render_md(const Report& report) {
  std::string out = fmt::format("# {}\n\n**{}**\n\n", cell(run_line(report)), cell(verdict_line(report)));
  auto notable = undone_lines(report);
  for (auto& line : unmet_lines(report)) notable.push_back(std::move(line));
  for (const auto& line : notable) out += fmt::format("* {}\n", cell(line));
  if (!notable.empty()) out += "\n";
  out += "| check | verdict | obligations | failures | note |\n|---|---|---|---|---|\n";
  for (const auto& check : report.checks)
    out += fmt::format("| {} | {} | {} | {} | {} |\n", check.check,
                       check.verdict == Verdict::fail ? "**fail**" : name(check.verdict), check.obligations,
                       check.failures, cell(check.note));
  for (const auto& check : report.checks) {
    if (check.witnesses.empty()) continue;
    out += fmt::format("\n## {}\n\n{}\n", check.check, cell(check.promise));
    for (const auto& witness : check.witnesses) {
      out += fmt::format("\n### Event {}{}: {}{}{}\n\n{}\n\n", witness.event,
                         witness.step.empty() ? "" : ", step " + witness.step, cell(witness.object),
                         witness.object.empty() || witness.field.empty() ? "" : ".", cell(witness.field),
                         cell(witness.summary));
      int number = 0;
      for (const auto& sentence : witness.argument) out += fmt::format("{}. {}\n", ++number, cell(sentence));
    }
  }
  out += "\n## Counts\n\n";
  for (const auto& line : count_lines(report)) out += "* " + cell(line) + "\n";
  for (const auto& line : tally_lines(report)) out += "* " + cell(line) + "\n";
  std::vector<std::string> order;
  for (const auto& entry : report.order)
    order.push_back(fmt::format("{} (step {})", text_at(entry, "node"),
                                text_at(entry, "step").empty() ? "-" : text_at(entry, "step")));
  if (!order.empty()) out += "* upgraded, in this order: " + text::list(order) + "\n";
  out += matrix(report);
  if (const auto& command = text_at(report.run, "command"); !command.empty())
    out += fmt::format("\nAgain: `{}`\n", one_line(command));
  return out;
}

}  // namespace caravan
