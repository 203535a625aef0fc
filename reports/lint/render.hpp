// What the forms of a lint report share.
#pragma once

#include <string>

#include "reports/formats/screen.hpp"
#include "reports/lint/lint.hpp"

namespace caravan::lint {

/// `format`: text, json, github (workflow commands), junit. Throws bad_request for another.
std::string render(const LintReport& report, const std::string& format, const reports::Screen& screen = {});

/// {"a": 1}: on one line, with blanks, at most `limit` characters.
std::string spaced(const Json& value, std::size_t limit = 400);
/// A primitive as "Cluster 1.3 {...}", nested ones too; anything else as it is.
std::string short_form(const Json& value);
/// "liberty → kilo, and 41 more pairs"
std::string hurt_line(const Finding& finding);
/// Conversions that a recording lacks, and what to do about them.
std::int64_t conversions_missing(const LintReport& report);
std::string place_of(const Unrecorded& one);  ///< "Kid 1.1 → 1.0 (new → old)"
std::string how_to_record();
std::string summary_line(const LintReport& report);
/// "backport/3: {...}" for each edit.
std::vector<std::string> edits(const Suggestion& suggestion);

/// The forms of render(), each whole and ready to be written.
std::string render_lint_text(const LintReport& report, const reports::Screen& screen);
std::string render_lint_github(const LintReport& report);
std::string render_lint_junit(const LintReport& report);

}  // namespace caravan::lint
