// The broker's meanings, one sentence a test: design.md, "Broker"; oslo.messaging on a real broker.
#include "harness/run/broker.hpp"

#include <gtest/gtest.h>

#include "objects/vocabulary/deadlines.hpp"

namespace caravan::harness {
namespace {

class BrokerTest : public testing::Test {
 protected:
  Broker broker{1,
                {{"conductor.1", "conductor"},
                 {"conductor.2", "conductor"},
                 {"engine.1", "engine"},
                 {"engine.2", "engine"},
                 {"engine.3", "engine"},
                 {"api.1", "api"}}};
  int counter = 0;

  Envelope message(Envelope::Kind kind, const std::string& to, const std::string& from = "api.1#1") {
    Envelope envelope;
    envelope.kind = kind;
    envelope.id = from + "/" + std::to_string(++counter);
    envelope.from = from;
    envelope.to = to;
    return envelope;
  }
  Envelope cast(const std::string& to) { return message(Envelope::Kind::cast, to); }
  Envelope call(const std::string& to, const std::string& from = "api.1#1") {
    return message(Envelope::Kind::call, to, from);
  }
  Envelope reply(const std::string& to, const std::string& from) {
    return message(Envelope::Kind::reply, to, from);
  }

  static std::vector<std::string> peers(const Decisions& decisions) {
    std::vector<std::string> out;
    for (const auto& decision : decisions)
      if (const auto* deliver = std::get_if<Deliver>(&decision)) out.push_back(deliver->peer);
    return out;
  }
  static std::string why(const Decisions& decisions) {
    return decisions.size() == 1 && std::holds_alternative<Drop>(decisions[0])
               ? std::get<Drop>(decisions[0]).why
               : "";
  }
  using Peers = std::vector<std::string>;
};

using BrokerTopics = BrokerTest;
using BrokerServers = BrokerTest;
using BrokerReplies = BrokerTest;
using BrokerFanout = BrokerTest;

TEST_F(BrokerTopics, OneConsumerTakesAMessage) {
  broker.ready("engine.1", 1, 0);
  broker.ready("engine.2", 1, 0);
  EXPECT_EQ(peers(broker.accept(cast("engine"), 0)).size(), 1U);
}

TEST_F(BrokerTopics, EveryReadyConsumerGetsItsShare) {
  for (const char* node : {"engine.1", "engine.2", "engine.3"}) broker.ready(node, 1, 0);
  std::map<std::string, int> share;
  for (int i = 0; i < 300; ++i) ++share[peers(broker.accept(cast("engine"), 0)).at(0)];
  ASSERT_EQ(share.size(), 3U);
  for (const auto& one : share) EXPECT_GT(one.second, 60) << one.first;
}

TEST_F(BrokerTopics, TheSameSeedChoosesTheSameConsumers) {
  const auto choices = [this](std::uint64_t seed) {
    Broker other(seed, {{"engine.1", "engine"}, {"engine.2", "engine"}, {"engine.3", "engine"}});
    for (const char* node : {"engine.1", "engine.2", "engine.3"}) other.ready(node, 1, 0);
    std::vector<std::string> out;
    for (int i = 0; i < 40; ++i) out.push_back(peers(other.accept(cast("engine"), 0)).at(0));
    return out;
  };
  EXPECT_EQ(choices(7), choices(7));
  EXPECT_NE(choices(7), choices(8));
}

TEST_F(BrokerTopics, AMessageWaitsUntilSomebodyServes) {
  EXPECT_TRUE(broker.accept(cast("engine"), 0).empty());
  EXPECT_EQ(broker.queued(), 1U);
  EXPECT_EQ(peers(broker.ready("engine.3", 1, 0)), Peers{"engine.3#1"});
  EXPECT_EQ(broker.queued(), 0U);
}

TEST_F(BrokerTopics, WhatWaitedIsHandedOutOldestFirst) {
  const auto first = cast("engine"), second = cast("engine");
  broker.accept(first, 0);
  broker.accept(second, 0);
  const auto out = broker.ready("engine.1", 1, 0);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(std::get<Deliver>(out[0]).envelope.id, first.id);
  EXPECT_EQ(std::get<Deliver>(out[1]).envelope.id, second.id);
}

TEST_F(BrokerTopics, ADrainingNodeTakesNothingNew) {
  broker.ready("engine.1", 1, 0);
  broker.ready("engine.2", 1, 0);
  broker.draining("engine.1");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(peers(broker.accept(cast("engine"), 0)), Peers{"engine.2#1"});
}

TEST_F(BrokerTopics, TheAvoidedServerNeverTakesIt) {
  broker.ready("conductor.1", 1, 0);
  broker.ready("conductor.2", 1, 0);
  for (int i = 0; i < 20; ++i) {
    auto asked = call("conductor");
    asked.avoid = "conductor.1";
    EXPECT_EQ(peers(broker.accept(asked, 0)), Peers{"conductor.2#1"});
  }
}

TEST_F(BrokerTopics, WhatOnlyTheAvoidedServerCouldTakeWaitsAndHoldsNobodyUp) {
  broker.ready("conductor.1", 1, 0);
  auto picky = call("conductor");
  picky.avoid = "conductor.1";
  EXPECT_TRUE(broker.accept(picky, 0).empty());
  EXPECT_EQ(peers(broker.accept(call("conductor"), 0)), Peers{"conductor.1#1"});
  EXPECT_EQ(peers(broker.ready("conductor.2", 1, 0)), Peers{"conductor.2#1"});
}

TEST_F(BrokerTopics, AnUnknownAddressIsDroppedAndNamed) {
  EXPECT_EQ(why(broker.accept(cast("engin"), 0)), "unknown address: engin");
  EXPECT_EQ(why(broker.accept(cast("engine.9"), 0)), "unknown address: engine.9");
}

TEST_F(BrokerServers, AQueueOutlivesItsConsumer) {
  broker.ready("engine.2", 1, 0);
  broker.draining("engine.2");
  EXPECT_TRUE(broker.accept(cast("engine.2"), 0).empty());
  broker.gone("engine.2");
  EXPECT_EQ(broker.queued(), 1U);
  EXPECT_EQ(peers(broker.ready("engine.2", 2, 0)), Peers{"engine.2#2"});
}

TEST_F(BrokerServers, NoOtherNodeOfTheRoleTakesItsMessages) {
  broker.ready("engine.1", 1, 0);
  EXPECT_TRUE(broker.accept(cast("engine.2"), 0).empty());
}

TEST_F(BrokerServers, WhatADeadNodeWasGivenIsNotGivenAgain) {
  broker.ready("engine.2", 1, 0);
  EXPECT_EQ(peers(broker.accept(cast("engine.2"), 0)), Peers{"engine.2#1"});
  broker.gone("engine.2");
  EXPECT_TRUE(broker.ready("engine.2", 2, 0).empty());
}

TEST_F(BrokerServers, WhatTheCarrierCouldNotHandOutGoesToAnother) {
  broker.ready("engine.1", 1, 0);
  broker.ready("engine.2", 1, 0);
  const auto first = broker.accept(cast("engine"), 0);
  const auto refused = std::get<Deliver>(first.at(0));
  const auto second = peers(broker.refused(refused, 0));
  ASSERT_EQ(second.size(), 1U);
  EXPECT_NE(second[0], refused.peer);
}

TEST_F(BrokerReplies, GoToTheCallersIncarnation) {
  broker.ready("api.1", 1, 0);
  broker.ready("conductor.1", 1, 0);
  const auto asked = call("conductor");
  broker.accept(asked, 0);
  EXPECT_EQ(broker.unanswered(), 1U);
  EXPECT_EQ(peers(broker.accept(reply(asked.id, "conductor.1#1"), 1)), Peers{"api.1#1"});
  EXPECT_EQ(broker.unanswered(), 0U);
}

TEST_F(BrokerReplies, ReachACallerThatDrains) {
  broker.ready("api.1", 1, 0);
  broker.ready("conductor.1", 1, 0);
  const auto asked = call("conductor");
  broker.accept(asked, 0);
  broker.draining("api.1");
  EXPECT_EQ(peers(broker.accept(reply(asked.id, "conductor.1#1"), 1)), Peers{"api.1#1"});
}

TEST_F(BrokerReplies, NeverReachTheNextIncarnation) {
  broker.ready("api.1", 1, 0);
  broker.ready("conductor.1", 1, 0);
  const auto asked = call("conductor");
  broker.accept(asked, 0);
  broker.gone("api.1");
  broker.ready("api.1", 2, 0);
  EXPECT_EQ(why(broker.accept(reply(asked.id, "conductor.1#1"), 1)), "receiver gone: api.1#1");
}

TEST_F(BrokerReplies, AreLateWhenTheCallerHasGivenUp) {
  broker.ready("api.1", 1, 0);
  broker.ready("conductor.1", 1, 0);
  const auto asked = call("conductor");
  broker.accept(asked, 100);
  EXPECT_EQ(broker.next_expiry(Deadlines{}.run), 100 + Deadlines{}.request);
  broker.expire(100 + Deadlines{}.request - 1);
  EXPECT_EQ(broker.unanswered(), 1U);
  broker.expire(100 + Deadlines{}.request);
  EXPECT_EQ(broker.unanswered(), 0U);
  EXPECT_EQ(why(broker.accept(reply(asked.id, "conductor.1#1"), 1)), "late reply");
}

TEST_F(BrokerReplies, ASecondAnswerIsDropped) {
  broker.ready("api.1", 1, 0);
  broker.ready("conductor.1", 1, 0);
  const auto asked = call("conductor");
  broker.accept(asked, 0);
  broker.accept(reply(asked.id, "conductor.1#1"), 1);
  EXPECT_EQ(why(broker.accept(reply(asked.id, "conductor.1#1"), 2)), "answered before");
}

TEST_F(BrokerReplies, AClientIsAlwaysThere) {
  broker.ready("api.1", 1, 0);
  const auto asked = message(Envelope::Kind::request, "api.1", "client.3");
  EXPECT_EQ(peers(broker.accept(asked, 0)), Peers{"api.1#1"});
  EXPECT_EQ(peers(broker.accept(reply(asked.id, "api.1#1"), 1)), Peers{"client.3"});
}

TEST_F(BrokerReplies, ACallWhoseReceiverDiedGetsNone) {
  broker.ready("api.1", 1, 0);
  broker.ready("conductor.1", 1, 0);
  broker.accept(call("conductor"), 0);
  broker.gone("conductor.1");
  EXPECT_TRUE(broker.ready("conductor.2", 1, 0).empty());
  EXPECT_EQ(broker.unanswered(), 1U) << "the caller's own timer decides";
}

TEST_F(BrokerFanout, ReachesEveryConsumer) {
  for (const char* node : {"engine.1", "engine.2", "engine.3", "conductor.1"}) broker.ready(node, 1, 0);
  EXPECT_EQ(peers(broker.accept(message(Envelope::Kind::fanout, "engine"), 0)),
            (Peers{"engine.1#1", "engine.2#1", "engine.3#1"}));
}

TEST_F(BrokerFanout, IsNotKeptForWhoComesLater) {
  EXPECT_EQ(why(broker.accept(message(Envelope::Kind::fanout, "engine"), 0)), "nobody listens: engine");
  EXPECT_TRUE(broker.ready("engine.1", 1, 0).empty());
}

}  // namespace
}  // namespace caravan::harness
