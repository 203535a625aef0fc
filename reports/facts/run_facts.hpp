// What is known about one run: the recording, indexed and told from several sides. No verdicts.
#pragma once

#include <string>

#include "reports/facts/database_history.hpp"
#include "reports/facts/evidence.hpp"
#include "reports/facts/faults_in_force.hpp"
#include "reports/facts/release_model.hpp"
#include "reports/facts/secrets.hpp"
#include "reports/facts/starvation.hpp"
#include "reports/facts/writes.hpp"

namespace caravan::reports {

/// All that is known about one run. Made once, read by every check.
struct RunFacts {
  explicit RunFacts(const RunFile& run)
      : evidence(run),
        releases(run.header),
        database(evidence, releases),
        writes(evidence, releases, database),
        faults(evidence, releases.prefix()),
        starvation(evidence, faults.deadline(), releases.prefix()),
        secrets(evidence, releases) {}
  Evidence evidence;
  ReleaseModel releases;
  DatabaseHistory database;
  Writes writes;
  FaultsInForce faults;
  Starvation starvation;
  Secrets secrets;

  /// The version of the object that the release speaks; Version() if it does not know it.
  Version version_at(const std::string& release, const std::string& object) const;
  /// Release of the api that served the operation: the one it was delivered to.
  std::string release_of(const ClientOp& op) const;
};

}  // namespace caravan::reports
