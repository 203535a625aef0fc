// Who is not at rest yet: clusters and job runs in a state that somebody must still move on, as the database
// shows.
#pragma once

#include <map>
#include <string>

#include "nodes/store/store.hpp"
#include "objects/catalog.hpp"

namespace caravan {

class Rest {
 public:
  explicit Rest(const Catalog& catalog);
  void see(const Change& change);
  bool all() const { return busy_.empty(); }
  std::string text() const;  ///< "Cluster 77… is Configuring, …"

 private:
  std::string clusters_, runs_;              ///< tables
  std::map<std::string, std::string> busy_;  ///< "Cluster KEY" -> status
};

}  // namespace caravan
