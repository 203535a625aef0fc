// The text that is written without a document is the text of the document.
#include "objects/model/object_text.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "objects/base/error.hpp"
#include "objects/loader/loader.hpp"
#include "tests/objects/sample.hpp"
#include "tests/vectors/conformance.hpp"

namespace caravan {
namespace {

std::string text_or_error(const Object& object, bool direct) {
  try {
    return direct ? object_text(object) : object.to_primitive().dump();
  } catch (const ObjectError& error) {
    return error.type + ": " + error.what();
  }
}

TEST(ObjectText, IsTheDumpOfThePrimitiveForEveryRecordedObject) {
  int compared = 0;
  for (const auto& file : conformance::vector_files(CARAVAN_SOURCE_DIR "/tests/vectors")) {
    for (const Json& test : file->cases()) {
      if (!test.contains("object") || !test.at("object").contains("$object")) continue;
      const auto registry = file->registry(test.at("catalog").get<std::string>());
      std::optional<Object> object;
      try {
        object = build_object(test.at("object").at("$object"), registry);
      } catch (const ObjectError&) {
        continue;  // the case is about that
      }
      EXPECT_EQ(text_or_error(*object, true), text_or_error(*object, false)) << test.at("id");
      ++compared;
    }
  }
  EXPECT_GT(compared, 500);
}

Json reversed(const Json& value) {
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& item : value) out.push_back(reversed(item));
    return out;
  }
  if (!value.is_object()) return value;
  Json out = Json::object();
  for (auto item = value.end(); item != value.begin();) {
    --item;
    out[item.key()] = reversed(item.value());
  }
  return out;
}

std::string outcome(const std::function<Object()>& read) {
  try {
    return describe_object(read()).dump();
  } catch (const ObjectError& error) {
    return error.type + ": " + error.what();
  }
}

TEST(ObjectText, GivesWhatItsDocumentGivesHoweverItIsWritten) {
  int compared = 0;
  for (const auto& file : conformance::vector_files(CARAVAN_SOURCE_DIR "/tests/vectors")) {
    for (const Json& test : file->cases()) {
      const Json& expect = test.contains("expect") ? test.at("expect") : Json();
      const Json& primitive =
          test.contains("primitive") ? test.at("primitive") : expect.value("primitive", Json());
      if (!primitive.is_object() || !test.contains("catalog")) continue;
      const auto registry = file->registry(test.at("catalog").get<std::string>());
      const std::string wanted = outcome([&] { return Object::from_primitive(registry, primitive); });
      const Json backwards = reversed(primitive);
      for (const std::string& text : {primitive.dump(), primitive.dump(2), backwards.dump()}) {
        EXPECT_EQ(outcome([&] { return object_from_text(registry, text, "text"); }),
                  text == backwards.dump()
                      ? outcome([&] { return Object::from_primitive(registry, backwards); })
                      : wanted)
            << text;
      }
      ++compared;
    }
  }
  EXPECT_GT(compared, 700);
}

TEST(ObjectText, EscapesAsTheDumpDoes) {
  Object made = Object::create(sample::registry(), "Run");
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  for (const std::string& text :
       {all, std::string("\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xaa"), std::string("eight to"),
        std::string("eight \"o"), std::string(15, 'x') + "\\", std::string(7, 'x') + "\x1f", std::string()}) {
    made.set("info", Json{{text, Json::array({text, 1, nullptr})}});
    EXPECT_EQ(object_text(made), made.to_primitive().dump());
    const Object again = object_from_text(sample::registry(), object_text(made), "text");
    EXPECT_EQ(again.get("info"), made.get("info"));
  }
}

TEST(ObjectText, IsReadStrictly) {
  const auto where = [](const std::string& text) {
    try {
      (void)object_from_text(sample::registry(), text, "message");
    } catch (const Error& error) {
      return error.where();
    }
    return std::string("read");
  };
  const std::string good = object_text(Object::create(sample::registry(), "Run"));
  EXPECT_EQ(where(good), "read");
  EXPECT_EQ(where(good.substr(0, good.size() - 1)), "message:1:" + std::to_string(good.size()));
  EXPECT_EQ(where(std::string(10'000, '[') + std::string(10'000, ']')), "message:1:201");
  EXPECT_EQ(where(R"({"a":1,"a":2})"), "message:1:8");
  EXPECT_EQ(where("{\"a\":\"\xff\"}"), "message:1:7");
  EXPECT_EQ(where(R"({"a":NaN})"), "message:1:6");
  EXPECT_EQ(where(R"({"a":18446744073709551616})"), "message:1:6");
}

TEST(Numbers, ThatJsonCannotCarryAreRefusedWhereTheyEnter) {
  const auto registry =
      Registry::from(load_catalog(Json::parse(R"({"classes": [{"name": "N", "version": "1.0", "fields": [
        {"name": "i", "type": "Integer"}, {"name": "f", "type": "List", "element": {"type": "Float"}},
        {"name": "any", "type": "Json"}]}]})"),
                                  "numbers"));
  const auto error = [&registry](const char* field, const Json& wire) {
    Object made = Object::create(registry, "N");
    try {
      made.set(field, wire);
    } catch (const ObjectError& refusal) {
      EXPECT_FALSE(made.is_set(field));
      return refusal.type;
    }
    return made.get(field) == wire ? std::string("kept") : "changed";
  };
  EXPECT_EQ(error("i", INT64_MAX), "kept");
  EXPECT_EQ(error("i", UINT64_MAX), "OverflowError");
  EXPECT_EQ(error("i", "123456789012345678901234567890"), "OverflowError");
  EXPECT_EQ(error("f", Json::array({1.5, "nan"})), "OverflowError");
  EXPECT_EQ(error("f", Json::array({"-inf"})), "OverflowError");
  EXPECT_EQ(error("any", UINT64_MAX), "kept");
}

}  // namespace
}  // namespace caravan
