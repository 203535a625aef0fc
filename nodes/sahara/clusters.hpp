// What Sahara's engine does with clusters: it provisions, scales and terminates them. Everything takes
// several steps, each a save, 10 to 50 ms apart. Source of the steps: the history's life of a cluster.
#pragma once

#include <string>

#include "nodes/core/exchange.hpp"
#include "nodes/data/rows.hpp"
#include "nodes/sahara/release_hooks.hpp"

namespace caravan::nodes::sahara {

/// Both must outlive it, and it the works that it is about. What a method throws (OperationError,
/// ObjectError) leaves the cluster where it was; `end` brings it to rest.
class Clusters {
 public:
  Clusters(Exchange& exchange, Rows& rows)
      : exchange_(exchange), rows_(rows), hooks_(exchange.release(), exchange.modes()) {}
  virtual ~Clusters() = default;
  Clusters(const Clusters&) = delete;
  Clusters& operator=(const Clusters&) = delete;

  /// An engine's methods; `args` are the message's. provision makes the instances of a new cluster and brings
  /// it to Active; scale brings its node groups to the counts in args["node_group_id_map"]; terminate takes
  /// its stack, its instances and its row away. What terminate finds gone is not an error, and what stands in
  /// its way (Conflict, no reply) is tried again until deadlines().work() is over.
  Task<void> provision(Work& work, Object cluster, Json args);
  Task<void> scale(Work& work, Object cluster, Json args);
  Task<void> terminate(Work& work, Object cluster, Json args);
  /// Of a work that cannot go on: Error with the reason, unless the cluster is at rest already.
  Task<void> end(Work& work, std::string method, std::string id, std::string why);

 protected:
  /// Saves the cluster with that status, then pauses as between two steps. Throws as Rows::save.
  Task<void> set_status(Work& work, Object cluster, std::string status);

  /// What a field that holds nothing stands for is known where the value is used.
  virtual Json if_absent(const Json& meaning) const { return meaning; }
  /// Whether the stack to delete is the one that the row names; every release uses that.
  virtual bool looks_in_extra() const { return true; }
  /// After a failed scale that does not stay Active.
  virtual Task<void> roll_back(Work&, Object) { co_return; }

  Exchange& exchange_;
  Rows& rows_;
  ReleaseHooks hooks_;

 private:
  Task<void> take_down(Work& work, std::string id);
  Task<void> add_instances(Work& work, Object cluster, Object node_group, int from, int to);
  Task<Object> begin_step(Work& work, Object cluster, std::string name, std::string type, int total);
  Task<void> finish_step(Work& work, Object step, int events);
  Task<void> configure(Work& work, Object cluster);
  void plan_servers(const Object& cluster) const;
  void plan_stack(Object cluster) const;
  void delete_stack(const Work& work, const Object& cluster);
};

/// With direct access: Sahara as it was.
class DirectClusters : public Clusters {
 public:
  using Clusters::Clusters;

 private:
  /// Sahara did not know what absence stands for.
  Json if_absent(const Json&) const override { return {}; }
  bool looks_in_extra() const override { return hooks_.does("names_stack_in_extra"); }
  /// Works the same stack out, and fails the same way.
  Task<void> roll_back(Work& work, Object cluster) override;
};

}  // namespace caravan::nodes::sahara
