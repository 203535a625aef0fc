#include "scenarios/format/nodes_meant.hpp"

#include <fmt/format.h>

#include "objects/base/error.hpp"
#include "objects/base/nearest.hpp"

namespace caravan::scenarios {

std::vector<std::string> nodes_meant(const std::vector<std::pair<std::string, int>>& nodes,
                                     const std::string& who, const char* key, const std::string& where) {
  std::vector<std::string> known, meant;
  for (const auto& [role, count] : nodes) {
    known.push_back(role);
    for (int i = 1; i <= count; ++i) {
      known.push_back(fmt::format("{}.{}", role, i));
      if (who == role || who == known.back()) meant.push_back(known.back());
    }
  }
  if (meant.empty())
    throw bad_request(where, fmt::format("{}: there is no node or role \"{}\"", key, who),
                      did_you_mean(who, known));
  return meant;
}

}  // namespace caravan::scenarios
