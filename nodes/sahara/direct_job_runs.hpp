// Runs of jobs with direct access: what Sahara's engine did because it had ids, its own classes and no
// conductor. Source: service/edp/job_manager.py of the releases.
#pragma once

#include "nodes/sahara/job_runs.hpp"

namespace caravan::nodes::sahara {

/// JobRuns on the database itself. From `start` on it also polls the runs that other engines left behind.
class DirectJobRuns : public JobRuns {
 public:
  using JobRuns::JobRuns;
  void start() override;
  Task<void> end(Work& work, std::string method, std::string id) override;

 private:
  Task<void> open_data(Work& work, Object job_execution, Object job) override;
  bool handed_over(const Object&) const override { return false; }
  /// There is no conductor to say that it is.
  bool too_early(const std::string& wanted, const std::string& status) const override;
  Task<void> poll(Work& work, Object job_execution) override;

  Task<void> poll_and_overwrite(Work& work, std::string id);
  Task<void> poll_what_others_left(Work& work);
};

}  // namespace caravan::nodes::sahara
