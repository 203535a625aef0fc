// The nodes of a run in one thread and virtual time, behind the harness's one seam: the same nodes as in real
// processes, a database in memory, tools on the spot. What is delivered arrives 100 µs later, a turn takes
// 50 µs, a tool 1 ms; nothing else takes time. Same plan, same events. Tests only.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "harness/run/broker.hpp"
#include "harness/run/carrier.hpp"
#include "nodes/core/turn.hpp"
#include "nodes/data/service_records.hpp"
#include "nodes/store/memory/store.hpp"
#include "nodes/store/migration/migration.hpp"
#include "objects/base/error.hpp"
#include "objects/catalog/catalog.hpp"

namespace caravan::nodes::testing {

class InProcessCarrier final : public harness::Carrier {
 public:
  /// A database of `release`. The catalog, which must outlive this, is what nodes' snapshots are taken from.
  InProcessCarrier(const Catalog& catalog, const std::string& release)
      : catalog_(catalog), database_(catalog, release) {}

  void start(const harness::NodeSpec& spec) override {
    const std::string peer = spec.identity.peer();
    auto child = std::make_unique<Child>(spec.identity);
    if (opens_database(spec.identity.role, spec.identity.modes.access))
      child->store = database_.connect(lock_timeout(spec.identity));
    child->node = make_node(child->identity, snapshot_of(spec.release), child->store.get());
    children_[peer] = std::move(child);
    logs_[peer];
    schedule(now_, ToNode{peer, {Input::Kind::start, {}, 0}});
  }

