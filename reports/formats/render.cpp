// What all forms of a report share, and the choice of one.
#include "reports/formats/render.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"
#include "objects/base/nearest.hpp"
#include "objects/base/text.hpp"
#include "objects/base/utf8.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

std::int64_t number(const Json& object, const char* key) {
  const Json& value = member(object, key);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

/// "Cluster 1.2 ×31, NodeGroup 1.3 ×4"
std::string tally(const Json& object) {
  std::string out;
  if (!object.is_object()) return out;
  for (auto it = object.begin(); it != object.end(); ++it)
    out += fmt::format("{}{} ×{}", out.empty() ? "" : ", ", it.key(),
                       it.value().is_number_integer() ? it.value().get<std::int64_t>() : 0);
  return out;
}

std::int64_t sum(const Json& object) {
  std::int64_t out = 0;
  if (object.is_object())
    for (auto it = object.begin(); it != object.end(); ++it)
      out += it.value().is_number_integer() ? it.value().get<std::int64_t>() : 0;
  return out;
}

std::string with(std::int64_t total, const Json& object) {
  const auto items = tally(object);
  return items.empty() ? std::to_string(total) : fmt::format("{}: {}", total, items);
}

/// "engine.1 (5.2)"
std::string in_step(const Json& entry) {
  const auto& step = text_at(entry, "step");
  return text_at(entry, "node") + (step.empty() ? "" : " (" + step + ")");
}

std::vector<std::string> faults_of(const Report& report, const std::string& verb) {
  std::vector<std::string> out;
  for (const auto& fault : member(report.counts, "faults"))
    if (text_at(fault, "verb") == verb) out.push_back(in_step(fault));
  return out;
}

}  // namespace

std::string run_line(const Report& report) {
  const Json& run = report.run;
  std::vector<std::string> nodes;
  for (const auto& entry : member(run, "nodes"))
    if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_number_integer())
      nodes.push_back(text::count(entry[1].get<std::int64_t>(), entry[0].get<std::string>()));
  std::string out = text_at(run, "scenario");
  if (const Json& seed = member(run, "seed"); !seed.is_null()) out += fmt::format(", seed {}", seed.dump());
  out += fmt::format(": {} to {}", text_at(run, "from"), text_at(run, "to"));
  if (!nodes.empty()) out += ", " + text::list(nodes);
  for (const char* key : {"access", "compat", "database", "carrier"})
    if (!text_at(run, key).empty()) out += fmt::format(", {} {}", key, text_at(run, key));
  if (!text_at(run, "plant").empty()) out += fmt::format(", planted {}", text_at(run, "plant"));
  std::vector<std::string> faults;
  for (const char* verb : {"kill", "pause"})
    if (const auto times = faults_of(report, verb).size(); times > 0)
      faults.push_back(text::count(static_cast<long long>(times), verb));
  return faults.empty() ? out : out + ", " + text::list(faults);
}

std::vector<std::string> order_lines(const Report& report) {
  const std::string& from = text_at(report.run, "from");
  std::vector<std::string> upgraded, turned_back, out;
  for (const auto& entry : report.order)
    (text_at(entry, "to") == from ? turned_back : upgraded).push_back(in_step(entry));
  const auto add = [&out](const char* what, const std::vector<std::string>& nodes) {
    if (!nodes.empty()) out.push_back(fmt::format("{}: {}", what, fmt::join(nodes, " → ")));
  };
  add("upgraded", upgraded);
  if (upgraded.empty()) out.emplace_back("nothing was upgraded");
  add("turned back", turned_back);
  add("killed", faults_of(report, "kill"));
  add("paused", faults_of(report, "pause"));
  return out;
}

