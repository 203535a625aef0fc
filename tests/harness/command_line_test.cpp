// The program as a person meets it: exit codes, one message for each bad input, nobody left.
#include <sstream>

#include "reports/recording/run_shape.hpp"
#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

using BadWords = ProgramTest;
using BadFiles = ProgramTest;
using Running = ProgramTest;

TEST_F(BadWords, NoCommandPrintsTheCommands) {
  const auto result = caravan({});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("usage: caravan COMMAND"));
}

TEST_F(BadWords, AnUnknownCommandNamesTheNearest) {
  one_message(caravan({"rum"}), 2, "there is no command 'rum'; did you mean \"run\"?");
}

TEST_F(BadWords, AnUnknownOptionNamesTheNearest) {
  one_message(caravan({"run", "kilo-to-liberty", "--sed", "3"}), 2,
              "there is no option --sed; did you mean \"--seed\"?");
}

TEST_F(BadWords, ASeedThatIsNoNumberIsRefused) {
  one_message(caravan({"run", "kilo-to-liberty", "--seed", "many"}), 2, "many");
}

TEST_F(BadWords, ASeedIsAWholeNumberThatFits) {
  for (const char* seed : {"-1", "-0", "18446744073709551616", "99999999999999999999999", "1.5", "1e3",
                           "0x10", "", " 1", "+1", "1_000"})
    one_message(caravan({"plan", "kilo-to-liberty", "--seed", seed}), 2,
                std::string("\"") + seed + "\" is not a seed: a whole number from 0 to 18446744073709551615");
  EXPECT_EQ(caravan({"plan", "kilo-to-liberty", "--seed", "18446744073709551615"}).code, 0);
  EXPECT_EQ(caravan({"plan", "kilo-to-liberty", "--seed", "0"}).code, 0);
}

TEST_F(BadWords, ATimeoutIsANumberOfSeconds) {
  for (const char* timeout : {"nan", "inf", "-1", "0", "1e10", "5s", ""})
    one_message(caravan({"run", "kilo-to-liberty", "--timeout", timeout}), 2,
                std::string("\"") + timeout + "\" is not a number of seconds from 0.001 to 1000000000");
}

TEST_F(BadWords, AreRefusedInPlainWords) {
  one_message(caravan({"run", "kilo-to-liberty", "--seed"}), 2, "caravan run: --seed needs a value");
  one_message(caravan({"run", "one", "two"}), 2, "one SCENARIO|PLAN at a time, not 2");
  one_message(caravan({"objects", "diff", "kilo"}), 2, "FROM TO: 2 are needed, not 1");
  one_message(caravan({"version", "x"}), 2, "unexpected argument 'x'");
}

TEST_F(BadWords, AMissingScenarioIsRefused) { one_message(caravan({"run"}), 2, "SCENARIO"); }

TEST_F(BadWords, WhatIsNotBuiltIsUnknownAndInNoHelp) {
  for (const char* command : {"init", "check", "matrix", "explore", "can-upgrade"}) {
    one_message(caravan({command}), 2, "there is no command '" + std::string(command) + "'");
    EXPECT_THAT(caravan({"--help"}).out, testing::Not(HasSubstr("\n  " + std::string(command))));
  }
  one_message(caravan({"run", "kilo-to-liberty", "--carrier", "sim"}), 2, "there is no carrier 'sim'");
  one_message(caravan({"run", "kilo-to-liberty", "--format", "html"}), 2, "unknown format 'html'");
  EXPECT_THAT(caravan({"--help"}).out, testing::Not(HasSubstr("not built")));
}

TEST_F(BadWords, AnUnknownDatabaseNamesTheNearestAndNeverAPassword) {
  one_message(caravan({"run", "kilo-to-liberty", "--database", "postgre"}), 2,
              "unknown database 'postgre'; did you mean \"postgresql\"?");
  const auto result = caravan({"plan", "kilo-to-liberty", "--database", "oracle://me:hidden@h/x"});
  one_message(result, 2, "unknown database 'oracle'");
  EXPECT_THAT(result.err, testing::Not(HasSubstr("hidden")));
}

