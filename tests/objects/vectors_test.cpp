// Every recorded case as a test of its own: same wire, same changes, same errors as the library.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <vector>

#include "tests/vectors/conformance.hpp"

namespace caravan::conformance {
namespace {

struct Case {
  std::shared_ptr<const VectorFile> file;
  std::size_t index;
  const Json& test() const { return file->cases().at(index); }
};

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const auto& file : vector_files(CARAVAN_SOURCE_DIR "/tests/vectors")) {
    for (std::size_t i = 0; i < file->cases().size(); ++i) cases.push_back({file, i});
  }
  return cases;
}

std::string case_name(const testing::TestParamInfo<Case>& info) {
  auto name = info.param.test().at("id").get<std::string>();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

void PrintTo(const Case& one, std::ostream* out) { *out << one.test().at("id").get<std::string>(); }

class Vectors : public testing::TestWithParam<Case> {};

TEST_P(Vectors, MatchTheLibrary) {
  const Outcome outcome = run_case(*GetParam().file, GetParam().test());
  // An accident of Python's that need not be matched is no failure; the program counts it.
  if (outcome.verdict == Outcome::Verdict::skipped) RecordProperty("quirk", outcome.why);
  EXPECT_NE(outcome.verdict, Outcome::Verdict::failed) << outcome.why << "\n" << GetParam().test().dump();
}

INSTANTIATE_TEST_SUITE_P(Recorded, Vectors, testing::ValuesIn(all_cases()), case_name);

TEST(VectorFiles, HoldEveryCategoryThatIsPromised) {
  std::vector<std::string> found;
  for (const auto& file : vector_files(CARAVAN_SOURCE_DIR "/tests/vectors")) {
    found.push_back(file->category());
    EXPECT_TRUE(is_known(found.back())) << file->where();
  }
  for (const char* category : {"backport", "changes", "fields", "fingerprint", "fingerprints-cinder",
                               "manifest", "registry", "remotable", "roundtrip", "serializer"}) {
    EXPECT_NE(std::find(found.begin(), found.end(), category), found.end()) << category;
  }
}

TEST(Comparison, TellsNumberTypesApart) {
  EXPECT_NE(difference(Json{{"v", 1}}, Json{{"v", 1.0}}), "");
  EXPECT_NE(difference(Json{{"v", 0.0}}, Json{{"v", -0.0}}), "");
  EXPECT_NE(difference(Json{{"v", true}}, Json{{"v", 1}}), "");
  EXPECT_EQ(difference(Json{{"v", 1}}, Json{{"v", 1U}}), "");
}

TEST(Comparison, SeesWhatIsTooMuchAndTooLittle) {
  const Json both{{"v", Json{{"a", 1}, {"b", 2}}}};
  const Json swapped{{"v", Json{{"b", 2}, {"a", 1}}}};
  const Json one{{"v", Json{{"a", 1}}}};
  EXPECT_EQ(difference(both, swapped), "");
  EXPECT_NE(difference(both, one), "");
  EXPECT_NE(difference(one, both), "");
}

TEST(Comparison, AnErrorWhereAValueWasExpectedDiffers) {
  EXPECT_NE(difference(Json{{"v", 1}}, error_json(ObjectError("ValueError", "no"))), "");
  const Json wanted{
      {"error", Json{{"type", "KeyTypeError"}, {"mro", Json::array({"KeyTypeError", "TypeError"})}}}};
  EXPECT_EQ(difference(wanted, error_json(ObjectError("TypeError", "no"))), "");
  EXPECT_NE(difference(wanted, error_json(ObjectError("ValueError", "no"))), "");
}

}  // namespace
}  // namespace caravan::conformance
