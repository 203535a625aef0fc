// gate: who may join, when columns may go, which records may be written and removed.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan {
namespace {

const Json gated = {{"id", "t1"}, {"name", "small"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}};

std::string verdict(RunBuilder& tale) { return first_of(tale.judged(), "gate"); }

TEST(Gate, CountsLawfulJoins) {
  RunBuilder tale;
  tale.usual();
  EXPECT_EQ(verdict(tale), "pass");
  EXPECT_EQ(check_of(tale.judged(), "gate").obligations, 4);
}

TEST(Gate, DoesNotApplyToDirectAccess) {
  RunBuilder tale;
  tale.header()["access"] = "direct";
  tale.usual();
  EXPECT_NE(check_of(tale.judged(), "gate").note.find("with direct access there is no gate"),
            std::string::npos);
}

TEST(Gate, CatchesANodeThatTheSchemaDoesNotServe) {
  RunBuilder tale;
  tale.migrate("1", "contract");
  tale.start("conductor.1#1", "liberty");
  tale.start("engine.1#1", "kilo");
  EXPECT_EQ(verdict(tale),
            "engine.1.join: engine.1#1 of release kilo was let in, but the schema serves liberty "
            "alone");
}

TEST(Gate, CatchesANodeThatWasTurnedAwayForNothing) {
  RunBuilder tale;
  tale.usual();
  tale.node("engine.2#1", "kilo", "starting");
  tale.node("engine.2#1", "kilo", "refused", {{"why", "too old"}});
  const auto report = tale.judged();
  EXPECT_EQ(failing(report), std::vector<std::string>{"gate"}) << render(report, "text");
  EXPECT_EQ(verdict(tale),
            "engine.2.join: engine.2#1 of release kilo was turned away, but the schema serves kilo "
            "to liberty");
}

TEST(Gate, LetsTheSchemaTurnAwayWhatItDoesNotServe) {
  RunBuilder tale;
  tale.migrate("1", "contract");
  tale.start("conductor.1#1", "liberty");
  tale.node("engine.2#1", "kilo", "starting");
  tale.node("engine.2#1", "kilo", "refused", {{"why", "too old"}});
  EXPECT_EQ(verdict(tale), "pass");
}

TEST(Gate, CatchesAContractWithAnOldRecord) {
  for (const bool forgotten : {false, true}) {
    RunBuilder tale;
    tale.start("conductor.1#1", "liberty");
    tale.record("conductor.1", "liberty", "kilo");
    tale.record("engine.1", forgotten ? "liberty" : "kilo", "kilo");  // stopped long ago: stale
    tale.migrate("5", "contract");
    EXPECT_EQ(verdict(tale),
              forgotten ? "pass"
                        : "migration.contract: contract was let through, though engine.1 (kilo) is still "
                          "on record");
  }
}

TEST(Gate, CatchesAContractThatIsRefusedForNothing) {
  RunBuilder tale;
  tale.start("conductor.1#1", "liberty");
  tale.record("conductor.1", "liberty", "liberty");
  tale.migrate("4", "data");
  tale.migrate("5", "contract", {{"status", 3}, {"refused", "no"}});
  EXPECT_EQ(verdict(tale),
            "migration.contract: contract was refused, though nobody older is on record and data "
            "was done");
}

TEST(Gate, CatchesARefusalThatChangesSomething) {
  RunBuilder tale;
  tale.start("conductor.1#1", "liberty");
  tale.start("engine.1#1", "kilo");
  tale.record("engine.1", "kilo", "kilo");
  tale.begin("5", "migrate", {{"phase", "contract"}, {"from", "kilo"}, {"to", "liberty"}});
  tale.drop_column("JobExecution", "oozie_job_id");
  tale.schema();
  tale.event("migration",
             {{"phase", "contract"}, {"status", 3}, {"refused", "engine.1 (kilo) is on record"}});
  tale.end("5", "migrate");
  EXPECT_EQ(verdict(tale),
            "migration.contract: the phase contract was refused, yet the columns of the database "
            "are others");
}

TEST(Gate, JudgesForgetByTheHeartbeat) {
  for (const bool fresh : {false, true})
    for (const bool refused : {false, true}) {
      RunBuilder tale;
      tale.usual();
      tale.record("engine.2", "kilo", "kilo");
      tale.wait(fresh ? 500'000 : 9'000'000);
      tale.begin("5", "forget", {{"node", "engine.2"}, {"expect", refused ? "refused" : ""}});
      if (!refused)
        for (const char* column : {"id", "role"})
          tale.event("change", {{"sequence", 900},
                                {"action", "delete"},
                                {"table", "caravan_services"},
                                {"key", "engine.2"},
                                {"column", column},
                                {"old", "x"},
                                {"new", nullptr}});
      tale.event("gate",
                 {{"verb", "forget"}, {"node", "engine.2"}, {"refused", refused ? Json("fresh") : Json()}});
      tale.end("5", "forget");
      const auto told = verdict(tale);
      if (fresh == refused)
        EXPECT_EQ(told, "pass");
      else
        EXPECT_NE(told.find(refused ? "was refused, though its heartbeat was stale"
                                    : "was let through, though its heartbeat was 0.5 s old"),
                  std::string::npos)
            << told;
      EXPECT_EQ(check_of(tale.judged(), "gate").obligations, 5) << "four may join, and one is forgotten";
    }
}

TEST(Gate, CatchesAnnounceWithoutARecord) {
  RunBuilder tale;
  tale.usual();
  tale.begin("5", "announce", {{"node", "engine.2"}, {"release", "kilo"}});
  tale.event("gate", {{"verb", "announce"}, {"node", "engine.2"}, {"refused", nullptr}});
  tale.end("5", "announce");
  EXPECT_EQ(verdict(tale), "engine.2.announce: announce of engine.2 was let through, yet there is no record");
}

TEST(Gate, CatchesAnOperationThatHadToBeRefusedBeforeAnybodyElseDoes) {
  RunBuilder tale;
  tale.usual();
  tale.create("api.2#1", "ClusterTemplate", gated);
  tale.invoke("c1-1", "update", "ClusterTemplate", "t1", "api.1", {{"is_public", true}},
              {{"expect", "refused"}});
  const auto request =
      tale.send("request", "client.1", "api.1", "update",
                {{"object", "ClusterTemplate"}, {"row", "t1"}, {"fields", {{"is_public", true}}}}, "c1-1");
  tale.deliver(request, "api.1#1");
  tale.reply(request, "api.1#1", {{"id", "t1"}}, "client.1");
  tale.ok("c1-1");
  const auto report = tale.judged();
  EXPECT_EQ(report.first, "gate");
  EXPECT_EQ(verdict(tale),
            "ClusterTemplate.is_public: operation c1-1 (update ClusterTemplate) had to be refused, "
            "and api.1 (kilo) did it");
}

TEST(Gate, NamesTheFieldThatKeepsOlderHandsOff) {
  RunBuilder tale;
  tale.usual();
  Json row = gated;
  row["is_protected"] = true;
  tale.create("api.2#1", "ClusterTemplate", row);
  tale.invoke("c1-1", "delete", "ClusterTemplate", "t1", "api.1", Json::object(), {{"expect", "refused"}});
  tale.ok("c1-1");
  EXPECT_NE(verdict(tale).find("ClusterTemplate.is_protected: operation c1-1 (delete ClusterTemplate)"),
            std::string::npos);
}

TEST(Gate, CatchesANodeThatIsRefusedAndServesOn) {
  for (const bool deaf : {false, true}) {
    RunBuilder tale;
    tale.usual();
    const auto beat = [&tale] {
      const auto call = tale.send("call", "engine.1#1", "conductor", "service_update", Json::object());
      tale.deliver(call, "conductor.1#1");
      return call;
    };
    tale.refuse(beat(), "conductor.1#1", "JoinRefused", "engine.1#1");
    if (deaf) beat();
    EXPECT_EQ(verdict(tale), deaf ? "engine.1.join: engine.1#1 was refused, and goes on serving" : "pass");
    EXPECT_EQ(check_of(tale.judged(), "gate").obligations, 5) << "four may join, and the refused one goes";
  }
}

}  // namespace
}  // namespace caravan
