// Lint asks recorded conversions through the same interface: what real code did is judged by the same
// promises.
#include "objects/catalog_loader.hpp"
#include "objects/recorded_conversions.hpp"
#include "reports/samples.hpp"
#include "tests/reports/lint_shelf.hpp"

namespace caravan::shelf {
namespace {

/// Writes down every answer of other conversions.
class Recorder final : public Conversions {
 public:
  explicit Recorder(const Conversions& code) : code_(code) {}
  Conversion backport(const Json& primitive, const Version& target, const Versions& manifest) const override {
    auto result = code_.backport(primitive, target, manifest);
    add(false, primitive, target, manifest, result);
    return result;
  }
  Conversion forward(const Json& primitive, const Version& target) const override {
    auto result = code_.forward(primitive, target);
    add(true, primitive, target, {}, result);
    return result;
  }
  std::vector<Json> samples(const std::string&, const Version&) const override { return {}; }
  std::vector<RecordedConversion> records() const { return records_; }

 private:
  void add(bool forward, const Json& primitive, const Version& target, const Versions& manifest,
           const Conversion& result) const {
    RecordedConversion record;
    record.object = primitive.at("versioned_object.name").get<std::string>();
    record.from = Version(primitive.at("versioned_object.version").get<std::string>());
    record.target = target;
    record.forward = forward;
    record.manifest = manifest;
    record.input = primitive;
    record.output = result.primitive;
    record.kind = result.kind;
    record.error = result.error;
    records_.push_back(record);
  }
  const Conversions& code_;
  mutable std::vector<RecordedConversion> records_;
};

std::vector<RecordedConversion> recording(const Catalog& catalog) {
  const DeclaredConversions code(catalog);
  const Recorder recorder(code);
  lint(catalog, {}, recorder);
  return recorder.records();
}

/// Contracts only: nothing of the code is known but the recording.
Catalog without_rules(Catalog catalog) {
  for (auto& spec : catalog.classes) {
    spec.compat.reset();
    spec.forward.clear();
  }
  return catalog;
}

LintReport judge(const std::vector<RecordedConversion>& records) {
  return lint(without_rules(load(files())), {}, RecordedConversions(records, "versioned_object"));
}

RecordedConversion& pick(std::vector<RecordedConversion>& records, const char* target, const Json& data) {
  for (auto& record : records)
    if (!record.forward && record.object == "Shelf" && record.from.text() == "1.1" &&
        record.target.text() == target && record.input.at("versioned_object.data") == data)
      return record;
  throw std::out_of_range(data.dump());
}

TEST(RecordedConversions, OfCorrectCodeAreClean) {
  const auto records = recording(load(files()));
  const auto report = judge(records);
  EXPECT_EQ(ids(report), std::vector<std::string>{}) << render(report, "text");
  EXPECT_GT(report.conversions, 300);
  EXPECT_EQ(report.pairs, 4);
}

TEST(RecordedConversions, SurviveTheirFile) {
  const Catalog catalog = load(files());
  const auto records = recording(catalog);
  const std::string text = to_json(records).dump(1);
  const auto read = load_conversions_text(text, "recording.json", catalog);
  EXPECT_EQ(to_json(read).dump(1), text);
  EXPECT_EQ(ids(judge(read)), std::vector<std::string>{});
}

TEST(RecordedConversions, OneChangedOutputIsFound) {
  auto records = recording(load(files()));
  pick(records, "1.0", Json{{"width", 7}}).output["versioned_object.data"]["width"] = 7;
  const auto report = judge(records);
  ASSERT_EQ(ids(report), std::vector<std::string>{"leaked-field/Shelf.width/1.1-1.0"})
      << render(report, "text");
  // The suggestion says what rule would do it, though there are none.
  EXPECT_EQ(report.findings.front().suggestion->patch.at(0).at("value"),
            Json::parse(R"([{"below": "1.1", "op": "remove", "field": "width"}])"));
}

TEST(RecordedConversions, OneCrashIsFound) {
  auto records = recording(load(files()));
  auto& record = pick(records, "1.0", Json{{"note", nullptr}});
  record.kind = Conversion::Kind::crashed;
  record.error = "TypeError: object of type 'NoneType' has no len()";
  const auto report = judge(records);
  ASSERT_EQ(report.findings.size(), 1U) << render(report, "text");
  EXPECT_EQ(report.findings.front().type, "crash");
  EXPECT_EQ(report.findings.front().after, record.error);
}

TEST(RecordedConversions, OneNeedlessRefusalIsFound) {
  auto records = recording(load(files()));
  auto& record = pick(records, "1.0", Json{{"room", 7}});
  record.kind = Conversion::Kind::refused;
  record.error = "ObjectActionError: room not representable";
  EXPECT_EQ(ids(judge(records)), std::vector<std::string>{"needless-refusal/Shelf.room/1.1-1.0"});
}

TEST(RecordedConversions, OneWrongStampIsFound) {
  auto records = recording(load(files()));
  pick(records, "1.0", Json{{"room", 7}}).output["versioned_object.version"] = "1.1";
  EXPECT_EQ(ids(judge(records)), std::vector<std::string>{"wrong-stamp/Shelf/1.1-1.0"});
}

TEST(RecordedConversions, OneLostMarkIsFound) {
  auto records = recording(load(files()));
  pick(records, "1.0", Json{{"room", 7}}).output.erase("versioned_object.changes");
  EXPECT_EQ(ids(judge(records)), std::vector<std::string>{"wrong-changes/Shelf.room/1.1-1.0"});
}

TEST(RecordedConversions, WhatWasNotRecordedIsUnknownAndNoFinding) {
  auto records = recording(load(files()));
  records.resize(records.size() / 2);
  const auto report = judge(records);
  EXPECT_EQ(ids(report), std::vector<std::string>{}) << render(report, "text");
  EXPECT_GT(report.unknown, 0);
  EXPECT_EQ(ids(judge({})), std::vector<std::string>{});
  EXPECT_EQ(judge({}).conversions, 0);
}

TEST(RecordedConversions, AreReadStrictly) {
  const Catalog catalog = load(files());
  const auto complaint = [&](const std::string& conversion) {
    try {
      load_conversions_text(
          "{\"format\": \"caravan-conversions/1\",\n \"conversions\": [" + conversion + "]}",
          "recording.json", catalog);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  const std::string input = R"("input": {"versioned_object.name": "Box", "versioned_object.namespace":
    "versionedobjects", "versioned_object.version": "1.1", "versioned_object.data": {"id": "b"}})";
  EXPECT_EQ(complaint(R"({"object": "Box", "from": "1.1", "target": "1.0", )" + input +
                      R"(, "crash": "KeyError"})"),
            "nothing");
  EXPECT_EQ(complaint(R"({"object": "Bx", "from": "1.1", "target": "1.0"})"),
            "recording.json:2:29: /conversions/0/object: unknown object \"Bx\"; did you mean \"Box\"?");
  EXPECT_THAT(complaint(R"({"object": "Box", "from": "1.1", "target": "1.0", )" + input + "}"),
              ::testing::HasSubstr("one of \"output\", \"refusal\" and \"crash\""));
  EXPECT_THAT(
      complaint(R"({"object": "Box", "from": "1.0", "target": "1.1", )" + input + R"(, "crash": "x"})"),
      ::testing::HasSubstr("/conversions/0/target: 1.1 is newer than 1.0"));
  EXPECT_THAT(complaint(R"({"object": "Box", "from": "1.1", "target": "1.0", "outptu": {}})"),
              ::testing::HasSubstr("unknown key \"outptu\"; did you mean \"output\"?"));
  EXPECT_THAT(
      complaint(R"({"object": "Shelf", "from": "1.1", "target": "1.0", )" + input + R"(, "crash": "x"})"),
      ::testing::HasSubstr("a primitive of Shelf was expected"));
}

/// The verdict comes from contracts: the same wrong rule is right when the contract says so.
TEST(LintVerdicts, DoNotComeFromRules) {
  const Catalog right = load(files());
  Files other = files();
  backport_of(other["Shelf.json"], "map_value", "info.state")["map"] = Json::parse(R"([["LENT", "IN"]])");
  const Catalog wrong = load(other);
  // Rules changed by hand, contract unchanged.
  EXPECT_EQ(ids(lint(right, {}, DeclaredConversions(wrong))),
            std::vector<std::string>{"changed-value/Shelf.info/1.1-1.0"});
  // Contract changed by hand, rules unchanged.
  Files promised = files();
  in(promised["Shelf.json"]["contracts"], "field", "info")["seen_as"][0]["as"] = "IN";
  EXPECT_EQ(ids(lint(load(promised), {}, DeclaredConversions(right))),
            std::vector<std::string>{"changed-value/Shelf.info/1.1-1.0"});
  // Both.
  EXPECT_EQ(ids(lint(load(promised), {}, DeclaredConversions(wrong))), std::vector<std::string>{});
}

/// Code that edits what it was given.
class Careless final : public Conversions {
 public:
  explicit Careless(const Conversions& code) : code_(code) {}
  Conversion backport(const Json& primitive, const Version& target, const Versions& manifest) const override {
    auto result = code_.backport(primitive, target, manifest);
    auto& data = const_cast<Json&>(primitive)["versioned_object.data"];  // NOLINT: that is the point
    if (target.text() == "1.0") data.erase("width");
    return result;
  }
  Conversion forward(const Json& primitive, const Version& target) const override {
    return code_.forward(primitive, target);
  }
  std::vector<Json> samples(const std::string&, const Version&) const override { return {}; }

 private:
  const Conversions& code_;
};

TEST(LintVerdicts, NameASenderWhoseOwnObjectWasChanged) {
  const Catalog catalog = load(files());
  const DeclaredConversions code(catalog);
  EXPECT_THAT(ids(lint(catalog, {}, Careless(code))), ::testing::Contains("sender-changed/Shelf/1.1-1.0"));
}

}  // namespace
}  // namespace caravan::shelf
