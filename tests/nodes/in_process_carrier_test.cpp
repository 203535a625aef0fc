// Plans told by the driver in one thread and virtual time: what a node does there is what it does as a
// process.
#include "tests/nodes/in_process_carrier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "harness/run/driver.hpp"
#include "objects/loader/loader.hpp"

namespace caravan::nodes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

class InProcess : public ::testing::Test {
 protected:
  InProcess() {
    std::string pattern = (fs::temp_directory_path() / "caravan-in-process-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~InProcess() override { fs::remove_all(folder_); }

  /// What is recorded of a plan with these steps, an event a line.
  std::vector<std::string> told(const std::string& steps, const std::string& plant = {},
                                const std::string& mode = "conductor\ncompat: backport") {
    const scenarios::Plan plan =
        scenarios::parse_plan("caravan plan: 1\nscenario: little\nabout: \nseed: 1\nfrom: " + from_ +
                                  "\nto: " + to_ + "\naccess: " + mode +
                                  "\ndatabase: sqlite\nnodes: {\"conductor\":1,\"engine\":1,\"api\":1}\n"
                                  "clients: 1\nexpect: \"pass\"\n\n" +
                                  steps,
                              "plan");
    testing::InProcessCarrier carrier(sahara_catalog(), from_);
    harness::RunSetup setup;
    setup.catalog = &sahara_catalog();
    setup.plant = plant;
    const std::string file = (folder_ / "run.ndjson").string();
    {
      reports::RunWriter writer(file);
      writer.append("header", 0, Json::object());
      outcome_ = harness::drive(plan, setup, carrier, writer);
    }
    std::ifstream lines(file);
    std::vector<std::string> out;
    for (std::string line; std::getline(lines, line);) out.push_back(line);
    fs::remove(file);
    return out;
  }
  /// The member of each event of that kind that has it.
  static std::vector<std::string> all(const std::vector<std::string>& events, const std::string& kind,
                                      const std::string& member) {
    std::vector<std::string> out;
    for (const std::string& line : events) {
      const Json event = Json::parse(line);
      if (event.at("kind") == kind && event.contains(member) && event.at(member).is_string())
        out.push_back(event.at(member).get<std::string>());
    }
    return out;
  }
  static std::vector<std::string> life(const std::vector<std::string>& events, const std::string& node) {
    std::vector<std::string> out;
    for (const std::string& line : events) {
      const Json event = Json::parse(line);
      if (event.at("kind") == "node" && event.at("node") == node)
        out.push_back(event.at("state").get<std::string>());
    }
    return out;
  }

  static std::string starts(const std::string& release) {
    return "1 start node=conductor.1 release=" + release + "\n2 start node=engine.1 release=" + release +
           "\n3 start node=api.1 release=" + release + "\n";
  }
  /// Jobs, one after the other.
  static std::string writes(int count) {
    std::string out = "4 group\n";
    for (int i = 1; i <= count; ++i) {
      const std::string id = std::to_string(i);
      out += "  - c1-" + id + " api.1 create Job j" + id + R"( mix {"fields":{"id":"j)" + id +
             R"(","name":"n)" + id + "\",\"type\":\"Pig\"}}\n";
    }
    return out;
  }

  std::string from_ = "kilo", to_ = "liberty";
  harness::Outcome outcome_;

 private:
  fs::path folder_;
};

TEST_F(InProcess, APlanIsToldToItsEnd) {
  const auto events = told(starts("kilo") + writes(3) + "5 settle\n");
  EXPECT_EQ(outcome_.outcome, "complete") << outcome_.why;
  EXPECT_THAT(all(events, "op", "edge"), ElementsAre("invoke", "ok", "invoke", "ok", "invoke", "ok"));
  EXPECT_THAT(life(events, "api.1"), ElementsAre("starting", "ready", "draining", "stopped"));
  EXPECT_THAT(all(events, "trouble", "what"), IsEmpty());
}

TEST_F(InProcess, TheSamePlanGivesTheSameEvents) {
  const std::string plan =
      starts("kilo") + writes(5) + "5 kill node=engine.1\n6 start node=engine.1 release=kilo\n7 settle\n";
  EXPECT_EQ(told(plan), told(plan));
}

TEST_F(InProcess, EachChangeNamesItsTransactionItsWriterAndWhatCausedIt) {
  const auto events = told(starts("kilo") + writes(2) +
                           "5 migrate phase=expand from=kilo to=liberty\n"
                           "6 announce node=engine.1 release=liberty\n7 settle\n");
  std::map<std::string, Json> messages;
  std::map<std::int64_t, std::pair<std::string, std::string>> transactions;
  std::int64_t last = 0, jobs = 0;
  std::set<std::string> words;
  for (const std::string& line : events) {
    const Json event = Json::parse(line);
    if (event.at("kind") == "send")
      messages[event.at("message").at("id").get<std::string>()] = event.at("message");
    if (event.at("kind") != "change") continue;
    const auto transaction = event.at("transaction").get<std::int64_t>();
    const std::string writer = event.at("writer").get<std::string>();
    const std::string cause = event.at("cause").get<std::string>();
    ASSERT_GE(transaction, last) << line;
    if (transaction != last) {
      ASSERT_EQ(transaction, event.at("sequence").get<std::int64_t>()) << line;
      transactions[transaction] = {writer, cause};
    }
    last = transaction;
    EXPECT_EQ(transactions[transaction], std::pair(writer, cause)) << line;
    if (event.at("table") == "jobs" && event.at("column") == "id") {
      ++jobs;
      EXPECT_EQ(writer, "conductor.1#1");
      EXPECT_EQ(messages.at(cause).at("method"), "object_action") << line;
    }
    if (messages.count(cause) == 0) words.insert(writer + " " + cause);
  }
  EXPECT_EQ(jobs, 2);
  EXPECT_THAT(words, ElementsAre("announce-engine#2 announce engine.1", "conductor.1#1 start"));
}

TEST_F(InProcess, WithDirectAccessTheMessageBehindEachTurnIsTheCause) {
  const auto events =
      told("1 start node=engine.1 release=kilo\n2 start node=api.1 release=kilo\n3 settle\n" + writes(2), {},
           "direct\ncompat: none");
  std::set<std::string> requests;
  int jobs = 0;
  for (const std::string& line : events) {
    const Json event = Json::parse(line);
    if (event.at("kind") == "send" && event.at("message").at("kind") == "request")
      requests.insert(event.at("message").at("id").get<std::string>());
    if (event.at("kind") != "change") continue;
    ++jobs;
    EXPECT_EQ(event.value("writer", ""), "api.1#1") << line;
    EXPECT_EQ(requests.count(event.value("cause", "")), 1U) << line;
  }
  EXPECT_EQ(outcome_.outcome, "complete") << outcome_.why;
  EXPECT_GT(jobs, 2);
}

TEST_F(InProcess, PhasesOfAMigrationAndServiceRecordsAreToolsOfTheSameKind) {
  const auto events = told(
      starts("kilo") +
      "4 migrate phase=expand from=kilo to=liberty\n5 announce node=engine.1 release=liberty\n"
      "6 stop node=engine.1\n7 start node=engine.1 release=liberty\n8 forget node=api.1 expect=refused\n");
  EXPECT_EQ(outcome_.outcome, "complete") << outcome_.why;
  EXPECT_THAT(all(events, "migration", "phase"), ElementsAre("expand"));
  EXPECT_THAT(all(events, "gate", "verb"), ElementsAre("announce", "forget"));
  EXPECT_THAT(life(events, "engine.1"), ElementsAre("starting", "ready", "draining", "stopped", "starting",
                                                    "ready", "draining", "stopped"));
}

TEST_F(InProcess, AMigrationDiesInTheBatchThatIsToKillItAndLaterGoesOn) {
  from_ = "liberty";
  to_ = "mitaka";
  std::string templates = "4 group\n";
  for (const std::string id : {"1", "2"})
    templates += "  - c1-" + id + " api.1 create ClusterTemplate t" + id + R"( mix {"fields":{"id":"t)" + id +
                 R"(","name":"n)" + id +
                 R"(","plugin_name":"p","hadoop_version":"1","tenant_id":"caravan","is_default":true}})" +
                 "\n";
  const auto events = told(starts("liberty") + templates +
                           "5 migrate phase=expand from=liberty to=mitaka\n"
                           "6 migrate phase=data from=liberty to=mitaka batch=1 die-in=2\n"
                           "7 migrate phase=data from=liberty to=mitaka\n");
  EXPECT_EQ(outcome_.outcome, "complete") << outcome_.why;
  std::vector<std::string> moved;
  for (const std::string& line : events) {
    const Json event = Json::parse(line);
    if (event.at("kind") == "migration")
      moved.push_back(event.at("killed").get<bool>() ? "killed" : event.at("done").dump());
  }
  EXPECT_THAT(moved, ElementsAre("0", "killed", "1"));
}

