#include "nodes/core/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/core/error_type.hpp"
#include "nodes/core/pin.hpp"
#include "objects/base/random.hpp"

namespace caravan::nodes {
namespace {

/// Whatever came as an error: null, or {type, message} in texts and whatever else it holds.
Json error_in(const Envelope& reply) {
  if (reply.error.is_null()) return {};
  Json error = reply.error.is_object() ? reply.error : Json::object();
  for (const char* text : {"type", "message"}) {
    const auto found = error.find(text);
    if (found == error.end() || !found->is_string() || *found == "") error[text] = "?";
  }
  return error;
}

std::uint64_t seed_of(const Identity& identity) {
  std::uint64_t state = identity.seed;
  for (const char c : identity.peer()) state = splitmix64(state ^ static_cast<unsigned char>(c));
  return state;
}

}  // namespace

Exchange::Exchange(Identity identity, std::shared_ptr<const Registry> registry,
                   std::unique_ptr<const Rpc> rpc)
    : identity_(std::move(identity)),
      registry_(std::move(registry)),
      rpc_(std::move(rpc)),
      random_state_(seed_of(identity_)) {}

std::uint64_t Exchange::random() { return random_state_ = splitmix64(random_state_); }

// Shaped as a UUID, from the node's own generator: the same run gives the same ids.
std::string Exchange::new_id() {
  const std::uint64_t high = random(), low = random();
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", high >> 32U, (high >> 16U) & 0xffffU,
                     high & 0xfffU, low >> 52U, low & 0xffffffffffffU);
}

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
  envelope.version = rpc_->version(to, method, args).text();
  if (const std::string why = too_new_for(to, method, args); !why.empty())
    throw ObjectError("RPCVersionCapError", why);
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

std::string Exchange::too_new_for(const std::string& to, const std::string& method, const Json& args) const {
  const auto cap = caps_.rpc.find(to.substr(0, to.find('.')));
  const Version version = rpc_->version(to, method, args);
  if (cap == caps_.rpc.end() || version <= cap->second) return {};
  return fmt::format("{} needs RPC version {} of {}, its cap is {}", method, version.text(), cap->first,
                     cap->second.text());
}

bool Exchange::knows(const std::string& object) const {
  return release().manifest.count(object) != 0 && (!pinned() || caps_.objects.count(object) != 0);
}

bool Exchange::knows(const std::string& object, const std::string& field) const {
  const auto own = release().manifest.find(object);
  if (own == release().manifest.end()) return false;
  Version version = own->second;
  if (pinned()) {
    const auto cap = caps_.objects.find(object);
    if (cap == caps_.objects.end()) return false;
    version = std::min(version, Version(cap->second));
  }
  return has_field(registry_->catalog(), object, own->second, field) &&
         has_field(registry_->catalog(), object, version,
                   name_at(registry_->catalog(), object, field, version));
}

Json Exchange::outgoing(const Object& object) const {
  return pinned() ? capped(object, caps_.objects) : object.to_primitive();
}

Exchange::Call Exchange::call(const Work& work, const std::string& to, const std::string& method, Json args,
                              const std::string& avoid) {
  Envelope envelope = asking(Envelope::Kind::call, work, to, method, std::move(args));
  envelope.avoid = avoid;
  return Call{*this, std::move(envelope), {}, work.idle};
}

void Exchange::Call::await_suspend(std::coroutine_handle<> waiting) {
  const std::uint64_t timer = ++exchange.timers_;
  exchange.calls_[envelope.id] = {waiting, this, timer};
  exchange.call_timers_[timer] = envelope.id;
  exchange.out_.timers.push_back({timer, exchange.now_ + exchange.deadlines().request, idle});
  exchange.out_.messages.push_back(std::move(envelope));
}

void Exchange::cast(const Work& work, const std::string& to, const std::string& method, Json args,
                    const std::string& avoid) {
  Envelope envelope = asking(Envelope::Kind::cast, work, to, method, std::move(args));
  envelope.avoid = avoid;
  out_.messages.push_back(std::move(envelope));
}

void Exchange::reply(const Envelope& to, Json result) {
  Envelope envelope = answering(to);
  envelope.result = std::move(result);
  out_.messages.push_back(std::move(envelope));
}

bool Exchange::answered(const Envelope& to) const {
  return std::any_of(out_.messages.begin(), out_.messages.end(), [&](const Envelope& message) {
    return message.kind == Envelope::Kind::reply && message.to == to.id;
  });
}

void Exchange::refuse(const Envelope& to, const std::string& type, const std::string& message, Json kwargs) {
  Envelope envelope = answering(to);
  envelope.error = {{"type", type}, {"message", message}, {"kwargs", std::move(kwargs)}};
  out_.messages.push_back(std::move(envelope));
}

void Exchange::Sleep::await_suspend(std::coroutine_handle<> waiting) {
  const std::uint64_t timer = ++exchange.timers_;
  exchange.sleepers_[timer] = waiting;
  exchange.out_.timers.push_back({timer, at, idle});
}

void Exchange::trouble(const std::string& what, const std::string& error, const Work& work) {
  Envelope envelope = message(Envelope::Kind::trouble);
  envelope.args = {{"what", what}};
  if (!error.empty()) envelope.args["error"] = error;
  envelope.operation = work.operation;
  envelope.cause = work.cause;
  out_.messages.push_back(std::move(envelope));
  out_.log.push_back("trouble: " + what);
}

void Exchange::hello() {
  Envelope envelope = message(Envelope::Kind::hello);
  envelope.args = {{"protocol", 1}, {"release", release().name}, {"role", identity_.role}};
  out_.messages.push_back(std::move(envelope));
}

// Who was refused says so, in place of hello or after it.
void Exchange::turned_away(const std::string& why) {
  if (bye_) return;
  Envelope envelope = message(Envelope::Kind::bye);
  envelope.args = {{"refused", why}};
  out_.messages.push_back(std::move(envelope));
  out_.done = bye_ = true;
  out_.status = 3;
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
  waiting.call->reply = {reply.result, error_in(reply), reply.from, false};
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
      trouble(fmt::format("{} ({}): {}", running.work.what, running.work.stage, e.what()), error_type(e),
              running.work);
    }
    it = works_.erase(it);
  }
}

Output Exchange::finish() {
  sweep();
  const bool idle = std::all_of(works_.begin(), works_.end(), [](const auto& one) { return one->work.idle; });
  if (draining_ && idle && !bye_) {
    bye_ = true;
    out_.messages.push_back(message(Envelope::Kind::bye));
    out_.done = true;
  }
  return std::move(out_);
}

Json Exchange::state() const {
  Json works = Json::array();
  for (const auto& running : works_) {
    if (running->work.idle) continue;
    works.push_back({{"what", running->work.what},
                     {"stage", running->work.stage},
                     {"operation", running->work.operation}});
  }
  return {{"node", identity_.peer()},
          {"release", release().name},
          {"draining", draining_},
          {"in_hand", std::move(works)}};
}

}  // namespace caravan::nodes
