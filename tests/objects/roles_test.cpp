#include "objects/vocabulary/roles.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace caravan {
namespace {

TEST(Roles, EachHasOneRowAndAWordOfItsOwn) {
  for (const RoleSpec& spec : role_table) {
    EXPECT_EQ(&role_spec(spec.role), &spec);
    EXPECT_EQ(word_from<Role>(spec.word), spec.role);
    EXPECT_EQ(name(spec.role), std::string(spec.word));
  }
}

TEST(Roles, ANodeIsCalledByItsRoleAndANumber) {
  EXPECT_EQ(node_name(Role::engine, 2), "engine.2");
  EXPECT_EQ(role_of("engine.2"), Role::engine);
  EXPECT_EQ(role_of("engine"), Role::engine);
  EXPECT_EQ(role_of("engines.2"), std::nullopt);
  EXPECT_EQ(role_of(""), std::nullopt);
}

TEST(Roles, WhoKeepsTheDatabaseIsThereOnlyForOthers) {
  EXPECT_TRUE(is_there(Role::conductor, Access::conductor));
  EXPECT_FALSE(is_there(Role::conductor, Access::direct));
  EXPECT_TRUE(is_there(Role::api, Access::direct));
  EXPECT_TRUE(opens_database(Role::conductor, Access::conductor));
  EXPECT_FALSE(opens_database(Role::engine, Access::conductor));
  EXPECT_TRUE(opens_database(Role::engine, Access::direct));
}

TEST(Roles, StartInAnOrderInWhichWhoIsAskedComesFirst) {
  const auto keeps = [](const RoleSpec& spec) { return spec.keeps_database; };
  const auto serves = [](const RoleSpec& spec) { return spec.serves_clients; };
  EXPECT_TRUE(std::is_partitioned(std::begin(role_table), std::end(role_table), keeps));
  EXPECT_TRUE(std::is_partitioned(std::rbegin(role_table), std::rend(role_table), serves));
}

}  // namespace
}  // namespace caravan
