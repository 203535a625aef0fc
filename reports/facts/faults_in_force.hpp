// What the plan's own kills and pauses excuse: calls that such a node had in hand, and the rows whose work
// was cut short.
#pragma once

#include <set>
#include <string>

#include "reports/facts/evidence.hpp"

namespace caravan::reports {

/// Rows that the message, or the one that it was sent because of, is about.
std::set<std::string> rows_behind(const Evidence& evidence, const Message& message,
                                  const std::string& prefix);

/// `evidence` must outlive this.
class FaultsInForce {
 public:
  /// `prefix` is the serial namespace of primitives.
  FaultsInForce(const Evidence& evidence, const std::string& prefix);

  /// Microseconds within which calls and requests are answered.
  std::int64_t deadline() const { return deadline_; }
  /// Whether it was answered in that time.
  bool in_time(const Message& message) const;
  /// It was not, because a node that had it in hand, or one that this node asked, was killed or paused.
  bool excuses(const Message& message) const { return excuses(message, 0); }
  /// Rows whose work such a node had in hand: it may never have been continued.
  const std::set<std::string>& rows() const { return rows_; }
  /// Whether what this incarnation complains about then may be an answer that a kill or pause kept from it.
  bool excuses_trouble(const std::string& peer, Event at) const;

 private:
  bool hands_tied(const Message& message, Event until) const;
  bool excuses(const Message& message, int depth) const;
  void cut_short(const Message& message, const std::string& prefix);

  const Evidence& evidence_;
  std::int64_t deadline_ = 2'000'000;
  std::set<std::string> rows_;
  std::map<std::string, std::vector<Event>> calls_;  ///< peer -> its excused calls
};

}  // namespace caravan::reports
