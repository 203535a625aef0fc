// Planted defects that no logic of a node shows: what happens to its turns. Only the first life of the first
// conductor has them.
#pragma once

#include "nodes/core/node.hpp"

namespace caravan::nodes {

/// One node's. It counts the turns that wrote, so each of them is asked about once, in its order.
class TurnPlants {
 public:
  explicit TurnPlants(const Identity& identity);

  /// F30: whether the turn, which wrote, is answered and then never committed.
  bool dies_before_commit();
  /// F40: how late its messages leave, for no reason but its own. Of the turn that was asked about last.
  Instant delay() const;
  /// F34: whether after this turn, its first write for a caller, it stands in the next transaction with the
  /// lock in hand, so that a pause of the plan is sure to meet it there. Until it has stood so.
  bool stands_with_the_lock(const Input& input) const;
  void stood() { stood_ = true; }
  Instant longest_stand() const { return deadlines_.work(); }

 private:
  bool is_planted(const char* plant) const { return plant_ == plant; }
  std::string plant_;  ///< empty: none of these
  Deadlines deadlines_;
  std::uint64_t chosen_;  ///< which of its writes
  std::uint64_t writes_ = 0;
  bool stood_ = false;
};

/// Milliseconds that the node's connection waits for another writer; with F34 while the lock is held.
int lock_timeout(const Identity& identity);

}  // namespace caravan::nodes