TEST_F(BadWords, AModeThatThereIsNotSaysWhy) {
  one_message(caravan({"plan", "kilo-to-liberty", "--mode", "direct/backport"}), 2, "only ids travel");
  one_message(caravan({"plan", "kilo-to-liberty", "--mode", "conductor"}), 2, "ACCESS/COMPAT");
  spill(folder / "p", little_plan);
  one_message(caravan({"run", "p", "--mode", "conductor/pin"}), 2,
              "the plan was made for conductor/backport");
}

TEST_F(BadWords, AnUnknownPlantNamesTheNearest) {
  one_message(caravan({"run", "kilo-to-liberty", "--plant", "F99"}), 2, "unknown plant 'F99'");
}

TEST_F(BadWords, AnUnknownCheckNamesTheNearest) {
  one_message(caravan({"explain", "no-data-los"}), 2, "no-data-loss");
}

TEST_F(BadWords, HelpIsNoError) {
  const auto result = caravan({"run", "--help"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("--plant"));
}

TEST_F(BadFiles, AScenarioThatIsNotThereNamesTheNearest) {
  one_message(caravan({"run", "kilo-to-librety"}), 2, "kilo-to-liberty");
}

TEST_F(BadFiles, APlanWithAnUnknownNodeNamesTheStep) {
  spill(folder / "p", little_plan + "5 stop node=api.7\n");
  one_message(caravan({"run", "p"}), 2, "step 5");
}

TEST_F(BadFiles, APlanThatStartsANodeTwiceNamesTheStep) {
  spill(folder / "p", little_plan + "5 start node=api.1 release=liberty\n");
  one_message(caravan({"run", "p"}), 2, "step 5: api.1 is started, but it is already running");
}

TEST_F(BadFiles, IcehouseHasNoRpc) {
  std::string plan = little_plan;
  plan.replace(plan.find("node=api.1 release=kilo"), 23, "node=api.1 release=icehouse");
  spill(folder / "p", plan);
  one_message(caravan({"run", "p"}), 2, "icehouse has no RPC");
}

TEST_F(BadFiles, AnUnknownReleaseNamesTheNearest) {
  std::string plan = little_plan;
  plan.replace(plan.find("to: liberty"), 11, "to: librety");
  spill(folder / "p", plan);
  one_message(caravan({"run", "p"}), 2, "liberty");
}

TEST_F(BadWords, AnEmptyValueIsNotADefault) {
  spill(folder / "p", little_plan);
  fs::create_directory(folder / "r");
  spill(folder / "r" / "run.ndjson", begun_recording("s"));
  const struct {
    std::vector<std::string> words;
    std::vector<const char*> options;
  } commands[] = {
      {{"run", "p"},
       {"--out", "--database", "--mode", "--plant", "--catalog", "--node-program", "--program", "--format"}},
      {{"plan", "p"}, {"--database", "--mode", "--program"}},
      {{"replay", "r"}, {"--out", "--database"}},
      {{"judge", "r"}, {"--format"}},
      {{"report", "r"}, {"--out", "--format"}},
      {{"show", "r"}, {"--event", "--op", "--object", "--node", "--step", "--grep"}},
      {{"objects", "lint"}, {"--catalog", "--against", "--conversions", "--plant", "--format"}},
      {{"objects", "show", "Cluster"}, {"--release", "--catalog"}},
      {{"list"}, {"--color"}}};
  for (const auto& command : commands)
    for (const char* option : command.options) {
      auto words = command.words;
      words.insert(words.end(), {option, ""});
      one_message(caravan(words), 2, std::string(option) + " is given an empty value");
    }
  for (const char* command : {"run", "plan", "judge", "replay", "report", "show", "explain", "list"})
    one_message(caravan({command, ""}), 2, "is given an empty value");
  EXPECT_FALSE(fs::exists(folder / "runs"));
}

TEST_F(BadFiles, ARunThatIsNotThereIsRefused) {
  one_message(caravan({"judge", "nowhere"}), 2, "nowhere");
  fs::create_directory(folder / "empty");
  one_message(caravan({"judge", "empty"}), 2, "run.ndjson");
}

TEST_F(BadFiles, AForeignRunFileIsRefused) {
  spill(folder / "f", "{\"hello\": 1}\n");
  one_message(caravan({"judge", "f"}), 2, "f");
  one_message(caravan({"show", "f"}), 2, "f");
}

TEST_F(BadFiles, ARecordingInAScenariosPlaceIsToldApartAndSoIsAPlanInARecordings) {
  fs::create_directory(folder / "r");
  spill(folder / "r" / "run.ndjson", begun_recording("s"));
  spill(folder / "r" / "plan.txt", little_plan);
  for (const char* command : {"run", "plan"})
    for (const char* input : {"r", "r/run.ndjson"})
      one_message(caravan({command, input}), 2, "this is a recording, not a scenario or a plan");
  for (const char* command : {"judge", "show", "report"})
    one_message(caravan({command, "r/plan.txt"}), 2, "it looks like a plan");
}

TEST_F(Running, APlanIsToldToItsEndAndRecorded) {
  const auto result = caravan(little_run(""));
  EXPECT_EQ(seen("end", "outcome"), std::vector<std::string>{"complete"}) << result.err;
  EXPECT_EQ(seen("node", "state"),
            (std::vector<std::string>{"starting", "starting", "ready", "ready", "draining", "stopped",
                                      "starting", "ready", "draining", "stopped", "draining", "stopped"}));
  EXPECT_TRUE(fs::exists(folder / "out-folder" / "report.json"));
  EXPECT_EQ(slurp(folder / "out-folder" / "plan.txt"), little_plan);
  EXPECT_EQ(slurp(folder / "out-folder" / "logs" / "api.1.2.log"), "api.1#2 speaks\n");
  const auto all = events();
  for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i]["n"], i);
  EXPECT_EQ(all.front()["releases"].size(), 2U);
  for (const auto& member : all.front().items()) {
    auto damaged = all.front();
    damaged[member.key()] = member.value().is_array() ? Json(1) : Json::array();
    EXPECT_TRUE(member.key() == "n" || reports::wrong_shape(damaged)) << member.key() << " is of any type";
  }
  nobody_is_left();
}

