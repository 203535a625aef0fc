// Lint asks recorded conversions through the same interface: what real code did is judged by the same
// promises.
#include "objects/conversions/recorded.hpp"
#include "objects/loader/loader.hpp"
#include "reports/lint/samples.hpp"
#include "tests/reports/lint_recorder.hpp"
#include "tests/reports/lint_shelf.hpp"

namespace caravan::lint::shelf {
namespace {

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
  EXPECT_TRUE(report.unrecorded.empty()) << render(report, "text");
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

/// A flavor of 1.1 has a field more, which may not be null. One conversion is all that is recorded.
Catalog flavors(bool gone) {
  Files all;
  all["releases.json"] = Json::parse(R"({"format": "caravan-releases/1", "objects": ["Flavor"], "releases": [
    {"name": "havana", "title": "Havana", "manifest": {"Flavor": "1.0"}},
    {"name": "rocky", "title": "Rocky", "manifest": {"Flavor": "1.1"}}]})");
  all["Flavor.json"] = Json::parse(R"({"format": "caravan-class/1", "name": "Flavor",
    "versions": {"1.0": "havana", "1.1": "rocky"},
    "fields": [{"name": "id", "type": "String"}, {"name": "note", "type": "String", "nullable": true}]})");
  Json field = {{"name", "is_public"}, {"type", "Boolean"}, {gone ? "until" : "since", "1.1"}};
  all["Flavor.json"]["fields"].push_back(field);
  return load(all);
}
std::vector<std::string> one_conversion(const Catalog& catalog, bool forward, const std::string& more_in,
                                        const std::string& more_out) {
  const auto flavor = [](const char* version, const std::string& more) {
    return std::string(
               R"({"versioned_object.name": "Flavor", "versioned_object.namespace": "versionedobjects",
      "versioned_object.version": ")") +
           version + R"(", "versioned_object.data": {"id": "a")" + more + "}}";
  };
  const char *from = forward ? "1.0" : "1.1", *to = forward ? "1.1" : "1.0";
  const auto records = load_conversions_text(
      std::string(R"({"format": "caravan-conversions/1", "conversions": [{"object": "Flavor", "from": ")") +
          from + R"(", "target": ")" + to + (forward ? R"(", "direction": "forward)" : "") +
          R"(", "input": )" + flavor(from, more_in) + R"(, "output": )" + flavor(to, more_out) + "}]}",
      "r.json", catalog);
  return ids(lint(catalog, {}, RecordedConversions(records, "versioned_object")));
}

TEST(RecordedConversions, ShowAFieldThatNobodyFills) {
  const auto catalog = flavors(false);
  const auto found = std::vector<std::string>{"no-default-forward/Flavor.is_public/1.0-1.1"};
  EXPECT_EQ(one_conversion(catalog, true, "", ""), found) << "all that may not be null is set";
  EXPECT_EQ(one_conversion(catalog, true, R"(, "note": "x")", R"(, "note": "x")"), found);
  EXPECT_EQ(one_conversion(catalog, true, "", R"(, "is_public": true)"), std::vector<std::string>{});
}

TEST(RecordedConversions, ShowAFieldThatNobodyBringsBack) {
  const auto catalog = flavors(true);
  const auto found = std::vector<std::string>{"removed-without-rule-back/Flavor.is_public/1.1-1.0"};
  EXPECT_EQ(one_conversion(catalog, false, "", ""), found);
  EXPECT_EQ(one_conversion(catalog, false, R"(, "note": "x")", R"(, "note": "x")"), found);
  EXPECT_EQ(one_conversion(catalog, false, "", R"(, "is_public": true)"), std::vector<std::string>{});
}

TEST(RecordedConversions, LeftOutAreUnknown) {
  const auto records = recording(load(files()));
  EXPECT_TRUE(judge(records).unrecorded.empty()) << render(judge(records), "text");
  const auto without = [&](const auto& left_out) {
    auto less = records;
    less.erase(std::remove_if(less.begin(), less.end(), left_out), less.end());
    EXPECT_LT(less.size(), records.size());
    const auto report = judge(less);
    EXPECT_EQ(ids(report), std::vector<std::string>{}) << render(report, "text");
    return report.unrecorded;
  };
  // One direction, one pair, one object, one version, all samples but those of one field.
  EXPECT_FALSE(without([](const auto& one) { return one.forward; }).empty());
  EXPECT_FALSE(without([](const auto& one) { return !one.forward; }).empty());
  EXPECT_FALSE(without([](const auto& one) {
                 return one.object == "Shelf" && one.from.text() == "1.2" && one.target.text() == "1.0";
               }).empty());
  EXPECT_FALSE(without([](const auto& one) { return one.object == "Shelf"; }).empty());
  EXPECT_FALSE(
      without([](const auto& one) { return one.object == "Shelf" && one.from.text() == "1.1"; }).empty());
  const auto one_field = without([](const auto& one) {
    const auto& data = one.input.at("versioned_object.data");
    return one.object == "Shelf" && !(data.size() == 1 && data.contains("room"));
  });
  ASSERT_FALSE(one_field.empty());
  EXPECT_THAT(one_field.front().what, ::testing::HasSubstr("no sample "));
  // Nothing at all.
  const auto nothing = without([](const auto&) { return true; });
  ASSERT_FALSE(nothing.empty());
  EXPECT_EQ(nothing.front().what, "nothing");
}

/// What is asked for can be recorded as it stands, and then it is known.
TEST(RecordedConversions, ThatAreMissingAreListedReadyToBeRecorded) {
  const Catalog catalog = load(files());
  const DeclaredConversions code(catalog);
  std::vector<RecordedConversion> records;
  for (int round = 0; round < 10; ++round) {
    const auto report = judge(records);
    EXPECT_EQ(ids(report), std::vector<std::string>{}) << render(report, "text");
    if (report.unrecorded.empty()) break;
    for (const auto& missing : report.unrecorded)
      for (const auto& ask : missing.asks) {
        RecordedConversion record;
        record.object = ask.at("object").get<std::string>();
        record.from = Version(ask.at("from").get<std::string>());
        record.target = Version(ask.at("target").get<std::string>());
        record.forward = ask.contains("direction");
        for (const auto& item : ask.at("manifest").items())
          record.manifest.emplace(item.key(), Version(item.value().get<std::string>()));
        record.input = ask.at("input");
        const auto done = record.forward ? code.forward(record.input, record.target, record.manifest)
                                         : code.backport(record.input, record.target, record.manifest);
        record.kind = done.kind;
        record.output = done.primitive;
        record.error = done.error;
        records.push_back(record);
      }
  }
  EXPECT_TRUE(judge(records).unrecorded.empty()) << render(judge(records), "text");
  EXPECT_GT(records.size(), 20U);
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
  Conversion forward(const Json& primitive, const Version& target, const Versions& manifest) const override {
    return code_.forward(primitive, target, manifest);
  }

 private:
  const Conversions& code_;
};

TEST(LintVerdicts, NameASenderWhoseOwnObjectWasChanged) {
  const Catalog catalog = load(files());
  const DeclaredConversions code(catalog);
  EXPECT_THAT(ids(lint(catalog, {}, Careless(code))), ::testing::Contains("sender-changed/Shelf/1.1-1.0"));
}

}  // namespace
}  // namespace caravan::lint::shelf
