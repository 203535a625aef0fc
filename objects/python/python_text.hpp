// Python's int(), float(), str.strip() and repr() on text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "objects/model/value.hpp"

namespace caravan {

/// Code points of UTF-8 text; a byte that starts no valid sequence counts as one.
std::size_t code_points(std::string_view text);
/// The first `count` code points.
std::string_view first_code_points(std::string_view text, std::size_t count);
/// Without Unicode white space at both ends.
std::string_view strip(std::string_view text);
std::string ascii_lower(std::string_view text);

/// int(text): white space, sign, Unicode decimal digits, single underscores. int64 or BigInt.
std::optional<Value> parse_int(std::string_view text);
/// float(text): also exponents, nan, inf, infinity.
std::optional<double> parse_float(std::string_view text);
/// An integer part as text to a Value: int64 if it fits.
Value integer_of_digits(bool negative, std::string_view digits);
/// int(number) for a finite float.
Value truncate_float(double number);

/// Adds repr(text).
void append_repr(const std::string& text, std::string& out);
std::string bytes_repr(const std::string& bytes);

}  // namespace caravan
