// One function a scalar type, in the order of ovo-semantics 3.
#include "objects/model/scalar.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "objects/python/datetime.hpp"
#include "objects/python/network.hpp"
#include "objects/python/python_text.hpp"

namespace caravan {
namespace {

[[noreturn]] void value_error(std::string message) { throw ObjectError("ValueError", std::move(message)); }
[[noreturn]] void type_error(std::string message) { throw ObjectError("TypeError", std::move(message)); }

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A pattern's `$` also matches before one trailing newline.
std::string_view without_newline(std::string_view text) {
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return text;
}

bool is_mac(std::string_view text) {
  if (text.size() != 17) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 3 == 2 ? text[i] != ':' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_pci(std::string_view text) {
  const auto hex = [&text](std::size_t from, std::size_t count) {
    return from + count <= text.size() &&
           std::all_of(text.begin() + static_cast<std::ptrdiff_t>(from),
                       text.begin() + static_cast<std::ptrdiff_t>(from + count), is_hex);
  };
  if (!hex(0, 4) || text.size() < 12 || text[4] != ':' || !hex(5, 2) || text[7] != ':') return false;
  if (text[8] < '0' || text[8] > '1' || !hex(9, 1) || text[10] == '\n') return false;
  const std::string_view rest = text.substr(10);
  const std::size_t any = first_code_points(rest, 1).size();
  return rest.size() == any + 1 && rest[any] >= '0' && rest[any] <= '7';
}

/// distutils' StrictVersion: N.N[.N][aN|bN].
bool is_strict_version(std::string_view text) {
  const auto number = [&text] {
    std::size_t length = 0;
    while (length < text.size() && is_digit(text[length])) ++length;
    text.remove_prefix(length);
    return length > 0;
  };
  const auto dot = [&text] {
    if (text.empty() || text.front() != '.') return false;
    text.remove_prefix(1);
    return true;
  };
  if (!number() || !dot() || !number()) return false;
  if (dot() && !number()) return false;
  if (!text.empty() && (text.front() == 'a' || text.front() == 'b')) {
    text.remove_prefix(1);
    if (!number()) return false;
  }
  return text.empty();
}

bool is_predicate(std::string_view text) {
  static constexpr std::array<std::string_view, 6> operators = {"<=", ">=", "<", ">", "!=", "=="};
  while (true) {
    const std::size_t comma = text.find(',');
    std::string_view part = strip(text.substr(0, comma));
    const auto op = std::find_if(operators.begin(), operators.end(),
                                 [part](std::string_view o) { return part.substr(0, o.size()) == o; });
    if (op == operators.end() || !is_strict_version(strip(part.substr(op->size())))) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

std::string decimal_of(const Value& value) {
  if (const auto* flag = value.maybe<bool>()) return *flag ? "1" : "0";
  if (const auto* big = value.maybe<BigInt>()) return big->digits;
  return std::to_string(value.as<std::int64_t>());
}

bool is_integer(const Value& value) {
  return value.is<bool>() || value.is<std::int64_t>() || value.is<BigInt>();
}

}  // namespace

Value coerce_string(Value value, const Where& where) {
  if (value.is<std::string>()) return value;
  if (is_integer(value) || value.is<double>() || value.is<DateTimeRef>()) return python_str(value);
  value_error("A string is required in field " + where.text() + ", not a " + type_name(value));
}

std::string percent_s(const Value& value, bool quoted) {
  const Tuple* arguments = value.maybe<Tuple>();
  if (arguments != nullptr && arguments->items.empty()) type_error("not enough arguments for format string");
  if (arguments != nullptr && arguments->items.size() > 1)
    type_error("not all arguments converted during string formatting");
  const Value& argument = arguments != nullptr ? arguments->items.front() : value;
  return quoted ? python_repr(argument) : python_str(argument);
}

Value coerce_version_predicate(Value value, const Where& where) {
  const std::string text = percent_s(value);
  if (!is_predicate(text) ||
      text.find('\n') != std::string::npos)  // the library's expression ends at a line's end
    value_error("Version " + text + " is not a valid predicate in field " + where.text());
  return value;
}

bool is_uuid(const std::string& raw) {
  std::string text = raw;
  for (const std::string_view part : {"urn:", "uuid:"}) {
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos;) text.erase(at, part.size());
  }
  const auto brace = [](char c) { return c == '{' || c == '}'; };
  while (!text.empty() && brace(text.front())) text.erase(0, 1);
  while (!text.empty() && brace(text.back())) text.pop_back();
  text.erase(std::remove(text.begin(), text.end(), '-'), text.end());
  if (code_points(text) != 32) return false;
  // Python's int(text, 16) decides: white space, a prefix and single underscores count among the 32.
  std::string_view digits = strip(text);
  if (!digits.empty() && digits.front() == '+') digits.remove_prefix(1);
  if (digits.size() > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
    digits.remove_prefix(2);
    if (digits.front() == '_') digits.remove_prefix(1);
  }
  const std::string lowered = ascii_lower(digits);
  bool after_digit = false;
  for (const char c : lowered) {
    if (c == '_' ? !after_digit : !is_hex(c)) return false;
    after_digit = c != '_';
  }
  return after_digit;
}

Value coerce_uuid(const Value& value) { return percent_s(value); }

Value coerce_mac(const Value& value) {
  if (const auto* text = value.maybe<std::string>()) {
    std::string lowered = ascii_lower(*text);
    std::replace(lowered.begin(), lowered.end(), '-', ':');
    if (is_mac(without_newline(lowered))) return lowered;
  }
  value_error("Malformed MAC " + python_str(value));
}

Value coerce_pci(const Value& value) {
  if (const auto* text = value.maybe<std::string>()) {
    const std::string lowered = ascii_lower(*text);
    if (is_pci(without_newline(lowered))) return lowered;
  }
  value_error("Malformed PCI address " + python_str(value));
}

Value coerce_integer(const Value& value) {
  if (value.is<std::int64_t>() || value.is<BigInt>()) return value;
  if (const auto* flag = value.maybe<bool>()) return static_cast<std::int64_t>(*flag);
  if (const auto* number = value.maybe<double>()) {
    if (std::isnan(*number)) value_error("cannot convert float NaN to integer");
    if (std::isinf(*number)) throw ObjectError("OverflowError", "cannot convert float infinity to integer");
    return make_integer(truncate_float(*number));
  }
  if (const auto* address = value.maybe<Address>()) return make_integer(*parse_int(integer_text(*address)));
  const std::string* text = value.maybe<std::string>();
  if (const auto* bytes = value.maybe<Bytes>()) text = &bytes->data;
  if (text == nullptr) {
    type_error("int() argument must be a string, a bytes-like object or a real number, not '" +
               type_name(value) + "'");
  }
  if (auto number = parse_int(*text)) return make_integer(std::move(*number));
  value_error("invalid literal for int() with base 10: " + python_repr(value));
}

Value coerce_float(const Value& value) {
  if (value.is<double>()) return value;
  if (const auto* number = value.maybe<std::int64_t>()) return static_cast<double>(*number);
  if (const auto* flag = value.maybe<bool>()) return *flag ? 1.0 : 0.0;
  if (const auto* big = value.maybe<BigInt>()) {
    const double number = std::strtod(big->digits.c_str(), nullptr);
    if (std::isinf(number)) throw ObjectError("OverflowError", "int too large to convert to float");
    return number;
  }
  if (const auto* address = value.maybe<Address>())
    return std::strtod(integer_text(*address).c_str(), nullptr);
  const std::string* text = value.maybe<std::string>();
  if (const auto* bytes = value.maybe<Bytes>()) text = &bytes->data;
  if (text == nullptr)
    type_error("float() argument must be a string or a real number, not '" + type_name(value) + "'");
  if (const auto number = parse_float(*text)) return *number;
  value_error("could not convert string to float: " + python_repr(value));
}

Value coerce_flexible_boolean(const Value& value) {
  if (value.is<bool>()) return value;
  static constexpr std::array<std::string_view, 6> yes = {"1", "t", "true", "on", "y", "yes"};
  const std::string text = ascii_lower(strip(python_str(value)));
  return std::find(yes.begin(), yes.end(), text) != yes.end();
}

Value coerce_datetime(const Value& value, bool tzinfo_aware, const Where& where) {
  std::shared_ptr<const DateTime> time;
  if (const auto* text = value.maybe<std::string>()) {
    time = std::make_shared<const DateTime>(parse_datetime(*text));
  } else if (const auto* held = value.maybe<DateTimeRef>()) {
    time = *held;
  } else {
    value_error("A datetime.datetime is required in field " + where.text() + ", not a " + type_name(value));
  }
  if (tzinfo_aware == time->offset.has_value()) return time;
  DateTime changed = *time;
  if (tzinfo_aware) {
    changed.offset = 0;
    changed.zone = "UTC";
  } else {  // dropped, not converted
    changed.offset.reset();
    changed.zone.reset();
  }
  return make_datetime(std::move(changed));
}

Value coerce_address(const Value& value, int family, const Where& where) {
  std::optional<Address> address;
  if (const auto* held = value.maybe<Address>()) {
    address = *held;
  } else if (const auto* network = value.maybe<Network>()) {
    address = network->address;
  } else if (const auto* text = value.maybe<std::string>()) {
    if (text->find('/') != std::string::npos) {
      value_error("IPAddress() does not support netmasks or subnet prefixes! " + python_repr(*text));
    }
    address = parse_address(*text);
  } else if (is_integer(value)) {
    address = address_of_integer(decimal_of(value));
  } else if (value.is<Bytes>()) {
    type_error("a bytes-like object is required, not 'str'");
  }
  if (!address) value_error("failed to detect a valid IP address from " + percent_s(value, true));
  if (family != 0 && address->family != family) {
    value_error("Network \"" + python_str(value) + "\" is not valid in field " + where.text());
  }
  return *address;
}

Value coerce_network(const Value& value, int family, const Where& where) {
  std::optional<Network> network;
  if (const auto* held = value.maybe<Network>()) {
    network = *held;  // of any family: netaddr copies what is parsed already
  } else if (const auto* address = value.maybe<Address>()) {
    network = Network{*address, address->family == 4 ? 32 : 128};
  } else if (const auto* text = value.maybe<std::string>()) {
    network = parse_network(*text, family);
  } else {
    type_error("unexpected type <class '" + type_name(value) + "'> for addr arg");
  }
  if (!network) value_error("invalid IPNetwork " + python_str(value) + " in field " + where.text());
  return *network;
}

Value require_non_negative(Value value, const Where& where) {
  const auto* number = value.maybe<std::int64_t>();
  const auto* real = value.maybe<double>();
  const auto* big = value.maybe<BigInt>();
  if ((number != nullptr && *number < 0) || (real != nullptr && *real < 0) ||
      (big != nullptr && big->digits.front() == '-')) {
    value_error("Value must be >= 0 for field " + where.text());
  }
  return value;
}

}  // namespace caravan
