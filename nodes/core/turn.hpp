// One turn of a node, as every carrier of nodes takes it: what is committed, and which messages may leave.
#pragma once

#include <string>

#include "nodes/core/turn_plants.hpp"
#include "nodes/store/store.hpp"

namespace caravan::nodes {

/// What came of a turn, for the carrier of the node: to send `output.messages` in their order, `delay`
/// later, then to do what `then` says. Timers and log hold whatever it says.
struct Turn {
  Output output;
  Instant delay = 0;  ///< until then the node takes no input
  enum class Then {
    go_on,
    stand,  ///< it takes no input until it is resumed, or for `longest`; the lock of its store, which it
            ///< holds, is given back then (Store::rollback)
    die,    ///< a planted death: when the messages are out it is killed, and what it did is never committed
    crash,  ///< an exception escaped from it; nothing leaves, nothing is committed, it has had its last input
  } then = Then::go_on;
  Instant longest = 0;  ///< stand
  std::string why;      ///< crash: the exception
};

/// Tells the node, and commits what it wrote: at most one transaction, before any message may leave. If that
/// fails, only the answers to `input` leave, as errors. `store`: the node's, or null if it opens no database;
/// afterwards it has no transaction, unless the turn ends in death or standing. What is written is stamped
/// with `peer`, "engine.2#1", and with what caused it: the message, also through timers; else "start",
/// "timer" or "reload". Never throws.
Turn take_turn(const std::string& peer, Node& node, Store* store, TurnPlants& plants, Instant now,
               const Input& input);

}  // namespace caravan::nodes
