// Python's int(), float(), str.strip() and repr() on text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace caravan {

/// An integer outside int64: canonical decimal text.
struct BigInt {
  std::string digits;
};
using PythonInt = std::variant<std::int64_t, BigInt>;

/// Code points of UTF-8 text; a byte that starts no valid sequence counts as one.
std::size_t code_points(std::string_view text);
/// The first `count` code points.
std::string_view first_code_points(std::string_view text, std::size_t count);
/// Without Unicode white space at both ends.
std::string_view strip(std::string_view text);
std::string ascii_lower(std::string_view text);

/// int(text): white space, sign, Unicode decimal digits, single underscores. int64 if it fits.
std::optional<PythonInt> parse_int(std::string_view text);
/// float(text): also exponents, nan, inf, infinity.
std::optional<double> parse_float(std::string_view text);
/// int(number) for a finite float.
PythonInt truncate_float(double number);

/// repr(text): in single quotes, or in double ones if the text holds single ones only.
std::string python_repr(const std::string& text);
/// Adds repr(text).
void append_repr(const std::string& text, std::string& out);
std::string bytes_repr(const std::string& bytes);

}  // namespace caravan
