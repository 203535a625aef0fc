// A report in the forms that people and programs read. One form a file: render_FORM.cpp.
#pragma once

#include <string>
#include <vector>

#include "objects/printable.hpp"
#include "reports/judge.hpp"

namespace caravan {

std::string render_text(const Report& report, bool colour);
std::string render_json(const Report& report);
std::string render_junit(const Report& report);
std::string render_md(const Report& report);

/// "kilo-to-liberty, seed 1: kilo to liberty, 2 conductors, 3 engines, 2 apis"
std::string run_line(const Report& report);
/// "was X, as expected" and the like: what the verdict means for whoever called.
std::string verdict_line(const Report& report);
/// What did not end as the plan takes for granted, a line each, the upgrade first.
std::vector<std::string> undone_lines(const Report& report);
/// What the scenario expects of single checks and did not come, a line each.
std::vector<std::string> unmet_lines(const Report& report);
/// One line of counts each, without decoration.
std::vector<std::string> count_lines(const Report& report);
/// The long ones: messages by version, refusals, backports, as lists.
std::vector<std::string> tally_lines(const Report& report);
/// The same as a table, one line an object, at most 100 columns; reasons of empty cells below.
std::string object_table(const Report& report);
/// Words at most `width` wide, continuation lines indented by `indent` blanks.
std::string wrapped(const std::string& text, std::size_t width, std::size_t indent);

}  // namespace caravan
