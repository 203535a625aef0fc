#include "objects/base/digest.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "objects/base/error.hpp"

namespace caravan {
namespace {

template <std::size_t size>
std::array<unsigned char, size> digest_of(std::string_view text, const EVP_MD* kind, const char* name) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int length = 0;
  if (EVP_Digest(text.data(), text.size(), bytes.data(), &length, kind, nullptr) != 1 || length != size)
    throw machine_failed("", std::string("OpenSSL gives no ") + name);
  std::array<unsigned char, size> out{};
  std::copy_n(bytes.begin(), size, out.begin());
  return out;
}

}  // namespace

std::array<unsigned char, 32> sha256_bytes(std::string_view text) {
  return digest_of<32>(text, EVP_sha256(), "SHA-256");
}

std::string sha256(std::string_view text) { return fmt::format("{:02x}", fmt::join(sha256_bytes(text), "")); }

std::string md5(std::string_view text) {
  return fmt::format("{:02x}", fmt::join(digest_of<16>(text, EVP_md5(), "MD5"), ""));
}

}  // namespace caravan
