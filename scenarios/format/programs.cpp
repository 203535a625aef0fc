#include "scenarios/format/programs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"
#include "objects/base/nearest.hpp"

namespace caravan {

void add_program(Programs& programs, const std::vector<std::pair<std::string, int>>& nodes,
                 const std::string& who, const std::string& program, const std::string& where) {
  std::vector<std::string> known, meant;
  for (const auto& [role, count] : nodes) {
    known.push_back(role);
    for (int i = 1; i <= count; ++i) {
      known.push_back(fmt::format("{}.{}", role, i));
      if (who == role || who == known.back()) meant.push_back(known.back());
    }
  }
  if (meant.empty())
    throw bad_request(where, fmt::format("programs: there is no node or role \"{}\"", who),
                      did_you_mean(who, known));
  if (program.find('/') == std::string::npos) {
    if (program != "python")
      throw bad_request(where, fmt::format("programs: unknown program \"{}\"", program),
                        "python, or the path of a program, with a / in it");
    const auto is_api = [](const std::string& node) { return node.rfind("api.", 0) == 0; };
    if (std::any_of(meant.begin(), meant.end(), is_api))
      throw bad_request(where, fmt::format("programs: {} cannot be python", who),
                        "the python node is a conductor or an engine");
  }
  for (const auto& node : meant) programs[node] = program;
}

}  // namespace caravan
