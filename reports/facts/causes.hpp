// What failures of one cause have in common: their sentences, without what differs from row to row.
#pragma once

#include <set>
#include <string>

#include "reports/facts/release_model.hpp"

namespace caravan::reports {

/// Copies the names that it needs from the model: objects, tables and fields, under every name that they
/// have.
class Causes {
 public:
  explicit Causes(const ReleaseModel& releases);
  /// The sentence without ids, figures, values and names of objects and fields: "api.1#1 answered s4" is
  /// "api.# answered #".
  std::string of(const std::string& sentence) const;

 private:
  bool varies(const std::string& word) const;
  std::set<std::string> names_;
};

}  // namespace caravan::reports
