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

namespace caravan {

/// All that is known about one run. Made once, read by every check.
struct Case {
  explicit Case(const RunFile& run)
      : evidence(run),
        lore(run.header),
        model(evidence, lore),
        writes(evidence, lore, model),
        struck(evidence, lore.prefix()),
        starvation(evidence, struck.deadline(), lore.prefix()),
        secrets(evidence, lore) {}
  Evidence evidence;
  Lore lore;
  Model model;
  Writes writes;
  Struck struck;
  Starvation starvation;
  Secrets secrets;

  Version version_at(const std::string& release, const std::string& object) const;
  /// Release of the api that served the operation: the one it was delivered to.
  std::string release_of(const ClientOp& op) const;
};

}  // namespace caravan
