// A node: logic without I/O. It is told the time and what happened, and says what shall be sent. It cannot
// tell which carrier calls it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "objects/catalog/catalog.hpp"
#include "objects/model/envelope.hpp"
#include "objects/vocabulary/identity.hpp"

namespace caravan::nodes {

class Store;

/// What a node is told. Members that are not of the kind are empty.
struct Input {
  enum class Kind {
    start,
    message,
    timer,
    reload,  ///< SIGHUP: what was cached at the start is computed again
  } kind = Kind::start;
  Envelope message;         ///< message
  std::uint64_t timer = 0;  ///< timer: the id that was asked for
  std::string cause = {};   ///< timer: as it was asked for; no node reads it
};

/// Asks for an Input of kind timer with this id, at that instant or later.
struct Timer {
  std::uint64_t id = 0;
  Instant at = 0;
  bool idle = false;  ///< no work waits for it: a heartbeat
  /// Id of the message that was being handled, or that caused the timer that was; empty: there was none.
  /// take_turn says it, and the carrier hands it back.
  std::string cause = {};
};

/// What a call of Node::on asks of its caller.
struct Output {
  std::vector<Envelope> messages;  ///< leave in this order, after the store has committed
  std::vector<Timer> timers;
  std::vector<std::string> log;
  bool wrote = false;  ///< the store was written to, for a caller's work
  bool done = false;   ///< drained, or turned away
  int status = 0;      ///< exit status when done: 3 turned away
};

/// For one thread. The first Input is a start, and after an Output that is done there is none.
class Node {
 public:
  virtual ~Node() = default;
  /// Pure but for the store, of which it uses at most one transaction; the caller commits it before the first
  /// message leaves. Never throws: what goes wrong is sent as `trouble` or as an error reply.
  virtual Output on(Instant now, const Input& input) = 0;
  /// What is in hand, for people.
  virtual Json state() const = 0;
};

/// `snapshot` is the catalog of the node's own release (one release in it). `store` is for nodes that open
/// the database: conductors, and in direct access api and engine; null for others. It must outlive the node.
/// Throws bad_request for an unknown role.
std::unique_ptr<Node> make_node(const Identity& identity, const Catalog& snapshot, Store* store);

}  // namespace caravan::nodes
