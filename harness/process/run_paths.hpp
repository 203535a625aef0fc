// Where things are in the run's folder; what prepares it and what reads it agree here.
#pragma once

#include <string>

namespace caravan::harness {

std::string snapshot_path(const std::string& folder, const std::string& release);
std::string catalog_path(const std::string& folder);
std::string logs_path(const std::string& folder);
std::string log_path(const std::string& folder, const std::string& node, int incarnation);

}  // namespace caravan::harness
