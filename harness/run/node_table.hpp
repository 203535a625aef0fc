// The nodes of a run as the driver sees them: at which release, as which incarnation, in what state.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/run/plan_words.hpp"

namespace caravan::harness {

/// One node of the plan: its current incarnation, or how the last one ended.
struct NodeEntry {
  /// absent: not started so far. draining: told to stop. ended: its process is gone, see `ending`.
  enum class State { absent, starting, ready, draining, ended };

  std::string name, role, release;
  int incarnation = 0;
  State state = State::absent;
  std::string ending;     ///< how the last incarnation ended: stopped, killed, exited, late, refused
  std::string refusal;    ///< why it was not let in, in its own words
  std::string complaint;  ///< the last about its connection
  std::string detail;     ///< the same in words: "exit code 3", "signal 9"
  bool paused = false;
  bool kill_requested = false;  ///< the plan has killed it
  bool hello_too_late = false;
  bool refuses_clients = false;  ///< a client waited in vain for it: the next ones do not wait

  /// What the current incarnation is called, "engine.2#1"; and whether it has a process.
  std::string peer() const { return name + "#" + std::to_string(incarnation); }
  bool lives() const { return state != State::absent && state != State::ended; }
};

/// All nodes of the plan, in its starting order. Pointers to entries hold as long as this lives.
class NodeTable {
 public:
  explicit NodeTable(const Plan& plan) {
    for (const auto& kind : plan.nodes)
      for (int i = 1; i <= kind.second; ++i) {
        NodeEntry member;
        member.name = kind.first + "." + std::to_string(i);
        member.role = kind.first;
        order_.push_back(member.name);
        members_.emplace(member.name, member);
      }
  }

  /// The node of this name, whatever its state; null if the plan has none.
  NodeEntry* find(const std::string& name) {
    const auto found = members_.find(name);
    return found == members_.end() ? nullptr : &found->second;
  }
  /// A node of the role that serves, in turn, as behind a load balancer; one that will, if none does; null if
  /// there is none.
  NodeEntry* serving(const std::string& role, int turn) {
    std::vector<NodeEntry*> ready, others;
    for (const auto& name : order_) {
      auto& member = members_.at(name);
      if (member.role != role) continue;
      const bool serves = member.state == NodeEntry::State::ready && !member.kill_requested && !member.paused;
      (serves ? ready : others).push_back(&member);
    }
    if (ready.empty()) return others.empty() ? nullptr : others.front();
    return ready[static_cast<std::size_t>(turn) % ready.size()];
  }
  /// The member whose current, living incarnation this is.
  NodeEntry* at(const std::string& peer) {
    auto* member = find(peer.substr(0, peer.rfind('#')));
    return member && member->lives() && member->peer() == peer ? member : nullptr;
  }
  const std::vector<std::string>& order() const { return order_; }
  /// Every node of the plan -> its role.
  std::map<std::string, std::string> roles() const {
    std::map<std::string, std::string> out;
    for (const auto& member : members_) out[member.first] = member.second.role;
    return out;
  }

 private:
  std::vector<std::string> order_;
  std::map<std::string, NodeEntry> members_;
};

}  // namespace caravan::harness
