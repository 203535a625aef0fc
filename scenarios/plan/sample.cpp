#include "scenarios/plan/sample.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

namespace caravan {
namespace {

std::string base64(const std::string& text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::string filled_text(std::string text, const OperationTag& token, const std::string& object) {
  const auto put = [&](const std::string& word, const std::string& with) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + with.size()))
      text.replace(at, word.size(), with);
  };
  put("{token}", token.id);
  put("{class}", object);
  put("{address}",
      fmt::format("{}.{}.{}", (token.number >> 16) & 255, (token.number >> 8) & 255, token.number & 255));
  return text;
}

}  // namespace

Json filled(const Json& pattern, const OperationTag& token, const std::string& object) {
  if (pattern.is_string()) return filled_text(pattern.get<std::string>(), token, object);
  if (!pattern.is_structured()) return pattern;
  if (pattern.is_object() && pattern.size() == 1) {
    const auto only = pattern.begin();
    if (only.key() == "$number") return only.value().get<int>() + token.number;
    if (only.key() == "$base64") return base64(filled_text(only.value().get<std::string>(), token, object));
  }
  Json result = pattern;
  for (Json& inner : result) inner = filled(inner, token, object);
  return result;
}

}  // namespace caravan
