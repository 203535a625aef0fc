// What a loaded machine explains (`starved` events of the recording): a deadline runs on the clock minus what
// was taken from the process that had the message in hand. Where the rest would have met it, it is not known
// whether the promise was kept.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "reports/facts/evidence.hpp"

namespace caravan::reports {

/// All results are microseconds that the machine took away; 0: starvation does not explain it.
class Starvation {
 public:
  /// `deadline` is that of calls and requests; `prefix` the serial namespace of primitives.
  Starvation(const Evidence& evidence, std::int64_t deadline, const std::string& prefix);

  bool any() const { return !stretches_.empty(); }  ///< whether the recording says of anything that was taken
  /// Within this span, from whomever: what may not have gone on. At most the span itself.
  std::int64_t from_anyone(std::int64_t from, std::int64_t to) const;

  /// It was not answered in time; without what was taken from those in whose hands it was (and of those
  /// which they asked), it had been.
  std::int64_t explains(const Message& message) const;
  /// This answer is an error for want of another one that starvation explains.
  std::int64_t explains_error(const Message& reply) const;
  std::int64_t explains(const ClientOp& op) const;
  /// Work on this row was cut short by an answer that starvation explains.
  std::int64_t explains_row(const std::string& row) const;
  /// Calls that were not answered by then are such ones.
  std::int64_t explains_unrest(Event by) const;
  /// What the incarnation complained about then may be such an answer, or that it took too long to go.
  std::int64_t explains_trouble(const std::string& peer, Event at) const;
  /// It was given up, or told to go at once, before its time by the clock that counts.
  std::int64_t explains_end(const Incarnation& one) const;

 private:
  struct Stretch {
    std::int64_t from = 0, to = 0, all = 0;
    std::map<std::string, std::int64_t> took;  ///< who -> µs
  };
  struct Hold {
    std::string who;
    std::int64_t from = 0, to = 0;
  };
  struct Cut {
    Event sent = 0;
    std::int64_t micros = 0;
  };
  void read();
  std::int64_t deadline(const char* name, std::int64_t otherwise) const;
  std::int64_t taken(const std::vector<Hold>& holds) const;
  std::int64_t end_of(const Message& message) const;
  void hold_database(std::vector<Hold>& holds, std::int64_t from, std::int64_t to) const;
  void hand_on(std::vector<Hold>& holds, std::int64_t from, std::int64_t seen) const;
  void hold(const Message& message, std::int64_t to, std::vector<Hold>& holds, int depth) const;
  std::int64_t asked_at_the_earliest(std::int64_t seen, const std::string& who) const;
  std::int64_t measure(const Message& message) const;
  std::int64_t inner(const Message& message) const;
  std::int64_t explains_absence(const std::string& via, Event at) const;
  std::int64_t span(std::int64_t from, std::int64_t to, std::int64_t allowed) const;

  const Evidence& evidence_;
  std::int64_t deadline_;
  std::vector<Stretch> stretches_;                   ///< in order of time
  std::map<std::string, std::int64_t> calls_;        ///< message -> µs
  std::map<std::string, std::vector<Cut>> callers_;  ///< peer -> its calls among these
  std::map<std::string, std::int64_t> rows_;
};

}  // namespace caravan::reports
