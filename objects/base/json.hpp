// The one JSON type of the project. It keeps key order: catalogs, OVO constructors and people need it.
#pragma once

#include <nlohmann/json.hpp>

namespace caravan {

using Json = nlohmann::ordered_json;

}  // namespace caravan
