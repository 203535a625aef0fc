// Whatever a node is told, it keeps the promises of Node::on: nothing is thrown, each call is answered once,
// and a turn commits at most one transaction. What it is told here was well-formed, until something in it was
// put in the place of something else.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "nodes/core/turn.hpp"
#include "nodes/store/memory/store.hpp"
#include "objects/loader/loader.hpp"
#include "tests/nodes/forwarding_store.hpp"
#include "tests/nodes/odd_messages.hpp"
#include "tests/nodes/world.hpp"
#include "tests/property.hpp"

namespace caravan::nodes {
namespace {

using testing::Chance;
using testing::changed;
using testing::wild;

constexpr Instant noon = 1'430'000'000'000'000;
constexpr int most_turns = 4'000;  // until whatever it has in hand has come to an end

class CountingStore : public testing::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  int committed = 0;

 private:
  void about_to(const std::string& call) override { committed += call == "commit" ? 1 : 0; }
};

struct Who {
  std::string role;
  Access access = Access::conductor;
  Compatibility compat = Compatibility::backport;
};

/// A node in virtual time over a database in memory, and a conductor for what it asks.
class Driven {
 public:
  explicit Driven(const Who& who) : who_(who) {
    Modes modes;
    modes.access = who.access;
    modes.compat = who.compat;
    Deadlines deadlines;
    deadlines.request = 100'000;
    const bool stores = opens_database(who.role, who.access);
    conductor_ =
        make_node({"conductor.9", 1, "conductor", 1, "", {}, deadlines}, testing::mitaka(), beside_.get());
    take_beside({Input::Kind::start, {}, 0});
    for (const Json& made : {testing::job(), testing::cluster("c"), testing::job_execution()})
      take_beside(testing::act("create", made));
    node_ = make_node({who.role + ".1", 1, who.role, 1, "", modes, deadlines}, testing::mitaka(),
                      stores ? &store_ : nullptr);
    give({Input::Kind::start, {}, 0});
    rest();
  }

  /// Something that might be meant for it, whole or not.
  void tell(std::uint64_t seed) {
    chance_ = Chance(seed);
    const std::vector<Envelope> all = who_.role == "conductor" ? testing::calls()
                                      : who_.role == "api"     ? testing::requests()
                                                           : testing::works(who_.access == Access::direct);
    Input input{Input::Kind::message, all[chance_.below(all.size())], 0};
    input.message.id = fmt::format("client.1/{}", ++told_);
    input.message.operation = input.message.id;
    if (!chance_.one_in(5)) input.message.args = arguments_of(changed(input.message.args, chance_));
    if (chance_.one_in(8)) input.message.version = text_of(wild(chance_));
    if (chance_.one_in(8)) input.message.method = text_of(wild(chance_));
    if (chance_.one_in(8)) input.message.from = text_of(wild(chance_));
    if (chance_.one_in(12)) input = {Input::Kind::timer, {}, 100'000 + chance_.below(9)};
    if (chance_.one_in(12)) input = {Input::Kind::reload, {}, 0};
    if (chance_.one_in(12)) input.message.kind = static_cast<Envelope::Kind>(chance_.below(9));
    const bool asked =
        input.kind == Input::Kind::message &&
        input.message.kind == (who_.role == "api" ? Envelope::Kind::request : Envelope::Kind::call);
    if (asked) asked_[input.message.id] = to_json(input.message).dump();
    give(input);
  }
  /// Until it waits for nothing but its heartbeats.
  void rest() {
    for (int turn = 0; !done_; ++turn) {
      if (turn == most_turns) RC_FAIL("it never comes to rest: " + node_->state().dump() + said_);
      if (!calls_.empty()) {
        const Envelope call = calls_.front();
        calls_.pop_front();
        answer(call);
      } else if (!fire(false)) {
        return;
      }
    }
  }
  void beat() { fire(true); }
  void check_answers() const {
    for (const auto& [id, told] : asked_) {
      const auto answers = answers_.find(id);
      const bool may_be_silent = done_ || (who_.role == "api" && lost_);
      if (answers == answers_.end() && !may_be_silent) RC_FAIL("no answer to " + told + ", the last" + said_);
    }
  }
  bool done() const { return done_; }

 private:
  static Json arguments_of(Json args) {
    return args.is_object() ? args : Json::object();
  }  // decode() sees to it
  static std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : ""; }

