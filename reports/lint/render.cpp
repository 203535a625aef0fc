// A lint report for people, and what its forms share.
#include "reports/lint/render.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"
#include "objects/base/nearest.hpp"
#include "objects/base/text.hpp"
#include "reports/formats/render.hpp"
#include "reports/lint/facts.hpp"

namespace caravan::lint {

namespace {

bool ends(const std::string& key, const char* what) {
  const std::string tail = std::string(".") + what;
  return key.size() > tail.size() && key.compare(key.size() - tail.size(), tail.size(), tail) == 0;
}

/// On one line, with blanks. `short_ones`: primitives as "Cluster 1.3 {...}", long values cut.
void put(std::string& out, const Json& value, bool short_ones) {
  const Json *name = nullptr, *version = nullptr, *data = nullptr;
  if (short_ones && value.is_object())
    for (const auto& item : value.items()) {
      if (ends(item.key(), "name")) name = &item.value();
      if (ends(item.key(), "version")) version = &item.value();
      if (ends(item.key(), "data")) data = &item.value();
    }
  if (name != nullptr && version != nullptr && data != nullptr && name->is_string() && version->is_string()) {
    out += fmt::format("{} {} ", name->get<std::string>(), version->get<std::string>());
    return put(out, *data, short_ones);
  }
  if (value.is_object()) {
    out += '{';
    bool first = true;
    for (const auto& item : value.items()) {
      out += (first ? "" : ", ") + Json(item.key()).dump() + ": ";
      put(out, item.value(), short_ones);
      first = false;
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ", ";
      put(out, value[i], short_ones);
    }
    out += ']';
  } else {
    const auto whole = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    out += short_ones ? text::cut(whole, 60) : whole;
  }
}

}  // namespace

std::string spaced(const Json& value, std::size_t limit) {
  std::string out;
  put(out, value, false);
  return text::cut(out, limit);
}

std::string short_form(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  std::string out;
  put(out, value, true);
  return text::cut(out, 300);
}

std::string hurt_line(const Finding& finding) {
  if (finding.hurts.empty()) return {};
  const auto& [writer, reader] = finding.hurts.front();
  std::string out = fmt::format("{} → {}", writer, reader);
  if (finding.hurts.size() > 1)
    out += fmt::format(", and {} more pair{} of releases", finding.hurts.size() - 1,
                       finding.hurts.size() == 2 ? "" : "s");
  return out;
}

std::string summary_line(const LintReport& report) {
  const auto findings = static_cast<long long>(report.findings.size());
  const auto declared = static_cast<long long>(report.declared.size());
  const bool open = !report.unrecorded.empty();
  std::string verdict =
      findings > 0 ? text::count(findings, "finding")
      : open       ? "unknown"
                   : fmt::format("clean, {} declared {}", declared, declared == 1 ? "loss" : "losses");
  if (open)
    verdict += fmt::format(", {} not recorded", text::count(conversions_missing(report), "conversion"));
  return fmt::format("{}, {}, {}, {}: {}", text::count(report.objects, "object"),
                     text::count(report.pairs, "pair"), text::count(report.triangles, "triangle"),
                     text::count(report.conversions, "conversion"), verdict);
}

std::int64_t conversions_missing(const LintReport& report) {
  std::int64_t missing = 0;
  for (const auto& one : report.unrecorded) missing += static_cast<std::int64_t>(one.asks.size());
  return missing;
}

std::string place_of(const Unrecorded& one) {
  std::string out = one.object;
  if (!one.from.empty()) out += " " + one.from;
  if (!one.to.empty()) out += " → " + one.to;
  if (!one.writer.empty() && !one.reader.empty())
    return out + fmt::format(" ({} → {})", one.writer, one.reader);
  return one.writer.empty() ? out : out + fmt::format(" (as {} sends it)", one.writer);
}

std::string how_to_record() {
  return "Have your code convert these, and add what comes out to the recording: --json lists each with its "
         "input under unknown[].asks, ready but for the outcome (docs/checks.md, \"Recorded conversions\").";
}

std::vector<std::string> edits(const Suggestion& suggestion) {
  std::vector<std::string> out;
  for (const auto& edit : suggestion.patch) {
    const Json& value = member(edit, "value");
    const auto& from = text_at(edit, "from");
    out.push_back(fmt::format("{} {}{}{}", text_at(edit, "op"), text_at(edit, "path"),
                              from.empty() ? "" : " from " + from,
                              edit.contains("value") ? ": " + spaced(value) : ""));
  }
  return out;
}

namespace {

/// One line for all fields of an object that share a fate.
std::vector<std::pair<std::string, std::vector<std::string>>> declared_lines(const LintReport& report) {
  std::vector<std::pair<std::string, std::vector<std::string>>> lines;
  for (const auto& one : report.declared) {
    const auto place = fmt::format("{} below {}, {}", one.object, one.below, printable(one.what));
    const auto same_place =
        std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.first == place; });
    if (same_place == lines.end()) {
      lines.push_back({place, {one.field}});
    } else {
      same_place->second.push_back(one.field);
    }
  }
  return lines;
}

}  // namespace

