#include "nodes/store/schema_state.hpp"

namespace caravan::nodes {

SchemaStage stage_of(const SchemaState& state) {
  const bool expanded = state.phase == "expand" || state.phase == "data";
  return {state.release, expanded ? state.target : ""};
}

}  // namespace caravan::nodes
