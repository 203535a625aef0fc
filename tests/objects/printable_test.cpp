// What is read from elsewhere and shown: nothing in it reaches a terminal as a command.
#include "objects/base/printable.hpp"

#include <gtest/gtest.h>

#include "objects/base/json.hpp"
#include "objects/base/utf8.hpp"

namespace caravan {
namespace {

TEST(Printable, LeavesWhatPeopleWriteAsItIs) {
  for (const char* text :
       {"", "plain", "a\tb\nc", "käse → 日本語 ×3 …", "🐫 family: 👨‍👩‍👧", "back\\slash"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, SpellsControlCharactersOut) {
  EXPECT_EQ(printable("a \x1b[31mred\x1b[0m"), "a \\u001b[31mred\\u001b[0m");
  EXPECT_EQ(printable(std::string("nul \0 end", 9)), "nul \\u0000 end");
  EXPECT_EQ(printable("bell\x07 back\b del\x7f"), "bell\\u0007 back\\u0008 del\\u007f");
  EXPECT_EQ(printable("over\rwritten"), "over\\rwritten");
  EXPECT_EQ(printable("\x1b]0;title\x07"), "\\u001b]0;title\\u0007");
}

TEST(Printable, SpellsControlCharactersOfOneByteAndOfUtf8Out) {
  EXPECT_EQ(printable("csi \xc2\x9b"
                      "31m"),
            "csi \\u009b31m");  // U+009B
  EXPECT_EQ(printable("next line \xc2\x85"), "next line \\u0085");
  EXPECT_EQ(printable("csi \x9b"
                      "31m"),
            "csi \\x9b31m");  // a byte by itself
}

TEST(Printable, SpellsMarksOfDirectionAndSeparatorsOut) {
  EXPECT_EQ(printable("\u202Etxt.exe"), "\\u202etxt.exe");
  EXPECT_EQ(printable("\u2066a\u2069\u200F\u061C"), "\\u2066a\\u2069\\u200f\\u061c");
  EXPECT_EQ(printable("a\u2028b\u2029c"), "a\\u2028b\\u2029c");
  EXPECT_EQ(printable("\U000E0041"), "\\udb40\\udc41");
}

TEST(Printable, SpellsWhatIsNotUtf8OutByteByByte) {
  EXPECT_EQ(printable("ab\xff"), "ab\\xff");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(printable("\xc0\x80"), "\\xc0\\x80");           // overlong
  EXPECT_EQ(printable("cut \xe2\x86"), "cut \\xe2\\x86");
  EXPECT_EQ(printable("\xef\xbf\xbf"), "\\uffff");
}

TEST(Printable, KeepsALineALine) { EXPECT_EQ(one_line("a\nverdict: pass\tb"), "a\\nverdict: pass\\tb"); }

TEST(Printable, KeepsColoursOfOurOwnAndNoOtherSequence) {
  const Printing how{.lines = true, .ascii = false, .colour = true};
  EXPECT_EQ(printable("\x1b[1;31mfail\x1b[0m", how), "\x1b[1;31mfail\x1b[0m");
  EXPECT_EQ(printable("\x1b[2J \x1b[?25l \x1bM \x1b[31", how), "\\u001b[2J \\u001b[?25l \\u001bM \\u001b[31");
}

TEST(Printable, IsAsciiWhereTheLocaleIs) {
  const Printing how{.lines = true, .ascii = true, .colour = false};
  EXPECT_EQ(printable("kilo → liberty ×3 …", how), "kilo -> liberty x3 ...");
  EXPECT_EQ(printable("käse \xff 🐫", how), "k\\u00e4se \\xff \\ud83d\\udc2b");
}

TEST(Printable, LeavesTheValueOfAJsonText) {
  const Json value = {{"a\u202E", "\x1b[31m \x7f \u0085 \u2028 \U000E0041 ü"}};
  for (const bool ascii : {false, true})
    EXPECT_EQ(Json::parse(printable(value.dump(2), {.lines = true, .ascii = ascii, .colour = false})), value);
}

TEST(Utf8, FindsTheFirstByteThatDoesNotBelong) {
  EXPECT_EQ(utf8::invalid("caf\xc3\xa9 \xe2\x86\x92 \xf0\x9f\x90\xab"), std::string::npos);
  EXPECT_EQ(utf8::invalid("ab\xff"), 2U);
  EXPECT_EQ(utf8::invalid("ab\xc3"), 2U);
  EXPECT_EQ(utf8::invalid("\xc0\x80"), 0U);
  EXPECT_EQ(utf8::invalid("\xed\xa0\x80"), 0U);
}

}  // namespace
}  // namespace caravan
