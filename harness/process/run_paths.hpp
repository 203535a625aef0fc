// Where things stand in the run's folder; who prepares it and who reads it agree here.
#pragma once

#include <string>

namespace caravan {

std::string snapshot_path(const std::string& folder, const std::string& release);
std::string catalog_path(const std::string& folder);
std::string logs_path(const std::string& folder);
std::string log_path(const std::string& folder, const std::string& node, int incarnation);

}  // namespace caravan
