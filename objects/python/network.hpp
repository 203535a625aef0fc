// IP addresses and networks as netaddr 0.8 reads them (ovo-semantics 3, IPAddress and IPNetwork).
#pragma once

#include <array>
#include <optional>
#include <string>

namespace caravan {

/// An IPv4 or IPv6 address, its bytes in the order of the network.
struct Address {
  int family = 4;                         ///< 4 or 6
  std::array<unsigned char, 16> bytes{};  ///< the first 4 for IPv4
  friend bool operator==(const Address&, const Address&) = default;
};

/// An address with the length of its network's prefix, 0 to 32 or 128.
struct Network {
  Address address;  ///< host bits are kept
  int prefix = 0;
  friend bool operator==(const Network&, const Network&) = default;
};

/// `family` 0: try IPv4, then IPv6. Nothing if the text is not an address.
std::optional<Address> parse_address(const std::string& text);
std::optional<Network> parse_network(const std::string& text, int family = 0);
/// 0 to 2^32-1 is IPv4, up to 2^128-1 IPv6; decimal text.
std::optional<Address> address_of_integer(const std::string& decimal);
/// What int() makes of an address, decimal.
std::string integer_text(const Address& address);
std::string address_text(const Address& address);
std::string network_text(const Network& network);

}  // namespace caravan
