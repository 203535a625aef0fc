#include "objects/base/utf8.hpp"

#include <algorithm>

namespace caravan::utf8 {

std::size_t length(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_tail(c); }));
}

std::size_t bytes_of(std::string_view text, std::size_t count) {
  std::size_t points = 0, end = 0;
  for (; end < text.size(); ++end)
    if (!is_tail(text[end]) && points++ == count) break;
  return end;
}

std::size_t character(std::string_view text, std::size_t at, char32_t& point) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (at >= text.size()) return 0;
  const unsigned char first = byte(at);
  point = first;
  if (first < 0x80) return 1;
  const std::size_t more = first >= 0xC2 && first <= 0xDF   ? 1
                           : (first & 0xF0U) == 0xE0U       ? 2
                           : first >= 0xF0 && first <= 0xF4 ? 3
                                                            : 0;
  if (more == 0 || at + more >= text.size()) return 0;
  point = first & (0x3FU >> more);
  for (std::size_t i = at + 1; i <= at + more; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
    point = (point << 6U) | (byte(i) & 0x3FU);
  }
  const bool overlong = (more == 2 && point < 0x800) || (more == 3 && point < 0x10000);
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return overlong || surrogate || point > 0x10FFFF ? 0 : more + 1;
}

std::size_t invalid(std::string_view text) {
  char32_t point = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character(text, at, point);
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

std::size_t character(std::string_view text, std::size_t at) {
  char32_t ignored = 0;
  return character(text, at, ignored);
}

void append(std::string& out, char32_t point) {
  const auto put = [&](char32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | (point >> 6));
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3F));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

}  // namespace caravan::utf8
