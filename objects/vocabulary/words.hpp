// Closed sets of words: an enumeration in the code, a text where people and files meet it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caravan {

/// Specialised for each enumeration by `static constexpr std::pair<Enum, const char*> all[]`, in the order in
/// which people are shown. The first is the default, and stands for "not given" if its text is empty.
template <class Enum>
struct Words;

/// Linear in the number of words. Static storage.
template <class Enum>
const char* name(Enum value) requires requires {
  Words<Enum>::all;
}
{
  for (const auto& [known, text] : Words<Enum>::all)
    if (known == value) return text;
  return "";
}

/// None: there is no such word.
template <class Enum>
std::optional<Enum> word_from(std::string_view text) {
  for (const auto& [known, spelt] : Words<Enum>::all)
    if (text == spelt) return known;
  return std::nullopt;
}

/// Those that can be written: what was not given has no text.
template <class Enum>
std::vector<std::string> spelt_words() {
  std::vector<std::string> out;
  for (const auto& entry : Words<Enum>::all)
    if (*entry.second != '\0') out.emplace_back(entry.second);
  return out;
}

}  // namespace caravan
