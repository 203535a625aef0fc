// The bookkeeping row of a database that Caravan made: which release's schema it has, and what is under way.
#pragma once

#include <string>

#include "nodes/store/store.hpp"

namespace caravan::nodes {

/// The row of caravan_schema.
struct SchemaState {
  std::string release;   ///< whose schema was last created or contracted to
  std::string previous;  ///< where the last contract came from, or empty
  std::string target;    ///< where an expand or data phase leads, or empty
  std::string phase;     ///< created, expand, data, contract, as-released
  long long generation = 0;
  std::string progress;  ///< a migration's own notes of how far it is (JSON), or empty
};

/// Which releases it serves: also the target, in the phases expand and data only.
SchemaStage stage_of(const SchemaState& state);

}  // namespace caravan::nodes
