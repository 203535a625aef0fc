// judge and report: recordings in, verdicts out. Nothing is run.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/cli/commands.hpp"
#include "harness/cli/recording.hpp"
#include "harness/output/output_file.hpp"
#include "objects/base/printable.hpp"
#include "reports/formats/render.hpp"

namespace caravan::harness {
namespace {

/// not as expected > undecided > as expected
int worse(int a, int b) {
  const auto rank = [](int code) { return code == 1 ? 2 : code == 3 ? 1 : 0; };
  return rank(a) >= rank(b) ? a : b;
}

struct Judged {
  std::string text;
  int code = 0;
};

Judged judge_all(const Options& options, const reports::Format& format, reports::Screen seen) {
  Judged out;
  const bool many = options.inputs.size() > 1;
  if (many && format.several == reports::Several::refused)
    throw bad_request("--format", fmt::format("{} is one document per run", format.name),
                      "give one RUN at a time");
  const bool as_list = many && format.several == reports::Several::list;
  Json list = Json::array();
  for (const auto& input : options.inputs) {
    const auto report = reports::judge(read_recording(input));
    seen.recording = input;
    const int code = report.as_expected ? 0 : report.verdict == reports::Verdict::unknown ? 3 : 1;
    out.code = worse(out.code, code);
    if (as_list) {
      list.push_back(to_json(report));
      continue;
    }
    if (!out.text.empty()) out.text += "\n";
    if (many && format.several == reports::Several::titled) out.text += "== " + input + "\n";
    out.text += format.render(report, seen);
  }
  if (as_list) out.text = list.dump(2) + "\n";
  return out;
}

}  // namespace

int cli_judge(const Options& options) {
  const auto& format = reports::report_format(format_of(options, reports::report_format_names()));
  const auto judged = judge_all(options, format, screen());
  format.several == reports::Several::titled ? show_out(judged.text) : print_out(judged.text);
  return judged.code;
}

int cli_report(const Options& options) {
  const auto& format = reports::report_format(format_of(options, reports::report_format_names()));
  if (options.out.empty()) return cli_judge(options);
  if (is_recording(options.out))
    throw bad_request("--out", "'" + options.out + "' is a recording, and the report would overwrite it");
  const std::filesystem::path out(options.out);
  const auto name = out.filename().string();
  if ((name == "plan.txt" || name.rfind("sahara.db", 0) == 0) && is_recording(out.parent_path()))
    throw bad_request("--out", "'" + options.out + "' is part of a run, and the report would overwrite it");
  const auto judged = judge_all(options, format, reports::Screen{});
  write_file(options.out, printable(judged.text));
  return judged.code;
}

}  // namespace caravan::harness
