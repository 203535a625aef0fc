// How the nodes of a run work together: who opens the database, what old and new do about each other, and
// which database it is. Written ACCESS/COMPAT or ACCESS/COMPAT/DATABASE.
#pragma once

#include <string>
#include <vector>

#include "objects/base/json.hpp"
#include "objects/vocabulary/modes.hpp"

namespace caravan::scenarios {

/// Three words. Which access goes with which compat, unlawful() says.
struct Mode {
  Access access = Access::conductor;
  Compatibility compat = Compatibility::backport;
  std::string database = "sqlite";  ///< kind: sqlite, postgresql, mariadb
  bool operator==(const Mode&) const = default;
};

/// The words that there are; the first is the default.
const std::vector<std::string>& database_kinds();

/// "direct/none"
std::string mode_name(const Mode& mode);

/// Why there is no such mode, or empty.
std::string unlawful(Access access, Compatibility compat);

/// "sqlite" of "sqlite" and of "sqlite:///x"; empty for what is not a database. As the scheme of a URL,
/// other spellings are taken, too (mysql).
std::string database_kind(const std::string& name_or_url);

/// Sets access and compat from "ACCESS/COMPAT". Throws bad_request at `where` for an unknown mode.
void set_mode(Mode& mode, const std::string& words, const std::string& where);

/// What a scenario's `expect` says for this mode: the entry ACCESS/COMPAT/DATABASE, or else ACCESS/COMPAT, or
/// else what is given there without a mode; "pass" where nothing does.
Json expectation(const Json& expect, const Mode& mode);

}  // namespace caravan::scenarios
