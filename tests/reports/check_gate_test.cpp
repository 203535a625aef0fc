// gate: who may join, when columns may go, which records may be written and removed.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

const Json gated = {{"id", "t1"}, {"name", "small"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}};

std::string verdict(RunBuilder& run) { return first_of(run.judged(), "gate"); }

TEST(Gate, CountsLawfulJoins) {
  RunBuilder run;
  run.usual();
  EXPECT_EQ(verdict(run), "pass");
  EXPECT_EQ(check_of(run.judged(), "gate").obligations, 4);
}

TEST(Gate, DoesNotApplyToDirectAccess) {
  RunBuilder run;
  run.header()["access"] = "direct";
  run.usual();
  EXPECT_NE(check_of(run.judged(), "gate").note.find("with direct access there is no gate"),
            std::string::npos);
}

TEST(Gate, CatchesANodeThatTheSchemaDoesNotServe) {
  RunBuilder run;
  run.migrate("1", "contract");
  run.start("conductor.1#1", "liberty");
  run.start("engine.1#1", "kilo");
  EXPECT_EQ(verdict(run),
            "engine.1.join: engine.1#1 of release kilo was let in, but the schema serves liberty "
            "alone");
}

TEST(Gate, CatchesANodeThatWasTurnedAwayForNothing) {
  RunBuilder run;
  run.usual();
  run.node("engine.2#1", "kilo", "starting");
  run.node("engine.2#1", "kilo", "refused", {{"why", "too old"}});
  const auto report = run.judged();
  EXPECT_EQ(failing(report), std::vector<std::string>{"gate"}) << render(report, "text");
  EXPECT_EQ(verdict(run),
            "engine.2.join: engine.2#1 of release kilo was turned away, but the schema serves kilo "
            "to liberty");
}

TEST(Gate, LetsTheSchemaTurnAwayWhatItDoesNotServe) {
  RunBuilder run;
  run.migrate("1", "contract");
  run.start("conductor.1#1", "liberty");
  run.node("engine.2#1", "kilo", "starting");
  run.node("engine.2#1", "kilo", "refused", {{"why", "too old"}});
  EXPECT_EQ(verdict(run), "pass");
}

TEST(Gate, CatchesAContractWithAnOldRecord) {
  for (const bool forgotten : {false, true}) {
    RunBuilder run;
    run.start("conductor.1#1", "liberty");
    run.record("conductor.1", "liberty", "kilo");
    run.record("engine.1", forgotten ? "liberty" : "kilo", "kilo");  // stopped long ago: stale
    run.migrate("5", "contract");
    EXPECT_EQ(verdict(run),
              forgotten ? "pass"
                        : "migration.contract: contract was let through, though engine.1 (kilo) is still "
                          "on record");
  }
}

TEST(Gate, CatchesAContractThatIsRefusedForNothing) {
  RunBuilder run;
  run.start("conductor.1#1", "liberty");
  run.record("conductor.1", "liberty", "liberty");
  run.migrate("4", "data");
  run.migrate("5", "contract", {{"status", 3}, {"refused", "no"}});
  EXPECT_EQ(verdict(run),
            "migration.contract: contract was refused, though no older node is on record and data was done");
}

TEST(Gate, CatchesARefusalThatChangesSomething) {
  RunBuilder run;
  run.start("conductor.1#1", "liberty");
  run.start("engine.1#1", "kilo");
  run.record("engine.1", "kilo", "kilo");
  run.begin("5", "migrate", {{"phase", "contract"}, {"from", "kilo"}, {"to", "liberty"}});
  run.drop_column("JobExecution", "oozie_job_id");
  run.schema();
  run.event("migration", {{"phase", "contract"}, {"status", 3}, {"refused", "engine.1 (kilo) is on record"}});
  run.end("5", "migrate");
  EXPECT_EQ(
      verdict(run),
      "migration.contract: the phase contract was refused, yet the columns of the database have changed");
}

