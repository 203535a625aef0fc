// Addresses of databases: one that is taken has what it says, and none ever shows a password.
#include "nodes/store/database_url.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"
#include "tests/fuzz/targets.hpp"

namespace caravan::fuzz {
namespace {

std::string encoded(const std::string& text) {
  std::string out;
  for (const char c : text) out += fmt::format("%{:02x}", static_cast<unsigned char>(c));
  return out;
}

/// The address that has these parts, as its grammar has it.
std::string address_of(const nodes::DatabaseUrl& url) {
  const std::string timeout = url.busy_timeout ? fmt::format("busy_timeout={}", *url.busy_timeout) : "";
  if (url.kind == nodes::DatabaseUrl::Kind::sqlite)
    return "sqlite://" + url.path + (timeout.empty() ? "" : "?") + timeout;
  std::string options =
      url.socket.empty()
          ? ""
          : (url.kind == nodes::DatabaseUrl::Kind::mariadb ? "socket=" : "host=") + encoded(url.socket);
  options += (options.empty() || timeout.empty() ? "" : "&") + timeout;
  return fmt::format("{}://{}:{}@{}{}/{}{}{}", name(url.kind), encoded(url.user), encoded(url.password),
                     encoded(url.host), url.port == 0 ? "" : fmt::format(":{}", url.port), encoded(url.name),
                     options.empty() ? "" : "?", options);
}

bool same(const nodes::DatabaseUrl& a, const nodes::DatabaseUrl& b) {
  return a.kind == b.kind && a.path == b.path && a.user == b.user && a.password == b.password &&
         a.host == b.host && a.name == b.name && a.socket == b.socket && a.port == b.port &&
         a.busy_timeout == b.busy_timeout;
}

void check_parts(const nodes::DatabaseUrl& url) {
  try {
    require(same(nodes::parse_database_url(address_of(url)), url),
            "the parts make the address: " + address_of(url));
  } catch (const Error& error) {
    throw Violation("the parts make an address: " + std::string(error.what()));
  }
  for (const std::string* part : {&url.path, &url.user, &url.password, &url.host, &url.name, &url.socket})
    require(part->find('\0') == std::string::npos, "no part ends before its end");
}

/// With a password that nothing else in it can be taken for.
void check_secrecy(const std::string& text) {
  const std::string secret = "canary7f";
  if (text.find(secret) != std::string::npos) return;
  const std::size_t slashes = text.find("://");
  if (slashes == std::string::npos || text.substr(0, slashes) == "sqlite") return;  // a path is no secret
  const std::string address = text.substr(0, slashes + 3) + "user:" + secret + text.substr(slashes + 3);
  std::string said;
  try {
    said = nodes::parse_database_url(address).shown();
  } catch (const Error& error) {
    said = error.what();
  }
  require(said.find(secret) == std::string::npos, "nobody is told a password: " + said);
}

}  // namespace

void database_url(std::string_view text) {
  const std::string address(text);
  refused([&] {
    const nodes::DatabaseUrl url = nodes::parse_database_url(address);
    check_parts(url);
    require(!url.shown().empty(), "an address can be shown");
  });
  check_secrecy(address);
}

}  // namespace caravan::fuzz
