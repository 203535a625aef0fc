// caravan-vectors: counts, exit codes, and what it says of files that are no vectors.
#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

class VectorsProgram : public ProgramTest {
 protected:
  Result vectors(const std::string& arguments) const {
    const std::string command = "cd " + folder.string() + " && " + CARAVAN_BIN_DIR + "/caravan-vectors " +
                                arguments + " >out 2>err </dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 1000, slurp(folder / "out"), slurp(folder / "err")};
  }
  static std::string last_line(const std::string& text) {
    const auto end = text.find_last_not_of('\n');
    if (end == std::string::npos) return "";
    const auto begin = text.find_last_of('\n', end);
    return text.substr(begin == std::string::npos ? 0 : begin + 1,
                       end - (begin == std::string::npos ? 0 : begin + 1) + 1);
  }
  /// A file of manifests: one case that holds, one that does not, and one that may differ.
  static Json little() {
    Json file = Json::parse(R"({"format": "ovo-vectors/1", "category": "manifest", "set": "mine",
      "catalogs": {"c": {"classes": [{"name": "A", "version": "1.1", "fields": [], "title": "nobody reads this"}]}},
      "cases": [
        {"id": "good", "tags": [], "catalog": "c", "class": "A", "expect": {"result": {"A": "1.1"}}},
        {"id": "bad", "tags": [], "catalog": "c", "class": "A", "expect": {"result": {"A": "1.2"}}},
        {"id": "odd", "tags": ["quirk"], "catalog": "c", "class": "A", "expect": {"result": {"A": "1.3"}}}]})");
    return file;
  }
  void refused(const std::string& arguments, const std::string& part) const {
    const auto result = vectors(arguments);
    EXPECT_EQ(result.code, 2) << result.out;
    EXPECT_THAT(result.err, StartsWith("caravan-vectors: "));
    EXPECT_THAT(result.err, HasSubstr(part));
    EXPECT_EQ(result.out, "");
  }
};

TEST_F(VectorsProgram, CountsByCategoryAndEndsWithTheSum) {
  spill(folder / "m.json", little().dump());
  const auto result = vectors(".");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(last_line(result.out), "1 passed, 1 failed, 1 skipped");
  EXPECT_THAT(result.out, HasSubstr("manifest      1 passed, 1 failed, 1 skipped\n"));
  EXPECT_THAT(result.out, HasSubstr("failed bad: /result/A: expected \"1.2\", got \"1.1\""));
  EXPECT_THAT(result.out, HasSubstr("quirk         0 of 1 match"));
  EXPECT_EQ(vectors("m.json").out, result.out);
}

TEST_F(VectorsProgram, JsonIsOneDocumentAndTheSumStandsBesideIt) {
  spill(folder / "m.json", little().dump());
  const auto result = vectors(". --json");
  EXPECT_EQ(result.code, 1);
  const auto report = Json::parse(result.out);
  EXPECT_EQ(report["failed"], 1);
  EXPECT_EQ(report["categories"]["manifest"]["skipped"], 1);
  EXPECT_EQ(report["tags"]["quirk"]["matching"], 0);
  EXPECT_EQ(report["cases"][0]["id"], "bad");
  EXPECT_EQ(result.err, "1 passed, 1 failed, 1 skipped\n");
}

TEST_F(VectorsProgram, AllPassIsAsExpected) {
  auto file = little();
  file["cases"].erase(1);
  spill(folder / "m.json", file.dump());
  EXPECT_EQ(vectors("m.json").code, 0);
}

TEST_F(VectorsProgram, AFingerprintIsMadeFromTheDumpAndNotFromItsTexts) {
  auto file = Json::parse(slurp(CARAVAN_SOURCE_DIR "/tests/vectors/fingerprints-cinder.json"));
  for (auto& object : file["objects"]) {
    for (auto& field : object["fields"]) field["repr"] = "wrong";
    object.erase("text");
  }
  spill(folder / "fingerprints-other.json", file.dump());
  const auto result = vectors(".");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(last_line(result.out), "37 passed, 0 failed, 0 skipped");
  file["objects"][0]["fields"][0]["nullable"] = true;
  spill(folder / "fingerprints-other.json", file.dump());
  EXPECT_EQ(last_line(vectors(".").out), "36 passed, 1 failed, 0 skipped");
}

