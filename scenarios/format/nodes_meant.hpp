// Whom a word of a scenario means: one node, or all of a role.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace caravan::scenarios {

/// "engine.2" of "engine.2", all engines of "engine"; `nodes` says how many there are of each role. Throws
/// bad_request at `where` for neither, naming `key`, under which the word was given.
std::vector<std::string> nodes_meant(const std::vector<std::pair<std::string, int>>& nodes,
                                     const std::string& who, const char* key, const std::string& where);

}  // namespace caravan::scenarios
