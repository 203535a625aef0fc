#include "objects/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "objects/base/utf8.hpp"

namespace caravan::text {

std::size_t length(std::string_view text) { return utf8::length(text); }

std::string cut(std::string_view text, std::size_t limit) {
  if (length(text) <= limit) return std::string(text);
  std::size_t i = 0, points = 0;
  while (i < text.size() && (utf8::is_tail(text[i]) || points + 1 < limit)) {
    if (!utf8::is_tail(text[i])) ++points;
    ++i;
  }
  while (i < text.size() && utf8::is_tail(text[i])) ++i;
  return std::string(text.substr(0, i)) + "…";
}

std::string pad(std::string_view text, std::size_t width) {
  const std::size_t have = length(text);
  return std::string(text) + std::string(have < width ? width - have : 0, ' ');
}

std::string list(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " and " : ", ";
    out += words[i];
  }
  return out;
}

std::string shell_word(const std::string& word) {
  const bool plain =
      !word.empty() && word.front() != '-' && std::all_of(word.begin(), word.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               std::string_view("-_./:=+@,").find(c) != std::string_view::npos;
      });
  if (plain) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string count(long long number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

}  // namespace caravan::text
