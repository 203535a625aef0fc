// A database that gives a transaction up for another one's sake is asked again.
#include <gtest/gtest.h>

#include "nodes/data/mapping.hpp"
#include "objects/model/object.hpp"
#include "tests/nodes/calls.hpp"
#include "tests/nodes/forwarding_store.hpp"
#include "tests/nodes/world.hpp"

namespace caravan::nodes {
namespace {

/// The first so many inserts are given up.
class BusyStore : public testing::ForwardingStore {
 public:
  BusyStore(Store& store, int busy) : ForwardingStore(store), busy_(busy) {}

 private:
  void about_to(const std::string& call) override {
    if (call == "insert" && busy_-- > 0)
      throw StoreError(StoreError::Kind::busy, "the server chose this transaction");
  }
  int busy_;
};

class Busy : public ::testing::Test {
 protected:
  std::shared_ptr<const Registry> registry_ = Registry::from(snapshot(sahara_catalog(), "kilo"));
  testing::World world_{"kilo"};

  Object job() const {
    Object object = Object::create(registry_, "Job");
    object.set("id", "j1");
    object.set("name", "one");
    object.set("type", "Pig");
    return object;
  }
  /// The error of the conductor's answer, or null.
  Json create(int busy) {
    BusyStore store(world_.store(), busy);
    const auto node =
        make_node({"conductor.1", 1, "conductor", 1, "", {}}, snapshot(sahara_catalog(), "kilo"), &store);
    Envelope call;
    call.kind = Envelope::Kind::call;
    call.id = "api.1#1/1";
    call.from = "api.1#1";
    call.to = "conductor";
    call.method = "object_action";
    call.version = "1.0";
    call.args = {{"objinst", job().to_primitive()},
                 {"objmethod", "create"},
                 {"args", Json::array()},
                 {"kwargs", Json::object()}};
    const Output output = node->on(1'000'000, {Input::Kind::message, call, 0});
    store.commit();
    for (const Envelope& message : output.messages)
      if (message.kind == Envelope::Kind::reply) return message.error;
    return "no answer";
  }
};

TEST_F(Busy, ConductorsTryATransactionAgain) {
  EXPECT_EQ(create(busy_attempts - 1), Json());
  EXPECT_TRUE(world_.store().get("jobs", "j1"));
}

TEST_F(Busy, ConductorsGiveUpInTheEndAndSaySo) {
  EXPECT_EQ(create(busy_attempts).value("type", ""), "DatabaseBusy");
  EXPECT_FALSE(world_.store().get("jobs", "j1"));
}

TEST_F(Busy, DirectAccessTriesATransactionAgain) {
  BusyStore store(world_.store(), busy_attempts - 1);
  Modes direct;
  direct.access = Access::direct;
  const auto node = make_node({"api.1", 1, "api", 1, "", direct}, snapshot(sahara_catalog(), "kilo"), &store);
  Envelope request;
  request.kind = Envelope::Kind::request;
  request.id = "client.1/1";
  request.method = "create";
  request.args = {{"object", "Job"}, {"fields", {{"id", "j1"}, {"name", "one"}, {"type", "Pig"}}}};
  const Output asked = node->on(1'000'000, {Input::Kind::message, request, 0});
  ASSERT_EQ(asked.timers.size(), 1u);  // a turn of its own, so that nothing else is in the transaction
  const Output done = node->on(1'000'000, {Input::Kind::timer, {}, asked.timers.front().id});
  ASSERT_EQ(done.messages.size(), 1u);
  EXPECT_EQ(done.messages.front().error, Json());
  EXPECT_TRUE(world_.store().get("jobs", "j1"));
}

TEST_F(Busy, ALockThatStandsIsToldAndNotWaitedForTwice) {
  ASSERT_TRUE(world_.store().list("jobs", {}).empty());  // holds the lock
  const auto waiting = world_.database().connect(1);
  const auto node = make_node({"conductor.2", 1, "conductor", 1, "", {}}, snapshot(sahara_catalog(), "kilo"),
                              waiting.get());
  const Input create = testing::act("create", job().to_primitive());
  for (int again = 0; again < 2; ++again)
    EXPECT_EQ(testing::answer(*node, *waiting, create).error.value("type", ""), "DatabaseBusy");
  world_.store().commit();
  EXPECT_EQ(testing::answer(*node, *waiting, create).error, Json());
}

}  // namespace
}  // namespace caravan::nodes
