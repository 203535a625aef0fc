// The databases that can keep a run's rows. How each is spoken to is in nodes/store/sql, how its private
// server is started in harness/process/servers.cpp.
#pragma once

#include <array>
#include <iterator>
#include <string>

#include "objects/vocabulary/words.hpp"

namespace caravan {

enum class DatabaseKind { sqlite, postgresql, mariadb };

/// One row of the table of databases.
struct DatabaseSpec {
  DatabaseKind kind;
  const char* word;  ///< everywhere, and the scheme of its addresses
  const char* also;  ///< another scheme that is taken; empty: none
  /// The option of an address that names its socket; empty: it is a file, without a server.
  const char* socket;
  const char* place;  ///< what that option is, for people
};

/// A row each; the first is the default.
inline constexpr DatabaseSpec database_table[] = {
    {DatabaseKind::sqlite, "sqlite", "", "", ""},
    {DatabaseKind::postgresql, "postgresql", "postgres", "host", "FOLDER"},
    {DatabaseKind::mariadb, "mariadb", "mysql", "socket", "PATH"},
};

template <>
struct Words<DatabaseKind> {
  static constexpr auto all = [] {
    std::array<std::pair<DatabaseKind, const char*>, std::size(database_table)> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = {database_table[i].kind, database_table[i].word};
    return out;
  }();
};

constexpr const DatabaseSpec& database_spec(DatabaseKind kind) {
  for (const DatabaseSpec& spec : database_table)
    if (spec.kind == kind) return spec;
  return database_table[0];  // every kind has a row
}

/// Whether it is a file, and no server's.
constexpr bool is_file(DatabaseKind kind) { return *database_spec(kind).socket == '\0'; }

/// By the scheme of an address: "mysql" is MariaDB's, too.
inline std::optional<DatabaseKind> database_of_scheme(std::string_view scheme) {
  for (const DatabaseSpec& spec : database_table)
    if (!scheme.empty() && (scheme == spec.word || scheme == spec.also)) return spec.kind;
  return std::nullopt;
}

/// "postgresql or mariadb": those that are a file, or those that are not, each between `quote`s; for people.
inline std::string database_words(bool files, const std::string& quote = {}) {
  std::string out;
  for (const DatabaseSpec& spec : database_table)
    if (is_file(spec.kind) == files) out += (out.empty() ? "" : " or ") + quote + spec.word + quote;
  return out;
}

/// "sqlite:///PATH, postgresql://USER@HOST/NAME, ...", for people.
inline std::string database_addresses() {
  std::string out;
  for (const DatabaseSpec& spec : database_table)
    out += (out.empty() ? "" : ", ") + std::string(spec.word) +
           (is_file(spec.kind) ? ":///PATH" : "://USER@HOST/NAME");
  return out;
}

}  // namespace caravan
