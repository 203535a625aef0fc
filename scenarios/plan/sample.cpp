#include "scenarios/plan/sample.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

namespace caravan::scenarios {
namespace {

std::string base64(const std::string& text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::string filled_text(std::string text, const OperationTag& token, const std::string& object,
                        const std::string& value) {
  const auto put = [&](const std::string& word, const std::string& with) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + with.size()))
      text.replace(at, word.size(), with);
  };
  put("{token}", token.id);
  put("{class}", object);
  put("{address}",
      fmt::format("{}.{}.{}", (token.number >> 16) & 255, (token.number >> 8) & 255, token.number & 255));
  put("{address6}", fmt::format("{:04x}:{:04x}", (token.number >> 16) & 0xffff, token.number & 0xffff));
  put("{value}", value);
  return text;
}

bool has_polls(const Json& pattern) {
  return (pattern.is_object() && pattern.contains("$polls")) ||
         (pattern.is_structured() && std::any_of(pattern.begin(), pattern.end(), has_polls));
}

}  // namespace

Json filled(const Json& pattern, const OperationTag& token, const std::string& object,
            const std::string& value) {
  if (pattern.is_string()) return filled_text(pattern.get<std::string>(), token, object, value);
  if (!pattern.is_structured()) return pattern;
  if (pattern.is_object() && pattern.size() == 1) {
    const auto only = pattern.begin();
    if (only.key() == "$number") return only.value().get<int>() + token.number;
    if (only.key() == "$base64")
      return base64(filled_text(only.value().get<std::string>(), token, object, value));
    if (only.key() == "$polls") return token.polls > 0 ? token.polls : only.value().get<int>();
  }
  Json result = pattern;
  for (Json& inner : result) inner = filled(inner, token, object, value);
  return result;
}

std::vector<std::string> members_with_polls(const Json& pattern) {
  std::vector<std::string> result;
  if (!pattern.is_object()) return result;
  for (const auto& [name, member] : pattern.items())
    if (has_polls(member)) result.push_back(name);
  return result;
}

}  // namespace caravan::scenarios
