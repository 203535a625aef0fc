// Whatever a node is told, it keeps the promises of Node::on: nothing is thrown, each call is answered once,
// and a turn commits at most one transaction. What it is told here was well-formed, until something in it was
// put in the place of something else.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

#include "nodes/core/services.hpp"
#include "nodes/core/turn.hpp"
#include "nodes/store/memory/store.hpp"
#include "objects/base/random.hpp"
#include "objects/loader/loader.hpp"
#include "tests/nodes/calls.hpp"
#include "tests/nodes/forwarding_store.hpp"
#include "tests/nodes/world.hpp"
#include "tests/property.hpp"

namespace caravan {
namespace {

constexpr Instant noon = 1'430'000'000'000'000;
constexpr int most_turns = 4'000;  // until whatever it has in hand has come to an end

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(splitmix64(seed)) {}
  std::size_t below(std::size_t limit) { return (state_ = splitmix64(state_)) % limit; }
  bool one_in(std::size_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

Json nested(int levels) {
  Json json = "deep";
  for (int i = 0; i < levels; ++i) json = i % 2 == 0 ? Json{{"in", json}} : Json::array({json});
  return json;
}

Json wild(Chance& chance) {
  static const std::vector<Json> values = {nullptr,
                                           true,
                                           -1,
                                           0,
                                           3,
                                           std::int64_t{9223372036854775807},
                                           std::uint64_t{18446744073709551615U},
                                           1.5e300,
                                           "",
                                           "x",
                                           "1.0",
                                           "99.9",
                                           "1.",
                                           "-1.0",
                                           "9223372036854775808.1",
                                           "c",
                                           "j",
                                           "r",
                                           "engine",
                                           "engine.7",
                                           "conductor",
                                           "create",
                                           "Cluster",
                                           "JobExecution",
                                           "2015-02-29T25:00:00Z",
                                           "\xC3\xA9\xF0\x9F\x90\xAA",
                                           std::string("a\0b", 3),
                                           std::string(5'000, 'y'),
                                           Json::array(),
                                           Json::object(),
                                           Json::array({nullptr}),
                                           Json::array({Json::array(), 7}),
                                           Json{{"", Json::object()}},
                                           Json{{"id", 7}},
                                           Json{{"versioned_object.name", "Cluster"}},
                                           Json{{"versioned_object.name", "Job"},
                                                {"versioned_object.version", "x"},
                                                {"versioned_object.data", 3},
                                                {"versioned_object.namespace", "sahara"}},
                                           nested(150)};
  return values[chance.below(values.size())];
}

/// Something in it is another thing, or missing, or there besides.
Json changed(Json json, Chance& chance) {
  if (!json.is_structured() || json.empty() || chance.one_in(6)) return wild(chance);
  const std::size_t place = chance.below(json.size());
  const auto at = std::next(json.begin(), static_cast<std::ptrdiff_t>(place));
  if (chance.one_in(6)) {
    json.erase(at);
  } else if (json.is_object() && chance.one_in(8)) {
    json[chance.one_in(2) ? "unheard_of" : "id"] = wild(chance);
  } else {
    Json inner = changed(*at, chance);
    *at = std::move(inner);
  }
  return json;
}

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
    const bool stores = who.role == "conductor" || who.access == Access::direct;
    conductor_ = make_node({"conductor.9", 1, "conductor", 1, "", {}, deadlines}, release(), beside_.get());
    take_beside({Input::Kind::start, {}, 0});
    for (const Json& made : {job(), cluster("c"), job_execution()}) take_beside(testing::act("create", made));
    node_ = make_node({who.role + ".1", 1, who.role, 1, "", modes, deadlines}, release(),
                      stores ? &store_ : nullptr);
    give({Input::Kind::start, {}, 0});
    rest();
  }

  /// Something that might be meant for it, whole or not.
  void tell(std::uint64_t seed) {
    chance_ = Chance(seed);
    const std::vector<Envelope> all = who_.role == "conductor" ? calls()
                                      : who_.role == "api"     ? requests()
                                                               : works();
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
  static const Catalog& release() {
    static const Catalog mitaka = snapshot(sahara_catalog(), "mitaka");
    return mitaka;
  }
  static const std::shared_ptr<const Registry>& registry() {
    static const auto mitaka = Registry::from(release());
    return mitaka;
  }
  static Object made(const std::string& name, const Json& fields) {
    Object object = Object::create(registry(), name);
    for (const auto& [field, value] : fields.items()) object.set(field, value);
    return object;
  }
  static Json job() { return made("Job", {{"id", "j"}, {"name", "j"}, {"type", "Pig"}}).to_primitive(); }
  static Json job_execution() {
    return made("JobExecution",
                {{"id", "r"}, {"job_id", "j"}, {"cluster_id", "c"}, {"info", {{"status", "PENDING"}}}})
        .to_primitive();
  }
  static Json cluster(const std::string& id) {
    Object object = made("Cluster", {{"id", id},
                                     {"name", id},
                                     {"tenant_id", "t"},
                                     {"plugin_name", "vanilla"},
                                     {"hadoop_version", "2.6.0"},
                                     {"management_private_key", "private"},
                                     {"management_public_key", "public"},
                                     {"status", "Validating"}});
    object.set_children(
        "node_groups",
        {made("NodeGroup", {{"id", id + "-ng"}, {"name", "workers"}, {"flavor_id", "2"}, {"count", 1}})});
    return object.to_primitive();
  }

  std::vector<Envelope> calls() const {
    const Release& own = release().releases.front();
    Json saved = job();
    saved["versioned_object.changes"] = {"name"};
    return {testing::act("create", cluster("d")).message,
            testing::act("create", job()).message,
            testing::act("save", saved).message,
            testing::act("save", cluster("c"), Json::array()).message,
            testing::act("destroy", job_execution()).message,
            testing::act("obj_load_attr", job(), {"mains"}).message,
            testing::ask_for("Cluster", "get", {{"id", "c"}}, own).message,
            testing::ask_for("Job", "list", {{"name", "j"}}, own).message,
            testing::call("object_backport_versions",
                          {{"objinst", cluster("c")}, {"object_versions", testing::manifest_of(own)}},
                          "engine.1#1")
                .message,
            testing::call("service_update", {{"service", to_json(service_of("engine.9", "engine", own, 1))}})
                .message};
  }
  std::vector<Envelope> requests() const {
    std::vector<Envelope> all;
    const auto add = [&](const char* method, const char* object, const char* row, const Json& fields) {
      Envelope request;
      request.kind = Envelope::Kind::request;
      request.from = "client.1";
      request.method = method;
      request.args = {{"object", object}, {"row", row}, {"fields", fields}, {"engine", "engine.1"}};
      all.push_back(std::move(request));
    };
    add("create", "Cluster", "d",
        {{"id", "d"},
         {"name", "d"},
         {"tenant_id", "t"},
         {"plugin_name", "vanilla"},
         {"hadoop_version", "2"},
         {"node_groups", {{{"id", "d-ng"}, {"name", "w"}, {"flavor_id", "2"}, {"count", 1}}}}});
    add("create", "Job", "k", {{"id", "k"}, {"name", "k"}, {"type", "Pig"}});
    add("create", "DataSource", "s",
        {{"id", "s"},
         {"name", "s"},
         {"type", "swift"},
         {"url", "swift://a"},
         {"credentials", {{"password", "p"}}}});
    add("update", "Job", "j", {{"description", "other"}});
    add("read", "Cluster", "c", {{"load", {"provision_progress"}}});
    add("list", "Job", "", {{"name", "j"}});
    add("delete", "Job", "j", Json::object());
    add("delete", "Cluster", "c", Json::object());
    add("scale", "Cluster", "c", {{"node_group", "c-ng"}, {"count", 2}, {"instances", {"i"}}});
    add("run", "JobExecution", "q",
        {{"id", "q"}, {"job_id", "j"}, {"job_configs", {{"configs", {{"caravan.polls", 1}}}}}});
    add("cancel", "JobExecution", "r", Json::object());
    add("suspend", "JobExecution", "r", Json::object());
    return all;
  }
  std::vector<Envelope> works() const {
    std::vector<Envelope> all;
    const bool direct = who_.access == Access::direct;
    const auto add = [&](const char* method, Json args) {
      for (const auto kind : {Envelope::Kind::call, Envelope::Kind::cast}) {
        Envelope message;
        message.kind = kind;
        message.from = "api.1#1";
        message.to = "engine";
        message.method = method;
        message.version = "1.0";
        message.args = args;
        all.push_back(std::move(message));
      }
    };
    const Json on_cluster = direct ? Json{{"cluster_id", "c"}} : Json{{"cluster", cluster("c")}};
    const Json on_run = direct ? Json{{"job_execution_id", "r"}} : Json{{"job_execution", job_execution()}};
    Json scaled = on_cluster;
    scaled["node_group_id_map"] = {{"c-ng", 2}};
    add("provision_cluster", on_cluster);
    add("provision_scaled_cluster", scaled);
    add("terminate_cluster", on_cluster);
    add("run_edp_job", on_run);
    add("cancel_job_execution", on_run);
    add("delete_job_execution", on_run);
    add("job_execution_suspend", on_run);
    add("get_engine_type_and_version", Json::object());
    return all;
  }

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
        take_turn(*node_, who_.role == "conductor" || who_.access == Access::direct ? &store_ : nullptr,
                  none_, now_, input);
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
    Turn turn = take_turn(*conductor_, beside_.get(), none_, now_, input);
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
      [this] {
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
}  // namespace caravan
