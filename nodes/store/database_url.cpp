#include "nodes/store/database_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>
#include <vector>

#include "objects/base/error.hpp"
#include "objects/base/nearest.hpp"

namespace caravan::nodes {
namespace {

bool is_known_option(const std::string& name) {
  return name == "busy_timeout" ||
         std::any_of(std::begin(database_table), std::end(database_table),
                     [&](const DatabaseSpec& spec) { return !name.empty() && name == spec.socket; });
}

// What may be printed of an address that did not parse. A password may be where it should: behind
// "//user:", up to the last "@"; behind a colon because "@host" was forgotten; or in an option.
std::string harmless(const std::string& url) {
  if (url.rfind("sqlite://", 0) == 0) return url;
  const std::size_t scheme = url.find("://");
  const std::size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t at = url.rfind('@');
  const bool has_user = at != std::string::npos && at >= start;
  const std::size_t who_ends = has_user ? at : std::min(url.find_first_of("/?", start), url.size());
  const std::size_t colon = url[start] == '[' ? url.find(':', url.find(']')) : url.find(':', start);
  std::string shown = url.substr(0, who_ends);
  if (colon < who_ends) {
    const std::string behind = url.substr(colon + 1, who_ends - colon - 1);
    if (has_user || behind.find_first_not_of("0123456789") != std::string::npos)
      shown = url.substr(0, colon) + ":***";
  }
  const std::size_t question = std::min(url.find('?', who_ends), url.size());
  shown += url.substr(who_ends, question - who_ends);
  for (std::size_t from = question; from < url.size();) {
    const std::size_t end = std::min(url.find('&', from + 1), url.size());
    const std::size_t equals = std::min(url.find('=', from), end);
    const std::string name = url.substr(from + 1, equals - from - 1);
    shown += is_known_option(name) || equals == end ? url.substr(from, end - from)
                                                    : url.substr(from, equals - from) + "=***";
    from = end;
  }
  return shown;
}

class UrlParser {
 public:
  explicit UrlParser(const std::string& url) : url_(url) {}

  DatabaseUrl parse() {
    if (url_.find('\0') != std::string::npos) fail("holds a NUL character");
    const std::size_t colon = url_.find("://");
    const std::string scheme = colon == std::string::npos ? "" : url_.substr(0, colon);
    const std::string rest = colon == std::string::npos ? "" : url_.substr(colon + 3);
    if (colon == std::string::npos) fail("is not a database address", "sqlite:///absolute/path was expected");
    const auto kind = database_of_scheme(scheme);
    if (!kind)
      fail(fmt::format("there is no database \"{}\"", scheme),
           did_you_mean(scheme, spelt_words<DatabaseKind>()));
    parsed_.kind = *kind;
    is_file(*kind) ? file(rest) : server(rest);
    return parsed_;
  }

 private:
  [[noreturn]] void fail(const std::string& message, const std::string& hint = {}) const {
    throw bad_request(harmless(url_), message, hint);
  }

  void file(const std::string& rest) {
    const std::size_t question = rest.find('?');
    parsed_.path = rest.substr(0, question);
    if (question != std::string::npos) options(rest.substr(question + 1));
    constexpr std::string_view in_memory = ":memory:";
    if (parsed_.path.size() >= in_memory.size() &&
        parsed_.path.compare(parsed_.path.size() - in_memory.size(), in_memory.size(), in_memory) == 0)
      fail("a database in memory belongs to one process, and a run has several",
           "`sqlite` or sqlite:///absolute/path was expected");
    if (parsed_.path.size() < 2 || parsed_.path.front() != '/')
      fail("the path of a database must be absolute", "sqlite:///absolute/path was expected");
    if (parsed_.path.find('"') != std::string::npos) fail("the path of a database holds a quote");
  }

