// Nodes and tools as real processes (Boost.Process), over a ZeroMQ ROUTER on a Unix socket in a folder that
// only this user may enter; whatever connects shows the token that its incarnation got in its environment.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/process/ground.hpp"
#include "harness/run/carrier.hpp"
#include "harness/run/plan_words.hpp"

namespace caravan::harness {

/// What the processes of a run are, and where they find what they need.
struct ProcessSetup {
  std::string program;   ///< absolute path of the node program, which has the tools, too
  Programs programs;     ///< nodes that are another one: its absolute path
  std::string folder;    ///< absolute; holds logs/ and snapshots/ (run_paths.hpp)
  std::string database;  ///< URL
  Ground ground;         ///< what must stay as it is until the end
};

/// One process to start. Its peer is NODE#INCARNATION.
struct Launch {
  std::string node;  ///< "engine.2"
  int incarnation = 1;
  std::string program;            ///< absolute path
  std::vector<std::string> args;  ///< what the carrier adds, if `connect`: --connect ENDPOINT, and a token
  /// What no command line may show, as any user can read those: variables besides the inherited ones.
  std::vector<std::pair<std::string, std::string>> environment;
  bool connect = true;  ///< false: a tool, which takes no part in the traffic
  std::string log;      ///< file for stdout and stderr
  std::string peer() const { return node + "#" + std::to_string(incarnation); }
};

/// The command lines of docs/node-protocol.md.
Launch launch_of(const NodeSpec& spec, const ProcessSetup& setup);
Launch launch_of(const Tool& tool, const ProcessSetup& setup);

class ProcessCarrier : public Carrier {
 public:
  /// What Carrier's functions use from now on; without it only `launch` can be called.
  virtual void use(ProcessSetup setup) = 0;
  /// Throws machine_failed if the program cannot be run.
  virtual void launch(const Launch& launch) = 0;
  /// The file that nodes connect to.
  virtual std::string socket() const = 0;
};

/// Blocks SIGINT and SIGTERM and reports them as Interrupted. Throws machine_failed.
std::unique_ptr<ProcessCarrier> process_carrier();

}  // namespace caravan::harness
