// A child that misuses its connection: told as that child's doing. One that is slow loses nothing.
#include <gmock/gmock.h>

#include "tests/harness/carrier_test.hpp"

namespace caravan {
namespace {

using testing::HasSubstr;

using Children = CarrierTest;

TEST_F(Children, ATokenUnderAnotherNameIsThatChildsDoing) {
  carrier->start(launch("engine.1", "other-name"));
  const auto garbled = want<Garbled>();
  EXPECT_EQ(garbled.peer, "engine.1#1");
  EXPECT_THAT(garbled.why, HasSubstr("it connected under the name 'engine.9#1'"));
}

TEST_F(Children, ASecondConnectionIsThatChildsDoing) {
  carrier->start(launch("engine.1", "twice"));
  EXPECT_EQ(hello().from, "engine.1#1");
  const auto garbled = want<Garbled>();
  EXPECT_EQ(garbled.peer, "engine.1#1");
  EXPECT_THAT(garbled.why, HasSubstr("it connected"));
}

TEST_F(Children, AChildWithoutATokenIsThatChildsDoing) {
  for (const char* mode : {"no-token", "wrong-token"}) {
    const auto node = std::string("engine.") + (mode[0] == 'n' ? "1" : "2");
    carrier->start(launch(node, mode));
    const auto garbled = want<Garbled>();
    EXPECT_EQ(garbled.peer, node + "#1");
    EXPECT_THAT(garbled.why, HasSubstr("token"));
  }
}

TEST_F(Children, AFrameThatIsTooLargeIsThatChildsDoing) {
  carrier->start(launch("engine.1", "giant"));
  hello();
  const auto garbled = want<Garbled>();
  EXPECT_EQ(garbled.peer, "engine.1#1");
  EXPECT_THAT(garbled.why, HasSubstr("too large"));
}

TEST_F(Children, WhatAPausedChildCannotTakeWaitsForIt) {
  carrier->start(launch("engine.1"));
  hello();
  carrier->strike("engine.1#1", Blow::pause);
  constexpr int many = 6000;
  for (int i = 0; i < many; ++i) ASSERT_TRUE(carrier->deliver("engine.1#1", ask())) << i;
  carrier->strike("engine.1#1", Blow::resume);
  for (int i = 0; i < many; ++i) ASSERT_EQ(want<Arrived>().envelope.to, ask().id) << i;
}

TEST_F(Children, AChildThatNeverReadsIsSentNoMoreAfterAWhile) {
  carrier->start(launch("engine.1", "deaf"));
  hello();
  int taken = 0;
  while (taken < 50'000 && carrier->deliver("engine.1#1", ask())) ++taken;
  EXPECT_GT(taken, 10'000);
  EXPECT_LT(taken, 20'000);
  const auto garbled = want<Garbled>();
  EXPECT_EQ(garbled.peer, "engine.1#1");
  EXPECT_THAT(garbled.why, HasSubstr("it takes nothing"));
}

}  // namespace
}  // namespace caravan
