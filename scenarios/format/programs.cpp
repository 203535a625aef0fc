#include "scenarios/format/programs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"
#include "objects/vocabulary/roles.hpp"
#include "scenarios/format/nodes_meant.hpp"

namespace caravan::scenarios {

void add_program(Programs& programs, const std::vector<std::pair<std::string, int>>& nodes,
                 const std::string& who, const std::string& program, const std::string& where) {
  const auto meant = nodes_meant(nodes, who, "programs", where);
  if (program.find('/') == std::string::npos) {
    if (program != "python")
      throw bad_request(where, fmt::format("programs: unknown program \"{}\"", program),
                        "python, or the path of a program, with a / in it");
    const auto can_be = [](const std::string& node) {
      return role_of(node) == Role::conductor || role_of(node) == Role::engine;
    };
    if (!std::all_of(meant.begin(), meant.end(), can_be))
      throw bad_request(where, fmt::format("programs: {} cannot be python", who),
                        "the python node is a conductor or an engine");
  }
  for (const auto& node : meant) programs[node] = program;
}

}  // namespace caravan::scenarios