TEST_F(InProcess, APausedNodeTakesNothingUntilItIsResumed) {
  const auto events = told(starts("kilo") + "4 pause node=conductor.1\n" +
                           "5 group\n  - c1-1 api.1 create Job j1 mix "
                           "{\"fields\":{\"id\":\"j1\",\"name\":\"n\",\"type\":\"Pig\"}}\n"
                           "  5.1 resume node=conductor.1\n");
  EXPECT_EQ(outcome_.outcome, "complete") << outcome_.why;
  EXPECT_THAT(all(events, "op", "edge"), ElementsAre("invoke", "ok"));
}

TEST_F(InProcess, ANodeThatStandsWithTheLockGoesOnWhenItIsResumed) {
  const std::string job = R"( mix {"fields":{"name":"n","type":"Pig","id":")";
  const auto events = told(starts("kilo") + "4 group\n  - c1-1 api.1 create Job j1" + job +
                               "j1\"}}\n5 pause node=conductor.1\n6 resume node=conductor.1\n" +
                               "7 group\n  - c1-2 api.1 create Job j2" + job + "j2\"}}\n",
                           "F34");
  EXPECT_EQ(outcome_.outcome, "complete") << outcome_.why;
  EXPECT_THAT(all(events, "op", "edge"), ElementsAre("invoke", "ok", "invoke", "ok"));
}

TEST_F(InProcess, APlantedDeathAnswersOneWriteAndNeverCommitsIt) {
  const auto events = told(starts("kilo") + writes(12), "F30");
  EXPECT_THAT(life(events, "conductor.1"), ElementsAre("starting", "ready", "exited"));
}

TEST_F(InProcess, AnAnswerThatIsPlantedToBeLateComesAfterItsCallerGaveUp) {
  const auto events = told(starts("kilo") + writes(12), "F40");
  EXPECT_THAT(all(events, "op", "edge"), ::testing::Contains("info"));
}

}  // namespace
}  // namespace caravan::nodes
