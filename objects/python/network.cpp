// Parsing by the C library, as netaddr does it, and the partial forms that netaddr adds.
#include "objects/python/network.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "objects/python/python_text.hpp"

namespace caravan {
namespace {

__extension__ typedef unsigned __int128 Wide;

std::optional<Address> strict(const std::string& text, int family) {
  if (text.find('\0') != std::string::npos) return std::nullopt;
  Address address;
  address.family = family;
  if (inet_pton(family == 4 ? AF_INET : AF_INET6, text.c_str(), address.bytes.data()) != 1)
    return std::nullopt;
  return address;
}

std::optional<int> small_int(std::string_view text) {
  const auto value = parse_int(text);
  if (!value) return std::nullopt;
  const auto* const number = std::get_if<std::int64_t>(&*value);
  return number == nullptr || *number < 0 || *number > 1'000'000 ? -1 : static_cast<int>(*number);
}

/// "10.1" means 10.1.0.0: missing parts are trailing zeros.
std::optional<Address> partial(const std::string& text) {
  if (text.find(':') != std::string::npos) return std::nullopt;
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (true) {
    const std::size_t dot = text.find('.', begin);
    const auto part = small_int(std::string_view(text).substr(begin, dot - begin));
    if (!part) return std::nullopt;
    parts.push_back(std::to_string(*part));
    if (dot == std::string::npos) break;
    begin = dot + 1;
  }
  if (parts.size() > 4) return std::nullopt;
  parts.resize(4, "0");
  return strict(parts[0] + "." + parts[1] + "." + parts[2] + "." + parts[3], 4);
}

/// Length of a contiguous mask of ones (netmask) or, failing that, of zeros (host mask).
std::optional<int> mask_length(const Address& mask) {
  const int width = mask.family == 4 ? 32 : 128;
  const auto bit = [&mask](int index) { return (mask.bytes[index / 8] >> (7 - index % 8)) & 1; };
  for (const int leading : {1, 0}) {
    int length = 0;
    while (length < width && bit(length) == leading) ++length;
    int rest = length;
    while (rest < width && bit(rest) != leading) ++rest;
    if (rest == width) return length;
  }
  return std::nullopt;
}

std::optional<Network> network_of(const std::string& text, int family) {
  const std::size_t slash = text.find('/');
  const std::string head = text.substr(0, slash);
  auto address = strict(head, family);
  if (!address && family == 4) address = partial(head);
  if (!address) return std::nullopt;
  const int width = family == 4 ? 32 : 128;
  if (slash == std::string::npos) return Network{*address, width};
  const std::string tail = text.substr(slash + 1);
  if (const auto prefix = small_int(tail)) {
    if (*prefix < 0 || *prefix > width) return std::nullopt;
    return Network{*address, *prefix};
  }
  const auto mask = strict(tail, family);
  const auto length = mask ? mask_length(*mask) : std::nullopt;
  if (!length) return std::nullopt;
  return Network{*address, *length};
}

/// Four plain numbers, the form that everybody sends; the rest is left to the C library.
std::optional<Address> dotted_quad(const std::string& text) {
  Address address;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t part = 0; part < 4; ++part) {
    if (part != 0 && (at == end || *at++ != '.')) return std::nullopt;
    const char* const first = at;
    unsigned value = 0;
    for (; at != end && *at >= '0' && *at <= '9' && at - first < 3; ++at) {
      value = value * 10 + static_cast<unsigned>(*at - '0');
    }
    const bool octal = at - first > 1 && *first == '0';
    if (at == first || octal || value > 255) return std::nullopt;
    address.bytes[part] = static_cast<unsigned char>(value);
  }
  return at == end ? std::optional(address) : std::nullopt;
}

}  // namespace

std::optional<Address> parse_address(const std::string& text) {
  if (auto address = dotted_quad(text)) return address;
  if (text.find('\0') != std::string::npos) return std::nullopt;
  in_addr four{};
  if (inet_aton(text.c_str(), &four) != 0) {
    Address address;
    std::memcpy(address.bytes.data(), &four.s_addr, 4);
    return address;
  }
  return strict(text, 6);
}

std::optional<Network> parse_network(const std::string& text, int family) {
  if (family != 0) return network_of(text, family);
  if (auto network = network_of(text, 4)) return network;
  return network_of(text, 6);
}

std::optional<Address> address_of_integer(const std::string& decimal) {
  if (decimal.empty() || decimal[0] == '-' || decimal.size() > 39) return std::nullopt;
  Wide number = 0;
  for (const char digit : decimal) {
    const Wide next = number * 10 + static_cast<unsigned>(digit - '0');
    if (next / 10 != number) return std::nullopt;
    number = next;
  }
  Address address;
  address.family = number <= 0xffffffffU ? 4 : 6;
  const int width = address.family == 4 ? 4 : 16;
  for (int i = width - 1; i >= 0; --i, number >>= 8)
    address.bytes[i] = static_cast<unsigned char>(number & 0xff);
  return address;
}

std::string integer_text(const Address& address) {
  Wide number = 0;
  for (int i = 0; i < (address.family == 4 ? 4 : 16); ++i) number = number << 8 | address.bytes[i];
  std::string digits;
  do digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(number % 10)));
  while ((number /= 10) != 0);
  return digits;
}

std::string address_text(const Address& address) {
  if (address.family == 4)
    return fmt::format("{}", fmt::join(address.bytes.begin(), address.bytes.begin() + 4, "."));
  char buffer[INET6_ADDRSTRLEN];
  return inet_ntop(address.family == 4 ? AF_INET : AF_INET6, address.bytes.data(), buffer, sizeof buffer);
}

std::string network_text(const Network& network) {
  return address_text(network.address) + "/" + std::to_string(network.prefix);
}

}  // namespace caravan
