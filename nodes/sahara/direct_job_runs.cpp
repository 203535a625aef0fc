#include "nodes/sahara/direct_job_runs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/sahara/job_execution.hpp"

namespace caravan::nodes::sahara {
namespace {

bool lists(const std::vector<std::string>& values, const std::string& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

void DirectJobRuns::start() {
  exchange_.spawn(Work{"poll", "starting", "", ""},
                  [this](Work& running) { return poll_what_others_left(running); });
}

// What a job engine does before it submits: it finds the type, reads how to run it, opens data and binaries.
Task<void> DirectJobRuns::open_data(Work& work, Object job_execution, Object job) {
  work.stage = "submitting";
  const auto types = exchange_.release().enums.find("job_type");
  const std::string type = job.get("type").get<std::string>();
  if (types != exchange_.release().enums.end() && !lists(types->second, type))
    throw ObjectError("EDPError", "Cluster does not support job type " + type);
  if (hooks_.does("job_execution_info")) read_job_execution_info(job_execution);
  const bool castellan = hooks_.does("castellan") && exchange_.identity().modes.option("castellan") == true;
  std::vector<Object> opened;
  for (const char* source : {"input_id", "output_id"}) {
    if (!job_execution.is_set(source) || job_execution.get(source).is_null()) continue;
    auto getting = rows_.get(work, "DataSource", job_execution.get(source).get<std::string>());
    opened.push_back(co_await getting);
  }
  for (const char* binaries : {"mains", "libs"}) {
    for (const Object& binary : job.children(binaries)) opened.push_back(binary);
  }
  for (const Object& one : opened) {
    if (const auto why = locked_out(castellan, one)) throw ObjectError("EDPError", *why);
  }
}

bool DirectJobRuns::too_early(const std::string& wanted, const std::string& status) const {
  if (wanted != "TOBESUSPENDED") return false;
  const auto& enums = exchange_.release().enums;
  const auto states = enums.find("job_execution_status_suspendible");
  return states != enums.end() && !lists(states->second, status);
}

Task<void> DirectJobRuns::poll(Work& work, Object job_execution) {
  return poll_and_overwrite(work, job_execution.get("id").get<std::string>());
}

// Between the read and the write lies the question to the job engine; the whole info goes back. A state that
// this release does not know is not terminal.
Task<void> DirectJobRuns::poll_and_overwrite(Work& work, std::string id) {
  const auto& enums = exchange_.release().enums;
  const auto states = enums.find("job_execution_status");
  const std::vector<std::string> goes_on = {"PENDING", "READYTORUN", "RUNNING", "TOBEKILLED",
                                            "TOBESUSPENDED"};
  for (int polled = 0;; ++polled) {
    auto getting = rows_.get(work, "JobExecution", id);
    Object current = co_await getting;
    const std::string status = status_of(current);
    const bool known = states == enums.end() || lists(states->second, status);
    if (!current.get("end_time").is_null() || (known && !lists(goes_on, status))) co_return;
    const int left = polls_of(current) - polled;
    work.stage = fmt::format("polling, {} left", left);
    auto pausing = exchange_.pause();
    co_await pausing;
    Json info = info_of(current);
    if (left <= 0) {
      info["status"] = "SUCCEEDED";
      current.set("return_code", "0");
      current.set("end_time", wire_time(exchange_.now()));
    }
    current.set("info", info);
    auto saving = rows_.save(work, current);
    co_await saving;
    if (left <= 0) co_return;
  }
}

// The periodic task of every engine: all runs that have no end.
Task<void> DirectJobRuns::poll_what_others_left(Work& work) {
  work.stage = "looking for runs";
  auto listing = rows_.list(work, "JobExecution", {{"end_time", nullptr}});
  const std::vector<Object> runs = co_await listing;
  for (const Object& run : runs) {
    const char* engine_id = has(run, "engine_job_id") ? "engine_job_id" : "oozie_job_id";
    if (run.get(engine_id).is_null()) continue;  // not submitted yet
    const std::string id = run.get("id").get<std::string>();
    exchange_.spawn(Work{"poll " + id, "starting", "", ""},
                    [&](Work& running) { return poll_and_overwrite(running, id); });
  }
}

// "Can't run job execution": the whole info is one status.
Task<void> DirectJobRuns::end(Work& work, std::string, std::string id) {
  auto getting = rows_.get(work, "JobExecution", id);
  Object current = co_await getting;
  current.set("info", {{"status", "FAILED"}});
  current.set("start_time", wire_time(exchange_.now()));
  current.set("end_time", wire_time(exchange_.now()));
  auto saving = rows_.save(work, current);
  co_await saving;
}

}  // namespace caravan::nodes::sahara
