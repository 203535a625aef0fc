// caravan objects list, show, diff, fingerprint: approved texts (`./dev golden` rewrites them), and what a
// typo gets.
#include "tests/cli/golden.hpp"

namespace caravan::harness {
namespace {

using Objects = GoldenTest;

TEST_F(Objects, AreListedWithVersionsAndReleases) { approved("list.txt", {"objects", "list"}); }

TEST_F(Objects, AreShownWithContractsAndRules) {
  approved("show-job-execution.txt", {"objects", "show", "JobExecution"});
  approved("show-cluster-kilo.txt", {"objects", "show", "Cluster", "--release", "kilo"});
}

TEST_F(Objects, AreComparedBetweenReleases) {
  approved("diff-kilo-liberty.txt", {"objects", "diff", "kilo", "liberty"});
  approved("diff-rocky-pike.txt", {"objects", "diff", "rocky", "pike"});
}

TEST_F(Objects, AreComparedBetweenVersions) {
  approved("diff-versions.txt", {"objects", "diff", "JobExecution@1.2", "JobExecution@1.3"});
}

TEST_F(Objects, LinesFitEightyColumns) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"objects", "list"},
                                             {"objects", "show", "Cluster"},
                                             {"objects", "show", "JobExecution"},
                                             {"objects", "diff", "kilo", "liberty"},
                                             {"objects", "diff", "icehouse", "2023.2"}}) {
    const auto result = caravan(words);
    EXPECT_EQ(result.code, 0) << result.err;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  }
}

TEST_F(Objects, TheSameReleaseTwiceHasNoDifference) {
  EXPECT_EQ(caravan({"objects", "diff", "kilo", "kilo"}).out, "kilo -> kilo\nnothing changed\n");
}

TEST_F(Objects, FingerprintsAreOneLineAnObject) {
  const auto all = caravan({"objects", "fingerprint"});
  EXPECT_EQ(all.code, 0);
  EXPECT_EQ(lines(all.out), 17U);
  EXPECT_THAT(all.out, testing::ContainsRegex("Cluster 1\\.6-[0-9a-f]+\n"));
  const auto one = caravan({"objects", "fingerprint", "Cluster@1.2"});
  EXPECT_THAT(one.out, StartsWith("Cluster 1.2-"));
  EXPECT_EQ(caravan({"objects", "fingerprint", "Cluster", "--release", "kilo"}).out, one.out);
  EXPECT_EQ(lines(caravan({"objects", "fingerprint", "Cluster", "--all-versions"}).out), 7U);
}

TEST_F(Objects, EverythingIsJsonToo) {
  const auto list = Json::parse(caravan({"objects", "list", "--json"}).out);
  EXPECT_EQ(list.size(), 17U);
  EXPECT_EQ(list[0]["name"], "Cluster");
  EXPECT_EQ(list[0]["versions"][2]["releases"], Json::array({"kilo"}));

  const auto shown = Json::parse(caravan({"objects", "show", "Cluster@1.3", "--json"}).out);
  EXPECT_EQ(shown["version"], "1.3");
  EXPECT_THAT(shown["fingerprint"].get<std::string>(), StartsWith("1.3-"));
  EXPECT_EQ(shown["fields"][0]["default"], "unspecified");

  const auto diff = Json::parse(caravan({"objects", "diff", "kilo", "liberty", "--json"}).out);
  EXPECT_EQ(diff["objects"][0]["object"], "Cluster");
  EXPECT_EQ(diff["objects"][0]["fields"][0]["field"], "use_autoconfig");
  EXPECT_EQ(diff["objects"][0]["fields"][0]["change"], "added");
  EXPECT_EQ(diff["database_revision"]["now"], "028");

  const auto prints = Json::parse(caravan({"objects", "fingerprint", "--json"}).out);
  EXPECT_THAT(prints["Cluster"].get<std::string>(), StartsWith("1.6-"));
}

