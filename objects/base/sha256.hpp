// SHA-256 of a text, in hex: how large values stand in the run file.
#pragma once

#include <string>

namespace caravan {

/// Throws machine_failed if the library refuses.
std::string sha256(const std::string& text);

}  // namespace caravan
