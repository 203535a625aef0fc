// What an event of each kind must have, so that everything behind the reader can rely on it.
#pragma once

#include <optional>
#include <string>

#include "objects/base/json.hpp"

namespace caravan::reports {

/// How an event differs from docs/run-file.md.
struct WrongShape {
  std::string what;
  std::string hint = {};  ///< what was probably meant, or empty
};
/// None: it is as docs/run-file.md says.
std::optional<WrongShape> wrong_shape(const Json& event);

}  // namespace caravan::reports
