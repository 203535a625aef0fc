// Which program a node is, where it is not caravan-node: "python", the peer that comes with Caravan, or a
// path.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace caravan::scenarios {

using Programs = std::map<std::string, std::string>;  ///< node -> program

/// `who` is a node or a role (all its nodes), `nodes` how many there are of each role. Throws bad_request.
void add_program(Programs& programs, const std::vector<std::pair<std::string, int>>& nodes,
                 const std::string& who, const std::string& program, const std::string& where);

}  // namespace caravan::scenarios
