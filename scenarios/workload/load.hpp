// Clients at work: each a closed loop over its own rows, so that every read knows what it must see and no
// two writers meet by accident.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "scenarios/plan/builder.hpp"

namespace caravan::scenarios {

/// The builder must outlive this: it has the fleet, the rows and the numbers of operations, which all steps
/// share.
class LoadMaker {
 public:
  /// Clients first+1 to first+clients.
  LoadMaker(PlanBuilder& builder, int clients, int first = 0);

  int clients() const { return static_cast<int>(clients_.size()); }  ///< that it was made with

  /// Operations for the clients in turn, through apis that serve all the while this step lasts; where every
  /// api stops and starts in its turn, through whichever serves ("api"), so with what both releases know.
  /// Without any nothing is asked, and the operations stay for later.
  void beside(PlanStep& step, int operations, const std::set<std::string>& restarting);

 private:
  struct Client {
    int number = 0;
    Random random{0};
    std::map<std::string, int> created;  // class -> how many
    std::vector<PlannedRow*> rows;
    PlannedRow* to_cancel = nullptr;  // cancelled by the next operation
  };

  std::vector<std::string> in_turn(const PlanStep& step, const std::set<std::string>& restarting) const;
  static bool killed(const PlanStep& step, const std::string& node);
  Operation one(Client& client, const std::vector<std::string>& apis, const std::set<std::string>& restarting,
                bool last);
  bool create(Client& client, const std::string& via, Operation& op);
  bool update(Client& client, const std::string& via, Operation& op);
  bool read(Client& client, const std::string& via, Operation& op);
  bool list(Client& client, const std::string& via, Operation& op);
  bool remove(Client& client, const std::string& via, Operation& op);
  bool scale(Client& client, const std::string& via, const std::set<std::string>& restarting, Operation& op);
  bool run(Client& client, bool may_cancel, Operation& op);
  /// Engines of both releases can cancel a run.
  bool both_cancel() const;
  void keep_its_length(const PlannedRow& run, const FieldSpec& field, Json& value) const;
  PlannedRow* own(Client& client, const std::string& object);
  std::vector<PlannedRow*> living(Client& client, const std::string& via);

  PlanBuilder& builder_;
  std::vector<Client> clients_;
  std::size_t turn_ = 0;
};

}  // namespace caravan::scenarios
