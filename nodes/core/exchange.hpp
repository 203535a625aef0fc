// What api and engine are built on: calls that wait for replies, timers, and the works in hand. No I/O:
// everything ends up in an Output.
#pragma once

#include <coroutine>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "nodes/core/rpc.hpp"
#include "nodes/core/services.hpp"
#include "nodes/core/task.hpp"
#include "objects/model/object.hpp"

namespace caravan::nodes {

/// One piece of work in hand; every message sent on its behalf names its operation and its cause.
struct Work {
  std::string what;       ///< "provision_cluster 6d5…"
  std::string stage;      ///< for people: where it is
  std::string operation;  ///< client operation at its root
  std::string cause;      ///< message that started it
  bool idle = false;      ///< nothing waits for its end: heartbeats
};

/// What became of a call: one of `result` and `error` counts, unless it timed out; then both are null, and
/// it is not known what was done.
struct Reply {
  Json result;
  Json error;        ///< null, or {type, message, kwargs}
  std::string from;  ///< who answered
  bool timed_out = false;
};

/// One node's, in one thread. Nothing blocks and nothing is sent: what its works say between `begin` and
/// `finish` is the Output of that turn. A work that awaits a Call or a Sleep goes on within `on_reply` or
/// `on_timer` of a later turn, or never, if it is abandoned. What a work refers to must live until it ends,
/// or until the exchange does: that destroys the frames of works in hand and runs nothing of them.
class Exchange {
 public:
  /// `registry`: the classes as this node takes them. `rpc` is of the registry's release.
  Exchange(Identity identity, std::shared_ptr<const Registry> registry, std::unique_ptr<const Rpc> rpc);

  const Identity& identity() const { return identity_; }
  const std::shared_ptr<const Registry>& registry() const { return registry_; }
  /// Of the own release's RPC table; null if it has no such method.
  const RpcMethod* method(const std::string& topic, const std::string& name) const {
    return rpc_->method(topic, name);
  }
  const Release& release() const { return registry_->catalog().releases.front(); }
  Instant now() const { return now_; }
  bool draining() const { return draining_; }

  /// Of its identity, valid as long as the exchange.
  const Deadlines& deadlines() const { return identity_.deadlines; }
  const Modes& modes() const { return identity_.modes; }
  /// What the others can take; `caps().objects` applies to pinned nodes.
  const Caps& caps() const { return caps_; }
  void set_caps(Caps caps) { caps_ = std::move(caps); }
  bool pinned() const { return modes().compat == Compatibility::pin; }
  /// Whether this release has the class (the field), and a pinned node may speak of it.
  bool knows(const std::string& object) const;
  bool knows(const std::string& object, const std::string& field) const;
  /// The object as it leaves: of a pinned node at the cap. Throws ObjectError if it cannot be told so.
  Json outgoing(const Object& object) const;

  /// Awaits the reply, or Reply{timed_out} after deadlines().request.
  struct Call {
    Exchange& exchange;
    Envelope envelope;
    Reply reply;
    bool idle = false;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting);
    Reply await_resume() { return std::move(reply); }
  };
  /// `to` is a topic ("conductor", "engine") or a server. The RPC version is the lowest that has the method
  /// with these arguments. Throws ObjectError: UnknownMethod, RPCVersionCapError.
  Call call(const Work& work, const std::string& to, const std::string& method, Json args,
            const std::string& avoid = {});
  /// The same, but without an answer. Throws as `call` does, before anything is sent.
  void cast(const Work& work, const std::string& to, const std::string& method, Json args,
            const std::string& avoid = {});
  /// Empty, or why the receivers on record cannot take it.
  std::string too_new_for(const std::string& to, const std::string& method, const Json& args) const;
  /// Whether any version of the topic takes it, so that no cap can be in the way.
  bool is_basic(const std::string& to, const std::string& method, const Json& args) const {
    return rpc_->version(to, method, args) <= Version("1.0");
  }
  /// What is wrong with a call or cast that came, or nothing.
  std::optional<Mismatch> mismatch(const Envelope& message) const { return rpc_->mismatch(message); }
  void reply(const Envelope& to, Json result);
  /// Whether this turn has answered it.
  bool answered(const Envelope& to) const;
  void refuse(const Envelope& to, const std::string& type, const std::string& message,
              Json kwargs = Json::object());

  /// Awaits the instant: what follows runs in the turn that the timer begins.
  struct Sleep {
    Exchange& exchange;
    Instant at;
    bool idle = false;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting);
    void await_resume() const noexcept {}
  };
  /// A turn of one's own: what follows is the first thing of a `Node::on`, so it may use the one transaction.
  Sleep turn() { return sleep(0); }
  Sleep sleep(Instant microseconds, bool idle = false) { return {*this, now_ + microseconds, idle}; }
  /// A provisioning step or poll: 10 to 50 ms, from the node's own generator.
  Sleep pause() { return sleep(10'000 + static_cast<Instant>(random() % 40'001)); }
  std::uint64_t random();
  /// Shaped as a UUID: the same run gives the same ids.
  std::string new_id();

  /// Takes the work over and runs it until it first waits. `make` gets the Work, whose address is stable; if
  /// it throws, there is no work. What the task throws in the end is reported as trouble.
  template <class Make>
  void spawn(Work work, Make make) {
    auto running = std::make_unique<Running>(std::move(work));
    running->task.emplace(make(running->work));
    works_.push_back(std::move(running));
    works_.back()->task->start();
  }

  /// An idle timer, for a node that waits for nothing else by timers.
  void wake(Instant microseconds) { out_.timers.push_back({++timers_, now_ + microseconds, true}); }

  /// Tells the harness, and the log, of something that should not have happened. `error`: its type (as
  /// error_type), or empty. `work`: on whose behalf.
  void trouble(const std::string& what, const std::string& error, const Work& work = {});
  void log(std::string line) { out_.log.push_back(std::move(line)); }

  // For the node that owns it.
  void begin(Instant now);
  void on_reply(const Envelope& reply);
  void on_timer(std::uint64_t id);
  void start_draining() { draining_ = true; }
  /// Drops the works in hand where they are, as green threads die with their process.
  void abandon();
  void hello();
  void turned_away(const std::string& why);
  Output finish();  ///< what `begin` began
  Json state() const;

 private:
  struct Running {
    explicit Running(Work w) : work(std::move(w)) {}
    Work work;
    std::optional<Task<void>> task;
  };
  struct Waiting {
    std::coroutine_handle<> handle;
    Call* call;
    std::uint64_t timer;
  };
  Envelope message(Envelope::Kind kind);
  Envelope asking(Envelope::Kind kind, const Work& work, const std::string& to, const std::string& method,
                  Json args);
  Envelope answering(const Envelope& to);
  void sweep();

  Identity identity_;
  std::shared_ptr<const Registry> registry_;
  std::unique_ptr<const Rpc> rpc_;
  Caps caps_;
  std::uint64_t random_state_;
  std::uint64_t messages_ = 0, timers_ = 0;
  Instant now_ = 0;
  bool draining_ = false, bye_ = false;
  Output out_;
  std::map<std::string, Waiting> calls_;              // by message id
  std::map<std::uint64_t, std::string> call_timers_;  // timer -> message id
  std::map<std::uint64_t, std::coroutine_handle<>> sleepers_;
  std::list<std::unique_ptr<Running>> works_;  // last: frames refer to the members above
};

}  // namespace caravan::nodes
