// The methods of the engine, by the names of the RPC table.
#include <map>

#include "nodes/sahara/clusters.hpp"
#include "nodes/sahara/direct_job_runs.hpp"
#include "nodes/sahara/project.hpp"

namespace caravan::nodes::sahara {
namespace {

class Methods : public EngineMethods {
 public:
  Methods(const Exchange& exchange, std::unique_ptr<Clusters> clusters, std::unique_ptr<JobRuns> runs)
      : exchange_(exchange), clusters_(std::move(clusters)), runs_(std::move(runs)) {}

  void start() override { runs_->start(); }

  std::optional<Json> answer(const std::string& method) const override {
    if (method != "get_engine_type_and_version") return std::nullopt;
    return exchange_.release().engine_version;
  }

  Task<void> perform(Work& work, const std::string& method, Object object, Json args) override {
    if (const auto found = of_clusters.find(method); found != of_clusters.end())
      return (*clusters_.*found->second)(work, std::move(object), std::move(args));
    if (const auto found = of_runs.find(method); found != of_runs.end())
      return (*runs_.*found->second)(work, std::move(object), std::move(args));
    return EngineMethods::perform(work, method, std::move(object), std::move(args));
  }

  Task<void> end(Work& work, std::string method, std::string object, std::string id,
                 std::string why) override {
    return object == "Cluster" ? clusters_->end(work, method, id, why) : runs_->end(work, method, id);
  }

 private:
  const std::map<std::string, Task<void> (Clusters::*)(Work&, Object, Json)> of_clusters = {
      {"provision_cluster", &Clusters::provision},
      {"provision_scaled_cluster", &Clusters::scale},
      {"terminate_cluster", &Clusters::terminate},
  };
  const std::map<std::string, Task<void> (JobRuns::*)(Work&, Object, Json)> of_runs = {
      {"run_edp_job", &JobRuns::run},
      {"cancel_job_execution", &JobRuns::cancel},
      {"job_execution_suspend", &JobRuns::suspend},
      {"delete_job_execution", &JobRuns::remove},
  };

  const Exchange& exchange_;
  std::unique_ptr<Clusters> clusters_;
  std::unique_ptr<JobRuns> runs_;
};

}  // namespace

std::unique_ptr<EngineMethods> Sahara::engine_methods(Exchange& exchange, Rows& rows) const {
  if (exchange.modes().access == Access::direct)
    return std::make_unique<Methods>(exchange, std::make_unique<DirectClusters>(exchange, rows),
                                     std::make_unique<DirectJobRuns>(exchange, rows));
  return std::make_unique<Methods>(exchange, std::make_unique<Clusters>(exchange, rows),
                                   std::make_unique<JobRuns>(exchange, rows));
}

}  // namespace caravan::nodes::sahara
