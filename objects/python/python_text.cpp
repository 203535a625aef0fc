// Unicode tables are Python 3.11's: white space, decimal digits, and what repr() escapes.
#include "objects/python/python_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace caravan {
namespace {

constexpr std::array<char32_t, 66> digit_zeros = {
    0x30,    0x660,   0x6f0,   0x7c0,   0x966,   0x9e6,   0xa66,   0xae6,   0xb66,   0xbe6,   0xc66,
    0xce6,   0xd66,   0xde6,   0xe50,   0xed0,   0xf20,   0x1040,  0x1090,  0x17e0,  0x1810,  0x1946,
    0x19d0,  0x1a80,  0x1a90,  0x1b50,  0x1bb0,  0x1c40,  0x1c50,  0xa620,  0xa8d0,  0xa900,  0xa9d0,
    0xa9f0,  0xaa50,  0xabf0,  0xff10,  0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0,
    0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60,
    0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0};

struct CodePoint {
  char32_t value;
  std::size_t length;
};

CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  if (length == 1 || at + length > text.size()) return {lead, 1};
  char32_t value = lead & (0xff >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return {lead, 1};
    value = (value << 6) | (byte(at + i) & 0x3f);
  }
  return {value, length};
}

bool is_space(char32_t c) {
  return (c >= 0x9 && c <= 0xd) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

bool is_printable(char32_t c) {
  if (c == 0x20) return true;
  if (c < 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0xad || is_space(c)) return false;
  return !((c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           (c >= 0xd800 && c <= 0xf8ff) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) ||
           (c & 0xfffe) == 0xfffe || c >= 0xe0000);
}

std::optional<int> digit_value(char32_t c) {
  const auto after = std::upper_bound(digit_zeros.begin(), digit_zeros.end(), c);
  if (after == digit_zeros.begin()) return std::nullopt;
  const char32_t zero = *(after - 1);
  if (c - zero > 9) return std::nullopt;
  return static_cast<int>(c - zero);
}

/// Unicode digits to ASCII, white space at the ends off; nothing if another non-ASCII character is left.
std::optional<std::string> plain_number_text(std::string_view text) {
  text = strip(text);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    if (const auto digit = digit_value(point.value)) {
      out += static_cast<char>('0' + *digit);
    } else if (point.value < 0x80 && point.length == 1) {
      out += static_cast<char>(point.value);
    } else {
      return std::nullopt;
    }
    at += point.length;
  }
  return out;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Printable ASCII that repr() never escapes.
bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '\'' && c != '"' && c != '\\'; }

/// Single underscores between digits are dropped, any other one refuses the text.
std::optional<std::string> without_underscores(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
    } else if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) {
      return std::nullopt;
    }
  }
  return out;
}

/// An integer part as text: int64 if it fits.
PythonInt integer_of_digits(bool negative, std::string_view digits) {
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  std::string text;
  if (negative && digits != "0") text += '-';
  text += digits;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  (void)end;
  if (error == std::errc{}) return number;
  return BigInt{text};
}

}  // namespace

std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += code_point_at(text, at).length) ++count;
  return count;
}

std::string_view first_code_points(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (; count > 0 && at < text.size(); --count) at += code_point_at(text, at).length;
  return text.substr(0, at);
}

std::string_view strip(std::string_view text) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    const CodePoint point = code_point_at(text, begin);
    if (!is_space(point.value) || (point.length == 1 && point.value >= 0x80)) break;
    begin += point.length;
  }
  std::size_t end = begin;
  for (std::size_t at = begin; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    at += point.length;
    if (!is_space(point.value) || (point.length == 1 && point.value >= 0x80)) end = at;
  }
  return text.substr(begin, end - begin);
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

PythonInt truncate_float(double number) {
  const double whole = std::trunc(number);
  if (std::fabs(whole) < 9.2e18) return static_cast<std::int64_t>(whole);
  const std::string text = fmt::format("{:.0f}", std::fabs(whole));
  return integer_of_digits(whole < 0, text);
}

