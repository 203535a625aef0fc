// judge and report: recordings in, verdicts out. Nothing is run.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/cli.hpp"
#include "harness/output_file.hpp"
#include "harness/recording.hpp"
#include "objects/printable.hpp"
#include "reports/judge.hpp"

namespace caravan {
namespace {

const std::vector<std::string>& known_formats() {
  static const std::vector<std::string> known = {"text", "json", "junit", "md"};
  return known;
}

/// not as expected > undecided > as expected
int worse(int a, int b) {
  const auto rank = [](int code) { return code == 1 ? 2 : code == 3 ? 1 : 0; };
  return rank(a) >= rank(b) ? a : b;
}

struct Judged {
  std::string text;
  int code = 0;
};

Judged judge_all(const Options& options, const std::string& format, Screen seen) {
  Judged out;
  const bool many = options.inputs.size() > 1;
  if (many && format == "junit")
    throw bad_request("--format", "junit is one document a run", "give one RUN at a time");
  Json list = Json::array();
  for (const auto& input : options.inputs) {
    const auto report = judge(read_recording(input));
    seen.recording = input;
    const int code = report.as_expected ? 0 : report.verdict == Verdict::unknown ? 3 : 1;
    out.code = worse(out.code, code);
    if (many && format == "json")
      list.push_back(to_json(report));
    else if (many)
      out.text += (out.text.empty() ? "" : "\n") + (format == "md" ? "" : "== " + input + "\n") +
                  render(report, format, seen);
    else
      out.text = render(report, format, seen);
  }
  if (many && format == "json") out.text = list.dump(2) + "\n";
  return out;
}

}  // namespace

int cli_judge(const Options& options) {
  const auto format = format_of(options, known_formats());
  const auto judged = judge_all(options, format, screen());
  format == "text" ? show_out(judged.text) : print_out(judged.text);
  return judged.code;
}

int cli_report(const Options& options) {
  const auto format = format_of(options, known_formats());
  if (options.out.empty()) return cli_judge(options);
  if (is_recording(options.out))
    throw bad_request("--out", "'" + options.out + "' is a recording, and a report would take its place");
  const std::filesystem::path out(options.out);
  const auto name = out.filename().string();
  if ((name == "plan.txt" || name.rfind("sahara.db", 0) == 0) && is_recording(out.parent_path()))
    throw bad_request("--out", "'" + options.out + "' is a part of a run, and a report would take its place");
  const auto judged = judge_all(options, format, Screen{});
  write_file(options.out, printable(judged.text));
  return judged.code;
}

}  // namespace caravan
