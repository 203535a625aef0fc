// What nodes, tools and servers wrote into files.
#pragma once

#include <string>
#include <vector>

#include "harness/run/carrier.hpp"

namespace caravan::harness {

/// The last line that is not empty, its first 300 characters. The time depends on the size of the file.
std::string last_line(const std::string& file);
/// The last line that is a JSON object with this one member: its value, or null.
Json said_in(const std::string& file, const std::string& member);
/// All files of the folder that are logs, by their names.
std::vector<Log> logs_in(const std::string& folder);

}  // namespace caravan::harness
