// Strict JSON: what is read, what is refused, and where the error is said to be.
#include "objects/base/json_text.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "objects/base/error.hpp"
#include "objects/base/json_at.hpp"
#include "objects/base/nearest.hpp"

namespace caravan {
namespace {

std::string error_of(const std::string& text) {
  try {
    parse_json_strict(text, "f");
  } catch (const Error& error) {
    EXPECT_EQ(error.exit(), Exit::bad_request);
    return error.what();
  }
  return "no error";
}

TEST(JsonText, ReadsWhatTheLibraryReads) {
  for (const char* text :
       {"null", "true", " [1, -2, 3.5, 1e3, -0.0, 1E-2] ", R"({"b": 1, "a": {"c": []}})",
        R"("\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t é😀")", "18446744073709551615", "-9223372036854775808"}) {
    const Json expected = Json::parse(text), actual = parse_json_strict(text, "f");
    EXPECT_EQ(actual, expected) << text;
    EXPECT_EQ(actual.dump(), expected.dump()) << text;
    EXPECT_EQ(actual.type(), expected.type()) << text;
  }
  EXPECT_EQ(parse_json_strict("\xEF\xBB\xBF[]", "f"), Json::array());
}

TEST(JsonText, NamesLineAndColumnOfASyntaxError) {
  EXPECT_EQ(error_of("{\n  \"a\": 1\n  \"b\": 2\n}"), "f:3:3: '\"' where ',' or '}' was expected");
  EXPECT_EQ(error_of("[\"é😀\", x]"), "f:1:8: 'x' where a value was expected");
  EXPECT_EQ(error_of("[1, 2,]"), "f:1:7: ']' where a value was expected; is there a comma too many?");
  EXPECT_EQ(error_of("{\"a\": tru}"),
            "f:1:7: an unknown word where a value was expected; did you mean true?");
  EXPECT_EQ(error_of("{'a': 1}"), "f:1:2: ''' where a key in double quotes was expected");
  EXPECT_EQ(error_of("['a']"), "f:1:2: ''' where a value was expected; strings are written in double quotes");
  EXPECT_EQ(error_of("// x\n1"), "f:1:1: '/' where a value was expected; JSON has no comments");
  EXPECT_EQ(error_of("[1] 2"), "f:1:5: '2' after the end of the document");
}

TEST(JsonText, SaysThatAFileIsEmptyOrCutOff) {
  EXPECT_EQ(error_of(""), "f:1:1: the text is empty; one JSON value was expected");
  EXPECT_EQ(error_of(" \n "), "f:2:2: the text is empty; one JSON value was expected");
  EXPECT_EQ(error_of("{\"a\": [1, 2"), "f:1:12: the end of the text where ',' or ']' was expected");
  EXPECT_EQ(error_of("{\"a\":"), "f:1:6: the text ends where a value was expected; it may have been cut off");
  EXPECT_EQ(error_of("[\n\"abc"), "f:2:1: this string has no end");
}

TEST(JsonText, RefusesTheSameKeyTwice) {
  EXPECT_EQ(error_of("{\"a\": 1,\n \"b\": 2, \"a\": 3}"),
            "f:2:10: the key \"a\" appears twice in one object");
  EXPECT_EQ(error_of("{\"a\": 1, \"\\u0061\": 3}"), "f:1:10: the key \"a\" appears twice in one object");
  EXPECT_EQ(error_of("[{\"a\": 1}, {\"a\": 1}]"), "no error");
}

TEST(JsonText, RefusesWhatIsNotUtf8) {
  EXPECT_EQ(error_of("[\"\xff\"]"), "f:1:3: byte 0xff is not valid UTF-8; save it as UTF-8");
  for (const char* bad :
       {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80", "\xf0\x80\x80\x80"}) {
    EXPECT_NE(error_of(std::string("\"") + bad + "\"").find("not valid UTF-8"), std::string::npos);
  }
  EXPECT_NE(error_of(std::string("\xff\xfe{\0}\0", 6)).find("looks like UTF-16"), std::string::npos);
  EXPECT_EQ(error_of("\"\\ud800\""), "f:1:2: half of a surrogate pair in a string");
}

TEST(JsonText, RefusesNumbersThatJsonOrTheMachineCannotHold) {
  EXPECT_EQ(error_of("18446744073709551616"), "f:1:1: the number 18446744073709551616 is out of range");
  EXPECT_EQ(error_of("[1e999]"), "f:1:2: the number 1e999 is out of range");
  EXPECT_EQ(error_of("01"), "f:1:1: a number with a leading zero; did you mean a string?");
  EXPECT_EQ(error_of("-"), "f:1:1: a number without digits");
  EXPECT_EQ(error_of("1."), "f:1:1: a number that ends in a point");
  EXPECT_EQ(error_of("1e"), "f:1:1: a number with an empty exponent");
}

TEST(JsonText, RefusesNestingBeyondTheLimitAndNotBefore) {
  const auto nested = [](int levels) {
    return std::string(static_cast<std::size_t>(levels), '[') +
           std::string(static_cast<std::size_t>(levels), ']');
  };
  EXPECT_EQ(error_of(nested(200)), "no error");
  EXPECT_EQ(error_of(nested(201)), "f:1:201: nested deeper than 200 levels");
  EXPECT_EQ(error_of(std::string(1000000, '[')), "f:1:201: nested deeper than 200 levels");
  EXPECT_NE(error_of(std::string(json_text_limit + 1, ' ')).find("more than the 67108864 that are read"),
            std::string::npos);
}

TEST(JsonText, OfManyKeysIsReadInTimeThatGrowsEvenly) {
  std::string text = "{";
  for (int i = 0; i < 200000; ++i) text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
  EXPECT_EQ(parse_json_strict(text + "}", "f").size(), 200000U);  // quadratic insertion would take minutes
}

TEST(TextFile, ThatIsMissingNamesTheNearestOne) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("caravan-json-text-test-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "kilo.json") << "{}";
  EXPECT_EQ(read_text_file(folder / "kilo.json"), "{}");
  const auto what = [&](const std::string& name) -> std::string {
    try {
      read_text_file(name.empty() ? folder : folder / name);
    } catch (const Error& error) {
      return error.message() + "; " + error.hint();
    }
    return "no error";
  };
  EXPECT_EQ(what("killo.json"), "no such file; did you mean \"kilo.json\"?");
  EXPECT_EQ(what("quite-another"), "no such file; ");
  EXPECT_EQ(what(""), "this is a folder, a file was expected; ");
  std::filesystem::remove_all(folder);
}

TEST(Nearest, IsWhatWasProbablyMeantOrNothing) {
  const std::vector<std::string> names = {"engine",  "conductor", "api",
                                          "liberty", "is_public", "is_protected"};
  EXPECT_EQ(nearest("enigne", names), "engine");
  EXPECT_EQ(nearest("Conductor", names), "conductor");
  EXPECT_EQ(nearest("apii", names), "api");
  EXPECT_EQ(nearest("is_publc", names), "is_public");
  EXPECT_EQ(nearest("lib", names), "liberty");
  EXPECT_EQ(nearest("xyzzy", names), "");
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(nearest("engine", {}), "");
  EXPECT_EQ(did_you_mean("enigne", names), "did you mean \"engine\"?");
  EXPECT_EQ(did_you_mean("xyzzy", {"a", "b"}), "known: a, b");
  EXPECT_EQ(did_you_mean("xyzzy", {}), "");
}

TEST(Place, OfAValueIsFoundInTheTextByItsPath) {
  const std::string text = "{\n  \"a,{\": [1, {\"x/y\": \"]\\\"\", \"z\":\n  true}],\n  \"b\": null\n}";
  const Json json = Json::parse(text);
  const JsonAt at(json, "f", text);
  EXPECT_EQ(at.member("b").place(), "f:4:8: /b");
  EXPECT_EQ(at.member("a,{").items()[1].member("z").place(), "f:3:3: /a,{/1/z");
  EXPECT_EQ(at.member("a,{").items()[1].member("x/y").place(), "f:2:22: /a,{/1/x~1y");
  EXPECT_EQ(JsonAt(json, "f").member("b").place(), "f: /b");
}

}  // namespace
}  // namespace caravan