std::vector<std::string> count_lines(const Report& report) {
  const Json& counts = report.counts;
  const Json& ops = member(counts, "operations");
  const Json& messages = member(counts, "messages");
  const Json& writes = member(counts, "writes");
  std::vector<std::string> out;
  if (!ops.is_object()) return out;
  out.push_back(
      fmt::format("operations: {} acknowledged and {} verified of {}; {} refused lawfully, {} failed, {} "
                  "without an answer",
                  number(ops, "acknowledged"), number(ops, "verified"), number(ops, "total"),
                  number(ops, "refused"), number(ops, "failed"), number(ops, "indeterminate")));
  const auto guessed = number(writes, "guessed");
  out.push_back(fmt::format(
      "writes of nodes: {} acknowledged, {} refused, {} without an answer; {} column changes committed{}",
      number(writes, "acknowledged"), number(writes, "refused"), number(writes, "indeterminate"),
      number(writes, "committed_changes"),
      guessed > 0 ? fmt::format(", {} attributed by guess", guessed) : ""));
  out.push_back(
      fmt::format("messages: {}; {} direct replies to older callers, {} to others; {} waited in a queue for "
                  "a restarted node",
                  number(messages, "total"), number(messages, "replies_to_older_callers"),
                  number(messages, "replies_to_other_callers"),
                  text::count(number(messages, "casts_that_waited_for_a_restart"), "cast")));
  return out;
}

std::vector<std::string> tally_lines(const Report& report) {
  const Json& counts = report.counts;
  const Json& messages = member(counts, "messages");
  std::vector<std::string> out;
  if (!messages.is_object()) return out;
  out.push_back("messages by kind: " + tally(member(messages, "by_kind")));
  out.push_back("messages by version: " + tally(member(messages, "by_version")));
  out.push_back("refused as too new: " + with(sum(member(messages, "refused")), member(messages, "refused")));
  out.push_back("backports on request: " + with(sum(member(messages, "backports_on_request")),
                                                member(messages, "backports_on_request")));
  out.push_back("backports in replies: " + with(sum(member(messages, "backports_in_replies")),
                                                member(messages, "backports_in_replies")));
  const Json& mixed = member(counts, "mixed");
  out.push_back("new fields kept over an older save: " + with(sum(mixed), mixed));
  return out;
}

std::string wrapped(const std::string& all, std::size_t width, std::size_t indent) {
  std::string out, line;
  const std::string margin(indent, ' ');
  std::size_t at = 0;
  while (at < all.size()) {
    const auto stop = std::min(all.find(' ', at), all.size());
    std::string word = all.substr(at, stop - at);
    at = stop + 1;
    if (!line.empty() && text::length(line) + 1 + text::length(word) > width) {
      out += line + "\n";
      line = margin + word;
    } else {
      line += (line.empty() || line == margin ? "" : " ") + word;
    }
    // A word that is longer than a line is cut where the line ends.
    while (text::length(line) > width) {
      const auto end = utf8::bytes_of(line, width);
      out.append(line, 0, end).append("\n");
      line.replace(0, end, margin);
    }
  }
  return out + line;
}

std::string paragraph(const std::string& text, std::size_t width, std::size_t margin, std::size_t indent) {
  constexpr std::size_t narrowest = 10;
  const std::string blanks(margin, ' ');
  auto out = blanks + wrapped(text, std::max(width, margin + narrowest) - margin,
                              std::min(indent, std::max(width, margin + narrowest) - margin - 1));
  for (auto at = out.find('\n'); at != std::string::npos; at = out.find('\n', at + 1))
    out.insert(at + 1, blanks);
  return out + "\n";
}

std::string folded(const std::string& text, std::size_t width) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    const auto margin = line.find_first_not_of(' ');
    if (text::length(line) <= width || margin == std::string::npos) {
      out += line + "\n";
      continue;
    }
    const auto gap = line.find("  ", margin);
    const auto second = gap == std::string::npos ? gap : line.find_first_not_of(' ', gap);
    const auto hang = second == std::string::npos || second > width / 2 ? margin + 2 : second;
    out += paragraph(line.substr(margin), width, margin, hang - margin);
  }
  return out;
}

const std::vector<Format>& report_formats() {
  static const std::vector<Format> table = {
      {"text", &render_text, Several::titled},
      {"json", [](const Report& report, const Screen&) { return render_json(report); }, Several::list},
      {"junit", &render_junit, Several::refused},
      {"md", &render_md, Several::one_after_another},
  };
  return table;
}

std::vector<std::string> report_format_names() {
  std::vector<std::string> out;
  for (const auto& format : report_formats()) out.emplace_back(format.name);
  return out;
}

const Format& report_format(const std::string& name) {
  for (const auto& format : report_formats())
    if (name == format.name) return format;
  throw bad_request("", fmt::format("unknown report format \"{}\"", name),
                    did_you_mean(name, report_format_names()));
}

std::string render(const Report& report, const std::string& format, const Screen& screen) {
  return report_format(format).render(report, screen);
}

}  // namespace caravan::reports
