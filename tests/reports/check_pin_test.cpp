// pin: caps at every start and reload, beside whom a node serves, and what it sends.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

const Json pinned_cluster = {
    {"id", "c1"}, {"name", "one"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}};

class Pin : public testing::Test {
 protected:
  void SetUp() override {
    run_.header()["compat"] = "pin";
    start("conductor.1", "liberty", "kilo");
    start("engine.1", "kilo", "kilo");
    run_.wait(5'000'000);
  }
  /// A joiner is on record before it is ready.
  void start(const std::string& node, const std::string& release, const std::string& capped_at,
             int life = 1) {
    const auto peer = node + "#" + std::to_string(life);
    // The first conductor sees that an old engine will come.
    if (node == "conductor.1") run_.record("engine.1", "kilo", "kilo");
    run_.node(peer, release, "starting");
    run_.record(node, release, capped_at);
    run_.node(peer, release, "ready");
  }
  void stop(const std::string& peer) {
    run_.node(peer, run_.release_of(peer), "draining");
    run_.node(peer, run_.release_of(peer), "stopped");
  }
  void reload(const std::string& node, const std::string& release, const std::string& capped_at) {
    run_.begin("7", "reload", {{"node", node}});
    run_.end("7", "reload");
    run_.wait(500'000);
    run_.record(node, release, capped_at);
    run_.wait(5'000'000);
    run_.begin("8", "settle");
    run_.end("8", "settle");
  }
  std::string verdict() { return first_of(run_.judged(), "pin"); }
  RunBuilder run_;
};

TEST(PinIdle, DoesNotApplyElsewhere) {
  RunBuilder run;
  run.usual();
  EXPECT_NE(check_of(run.judged(), "pin").note.find("does not apply: with compat backport"),
            std::string::npos);
}

TEST_F(Pin, PassesWhileTheOldestIsTheCap) {
  EXPECT_EQ(verdict(), "pass");
  EXPECT_GT(check_of(run_.judged(), "pin").obligations, 20);
}

TEST_F(Pin, CatchesANodeThatIsUnpinnedWhileAnOldOneRestarts) {
  stop("engine.1#1");
  start("engine.2", "liberty", "liberty");  // the minimum left engine.1 out: it was stopped
  run_.wait(5'000'000);
  run_.begin("8", "settle");
  run_.end("8", "settle");
  EXPECT_EQ(verdict(),
            "Cluster.cap: engine.2#1 was started, and its cap of Cluster is 1.3, but it has to be 1.2, "
            "for engine.1 (kilo)");
}

TEST_F(Pin, WantsTheCapToRiseWithTheNextReload) {
  for (const bool rises : {false, true}) {
    RunBuilder run;
    run_ = std::move(run);
    SetUp();
    stop("engine.1#1");
    start("engine.1", "liberty", "liberty", 2);
    reload("conductor.1", "liberty", rises ? "liberty" : "kilo");
    if (rises)
      EXPECT_EQ(verdict(), "pass");
    else
      EXPECT_EQ(verdict(),
                "Cluster.cap: conductor.1#1 was told to reload, and its cap of Cluster is 1.2, but it has "
                "to be 1.3, for conductor.1 (liberty)");
  }
}

TEST_F(Pin, CatchesAnOldNodeThatComesBackBesideAHigherCap) {
  stop("engine.1#1");
  start("engine.1", "liberty", "liberty", 2);
  reload("conductor.1", "liberty", "liberty");
  stop("engine.1#2");
  start("engine.1", "kilo", "kilo", 3);
  run_.wait(5'000'000);
  run_.begin("9", "settle");
  run_.end("9", "settle");
  EXPECT_EQ(verdict(),
            "Cluster.cap: engine.1#3 (kilo) serves beside conductor.1#1, whose cap of Cluster is 1.3");
}

TEST_F(Pin, CatchesAPrimitiveAboveTheSendersCap) {
  start("api.2", "liberty", "kilo");
  run_.create("api.2#1", "Cluster", pinned_cluster);
  EXPECT_EQ(verdict(), "Cluster.: api.2#1 (liberty) sent Cluster 1.3, above its cap of 1.2");
}

TEST_F(Pin, GoesByTheRecordsOfAReloadThatIsNotOnItsOwnRecordYet) {
  run_ = RunBuilder();
  run_.header()["compat"] = "pin";
  start("conductor.1", "liberty", "kilo");
  start("engine.1", "kilo", "kilo");
  start("engine.2", "liberty", "kilo");
  stop("engine.1#1");
  start("engine.1", "liberty", "liberty", 2);
  run_.begin("7", "reload", {{"node", "engine.2"}});
  run_.end("7", "reload");
  run_.create("engine.2#1", "Instance", {{"id", "i1"}, {"instance_name", "i"}});
  EXPECT_EQ(verdict(), "pass");
}

TEST_F(Pin, CatchesAnOptionThatIsIgnored) {
  run_.header()["config"] = {{"api.2", {{"upgrade_levels", "kilo"}}}};
  start("api.2", "liberty", "liberty");
  run_.create("api.2#1", "Cluster", pinned_cluster);
  EXPECT_NE(verdict().find("api.2#1 (liberty) sent Cluster 1.3, above its cap of 1.2"), std::string::npos)
      << verdict();
}

TEST_F(Pin, LetsAPinnedApiRefuseWhatItsCapDoesNotKnow) {
  start("api.2", "liberty", "kilo");
  for (const char* field : {"use_autoconfig", "description"}) {
    run_.invoke(std::string("c-") + field, "create", "Cluster", "c2", "api.2",
                {{"id", "c2"}, {field, nullptr}}, {{"purpose", "load"}});
    run_.fail(std::string("c-") + field, "UnknownField");
  }
  const auto report = run_.judged();
  EXPECT_EQ(check_of(report, "availability").failures, 1);
  EXPECT_NE(first_of(report, "availability").find("c-description"), std::string::npos);
}

// What a list is filtered by, and what a read loads lazily, is named as well.
TEST_F(Pin, LetsAPinnedApiRefuseToLoadOrFilterByWhatItsCapDoesNotKnow) {
  start("api.2", "liberty", "kilo");
  run_.invoke("c-1", "read", "ClusterTemplate", "t1", "api.2", {{"load", {"shares"}}}, {{"purpose", "load"}});
  run_.fail("c-1", "UnknownField");
  run_.invoke("c-2", "list", "Cluster", "", "api.2", {{"use_autoconfig", true}}, {{"purpose", "load"}});
  run_.fail("c-2", "UnknownField");
  EXPECT_EQ(first_of(run_.judged(), "availability"), "pass");
}

TEST_F(Pin, LetsAnAnnouncementStandWhileTheNodeBeatsOn) {
  run_.begin("7", "announce", {{"node", "engine.1"}, {"release", "kilo"}});
  run_.record("engine.1", "kilo", "kilo");
  run_.end("7", "announce");
  run_.wait(1'000'000);
  run_.record("engine.1", "kilo", "kilo");
  EXPECT_EQ(verdict(), "pass");
}

TEST_F(Pin, CatchesAnAnnouncementThatAHeartbeatUndoes) {
  run_.begin("7", "announce", {{"node", "engine.1"}, {"release", "kilo"}});
  run_.record("engine.1", "kilo", "kilo");
  run_.end("7", "announce");
  run_.wait(1'000'000);
  run_.record("engine.1", "liberty", "kilo");
  EXPECT_NE(verdict().find("engine.1 was announced for kilo, but its record says liberty again"),
            std::string::npos)
      << verdict();
}

}  // namespace
}  // namespace caravan::reports
