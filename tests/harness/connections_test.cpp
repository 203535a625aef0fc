// A child that misuses its connection: told as that child's doing. One that is slow loses nothing.
#include <gmock/gmock.h>

#include "tests/harness/carrier_test.hpp"

namespace caravan::harness {
namespace {

using testing::HasSubstr;

class Children : public CarrierTest {
 protected:
  /// What it says in between is not the point.
  Malformed complaint() {
    for (;;) {
      const auto event = next();
      if (std::holds_alternative<Arrived>(event)) continue;
      EXPECT_TRUE(std::holds_alternative<Malformed>(event)) << "event number " << event.index();
      return std::holds_alternative<Malformed>(event) ? std::get<Malformed>(event) : Malformed{};
    }
  }
};

TEST_F(Children, ATokenUnderAnotherNameIsThatChildsDoing) {
  carrier->launch(launch("engine.1", "other-name"));
  const auto garbled = complaint();
  EXPECT_EQ(garbled.peer, "engine.1#1");
  EXPECT_THAT(garbled.why, HasSubstr("it connected under the name 'engine.9#1'"));
}

TEST_F(Children, ASecondConnectionIsThatChildsDoing) {
  carrier->launch(launch("engine.1", "twice"));
  EXPECT_EQ(hello().from, "engine.1#1");
  const auto garbled = complaint();
  EXPECT_EQ(garbled.peer, "engine.1#1");
  EXPECT_THAT(garbled.why, HasSubstr("it connected"));
}

TEST_F(Children, AWrongTokenIsThatChildsDoing) {
  carrier->launch(launch("engine.1", "wrong-token"));
  const auto garbled = complaint();
  EXPECT_EQ(garbled.peer, "engine.1#1");
  EXPECT_THAT(garbled.why, HasSubstr("with a wrong token"));
}

TEST_F(Children, AFrameThatIsTooLargeIsThatChildsDoing) {
  carrier->launch(launch("engine.1", "giant"));
  hello();
  const auto garbled = complaint();
  EXPECT_EQ(garbled.peer, "engine.1#1");
  EXPECT_THAT(garbled.why, HasSubstr("too large"));
}

TEST_F(Children, WhatAPausedChildCannotTakeWaitsForIt) {
  carrier->launch(launch("engine.1"));
  hello();
  carrier->signal("engine.1#1", Signal::pause);
  constexpr int many = 6000;
  for (int i = 0; i < many; ++i) ASSERT_TRUE(carrier->deliver("engine.1#1", ask())) << i;
  carrier->signal("engine.1#1", Signal::resume);
  for (int i = 0; i < many; ++i) ASSERT_EQ(want<Arrived>().envelope.to, ask().id) << i;
}

TEST_F(Children, AChildThatNeverReadsIsSentNoMoreAfterAWhile) {
  carrier->launch(launch("engine.1", "deaf"));
  hello();
  int taken = 0;
  while (taken < 50'000 && carrier->deliver("engine.1#1", ask())) ++taken;
  EXPECT_GT(taken, 10'000);
  EXPECT_LT(taken, 20'000);
  const auto garbled = complaint();
  EXPECT_EQ(garbled.peer, "engine.1#1");
  EXPECT_THAT(garbled.why, HasSubstr("it does not read"));
}

}  // namespace
}  // namespace caravan::harness
