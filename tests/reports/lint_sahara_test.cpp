// The object history of Sahara is clean.
#include "objects/loader/loader.hpp"
#include "tests/reports/lint_shelf.hpp"

namespace caravan::lint::shelf {
namespace {

TEST(LintSahara, IsCleanApartFromWhatItDeclares) {
  const auto report = lint(sahara_catalog());
  EXPECT_EQ(ids(report), std::vector<std::string>{}) << render(report, "text");
  EXPECT_EQ(report.objects, 17);
  EXPECT_EQ(report.pairs, 108);
  EXPECT_EQ(report.triangles, 128);
  EXPECT_TRUE(report.unrecorded.empty());
  const auto declares = [&](const char* field, const char* below, const std::string& what) {
    return std::count_if(report.declared.begin(), report.declared.end(), [&](const Declared& one) {
      return one.object + "." + one.field == field && one.below == below && one.what == what;
    });
  };
  EXPECT_EQ(declares("Cluster.use_autoconfig", "1.3", "lost"), 1);
  EXPECT_EQ(declares("Cluster.status_description", "1.1", "cut to 200 characters"), 1);
  EXPECT_EQ(declares("JobExecution.info", "1.3", R"(status "READYTORUN" is seen as "PENDING")"), 1);
  EXPECT_EQ(declares("JobBinary.url", "1.3", R"(scheme "s3" refused)"), 1);
}

TEST(LintSahara, IsTheSameInEveryRelease) {
  const Catalog& catalog = sahara_catalog();
  std::vector<Build> builds;
  for (const auto& release : catalog.releases)
    builds.push_back({release.name, snapshot(catalog, release.name)});
  EXPECT_EQ(ids(lint(catalog, builds, DeclaredConversions(catalog))), std::vector<std::string>{});
}

TEST(LintSahara, GivesTheSameReportAgain) {
  EXPECT_EQ(to_json(lint(sahara_catalog())), to_json(lint(sahara_catalog())));
}

/// One object alone, without its children: those have tests of their own.
Catalog alone(const Catalog& catalog, const std::string& object) {
  Catalog out = catalog;
  const auto other = [&](const auto& one) { return one.name != object; };
  out.classes.erase(std::remove_if(out.classes.begin(), out.classes.end(), other), out.classes.end());
  const auto& children = catalog.history(object)->children;
  for (auto& spec : out.classes) {
    const auto holds = [&](const auto& part) { return children.count(part) != 0; };
    auto& fields = spec.fields;
    auto& rules = spec.compat->rules;
    fields.erase(
        std::remove_if(fields.begin(), fields.end(), [&](const FieldSpec& one) { return holds(one.name); }),
        fields.end());
    rules.erase(std::remove_if(rules.begin(), rules.end(), [&](const Rule& one) { return holds(one.field); }),
                rules.end());
  }
  for (auto& release : out.releases)
    for (auto it = release.manifest.begin(); it != release.manifest.end();)
      it = it->first == object ? std::next(it) : release.manifest.erase(it);
  return out;
}

Json sorted(Json rule) {
  if (rule.contains("map")) std::sort(rule["map"].begin(), rule["map"].end());
  return rule;
}

TEST(LintSahara, MissesEveryRuleThatIsTakenAwayAndSuggestsThatVeryRule) {
  for (const auto& history : sahara_catalog().histories) {
    const Catalog catalog = alone(sahara_catalog(), history.name);
    const auto& newest = catalog.classes.back();
    for (const bool forward : {false, true})
      for (const auto& rule : forward ? newest.forward : newest.compat->rules) {
        if (forward && rule.op == "remove") continue;  // OVO itself drops what it does not know
        Catalog code = catalog;
        for (auto& spec : code.classes) {
          auto& list = forward ? spec.forward : spec.compat->rules;
          const auto gone = [&](const Rule& one) { return one.args == rule.args; };
          list.erase(std::remove_if(list.begin(), list.end(), gone), list.end());
        }
        const auto report = lint(catalog, {}, DeclaredConversions(code));
        ASSERT_EQ(report.findings.size(), 1U) << rule.args.dump() << render(report, "text");
        const Json patch = report.findings.front().suggestion->patch;
        ASSERT_EQ(patch.size(), 1U) << rule.args.dump() << patch.dump();
        Json suggested = patch[0]["value"];
        if (suggested.is_array()) suggested = suggested[0];  // the only rule: the list was gone
        EXPECT_EQ(sorted(suggested), sorted(rule.args)) << history.name;
      }
  }
}

}  // namespace
}  // namespace caravan::lint::shelf
