// Digests of texts, by OpenSSL. Each throws machine_failed if the library refuses.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace caravan {

/// In hex: how large values are written in the run file.
std::string sha256(std::string_view text);
std::array<unsigned char, 32> sha256_bytes(std::string_view text);

/// In hex: OVO's fingerprints are made of it.
std::string md5(std::string_view text);

}  // namespace caravan