TEST_F(Objects, ARenameIsNoRemovalAndNoAddition) {
  const auto diff =
      Json::parse(caravan({"objects", "diff", "JobExecution@1.2", "JobExecution@1.3", "--json"}).out);
  std::vector<std::string> renamed;
  for (const auto& row : diff["fields"]) {
    EXPECT_NE(row["field"], "oozie_job_id");
    if (row["change"] == "renamed") renamed.push_back(row["field"].get<std::string>());
  }
  EXPECT_EQ(renamed, std::vector<std::string>{"engine_job_id"});
}

TEST_F(Objects, RpcChangesAreInTheDifference) {
  const auto diff = Json::parse(caravan({"objects", "diff", "liberty", "mitaka", "--json"}).out);
  std::vector<std::string> methods;
  for (const auto& method : diff["rpc"][0]["methods"]) methods.push_back(method["method"].get<std::string>());
  EXPECT_THAT(methods, testing::Contains("cast handle_verification(cluster: Cluster, values)"));
}

TEST_F(Objects, TyposGetTheNearestName) {
  one_message(caravan({"objects", "shwo"}), 2, "there is no command 'shwo'; did you mean \"show\"?");
  one_message(caravan({"objets", "show"}), 2, "did you mean \"objects\"?");
  one_message(caravan({"objects", "show", "Clster"}), 2,
              "there is no object 'Clster'; did you mean \"Cluster\"?");
  one_message(caravan({"objects", "show", "Cluster@1.44"}), 2,
              "has no version '1.44'; did you mean \"1.4\"?");
  one_message(caravan({"objects", "show", "Cluster", "--release", "kiol"}), 2, "did you mean \"kilo\"?");
  one_message(caravan({"objects", "diff", "kilo", "librety"}), 2, "did you mean \"liberty\"?");
  one_message(caravan({"objects", "list", "--jsno"}), 2,
              "there is no option --jsno; did you mean \"--json\"?");
  one_message(caravan({"objects", "diff", "Cluster@1.2", "Job@1.3"}), 2, "are two objects");
  one_message(caravan({"objects", "show", "PluginData", "--release", "kilo"}), 2,
              "kilo does not know PluginData");
}

TEST_F(Objects, AloneOrWithHelpSayWhatThereIs) {
  const auto alone = caravan({"objects"});
  EXPECT_EQ(alone.code, 2);
  EXPECT_THAT(alone.err, HasSubstr("usage: caravan objects COMMAND"));
  const auto help = caravan({"objects", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_EQ(help.out, alone.err);
  EXPECT_THAT(caravan({"objects", "show", "--help"}).out, HasSubstr("--release"));
}

TEST_F(Objects, ComeFromACatalogOfOnesOwn) {
  const std::string sahara = CARAVAN_SOURCE_DIR "/objects/sahara";
  const auto built_in = caravan({"objects", "fingerprint", "--all-versions"});
  EXPECT_EQ(caravan({"objects", "fingerprint", "--all-versions", "--catalog", sahara}).out, built_in.out);
  // Class files alone: their releases are the ones that they name.
  const auto one = caravan({"objects", "diff", "icehouse", "juno", "--catalog", sahara + "/JobBinary.json"});
  EXPECT_THAT(one.out, HasSubstr("JobBinary 1.0 -> 1.1"));
  // Catalogs of the recorded vectors.
  const std::string vectors = CARAVAN_SOURCE_DIR "/tests/vectors/changes.json";
  one_message(caravan({"objects", "list", "--catalog", vectors}), 2, "catalogs are in this file of vectors");
  one_message(caravan({"objects", "list", "--catalog", vectors + "#lits"}), 2, "did you mean \"lists\"?");
  EXPECT_EQ(caravan({"objects", "list", "--catalog", vectors + "#lists"}).code, 0);
  one_message(caravan({"objects", "list", "--catalog", sahara, vectors}), 2,
              "a folder cannot be combined with other inputs");
}

}  // namespace
}  // namespace caravan::harness
