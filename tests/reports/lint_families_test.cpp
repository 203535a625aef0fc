// A child that was bumped while its parent was not: each release's own tree of versions is asked, and
// whatever nobody recorded is unknown.
#include "objects/loader/loader.hpp"
#include "tests/reports/lint_recorder.hpp"
#include "tests/reports/lint_shelf.hpp"

namespace caravan::lint::shelf {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string release(const std::string& name, const std::string& manifest) {
  return R"({"name": ")" + name + R"(", "title": "x", "manifest": {)" + manifest + "}}";
}

/// Dads, Mums and Grans hold Kids; a Kid holds Toys. `b` and `c` come with 1.1 and 1.2.
Catalog family(const std::vector<std::string>& releases) {
  const auto versions = [](const std::string& name, const std::string& more) {
    std::string out;
    for (const char* version : {"1.0", "1.1", "1.2"}) {
      const std::string at = version;
      out += R"({"name": ")" + name + R"(", "version": ")" + at +
             R"(", "fields": [{"name": "a", "type": "Integer"})" + more;
      if (at != "1.0") out += R"(, {"name": "b", "type": "Integer", "nullable": true})";
      if (at == "1.2") out += R"(, {"name": "c", "type": "Integer", "nullable": true})";
      out += R"(], "compat": {"rules": [{"below": "1.2", "op": "remove", "field": "c"},
                                        {"below": "1.1", "op": "remove", "field": "b"}]}},)";
    }
    return out;
  };
  std::string text =
      R"({"format": "caravan-catalog/1", "classes": [)" + versions("Toy", "") +
      versions("Kid", R"(, {"name": "toy", "type": "Object", "class": "Toy", "nullable": true})") +
      versions("Mum", R"(, {"name": "kids", "type": "ListOfObjects", "class": "Kid"})") +
      versions("Dad", R"(, {"name": "kid", "type": "Object", "class": "Kid"})");
  text.back() = ']';
  text += R"(, "releases": [)";
  for (std::size_t i = 0; i < releases.size(); ++i) {
    Json one = Json::parse(releases[i]);
    one["index"] = i;
    text += (i > 0 ? "," : "") + one.dump();
  }
  return load_catalog(Json::parse(text + "]}"), "family");
}

LintReport judge(const Catalog& catalog, const std::vector<RecordedConversion>& records) {
  return lint::lint(catalog, {}, RecordedConversions(records, "versioned_object"));
}

/// Every primitive of `object` within is at `version` again, with what came out: nobody converted it.
void keep(Json& out, const Json& in, const std::string& object) {
  if (!out.is_structured()) return;
  if (out.is_object() && out.contains("versioned_object.name") && out["versioned_object.name"] == object) {
    out = in;
    return;
  }
  if (out.is_object())
    for (const auto& item : out.items())
      if (in.is_object() && in.contains(item.key())) keep(out[item.key()], in[item.key()], object);
  if (out.is_array())
    for (std::size_t i = 0; i < out.size() && i < in.size(); ++i) keep(out[i], in[i], object);
}

struct Bumps {
  const char* name;
  std::vector<std::string> releases;
  const char* careless;  ///< whose conversion hands the child on as it is
  const char* child;
};
void PrintTo(const Bumps& bumps, std::ostream* out) { *out << bumps.name; }

std::vector<Bumps> bumps() {
  const std::string rest = R"("Toy": "1.0", )";
  return {
      {"AChild",
       {release("r0", rest + R"("Kid": "1.0", "Dad": "1.0")"),
        release("r1", rest + R"("Kid": "1.1", "Dad": "1.0")")},
       "Dad",
       "Kid"},
      {"AListOfChildren",
       {release("r0", rest + R"("Kid": "1.0", "Mum": "1.0")"),
        release("r1", rest + R"("Kid": "1.1", "Mum": "1.0")")},
       "Mum",
       "Kid"},
      {"AGrandchild",
       {release("r0", R"("Toy": "1.0", "Kid": "1.0", "Dad": "1.0")"),
        release("r1", R"("Toy": "1.1", "Kid": "1.0", "Dad": "1.0")")},
       "Dad",
       "Toy"},
      {"AChildTwice",
       {release("r0", rest + R"("Kid": "1.0", "Dad": "1.0")"),
        release("r1", rest + R"("Kid": "1.1", "Dad": "1.0")"),
        release("r2", rest + R"("Kid": "1.2", "Dad": "1.0")")},
       "Dad",
       "Kid"},
      {"AChildAndThenItsParent",
       {release("r0", rest + R"("Kid": "1.0", "Dad": "1.0")"),
        release("r1", rest + R"("Kid": "1.1", "Dad": "1.0")"),
        release("r2", rest + R"("Kid": "1.1", "Dad": "1.1")")},
       "Dad",
       "Kid"},
      {"AChildOfTwoParents",
       {release("r0", rest + R"("Kid": "1.0", "Mum": "1.0", "Dad": "1.0")"),
        release("r1", rest + R"("Kid": "1.1", "Mum": "1.0", "Dad": "1.1")")},
       "Mum",
       "Kid"},
  };
}