std::string render_lint_text(const LintReport& report, const reports::Screen& screen) {
  const auto width = screen.width;
  const auto paint = [&](const char* code, const std::string& text) {
    return screen.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  };
  const auto row = [&](const char* head, const std::string& text) {
    return fmt::format("    {} {}\n", paint("2", text::pad(head, 7)), text);
  };
  const auto block = [&](const char* head, const std::string& text) {
    std::string out = row(head, reports::wrapped(printable(text), width - 12, 0));
    for (auto at = out.find('\n'); at != std::string::npos && at + 1 < out.size();
         at = out.find('\n', at + 1))
      out.insert(at + 1, std::string(12, ' '));
    return out;
  };
  std::string out, object;
  for (const auto& one : report.findings) {
    if (one.object != object) out += fmt::format("{}{}\n", out.empty() ? "" : "\n", paint("1", one.object));
    object = one.object;
    const std::string versions =
        one.from.empty() || one.from == one.to ? one.from : one.from + " → " + one.to;
    const auto place = fmt::format("{}{}{} ({})", one.field, one.field.empty() || versions.empty() ? "" : " ",
                                   versions, one.oracle);
    const bool one_line = 2 + text::length(one.type) + 1 + text::length(place) <= width;
    out += fmt::format("  {}{}{}\n", paint("1;31", one.type), one_line ? " " : "\n    ", paint("1", place));
    out += block("", one.message);
    if (!one.before.is_null()) out += block("before", short_form(one.before));
    if (!one.after.is_null()) out += block("after", short_form(one.after));
    if (const auto hurts = hurt_line(one); !hurts.empty()) out += block("hurts", hurts);
    if (one.suggestion) {
      out += block("fix", one.suggestion->text);
      const auto snippet = [&](const Suggestion& suggestion) {
        for (const auto& edit : edits(suggestion))
          out += block("", (suggestion.file.empty() ? "" : suggestion.file + ": ") + edit);
      };
      snippet(*one.suggestion);
      for (const auto& also : one.suggestion->also) snippet(also);
    }
    out += row("id", printable(one.id));  // one word, which is copied
  }
  if (!report.declared.empty()) {
    out += fmt::format("{}{}\n", out.empty() ? "" : "\n", paint("1", "Declared by the contracts"));
    for (const auto& [place, fields] : declared_lines(report))
      out += "  " + reports::wrapped(fmt::format("{}: {}", place, text::list(fields)), width - 2, 4) + "\n";
  }
  if (!report.unrecorded.empty()) {
    out += fmt::format("{}{}\n", out.empty() ? "" : "\n", paint("1", "Not recorded, so unknown"));
    for (const auto& one : report.unrecorded)
      out += "  " +
             reports::wrapped(printable(fmt::format("{}: {}", place_of(one), one.what)), width - 2, 4) + "\n";
    out += "  " + reports::wrapped(how_to_record(), width - 2, 2) + "\n";
  }
  const char* verdict = !report.findings.empty() ? "1;31" : !report.unrecorded.empty() ? "33" : "32";
  return out + (out.empty() ? "" : "\n") + paint(verdict, reports::wrapped(summary_line(report), width, 2)) +
         "\n";
}

Json to_json(const LintReport& report) {
  Json out = Json::object();
  out["clean"] = report.findings.empty() && report.unrecorded.empty();
  Json findings = Json::array();
  const auto suggestion = [](const Suggestion& from) {
    Json one = Json::object();
    one["text"] = from.text;
    if (!from.file.empty()) one["file"] = from.file;
    one["patch"] = from.patch;
    return one;
  };
  for (const auto& from : report.findings) {
    Json one = Json::object();
    one["id"] = from.id;
    one["type"] = from.type;
    one["oracle"] = from.oracle;
    one["object"] = from.object;
    one["field"] = from.field;
    one["from"] = from.from;
    one["to"] = from.to;
    one["message"] = from.message;
    one["hurts"] = Json::array();
    for (const auto& [writer, reader] : from.hurts) one["hurts"].push_back(Json::array({writer, reader}));
    one["before"] = from.before;
    one["after"] = from.after;
    if (from.suggestion) {
      one["suggestion"] = suggestion(*from.suggestion);
      for (const auto& also : from.suggestion->also) one["suggestion"]["also"].push_back(suggestion(also));
    }
    findings.push_back(std::move(one));
  }
  out["findings"] = std::move(findings);
  out["declared"] = Json::array();
  for (const auto& from : report.declared)
    out["declared"].push_back(
        Json{{"object", from.object}, {"field", from.field}, {"below", from.below}, {"what", from.what}});
  out["unknown"] = Json::array();
  for (const auto& from : report.unrecorded)
    out["unknown"].push_back(Json{{"object", from.object},
                                  {"from", from.from},
                                  {"to", from.to},
                                  {"writer", from.writer},
                                  {"reader", from.reader},
                                  {"what", from.what},
                                  {"asks", from.asks}});
  out["counts"] = Json{{"objects", report.objects},         {"pairs", report.pairs},
                       {"triangles", report.triangles},     {"samples", report.samples},
                       {"conversions", report.conversions}, {"unknown", conversions_missing(report)}};
  return out;
}

std::string render(const LintReport& report, const std::string& format, const reports::Screen& screen) {
  if (format == "text") return render_lint_text(report, screen);
  if (format == "json") return to_json(report).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  if (format == "github") return render_lint_github(report);
  if (format == "junit") return render_lint_junit(report);
  throw bad_request("", fmt::format("unknown report format \"{}\"", format),
                    did_you_mean(format, {"text", "json", "github", "junit"}));
}

}  // namespace caravan::lint
