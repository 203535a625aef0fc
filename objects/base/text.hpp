// Texts for people: cutting, padding, lists of words, words for a shell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace caravan::text {

/// Code points; bytes that do not start one are not counted.
std::size_t length(std::string_view text);
/// At most `limit` code points, with "…" for what was left out.
std::string cut(std::string_view text, std::size_t limit);
/// Padded with blanks to `width` code points.
std::string pad(std::string_view text, std::size_t width);

/// "a", "a and b", "a, b and c".
std::string list(const std::vector<std::string>& words);
/// As a shell takes it: quoted where it must be.
std::string shell_word(const std::string& word);
/// "1 row", "2 rows".
std::string count(long long number, std::string_view noun);

}  // namespace caravan::text
