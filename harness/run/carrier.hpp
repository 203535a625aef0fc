// The one seam between the driver and the world: nodes and tools are started, signalled, given messages and
// waited for through a Carrier, and the database and the logs are looked at through it. The process carrier
// implements it with real children and sockets; others may, in virtual time.
#pragma once

#include <istream>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "nodes/store/database.hpp"
#include "objects/model/envelope.hpp"
#include "objects/vocabulary/identity.hpp"
#include "objects/vocabulary/steps.hpp"

namespace caravan::harness {

/// One incarnation of a node to start. In every later call and event it is identity.peer().
struct NodeSpec {
  Identity identity;
  std::string release;
};

/// Work on the database that is done alongside the nodes and takes no part in the traffic.
struct Tool {
  std::variant<step::Migrate, step::Announce, step::Forget> work;
  int number = 1;  ///< of this run's tools
  /// "migrate-expand", "announce-engine"
  std::string name() const;
  /// "migrate-expand#1": as later calls and events have it.
  std::string peer() const { return name() + "#" + std::to_string(number); }
};

enum class Signal { terminate, kill, pause, resume, reload };  ///< SIGTERM, SIGKILL, SIGSTOP, SIGCONT, SIGHUP

/// A message from the connection of `peer`, "engine.2#1". What its envelope says of itself is unchecked.
struct Arrived {
  Envelope envelope;
  std::string peer;
};
/// What a child did to its connection, or sent, that is not an envelope. The carrier does nothing about it.
struct Malformed {
  std::string peer, why;
};
/// A process that is not ours connected to the broker's socket: `what` says which, and what it did.
struct Intruded {
  std::string what;
};
/// A process ended, and nothing of this peer comes after this. `code`: the exit status or signal number.
struct Exited {
  std::string peer;
  bool signalled = false;
  int code = 0;
};
/// A tool ended. `said`: the members of what it says of its work (docs/node-protocol.md, docs/migrations.md);
/// null if it said nothing.
struct ToolEnded {
  Exited exited;
  Json said;
};
struct Interrupted {
  int signal = 0;
};                  ///< SIGINT or SIGTERM to the harness itself
struct Elapsed {};  ///< nothing until the deadline
using CarrierEvent = std::variant<Arrived, Malformed, Exited, ToolEnded, Interrupted, Elapsed, Intruded>;

/// What the machine took away in one stretch of time, by what it was taken from: an incarnation
/// ("engine.2#1"), "harness", "database" (a private server, all its processes), "machine" (all of them).
/// Causes: queued (ready to run and did not), stopped (not by us), late (came late to its work),
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

/// What a node or tool, or a server that it waits for, wrote for people.
struct Log {
  std::string file;  ///< as the recording names it: "engine.2.1.log"
  std::string node;  ///< "engine.2"
  int incarnation = 0;
};

/// For one thread. Whatever it was not asked to end lives until this is destroyed.
class Carrier {
 public:
  virtual ~Carrier() = default;  ///< kills and reaps whatever is left

  /// Throws machine_failed if it cannot be run.
  virtual void start(const NodeSpec& spec) = 0;
  /// The same for a tool; a ToolEnded follows.
  virtual void start(const Tool& tool) = 0;
  /// Does nothing if there is no such peer any more. A kill takes its whole process group; a pause returns
  /// when the process is stopped.
  virtual void signal(const std::string& peer, Signal signal) = 0;
  /// False if the peer is gone, or has taken nothing for too long. What it cannot take now is kept for it.
  virtual bool deliver(const std::string& peer, const Envelope& envelope) = 0;
  /// The next thing that happens, or Elapsed at `deadline`. Messages of a dead peer come before its end.
  /// Throws machine_failed if the socket breaks.
  virtual CarrierEvent wait(Instant deadline) = 0;
  /// Microseconds since the epoch; never goes back. The only clock that the driver has.
  virtual Instant now() = 0;

  /// What its nodes and tools work on. It may be used as long as this lives.
  virtual nodes::Database& database() = 0;
  /// Of all that ran so far, by the names of their files.
  virtual std::vector<Log> logs() = 0;
  /// From its beginning; empty if it cannot be read. It may outlive this.
  virtual std::unique_ptr<std::istream> read(const Log& log) = 0;
  /// The last line that the peer wrote, for the one message that a person gets; empty if there is none.
  virtual std::string last_words(const std::string& peer) = 0;
  /// Which program a node is, for people; empty where there are none.
  virtual std::string program_of(const std::string& /*node*/) const { return {}; }

  /// Whether a node, or a server that it waits for, has something to do at this moment: it runs or is kept
  /// from it, by stopping it too, or waits for a disk. Nodes that the plan has paused do not count.
  virtual bool at_work() { return false; }
  /// What the machine took away since the last call. Where time is virtual, nothing.
  virtual Taken taken() { return {now(), now(), {}}; }
  /// Throws machine_failed if something removed or changed what the run depends on: its folder, its
  /// database, what its nodes read.
  virtual void check_ground() {}
};

}  // namespace caravan::harness
