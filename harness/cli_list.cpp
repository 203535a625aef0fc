// list, explain, version: what there is, from the tables that the program itself goes by.
#include <fmt/format.h>

#include "harness/cli.hpp"
#include "harness/plants.hpp"
#include "objects/catalog_loader.hpp"
#include "objects/nearest.hpp"
#include "reports/judge.hpp"
#include "scenarios/scenario.hpp"

namespace caravan {
namespace {

Json row(const std::string& name, const std::string& about) { return {{"name", name}, {"about", about}}; }

Json scenarios() {
  Json out = Json::array();
  for (const auto& name : shipped_scenario_names())
    out.push_back(row(name, find_scenario(name, sahara_catalog()).about));
  return out;
}

Json checks() {
  Json out = Json::array();
  for (const auto& check : check_table()) {
    auto one = row(check.name, check.promise);
    one["oracle"] = check.oracle;
    out.push_back(one);
  }
  return out;
}

Json planted() {
  Json out = Json::array();
  for (const auto& plant : plants()) {
    auto one = row(plant.name, std::string(plant.title) + ": " + plant.does);
    one["oracle"] = plant.oracle;
    one["check"] = plant.check;
    out.push_back(one);
  }
  return out;
}

Json releases() {
  Json out = Json::array();
  for (const auto& release : sahara_catalog().releases) {
    const auto cluster = release.manifest.find("Cluster");
    auto about = fmt::format("{}, Cluster {}, database {}", release.title,
                             cluster == release.manifest.end() ? "-" : cluster->second.text(),
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
    print_out(options.json ? everything.dump(2) + "\n" : text);
    return 0;
  }
  std::vector<std::string> known;
  for (const auto& listing : listings) {
    known.emplace_back(listing.name);
    if (options.inputs.front() != listing.name) continue;
    const auto rows = listing.rows();
    print_out(options.json ? rows.dump(2) + "\n" : table(rows));
    return 0;
  }
  throw bad_request("caravan list", "there is no list of '" + options.inputs.front() + "'",
                    did_you_mean(options.inputs.front(), known));
}

int cli_explain(const Options& options) {
  const auto& word = options.inputs.front();
  std::vector<std::string> known;
  for (const auto& check : check_table()) {
    known.emplace_back(check.name);
    if (word != check.name) continue;
    auto text = fmt::format("{} ({})\n  {}\n", check.name, check.oracle, check.promise);
    for (const auto& plant : plants())
      if (word == plant.check)
        text += fmt::format("  seen to fail with: caravan run kilo-to-liberty --plant {}  ({})\n", plant.name,
                            plant.title);
    print_out(text + "  what it goes by and what it cannot see: docs/checks.md\n");
    return 0;
  }
  for (const auto& plant : plants()) {
    known.emplace_back(plant.name);
    if (word == plant.name) {
      print_out(fmt::format("{} {}\n  {}\n  breaks {}; must be named by the check {}\n", plant.name,
                            plant.title, plant.does, plant.oracle, plant.check));
      return 0;
    }
  }
  throw bad_request("caravan explain", "there is no check or plant '" + word + "'",
                    did_you_mean(word, known));
}

int cli_version(const Options&) {
  print_out(std::string("caravan ") + CARAVAN_VERSION + "\n");
  return 0;
}

}  // namespace caravan