  void server(const std::string& rest) {
    const std::size_t question = rest.find('?');
    const std::string front = rest.substr(0, question);
    // A password may hold "/" and "@" as they are.
    const std::size_t at = front.rfind('@');
    std::string place = at == std::string::npos ? front : front.substr(at + 1);
    if (at != std::string::npos) {
      const std::string who = front.substr(0, at);
      const std::size_t colon = who.find(':');
      parsed_.user = decoded(who.substr(0, colon));
      if (colon != std::string::npos) parsed_.password = decoded(who.substr(colon + 1));
    }
    const std::size_t slash = place.find('/');
    if (slash == std::string::npos || slash + 1 == place.size())
      fail("does not name a database",
           fmt::format("{}://host/NAME was expected", caravan::name(parsed_.kind)));
    parsed_.name = decoded(place.substr(slash + 1));
    place.resize(slash);
    host_and_port(place);
    if (question != std::string::npos) options(rest.substr(question + 1));
    if (parsed_.name.find('/') != std::string::npos) fail("the name of the database holds a slash");
  }

  // An IPv6 address is in brackets.
  void host_and_port(const std::string& place) {
    const bool bracketed = place.substr(0, 1) == "[";
    const std::size_t closed = bracketed ? place.find(']') : 0;
    if (closed == std::string::npos) fail("the host has no closing bracket");
    const std::size_t colon = place.find(':', closed);
    const std::string host = place.substr(0, colon);
    if (bracketed && host.size() != closed + 1) fail("something follows the host's closing bracket");
    if (colon != std::string::npos &&
        (!number(place.substr(colon + 1), parsed_.port) || parsed_.port < 1 || parsed_.port > 65535))
      fail("the port is not a number from 1 to 65535");
    parsed_.host = decoded(bracketed ? host.substr(1, closed - 1) : host);
  }

  void options(const std::string& query) {
    std::size_t start = 0;
    while (start <= query.size()) {
      const std::size_t end = std::min(query.find('&', start), query.size());
      const std::string option = query.substr(start, end - start);
      const std::size_t equals = std::min(option.find('='), option.size());
      const std::string key = option.substr(0, equals);
      const std::string value = equals < option.size() ? option.substr(equals + 1) : "";
      if (key == "busy_timeout") {
        int milliseconds = 0;
        if (!number(value, milliseconds)) fail("unknown option after \"?\"", meant());
        parsed_.busy_timeout = milliseconds;
      } else if (!socket_option().empty() && key == socket_option() && !value.empty()) {
        parsed_.socket = decoded(value);
      } else {
        fail("unknown option after \"?\"", meant());
      }
      start = end + 1;
    }
  }

  std::string socket_option() const { return database_spec(parsed_.kind).socket; }
  std::string meant() const {
    const DatabaseSpec& spec = database_spec(parsed_.kind);
    const bool socket = !is_file(spec.kind);
    return fmt::format("busy_timeout=MILLISECONDS{} was expected",
                       socket ? fmt::format(" or {}={}", spec.socket, spec.place) : "");
  }

  static bool number(const std::string& text, int& value) {
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    return !text.empty() && error == std::errc() && rest == end && value >= 0;
  }

  std::string decoded(const std::string& text) const {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%') {
        out += text[i];
        continue;
      }
      unsigned byte = 0;
      const char* begin = text.data() + std::min(i + 1, text.size());
      const char* end = text.data() + std::min(i + 3, text.size());
      const auto [rest, error] = std::from_chars(begin, end, byte, 16);
      if (end - begin != 2 || error != std::errc() || rest != end || byte == 0)
        fail("a % is not followed by two hexadecimal digits", "%25 stands for the sign itself");
      out += static_cast<char>(byte);
      i += 2;
    }
    return out;
  }

  const std::string& url_;
  DatabaseUrl parsed_;
};

}  // namespace

std::string DatabaseUrl::shown() const {
  if (is_file(kind)) return path;
  std::string text = std::string(caravan::name(kind)) + "://";
  if (!user.empty()) text += user + "@";
  text += host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != 0) text += fmt::format(":{}", port);
  text += "/" + name;
  if (!socket.empty()) text += fmt::format("?{}={}", database_spec(kind).socket, socket);
  return text;
}

DatabaseUrl parse_database_url(const std::string& url) { return UrlParser(url).parse(); }

}  // namespace caravan::nodes
