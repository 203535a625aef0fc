// What is not at rest yet: rows in a state that an engine must still change, as the database shows.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "nodes/store/store.hpp"
#include "objects/catalog/catalog.hpp"

namespace caravan::harness {

/// Follows the status of every row whose class has a life cycle.
class Quiescence {
 public:
  explicit Quiescence(const Catalog& catalog);  ///< must outlive this
  /// The next committed change, in the order of commits. Rows that are deleted are at rest.
  void see(const nodes::Change& change);
  /// Remembers, from now on (and as it is now), which row has had which status.
  void watch();
  /// The row's class and id: has it had this status since watch()?
  bool has_had(const std::string& object, const std::string& key, const std::string& status) const;
  bool all() const { return busy_.empty(); }
  std::string text() const;  ///< the class, the id and the status of each

 private:
  std::map<std::string, const ClassHistory*> lives_;  ///< table -> class with a life cycle
  std::map<std::string, std::string> busy_;           ///< class and id -> status
  std::map<std::string, std::string> now_;            ///< the same, of all
  std::set<std::pair<std::string, std::string>> had_;
};

}  // namespace caravan::harness