TEST(Gate, JudgesForgetByTheHeartbeat) {
  for (const bool fresh : {false, true})
    for (const bool refused : {false, true}) {
      RunBuilder run;
      run.usual();
      run.record("engine.2", "kilo", "kilo");
      run.wait(fresh ? 500'000 : 9'000'000);
      run.begin("5", "forget", {{"node", "engine.2"}, {"expect", refused ? "refused" : ""}});
      if (!refused)
        for (const char* column : {"id", "role"})
          run.event("change", {{"sequence", 900},
                               {"action", "delete"},
                               {"table", "caravan_services"},
                               {"key", "engine.2"},
                               {"column", column},
                               {"old", "x"},
                               {"new", nullptr}});
      run.event("gate",
                {{"verb", "forget"}, {"node", "engine.2"}, {"refused", refused ? Json("fresh") : Json()}});
      run.end("5", "forget");
      const auto told = verdict(run);
      if (fresh == refused)
        EXPECT_EQ(told, "pass");
      else
        EXPECT_NE(told.find(refused ? "was refused, though its heartbeat was stale"
                                    : "was let through, though its heartbeat was 0.5 s old"),
                  std::string::npos)
            << told;
      EXPECT_EQ(check_of(run.judged(), "gate").obligations, 5) << "four may join, and one is forgotten";
    }
}

TEST(Gate, CatchesAnnounceWithoutARecord) {
  RunBuilder run;
  run.usual();
  run.begin("5", "announce", {{"node", "engine.2"}, {"release", "kilo"}});
  run.event("gate", {{"verb", "announce"}, {"node", "engine.2"}, {"refused", nullptr}});
  run.end("5", "announce");
  EXPECT_EQ(verdict(run), "engine.2.announce: announce of engine.2 was let through, yet there is no record");
}

TEST(Gate, CatchesAnOperationThatHadToBeRefusedBeforeAnybodyElseDoes) {
  RunBuilder run;
  run.usual();
  run.create("api.2#1", "ClusterTemplate", gated);
  run.invoke("c1-1", "update", "ClusterTemplate", "t1", "api.1", {{"is_public", true}},
             {{"expect", "refused"}});
  const auto request =
      run.send("request", "client.1", "api.1", "update",
               {{"object", "ClusterTemplate"}, {"row", "t1"}, {"fields", {{"is_public", true}}}}, "c1-1");
  run.deliver(request, "api.1#1");
  run.reply(request, "api.1#1", {{"id", "t1"}}, "client.1");
  run.ok("c1-1");
  const auto report = run.judged();
  EXPECT_EQ(report.first, "gate");
  EXPECT_EQ(verdict(run),
            "ClusterTemplate.is_public: operation c1-1 (update ClusterTemplate) had to be refused, "
            "and api.1 (kilo) did it");
}

TEST(Gate, NamesTheFieldThatKeepsOlderHandsOff) {
  RunBuilder run;
  run.usual();
  Json row = gated;
  row["is_protected"] = true;
  run.create("api.2#1", "ClusterTemplate", row);
  run.invoke("c1-1", "delete", "ClusterTemplate", "t1", "api.1", Json::object(), {{"expect", "refused"}});
  run.ok("c1-1");
  EXPECT_NE(verdict(run).find("ClusterTemplate.is_protected: operation c1-1 (delete ClusterTemplate)"),
            std::string::npos);
}

TEST(Gate, CatchesANodeThatIsRefusedAndServesOn) {
  for (const bool deaf : {false, true}) {
    RunBuilder run;
    run.usual();
    const auto beat = [&run] {
      const auto call = run.send("call", "engine.1#1", "conductor", "service_update", Json::object());
      run.deliver(call, "conductor.1#1");
      return call;
    };
    run.refuse(beat(), "conductor.1#1", "JoinRefused", "engine.1#1");
    if (deaf) beat();
    EXPECT_EQ(verdict(run), deaf ? "engine.1.join: engine.1#1 was refused, but keeps serving" : "pass");
    EXPECT_EQ(check_of(run.judged(), "gate").obligations, 5) << "four may join, and the refused one goes";
  }
}

}  // namespace
}  // namespace caravan::reports
