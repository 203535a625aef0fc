// Planted defects: what must turn the verdict; and their benign twins, which must not. One edit of the
// catalog as the nodes load it, or one named hook in the nodes; never a check, never a scenario.
#pragma once

#include <string>
#include <vector>

#include "objects/catalog/catalog.hpp"
#include "reports/lint/lint.hpp"

namespace caravan::harness {

/// One row of the table of plants. Its texts are literals.
struct Plant {
  /// Who can see it, which follows from where it is built in.
  enum class Shows {
    in_runs,  ///< done inside the node program, which is told its name
    in_both,  ///< an edit of what nodes of newer releases load: seen by lint, and when they are run
    in_lint   ///< an edit that no node of ours would live by, or one of what was promised too
  };
  const char* name;  ///< "F01"
  const char* title;
  const char* oracle;   ///< which promise it breaks; empty: none, a benign twin
  const char* check;    ///< the check that must name it in a run; empty: none
  const char* finding;  ///< the type of finding that must name it in lint; empty: none
  const char* does;
  Shows shows;
  /// What the edit changes; of no meaning for a hook.
  enum class Edits {
    code,    ///< what nodes load: the promise stays
    both,    ///< what was promised, too: a separate version
    promise  ///< a manifest, which says what a release knows
  };
  Edits edits;
  bool is_twin() const { return *oracle == '\0'; }       ///< breaks no promise: must not be found
  bool hook() const { return shows == Shows::in_runs; }  ///< done by the node program, not by an edit
};

/// All plants and benign twins; the same table at every call.
const std::vector<Plant>& plants();
/// Throws bad_request with the nearest name.
const Plant& find_plant(const std::string& name);

/// Changes the rules of one release's snapshot as a node gets it, and says what it changed ("" if this
/// snapshot has nothing to change). `from`: the release whose nodes do not know the field.
std::string plant_in(Catalog& snapshot, const Plant& plant, const Catalog& catalog, const std::string& from);

/// An object history with the defect in the code of its newer releases: what lint is given.
struct PlantedHistory {
  Catalog promised;
  Catalog code;               ///< whose rules convert
  std::vector<lint::Build> builds;  ///< of every release, where they differ in more than rules; else none
  std::string done;           ///< what was changed
};
/// Throws bad_request for a hook, or if the history has nothing to break.
PlantedHistory plant_in_history(const Catalog& catalog, const Plant& plant);

}  // namespace caravan::harness
