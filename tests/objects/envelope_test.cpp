// Messages of programs that nobody knows: refused with their place before anything is built from them.
#include "objects/model/envelope.hpp"

#include <gtest/gtest.h>

#include <string>

#include "objects/base/error.hpp"

namespace caravan {
namespace {

std::string refusal(const std::string& arguments) {
  try {
    (void)decode(R"({"kind":"call","args":)" + arguments + "}");
    return "taken";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Messages, AreReadStrictly) {
  EXPECT_EQ(refusal(R"({"a":[1,"two"]})"), "taken");
  EXPECT_EQ(refusal(R"({"a":)" + std::string(300'000, '[') + std::string(300'000, ']') + "}"),
            "message:1:226: nested deeper than 200 levels");
  EXPECT_EQ(refusal(R"({"a":1,"a":2})"), R"(message:1:30: the key "a" appears twice in one object)");
  EXPECT_EQ(refusal("{\"a\":\"\xc3\"}").substr(0, 49), "message:1:29: byte 0xc3 is not valid UTF-8; save ");
  EXPECT_EQ(refusal(R"({"a":NaN})").substr(0, 14), "message:1:28: ");
  EXPECT_EQ(refusal(R"({"a":18446744073709551616})"),
            "message:1:28: the number 18446744073709551616 is out of range");
}

}  // namespace
}  // namespace caravan
