// The address of a database, parsed once. Its password is for the server alone and is never shown.
#pragma once

#include <optional>
#include <string>

#include "objects/vocabulary/databases.hpp"

namespace caravan::nodes {

/// Made by parse_database_url. What the address leaves out is empty or 0.
struct DatabaseUrl {
  using Kind = DatabaseKind;
  Kind kind = Kind::sqlite;
  std::string path;                        ///< of the SQLite file
  std::string user, password, host, name;  ///< of a server's database
  std::string socket;                      ///< folder of the socket (PostgreSQL), the socket (MariaDB)
  int port = 0;                            ///< 0: the server's usual one
  std::optional<int> busy_timeout;         ///< milliseconds that another writer is waited for, if it says so

  std::string shown() const;  ///< for messages: the path, or the URL without its password
};

/// "sqlite:///ABSOLUTE/PATH", "postgresql://[user[:password]@][host[:port]]/NAME[?host=SOCKETDIR]",
/// "mariadb://[user[:password]@][host[:port]]/NAME[?socket=PATH]"; mysql:// and postgres:// are taken, too.
/// All take "busy_timeout=MILLISECONDS". User, password and options of servers may hold %XX. Opens nothing.
/// Throws Error bad_request, which says what was probably meant and never shows a password.
DatabaseUrl parse_database_url(const std::string& url);

}  // namespace caravan::nodes
