// A lint report for continuous integration: GitHub's workflow commands, and JUnit XML with a case for each
// type of finding.
#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>
#include <sstream>

#include "reports/formats/render.hpp"
#include "reports/lint/render.hpp"

namespace caravan::lint {
namespace {

/// GitHub's escapes; in a property, also of what ends it.
std::string escaped(const std::string& text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\n') {
      out += "%0A";
    } else if (c == '\r') {
      out += "%0D";
    } else if (property && (c == ':' || c == ',')) {
      out += c == ':' ? "%3A" : "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

std::string story(const Finding& one) {
  std::string out = one.message + "\n";
  if (!one.before.is_null()) out += "before " + short_form(one.before) + "\n";
  if (!one.after.is_null()) out += "after  " + short_form(one.after) + "\n";
  if (const auto hurts = hurt_line(one); !hurts.empty()) out += "hurts  " + hurts + "\n";
  if (!one.suggestion) return out;
  out += "fix    " + one.suggestion->text + "\n";
  const auto snippet = [&](const Suggestion& suggestion) {
    for (const auto& edit : edits(suggestion))
      out += "  " + (suggestion.file.empty() ? "" : suggestion.file + ": ") + edit + "\n";
  };
  snippet(*one.suggestion);
  for (const auto& also : one.suggestion->also) snippet(also);
  return out;
}

}  // namespace

std::string render_lint_github(const LintReport& report) {
  std::string out;
  for (const auto& one : report.findings) {
    const std::string file = one.suggestion && !one.suggestion->file.empty()
                                 ? fmt::format("file={},", escaped(one.suggestion->file, true))
                                 : "";
    out += fmt::format("::error {}title={}::{}\n", file, escaped(one.id, true),
                       escaped(printable(story(one)), false));
  }
  for (const auto& one : report.unrecorded)
    out += fmt::format(
        "::warning title={}::{}\n", escaped("not recorded: " + place_of(one), true),
        escaped(printable(fmt::format("{}: {}\n{}", place_of(one), one.what, how_to_record())), false));
  return out + fmt::format("::notice title=caravan objects lint::{}\n", escaped(summary_line(report), false));
}

std::string render_lint_junit(const LintReport& report) {
  pugi::xml_document document;
  auto declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  auto suite = document.append_child("testsuites").append_child("testsuite");
  suite.append_attribute("name") = "caravan objects lint";
  std::vector<std::string> types;
  for (const auto& type : finding_table()) types.emplace_back(type.type);
  const int open = report.unrecorded.empty() ? 0 : 1;
  suite.append_attribute("tests") = static_cast<int>(types.size()) + open;
  int failed = 0;
  for (const auto& type : finding_table()) {
    auto one = suite.append_child("testcase");
    one.append_attribute("classname") = type.oracle;
    one.append_attribute("name") = type.type;
    bool first = true;
    for (const auto& finding : report.findings) {
      if (finding.type != type.type) continue;
      auto failure = one.append_child("failure");
      failure.append_attribute("type") = type.type;
      failure.append_attribute("message") = printable(finding.message).c_str();
      failure.append_child(pugi::node_pcdata)
          .set_value(printable(finding.id + "\n" + story(finding)).c_str());
      failed += first ? 1 : 0;
      first = false;
    }
  }
  suite.append_attribute("failures") = failed;
  if (open != 0) {  // neither passed nor failed
    auto one = suite.append_child("testcase");
    one.append_attribute("classname") = "recording";
    one.append_attribute("name") = "not-recorded";
    std::string list;
    for (const auto& item : report.unrecorded) list += fmt::format("{}: {}\n", place_of(item), item.what);
    auto error = one.append_child("error");
    error.append_attribute("type") = "unknown";
    error.append_attribute("message") = summary_line(report).c_str();
    error.append_child(pugi::node_pcdata).set_value(printable(list + how_to_record()).c_str());
  }
  suite.append_attribute("errors") = open;
  suite.append_child("system-out")
      .append_child(pugi::node_pcdata)
      .set_value(printable(summary_line(report)).c_str());
  std::ostringstream out;
  document.save(out, "  ", pugi::format_default, pugi::encoding_utf8);
  return out.str();
}

}  // namespace caravan::lint
