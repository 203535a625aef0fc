// Faults as they are seen, by place and pair of versions, and the causes behind them.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reports/lint/causes.hpp"

namespace caravan::lint {

/// `promise` must outlive this and the causes.
class Sightings {
 public:
  explicit Sightings(const Promises& promise) : promise_(promise) {}

  /// These faults were seen when `writer` spoke to `reader`. For each fault and pair of versions the smallest
  /// example is kept.
  void note(const std::vector<Fault>& faults, const Asked& asked, const Conversion& result,
            const Speaker& writer, const Speaker& reader);
  /// One per cause: each innermost pair of versions that shows a fault is a step with its own cause.
  std::vector<Cause> causes() const;

 private:
  /// Faults of one cause: same kind, place and culprit.
  struct Key {
    std::string type, object, field, path, value;
    bool forward;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Seen {  // of one key and one pair of versions
    Fault fault;
    Asked example;
    std::size_t size = 0;
    std::set<std::pair<std::string, std::string>> hurts;
  };
  using Pair = std::pair<std::size_t, std::size_t>;  ///< newer, older

  template <class Belongs>
  static Cause cause_of(const Seen& seen, const std::map<Pair, Seen>& by_pair, Belongs belongs);
  static void merge(Cause one, std::vector<Cause>& causes);

  const Promises& promise_;
  std::map<Key, std::map<Pair, Seen>> seen_;
};

}  // namespace caravan::lint
