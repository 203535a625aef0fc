// How a work ends that cannot go on: whatever an engine hears, what it worked on comes to rest.
#include <fmt/format.h>

#include <algorithm>

#include "nodes/core/pin.hpp"
#include "nodes/roles/engine.hpp"
#include "nodes/sahara/job_execution.hpp"

namespace caravan {

using namespace runs;

namespace {

/// How long a work is offered to engines that may do it.
constexpr Instant offer_patience = 10'000'000;

bool at_rest(const Json& status) { return status == "Active" || status == "Error" || status == "Deleting"; }

/// Where a run goes whose work cannot go on; empty if it is over, or in other hands.
std::string end_of(const std::string& method, const std::string& status) {
  if (over(status)) return {};
  if (status == "TOBEKILLED") return method == "run_edp_job" || method == "poll" ? "" : "KILLED";
  if (status == "TOBESUSPENDED") return method == "job_execution_suspend" ? "SUSPENDFAILED" : "";
  const bool asleep = status == "SUSPENDED" || status == "PREPSUSPENDED" || status == "SUSPENDFAILED";
  return method == "run_edp_job" && !asleep ? "FAILED" : "";
}

}  // namespace

// Deleted under its hands, or another engine was first: such things happen.
bool Engine::expected(const std::string& type) const {
  return type == "NotFound" || type == "ActRefused" || type == "Conflict";
}

Engine::Failure Engine::failure_of(const std::string& type, const std::string& why) const {
  return {type, why, expected(type)};
}

std::string Engine::id_in(const Envelope& message, const std::string& argument) const {
  const auto found = message.args.find(argument);
  if (found == message.args.end()) return {};
  if (found->is_string()) return found->get<std::string>();
  const auto data = found->find(exchange_->registry()->catalog().serial_namespace + ".data");
  if (!found->is_object() || data == found->end() || !data->is_object()) return {};
  const auto id = data->find("id");
  return id != data->end() && id->is_string() ? id->get<std::string>() : "";
}

/// Whether all that a message holds may leave a node that is pinned.
bool Engine::within_caps(const Json& json) const {
  if (!json.is_structured()) return true;
  const std::string prefix = exchange_->registry()->catalog().serial_namespace;
  if (json.is_object() && json.contains(prefix + ".name") && json.contains(prefix + ".version")) {
    const auto cap = exchange_->caps().objects.find(json.at(prefix + ".name").get<std::string>());
    if (cap == exchange_->caps().objects.end()) return false;
    if (Version(cap->second) < Version(json.at(prefix + ".version").get<std::string>())) return false;
  }
  return std::all_of(json.begin(), json.end(), [this](const Json& inner) { return within_caps(inner); });
}

// Not for this release: a newer engine shall do it. False when none took it in time, or when a pinned engine
// would have to say what it must not.
bool Engine::hand_on(const Work& work, const Envelope& message, const std::string& argument,
                     const std::optional<Object>& object) {
  const bool planted = exchange_->identity().plant == "F38";  // for ever, whatever its caps
  const Instant since =
      handed_on_.try_emplace(message.method + " " + work.operation, exchange_->now()).first->second;
  if (exchange_->now() - since > offer_patience && !planted) return false;
  Json args = message.args;
  if (exchange_->pinned() && !planted && !within_caps(args)) {
    if (!object) return false;
    try {
      args.update(rows_->about(argument, *object));
    } catch (const ObjectError&) {
      return false;
    }
  }
  exchange_->cast(work, "engine", message.method, std::move(args), exchange_->identity().node);
  return true;
}

Task<void> Engine::give_up(Work& work, std::string method, std::string object, std::string id,
                           Failure failure) {
  if (failure.expected && exchange_->identity().plant == "F33") co_return;  // planted: the work just ends
  const std::string stage = work.stage;
  const Instant until = exchange_->now() + work_patience;
  std::string then;
  bool gone = false;
  for (bool again = !id.empty(); again;) {
    again = false;
    try {
      auto ending =
          object == "Cluster" ? end_cluster(work, method, id, failure.why) : end_run(work, method, id);
      co_await ending;
    } catch (const OperationError& error) {
      gone = error.type == "NotFound";
      then = error.what();
      again = !gone && exchange_->now() < until && (error.indeterminate() || error.type == "Conflict");
    } catch (const ObjectError& error) {
      then = error.what();
    }
    if (!again) break;
    then.clear();
    auto pausing = exchange_->pause();
    co_await pausing;
  }
  if (gone && needs_no_row(failure)) co_return;
  if (failure.why.find(then) != std::string::npos) then.clear();
  if (failure.expected && then.empty()) co_return;
  work.stage = stage;
  throw ObjectError("Exception", then.empty() ? failure.why : fmt::format("{}; then {}", failure.why, then));
}

// Sahara's handler of errors in an operation on a cluster. One that is being deleted is left alone, and so is
// one that another engine has brought to rest.
Task<void> Engine::end_cluster(Work& work, std::string method, std::string id, std::string why) {
  auto finding = rows_->find(work, "Cluster", id);
  const std::optional<Object> found = co_await finding;
  if (found && at_rest(found->get("status"))) co_return;
  Object cluster = found ? *found : Object::create(exchange_->registry(), "Cluster");
  if (!found) cluster.set("id", id);
  const bool scaling = method == "provision_scaled_cluster",
             stays = scaling && does("failed_scale_stays_active");
  if (scaling && !stays) {
    auto rolling_back = roll_back(work, cluster);
    co_await rolling_back;
  }
  cluster.set("status_description", fmt::format("{} cluster failed for the following reason(s): {}",
                                                scaling ? "Scaling" : "Creating", why));
  auto ending = set_status(work, cluster, stays ? "Active" : "Error");
  co_await ending;
}

Task<void> Engine::end_run(Work& work, std::string method, std::string id) {
  auto finding = rows_->find(work, "JobExecution", id);
  const std::optional<Object> found = co_await finding;
  const std::string ending = end_of(method, found ? status_of(*found) : std::string("PENDING"));
  if (ending.empty()) co_return;
  Object current = found ? *found : Object::create(exchange_->registry(), "JobExecution");
  if (!found) current.set("id", id);
  Json info = found ? info_of(current) : Json::object();
  info["status"] = ending;
  current.set("info", info);
  if (over(ending)) current.set("end_time", wire_time(exchange_->now()));
  auto saving = rows_->save(work, current);
  co_await saving;
}

}  // namespace caravan
