// Version comparison by PEP 440, which OVO's class look-up uses.
#pragma once

#include <string>

namespace caravan {

/// oslo.utils' is_compatible: same major number and `current` not below `requested`.
/// Throws ObjectError InvalidVersion for a text that is not a PEP 440 version.
bool is_compatible(const std::string& requested, const std::string& current);

}  // namespace caravan
