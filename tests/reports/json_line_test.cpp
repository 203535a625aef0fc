// The quick reader of a recording's lines takes what the strict one takes, as the same values, and nothing
// else.
#include "reports/recording/json_line.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

#include "objects/base/error.hpp"
#include "tests/property.hpp"

namespace caravan::reports {
namespace {

using test::holds;

/// As many bytes as the line has, so that a sanitizer sees whoever reads further.
std::optional<Json> quickly(const std::string& line) {
  const std::vector<char> bytes(line.begin(), line.end());
  const std::string_view all(bytes.data(), bytes.size());
  return LineReader(all).read(all);
}

/// The text of a value and of the kinds of its numbers; "refused" if there is none.
std::string seen(const std::optional<Json>& json) {
  if (!json) return "refused";
  const auto kind = [](const Json& value) {
    if (value.is_number_float()) return ".";
    return value.is_number_unsigned() && value != 0 ? "+" : "";  // -0 is 0
  };
  std::string out = json->dump(-1, ' ', false, Json::error_handler_t::replace);
  const Json flat = json->flatten();
  for (const auto& item : flat.items())
    out += fmt::format(" {}{}", item.value().type_name(), kind(item.value()));
  return out;
}

std::string strictly(const std::string& line) {
  try {
    return seen(read_strictly(line, "f", 1, 0));
  } catch (const Error&) {
    return "refused";
  }
}

rc::Gen<std::string> json_text(int depth) {
  const auto leaf = rc::gen::element<std::string>(
      "null", "true", "false", "0", "-0", "7", "-7", "9223372036854775807", "9223372036854775808",
      "18446744073709551615", "18446744073709551616", "-9223372036854775808", "-9223372036854775809", "1.5",
      "-0.0", "1e3", "1e400", "01", "1.", "\"\"", "\"a\"", R"("\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t")",
      R"("\ud83d")", R"("\x")", "\"\xC3\xA9\"", "\"\xFF\"", "\"\x01\"", "{}", "[]", "nul", "");
  if (depth == 0) return leaf;
  return rc::gen::exec([leaf, depth] {
    const int what = *rc::gen::inRange(0, 5);
    if (what == 0) return *leaf;
    std::vector<std::string> items;
    const int count = *rc::gen::inRange(0, 4);
    for (int i = 0; i < count; ++i) {
      const std::string key =
          what < 3 ? fmt::format("\"{}\": ", *rc::gen::element<std::string>("a", "b", "c", R"(\u0061)", ""))
                   : "";
      items.push_back(key + *json_text(depth - 1));
    }
    return fmt::format(fmt::runtime(what < 3 ? "{{{}}}" : "[{}]"), fmt::join(items, ", "));
  });
}

TEST(JsonLine, IsReadQuicklyAsItIsReadStrictly) {
  holds([] {
    const std::string text = *json_text(4);
    RC_LOG() << text << "\n";
    RC_ASSERT(seen(quickly(text)) == strictly(text));
  });
}

TEST(JsonLine, WithOneKeyTwiceInAnObjectIsRefusedByBothReaders) {
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += fmt::format("\"k{}\":{},", i, i);
  for (const std::string& text : {std::string(R"({"a":1,"b":2,"a":3})"),
                                  std::string(R"([{"x":{"a":1,"\u0061":1}}])"), many + "\"k50\":1}"}) {
    EXPECT_EQ(seen(quickly(text)), "refused") << text;
    EXPECT_EQ(strictly(text), "refused") << text;
  }
  EXPECT_NE(seen(quickly(many + "\"k100\":1}")), "refused");
}

TEST(JsonLine, IsReadToTheSameDepthByBothReaders) {
  for (const std::size_t deep : {399U, 400U, 401U, 5000U}) {
    const std::string text = std::string(deep, '[') + std::string(deep, ']');
    EXPECT_EQ(quickly(text).has_value(), deep <= 400) << deep;
    EXPECT_EQ(strictly(text) != "refused", deep <= 400) << deep;
  }
}

}  // namespace
}  // namespace caravan::reports
