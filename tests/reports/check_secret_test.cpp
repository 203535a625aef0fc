// secret: canaries, and who may see them.
#include <gtest/gtest.h>

#include "reports/facts/secrets.hpp"
#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

const std::string canary = "hunter2 canary";

class Secret : public testing::Test {
 protected:
  void SetUp() override {
    run_.usual();
    run_.invoke("c1-1", "create", "DataSource", "d1", "api.2",
                {{"id", "d1"},
                 {"name", "in"},
                 {"type", "swift"},
                 {"url", "x"},
                 {"credentials", {{"password", canary}}}});
    run_.create("api.2#1", "DataSource",
                {{"id", "d1"},
                 {"name", "in"},
                 {"type", "swift"},
                 {"url", "x"},
                 {"credentials", {{"password", canary}}}},
                "c1-1");
    run_.ok("c1-1");
  }
  std::string verdict() {
    const auto report = run_.judged();
    for (const char* format : {"text", "json", "md", "junit"})
      EXPECT_EQ(render(report, format).find(canary), std::string::npos) << format;
    return first_of(report, "secret");
  }
  Json data_source() {
    return run_.primitive("kilo", "DataSource", run_.row_data("kilo", "DataSource", "d1"));
  }
  RunBuilder run_;
};

TEST(SecretIdle, DoesNotApplyWithoutACanary) {
  RunBuilder run;
  run.usual();
  EXPECT_NE(check_of(run.judged(), "secret").note.find("no operation writes a secret text"),
            std::string::npos);
}

TEST_F(Secret, PassesWhereOnlyTheConductorAndItsAskerSeeIt) {
  Json data = run_.row_data("liberty", "DataSource", "d1");
  run_.get("engine.1#1", "DataSource", run_.row_data("kilo", "DataSource", "d1"));
  data.erase("credentials");  // withheld from the api
  run_.get("api.2#1", "DataSource", data);
  EXPECT_EQ(verdict(), "pass");
  EXPECT_EQ(check_of(run_.judged(), "secret").obligations, 1);
}

TEST_F(Secret, CatchesAnApiThatIsGivenWhatItOnlyLooksAfter) {
  run_.get("api.2#1", "DataSource", run_.row_data("liberty", "DataSource", "d1"));
  EXPECT_NE(argument_of(run_.judged(), "secret").find("an api has no need of DataSource.credentials"),
            std::string::npos);
}

TEST_F(Secret, CatchesAReplyToAClient) {
  const auto request =
      run_.send("request", "client.1", "api.2", "read", {{"object", "DataSource"}, {"row", "d1"}});
  run_.deliver(request, "api.2#1");
  run_.reply(request, "api.2#1", {{"id", "d1"}, {"credentials", {{"password", canary}}}}, "client.1");
  EXPECT_EQ(verdict(),
            "DataSource.credentials: the reply of api.2#1 gives client.1 a secret of DataSource.credentials");
}

TEST_F(Secret, CatchesABroadcast) {
  const auto id = run_.send("fanout", "conductor.1#1", "engine", "status", {{"object", data_source()}});
  run_.deliver(id, "engine.1#1");
  EXPECT_EQ(verdict(),
            "DataSource.credentials: the fanout status gives engine.1#1 a secret of DataSource.credentials");
}

TEST_F(Secret, CatchesARoleThatDidNotAsk) {
  const auto id = run_.send("cast", "api.2#1", "engine", "provision_cluster", {{"cluster", data_source()}});
  run_.deliver(id, "engine.1#1");
  EXPECT_NE(verdict().find("the cast provision_cluster gives engine.1#1 a secret"), std::string::npos);
  EXPECT_NE(argument_of(run_.judged(), "secret").find("only if it asked for it"), std::string::npos);
}

TEST_F(Secret, CatchesErrorsComplaintsAndLogs) {
  run_.event("trouble", {{"node", "engine.1"}, {"incarnation", 1}, {"what", "cannot log in with " + canary}});
  EXPECT_EQ(
      verdict(),
      "DataSource.credentials: an error that engine.1 reports reveals a secret of DataSource.credentials");
  const auto call = run_.ask("api.2#1", "save", data_source());
  run_.refuse(call, "conductor.1#1", "ValueError", "api.2#1");
  run_.events[run_.events.size() - 2]["message"]["error"]["message"] = "bad value " + canary;
  run_.event("leak", {{"node", "engine.1"},
                      {"incarnation", 1},
                      {"file", "engine.1-1.log"},
                      {"line", 7},
                      {"operation", "c1-1"},
                      {"object", "DataSource"},
                      {"field", "credentials"}});
  verdict();
  EXPECT_EQ(check_of(run_.judged(), "secret").failures, 3);
}

TEST_F(Secret, IsMaskedInWhatOtherChecksTell) {
  run_.save("api.2#1", "DataSource", "d1", {{"description", canary}});
  run_.update("DataSource", "d1", "description", canary + " and " + std::string(60, 'x'));  // a phantom
  const auto report = run_.judged();
  EXPECT_EQ(render(report, "text").find("hunter2"), std::string::npos);
  EXPECT_NE(first_of(report, "no-data-loss").find("(a secret)"), std::string::npos)
      << first_of(report, "no-data-loss");
}

TEST_F(Secret, IsLeftOutOfWhatSessionCompares) {
  run_.invoke("c1-2", "read", "DataSource", "d1", "api.2");
  run_.ok("c1-2", {{"id", "d1"}, {"name", "in"}, {"credentials", nullptr}});
  EXPECT_EQ(first_of(run_.judged(), "session"), "pass");
}

}  // namespace
}  // namespace caravan::reports
