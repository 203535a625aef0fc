// The report as JUnit XML: a suite a run, a case a check.
#include <fmt/format.h>

#include <pugixml.hpp>
#include <sstream>

#include "reports/facts/values.hpp"
#include "reports/formats/render.hpp"

namespace caravan::reports {
namespace {

std::string story(const CommonCause& cause) {
  const auto& witness = cause.first;
  std::string out = moment_of(witness) + times_of(cause) + "\n" + witness.summary + "\n";
  int number = 0;
  for (const auto& sentence : witness.argument) out += fmt::format("  {}. {}\n", ++number, sentence);
  return out;
}

}  // namespace

std::string render_junit(const Report& report, const Screen& screen) {
  pugi::xml_document document;
  auto declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  auto suites = document.append_child("testsuites");
  auto suite = suites.append_child("testsuite");
  int failures = 0, undecided = 0;
  for (const auto& check : report.checks) {
    failures += check.verdict == Verdict::fail ? 1 : 0;
    undecided += check.verdict == Verdict::unknown ? 1 : 0;
  }
  const std::string scenario = text_at(report.run, "scenario");
  suite.append_attribute("name") = printable(scenario).c_str();
  suite.append_attribute("tests") = static_cast<int>(report.checks.size());
  suite.append_attribute("failures") = failures;
  suite.append_attribute("errors") = undecided;
  suite.append_attribute("skipped") = 0;
  const Json& seconds = member(report.counts, "seconds");
  suite.append_attribute("time") =
      fmt::format("{:.3f}", seconds.is_number() ? seconds.get<double>() : 0.0).c_str();
  auto properties = suite.append_child("properties");
  const auto property = [&](const char* key, const std::string& value) {
    auto one = properties.append_child("property");
    one.append_attribute("name") = key;
    one.append_attribute("value") = printable(value).c_str();
  };
  property("verdict", headline(report));
  for (const auto& notice : notices(report)) property("notice", notice);
  for (const auto& next : next_commands(report, screen)) property("next", next.second);
  property("run", run_line(report));
  property("command", text_at(report.run, "command"));
  for (const auto& check : report.checks) {
    auto one = suite.append_child("testcase");
    one.append_attribute("classname") = printable(scenario).c_str();
    one.append_attribute("name") = check.check.c_str();
    if (check.verdict == Verdict::fail) {
      std::string text;
      std::int64_t told = 0;
      for (const auto& cause : check.causes) {
        text += story(cause) + "\n";
        told += cause.times;
      }
      if (check.failures > told) text += fmt::format("and {} more\n", check.failures - told);
      auto failure = one.append_child("failure");
      failure.append_attribute("type") = check.check.c_str();
      failure.append_attribute("message") =
          printable(check.witnesses.empty() ? check.promise : check.witnesses.front().summary).c_str();
      failure.append_child(pugi::node_pcdata).set_value(printable(text).c_str());
    } else if (check.verdict == Verdict::unknown) {
      auto error = one.append_child("error");
      error.append_attribute("type") = "unknown";
      error.append_attribute("message") = printable(check.note).c_str();
    }
    one.append_child("system-out")
        .append_child(pugi::node_pcdata)
        .set_value(printable(fmt::format("{} obligations{}", check.obligations,
                                         check.note.empty() ? "" : "; " + check.note))
                       .c_str());
  }
  std::ostringstream out;
  document.save(out, "  ", pugi::format_default, pugi::encoding_utf8);
  return out.str();
}

}  // namespace caravan::reports
