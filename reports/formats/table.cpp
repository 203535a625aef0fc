// The table of the last screen: for each object what travelled at which version, what was refused and
// backported, and how often a field of one release was kept over a save by another.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "objects/base/text.hpp"
#include "objects/base/version.hpp"
#include "reports/facts/values.hpp"
#include "reports/facts/writes.hpp"
#include "reports/formats/render.hpp"

namespace caravan::reports {
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

/// A column of figures below two heads; columns of one group are below its name.
struct Column {
  std::string group, upper, lower;
  std::vector<std::string> cells;

  std::size_t width() const {
    std::size_t out = std::max(text::length(upper), text::length(lower));
    for (const auto& cell : cells) out = std::max(out, text::length(cell));
    return out;
  }
};

std::string right(const std::string& cell, std::size_t width) {
  const auto have = text::length(cell);
  return std::string(have < width ? width - have : 0, ' ') + cell;
}

/// As many columns as fit are next to the names; the others follow below, with the names again.
std::string laid_out(const std::vector<std::string>& names, const std::vector<Column>& columns,
                     std::size_t width) {
  std::size_t name_width = 0;
  for (const auto& name : names) name_width = std::max(name_width, text::length(name));
  std::string out;
  for (std::size_t from = 0; from < columns.size();) {
    // Widths of the columns from here on that fit, where each group has room for its name.
    std::vector<std::size_t> widths;
    std::size_t done = name_width, span = 0, to = from;
    const auto name_of = [&columns](std::size_t i) {
      return columns[i].group.empty() ? 0 : text::length(columns[i].group) + 1;
    };
    for (; to < columns.size(); ++to) {
      if (to > from && columns[to].group != columns[to - 1].group) {
        done += std::max(span, name_of(to - 1));
        span = 0;
      }
      const auto next = columns[to].width() + 1;
      if (to > from && done + std::max(span + next, name_of(to)) > width) break;
      span += next;
      widths.push_back(next);
    }
    std::string groups(name_width, ' '), upper = groups, lower = text::pad(names.front(), name_width);
    for (std::size_t i = from; i < to;) {
      std::size_t sum = 0, end = i;
      while (end < to && columns[end].group == columns[i].group) sum += widths[end++ - from];
      const auto wanted = std::max(sum, name_of(i));
      widths[i - from] += wanted - sum;
      groups += right(columns[i].group, wanted);
      i = end;
    }
    for (std::size_t i = from; i < to; ++i) {
      upper += right(columns[i].upper, widths[i - from]);
      lower += right(columns[i].lower, widths[i - from]);
    }
    for (auto line : {groups, upper, lower}) {
      line.erase(line.find_last_not_of(' ') + 1);
      if (!line.empty()) out += line + "\n";
    }
    for (std::size_t row = 1; row < names.size(); ++row) {
      out += text::pad(names[row], name_width);
      for (std::size_t i = from; i < to; ++i) out += right(columns[i].cells[row - 1], widths[i - from]);
      out += "\n";
    }
    from = to;
  }
  return out;
}

}  // namespace

std::string object_table(const Report& report, const Screen& screen) {
  std::map<std::string, Line> lines;
  const Json& messages = member(report.counts, "messages");
  const Json& versions = member(messages, "by_version");
  if (versions.is_object())
    for (const auto& item : versions.items()) {
      const auto space = item.key().find(' ');
      if (space == std::string::npos) continue;
      if (const auto version = read_version(item.key().substr(space + 1)))  // if not, wire-schema says so
        lines[item.key().substr(0, space)].versions[*version] = integer(item.value());
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

  const auto safe = [&screen](const std::string& text) {
    return printable(text, {.lines = false, .ascii = screen.ascii, .colour = false});
  };
  const std::string from = text_at(report.run, "from"), to = text_at(report.run, "to");
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {from, from}, {from, to}, {to, from}, {to, to}};
  const std::string kept = "kept over a save", arrow = screen.ascii ? ">" : "→";
  std::vector<std::string> names = {"object"};
  std::vector<Column> columns = {{"messages at", "", "version", {}},
                                 {"messages at", "", "version", {}},
                                 {"", "too", "new", {}},
                                 {"backported", "", "asked", {}},
                                 {"backported", "", "reply", {}},
                                 {kept, "old", arrow + "old", {}},
                                 {kept, "old", arrow + "new", {}},
                                 {kept, "new", arrow + "old", {}},
                                 {kept, "new", arrow + "new", {}},
                                 {kept, "", "mixed", {}}};
  std::map<std::string, std::vector<std::string>> reasons;
  for (const auto& object : objects) {
    const Line& line = lines[object];
    std::vector<std::string> at;
    for (const auto& version : line.versions)
      at.push_back(safe(fmt::format("{} ×{}", version.first.text(), version.second)));
    // One version: the object is the same in both releases.
    if (at.size() < 2) at.insert(at.begin(), 2 - at.size(), "");
    std::vector<std::string> cells = {at[at.size() - 2], at.back(), number(line.refused), number(line.asked),
                                      number(line.replied)};
    std::set<std::pair<std::string, std::string>> shown;
    for (const auto& pair : pairs) {
      const Json& cell =
          member(member(member(report.matrix, object.c_str()), pair.first.c_str()), pair.second.c_str());
      cells.push_back(cell.is_number_integer() ? cell.dump() : "-");
      if (!cell.is_object() || !shown.insert(pair).second) continue;
      auto& named = reasons[text_at(cell, "not_exercised")];
      if (named.empty() || named.back() != object) named.push_back(object);
    }
    cells.push_back(number(line.mixed));
    const bool nothing =
        std::all_of(cells.begin(), cells.end(), [](const auto& cell) { return cell.empty() || cell == "-"; });
    if (nothing) continue;
    names.push_back(safe(object));
    for (std::size_t i = 0; i < cells.size(); ++i) columns[i].cells.push_back(cells[i]);
  }
  if (names.size() < 2) return {};
  auto out = laid_out(names, columns, screen.width);
  out +=
      paragraph(safe(fmt::format("old is {}, new is {}; old→new: a field that {} wrote, kept over a save by "
                                 "{}; mixed: a field that only {} knows, kept over a save by a {} node",
                                 from, to, from, to, to, from)),
                screen.width, 0, 2);
  for (const auto& reason : reasons)
    out += paragraph(safe(fmt::format("not exercised, {}: {}", reason.first, text::list(reason.second))),
                     screen.width, 0, 2);
  return out;
}

}  // namespace caravan::reports
