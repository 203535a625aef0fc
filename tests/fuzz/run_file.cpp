// Run files: one that is read is judged and shown, whatever it says; and no part of one looks whole.
#include <algorithm>
#include <pugixml.hpp>

#include "objects/base/error.hpp"
#include "objects/base/json_text.hpp"
#include "objects/base/printable.hpp"
#include "reports/formats/render.hpp"
#include "tests/fuzz/targets.hpp"

namespace caravan::fuzz {
namespace {

/// The lines that are objects, numbered and in order of time, after a header of one class and two releases.
std::string under_a_header(std::string_view lines) {
  static const std::string header = read_text_file(FUZZ_DIR "/run_header.json");
  std::string text = header;
  std::int64_t number = 0, time = 0;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    refused([&] {
      Json event = parse_json_strict(lines.substr(0, end), "event");
      if (!event.is_object()) return;
      const auto t = event.find("t");
      if (t != event.end() && t->is_number_integer() && !t->is_number_unsigned())
        time = std::max(time, std::min(t->get<std::int64_t>(), std::int64_t{1} << 40U));
      else if (t != event.end() && t->is_number_unsigned())
        time = std::max(time, static_cast<std::int64_t>(t->get<std::uint64_t>() >> 24U));
      event["n"] = ++number;
      event["t"] = time;
      text += event.dump() + "\n";
    });
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return text;
}

void check_written(const reports::RunFile& run) {
  std::string text;
  for (const Json& event : run.events) text += event.dump() + "\n";
  try {
    const reports::RunFile again = reports::read_run_text("written", text);
    require(again.events == run.events && again.complete == run.complete && again.cut.empty(),
            "a recording is read as it was written");
  } catch (const Error& error) {
    throw Violation("what was written can be read: " + std::string(error.what()));
  }
}

/// What a full disk or a power cut leaves of it.
void check_cut(std::string_view text, const reports::RunFile& run) {
  const std::string_view part = text.substr(0, choice_of(text) % text.size());
  refused([&] {
    const reports::RunFile read = reports::read_run_text("part", part);
    require(read.events.size() <= run.events.size() &&
                std::equal(read.events.begin(), read.events.end(), run.events.begin()),
            "of a part no event is read that is not in the whole");
    require(!read.complete || (run.complete && read.events.size() == run.events.size()),
            "a part is not complete");
  });
}

void check_shown(const reports::Report& report) {
  for (const std::size_t width : {std::size_t{20}, std::size_t{200}}) {
    reports::Screen screen;
    screen.width = width;
    screen.ascii = width == 20;
    const std::string text = reports::render(report, "text", screen);
    require(printable(text, {.lines = true, .ascii = screen.ascii, .colour = false}) == text,
            "a report can be printed on a terminal: " + text);
  }
  (void)reports::render(report, "md");
  const std::string json = reports::render(report, "json");
  require(Json::accept(json), "a report is JSON");
  pugi::xml_document xml;
  require(xml.load_string(reports::render(report, "junit").c_str()), "a report is XML");
}

}  // namespace

void run_file(std::string_view text) {
  const bool events_alone = text.substr(0, 5) == R"({"n":)" && text.substr(5, 2) != "0,";
  const std::string whole = events_alone ? under_a_header(text) : std::string(text);
  reports::RunFile run;
  if (refused([&] { run = reports::read_run_text("input", whole); })) return;
  check_written(run);
  check_cut(whole, run);
  refused([&] {
    const reports::Report report = reports::judge(run);
    require(report.checks.size() == reports::check_table().size(), "every check says something");
    require(!report.checks.empty() && (run.complete || report.verdict != reports::Verdict::pass),
            "what is not complete does not pass");
    check_shown(report);
  });
}

}  // namespace caravan::fuzz
