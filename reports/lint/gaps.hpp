// What a recording leaves open: conversions that lint asks for and that were not recorded, and samples that
// show too little.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "reports/lint/causes.hpp"
#include "reports/lint/lint.hpp"
#include "reports/lint/recording.hpp"

namespace caravan::lint {

/// Why something was asked.
enum class Ask { sample, back, around };

/// `promise` and `recording` must outlive this; objects and speakers are those of `promise`.
class Gaps {
 public:
  Gaps(const Promises& promise, const Recording& recording) : promise_(promise), recording_(recording) {}

  /// The first sends to the second.
  void talk(const LintObject& object, const Speaker& writer, const Speaker& reader);
  /// A conversion was asked for; `known`: the recording has its outcome. If not, it is one to be recorded.
  void asked(const LintObject& object, const Speaker& writer, const Speaker& reader, Ask why,
             const Json& primitive, bool known);
  /// All that is open so far, in the order of the catalog; empty if nothing is.
  std::vector<Unrecorded> all() const;

 private:
  // Pointers go into vectors of the promises: their order is the catalog's.
  using Talk = std::pair<const Speaker*, const Speaker*>;
  using Way = std::pair<std::size_t, std::size_t>;  ///< from version to version
  struct Open {
    std::int64_t asked = 0;
    std::vector<Json> missing;
  };

  void way(const LintObject& object, const std::vector<Talk>& talks, std::vector<Unrecorded>& out) const;
  void conversions_of(const LintObject& object, std::vector<Unrecorded>& out) const;
  Unrecorded about(const LintObject& object, const Talk& talk) const;
  Json ask_for(const LintObject& object, const Talk& talk, const Json& input) const;

  const Promises& promise_;
  const Recording& recording_;
  std::map<const LintObject*, std::map<Way, std::vector<Talk>>> talks_;
  std::map<std::tuple<const LintObject*, Talk, Ask>, Open> open_;
};

}  // namespace caravan::lint
