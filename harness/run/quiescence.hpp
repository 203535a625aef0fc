// Who is not at rest yet: clusters and job runs in a state that somebody must still move on, as the database
// shows.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "nodes/store/store.hpp"
#include "objects/catalog/catalog.hpp"

namespace caravan {

class Rest {
 public:
  explicit Rest(const Catalog& catalog);
  void see(const Change& change);
  /// From now on (and as it is now) is kept in mind who has had which status.
  void watch();
  /// "Cluster", its id: has it had this status since watch()?
  bool has_had(const std::string& object, const std::string& key, const std::string& status) const;
  bool all() const { return busy_.empty(); }
  std::string text() const;  ///< "Cluster 77… is Configuring, …"

 private:
  std::string clusters_, runs_;              ///< tables
  std::map<std::string, std::string> busy_;  ///< "Cluster KEY" -> status
  std::map<std::string, std::string> now_;   ///< the same, of all
  std::set<std::pair<std::string, std::string>> had_;
};

}  // namespace caravan
