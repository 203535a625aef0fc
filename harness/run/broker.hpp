// What a message broker means (oslo.messaging on a real one), as pure logic: arrivals and serving nodes in,
// what to hand to which node out. Topics are roles; queues outlive their consumers. No I/O, no clock.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "objects/model/envelope.hpp"
#include "objects/vocabulary/deadlines.hpp"

namespace caravan::harness {

/// Hand this out to that peer.
struct Deliver {
  Envelope envelope;
  std::string peer;  ///< "engine.2#1", or "client.3" for the reply to a request
};
/// Nobody gets this message, and why.
struct Drop {
  std::string id, why;
};
using Decision = std::variant<Deliver, Drop>;
using Decisions = std::vector<Decision>;

/// Same seed and same calls, same decisions. A node that it is told about by name must be one of `nodes`.
class Broker {
 public:
  /// `nodes`: every node there may be, name -> role. Other addresses are unknown. `request`: how long a
  /// caller waits for its reply.
  Broker(std::uint64_t seed, std::map<std::string, std::string> nodes, Instant request = Deadlines{}.request);

  /// A call, cast, fanout or reply of a node; a request of a client (addressed to a server).
  Decisions accept(const Envelope& envelope, Instant now);
  /// It is there and may ask, but takes nothing yet.
  void starting(const std::string& node, int incarnation);
  /// The node consumes from now on: what waited for it is handed out, oldest first.
  Decisions ready(const std::string& node, int incarnation, Instant now);
  /// It takes nothing new, but still gets replies.
  void draining(const std::string& node);
  /// It is dead. What it was given is lost; what is queued stays.
  void gone(const std::string& node);
  /// The carrier could not hand this out: the peer died before anyone saw it. Never handled, so it goes back
  /// first.
  Decisions refused(const Deliver& delivery, Instant now);
  /// The caller gave up, or knows that no answer can come: a reply after this is late.
  void abandon(const std::string& id);
  /// Forgets callers whose time is up: a reply after this is late.
  void expire(Instant now);

  /// Messages that wait to be taken.
  std::size_t queued() const;
  /// Calls and requests without a reply whose callers still wait; nothing waits for a heartbeat's.
  std::size_t unanswered() const;
  /// Whether one of them was asked by then.
  bool waits_since(Instant then) const;
  /// When the next caller gives up; `never` if none waits.
  Instant next_expiry(Instant never) const;

 private:
  struct Waiting {
    Envelope envelope;
    std::uint64_t ordinal = 0;
  };
  struct Call {
    std::string caller;  ///< peer
    Instant until = 0;
    bool heartbeat = false;
  };
  struct Server {
    std::string role;
    int incarnation = 0;  ///< 0: never seen
    bool serves = false, lives = false;
  };

  std::string peer(const std::string& node) const;
  bool alive(const std::string& peer) const;
  bool place(const Waiting& waiting, const std::string& address, Decisions& out);
  Decisions hand_out(const std::string& address);

  std::uint64_t seed_;
  Instant request_;
  std::map<std::string, Server> servers_;
  std::set<std::string> topics_;
  std::map<std::string, std::deque<Waiting>> queues_;  ///< topic or server -> what has not been taken yet
  std::map<std::string, Call> calls_;
  std::map<std::string, std::string> closed_;      ///< calls that nothing waits for any more -> why
  std::map<std::string, std::uint64_t> ordinals_;  ///< topic -> messages so far; heartbeats have their own
};

/// A node's regular sign of life (docs/node-protocol.md, "Services"): it comes when it comes, and is nobody's
/// work.
bool is_heartbeat(const Envelope& envelope);

}  // namespace caravan::harness
