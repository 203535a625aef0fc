// The one commit rule: what a turn of a node commits, which of its messages may leave, and what is planted in
// it.
#include "nodes/core/turn.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "nodes/store/memory/store.hpp"
#include "objects/loader/loader.hpp"
#include "tests/nodes/forwarding_store.hpp"

namespace caravan::nodes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::UncommittingStore;
using Then = Turn::Then;

/// A node that does as the test says.
class ToldNode : public Node {
 public:
  explicit ToldNode(std::function<void(Output&)> act) : act_(std::move(act)) {}
  Output on(Instant, const Input&) override {
    Output output;
    act_(output);
    return output;
  }
  Json state() const override { return {}; }

 private:
  std::function<void(Output&)> act_;
};

Envelope message(Envelope::Kind kind, const std::string& to = {}) {
  Envelope envelope;
  envelope.kind = kind;
  envelope.to = to;
  envelope.result = "done";
  return envelope;
}

Input call(const std::string& method = "object_action") {
  Input input;
  input.kind = Input::Kind::message;
  input.message = message(Envelope::Kind::call, "conductor");
  input.message.id = "api.1#1/7";
  input.message.method = method;
  return input;
}

class ATurn : public ::testing::Test {
 protected:
  MemoryDatabase database_{sahara_catalog(), "kilo"};
  std::unique_ptr<Store> store_ = database_.connect(0);
  int rows_ = 0;

  /// Writes a row for a caller, answers the call and says something else, too.
  ToldNode writer_{[this](Output& output) {
    const std::string id = std::to_string(++rows_);
    store_->insert("jobs", {{"id", id}, {"name", id}, {"type", "Pig"}});
    output.wrote = true;
    output.messages = {message(Envelope::Kind::cast, "engine"), message(Envelope::Kind::reply, "api.1#1/7"),
                       message(Envelope::Kind::reply, "another")};
    output.timers = {{1, 5, false}};
    output.log = {"wrote"};
  }};

  static TurnPlants plants(const std::string& plant, const std::string& node = "conductor.1",
                           int incarnation = 1) {
    Identity identity;
    identity.node = node;
    identity.incarnation = incarnation;
    identity.plant = plant;
    identity.seed = 10;  // the third write
    return TurnPlants(identity);
  }
  Turn take(Node& node, const Input& input = call()) {
    TurnPlants none = plants("");
    return take_turn("conductor.1#1", node, store_.get(), none, 1, input);
  }
  /// Of each row that was made.
  std::vector<std::string> stamps() {
    std::vector<std::string> all;
    for (const Change& change : database_.witness()->changes_after(0))
      if (change.column == "id") all.push_back(text_of(change.stamp));
    return all;
  }
  std::size_t committed() { return database_.witness()->list("jobs", {}).size(); }
  /// Whether another connection may write.
  bool is_free() {
    const auto another = database_.connect(0);
    try {
      another->stage();
      return true;
    } catch (const StoreError& error) {
      EXPECT_EQ(error.kind, StoreError::Kind::locked);
      return false;
    }
  }
  /// What each turn of a conductor came to that writes for callers.
  std::vector<Then> turns(TurnPlants plants, int count) {
    std::vector<Then> all;
    for (int i = 0; i < count; ++i) {
      all.push_back(take_turn("conductor.1#1", writer_, store_.get(), plants, 1, call()).then);
      store_->rollback();
    }
    return all;
  }
};

TEST_F(ATurn, CommitsBeforeAnythingLeaves) {
  const Turn turn = take(writer_);
  EXPECT_EQ(turn.then, Then::go_on);
  EXPECT_EQ(turn.delay, 0);
  EXPECT_EQ(turn.output.messages.size(), 3U);
  EXPECT_EQ(committed(), 1U);
  EXPECT_TRUE(is_free());
}

TEST_F(ATurn, StampsWhatItWritesWithItsNodeAndTheMessage) {
  take(writer_);
  EXPECT_THAT(stamps(), ElementsAre("conductor.1#1 1 api.1#1/7"));
}

TEST_F(ATurn, OfATimerIsCausedByTheMessageThatAskedForIt) {
  const Turn turn = take(writer_);
  Input timer{Input::Kind::timer, {}, turn.output.timers.at(0).id, turn.output.timers.at(0).cause};
  const Turn next = take(writer_, timer);
  timer.cause = next.output.timers.at(0).cause;
  take(writer_, timer);
  EXPECT_THAT(stamps(), ElementsAre("conductor.1#1 1 api.1#1/7", "conductor.1#1 2 api.1#1/7",
                                    "conductor.1#1 3 api.1#1/7"));
}

TEST_F(ATurn, WithoutAMessageIsCausedByWhatItIs) {
  const Turn turn = take(writer_, {Input::Kind::start, {}, 0});
  take(writer_, {Input::Kind::timer, {}, 1, turn.output.timers.at(0).cause});
  take(writer_, {Input::Kind::reload, {}, 0});
  EXPECT_THAT(stamps(),
              ElementsAre("conductor.1#1 1 start", "conductor.1#1 2 timer", "conductor.1#1 3 reload"));
}

