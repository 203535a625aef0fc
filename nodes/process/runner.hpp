// Runs a Node as a process: one ZeroMQ socket, the clock, timers, signals. The node side's only file with zmq.hpp is
// runner.cpp.
#pragma once

#include <string>

#include "nodes/core/node.hpp"

namespace caravan::nodes {

/// The only clock of the node side.
Instant wall_clock();

/// Connects as identity.peer(), shows `token` and serves until the node is done. SIGHUP becomes
/// Input::Kind::reload, none is lost. Returns the exit status. Throws Error (machine), also
/// if the node crashed.
int run_node(const Identity& identity, Node& node, Store* store, const std::string& endpoint,
             const std::string& token);

}  // namespace caravan::nodes