  void give(const Input& input) {
    if (done_) return;
    store_.committed = 0;
    said_ = " after " + (input.kind == Input::Kind::message
                             ? to_json(input.message).dump()
                             : fmt::format("input {} {}", static_cast<int>(input.kind), input.timer));
    const Turn turn =
        take_turn("conductor.1#1", *node_, opens_database(who_.role, who_.access) ? &store_ : nullptr, none_,
                  now_, input);
    if (turn.then != Turn::Then::go_on) RC_FAIL("it threw " + turn.why + said_);
    if (store_.committed > 1) RC_FAIL(fmt::format("{} transactions in one turn{}", store_.committed, said_));
    for (const Timer& timer : turn.output.timers) timers_.insert({{timer.at, timer.id}, timer.idle});
    for (const Envelope& message : turn.output.messages) {
      (void)decode(encode(message));  // what it says can be read
      if (message.kind == Envelope::Kind::call) calls_.push_back(message);
      if (message.kind == Envelope::Kind::reply && ++answers_[message.to] > 1) RC_FAIL("two answers" + said_);
    }
    done_ = turn.output.done;
  }
  bool fire(bool idle) {
    for (auto it = timers_.begin(); it != timers_.end(); ++it) {
      if (it->second != idle) continue;
      now_ = std::max(now_, it->first.first);
      const std::uint64_t id = it->first.second;
      timers_.erase(it);
      give({Input::Kind::timer, {}, id});
      return true;
    }
    return false;
  }
  void answer(const Envelope& call) {
    Envelope reply;
    if (call.to == "conductor") {
      reply = take_beside({Input::Kind::message, call, 0});
    } else {
      reply.result = "1.2.3";
    }
    reply.kind = Envelope::Kind::reply;
    reply.to = call.id;
    reply.from = "conductor.9#1";
    if (told_ == 0) return give({Input::Kind::message, reply, 0});  // while it comes up
    if (chance_.one_in(20)) {
      lost_ = true;
      return;
    }
    if (chance_.one_in(6)) reply.result = changed(reply.result, chance_);
    if (chance_.one_in(12))
      reply.error = changed({{"type", "NotFound"}, {"message", "m"}, {"kwargs", nullptr}}, chance_);
    if (!reply.error.is_object()) reply.error = nullptr;  // decode() sees to it
    give({Input::Kind::message, reply, 0});
  }
  Envelope take_beside(const Input& input) {
    Turn turn = take_turn("conductor.1#1", *conductor_, beside_.get(), none_, now_, input);
    for (Envelope& message : turn.output.messages)
      if (message.kind == Envelope::Kind::reply) return std::move(message);
    return {};
  }

  Who who_;
  Chance chance_{1};
  MemoryDatabase database_{sahara_catalog(), "mitaka"};
  std::unique_ptr<Store> beside_ = database_.connect(0), own_ = database_.connect(0);
  CountingStore store_{*own_};
  TurnPlants none_{{}};
  std::unique_ptr<Node> conductor_, node_;
  Instant now_ = noon;
  bool done_ = false, lost_ = false;
  int told_ = 0;
  std::string said_;  ///< the last input, for people
  std::map<std::pair<Instant, std::uint64_t>, bool> timers_;
  std::deque<Envelope> calls_;
  std::map<std::string, std::string> asked_;
  std::map<std::string, int> answers_;
};

class ANode : public ::testing::TestWithParam<Who> {};

TEST_P(ANode, AnswersWhateverItIsTold) {
  test::holds(
      [] {
        const auto seeds =
            *rc::gen::resize(12, rc::gen::container<std::vector<std::uint32_t>>(
                                     rc::gen::resize(100, rc::gen::arbitrary<std::uint32_t>())));
        Driven driven(GetParam());
        for (std::size_t i = 0; i < seeds.size() && !driven.done(); ++i) {
          driven.tell(seeds[i]);
          if (seeds[i] % 3 != 0) driven.rest();
          if (seeds[i] % 5 == 0) driven.beat();
        }
        driven.rest();
        driven.check_answers();
      },
      60);
}

INSTANTIATE_TEST_SUITE_P(OfEachKind, ANode,
                         ::testing::Values(Who{"conductor"},
                                           Who{"conductor", Access::conductor, Compatibility::pin},
                                           Who{"api"}, Who{"api", Access::conductor, Compatibility::pin},
                                           Who{"api", Access::conductor, Compatibility::none},
                                           Who{"api", Access::direct, Compatibility::none}, Who{"engine"},
                                           Who{"engine", Access::conductor, Compatibility::pin},
                                           Who{"engine", Access::direct, Compatibility::none}),
                         [](const auto& one) {
                           return one.param.role + "_" + name(one.param.access) + "_" +
                                  name(one.param.compat);
                         });

TEST(ARequest, ThatIsMalformedIsRefusedBeforeAnyEffect) {
  testing::World world("kilo");
  for (const char* node : {"conductor.1", "engine.1", "api.1"}) world.add(node, "kilo");
  world.request("api.1", "create", "Cluster", "c", testing::cluster_fields("c", "first", 1));
  const auto type = [&](const Json& fields, const std::string& engine = {}) {
    return world.request("api.1", "scale", "Cluster", "c", fields, engine).error.value("type", "");
  };
  EXPECT_EQ(type({{"count", 2}}), "ValueError");
  EXPECT_EQ(type({{"node_group", "c-ng"}, {"count", "two"}}), "ValueError");
  EXPECT_EQ(type({{"node_group", "c-ng"}, {"count", 2}}, "conductor"), "ValueError");
  EXPECT_EQ(type(Json::array()), "ValueError");
  EXPECT_EQ(world.row("clusters", "c")["status"], "Active");
  EXPECT_EQ(world.row("node_groups", "c-ng")["count"], 1);
  EXPECT_TRUE(world.troubles().empty());
}

}  // namespace
}  // namespace caravan::nodes
