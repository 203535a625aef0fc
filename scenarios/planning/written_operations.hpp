// The operations of `do:`, checked against what the fleet can do at that point, and filled in.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "scenarios/format/scenario.hpp"
#include "scenarios/plan/builder.hpp"

namespace caravan::scenarios {

/// Not thread-safe; `draft` and `places` outlive it.
class WrittenOperations {
 public:
  WrittenOperations(PlanBuilder& builder, PlanPlaces& places)
      : builder_(builder), places_(places), random_(Random(builder.seed).fork(55)) {}

  /// A group with this one operation. Throws bad_request at its place if it cannot be done at this point.
  PlanStep perform(const Action& action);
  /// By its name in the scenario. Throws bad_request at `where`: a row may have been made by a step that this
  /// mode does not have.
  PlannedRow* row(const std::string& name, const std::string& where) const;
  /// Tells `places` what the scenario calls its rows.
  void name_rows() const;

 private:
  std::string via_of(const Action& action);
  // "$NAME" becomes the id of a row, "$$..." a text that begins with a dollar.
  Json resolved(const Action& action, const Json& value) const;
  /// `travel`: they leave the api, which takes none above its cap.
  void known_fields(const Action& action, const std::string& object, const std::string& via,
                    const Json& fields, bool travel) const;
  /// Whether the engines of the api's release have what it would cast.
  void castable(const Action& action, const std::string& object, const std::string& via) const;
  void listed_by_columns(const Action& action, const std::string& object, const std::string& via) const;
  /// What is stored must be what was written, unless the author says otherwise.
  void fitting_values(const Action& action, const std::string& object, const std::string& via) const;
  /// Rows that are created inside of this one have ids too; node groups got theirs with the rest of their
  /// values.
  Json with_ids(const Operation& op, const std::string& name, Json value) const;
  /// Those that came with the cluster, and those that were created in it later.
  std::vector<const PlannedRow*> groups_of(const PlannedRow& cluster) const;
  void fill(Operation& op, const Action& action, PlannedRow* row, const Json& set);

  PlanBuilder& builder_;
  PlanPlaces& places_;
  Random random_;
  std::map<std::string, PlannedRow*> rows_;
};

}  // namespace caravan::scenarios
