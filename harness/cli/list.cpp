// list, explain, version: what there is, from the tables that the program itself uses.
#include <fmt/format.h>

#include "harness/cli/commands.hpp"
#include "harness/defects/plants.hpp"
#include "objects/base/nearest.hpp"
#include "objects/loader/loader.hpp"
#include "reports/checks/judge.hpp"
#include "reports/formats/render.hpp"
#include "reports/lint/lint.hpp"
#include "scenarios/format/scenario.hpp"

namespace caravan::harness {
namespace {

Json row(const std::string& name, const std::string& about) { return {{"name", name}, {"about", about}}; }

Json scenarios() {
  Json out = Json::array();
  for (const auto& names : {scenarios::shipped_scenario_names(), scenarios::history_scenario_names()})
    for (const auto& name : names)
      out.push_back(row(name, scenarios::find_scenario(name, sahara_catalog()).about));
  return out;
}

Json checks() {
  Json out = Json::array();
  for (const auto& check : reports::check_table()) {
    auto one = row(check.name, check.promise);
    one["oracle"] = check.oracle;
    out.push_back(one);
  }
  return out;
}

Json planted() {
  Json out = Json::array();
  for (const auto& plant : plants()) {
    const char* where = plant.shows == Plant::Shows::in_both   ? "run lint"
                        : plant.shows == Plant::Shows::in_runs ? "run     "
                                                               : "    lint";
    auto one = row(plant.name, fmt::format("{}  {}: {}", where, plant.title, plant.does));
    one["twin"] = plant.is_twin();
    for (const auto& [member, value] : {std::pair("oracle", plant.oracle), std::pair("check", plant.check),
                                        std::pair("finding", plant.finding)})
      if (*value != '\0') one[member] = value;
    one["run"] = plant.shows != Plant::Shows::in_lint;
    one["lint"] = plant.shows != Plant::Shows::in_runs;
    out.push_back(one);
  }
  return out;
}

Json releases() {
  Json out = Json::array();
  const auto& object = sahara_catalog().histories.front().name;  // one stands for all
  for (const auto& release : sahara_catalog().releases) {
    const auto version = release.manifest.find(object);
    auto about = fmt::format("{}, {} {}, database {}", release.title, object,
                             version == release.manifest.end() ? "-" : version->second.text(),
                             release.database_revision);
    if (release.rpc.empty()) about += "; cannot run: it has no RPC";
    out.push_back(row(release.name, about));
  }
  return out;
}

Json faults() {
  return Json::array({row("kill", "SIGKILL, and its process group with it"),
                      row("pause", "SIGSTOP: it hears nothing and answers nothing"), row("resume", "SIGCONT"),
                      row("stop", "drain, then SIGTERM, then SIGKILL"),
                      row("start", "a new incarnation, at any release")});
}

struct Listing {
  const char* name;
  Json (*rows)();
};
constexpr Listing listings[] = {{"scenarios", scenarios},
                                {"checks", checks},
                                {"plants", planted},
                                {"releases", releases},
                                {"faults", faults}};

std::string table(const Json& rows) {
  std::size_t width = 0;
  for (const auto& one : rows) width = std::max(width, one["name"].get_ref<const std::string&>().size());
  std::string out;
  for (const auto& one : rows)
    out +=
        fmt::format("  {:<{}}  {}\n", one["name"].get<std::string>(), width, one["about"].get<std::string>());
  return out;
}

}  // namespace

int cli_list(const Options& options) {
  if (options.inputs.empty()) {
    Json everything = Json::object();
    std::string text;
    for (const auto& listing : listings) {
      everything[listing.name] = listing.rows();
      text += fmt::format("{}\n{}", listing.name, table(everything[listing.name]));
    }
    options.json ? print_out(everything.dump(2) + "\n") : show_out(reports::folded(text, screen().width));
    return 0;
  }
  std::vector<std::string> known;
  for (const auto& listing : listings) {
    known.emplace_back(listing.name);
    if (options.inputs.front() != listing.name) continue;
    const auto rows = listing.rows();
    options.json ? print_out(rows.dump(2) + "\n") : show_out(reports::folded(table(rows), screen().width));
    return 0;
  }
  throw bad_request("caravan list", "there is no list of '" + options.inputs.front() + "'",
                    did_you_mean(options.inputs.front(), known));
}

namespace {

std::string explained(const reports::CheckInfo& check) {
  auto text = fmt::format("{} ({})\n  {}\n", check.name, check.oracle, check.promise);
  for (const auto& plant : plants())
    if (plant.shows != Plant::Shows::in_lint && std::string(check.name) == plant.check)
      text += fmt::format("  seen to fail with: caravan run kilo-to-liberty --plant {}  ({})\n", plant.name,
                          plant.title);
  return text + "  what it uses, and what it cannot detect: docs/checks.md\n";
}

std::string explained(const lint::FindingType& finding) {
  auto text = fmt::format("{} ({}), a finding of caravan objects lint\n  promise: {}\n  fix: {}\n",
                          finding.type, finding.oracle, finding.promise, finding.mend);
  for (const auto& plant : plants())
    if (std::string(finding.type) == plant.finding)
      text += fmt::format("  seen to be found with: caravan objects lint --plant {}  ({})\n", plant.name,
                          plant.title);
  return text;
}

std::string explained(const Plant& plant) {
  auto text = fmt::format("{} {}{}\n  {}\n", plant.name, plant.title,
                          plant.is_twin() ? ", a benign twin" : "", plant.does);
  if (plant.is_twin()) {
    text += "  correct as it is: reporting it is a false alarm\n";
  } else {
    text += fmt::format("  breaks {}\n", plant.oracle);
  }
  if (*plant.check != '\0')
    text += fmt::format("  must be named by the check {}: caravan run kilo-to-liberty --plant {}\n",
                        plant.check, plant.name);
  if (*plant.finding != '\0')
    text +=
        fmt::format("  must be found as {}: caravan objects lint --plant {}\n", plant.finding, plant.name);
  if (plant.is_twin()) text += fmt::format("  must be silent: caravan objects lint --plant {}\n", plant.name);
  return text;
}

/// The first row of a table that has the name; all names go to `known`.
template <class Table, class Name>
bool explain_from(const Table& table, Name name, const std::string& word, std::vector<std::string>& known) {
  for (const auto& row : table) {
    known.emplace_back(name(row));
    if (word != name(row)) continue;
    show_out(reports::folded(explained(row), screen().width));
    return true;
  }
  return false;
}

}  // namespace

int cli_explain(const Options& options) {
  const auto& given = options.inputs.front();
  const auto word = given.substr(0, given.find('/'));  // a finding's id begins with its type
  std::vector<std::string> known;
  if (explain_from(
          reports::check_table(), [](const auto& row) { return row.name; }, word, known))
    return 0;
  if (explain_from(
          plants(), [](const auto& row) { return row.name; }, word, known))
    return 0;
  if (explain_from(
          lint::finding_table(), [](const auto& row) { return row.type; }, word, known))
    return 0;
  throw bad_request("caravan explain", "there is no check, finding or plant '" + given + "'",
                    did_you_mean(word, known));
}

int cli_version(const Options&) {
  print_out(std::string("caravan ") + CARAVAN_VERSION + "\n");
  return 0;
}

}  // namespace caravan::harness
