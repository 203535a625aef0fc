#include "objects/base/printable.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

#include "objects/base/utf8.hpp"

namespace caravan {
namespace {

struct Hidden {
  char32_t first, last;
};
// What a terminal obeys instead of showing, and what hides what is there.
constexpr Hidden kept_from_terminals[] = {
    {0x00, 0x1F},      {0x7F, 0x9F},      // C0, DEL, C1
    {0x061C, 0x061C},  {0x200E, 0x200F},  // marks of direction
    {0x2028, 0x202E},  {0x2066, 0x2069},  // separators of lines, embeddings and overrides, isolates
    {0xFDD0, 0xFDEF},  {0xFFFE, 0xFFFF},  // noncharacters, which XML does not carry
    {0xFEFF, 0xFEFF},  {0xFFF9, 0xFFFB},  // byte order mark, annotations
    {0xE0000, 0xE007F}                    // tags
};

bool is_kept_from_terminals(char32_t point) {
  for (const Hidden& range : kept_from_terminals)
    if (point >= range.first && point <= range.last) return true;
  return false;
}

struct Spelling {
  char32_t point;
  const char* ascii;
};
// Signs of our own texts.
constexpr Spelling spellings[] = {{U'→', "->"}, {U'←', "<-"}, {U'×', "x"},  {U'…', "..."},
                                  {U'·', "."},  {U'–', "-"},  {U'—', "--"}, {U'≤', "<="}};

const char* spelling(char32_t point) {
  for (const Spelling& one : spellings)
    if (one.point == point) return one.ascii;
  return nullptr;
}

// As JSON spells it.
void spell_out(std::string& out, char32_t point) {
  if (point > 0xFFFF) {
    const auto rest = static_cast<std::uint32_t>(point) - 0x10000U;
    fmt::format_to(std::back_inserter(out), "\\u{:04x}\\u{:04x}", 0xD800U + (rest >> 10U),
                   0xDC00U + (rest & 0x3FFU));
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(point));
  }
}

// Length of "ESC [ 1 ; 31 m" at the beginning of the text, or 0.
std::size_t colour_sequence(std::string_view text) {
  if (text.size() < 3 || text[0] != '\x1b' || text[1] != '[') return 0;
  const std::size_t end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

}  // namespace

std::string printable(std::string_view text, Printing how) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    char32_t point = 0;
    const std::size_t length = utf8::character(text, at, point);
    if (length == 0) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[at++]));
      continue;
    }
    const std::size_t colour = how.colour ? colour_sequence(text.substr(at)) : 0;
    if (colour > 0) {
      out.append(text, at, colour);
      at += colour;
      continue;
    }
    if (point == U'\n' || point == U'\t')
      out += how.lines ? std::string(1, text[at]) : point == U'\n' ? "\\n" : "\\t";
    else if (point == U'\r')
      out += "\\r";
    else if (is_kept_from_terminals(point))
      spell_out(out, point);
    else if (how.ascii && point > 0x7F) {
      if (const char* ascii = spelling(point))
        out += ascii;
      else
        spell_out(out, point);
    } else {
      out.append(text, at, length);
    }
    at += length;
  }
  return out;
}

}  // namespace caravan
