// The table of the last screen: for each object what travelled at which version, what was refused and
// backported, and how often a field of one release was kept over a save by another.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "objects/version.hpp"
#include "reports/render.hpp"
#include "reports/text.hpp"
#include "reports/values.hpp"
#include "reports/writes.hpp"

namespace caravan {
namespace {

struct Line {
  std::map<Version, std::int64_t> versions;
  std::int64_t refused = 0, asked = 0, replied = 0, mixed = 0;
};

std::int64_t integer(const Json& value) { return value.is_number_integer() ? value.get<std::int64_t>() : 0; }

/// Adds up "Cluster 1.3 to 1.2": 4 under the first word.
void add(std::map<std::string, Line>& lines, const Json& counts, std::int64_t Line::*member) {
  if (!counts.is_object()) return;
  for (const auto& item : counts.items())
    lines[item.key().substr(0, item.key().find(' '))].*member += integer(item.value());
}

std::string number(std::int64_t value) { return value == 0 ? "-" : std::to_string(value); }

}  // namespace

std::string object_table(const Report& report) {
  std::map<std::string, Line> lines;
  const Json& messages = member(report.counts, "messages");
  const Json& versions = member(messages, "by_version");
  if (versions.is_object())
    for (const auto& item : versions.items()) {
      const auto space = item.key().find(' ');
      Version version;  // a stamp that is none is wire-schema's to tell
      if (space == std::string::npos || !read_version(item.key().substr(space + 1), version)) continue;
      lines[item.key().substr(0, space)].versions[version] = integer(item.value());
    }
  add(lines, member(messages, "refused"), &Line::refused);
  add(lines, member(messages, "backports_on_request"), &Line::asked);
  add(lines, member(messages, "backports_in_replies"), &Line::replied);
  add(lines, member(report.counts, "mixed"), &Line::mixed);

  // The matrix's order first, it is the blueprint's; then what else travelled.
  std::vector<std::string> objects;
  if (report.matrix.is_object())
    for (const auto& item : report.matrix.items()) objects.push_back(item.key());
  for (const auto& line : lines)
    if (std::find(objects.begin(), objects.end(), line.first) == objects.end()) objects.push_back(line.first);
  if (objects.empty()) return {};

  const std::string from = text_at(report.run, "from"), to = text_at(report.run, "to");
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {from, from}, {from, to}, {to, from}, {to, to}};
  std::string out = fmt::format("{:20}{:>20}{:>8}{:>14}{:>38}\n", "", "messages at", "too new", "backported",
                                "fields kept over a save by another");
  out += fmt::format("{:20}{:>10}{:>10}{:>8}{:>6}{:>8}{:>8}{:>8}{:>8}{:>8}{:>6}\n", "object", "version",
                     "version", "refused", "asked", "replied", "old→old", "old→new", "new→old", "new→new",
                     "mixed");
  std::map<std::string, std::vector<std::string>> reasons;
  for (const auto& object : objects) {
    const Line& line = lines[object];
    std::vector<std::string> at;
    for (const auto& version : line.versions)
      at.push_back(fmt::format("{} ×{}", version.first.text(), version.second));
    // One version: the object is the same in both releases.
    if (at.size() < 2) at.insert(at.begin(), 2 - at.size(), "");
    std::string row = fmt::format("{:20}{:>10}{:>10}{:>8}{:>6}{:>8}", object, at[at.size() - 2], at.back(),
                                  number(line.refused), number(line.asked), number(line.replied));
    std::set<std::pair<std::string, std::string>> shown;
    for (const auto& pair : pairs) {
      const Json& cell =
          member(member(member(report.matrix, object.c_str()), pair.first.c_str()), pair.second.c_str());
      row += fmt::format("{:>8}", cell.is_number_integer() ? cell.dump() : "-");
      if (!cell.is_object() || !shown.insert(pair).second) continue;
      auto& named = reasons[text_at(cell, "not_exercised")];
      if (named.empty() || named.back() != object) named.push_back(object);
    }
    row += fmt::format("{:>6}", number(line.mixed));
    out += row + "\n";
  }
  out += wrapped(fmt::format("old is {}, new is {}; mixed: a field that only {} knows, set there, kept over "
                             "a save by a {} node",
                             from, to, to, from),
                 100, 2) +
         "\n";
  for (const auto& reason : reasons)
    out +=
        wrapped(fmt::format("not exercised, {}: {}", reason.first, text::list(reason.second)), 100, 2) + "\n";
  return out;
}

}  // namespace caravan
