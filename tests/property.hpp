// Properties: what holds for whatever RapidCheck comes up with; where it does not, the least example is
// shown.
//
// From a fixed seed, so that what failed fails again. RC_PARAMS="seed=7 max_success=5000" tries others, and a
// failure prints the RC_PARAMS that repeats it at once.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

namespace caravan::test {

inline const int seeded = ::setenv("RC_PARAMS", "seed=1", 0);  // before anybody reads it

/// `property` draws what it needs with *generator and says RC_ASSERT. `per_cent` of the usual number of cases
/// (100, or max_success), where each takes long.
template <typename Property>
void holds(const Property& property, int per_cent = 100) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  rc::detail::TestMetadata metadata;
  metadata.id = metadata.description = std::string(test->test_suite_name()) + "." + test->name();
  auto params = rc::detail::configuration().testParams;
  params.maxSuccess = std::max(1, params.maxSuccess * per_cent / 100);
  const auto result = rc::detail::checkTestable(property, metadata, params);
  std::ostringstream said;
  rc::detail::printResultMessage(result, said);
  if (!result.template is<rc::detail::SuccessResult>())
    ADD_FAILURE() << said.str() << "\nRC_PARAMS=\"seed=" << params.seed
                  << " max_success=" << params.maxSuccess << '"';
  else if (!result.template get<rc::detail::SuccessResult>().distribution.empty())
    std::cout << said.str() << std::endl;  // how many were of which kind
}

}  // namespace caravan::test
