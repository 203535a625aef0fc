#include "objects/base/sha256.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "objects/base/error.hpp"

namespace caravan {

std::string sha256(const std::string& text) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(text.data(), text.size(), bytes, &length, EVP_sha256(), nullptr) != 1)
    throw machine_failed("", "the cryptographic library gives no SHA-256");
  std::string out;
  for (unsigned int i = 0; i < length; ++i) out += fmt::format("{:02x}", bytes[i]);
  return out;
}

}  // namespace caravan
