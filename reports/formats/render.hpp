// A report in the forms that people and programs read. One form a file: FORM.cpp.
#pragma once

#include <string>
#include <vector>

#include "objects/base/printable.hpp"
#include "reports/checks/judge.hpp"
#include "reports/formats/screen.hpp"

namespace caravan::reports {

/// The report as report.json and `--format json` have it (docs/checks.md).
Json to_json(const Report& report);
/// `format`: text, json, junit, md. Throws bad_request for another.
std::string render(const Report& report, const std::string& format, const Screen& screen = {});

/// What is in one output for several runs.
enum class Several {
  titled,             ///< each under a line that names its recording
  one_after_another,  ///< each says itself which run it is
  list,               ///< a JSON array
  refused             ///< the form is one document a run
};
struct Format {
  const char* name;  ///< of `--format`
  std::string (*render)(const Report&, const Screen&);
  Several several;
};
/// The table of forms; the first is the default.
const std::vector<Format>& report_formats();
std::vector<std::string> report_format_names();
/// Throws bad_request for an unknown name.
const Format& report_format(const std::string& name);

/// The forms of render(), each whole and ready to be written.
std::string render_text(const Report& report, const Screen& screen);
std::string render_json(const Report& report);
std::string render_junit(const Report& report, const Screen& screen);
std::string render_md(const Report& report, const Screen& screen);

/// The first line: "fail: frame at ClusterTemplate.is_public in step 2; 3 checks failed", "caught, as
/// planted: ...", "undecided: ...", "pass, as expected".
std::string headline(const Report& report);
/// What to do next: why, and the command.
std::vector<std::pair<std::string, std::string>> next_commands(const Report& report, const Screen& screen);
/// Checks with failures, the one that failed first in causal order first.
std::vector<const CheckResult*> failing_checks(const Report& report);
/// " ×88 at 13 places", or empty for a single one.
std::string times_of(const CommonCause& cause);
/// "event 49, step 2"
std::string moment_of(const Witness& witness);

/// "kilo-to-liberty, seed 1: kilo to liberty, 2 conductors, 3 engines and 2 apis, ..., 1 kill and 1 pause"
std::string run_line(const Report& report);
/// What did not end as the plan assumes, a line each, the upgrade first; what was expected in vain.
std::vector<std::string> notices(const Report& report);
/// What was upgraded, turned back, killed and paused: a line each, where there is something to say.
std::vector<std::string> order_lines(const Report& report);
/// One line of counts each, without decoration.
std::vector<std::string> count_lines(const Report& report);
/// The long ones: messages by version, refusals, backports, as lists.
std::vector<std::string> tally_lines(const Report& report);
/// The same as a table, one line an object, as wide as the screen; reasons of empty cells below.
std::string object_table(const Report& report, const Screen& screen);
/// Words at most `width` wide, continuation lines indented by `indent` blanks.
std::string wrapped(const std::string& text, std::size_t width, std::size_t indent);
/// The same, every line `margin` blanks further in.
std::string paragraph(const std::string& text, std::size_t width, std::size_t margin, std::size_t indent);

/// Lines that are too long, folded: under the second column where the line has two, else two further in.
std::string folded(const std::string& text, std::size_t width);

}  // namespace caravan::reports
