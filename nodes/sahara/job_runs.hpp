// What Sahara's engine does with runs of jobs: it submits, polls, cancels and suspends them. Source of the
// steps: the history's life of a run.
#pragma once

#include <string>

#include "nodes/core/exchange.hpp"
#include "nodes/data/rows.hpp"
#include "nodes/sahara/release_hooks.hpp"

namespace caravan::nodes::sahara {

/// Both must outlive it, and it the works that it is about. What a method throws (OperationError,
/// ObjectError) leaves the run where it was; `end` brings it to rest.
class JobRuns {
 public:
  JobRuns(Exchange& exchange, Rows& rows)
      : exchange_(exchange), rows_(rows), hooks_(exchange.release(), exchange.modes()) {}
  virtual ~JobRuns() = default;
  JobRuns(const JobRuns&) = delete;
  JobRuns& operator=(const JobRuns&) = delete;

  /// Once, when the engine starts.
  virtual void start() {}
  Task<void> run(Work& work, Object job_execution, Json args);
  Task<void> cancel(Work& work, Object job_execution, Json args);
  Task<void> suspend(Work& work, Object job_execution, Json args);
  Task<void> remove(Work& work, Object job_execution, Json args);
  /// Of a work that cannot go on: to the state that its method leads to, unless it is over or in other hands.
  virtual Task<void> end(Work& work, std::string method, std::string id);

 protected:
  /// Before it is submitted.
  virtual Task<void> open_data(Work&, Object, Object) { co_return; }
  /// By an engine that drained: it is running already, only the polling goes on.
  virtual bool handed_over(const Object& job_execution) const;
  /// Whether an interruption waits; the keeper of the rows may say so, too.
  virtual bool too_early(const std::string&, const std::string&) const { return false; }
  /// Until the run is over, or another engine's.
  virtual Task<void> poll(Work& work, Object job_execution);

  Exchange& exchange_;
  Rows& rows_;
  ReleaseHooks hooks_;

 private:
  Task<void> interrupt(Work& work, Object job_execution, std::string wanted, std::string done);
  Task<bool> set_status(Work& work, Object job_execution, std::string status);
  Task<bool> advance(Work& work, Object job_execution, std::string status);
};

}  // namespace caravan::nodes::sahara