TEST_F(Running, EveryOperationHasOneAnswer) {
  caravan(little_run(""));
  std::vector<std::string> edges;
  for (const auto& event : events())
    if (event["kind"] == "op")
      edges.push_back(event["op"].get<std::string>() + " " + event["edge"].get<std::string>());
  EXPECT_THAT(edges, testing::UnorderedElementsAre("c1-1 invoke", "c1-1 ok", "c1-2 invoke", "c1-2 ok"));
}

TEST_F(Running, ANodeThatCrashesAtOnceEndsTheRunWithItsLastWords) {
  const auto result = caravan(little_run("crash"));
  one_message(result, 4, "exit code 3");
  EXPECT_THAT(result.err, HasSubstr("I fall"));
  EXPECT_THAT(result.err, HasSubstr("conductor.1#1"));
  EXPECT_EQ(seen("end", "outcome"), std::vector<std::string>{"failed"});
  EXPECT_FALSE(fs::exists(folder / "out-folder" / "report.json"));
}

TEST_F(Running, ANodeThatNeverSaysHelloEndsTheRun) {
  one_message(caravan(little_run("silent")), 4, "no hello within");
  EXPECT_THAT(seen("node", "state"), testing::Contains("late"));
}

TEST_F(Running, AProgramThatIsNotThereIsTheMachinesFault) {
  spill(folder / "p", little_plan);
  one_message(caravan({"run", "p", "--node-program", "nowhere"}), 4, "nowhere");
  EXPECT_FALSE(fs::exists(folder / "runs"));
}

