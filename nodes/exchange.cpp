#include "nodes/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "nodes/direct.hpp"

namespace caravan {
namespace {

std::uint64_t mix(std::uint64_t value) {  // splitmix64
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

std::uint64_t seed_of(const Identity& identity) {
  std::uint64_t state = identity.seed;
  for (const char c : identity.peer()) state = mix(state ^ static_cast<unsigned char>(c));
  return state;
}

}  // namespace

Exchange::Exchange(Identity identity, std::shared_ptr<const Registry> registry,
                   std::shared_ptr<Direct> direct)
    : identity_(std::move(identity)),
      registry_(direct ? direct->registry() : std::move(registry)),
      direct_(std::move(direct)),
      random_state_(seed_of(identity_)) {}

std::uint64_t Exchange::random() { return random_state_ = mix(random_state_); }

Envelope Exchange::message(Envelope::Kind kind) {
  Envelope envelope;
  envelope.kind = kind;
  envelope.id = fmt::format("{}/{}", identity_.peer(), ++messages_);
  envelope.from = identity_.peer();
  return envelope;
}

Envelope Exchange::asking(Envelope::Kind kind, const Work& work, const std::string& to,
                          const std::string& method, Json args) {
  Envelope envelope = message(kind);
  envelope.to = to;
  envelope.method = method;
  envelope.version = rpc_version(to, method);
  envelope.args = std::move(args);
  envelope.operation = work.operation;
  envelope.cause = work.cause;
  return envelope;
}

Envelope Exchange::answering(const Envelope& to) {
  Envelope envelope = message(Envelope::Kind::reply);
  envelope.to = to.id;
  envelope.operation = to.operation;
  envelope.cause = to.id;
  return envelope;
}

const RpcMethod* Exchange::method(const std::string& topic, const std::string& name) const {
  for (const RpcInterface& interface : release().rpc) {
    if (interface.topic != topic) continue;
    for (const RpcMethod& known : interface.methods) {
      if (known.name == name) return &known;
    }
  }
  return nullptr;
}

std::string Exchange::rpc_version(const std::string& to, const std::string& name) const {
  const std::string topic = to.substr(0, to.find('.'));
  const RpcMethod* known = method(topic, name);
  if (known == nullptr)
    throw ObjectError("UnknownMethod", fmt::format("{} has no method {} at {}", topic, name, release().name));
  // Without objects there was one target version, 1.0, whatever methods and arguments came.
  return direct_ ? "1.0" : known->since.text();
}

Exchange::Call Exchange::call(const Work& work, const std::string& to, const std::string& method, Json args,
                              const std::string& avoid) {
  Envelope envelope = asking(Envelope::Kind::call, work, to, method, std::move(args));
  envelope.avoid = avoid;
  return Call{*this, std::move(envelope), {}};
}

void Exchange::Call::await_suspend(std::coroutine_handle<> waiting) {
  const std::uint64_t timer = ++exchange.timers_;
  exchange.calls_[envelope.id] = {waiting, this, timer};
  exchange.call_timers_[timer] = envelope.id;
  exchange.out_.timers.push_back({timer, exchange.now_ + call_deadline});
  exchange.out_.messages.push_back(std::move(envelope));
}

void Exchange::cast(const Work& work, const std::string& to, const std::string& method, Json args) {
  out_.messages.push_back(asking(Envelope::Kind::cast, work, to, method, std::move(args)));
}

void Exchange::reply(const Envelope& to, Json result) {
  Envelope envelope = answering(to);
  envelope.result = std::move(result);
  out_.messages.push_back(std::move(envelope));
}

void Exchange::refuse(const Envelope& to, const std::string& type, const std::string& message, Json kwargs) {
  Envelope envelope = answering(to);
  envelope.error = {{"type", type}, {"message", message}, {"kwargs", std::move(kwargs)}};
  out_.messages.push_back(std::move(envelope));
}

void Exchange::Sleep::await_suspend(std::coroutine_handle<> waiting) {
  const std::uint64_t timer = ++exchange.timers_;
  exchange.sleepers_[timer] = waiting;
  exchange.out_.timers.push_back({timer, at});
}

void Exchange::trouble(const std::string& what) {
  Envelope envelope = message(Envelope::Kind::trouble);
  envelope.args = {{"what", what}};
  out_.messages.push_back(std::move(envelope));
  out_.log.push_back("trouble: " + what);
}

void Exchange::hello() {
  Envelope envelope = message(Envelope::Kind::hello);
  envelope.args = {{"protocol", 1}, {"release", release().name}, {"role", identity_.role}};
  out_.messages.push_back(std::move(envelope));
}

void Exchange::begin(Instant now) {
  now_ = now;
  out_ = {};
}

void Exchange::on_reply(const Envelope& reply) {
  const auto found = calls_.find(reply.to);
  if (found == calls_.end()) {
    log("late reply to " + reply.to);
    return;
  }
  const Waiting waiting = found->second;
  call_timers_.erase(waiting.timer);
  calls_.erase(found);
  waiting.call->reply = {reply.result, reply.error, reply.from, false};
  waiting.handle.resume();
}

void Exchange::on_timer(std::uint64_t id) {
  if (const auto sleeper = sleepers_.find(id); sleeper != sleepers_.end()) {
    const auto handle = sleeper->second;
    sleepers_.erase(sleeper);
    handle.resume();
  } else if (const auto timer = call_timers_.find(id); timer != call_timers_.end()) {
    const auto call = calls_.find(timer->second);
    call_timers_.erase(timer);
    const Waiting waiting = call->second;
    log("no reply in time to " + call->first);
    calls_.erase(call);
    waiting.call->reply = {{}, {}, {}, true};
    waiting.handle.resume();
  }
}

void Exchange::abandon() {
  for (const auto& running : works_)
    log(fmt::format("lost: {} ({})", running->work.what, running->work.stage));
  calls_.clear();
  call_timers_.clear();
  sleepers_.clear();
  works_.clear();
}

void Exchange::sweep() {
  for (auto it = works_.begin(); it != works_.end();) {
    Running& running = **it;
    if (!running.task || !running.task->done()) {
      ++it;
      continue;
    }
    try {
      running.task->take();
    } catch (const std::exception& e) {
      trouble(fmt::format("{} ({}): {}", running.work.what, running.work.stage, e.what()));
    }
    it = works_.erase(it);
  }
}

Output Exchange::finish() {
  sweep();
  if (draining_ && works_.empty() && !bye_) {
    bye_ = true;
    out_.messages.push_back(message(Envelope::Kind::bye));
    out_.done = true;
  }
  return std::move(out_);
}

Json Exchange::state() const {
  Json works = Json::array();
  for (const auto& running : works_) {
    works.push_back({{"what", running->work.what},
                     {"stage", running->work.stage},
                     {"operation", running->work.operation}});
  }
  return {{"node", identity_.peer()},
          {"release", release().name},
          {"draining", draining_},
          {"in_hand", std::move(works)}};
}

}  // namespace caravan
