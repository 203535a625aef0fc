// Planted defects: what must turn the verdict. One catalog rule as the nodes load it, or one named hook in
// them; never a check, never a scenario.
#pragma once

#include <string>
#include <vector>

#include "objects/catalog.hpp"

namespace caravan {

struct Plant {
  const char* name;  ///< "F01"
  const char* title;
  const char* oracle;  ///< which promise it breaks
  const char* check;   ///< the check that must name it
  const char* does;
  bool hook;  ///< done inside the node program, which is told its name
};

const std::vector<Plant>& plants();
/// Throws bad_request with the nearest name.
const Plant& find_plant(const std::string& name);

/// Changes the rules of one release's snapshot as a node gets it, and says what it changed ("" if this
/// snapshot has nothing to change). `from`: the release whose nodes do not know the field.
std::string plant_in(Catalog& snapshot, const Plant& plant, const Catalog& catalog, const std::string& from);

}  // namespace caravan