  void start(const harness::Tool& tool) override {
    harness::ToolEnded ended{{tool.peer(), false, 0}, {}};
    try {
      step::match(
          tool.work, [&](const step::Migrate& phase) { migrate(phase, tool.peer(), ended); },
          [&](const step::Announce& coming) {
            const auto role = name(*role_of(coming.node));
            const Release& release = *snapshot_of(coming.release).release(coming.release);
            const auto store = database_.connect(0);
            store->work_on(tool.peer(), "announce " + coming.node);
            say(ended, coming.node,
                announce_service(*store, service_of(coming.node, role, release, 0), now_));
          },
          [&](const step::Forget& gone) {
            const auto store = database_.connect(0);
            store->work_on(tool.peer(), "forget " + gone.node);
            say(ended, gone.node, forget_service(*store, gone.node, now_, false));
          });
    } catch (const Killed&) {
      ended.exited = {tool.peer(), true, 9};
    } catch (const Error& error) {
      fail(ended, error.exit(), error.what());
    } catch (const StoreError& error) {
      fail(ended, Exit::machine, error.what());
    }
    schedule(now_ + 1'000, harness::CarrierEvent(ended));
  }

  void signal(const std::string& peer, harness::Signal signal) override {
    Child* child = living(peer);
    if (child == nullptr) return;
    switch (signal) {
      case harness::Signal::terminate:
        return end(peer, {peer, true, 15});
      case harness::Signal::kill:
        return end(peer, {peer, true, 9});
      case harness::Signal::pause:
        child->paused = true;
        return;
      case harness::Signal::resume:
        child->paused = false;
        give_lock_back(peer);
        return serve(peer);
      case harness::Signal::reload:
        return schedule(now_, ToNode{peer, {Input::Kind::reload, {}, 0}});
    }
  }

  bool deliver(const std::string& peer, const Envelope& envelope) override {
    if (living(peer) == nullptr) return false;
    schedule(now_ + 100, ToNode{peer, {Input::Kind::message, envelope, 0}}, is_background(envelope));
    return true;
  }

  harness::CarrierEvent wait(Instant deadline) override {
    while (!pending_.empty() && pending_.begin()->first.first <= deadline)
      if (auto event = advance()) return std::move(*event);
    now_ = std::max(now_, deadline);
    return harness::Elapsed{};
  }

  /// The next thing that is to happen, whenever that is; what the driver hears of it, if anything. Nothing
  /// happens if nothing is pending.
  std::optional<harness::CarrierEvent> advance() {
    if (pending_.empty()) return std::nullopt;
    const auto next = pending_.begin();
    now_ = std::max(now_, next->first.first);
    Pending due = std::move(next->second);
    pending_.erase(next);
    if (auto* event = std::get_if<harness::CarrierEvent>(&due.what)) return std::move(*event);
    if (auto* saying = std::get_if<FromNode>(&due.what)) {
      if (living(saying->peer) == nullptr) return std::nullopt;  // it died before it came to say it
      return harness::Arrived{std::move(saying->message), saying->peer};
    }
    if (auto* ask = std::get_if<Ask>(&due.what)) {
      if (Child* child = living(ask->peer)) child->asked_again = false;
      serve(ask->peer);
    } else if (auto* over = std::get_if<EndOfStand>(&due.what)) {
      give_lock_back(over->peer);
    } else {
      take(std::move(std::get<ToNode>(due.what)), due.idle);
    }
    return std::nullopt;
  }

  bool anything_to_come() const { return !pending_.empty(); }
  /// The same but for heartbeats.
  bool busy() const {
    return std::any_of(pending_.begin(), pending_.end(), [](const auto& one) { return !one.second.idle; }) ||
           std::any_of(children_.begin(), children_.end(),
                       [](const auto& one) { return one.second->works(); });
  }

  Instant now() override { return now_; }
  Database& database() override { return database_; }
  std::vector<harness::Log> logs() override {
    std::vector<harness::Log> out;
    for (const auto& [peer, text] : logs_) {
      const auto hash = peer.rfind('#');
      const std::string node = peer.substr(0, hash), number = peer.substr(hash + 1);
      out.push_back({node + "." + number + ".log", node, std::stoi(number)});
    }
    return out;
  }
  std::unique_ptr<std::istream> read(const harness::Log& log) override {
    return std::make_unique<std::istringstream>(logs_[log.node + "#" + std::to_string(log.incarnation)]);
  }
  std::string last_words(const std::string& peer) override {
    std::istringstream text(logs_[peer]);
    std::string line, last;
    while (std::getline(text, line)) last = line;
    return last;
  }

 private:
  struct Child {
    explicit Child(const Identity& who) : identity(who), plants(identity) {}
    Identity identity;
    TurnPlants plants;
    std::unique_ptr<Store> store;  ///< outlives the node
    std::unique_ptr<Node> node;
    bool paused = false, stands = false, asked_again = false;
    Instant silent_until = 0;
    struct Held {
      Input input;
      bool idle;
    };
    std::deque<Held> held;  ///< came while it could not take them

    bool kept() const { return paused || stands; }
    bool works() const {
      return !kept() && std::any_of(held.begin(), held.end(), [](const Held& one) { return !one.idle; });
    }
  };
  struct ToNode {
    std::string peer;
    Input input;
  };
  struct FromNode {
    std::string peer;
    Envelope message;
  };
  /// Whether it can take what came meanwhile.
  struct Ask {
    std::string peer;
  };
  /// Nobody resumed it; it goes on by itself.
  struct EndOfStand {
    std::string peer;
  };
  struct Pending {
    std::variant<ToNode, FromNode, Ask, EndOfStand, harness::CarrierEvent> what;
    bool idle = false;
  };

  const Catalog& snapshot_of(const std::string& release) {
    const auto found = snapshots_.find(release);
    return found != snapshots_.end() ? found->second
                                     : snapshots_.emplace(release, snapshot(catalog_, release)).first->second;
  }

  Child* living(const std::string& peer) {
    const auto found = children_.find(peer);
    return found == children_.end() ? nullptr : found->second.get();
  }

  template <class What>
  void schedule(Instant at, What what, bool idle = false) {
    pending_[{at, ++order_}] = Pending{std::move(what), idle};
  }

  /// A heartbeat on its way to a conductor, or its answer.
  bool is_background(const Envelope& envelope) {
    if (harness::is_heartbeat(envelope)) heartbeats_.insert(envelope.id);
    return heartbeats_.count(envelope.id) + heartbeats_.count(envelope.to) > 0;
  }

  void end(const std::string& peer, const harness::Exited& exited) {
    children_.erase(peer);
    schedule(now_, harness::CarrierEvent(exited));
  }

  /// One at a time and in the order in which they came, as from one connection.
  void take(ToNode due, bool idle) {
    Child* child = living(due.peer);
    if (child == nullptr) return;
    child->held.push_back({std::move(due.input), idle});
    serve(due.peer);
  }

  /// The oldest of what came, if it can take anything now; else the node is asked again when it can.
  void serve(const std::string& peer) {
    Child* child = living(peer);
    if (child == nullptr || child->kept() || child->held.empty()) return;
    if (now_ >= child->silent_until) {
      const Input input = std::move(child->held.front().input);
      child->held.pop_front();
      turn(peer, *child, input);
      child = living(peer);
      if (child == nullptr || child->kept() || child->held.empty()) return;
    }
    if (!child->asked_again) schedule(child->silent_until, Ask{peer}, true);
    child->asked_again = true;
  }

  /// It stood with its store's lock until now.
  void give_lock_back(const std::string& peer) {
    Child* child = living(peer);
    if (child == nullptr || !child->stands || child->paused) return;
    child->store->rollback();
    child->stands = false;
    child->silent_until = now_;
    serve(peer);
  }

  void turn(const std::string& peer, Child& child, const Input& input) {
    Turn turn = take_turn(peer, *child.node, child.store.get(), child.plants, now_, input);
    for (const std::string& line : turn.output.log) logs_[peer] += line + "\n";
    for (Envelope& message : turn.output.messages) {
      const bool background = is_background(message);
      schedule(now_ + turn.delay, FromNode{peer, std::move(message)}, background);
    }
    for (const Timer& timer : turn.output.timers)
      schedule(timer.at, ToNode{peer, {Input::Kind::timer, {}, timer.id, timer.cause}}, timer.idle);
    child.silent_until = now_ + turn.delay + 50;
    switch (turn.then) {
      case Turn::Then::go_on:
        break;
      case Turn::Then::stand:
        child.stands = true;
        schedule(now_ + turn.longest, EndOfStand{peer}, true);
        break;
      case Turn::Then::die:
        while (auto said = saying_of(peer))
          schedule(now_, harness::CarrierEvent(harness::Arrived{std::move(*said), peer}));
        return end(peer, {peer, true, 9});
      case Turn::Then::crash:
        logs_[peer] += "crashed: " + turn.why + "\n";
        return end(peer, {peer, false, static_cast<int>(Exit::machine)});
    }
    if (turn.output.done) {
      while (auto said = saying_of(peer))
        schedule(now_, harness::CarrierEvent(harness::Arrived{std::move(*said), peer}));
      end(peer, {peer, false, turn.output.status});
    }
  }

  /// The next of what it has said and nobody has heard yet; it leaves though its node is gone.
  std::optional<Envelope> saying_of(const std::string& peer) {
    for (auto it = pending_.begin(); it != pending_.end(); ++it) {
      auto* saying = std::get_if<FromNode>(&it->second.what);
      if (saying == nullptr || saying->peer != peer) continue;
      Envelope message = std::move(saying->message);
      pending_.erase(it);
      return message;
    }
    return std::nullopt;
  }

  void migrate(const step::Migrate& phase, const std::string& peer, harness::ToolEnded& ended) {
    MigrationRequest request{catalog_, caravan::name(phase.phase), phase.from, phase.to};
    if (phase.batch > 0) request.batch = phase.batch;
    request.batches = phase.batches;
    request.kill_point = KillPoint(phase.die_in, [] { throw Killed{}; });
    request.writer = peer;
    const MigrationOutcome outcome = nodes::migrate(database_, request);
    ended.exited.code = outcome.status;
    ended.said = to_json(request, outcome).at("migration");
  }

  void fail(harness::ToolEnded& ended, Exit exit, const std::string& why) {
    ended.exited.code = static_cast<int>(exit);
    logs_[ended.exited.peer] += why + "\n";
  }

  static void say(harness::ToolEnded& ended, const std::string& node, const std::string& refused) {
    ended.exited.code = refused.empty() ? 0 : 3;
    ended.said = {{"node", node}, {"refused", refused.empty() ? Json() : Json(refused)}};
  }

  const Catalog& catalog_;
  MemoryDatabase database_;
  std::map<std::string, Catalog> snapshots_;
  std::map<std::string, std::unique_ptr<Child>> children_;
  std::map<std::pair<Instant, int>, Pending> pending_;
  std::map<std::string, std::string> logs_;
  std::set<std::string> heartbeats_;
  Instant now_ = 1'430'000'000'000'000;
  int order_ = 0;
};

}  // namespace caravan::nodes::testing
