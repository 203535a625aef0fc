// What makes a rehearsal worth its name: while old and new nodes serve side by side, every changed object is
// written by one release, read and saved by the other, and read back; and casts wait in queues for engines
// that change.
#pragma once

#include <string>
#include <vector>

#include "scenarios/plan/builder.hpp"

namespace caravan::scenarios {

/// The builder must outlive this. Each call adds operations to `step` that fit the fleet as it is then.
class MixedVersionWorkload {
 public:
  explicit MixedVersionWorkload(PlanBuilder& builder);

  /// Rows that the older release makes before anything is upgraded; through old apis.
  void prepare(PlanStep& step);

  /// A new and an old api serve, and an old engine.
  bool possible() const;
  /// Every exchange between the releases; needs the rows of prepare().
  void mix(PlanStep& step);

  /// Edits of the rows that stay, through any api that serves: the nodes that were newer are gone again.
  void edit(PlanStep& step);
  /// Clients hear all that the newer release can say: no api and no conductor is pinned, or capped by an
  /// option.
  bool lifted() const;
  /// With pins, once they are lifted: what was refused while the releases mixed is taken.
  void unpinned(PlanStep& step);

  /// Job runs cast to an engine that is stopped at this moment: they wait in its queue for the next
  /// incarnation.
  void queue(PlanStep& step, const std::string& engine);

  /// Reads through `apis` of all that was acknowledged here.
  void final_reads(PlanStep& step);

 private:
  static constexpr const char* purpose = "mix";

  /// An older node may refuse what these rows go through here: an update, and for clusters the engine's work.
  bool out_of_reach(const std::string& object, const std::string& field) const;
  bool rewritten(const std::string& object, const std::string& field) const;
  /// A newer node of this role speaks the older release.
  bool pinned(Role role) const;
  /// A create, through a pinned api, of what the older release does not know.
  void refused(PlanStep& step, const std::string& object);
  /// A value of the newer release for a field that only that one knows: never the one that absence stands
  /// for.
  Json telling_value(const std::string& object, const FieldSpec& field, const OperationTag& token) const;
  std::string old_api();
  std::string new_api();
  PlannedRow* base(const std::string& object);
  RowRequest request_for(const std::string& object, const std::string& via);

  PlannedRow& create(PlanStep& step, const std::string& object, const std::string& via,
                     const RowRequest& request, const std::string& engine = {});
  /// Updates one token-bearing field that both releases know (the first choice is a plain text); returns its
  /// newest name, or "" if there is none.
  std::string touch(PlanStep& step, PlannedRow& row, const std::string& via,
                    const std::map<std::string, Json>& beside = {}, std::size_t choice = 0);
  void read(PlanStep& step, const PlannedRow& row, const std::string& via,
            const std::vector<std::string>& newest_names, const std::string& expect = "ok");
  void run(PlanStep& step, const std::string& via, const std::string& engine, PlannedRow* cluster);

  void new_then_old(PlanStep& step, const std::string& object);
  void guarded_fields(PlanStep& step, const std::string& object);
  void old_then_new(PlanStep& step, const std::string& object);
  void new_children(PlanStep& step, const std::string& object);
  void beyond_the_old(PlanStep& step, const std::string& object);
  void seen_otherwise(PlanStep& step, const std::string& object);
  void renames(PlanStep& step, const std::string& object);
  void works_of_engines(PlanStep& step);

  PlanBuilder& builder_;
  Random random_;
  std::size_t turn_ = 0;
  std::map<std::string, PlannedRow*> base_;  // class -> a row that stays
  std::vector<PlannedRow*> remembered_;      // for the final reads
};

}  // namespace caravan::scenarios