std::optional<PythonInt> parse_int(std::string_view raw) {
  const auto plain = plain_number_text(raw);
  const auto text = plain ? without_underscores(*plain) : std::nullopt;
  if (!text || text->empty()) return std::nullopt;
  const bool sign = (*text)[0] == '-' || (*text)[0] == '+';
  const std::string_view digits = std::string_view(*text).substr(sign ? 1 : 0);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  return integer_of_digits((*text)[0] == '-', digits);
}

std::optional<double> parse_float(std::string_view raw) {
  const auto plain = plain_number_text(raw);
  const auto text = plain ? without_underscores(*plain) : std::nullopt;
  if (!text || text->empty()) return std::nullopt;
  std::string_view rest = *text;
  const bool negative = rest[0] == '-';
  if (rest[0] == '-' || rest[0] == '+') rest.remove_prefix(1);
  const double sign = negative ? -1.0 : 1.0;
  const std::string lowered = ascii_lower(rest);
  if (lowered == "nan") return std::copysign(std::numeric_limits<double>::quiet_NaN(), sign);
  if (lowered == "inf" || lowered == "infinity") return sign * std::numeric_limits<double>::infinity();
  // digits [. digits] [e [sign] digits], at least one digit before the exponent
  std::size_t at = 0, digits = 0;
  const auto skip_digits = [&lowered, &at] {
    const std::size_t begin = at;
    while (at < lowered.size() && is_digit(lowered[at])) ++at;
    return at - begin;
  };
  digits += skip_digits();
  if (at < lowered.size() && lowered[at] == '.') {
    ++at;
    digits += skip_digits();
  }
  if (digits == 0) return std::nullopt;
  if (at < lowered.size() && lowered[at] == 'e') {
    ++at;
    if (at < lowered.size() && (lowered[at] == '-' || lowered[at] == '+')) ++at;
    if (skip_digits() == 0) return std::nullopt;
  }
  if (at != lowered.size()) return std::nullopt;
  return sign * std::strtod(lowered.c_str(), nullptr);
}

std::string python_repr(const std::string& text) {
  std::string out;
  append_repr(text, out);
  return out;
}

void append_repr(const std::string& text, std::string& out) {
  const char quote = text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
  out += quote;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;  // what needs no escape, in one piece
    while (end < text.size() && is_plain(text[end])) ++end;
    if (end != at) {
      out.append(text, at, end - at);
      at = end;
      continue;
    }
    const CodePoint point = code_point_at(text, at);
    const char32_t c = point.value;
    if (c == static_cast<char32_t>(quote) || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
    } else if (is_printable(c)) {
      out += text.substr(at, point.length);
    } else {
      const auto code = static_cast<unsigned>(c);
      out += c < 0x100     ? fmt::format("\\x{:02x}", code)
             : c < 0x10000 ? fmt::format("\\u{:04x}", code)
                           : fmt::format("\\U{:08x}", code);
    }
    at += point.length;
  }
  out += quote;
}

std::string bytes_repr(const std::string& bytes) {
  const char quote =
      bytes.find('\'') != std::string::npos && bytes.find('"') == std::string::npos ? '"' : '\'';
  std::string out = std::string("b") + quote;
  for (const char raw : bytes) {
    const auto c = static_cast<unsigned char>(raw);
    if (raw == quote || raw == '\\') {
      out += '\\';
      out += raw;
    } else if (raw == '\n' || raw == '\r' || raw == '\t') {
      out += raw == '\n' ? "\\n" : raw == '\r' ? "\\r" : "\\t";
    } else if (c >= 0x20 && c < 0x7f) {
      out += raw;
    } else {
      out += fmt::format("\\x{:02x}", c);
    }
  }
  return out + quote;
}

}  // namespace caravan
