// What lint finds in conversions, and that its suggestions mend it.
#include "tests/reports/lint_shelf.hpp"

namespace caravan::lint::shelf {
namespace {

TEST(LintShelves, AreClean) {
  const auto report = lint(files());
  EXPECT_EQ(ids(report), std::vector<std::string>{}) << render(report, "text");
  EXPECT_EQ(report.objects, 2);
  EXPECT_EQ(report.pairs, 4);
  EXPECT_EQ(report.triangles, 1);
}

TEST(Lint, FindsALeakedField) {  // F01
  expect_mended_shelf("leaked-field/Shelf.width/1.1-1.0",
                      [](Json& file) { drop(file["backport"], Json(backport_of(file, "remove", "width"))); });
}

TEST(Lint, FindsALeakOfTheNewestVersion) {
  expect_mended_shelf("leaked-field/Shelf.colour/1.2-1.1", [](Json& file) {
    drop(file["backport"], Json(backport_of(file, "remove", "colour")));
  });
}

TEST(Lint, FindsALeakInANestedObjectOnce) {
  expect_mended("leaked-field/Box.label/1.1-1.0", [](Files& all) { all["Box.json"].erase("backport"); });
}

TEST(Lint, FindsARemovalThatComesAVersionTooLate) {  // F02
  expect_mended_shelf("threshold-off/Shelf.colour/1.2-1.1", [](Json& file) {
    Json late = backport_of(file, "remove", "colour");
    drop(file["backport"], late);
    late["below"] = "1.1";
    file["backport"].push_back(late);
  });
}

TEST(Lint, FindsARemovalThatComesAVersionTooEarly) {
  expect_mended_shelf("threshold-off/Shelf.width/1.1-1.0", [](Json& file) {
    Json early = backport_of(file, "remove", "width");
    drop(file["backport"], early);
    early["below"] = "1.2";
    file["backport"].insert(file["backport"].begin(), early);
  });
}

TEST(Lint, FindsAGuardThatAsksForAFieldThatThereIsNot) {  // F03
  expect_mended_shelf("guard-on-wrong-name/Shelf.width/below-1.1",
                      [](Json& file) { backport_of(file, "remove", "width")["if_set"] = "x_width"; });
}

TEST(Lint, FindsAGuardThatAsksForAnotherField) {
  expect_mended_shelf("guard-on-wrong-name/Shelf.width/1.1-1.0",
                      [](Json& file) { backport_of(file, "remove", "width")["if_set"] = "depth"; });
}

TEST(Lint, FindsAParentThatSwallowsItsChildren) {  // F04
  expect_mended_shelf("children-not-converted/Shelf.boxes/1.1-1.0",
                      [](Json& file) { file["super"] = "none"; });
}

TEST(Lint, FindsAValueThatIsNotGuarded) {  // F07
  expect_mended_shelf("unknown-value/Shelf.kind/1.1-1.0", [](Json& file) {
    drop(file["backport"], Json(backport_of(file, "reject_value", "kind")));
  });
  expect_mended_shelf("unknown-value/Shelf.info/1.1-1.0", [](Json& file) {
    drop(file["backport"], Json(backport_of(file, "map_value", "info.state")));
  });
}

TEST(Lint, FindsANewValueThatNobodySpeaksOf) {
  expect_mended_shelf("unknown-value/Shelf.kind/1.2-1.1", [](Json& file) {
    in(file["fields"], "name", "kind")["values"]["1.2"] = Json::array({"pine", "oak", "steel", "glass"});
  });
}

TEST(Lint, FindsATextThatIsTooLong) {
  expect_mended_shelf("too-long/Shelf.note/1.1-1.0", [](Json& file) {
    drop(file["backport"], Json(backport_of(file, "truncate", "note")));
  });
  expect_mended_shelf("too-long/Shelf.note/1.1-1.0",
                      [](Json& file) { backport_of(file, "truncate", "note")["length"] = 30; });
}

TEST(Lint, FindsATypeThatChanged) {  // F09
  expect_mended_shelf("wrong-type/Shelf.room/1.2-1.1", [](Json& file) {
    in(file["fields"], "name", "room")["type"] = Json{{"1.0", "Integer"}, {"1.2", "String"}};
  });
}

TEST(Lint, FindsARenameHalfDone) {  // F10
  expect_mended_shelf("rename-half-done/Shelf.vendor/1.1-1.0", [](Json& file) {
    backport_of(file, "rename", "vendor") = Json{{"below", "1.1"}, {"op", "remove"}, {"field", "vendor"}};
  });
}

TEST(Lint, FindsARenameNotDoneAtAll) {
  expect_mended_shelf("rename-half-done/Shelf.vendor/1.1-1.0", [](Json& file) {
    drop(file["backport"], Json(backport_of(file, "rename", "vendor")));
  });
}

TEST(Lint, FindsARenameToAnotherName) {
  expect_mended_shelf("rename-half-done/Shelf.vendor/1.1-1.0",
                      [](Json& file) { backport_of(file, "rename", "vendor")["to"] = "makr"; });
}

TEST(Lint, FindsARenameWithoutAWayForward) {
  expect_mended_shelf("rename-half-done/Shelf.vendor/1.0-1.1", [](Json& file) { file["forward"].erase(0); });
}

TEST(Lint, FindsNullWhereThereWasNone) {  // F11
  expect_mended_shelf("null-not-allowed/Shelf.name/1.2-1.1", [](Json& file) {
    in(file["fields"], "name", "name")["nullable"] = Json{{"1.0", false}, {"1.2", true}};
  });
}

TEST(Lint, FindsNullThatTheNewerVersionDoesNotTakeAnyMore) {
  expect_mended_shelf("no-default-forward/Shelf.note/1.1-1.2", [](Json& file) {
    in(file["fields"], "name", "note")["nullable"] = Json{{"1.0", true}, {"1.2", false}};
  });
}

TEST(Lint, FindsAConversionThatStumblesOverASparseObject) {  // F12
  expect_mended_shelf("crash/Shelf.width/1.1-1.0",
                      [](Json& file) { backport_of(file, "remove", "width")["unguarded"] = true; });
}

TEST(Lint, FindsADefaultThatDiffers) {  // F13
  expect_mended_shelf("default-differs/Shelf.width/1.0-1.1", [](Json& file) {
    file["forward"].insert(file["forward"].begin() + 1,
                           Json{{"below", "1.1"}, {"op", "set_default"}, {"field", "width"}, {"value", 7}});
  });
}

TEST(Lint, FindsATimeWithoutZone) {  // F14
  expect_mended_shelf("time-without-zone/Shelf.made_at/1.2-1.1", [](Json& file) {
    file["backport"].insert(file["backport"].begin(),
                            Json{{"below", "1.2"}, {"op", "strip_zone"}, {"field", "made_at"}});
  });
}

TEST(Lint, FindsAValueThatIsLostOnTheWay) {
  expect_mended_shelf("lost-value/Shelf.room/1.1-1.0", [](Json& file) {
    file["backport"].push_back(Json{{"below", "1.1"},
                                    {
                                        "op",
                                        "remove",
                                    },
                                    {"field", "room"}});
  });
}

TEST(Lint, FindsAValueThatIsChangedOnTheWay) {
  expect_mended_shelf("changed-value/Shelf.room/1.1-1.0", [](Json& file) {
    file["backport"].push_back(
        Json{{"below", "1.1"}, {"op", "clamp"}, {"field", "room"}, {"min", 0}, {"max", 3}});
  });
  expect_mended_shelf("changed-value/Shelf.info/1.1-1.0", [](Json& file) {
    backport_of(file, "map_value", "info.state")["map"] = Json::parse(R"([["LENT", "IN"]])");
  });
}

TEST(Lint, FindsAFieldThatNobodyBringsBack) {
  expect_mended_shelf("removed-without-rule-back/Shelf.paint/1.2-1.1", [](Json& file) {
    drop(file["backport"], Json(backport_of(file, "set_default", "paint")));
  });
}

TEST(Lint, FindsAFieldThatMustHaveAValueAndGetsNone) {
  expect_mended_shelf("no-default-forward/Shelf.depth/1.0-1.1", [](Json& file) {
    in(file["fields"], "name", "depth").erase("create_default");
    in(file["contracts"], "field", "depth").erase("absent_means");
  });
}

TEST(Lint, FindsAFieldWhoseAbsenceHasAMeaningButThatMayNotBeNull) {
  expect_mended_shelf("no-default-forward/Shelf.depth/1.0-1.1",
                      [](Json& file) { in(file["fields"], "name", "depth").erase("create_default"); });
}

TEST(Lint, FindsARefusalThatTheContractDoesNotKnow) {
  expect_mended_shelf("needless-refusal/Shelf.kind/1.1-1.0", [](Json& file) {
    backport_of(file, "reject_value", "kind")["values"] = Json::array({"steel", "oak"});
  });
  expect_mended_shelf("needless-refusal/Shelf.room/1.1-1.0", [](Json& file) {
    file["backport"].push_back(Json{{"below", "1.1"}, {"op", "reject_if_set"}, {"field", "room"}});
  });
}

TEST(Lint, FindsARuleThatNeverApplies) {
  expect_mended_shelf("rule-on-unknown-field/Shelf.width/below-1.1", [](Json& file) {
    file["forward"].insert(file["forward"].begin(),
                           Json{{"below", "1.1"}, {"op", "remove"}, {"field", "width"}});
  });
}

// What samples must hold to see these at all.
TEST(Lint, LooksAtEdgesAndAtWhatTheCodeSpeaksOf) {
  const auto finds = [](const Json& rule) {
    Files all = files();
    auto& rules = all["Shelf.json"]["backport"];
    rules.insert(rules.begin(), rule);
    const auto report = lint(all);
    EXPECT_EQ(report.findings.size(), 1U) << rule.dump() << render(report, "text");
    return report.findings.empty() ? "" : report.findings.front().type;
  };
  const auto rule = [](const char* op, const char* field, Json rest) {
    rest["below"] = "1.2";
    rest["op"] = op;
    rest["field"] = field;
    return rest;
  };
  EXPECT_EQ(finds(rule("clamp", "room", Json{{"min", 0}, {"max", 1000000}})), "changed-value");
  EXPECT_EQ(finds(rule("truncate", "name", Json{{"length", 60}})), "changed-value");
  EXPECT_EQ(finds(rule("reject_longer", "name", Json{{"length", 60}})), "needless-refusal");
  EXPECT_EQ(finds(rule("map_value", "room", Json{{"map", Json::parse("[[4711, 1]]")}})), "changed-value");
  EXPECT_EQ(finds(rule("map_value", "room", Json{{"map", Json::parse("[[0, 1]]")}})), "changed-value");
  EXPECT_EQ(finds(rule("drop_keys", "info", Json{{"keys", Json::array({"borrower"})}})), "changed-value");
  EXPECT_EQ(finds(rule("reject_value", "note", Json{{"values", Json::array({""})}})), "needless-refusal");
  EXPECT_EQ(finds(rule("set", "kind", Json{{"value", "pine"}, {"if_set", "name"}})), "changed-value");
}

}  // namespace
}  // namespace caravan::lint::shelf
