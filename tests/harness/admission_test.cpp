// Who is let in at the broker's socket, and of whom is complained.
#include "harness/process/admission.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace caravan::harness {
namespace {

using testing::HasSubstr;

constexpr Caller child{1000, 101}, other_child{1000, 102}, stranger{1000, 999999999};

class Gates : public testing::Test {
 protected:
  Gate gate{[](long pid) {
    return pid == child.pid ? "engine.1#1" : pid == other_child.pid ? "engine.2#1" : std::string();
  }};
  std::string complaint(const std::string& of) {
    const auto one = gate.take();
    EXPECT_TRUE(one) << "none";
    EXPECT_EQ(one ? one->peer : "none", of);
    return one ? one->what : "";
  }
  void nobody_complains() { EXPECT_FALSE(gate.complains()) << gate.take()->what; }
};

TEST_F(Gates, LetInWhoIsExpectedAndHasTheToken) {
  gate.expect("engine.1#1", "secret");
  EXPECT_TRUE(gate.admit("engine.1#1", "secret", child));
  EXPECT_TRUE(gate.speaks("engine.1#1", "A"));
  EXPECT_EQ(gate.connection("engine.1#1"), "A");
  nobody_complains();
}

TEST_F(Gates, LetInAChildOfAChild) {
  gate.expect("engine.1#1", "secret");
  gate.connected(7, stranger);  // a wrapper that left its process group
  EXPECT_TRUE(gate.admit("engine.1#1", "secret", stranger));
  gate.disconnected(7, "connected and sent what is not ZMTP");  // that is how any connection ends
  nobody_complains();
}

TEST_F(Gates, AreNotLockedByAStrangerWhoComesFirst) {
  gate.expect("engine.1#1", "secret");
  EXPECT_FALSE(gate.admit("engine.1#1", "", stranger));
  EXPECT_THAT(complaint(""),
              HasSubstr("process 999999999 of user 1000 connected as 'engine.1#1' with no token"));
  EXPECT_TRUE(gate.admit("engine.1#1", "secret", child));
}

TEST_F(Gates, KnowNobodyWhoWasNotStartedOrHasEnded) {
  EXPECT_FALSE(gate.admit("engine.1#1", "", child));
  gate.expect("engine.1#1", "secret");
  gate.forget("engine.1#1");
  EXPECT_FALSE(gate.admit("engine.1#1", "secret", child));
}

TEST_F(Gates, GiveEachIncarnationItsOwnToken) {
  gate.expect("engine.1#1", "first");
  gate.expect("engine.1#2", "second");
  EXPECT_FALSE(gate.admit("engine.1#2", "first", child));
  EXPECT_THAT(complaint("engine.1#1"), HasSubstr("under the name 'engine.1#2'"));
}

TEST_F(Gates, HoldTheOneConnectionOfWhoHasSpoken) {
  gate.expect("engine.1#1", "secret");
  EXPECT_TRUE(gate.admit("engine.1#1", "secret", child));
  EXPECT_TRUE(gate.admit("engine.1#1", "secret", child)) << "a handshake that took too long is tried again";
  EXPECT_TRUE(gate.speaks("engine.1#1", "B"));
  EXPECT_FALSE(gate.speaks("engine.1#1", "A"));
  EXPECT_FALSE(gate.admit("engine.1#1", "secret", child));
  EXPECT_THAT(complaint("engine.1#1"), HasSubstr("a second time"));
  EXPECT_EQ(gate.connection("engine.1#1"), "B");
}

TEST_F(Gates, TellAChildFromAStranger) {
  gate.connected(7, child);
  gate.connected(8, stranger);
  gate.disconnected(7, "connected and showed no token");
  EXPECT_EQ(complaint("engine.1#1"), "it connected and showed no token");
  gate.disconnected(8, "connected and showed no token");
  EXPECT_EQ(complaint(""), "process 999999999 of user 1000 connected and showed no token");
}

TEST_F(Gates, NameALivingStrangerWhoGoesWithoutAToken) {
  gate.connected(7, {0, ::getpid()});
  gate.disconnected(7, std::nullopt);
  EXPECT_THAT(complaint(""), HasSubstr("showed no token"));
}

TEST_F(Gates, DoNotGuessWhoWasGoneTooSoon) {
  gate.expect("engine.1#1", "secret");
  gate.connected(7, {});
  gate.disconnected(7, "connected and sent what is not ZMTP");
  nobody_complains();  // it may have been the child
  gate.admit("engine.1#1", "secret", child);
  gate.connected(7, {});
  gate.disconnected(7, "connected and sent what is not ZMTP");
  EXPECT_THAT(complaint(""), HasSubstr("before it could be named"));
}

TEST_F(Gates, AreSilentAboutADeadOneWhoJustWent) {
  for (int i = 0; i < 100; ++i) {
    gate.connected(7, stranger);
    gate.disconnected(7, std::nullopt);
  }
  nobody_complains();
}

TEST_F(Gates, NameOneStrangerAndNotAThousand) {
  for (int i = 0; i < 1000; ++i) gate.connected(i, stranger);
  EXPECT_THAT(complaint(""), HasSubstr("are connected and send nothing"));
  nobody_complains();
}

TEST_F(Gates, NameWhoComesAndGoesAgainAndAgain) {
  for (int i = 0; i < 1000; ++i) {
    gate.connected(7, stranger);
    gate.disconnected(7, std::nullopt);
  }
  EXPECT_THAT(complaint(""), HasSubstr("left without sending anything"));
}

TEST_F(Gates, NeverTakeTheirOwnChildrenForAFlood) {
  for (int i = 0; i < 1000; ++i) gate.connected(i, i % 2 ? child : other_child);
  nobody_complains();
}

TEST_F(Gates, WaitForTheWordsOfWhoWasLetInUntilItHasLeft) {
  gate.expect("engine.1#1", "secret");
  EXPECT_FALSE(gate.may_speak("engine.1#1"));
  gate.connected(7, child);
  gate.admit("engine.1#1", "secret", child);
  EXPECT_TRUE(gate.may_speak("engine.1#1"));
  gate.disconnected(7, "anything");
  EXPECT_FALSE(gate.may_speak("engine.1#1"));
  nobody_complains();
}

}  // namespace
}  // namespace caravan::harness
