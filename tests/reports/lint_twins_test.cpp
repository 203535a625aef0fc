// Changes that look like defects and are right: lint is silent.
#include "tests/reports/lint_shelf.hpp"

namespace caravan::lint::shelf {
namespace {

void expect_silence(const std::function<void(Files&)>& change) {
  Files all = files();
  change(all);
  const auto report = lint(all);
  EXPECT_EQ(ids(report), std::vector<std::string>{}) << render(report, "text");
}

TEST(LintTwins, AFieldRemovedAndFilledAgain) {  // B01
  expect_silence([](Files& all) {
    auto& file = all["Shelf.json"];
    file["fields"].push_back(Json{{"name", "weight"}, {"type", "Integer"}, {"since", "1.2"}});
    file["contracts"].push_back(Json{{"field", "weight"}, {"since", "1.2"}, {"absent_means", 5}});
    file["backport"].insert(file["backport"].begin(),
                            Json{{"below", "1.2"}, {"op", "remove"}, {"field", "weight"}});
    file["forward"].push_back(
        Json{{"below", "1.2"}, {"op", "set_default"}, {"field", "weight"}, {"value", 5}});
  });
}

TEST(LintTwins, AFieldDeclaredAsLost) {  // B02
  Files all = files();
  in(all["Shelf.json"]["contracts"], "field", "colour")["lost_below"] = "1.2";
  const auto report = lint(all);
  EXPECT_EQ(ids(report), std::vector<std::string>{});
  const auto lost = [](const Declared& one) {
    return one.field == "colour" && one.below == "1.2" && one.what == "lost";
  };
  EXPECT_EQ(std::count_if(report.declared.begin(), report.declared.end(), lost), 1);
}

TEST(LintTwins, ALossWithinTheVersionsThatHaveTheField) {
  expect_silence([](Files& all) {
    in(all["Shelf.json"]["contracts"], "field", "room")["lost_below"] = "1.1";
    all["Shelf.json"]["backport"].push_back(Json{{"below", "1.1"}, {"op", "remove"}, {"field", "room"}});
  });
}

TEST(LintTwins, ANewValueThatIsRefused) {  // B03
  expect_silence([](Files& all) {
    auto& file = all["Shelf.json"];
    in(file["fields"], "name", "kind")["values"]["1.2"] = Json::array({"pine", "oak", "steel", "glass"});
    file["backport"].insert(
        file["backport"].begin(),
        Json{
            {"below", "1.2"}, {"op", "reject_value"}, {"field", "kind"}, {"values", Json::array({"glass"})}});
  });
}

TEST(LintTwins, OtherOrder) {  // B05
  expect_silence([](Files& all) {
    in(all["Shelf.json"]["fields"], "name", "kind")["values"]["1.1"] = Json::array({"steel", "oak", "pine"});
  });
}

TEST(LintTwins, AChildWithANewVersionOfItsOwn) {  // B07
  expect_silence([](Files& all) {
    auto& file = all["Box.json"];
    file["versions"]["1.2"] = "yew";
    file["fields"].push_back(
        Json{{"name", "seal"}, {"type", "String"}, {"nullable", true}, {"since", "1.2"}});
    file["contracts"].push_back(Json{{"field", "seal"}, {"since", "1.2"}});
    file["backport"].insert(file["backport"].begin(),
                            Json{{"below", "1.2"}, {"op", "remove"}, {"field", "seal"}});
    all["releases.json"]["releases"][3]["manifest"] = Json{{"Box", "1.2"}};
  });
}

TEST(LintTwins, AChildWithANewVersionThatNobodyConverts) {  // the other side of B07
  Files all = files();
  auto& file = all["Box.json"];
  file["versions"]["1.2"] = "yew";
  file["fields"].push_back(Json{{"name", "seal"}, {"type", "String"}, {"nullable", true}, {"since", "1.2"}});
  file["contracts"].push_back(Json{{"field", "seal"}, {"since", "1.2"}});
  all["releases.json"]["releases"][3]["manifest"] = Json{{"Box", "1.2"}};
  EXPECT_EQ(ids(lint(all)), std::vector<std::string>{"leaked-field/Box.seal/1.2-1.1"});
}

TEST(LintTwins, AGuardOnTheFieldItself) {
  expect_silence([](Files& all) { backport_of(all["Shelf.json"], "remove", "width")["if_set"] = "width"; });
}

}  // namespace
}  // namespace caravan::lint::shelf
