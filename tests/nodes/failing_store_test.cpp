// Whatever the database does, a node answers or complains and goes on: it never throws, and what was not
// committed is told to nobody.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nodes/core/services.hpp"
#include "tests/nodes/calls.hpp"
#include "tests/nodes/forwarding_store.hpp"
#include "tests/nodes/world.hpp"

namespace caravan::nodes {
namespace {

using testing::act;
using testing::ask_for;
using testing::call;
using testing::FailingStore;
using testing::UncommittingStore;
using testing::World;

constexpr StoreError::Kind kinds[] = {StoreError::Kind::busy, StoreError::Kind::locked,
                                      StoreError::Kind::machine, StoreError::Kind::unknown_column,
                                      StoreError::Kind::disk};

class AFailingStore : public ::testing::Test {
 protected:
  World world_{"kilo"};
  Catalog kilo_ = snapshot(sahara_catalog(), "kilo");
  std::shared_ptr<const Registry> registry_ = Registry::from(kilo_);

  void SetUp() override {
    for (const char* node : {"conductor.1", "engine.1", "api.1"}) world_.add(node, "kilo");
    world_.request("api.1", "create", "Job", "there", {{"id", "there"}, {"name", "there"}, {"type", "Pig"}});
    world_.request("api.1", "create", "Cluster", "c", testing::cluster_fields("c", "first", 1));
  }
  std::unique_ptr<Node> conductor(Store& store) {
    return make_node({"conductor.2", 1, "conductor", 1, "", {}}, kilo_, &store);
  }
  Json job(const std::string& id) const {
    Object object = Object::create(registry_, "Job");
    object.set("id", id);
    object.set("name", "job " + id);
    object.set("type", "Pig");
    return object.to_primitive();
  }
  std::vector<Input> calls() const {
    const Release& kilo = kilo_.releases.front();
    Json saved = job("there");
    saved["versioned_object.changes"] = {"name"};
    saved["versioned_object.data"]["name"] = "another";
    return {act("create", job("new")),
            act("save", saved),
            act("destroy", job("there")),
            act("obj_load_attr", job("there"), {"mains"}),
            ask_for("Cluster", "get", {{"id", "c"}}, kilo),
            ask_for("Job", "list", Json::object(), kilo),
            call("service_update", {{"service", to_json(service_of("engine.9", "engine", kilo, 1))}})};
  }
  Output step(Node& node, Store& store, const Input& input) {
    TurnPlants none({});
    Turn turn = take_turn("conductor.1#1", node, &store, none, world_.now(), input);
    EXPECT_EQ(turn.then, Turn::Then::go_on) << turn.why;
    return std::move(turn.output);
  }
  std::string contents() {
    std::string text;
    for (const char* table : {"jobs", "clusters", "caravan_services"})
      for (const Row& row : world_.rows(table)) text += Json(row).dump() + "\n";
    return text;
  }
};

TEST_F(AFailingStore, IsToldToWhoAskedAndToNobodyElse) {
  const std::string before = contents();
  for (const StoreError::Kind kind : kinds) {
    for (const Input& input : calls()) {
      for (int nth = 1;; ++nth) {
        UncommittingStore uncommitting(world_.store(), kind);
        FailingStore store(uncommitting, nth, kind);
        const auto node = conductor(store);
        const Output output = step(*node, store, input);
        std::size_t answers = 0;
        for (const Envelope& message : output.messages) {
          if (message.kind == Envelope::Kind::trouble) continue;
          ASSERT_EQ(message.kind, Envelope::Kind::reply) << name(message.kind);
          EXPECT_FALSE(message.error.is_null()) << input.message.args.dump() << store.failed();
          ++answers;
        }
        EXPECT_EQ(answers, 1U) << input.message.args.dump() << " " << store.failed();
        world_.store().rollback();
        EXPECT_EQ(contents(), before);
        if (store.failed().empty()) break;
        ASSERT_LT(nth, 1000);
      }
    }
  }
}

TEST_F(AFailingStore, KeepsAConductorFromSayingHelloUntilItIsOnRecord) {
  for (const StoreError::Kind kind : kinds) {
    for (int nth = 1;; ++nth) {
      FailingStore store(world_.store(), nth, kind);
      const auto node = conductor(store);
      const Output first = step(*node, store, {Input::Kind::start, {}, 0});
      const auto says_hello = [](const Output& output) {
        return std::any_of(output.messages.begin(), output.messages.end(),
                           [](const Envelope& message) { return message.kind == Envelope::Kind::hello; });
      };
      const std::string failed = store.failed();
      EXPECT_EQ(says_hello(first), failed.empty()) << failed;
      if (failed.empty()) break;
      EXPECT_FALSE(first.done);
      ASSERT_FALSE(first.timers.empty()) << "its heart beats on";
      const Output second = step(*node, store, {Input::Kind::timer, {}, first.timers.front().id});
      EXPECT_TRUE(says_hello(second)) << failed;
      ASSERT_LT(nth, 100);
    }
  }
}

TEST_F(AFailingStore, DoesNotStopTheHeartOfAConductor) {
  for (const Input::Kind what : {Input::Kind::timer, Input::Kind::reload}) {
    for (int nth = 1;; ++nth) {
      FailingStore store(world_.store(), nth, StoreError::Kind::machine);
      const auto node = conductor(store);
      const Output output = step(*node, store, {what, {}, 1});
      EXPECT_FALSE(output.done);
      EXPECT_TRUE(what == Input::Kind::reload || !output.timers.empty());
      if (store.failed().empty()) break;
      ASSERT_LT(nth, 100);
    }
  }
}

TEST_F(AFailingStore, IsToldToTheClientWithDirectAccess) {
  Modes direct;
  direct.access = Access::direct;
  direct.compat = Compatibility::none;
  for (int nth = 1;; ++nth) {
    FailingStore store(world_.store(), nth, StoreError::Kind::machine);
    const auto node = make_node({"api.9", 1, "api", 1, "", direct}, kilo_, &store);
    Envelope request;
    request.kind = Envelope::Kind::request;
    request.id = request.operation = "client.1/1";
    request.from = "client.1";
    request.method = "update";
    request.args = {{"object", "Job"}, {"row", "there"}, {"fields", {{"description", "x"}}}};
    std::vector<Envelope> said;
    std::vector<Input> next = {{Input::Kind::message, request, 0}};
    while (!next.empty()) {
      Output output = step(*node, store, next.front());
      next.erase(next.begin());
      for (const Timer& timer : output.timers) next.push_back({Input::Kind::timer, {}, timer.id});
      for (Envelope& message : output.messages) said.push_back(std::move(message));
    }
    ASSERT_EQ(said.size(), 1U) << store.failed();
    EXPECT_EQ(said.front().error.is_null(), store.failed().empty()) << store.failed();
    if (store.failed().empty()) break;
    ASSERT_LT(nth, 100);
  }
}

TEST_F(AFailingStore, WhoseRowIsNotJsonIsToldToWhoAsked) {
  world_.store().update("clusters", "c", {{"info", "{broken"}});
  world_.store().commit();
  const Envelope reply = world_.request("api.1", "read", "Cluster", "c", Json::object());
  EXPECT_EQ(reply.error.value("type", ""), "ValueError");
  EXPECT_THAT(reply.error.value("message", ""), ::testing::HasSubstr("info"));
}

}  // namespace
}  // namespace caravan::nodes
