#include "harness/process/run_paths.hpp"

namespace caravan::harness {

std::string snapshot_path(const std::string& folder, const std::string& release) {
  return folder + "/snapshots/" + release + ".json";
}
std::string catalog_path(const std::string& folder) { return folder + "/snapshots/catalog.json"; }
std::string logs_path(const std::string& folder) { return folder + "/logs"; }
std::string log_path(const std::string& folder, const std::string& node, int incarnation) {
  return logs_path(folder) + "/" + node + "." + std::to_string(incarnation) + ".log";
}

}  // namespace caravan::harness