TEST_F(ATurn, WhoseCommitFailsLetsOnlyTheErrorLeave) {
  UncommittingStore failing(*store_, StoreError::Kind::disk);
  ToldNode node([&](Output& output) {
    failing.stage();
    output.wrote = true;
    output.messages = {message(Envelope::Kind::cast, "engine"), message(Envelope::Kind::reply, "api.1#1/7"),
                       message(Envelope::Kind::reply, "another"), message(Envelope::Kind::hello)};
    output.timers = {{1, 5, false}};
  });
  TurnPlants none = plants("");
  const Turn turn = take_turn("conductor.1#1", node, &failing, none, 1, call());
  EXPECT_EQ(turn.then, Then::go_on);
  ASSERT_EQ(turn.output.messages.size(), 1U);
  EXPECT_EQ(turn.output.messages[0].to, "api.1#1/7");
  EXPECT_EQ(turn.output.messages[0].error.value("type", ""), "DiskFailed");
  EXPECT_TRUE(turn.output.messages[0].result.is_null());
  EXPECT_EQ(turn.output.timers.size(), 1U) << "it goes on";
  EXPECT_FALSE(turn.output.wrote);
  EXPECT_THAT(turn.output.log, ElementsAre("not committed: as the test wants it"));
  EXPECT_TRUE(is_free());
}

TEST_F(ATurn, OutOfWhichAnExceptionEscapesIsACrash) {
  ToldNode throwing([&](Output& output) {
    store_->insert("jobs", {{"id", "j"}, {"name", "j"}, {"type", "Pig"}});
    output.messages = {message(Envelope::Kind::hello)};
    throw std::runtime_error("out of on()");
  });
  const Turn turn = take(throwing);
  EXPECT_EQ(turn.then, Then::crash);
  EXPECT_EQ(turn.why, "out of on()");
  EXPECT_THAT(turn.output.messages, IsEmpty());
  EXPECT_EQ(committed(), 0U);
  EXPECT_TRUE(is_free());
  ToldNode strange([](Output&) { throw 7; });
  EXPECT_EQ(take(strange).then, Then::crash);
}

TEST_F(ATurn, OfANodeWithoutADatabaseCommitsNothing) {
  ToldNode node([](Output& output) { output.messages = {message(Envelope::Kind::cast, "engine")}; });
  TurnPlants none = plants("");
  EXPECT_EQ(take_turn("conductor.1#1", node, nullptr, none, 1, call()).output.messages.size(), 1U);
  ToldNode throwing([](Output&) { throw std::runtime_error("why"); });
  EXPECT_EQ(take_turn("conductor.1#1", throwing, nullptr, none, 1, call()).then, Then::crash);
}

TEST_F(ATurn, DiesBeforeTheCommitOfOneWriteWhereThatIsPlanted) {
  EXPECT_THAT(turns(plants("F30"), 4), ElementsAre(Then::go_on, Then::go_on, Then::die, Then::go_on));
  EXPECT_EQ(committed(), 3U) << "all but that one";
}

TEST_F(ATurn, ThatDiesHasItsAnswerAndIsNeverCommitted) {
  TurnPlants dying = plants("F30");
  for (int i = 0; i < 2; ++i) take_turn("conductor.1#1", writer_, store_.get(), dying, 1, call());
  const Turn turn = take_turn("conductor.1#1", writer_, store_.get(), dying, 1, call());
  EXPECT_EQ(turn.then, Then::die);
  EXPECT_EQ(turn.output.messages.size(), 3U);
  EXPECT_FALSE(is_free()) << "it was in the midst of it";
  store_.reset();  // as its death does
  EXPECT_EQ(committed(), 2U);
  EXPECT_TRUE(is_free());
}

TEST_F(ATurn, IsLateOnceWhereThatIsPlanted) {
  TurnPlants late = plants("F40");
  std::vector<Instant> delays;
  for (int i = 0; i < 4; ++i)
    delays.push_back(take_turn("conductor.1#1", writer_, store_.get(), late, 1, call()).delay);
  EXPECT_THAT(delays, ElementsAre(0, 0, 2 * Deadlines().request, 0));
  EXPECT_EQ(committed(), 4U);
}

TEST_F(ATurn, StandsWithTheLockAfterItsFirstWriteForACaller) {
  TurnPlants standing = plants("F34");
  EXPECT_EQ(take_turn("conductor.1#1", writer_, store_.get(), standing, 1, call("service_update")).then,
            Then::go_on);
  const Turn turn = take_turn("conductor.1#1", writer_, store_.get(), standing, 1, call());
  EXPECT_EQ(turn.then, Then::stand);
  EXPECT_EQ(turn.longest, Deadlines().work());
  EXPECT_EQ(turn.output.messages.size(), 3U);
  EXPECT_EQ(committed(), 2U);
  EXPECT_FALSE(is_free());
  store_->rollback();  // resumed
  EXPECT_TRUE(is_free());
  EXPECT_EQ(take_turn("conductor.1#1", writer_, store_.get(), standing, 1, call()).then, Then::go_on)
      << "once";
}

TEST_F(ATurn, HasWhatIsPlantedInTheFirstLifeOfTheFirstConductorOnly) {
  for (const char* plant : {"F30", "F34", "F01"}) {
    EXPECT_THAT(turns(plants(plant, "conductor.2"), 3), ::testing::Each(Then::go_on)) << plant;
    EXPECT_THAT(turns(plants(plant, "conductor.1", 2), 3), ::testing::Each(Then::go_on)) << plant;
  }
}

TEST(LockTimeout, IsShortButWhereTheLockShallStand) {
  Identity identity;
  EXPECT_EQ(lock_timeout(identity), node_lock_timeout);
  identity.plant = "F34";
  EXPECT_EQ(lock_timeout(identity), 60'000);
}

}  // namespace
}  // namespace caravan::nodes
