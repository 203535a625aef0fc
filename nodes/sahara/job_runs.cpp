#include "nodes/sahara/job_runs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/sahara/job_execution.hpp"

namespace caravan::nodes::sahara {
namespace {

/// Where a run goes whose work cannot go on; empty if it is over, or in other hands.
std::string end_of(const std::string& method, const std::string& status) {
  if (over(status)) return {};
  if (status == "TOBEKILLED") return method == "run_edp_job" || method == "poll" ? "" : "KILLED";
  if (status == "TOBESUSPENDED") return method == "job_execution_suspend" ? "SUSPENDFAILED" : "";
  const bool asleep = status == "SUSPENDED" || status == "PREPSUSPENDED" || status == "SUSPENDFAILED";
  return method == "run_edp_job" && !asleep ? "FAILED" : "";
}

}  // namespace

// False when the run went another way meanwhile: the conductor refuses a status that does not follow.
Task<bool> JobRuns::set_status(Work& work, Object job_execution, std::string status) {
  Json info = info_of(job_execution);
  info["status"] = status;
  work.stage = status;
  job_execution.set("info", info);
  if (over(status)) job_execution.set("end_time", wire_time(exchange_.now()));
  bool refused = false;
  try {
    auto saving = rows_.save(work, job_execution);
    co_await saving;
  } catch (const OperationError& error) {
    if (error.type != "Conflict") throw;
    refused = true;
  }
  co_return !refused;
}

// The same, where nobody but this work should have moved it: if nobody did, the work cannot go on.
Task<bool> JobRuns::advance(Work& work, Object job_execution, std::string status) {
  const std::string before = status_of(job_execution);
  auto setting = set_status(work, job_execution, status);
  const bool done = co_await setting;
  if (!done) {
    auto getting = rows_.get(work, "JobExecution", job_execution.get("id").get<std::string>());
    Object current = co_await getting;
    if (status_of(current) == before)
      throw OperationError("Conflict", fmt::format("the run stays {}: {} was refused", before, status));
  }
  co_return done;
}

Task<void> JobRuns::run(Work& work, Object job_execution, Json) {
  if (handed_over(job_execution)) {
    auto polling = poll(work, job_execution);
    co_await polling;
    co_return;
  }
  // A run on a cluster that is not Active stays PENDING until provisioning ends.
  if (job_execution.is_set("cluster_id") && !job_execution.get("cluster_id").is_null()) {
    work.stage = "waiting for the cluster";
    const std::string cluster_id = job_execution.get("cluster_id").get<std::string>();
    for (int waited = 0; waited < 200; ++waited) {
      auto getting = rows_.get(work, "Cluster", cluster_id);
      Object cluster = co_await getting;
      const Json status = cluster.get("status");
      if (status == "Active" || status == "Error" || status == "Deleting") break;
      if (exchange_.draining()) {  // another engine goes on waiting
        exchange_.cast(work, "engine", "run_edp_job", rows_.about("job_execution", job_execution));
        co_return;
      }
      auto pausing = exchange_.pause();
      co_await pausing;
    }
  }
  auto getting = rows_.get(work, "Job", job_execution.get("job_id").get<std::string>());
  Object job = co_await getting;
  const std::string type = job.get("type").get<std::string>();
  auto opening = open_data(work, job_execution, job);
  co_await opening;
  const bool oozie = type != "Spark" && type != "Shell" && type.rfind("Storm", 0) != 0;
  job_execution.set("start_time", wire_time(exchange_.now()));
  const char* engine_id = has(job_execution, "engine_job_id") ? "engine_job_id" : "oozie_job_id";
  job_execution.set(engine_id, fmt::format("{}-{}", oozie ? "oozie" : "pid", exchange_.new_id()));
  const auto& transitions = exchange_.registry()->catalog().transitions;
  const bool ready_first =
      oozie && std::any_of(transitions.begin(), transitions.end(),
                           [](const Transition& step) { return step.to == "READYTORUN"; });
  if (ready_first) {
    auto readying = advance(work, job_execution, "READYTORUN");
    if (!co_await readying) co_return;
    auto pausing = exchange_.pause();
    co_await pausing;
  }
  auto starting = advance(work, job_execution, "RUNNING");
  if (!co_await starting) co_return;
  auto polling = poll(work, job_execution);
  co_await polling;
}

bool JobRuns::handed_over(const Object& job_execution) const { return status_of(job_execution) != "PENDING"; }

Task<void> JobRuns::poll(Work& work, Object job_execution) {
  const std::string id = job_execution.get("id").get<std::string>();
  for (int left = polls_of(job_execution); left > 0; --left) {
    work.stage = fmt::format("polling, {} left", left);
    auto pausing = exchange_.pause();
    co_await pausing;
    auto getting = rows_.get(work, "JobExecution", id);
    Object current = co_await getting;
    if (status_of(current) != "RUNNING") co_return;  // cancelled or suspended: somebody else has it
    if (exchange_.draining() && left > 3) {
      // Polling outlives this process: another engine goes on with it.
      exchange_.cast(work, "engine", "run_edp_job", rows_.about("job_execution", current));
      co_return;
    }
    job_execution = current;
  }
  job_execution.set("return_code", "0");
  auto succeeding = advance(work, job_execution, "SUCCEEDED");
  co_await succeeding;
}

Task<void> JobRuns::cancel(Work& work, Object job_execution, Json) {
  return interrupt(work, std::move(job_execution), "TOBEKILLED", "KILLED");
}

Task<void> JobRuns::suspend(Work& work, Object job_execution, Json) {
  return interrupt(work, std::move(job_execution), "TOBESUSPENDED", "SUSPENDED");
}

// Says what is wanted, then that it is done. A run that cannot be interrupted yet (READYTORUN) is asked
// again.
Task<void> JobRuns::interrupt(Work& work, Object job_execution, std::string wanted, std::string done) {
  const std::string id = job_execution.get("id").get<std::string>();
  for (int attempt = 0; attempt < 50; ++attempt) {
    auto getting = rows_.get(work, "JobExecution", id);
    Object current = co_await getting;
    if (over(status_of(current))) co_return;
    bool marked = false;
    if (!too_early(wanted, status_of(current))) {
      auto marking = set_status(work, current, wanted);
      marked = co_await marking;
    }
    auto pausing = exchange_.pause();
    co_await pausing;
    if (!marked) continue;
    auto finishing = advance(work, current, done);
    co_await finishing;
    co_return;
  }
}

Task<void> JobRuns::remove(Work& work, Object job_execution, Json) {
  auto cancelling = cancel(work, job_execution, Json());
  co_await cancelling;
  auto destroying = rows_.remove(work, job_execution);
  co_await destroying;
}

Task<void> JobRuns::end(Work& work, std::string method, std::string id) {
  auto finding = rows_.find(work, "JobExecution", id);
  const std::optional<Object> found = co_await finding;
  const std::string ending = end_of(method, found ? status_of(*found) : std::string("PENDING"));
  if (ending.empty()) co_return;
  Object current = found ? *found : Object::create(exchange_.registry(), "JobExecution");
  if (!found) current.set("id", id);
  Json info = found ? info_of(current) : Json::object();
  info["status"] = ending;
  current.set("info", info);
  if (over(ending)) current.set("end_time", wire_time(exchange_.now()));
  auto saving = rows_.save(work, current);
  co_await saving;
}

}  // namespace caravan::nodes::sahara
