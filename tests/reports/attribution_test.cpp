// Whose a committed change is: what its stamp says, and nobody else's.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

const Json a_template = {{"id", "t1"},
                         {"name", "small"},
                         {"plugin_name", "vanilla"},
                         {"hadoop_version", "2.6"},
                         {"description", "first"}};

class Attribution : public ::testing::Test {
 protected:
  Attribution() {
    run_.usual();
    run_.create("api.2#1", "ClusterTemplate", a_template);
    run_.create("api.2#1", "ClusterTemplate", [] {
      Json other = a_template;
      other["id"] = "t2";
      other["name"] = "large";
      return other;
    }());
  }
  std::string ask_for(const std::string& row, const std::string& field, const Json& value) {
    return run_.ask("api.2#1", "save",
                    run_.primitive("liberty", "ClusterTemplate", {{"id", row}, {field, value}}, {field}));
  }
  /// Asks for the row and for no change of it.
  std::string look() {
    const auto id = run_.send("call", "api.2#1", "conductor", "object_class_action_versions",
                              {{"objname", "ClusterTemplate"},
                               {"objmethod", "get"},
                               {"object_versions", run_.manifest("liberty")},
                               {"kwargs", {{"id", "t1"}}}});
    run_.deliver(id, "conductor.1#1");
    return id;
  }
  void change(const std::string& row, const std::string& field, const Json& value) {
    run_.update("ClusterTemplate", row, field, value);
  }
  RunBuilder run_;
};

TEST_F(Attribution, OfAChangeIsToTheWriteThatItWasMadeFor) {
  const auto call = ask_for("t1", "description", "second");
  run_.stamp("conductor.1#1", call);
  change("t1", "description", "second");
  run_.done(call, "api.2#1");
  const auto report = run_.judged();
  EXPECT_TRUE(failing(report).empty()) << render(report, "text");
}

TEST_F(Attribution, IsNotToAWriteThatAskedForTheSameWhenAnotherMessageBroughtIt) {
  const auto asked = ask_for("t1", "description", "second"), other = ask_for("t2", "description", "third");
  run_.stamp("conductor.1#1", other);
  change("t2", "description", "third");
  change("t1", "description", "second");
  run_.done(other, "api.2#1");
  run_.done(asked, "api.2#1");
  const auto report = run_.judged();
  EXPECT_EQ(first_of(report, "no-data-loss"),
            "ClusterTemplate.description: nothing asked for this update of ClusterTemplate.description: "
            "\"first\" became \"second\"");
  EXPECT_NE(argument_of(report, "no-data-loss").find("conductor.1#1 wrote it for " + other),
            std::string::npos)
      << argument_of(report, "no-data-loss");
}

TEST_F(Attribution, IsToNobodyWhenTheMessageOnlyLooked) {
  const auto asked = ask_for("t1", "description", "second");
  run_.stamp("conductor.1#1", look());
  change("t1", "description", "second");
  run_.done(asked, "api.2#1");
  EXPECT_NE(first_of(run_.judged(), "no-data-loss").find("nothing asked"), std::string::npos);
}

TEST_F(Attribution, IsToNobodyWhenAnotherNodeWroteThanTheOneThatWasAsked) {
  const auto asked = ask_for("t1", "description", "second");
  run_.stamp("conductor.2#1", asked);
  change("t1", "description", "second");
  run_.done(asked, "api.2#1");
  EXPECT_NE(first_of(run_.judged(), "no-data-loss").find("nothing asked"), std::string::npos);
}

TEST_F(Attribution, DoesNotTakeANodesWriteForThatOfAMigrationBesideIt) {
  run_.begin("5", "migrate", {{"phase", "data"}, {"from", "kilo"}, {"to", "liberty"}});
  const auto looked = look();
  run_.stamp("conductor.1#1", looked);
  change("t1", "is_default", false);  // what absence means
  run_.end("5", "migrate");
  EXPECT_NE(first_of(run_.judged(), "no-data-loss").find("nothing asked"), std::string::npos);
}

TEST_F(Attribution, TakesAMigrationsOwnChangeForWhatItIs) {
  run_.begin("5", "migrate", {{"phase", "data"}, {"from", "kilo"}, {"to", "liberty"}});
  run_.stamp("migrate-data#1", "migrate data");
  change("t1", "is_default", false);
  run_.end("5", "migrate");
  EXPECT_EQ(first_of(run_.judged(), "no-data-loss"), "pass");
}

TEST_F(Attribution, ByGuessIsCountedWhereNobodyStamped) {
  const auto call = ask_for("t1", "description", "second");
  run_.stamp("conductor.1#1", call);
  change("t1", "description", "second");
  run_.stamp("");
  change("t1", "description", "second");
  run_.done(call, "api.2#1");
  const auto report = run_.judged();
  const auto changes = report.counts["writes"]["committed_changes"].get<std::int64_t>();
  EXPECT_EQ(report.counts["writes"]["guessed"].get<std::int64_t>(), changes - 1);
  EXPECT_NE(
      render(report, "md")
          .find(fmt::format("{} column changes committed, {} attributed by guess", changes, changes - 1)),
      std::string::npos)
      << render(report, "md");
}

}  // namespace
}  // namespace caravan::reports
