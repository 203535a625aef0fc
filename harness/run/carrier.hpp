// The one seam between the driver and the world: start, signal, deliver, wait, now. The process carrier
// stands behind it with real children and sockets; a simulated one may.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "objects/model/envelope.hpp"

namespace caravan {

/// One process to start. Its peer, in every later call and event, is NODE#INCARNATION.
struct Launch {
  std::string node;  ///< "engine.2"
  int incarnation = 1;
  std::string program;            ///< absolute path
  std::vector<std::string> args;  ///< what the carrier adds, if `connect`: --connect ENDPOINT, and a token
  /// What no command line may show, as everybody can read those: variables beside the inherited ones.
  std::vector<std::pair<std::string, std::string>> environment;
  bool connect = true;  ///< false: a tool (a migration) that takes no part in the traffic
  std::string log;      ///< file for stdout and stderr
};

enum class Signal { terminate, kill, pause, resume, reload };  ///< SIGTERM, SIGKILL, SIGSTOP, SIGCONT, SIGHUP

/// A message from the connection of `peer`, "engine.2#1". What its envelope says of itself is unchecked.
struct Arrived {
  Envelope envelope;
  std::string peer;
};
/// What a child did to its connection, or sent, that is no envelope. The carrier does nothing about it.
struct Malformed {
  std::string peer, why;
};
/// A process that is none of ours came to the broker's socket: `what` says who, and what it did.
struct Intruded {
  std::string what;
};
/// A process ended, and nothing of this peer comes after this. `code`: the exit status or signal number.
struct Exited {
  std::string peer;
  bool signalled = false;
  int code = 0;
};
struct Interrupted {
  int signal = 0;
};                  ///< SIGINT or SIGTERM to the harness itself
struct Elapsed {};  ///< nothing until the deadline
using CarrierEvent = std::variant<Arrived, Malformed, Exited, Interrupted, Elapsed, Intruded>;

/// What the machine took away in one stretch of time, by whom it was taken from: an incarnation
/// ("engine.2#1"), "harness", "database" (a private server, all its processes), "machine" (all of them).
/// Causes: queued (ready to run and did not), stopped (by nobody of ours), late (came late to its work),
/// stolen (by a host above).
struct Taken {
  struct Share {
    std::string who, cause;
    Instant micros = 0;
  };
  Instant from = 0, to = 0;
  std::vector<Share> shares;
  Instant sum() const;  ///< at most the stretch itself
};

/// For one thread. Whatever it was not asked to end lives until this is destroyed.
class Carrier {
 public:
  virtual ~Carrier() = default;  ///< kills and reaps whatever is left
  /// Throws machine_failed if the program cannot be run.
  virtual void start(const Launch& launch) = 0;
  /// Does nothing if there is no such peer any more. A kill takes its whole process group; a pause returns
  /// when the process stands still.
  virtual void signal(const std::string& peer, Signal signal) = 0;
  /// False if the peer is gone, or has taken nothing for too long. What it cannot take now is kept for it.
  virtual bool deliver(const std::string& peer, const Envelope& envelope) = 0;
  /// The next thing that happens, or Elapsed at `deadline`. Messages of a dead peer come before its Exited.
  /// Throws machine_failed if the socket breaks.
  virtual CarrierEvent wait(Instant deadline) = 0;
  /// Microseconds; never goes back. The only clock that the driver has.
  virtual Instant now() = 0;
  /// The file that its nodes connect to; empty where there is none.
  virtual std::string socket() const { return {}; }
  /// Whether a node, or a server that it waits for, has something to do at this moment: it runs or is kept
  /// from it, by who stopped it too, or waits for a disk. Nodes that the plan has paused do not count.
  virtual bool at_work() { return false; }
  /// What the machine took away since the last call. Where time is virtual, nothing.
  virtual Taken taken() { return {now(), now(), {}}; }
};

/// Real processes (Boost.Process) over a ZeroMQ ROUTER on a Unix socket in a folder that only this user may
/// enter; whoever connects shows the token that its incarnation got in its environment. Blocks SIGINT and
/// SIGTERM and reports them as Interrupted. Throws machine_failed.
std::unique_ptr<Carrier> process_carrier();

}  // namespace caravan
