// net-cluster PLAN: a plan told by the harness's own driver over nodes in one thread and virtual time. Prints
// what was recorded: every message that a node sent, what came of each operation and each step, and every row
// there is at the end. Nodes must not change in what they say and write, nor the harness in what it does.
#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "harness/run/driver.hpp"
#include "objects/base/error.hpp"
#include "objects/loader/loader.hpp"
#include "tests/nodes/in_process_carrier.hpp"

namespace caravan::harness {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int tell(const std::string& path) {
  const Plan plan = scenarios::parse_plan(slurp(path), path);
  Catalog catalog = sahara_catalog();
  catalog.row_stamps = plan.row_stamps;
  nodes::testing::InProcessCarrier carrier(catalog, plan.from);
  RunSetup setup;
  setup.catalog = &catalog;

  std::string folder = (fs::temp_directory_path() / "caravan-net-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) throw machine_failed(folder, "cannot be made");
  Outcome outcome;
  {
    reports::RunWriter writer(folder + "/run.ndjson");
    writer.append("header", 0, Json::object());
    outcome = drive(plan, setup, carrier, writer);
  }
  const std::set<std::string> shown = {"send", "op",   "step",  "node",    "migration", "gate",
                                       "drop", "leak", "final", "trouble", "shutdown",  "end"};
  std::ifstream recording(folder + "/run.ndjson");
  for (std::string line; std::getline(recording, line);)
    if (shown.count(Json::parse(line).at("kind").get<std::string>()) > 0) fmt::print("{}\n", line);
  fs::remove_all(folder);
  return static_cast<int>(outcome.exit);
}

}  // namespace
}  // namespace caravan::harness

int main(int argc, char** argv) try {
  return argc == 2 ? caravan::harness::tell(argv[1]) : 2;
} catch (const caravan::Error& error) {
  fmt::print(stderr, "net-cluster: {}\n", error.what());
  return 1;
}
