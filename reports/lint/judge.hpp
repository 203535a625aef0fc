// One conversion against the contracts: what is wrong with what came out.
#pragma once

#include <string>
#include <vector>

#include "reports/lint/promise.hpp"

namespace caravan::lint {

/// One thing that is wrong with one conversion.
struct Fault {
  const char* type;          ///< of finding_table()
  const LintObject* object;  ///< may be a nested one
  std::string field;         ///< newest name; empty: the object itself
  std::size_t newer, older;  ///< versions of that object, by index
  bool forward;              ///< older to newer
  std::string path;          ///< of the value: "", "status", ":scheme"
  Json value;                ///< the culprit, if there is one
  std::string text;          ///< why, in words
};

/// Whether a primitive is held to fill what its reader needs and it does not have.
enum class Whole {
  never,     ///< it came out of another conversion, which was judged itself
  by_sight,  ///< if it sets enough: all that may not be null; all, where the reader could do with null
  taken,     ///< as if it set everything
};

/// One leg of the way: a primitive and what a peer with `manifest` is to be given. Forward: `manifest` is not
/// used.
struct Leg {
  bool forward = false;
  const Json* before = nullptr;
  Version target;
  const Conversions::Versions* manifest = nullptr;
  Whole whole = Whole::never;
};

/// `promise` must outlive this and the faults, which point into it. No fault: empty.
class Judge {
 public:
  explicit Judge(const Promises& promise) : promise_(promise) {}
  /// All that is wrong with what came out of one leg, nested primitives included.
  std::vector<Fault> judge(const Leg& leg, const Conversion& result) const;
  /// new, old, new: what both know is as it was, as far as the contracts let it. `middle`: the older version.
  std::vector<Fault> compare_round(const Json& first, const Json& last, std::size_t middle) const;
  /// Two ways to one version.
  std::vector<Fault> compare_ways(const Json& origin, const Conversion& direct, const Conversion& around,
                                  const Version& target, const std::string& via) const;

 private:
  const Promises& promise_;
};

}  // namespace caravan::lint