TEST_F(Running, GarbageIsRecordedAsTrouble) {
  caravan(little_run("garbage"));
  EXPECT_THAT(seen("trouble", "what"), testing::Contains(StartsWith("bytes that are not an envelope")));
  EXPECT_EQ(seen("end", "outcome"), std::vector<std::string>{"complete"});
}

TEST_F(Running, ARequestThatNobodyAnswersIsIndeterminate) {
  caravan(little_run("mute"));
  EXPECT_THAT(seen("op", "edge"), testing::ElementsAre("invoke", "info", "invoke", "info"));
}

TEST_F(Running, AnInterruptionStopsTheClusterAndKeepsTheRecording) {
  const auto pid = launch(
      little_run("mute", "3 group\n  - c1-1 api.1 read Cluster 11111111-1111-1111-1111-111111111111 load\n"));
  while (seen("op", "edge").empty()) {
  }
  ::kill(pid, SIGINT);
  const auto result = await(pid);
  one_message(result, 130, "interrupted");
  EXPECT_EQ(seen("end", "outcome"), std::vector<std::string>{"interrupted"});
  EXPECT_EQ(seen("shutdown", "why"), std::vector<std::string>{"signal"});
  nobody_is_left();
  EXPECT_EQ(caravan({"judge", "out-folder"}).code, 3) << "what the shutdown does is nobody's failure";
}

TEST_F(Running, EverySignalThatAsksToEndDoesSoInOrder) {
  for (const int number : {SIGTERM, SIGHUP, SIGQUIT}) {
    fs::remove_all(folder / "out-folder");
    const auto pid = launch(little_run("mute"));
    while (seen("op", "edge").empty()) {
    }
    ::kill(pid, number);
    one_message(await(pid), 130, "interrupted");
    EXPECT_EQ(seen("end", "outcome"), std::vector<std::string>{"interrupted"}) << number;
    nobody_is_left();
  }
}

TEST_F(Running, AHangupIsNothingUnderNohup) {
  ::signal(SIGHUP, SIG_IGN);
  const auto pid = launch(little_run(""));
  ::signal(SIGHUP, SIG_DFL);
  while (seen("node", "state").empty()) {
  }
  ::kill(pid, SIGHUP);
  await(pid);
  EXPECT_EQ(seen("end", "outcome"), std::vector<std::string>{"complete"});
}

TEST_F(Running, ASecondInterruptionKillsAtOnce) {
  const auto pid = launch(little_run("stubborn"));
  while (seen("op", "edge").empty()) {
  }
  ::kill(pid, SIGINT);
  ::kill(pid, SIGTERM);
  const auto result = await(pid);
  EXPECT_EQ(result.code, 130);
  EXPECT_THAT(seen("node", "state"), testing::Contains("killed"));
  nobody_is_left();
}

TEST_F(Running, AHarnessKilledWithNineLeavesNoNodeAndAnIncompleteRecording) {
  const auto pid = launch(little_run("mute"));
  while (seen("op", "edge").empty()) {
  }
  ::kill(pid, SIGKILL);
  EXPECT_EQ(await(pid).code, 1000 + SIGKILL);
  EXPECT_TRUE(seen("end", "outcome").empty());
  const auto judged = caravan({"judge", "out-folder"});
  // Undecided; unless what was recorded proves a failure already.
  EXPECT_THAT(judged.code, testing::AnyOf(1, 3)) << judged.out << judged.err;
  EXPECT_THAT(judged.out, HasSubstr("without an end"));
}

/// Numbers of the events that show prints, with these options beside.
std::vector<int> shown(const Result& result) {
  std::vector<int> out;
  std::istringstream text(result.out);
  for (std::string line; std::getline(text, line);) out.push_back(Json::parse(line)["n"].get<int>());
  return out;
}