class Bumped : public testing::TestWithParam<Bumps> {
 protected:
  const Catalog catalog = family(GetParam().releases);
  const std::vector<RecordedConversion> records = recording(catalog);
};

TEST_P(Bumped, AWholeRecordingOfCorrectCodeIsCleanAndKnown) {
  const auto report = judge(catalog, records);
  EXPECT_THAT(ids(report), IsEmpty()) << render(report, "text");
  EXPECT_THAT(report.unrecorded, IsEmpty()) << render(report, "text");
}

TEST_P(Bumped, EachConversionThatHandsItsChildOnIsFound) {
  int tried = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].object != GetParam().careless || records[i].forward) continue;
    auto changed = records;
    for (auto& one : changed)  // the same may have been asked twice
      if (one.forward == records[i].forward && one.target == records[i].target &&
          one.input == records[i].input && one.manifest == records[i].manifest)
        keep(one.output, one.input, GetParam().child);
    if (changed[i].output == records[i].output) continue;
    ++tried;
    const auto report = judge(catalog, changed);
    EXPECT_THAT(ids(report), Contains(HasSubstr("children-not-converted/"))) << changed[i].input;
  }
  EXPECT_GE(tried, static_cast<int>(GetParam().releases.size()) - 1);
}

TEST_P(Bumped, WhatIsTakenOutOfTheRecordingIsNamed) {
  for (const char* object : {"Toy", "Kid", "Mum", "Dad"})
    for (const bool forward : {false, true}) {
      auto less = records;
      less.erase(std::remove_if(less.begin(), less.end(),
                                [&](const RecordedConversion& one) {
                                  return one.object == object && one.forward == forward;
                                }),
                 less.end());
      if (less.size() == records.size()) continue;
      const auto report = judge(catalog, less);
      EXPECT_THAT(ids(report), IsEmpty()) << render(report, "text");
      // What travels in others is known from these.
      const bool within = std::string(object) == "Kid" || std::string(object) == "Toy";
      EXPECT_TRUE(within || !report.unrecorded.empty()) << object << " " << render(report, "text");
    }
}

TEST_P(Bumped, WithoutItsSamplesOneReleaseIsUnknown) {
  // All that the newest release sends.
  const auto newest = Json::parse(GetParam().releases.back())["manifest"];
  auto less = records;
  less.erase(std::remove_if(less.begin(), less.end(),
                            [&](const RecordedConversion& one) {
                              const auto held = held_versions(one.input, "versioned_object");
                              const auto child = held.find(GetParam().child);
                              return child != held.end() &&
                                     child->second.count(newest[GetParam().child].get<std::string>()) != 0;
                            }),
             less.end());
  const auto report = judge(catalog, less);
  EXPECT_THAT(ids(report), IsEmpty()) << render(report, "text");
  EXPECT_THAT(report.unrecorded, Not(IsEmpty())) << render(report, "text");
}

INSTANTIATE_TEST_SUITE_P(Only, Bumped, testing::ValuesIn(bumps()),
                         [](const auto& given) { return std::string(given.param.name); });

/// The smallest: two releases, one conversion.
TEST(ABumpedChild, IsAskedForAsTheNewerReleaseSendsIt) {
  const Catalog catalog = load_catalog(Json::parse(R"({"format": "caravan-catalog/1", "classes": [
      {"name": "Kid", "version": "1.0", "fields": [{"name": "a", "type": "Integer"}]},
      {"name": "Kid", "version": "1.1", "fields": [{"name": "a", "type": "Integer"}, {"name": "b", "type": "Integer"}]},
      {"name": "Dad", "version": "1.0", "fields": [{"name": "kid", "type": "Object", "class": "Kid"}]}],
      "releases": [{"name": "old", "title": "old", "index": 0, "manifest": {"Kid": "1.0", "Dad": "1.0"}},
                   {"name": "new", "title": "new", "index": 1, "manifest": {"Kid": "1.1", "Dad": "1.0"}}]})"),
                                       "family");
  const std::string dad =
      R"({"versioned_object.name": "Dad", "versioned_object.namespace": "versionedobjects",
    "versioned_object.version": "1.0", "versioned_object.data": {"kid": {"versioned_object.name": "Kid",
    "versioned_object.namespace": "versionedobjects", "versioned_object.version": "1.1",
    "versioned_object.data": {"a": 1, "b": 2}}}})";
  for (const bool manifest : {false, true}) {
    const auto records = load_conversions_text(
        R"({"format": "caravan-conversions/1", "conversions": [{"object": "Dad", "from": "1.0", "target": "1.0",)" +
            std::string(manifest ? R"("manifest": {"Dad": "1.0", "Kid": "1.0"},)" : "") + R"("input": )" +
            dad + R"(, "output": )" + dad + "}]}",
        "r.json", catalog);
    const auto report = judge(catalog, records);
    ASSERT_THAT(ids(report), ElementsAre("children-not-converted/Dad.kid/1.0-1.0")) << manifest;
    EXPECT_THAT(report.findings.front().hurts,
                ElementsAre(std::pair<std::string, std::string>("new", "old")));
  }
}

}  // namespace
}  // namespace caravan::lint::shelf
