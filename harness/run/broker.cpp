#include "harness/run/broker.hpp"

#include <algorithm>

#include "objects/base/random.hpp"

namespace caravan::harness {

bool is_heartbeat(const Envelope& envelope) {
  return envelope.method == "service_update" && envelope.kind == Envelope::Kind::call;
}

Broker::Broker(std::uint64_t seed, std::map<std::string, std::string> nodes, Instant request)
    : seed_(seed), request_(request) {
  for (const auto& node : nodes) {
    servers_[node.first].role = node.second;
    topics_.insert(node.second);
  }
}

std::string Broker::peer(const std::string& node) const {
  return node + "#" + std::to_string(servers_.at(node).incarnation);
}

bool Broker::alive(const std::string& peer_id) const {
  const auto mark = peer_id.rfind('#');
  if (mark == std::string::npos) return true;  // a client
  const auto server = servers_.find(peer_id.substr(0, mark));
  return server != servers_.end() && server->second.lives && peer_id == peer(server->first);
}

Decisions Broker::accept(const Envelope& envelope, Instant now) {
  Decisions out;
  switch (envelope.kind) {
    case Envelope::Kind::reply: {
      const auto call = calls_.find(envelope.to);
      if (call == calls_.end()) {
        const auto closed = closed_.find(envelope.to);
        out.push_back(Drop{envelope.id, closed != closed_.end()
                                            ? closed->second
                                            : "a reply that nothing waits for: " + envelope.to});
        return out;
      }
      const auto caller = call->second.caller;
      calls_.erase(call);
      closed_[envelope.to] = "answered before";
      if (alive(caller))
        out.push_back(Deliver{envelope, caller});
      else
        out.push_back(Drop{envelope.id, "receiver gone: " + caller});
      return out;
    }
    case Envelope::Kind::fanout: {
      // Fanout queues live and die with their consumers: who does not serve now never sees it.
      for (const auto& server : servers_)
        if (server.second.serves && server.second.role == envelope.to)
          out.push_back(Deliver{envelope, peer(server.first)});
      if (out.empty())
        out.push_back(Drop{envelope.id, topics_.count(envelope.to) ? "nobody listens: " + envelope.to
                                                                   : "unknown address: " + envelope.to});
      return out;
    }
    default:
      break;
  }
  const bool topic = topics_.count(envelope.to) > 0;
  if (!topic && servers_.count(envelope.to) == 0) {
    out.push_back(Drop{envelope.id, "unknown address: " + envelope.to});
    return out;
  }
  if (envelope.kind == Envelope::Kind::call || envelope.kind == Envelope::Kind::request)
    calls_[envelope.id] = Call{envelope.from, now + request_, is_heartbeat(envelope)};
  auto& queue = queues_[envelope.to];
  // Who takes a message is the seed's choice, and not that of the heartbeats that came between.
  auto& ordinal = ordinals_[is_heartbeat(envelope) ? envelope.to + " heartbeats" : envelope.to];
  queue.push_back(Waiting{envelope, topic ? ordinal++ : 0});
  return hand_out(envelope.to);
}

bool Broker::place(const Waiting& waiting, const std::string& address, Decisions& out) {
  if (const auto server = servers_.find(address); server != servers_.end()) {
    if (!server->second.serves) return false;
    out.push_back(Deliver{waiting.envelope, peer(address)});
    return true;
  }
  std::vector<std::string> takers;
  for (const auto& server : servers_)
    if (server.second.serves && server.second.role == address && server.first != waiting.envelope.avoid)
      takers.push_back(server.first);
  if (takers.empty()) return false;
  std::uint64_t choice = seed_;
  for (const char c : address) choice = splitmix64(choice ^ static_cast<unsigned char>(c));
  choice = splitmix64(choice ^ waiting.ordinal);
  out.push_back(Deliver{waiting.envelope, peer(takers[choice % takers.size()])});
  return true;
}

Decisions Broker::hand_out(const std::string& address) {
  Decisions out;
  auto& queue = queues_[address];
  std::deque<Waiting> left;  // what only the avoided server could take holds nobody else up
  for (auto& waiting : queue)
    if (!place(waiting, address, out)) left.push_back(std::move(waiting));
  queue = std::move(left);
  return out;
}

void Broker::starting(const std::string& node, int incarnation) {
  auto& server = servers_.at(node);
  server.incarnation = incarnation;
  server.lives = true;
}

Decisions Broker::ready(const std::string& node, int incarnation, Instant now) {
  expire(now);
  auto& server = servers_.at(node);
  server.incarnation = incarnation;
  server.serves = server.lives = true;
  auto out = hand_out(node);
  const auto shared = hand_out(server.role);
  out.insert(out.end(), shared.begin(), shared.end());
  return out;
}

void Broker::draining(const std::string& node) { servers_.at(node).serves = false; }

void Broker::gone(const std::string& node) {
  auto& server = servers_.at(node);
  server.serves = server.lives = false;
  // Nobody waits for these answers any more.
  const auto caller = peer(node);
  for (auto it = calls_.begin(); it != calls_.end();) {
    if (it->second.caller != caller) {
      ++it;
      continue;
    }
    closed_[it->first] = "receiver gone: " + caller;
    it = calls_.erase(it);
  }
}

Decisions Broker::refused(const Deliver& delivery, Instant) {
  const auto mark = delivery.peer.rfind('#');
  if (mark == std::string::npos) return {Drop{delivery.envelope.id, "receiver gone: " + delivery.peer}};
  const auto node = delivery.peer.substr(0, mark);
  if (const auto server = servers_.find(node); server != servers_.end() && peer(node) == delivery.peer)
    server->second.serves = false;
  const auto kind = delivery.envelope.kind;
  if (kind == Envelope::Kind::reply || kind == Envelope::Kind::fanout ||
      queues_.count(delivery.envelope.to) == 0)
    return {Drop{delivery.envelope.id, "receiver gone: " + delivery.peer}};
  queues_[delivery.envelope.to].push_front(Waiting{delivery.envelope, ordinals_[delivery.envelope.to]});
  return hand_out(delivery.envelope.to);
}

void Broker::abandon(const std::string& id) {
  if (calls_.erase(id) > 0) closed_[id] = "late reply";
}

void Broker::expire(Instant now) {
  for (auto it = calls_.begin(); it != calls_.end();) {
    if (it->second.until > now) {
      ++it;
      continue;
    }
    closed_[it->first] = "late reply";
    it = calls_.erase(it);
  }
}

std::size_t Broker::queued() const {
  std::size_t sum = 0;
  for (const auto& queue : queues_) sum += queue.second.size();
  return sum;
}

std::size_t Broker::unanswered() const {
  return static_cast<std::size_t>(
      std::count_if(calls_.begin(), calls_.end(), [](const auto& call) { return !call.second.heartbeat; }));
}

bool Broker::waits_since(Instant then) const {
  return std::any_of(calls_.begin(), calls_.end(), [this, then](const auto& call) {
    return !call.second.heartbeat && call.second.until - request_ <= then;
  });
}

Instant Broker::next_expiry(Instant never) const {
  auto next = never;
  for (const auto& call : calls_) next = std::min(next, call.second.until);
  return next;
}

}  // namespace caravan::harness
