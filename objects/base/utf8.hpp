// UTF-8, for all code except what must read as Python does (objects/python/python_text.hpp has its own, which
// takes a wrong byte for a character).
#pragma once

#include <string>
#include <string_view>

namespace caravan::utf8 {

/// A byte that goes on with a character and begins none.
constexpr bool is_tail(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// Code points; bytes that begin none are not counted. O(n).
std::size_t length(std::string_view text);
/// Bytes of the first `count` code points, or of all if there are fewer.
std::size_t bytes_of(std::string_view text, std::size_t count);

/// Length in bytes of the character at `at`, or 0 if there is none (the end, an overlong form, a surrogate);
/// the character goes to `point`.
std::size_t character(std::string_view text, std::size_t at, char32_t& point);
/// The same, for callers that do not need the character.
std::size_t character(std::string_view text, std::size_t at);
/// Position of the first byte that is not UTF-8, or npos.
std::size_t invalid(std::string_view text);

/// Adds the character; it must not be a surrogate or beyond U+10FFFF.
void append(std::string& out, char32_t point);

}  // namespace caravan::utf8
