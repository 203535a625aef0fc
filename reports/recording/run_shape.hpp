// What an event of each kind must have, so that everything behind the reader can rely on it.
#pragma once

#include <string>

#include "objects/base/json.hpp"

namespace caravan {

/// Empty if `event` is as docs/run-file.md says; else what is wrong with it and, in `hint`, what was meant.
std::string wrong_shape(const Json& event, std::string& hint);

}  // namespace caravan