TEST_F(VectorsProgram, MethodsCountInAFingerprint) {
  spill(folder / "fingerprints-one.json",
        R"json({"format": "ovo-fingerprints/1", "project": "one", "objects": [
    {"name": "M", "version": "1.0", "child_versions": null,
     "fields": [{"name": "u", "type": "Integer", "nullable": false, "default": null}],
     "methods": [
       {"name": "destroy", "args": ["self", "soft", "why"], "varargs": null, "keywords": null,
        "defaults_repr": "(True, 'x')", "spec": "ArgSpec"},
       {"name": "save", "args": ["self"], "varargs": null, "keywords": null, "defaults_repr": null, "spec": "ArgSpec"},
       {"name": "any_of", "args": ["self"], "varargs": "args", "keywords": "kwargs", "defaults_repr": null, "spec": "ArgSpec"},
       {"name": "get", "args": ["cls", "context", "id"], "varargs": null, "keywords": null, "defaults_repr": null, "spec": "ArgSpec"},
       {"name": "all", "args": ["cls", "context", "limit", "marker"], "varargs": null, "keywords": null,
        "defaults_repr": "(None, None)", "spec": "ArgSpec"}],
     "expected": "1.0-04c2c50b07d964b921a7808d729fec54"}]})json");
  EXPECT_EQ(last_line(vectors(".").out), "1 passed, 0 failed, 0 skipped");
}

TEST_F(VectorsProgram, DefaultsOfMethodsMayBeListedOneByOne) {
  spill(folder / "fingerprints-one.json",
        R"json({"format": "ovo-fingerprints/1", "project": "one", "objects": [
    {"name": "M", "version": "1.0", "child_versions": null,
     "fields": [{"name": "u", "type": "Integer", "nullable": false, "default": null}],
     "methods": [
       {"name": "get", "args": ["cls", "context", "id", "limit", "marker"], "varargs": null, "keywords": null,
        "defaults_repr": ["None", "'x'"], "spec": "ArgSpec"},
       {"name": "save", "args": ["self", "force"], "varargs": null, "keywords": null, "defaults_repr": ["False"],
        "spec": "ArgSpec"},
       {"name": "touch", "args": ["self"], "varargs": null, "keywords": null, "defaults_repr": null,
        "spec": "ArgSpec"}],
     "expected": "1.0-29fdeafe369862295f8c2ff97bac59ba"}]})json");  // of the real library
  const auto result = vectors(".");
  EXPECT_EQ(last_line(result.out), "1 passed, 0 failed, 0 skipped") << result.out;
}

TEST_F(VectorsProgram, FilesThatAreNoVectorsAreRefusedWithTheirPlace) {
  refused(".", "no vectors in this folder");
  refused("nowhere", "nowhere: no such file");
  spill(folder / "m.json", "{\"format\": \"ovo-vectors/1\",");
  refused("m.json", "m.json:1:28");
  spill(folder / "m.json", "{\"format\": \"ovo-vectors/2\"}");
  refused("m.json", "/format: unknown format of vectors \"ovo-vectors/2\"; did you mean \"ovo-vectors/1\"?");
  auto file = little();
  file["category"] = "manifests";
  spill(folder / "m.json", file.dump(1));
  refused("m.json", "m.json:3:14: /category: unknown category \"manifests\"; did you mean \"manifest\"?");
  file = little();
  file["cases"][1].erase("expect");
  spill(folder / "m.json", file.dump());
  refused("m.json", "/cases/1: the member \"expect\" is missing");
  EXPECT_EQ(vectors("").code, 2);
}

TEST_F(VectorsProgram, AnUnreadableCatalogFailsItsCasesWithThePlace) {
  auto file = little();
  file["catalogs"]["c"]["classes"][0]["version"] = "one";
  spill(folder / "m.json", file.dump());
  const auto result = vectors(".");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.out, HasSubstr("/catalogs/c: /classes/0/version: \"one\" is not a version"));
}

}  // namespace
}  // namespace caravan::harness
