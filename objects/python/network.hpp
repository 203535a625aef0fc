// IP addresses and networks as netaddr 0.8 reads them (ovo-semantics 3, IPAddress and IPNetwork).
#pragma once

#include <optional>
#include <string>

#include "objects/model/value.hpp"

namespace caravan {

/// `family` 0: try IPv4, then IPv6. Nothing if the text is no address.
std::optional<Address> parse_address(const std::string& text);
std::optional<Network> parse_network(const std::string& text, int family = 0);
/// 0 to 2^32-1 is IPv4, up to 2^128-1 IPv6; decimal text.
std::optional<Address> address_of_integer(const std::string& decimal);
/// What int() makes of an address, decimal.
std::string integer_text(const Address& address);
std::string address_text(const Address& address);
std::string network_text(const Network& network);

}  // namespace caravan
