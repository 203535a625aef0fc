// secret: canaries, and who may see them.
#include <gtest/gtest.h>

#include "reports/facts/secrets.hpp"
#include "tests/reports/run_builder.hpp"

namespace caravan {
namespace {

const std::string canary = "hunter2 canary";

class Secret : public testing::Test {
 protected:
  void SetUp() override {
    tale_.usual();
    tale_.invoke("c1-1", "create", "DataSource", "d1", "api.2",
                 {{"id", "d1"},
                  {"name", "in"},
                  {"type", "swift"},
                  {"url", "x"},
                  {"credentials", {{"password", canary}}}});
    tale_.create("api.2#1", "DataSource",
                 {{"id", "d1"},
                  {"name", "in"},
                  {"type", "swift"},
                  {"url", "x"},
                  {"credentials", {{"password", canary}}}},
                 "c1-1");
    tale_.ok("c1-1");
  }
  std::string verdict() {
    const auto report = tale_.judged();
    for (const char* format : {"text", "json", "md", "junit"})
      EXPECT_EQ(render(report, format).find(canary), std::string::npos) << format;
    return first_of(report, "secret");
  }
  Json data_source() {
    return tale_.primitive("kilo", "DataSource", tale_.row_data("kilo", "DataSource", "d1"));
  }
  RunBuilder tale_;
};

TEST(SecretIdle, DoesNotApplyWithoutACanary) {
  RunBuilder tale;
  tale.usual();
  EXPECT_NE(check_of(tale.judged(), "secret").note.find("no operation writes a secret text"),
            std::string::npos);
}

TEST_F(Secret, PassesWhereOnlyTheConductorAndItsAskerSeeIt) {
  Json data = tale_.row_data("liberty", "DataSource", "d1");
  tale_.get("engine.1#1", "DataSource", tale_.row_data("kilo", "DataSource", "d1"));
  data.erase("credentials");  // withheld from the api
  tale_.get("api.2#1", "DataSource", data);
  EXPECT_EQ(verdict(), "pass");
  EXPECT_EQ(check_of(tale_.judged(), "secret").obligations, 1);
}

TEST_F(Secret, CatchesAnApiThatIsGivenWhatItOnlyLooksAfter) {
  tale_.get("api.2#1", "DataSource", tale_.row_data("liberty", "DataSource", "d1"));
  EXPECT_NE(argument_of(tale_.judged(), "secret").find("an api has no need of DataSource.credentials"),
            std::string::npos);
}

TEST_F(Secret, CatchesAReplyToAClient) {
  const auto request =
      tale_.send("request", "client.1", "api.2", "read", {{"object", "DataSource"}, {"row", "d1"}});
  tale_.deliver(request, "api.2#1");
  tale_.reply(request, "api.2#1", {{"id", "d1"}, {"credentials", {{"password", canary}}}}, "client.1");
  EXPECT_EQ(verdict(),
            "DataSource.credentials: the reply of api.2#1 tells client.1 a secret of DataSource.credentials");
}

TEST_F(Secret, CatchesABroadcast) {
  const auto id = tale_.send("fanout", "conductor.1#1", "engine", "status", {{"object", data_source()}});
  tale_.deliver(id, "engine.1#1");
  EXPECT_EQ(verdict(),
            "DataSource.credentials: the fanout status gives engine.1#1 a secret of DataSource.credentials");
}

TEST_F(Secret, CatchesARoleThatDidNotAsk) {
  const auto id = tale_.send("cast", "api.2#1", "engine", "provision_cluster", {{"cluster", data_source()}});
  tale_.deliver(id, "engine.1#1");
  EXPECT_NE(verdict().find("the cast provision_cluster gives engine.1#1 a secret"), std::string::npos);
  EXPECT_NE(argument_of(tale_.judged(), "secret").find("only where it asked for it"), std::string::npos);
}

TEST_F(Secret, CatchesErrorsComplaintsAndLogs) {
  tale_.event("trouble",
              {{"node", "engine.1"}, {"incarnation", 1}, {"what", "cannot log in with " + canary}});
  EXPECT_EQ(verdict(),
            "DataSource.credentials: a complaint of engine.1 tells a secret of DataSource.credentials");
  const auto call = tale_.ask("api.2#1", "save", data_source());
  tale_.refuse(call, "conductor.1#1", "ValueError", "api.2#1");
  tale_.events[tale_.events.size() - 2]["message"]["error"]["message"] = "bad value " + canary;
  tale_.event("leak", {{"node", "engine.1"},
                       {"incarnation", 1},
                       {"file", "engine.1-1.log"},
                       {"line", 7},
                       {"operation", "c1-1"},
                       {"object", "DataSource"},
                       {"field", "credentials"}});
  verdict();
  EXPECT_EQ(check_of(tale_.judged(), "secret").failures, 3);
}

TEST_F(Secret, IsMaskedInWhatOtherChecksTell) {
  tale_.save("api.2#1", "DataSource", "d1", {{"description", canary}});
  tale_.update("DataSource", "d1", "description", canary + " and " + std::string(60, 'x'));  // a phantom
  const auto report = tale_.judged();
  EXPECT_EQ(render(report, "text").find("hunter2"), std::string::npos);
  EXPECT_NE(first_of(report, "no-data-loss").find("(a secret)"), std::string::npos)
      << first_of(report, "no-data-loss");
}

TEST_F(Secret, IsLeftOutOfWhatSessionCompares) {
  tale_.invoke("c1-2", "read", "DataSource", "d1", "api.2");
  tale_.ok("c1-2", {{"id", "d1"}, {"name", "in"}, {"credentials", nullptr}});
  EXPECT_EQ(first_of(tale_.judged(), "session"), "pass");
}

}  // namespace
}  // namespace caravan
