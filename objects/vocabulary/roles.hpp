// The roles that nodes play, and what each means to all others. What a node does in its role is its own
// (nodes/roles).
#pragma once

#include <array>
#include <iterator>
#include <string>

#include "objects/vocabulary/modes.hpp"
#include "objects/vocabulary/words.hpp"

namespace caravan {

/// In starting order: a node that is asked comes before those that ask it.
enum class Role { conductor, engine, api };

/// One row of the table of roles.
struct RoleSpec {
  Role role;
  /// As files and messages have it: "engine"; its nodes are "engine.1", "engine.2". It is also the topic of
  /// the role: a message to it reaches one of these nodes.
  const char* word;
  bool keeps_database;   ///< it is there to open the database for the others; direct access does without it
  bool serves_clients;   ///< clients send it their requests
  bool takes_work;       ///< work that clients ask for is cast to it
  bool reloads;          ///< recomputes its pins when it is told to; else only when it starts
  int count;             ///< how many there are where a scenario says nothing
  const char* about;     ///< for the docs of a scenario
  const char* started;   ///< why it starts when it does
  const char* upgraded;  ///< what its change of release is about
};

/// A row each, in starting order.
inline constexpr RoleSpec role_table[] = {
    {Role::conductor, "conductor", true, false, false, true, 2, "Conductors: they own the database.",
     "keeps the database, so it comes before the nodes that ask it",
     "conductors first, to read what newer nodes send"},
    {Role::engine, "engine", false, false, true, true, 3, "Engines: they build clusters and run jobs.",
     "does the work", "takes work from old and new apis"},
    {Role::api, "api", false, true, false, false, 2, "Apis: clients talk to them.", "answers clients",
     "its clients see both releases"},
};

template <>
struct Words<Role> {
  static constexpr auto all = [] {
    std::array<std::pair<Role, const char*>, std::size(role_table)> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = {role_table[i].role, role_table[i].word};
    return out;
  }();
};

/// Linear in the number of roles. Static storage.
constexpr const RoleSpec& role_spec(Role role) {
  for (const RoleSpec& spec : role_table)
    if (spec.role == role) return spec;
  return role_table[0];  // every role has a row
}

/// Whether there are nodes of the role, and whether they open the database.
constexpr bool is_there(Role role, Access access) {
  return access == Access::conductor || !role_spec(role).keeps_database;
}
constexpr bool opens_database(Role role, Access access) {
  return access == Access::direct || role_spec(role).keeps_database;
}

/// "engine.2"
inline std::string node_name(Role role, int number) {
  return std::string(name(role)) + "." + std::to_string(number);
}

/// Of "engine.2" and of "engine"; none: it is neither a node nor a role.
inline std::optional<Role> role_of(std::string_view who) {
  return word_from<Role>(who.substr(0, who.find('.')));
}

}  // namespace caravan
