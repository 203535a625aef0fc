// Corners of the scalar types that the recorded cases do not show; checked against the real library.
#include "objects/model/scalar.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "objects/python/network.hpp"

namespace caravan {
namespace {

std::string error_of(const std::function<Value()>& coerce) {
  try {
    coerce();
    return "none";
  } catch (const ObjectError& error) {
    return error.type;
  }
}

TEST(Scalar, AnAddressIsItsNumber) {
  EXPECT_EQ(coerce_integer(*parse_address("1.2.3.4")).as<std::int64_t>(), 16909060);
  EXPECT_EQ(coerce_integer(*parse_address("2001:db8::")).as<BigInt>().digits,
            "42540766411282592856903984951653826560");
  EXPECT_EQ(coerce_float(*parse_address("0.0.0.10")).as<double>(), 10.0);
  EXPECT_EQ(integer_text(*parse_address("0.0.0.0")), "0");
}

TEST(Scalar, ATupleIsTakenAsTheArgumentsOfAFormat) {
  EXPECT_EQ(coerce_uuid(Tuple{{Value("x")}}).as<std::string>(), "x");
  EXPECT_EQ(error_of([] { return coerce_uuid(Tuple{}); }), "TypeError");
  EXPECT_EQ(error_of([] { return coerce_uuid(Tuple{{Value("x"), Value("y")}}); }), "TypeError");
  EXPECT_EQ(error_of([] { return coerce_address(Tuple{}, 0, Where{"f"}); }), "TypeError");
}

}  // namespace
}  // namespace caravan
