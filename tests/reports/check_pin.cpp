// pin: caps at every start and reload, beside whom a node serves, and what it sends.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan {
namespace {

const Json pinned_cluster = {
    {"id", "c1"}, {"name", "one"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}};

class Pin : public testing::Test {
 protected:
  void SetUp() override {
    tale_.header()["compat"] = "pin";
    start("conductor.1", "liberty", "kilo");
    start("engine.1", "kilo", "kilo");
    tale_.wait(5'000'000);
  }
  /// A joiner is on record before it is ready.
  void start(const std::string& node, const std::string& release, const std::string& capped_at,
             int life = 1) {
    const auto peer = node + "#" + std::to_string(life);
    // The first conductor sees that an old engine will come.
    if (node == "conductor.1") tale_.record("engine.1", "kilo", "kilo");
    tale_.node(peer, release, "starting");
    tale_.record(node, release, capped_at);
    tale_.node(peer, release, "ready");
  }
  void stop(const std::string& peer) {
    tale_.node(peer, tale_.release_of(peer), "draining");
    tale_.node(peer, tale_.release_of(peer), "stopped");
  }
  void reload(const std::string& node, const std::string& release, const std::string& capped_at) {
    tale_.begin("7", "reload", {{"node", node}});
    tale_.end("7", "reload");
    tale_.wait(500'000);
    tale_.record(node, release, capped_at);
    tale_.wait(5'000'000);
    tale_.begin("8", "settle");
    tale_.end("8", "settle");
  }
  std::string verdict() { return first_of(tale_.judged(), "pin"); }
  RunBuilder tale_;
};

TEST(PinIdle, DoesNotApplyElsewhere) {
  RunBuilder tale;
  tale.usual();
  EXPECT_NE(check_of(tale.judged(), "pin").note.find("does not apply: with compat backport"),
            std::string::npos);
}

TEST_F(Pin, PassesWhileTheOldestIsTheCap) {
  EXPECT_EQ(verdict(), "pass");
  EXPECT_GT(check_of(tale_.judged(), "pin").obligations, 20);
}

TEST_F(Pin, CatchesANodeThatIsUnpinnedWhileAnOldOneRestarts) {
  stop("engine.1#1");
  start("engine.2", "liberty", "liberty");  // the minimum left engine.1 out: it was stopped
  tale_.wait(5'000'000);
  tale_.begin("8", "settle");
  tale_.end("8", "settle");
  EXPECT_EQ(verdict(),
            "Cluster.cap: engine.2#1 was started, and its cap of Cluster is 1.3, but it has to be 1.2, "
            "for engine.1 (kilo)");
}

TEST_F(Pin, WantsTheCapToRiseWithTheNextReload) {
  for (const bool rises : {false, true}) {
    RunBuilder tale;
    tale_ = std::move(tale);
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
  tale_.wait(5'000'000);
  tale_.begin("9", "settle");
  tale_.end("9", "settle");
  EXPECT_EQ(verdict(),
            "Cluster.cap: engine.1#3 (kilo) serves beside conductor.1#1, whose cap of Cluster is 1.3");
}

TEST_F(Pin, CatchesAPrimitiveAboveTheSendersCap) {
  start("api.2", "liberty", "kilo");
  tale_.create("api.2#1", "Cluster", pinned_cluster);
  EXPECT_EQ(verdict(), "Cluster.: api.2#1 (liberty) sent Cluster 1.3, above its cap of 1.2");
}

TEST_F(Pin, GoesByTheRecordsOfAReloadThatIsNotOnItsOwnRecordYet) {
  tale_ = RunBuilder();
  tale_.header()["compat"] = "pin";
  start("conductor.1", "liberty", "kilo");
  start("engine.1", "kilo", "kilo");
  start("engine.2", "liberty", "kilo");
  stop("engine.1#1");
  start("engine.1", "liberty", "liberty", 2);
  tale_.begin("7", "reload", {{"node", "engine.2"}});
  tale_.end("7", "reload");
  tale_.create("engine.2#1", "Instance", {{"id", "i1"}, {"instance_name", "i"}});
  EXPECT_EQ(verdict(), "pass");
}

TEST_F(Pin, CatchesAnOptionThatIsIgnored) {
  tale_.header()["config"] = {{"api.2", {{"upgrade_levels", "kilo"}}}};
  start("api.2", "liberty", "liberty");
  tale_.create("api.2#1", "Cluster", pinned_cluster);
  EXPECT_NE(verdict().find("api.2#1 (liberty) sent Cluster 1.3, above its cap of 1.2"), std::string::npos)
      << verdict();
}

TEST_F(Pin, LetsAPinnedApiRefuseWhatItsCapDoesNotKnow) {
  start("api.2", "liberty", "kilo");
  for (const char* field : {"use_autoconfig", "description"}) {
    tale_.invoke(std::string("c-") + field, "create", "Cluster", "c2", "api.2",
                 {{"id", "c2"}, {field, nullptr}}, {{"purpose", "load"}});
    tale_.fail(std::string("c-") + field, "UnknownField");
  }
  const auto report = tale_.judged();
  EXPECT_EQ(check_of(report, "availability").failures, 1);
  EXPECT_NE(first_of(report, "availability").find("c-description"), std::string::npos);
}

// What a list is filtered by, and what a read loads lazily, is named as well.
TEST_F(Pin, LetsAPinnedApiRefuseToLoadOrFilterByWhatItsCapDoesNotKnow) {
  start("api.2", "liberty", "kilo");
  tale_.invoke("c-1", "read", "ClusterTemplate", "t1", "api.2", {{"load", {"shares"}}},
               {{"purpose", "load"}});
  tale_.fail("c-1", "UnknownField");
  tale_.invoke("c-2", "list", "Cluster", "", "api.2", {{"use_autoconfig", true}}, {{"purpose", "load"}});
  tale_.fail("c-2", "UnknownField");
  EXPECT_EQ(first_of(tale_.judged(), "availability"), "pass");
}

TEST_F(Pin, LetsAnAnnouncementStandWhileTheNodeBeatsOn) {
  tale_.begin("7", "announce", {{"node", "engine.1"}, {"release", "kilo"}});
  tale_.record("engine.1", "kilo", "kilo");
  tale_.end("7", "announce");
  tale_.wait(1'000'000);
  tale_.record("engine.1", "kilo", "kilo");
  EXPECT_EQ(verdict(), "pass");
}

TEST_F(Pin, CatchesAnAnnouncementThatAHeartbeatUndoes) {
  tale_.begin("7", "announce", {{"node", "engine.1"}, {"release", "kilo"}});
  tale_.record("engine.1", "kilo", "kilo");
  tale_.end("7", "announce");
  tale_.wait(1'000'000);
  tale_.record("engine.1", "liberty", "kilo");
  EXPECT_NE(verdict().find("engine.1 was announced for kilo, but its record says liberty again"),
            std::string::npos)
      << verdict();
}

}  // namespace
}  // namespace caravan
