#include "objects/base/lookup.hpp"

#include <gmock/gmock.h>

#include "objects/base/error.hpp"
#include "objects/catalog/catalog.hpp"
#include "objects/loader/loader.hpp"

namespace caravan {
namespace {

TEST(Lookup, FindsTheFirstOfThatName) {
  std::vector<FieldSpec> fields(3);
  fields[0].name = "id";
  fields[1].name = fields[2].name = "name";
  EXPECT_EQ(find_named(fields, "name"), &fields[1]);
  EXPECT_EQ(find_named(fields, "nome"), nullptr);
  EXPECT_THAT(names_of(fields), testing::ElementsAre("id", "name", "name"));
}

TEST(Lookup, OfAReleaseSaysWhatWasProbablyMeant) {
  EXPECT_EQ(sahara_catalog().require_release("kilo").title, "Kilo");
  try {
    sahara_catalog().require_release("klio", "--to", "config: ");
    FAIL() << "klio is known";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "--to: config: unknown release \"klio\"; did you mean \"kilo\"?");
    EXPECT_EQ(error.exit(), Exit::bad_request);
  }
}

TEST(Lookup, OfAMethodGoesByTopic) {
  const Release& kilo = sahara_catalog().require_release("kilo");
  EXPECT_NE(kilo.method("engine", "cancel_job_execution"), nullptr);
  EXPECT_EQ(kilo.method("conductor", "cancel_job_execution"), nullptr);
  EXPECT_EQ(sahara_catalog().require_release("juno").method("engine", "cancel_job_execution"), nullptr);
}

}  // namespace
}  // namespace caravan
