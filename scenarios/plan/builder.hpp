// A plan in the making: the fleet at this point, the rows that clients have made so far, and the pieces from
// which operations are built. Load, mix and the steps of a scenario all write through it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "objects/base/random.hpp"
#include "scenarios/plan/fleet.hpp"
#include "scenarios/plan/plan.hpp"
#include "scenarios/plan/values.hpp"

namespace caravan::scenarios {

/// A row that a client made, as far as the plan knows it.
struct PlannedRow {
  std::string object, id, name;                ///< name: its value of the field `name`, if it has one
  std::map<std::string, Json> written;         ///< newest field name -> last value
  std::map<std::string, std::string> parents;  ///< foreign key (newest name) -> id
  std::vector<PlannedRow*> children;           ///< rows made inside the same create
  int referrers = 0;                           ///< rows that point here and are still there
  int owner = 0;                               ///< client
  bool inside = false;                         ///< made inside the create of its parent
  bool run = false;                            ///< a job run that was started
  bool cancelled = false;
  bool gone = false;
  bool settled = false;  ///< its life cycle came to rest after the last act on it
  std::string
      engine_version;  ///< where engines build it: of the engines that may have built it; empty: unknown
  int epoch = 0;       ///< the same: how many changes of engines came before it
  int count = 0;       ///< of a row inside: children that were asked for
};

/// What a create puts into a row besides what it must.
struct RowRequest {
  std::map<std::string, Json> set;             ///< by the writer's field names
  std::map<std::string, PlannedRow*> parents;  ///< class -> row
  std::set<std::string> without;               ///< fields to leave out although they would be filled
  unsigned extras = 30;                        ///< percent of the optional fields that are filled too
};

/// Owns its rows: pointers to them hold as long as it lives, gone ones too. The catalog must outlive it.
/// Whoever plans calls it in the order of the plan.
class PlanBuilder {
 public:
  /// `plan`: its header is complete, but for the number of clients.
  PlanBuilder(const Catalog& catalog, const Plan& plan);

  const Catalog& catalog;
  std::uint64_t seed;
  ReleasePair span;
  PlannedFleet fleet;
  std::set<std::string> restarting;        ///< nodes that stop and start during the operations being planned
  int epoch = 0;                           ///< changes of engines so far
  std::string provisioned;                 ///< the class whose create is work for an engine; empty: none
  std::string run_object, run_of, run_on;  ///< the class that `run` makes, of which, and where; or empty
  std::string also;  ///< while apis change their release: the other one, which must take it too

  /// Where the node is at this point. Throws bad_request if there is no such node.
  const std::string& release_of(const std::string& node) const { return fleet.at(node).release; }
  /// Version of the class that a node knows, as its spec; null if it does not know the class.
  const ClassSpec* known(const std::string& object, const std::string& node) const;

  /// It knows the field, and nothing forbids it to send it on.
  bool takes(const std::string& object, const std::string& field, const std::string& node) const;

  /// An operation with the next id of the client ("s4" for client 0, "c2-17").
  Operation next(int client, const std::string& method, const std::string& object, const std::string& via,
                 const std::string& purpose);
  OperationTag token(const Operation& op) const;
  OperationTag upcoming(int client) const;  ///< of the client's next operation

  /// Fills `op.fields` and `op.row`, remembers the row. Children that are made inside come
  /// with it.
  PlannedRow& create(Operation& op, const RowRequest& request, Random& random);
  /// A create by `run`: `polls` as in docs/node-protocol.md.
  PlannedRow& run(Operation& op, PlannedRow& job, PlannedRow* cluster, int polls, const RowRequest& request,
                  Random& random);
  /// Sets fields (by the writer's names) and remembers them.
  void set(Operation& op, PlannedRow& row, const std::map<std::string, Json>& fields);
  void remove(PlannedRow& row);

  /// Scalar fields of the row that a client may update through `via`: their values carry a token, or not.
  std::vector<const FieldSpec*> editable(const PlannedRow& row, const std::string& via,
                                         bool with_token) const;
  /// The value that this operation would write.
  Json value(const Operation& op, const FieldSpec& field, Random& random) const;
  /// `want` for a read through `via`: at most `most` of the remembered values that its release knows.
  Json want(const PlannedRow& row, const std::string& via, std::size_t most, Random& random) const;
  bool comparable(const std::string& object, const std::string& newest) const;

  /// Every row so far, gone ones too, in the order in which they came.
  std::vector<std::unique_ptr<PlannedRow>>& rows() { return rows_; }
  /// A new row of which nothing is known but this.
  PlannedRow& remember(const std::string& object, const std::string& id, int owner);
  void settled();  ///< every life cycle is at rest now

 private:
  /// An earlier field of the class points at the same class.
  bool second_key(const ClassSpec& spec, const FieldSpec& key) const;
  Json fields_for(const Operation& op, const std::string& object, const ClassSpec& spec,
                  const RowRequest& request, PlannedRow& row, const std::string& token_suffix,
                  Random& random);
  void children_of(Operation& op, PlannedRow& row, const RowRequest& request, Random& random);

  std::map<int, int> made_;             // operations of each client
  std::map<std::string, int> numbers_;  // operation id -> number
  std::vector<std::unique_ptr<PlannedRow>> rows_;
};

}  // namespace caravan::scenarios