TEST_F(Running, ShowPrintsTheEventsForWhichAllOptionsHold) {
  caravan(little_run(""));
  const auto show = [this](std::vector<std::string> options) {
    options.insert(options.begin(), {"show", "out-folder", "--json"});
    return shown(caravan(options));
  };
  const auto all = show({});
  EXPECT_EQ(all.size(), events().size());
  const auto of_op = show({"--op", "c1-1"}), of_node = show({"--node", "api.1"}),
             both = show({"--op", "c1-1", "--node", "api.1"});
  std::vector<int> expected;
  std::set_intersection(of_op.begin(), of_op.end(), of_node.begin(), of_node.end(),
                        std::back_inserter(expected));
  EXPECT_FALSE(both.empty());
  EXPECT_LT(both.size(), of_op.size());
  EXPECT_EQ(both, expected);
  EXPECT_EQ(show({"--event", "3"}), std::vector<int>{3});
  EXPECT_EQ(show({"--event", "3", "--grep", events()[3]["kind"].get<std::string>()}), std::vector<int>{3});
}

TEST_F(Running, ShowFindsAChangeByItsWriterAndByTheOperationThatItWasFor) {
  caravan(little_run(""));
  Json change = events().back();  // in the place of the end: a recording may be cut anywhere
  const int number = change["n"].get<int>();
  change.update(Json{{"kind", "change"},
                     {"sequence", 1},
                     {"action", "update"},
                     {"table", "jobs"},
                     {"key", "j"},
                     {"column", "name"},
                     {"old", "a"},
                     {"new", "b"},
                     {"transaction", 1},
                     {"cause", ""},
                     {"writer", "conductor.7#1"}});
  const auto asks = [](const Json& event) {
    return event["kind"] == "send" && event["message"].value("operation", "") == "c1-1" &&
           event["message"]["kind"] == "request";
  };
  const auto all = events();
  const auto request = std::find_if(all.begin(), all.end(), asks);
  ASSERT_NE(request, all.end());
  change["cause"] = (*request)["message"]["id"];
  std::string text;
  for (std::size_t i = 0; i + 1 < all.size(); ++i) text += all[i].dump() + "\n";
  spill(folder / "out-folder" / "run.ndjson", text + change.dump() + "\n");
  const auto show = [this](std::vector<std::string> options) {
    options.insert(options.begin(), {"show", "out-folder", "--json"});
    return shown(caravan(options));
  };
  EXPECT_EQ(show({"--node", "conductor.7"}), std::vector<int>{number});
  EXPECT_THAT(show({"--op", "c1-1"}), testing::Contains(number));
  EXPECT_THAT(caravan({"show", "out-folder", "--node", "conductor.7"}).out,
              HasSubstr("update jobs.name of j: \"a\" -> \"b\" by conductor.7#1 for client.1/1"));
}

TEST_F(Running, ShowPrintsAStepFromItsBeginToItsEnd) {
  caravan(little_run(""));
  const auto numbers = shown(caravan({"show", "out-folder", "--json", "--step", "3.2"}));
  ASSERT_FALSE(numbers.empty());
  const auto all = events();
  EXPECT_EQ(all[static_cast<std::size_t>(numbers.front())]["edge"], "begin");
  EXPECT_EQ(all[static_cast<std::size_t>(numbers.front())]["step"], "3.2");
  EXPECT_EQ(all[static_cast<std::size_t>(numbers.back())]["edge"], "end");
  EXPECT_EQ(static_cast<int>(numbers.size()), numbers.back() - numbers.front() + 1);
  const auto group = shown(caravan({"show", "out-folder", "--json", "--step", "3"}));
  EXPECT_GT(group.size(), numbers.size());
}

TEST_F(Running, ShowSaysWhichOptionFindsNothing) {
  caravan(little_run(""));
  one_message(caravan({"show", "out-folder", "--node", "api.l"}), 2,
              "no event for --node api.l; did you mean \"api.1\"?");
  one_message(caravan({"show", "out-folder", "--event", "99999"}), 2,
              "no event for --event 99999; there are events 0 to ");
  one_message(caravan({"show", "out-folder", "--event", "0", "--step", "4"}), 2,
              "no event for --event 0 and --step 4 together; each alone has some");
}

}  // namespace
}  // namespace caravan::harness
