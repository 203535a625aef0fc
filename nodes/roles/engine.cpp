#include "nodes/roles/engine.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/sahara/job_execution.hpp"

namespace caravan {

using namespace runs;

Output Engine::on(Instant now, const Input& input) {
  exchange_->begin(now);
  if (input.kind == Input::Kind::start) {
    membership_.join();
    begin();
  }
  if (input.kind == Input::Kind::reload) membership_.reload();
  if (input.kind == Input::Kind::timer) exchange_->on_timer(input.timer);
  if (input.kind == Input::Kind::message) {
    const Envelope& message = input.message;
    if (message.kind == Envelope::Kind::reply) exchange_->on_reply(message);
    if (message.kind == Envelope::Kind::drain) {
      exchange_->start_draining();
      drained();
    }
    const bool asked = message.kind == Envelope::Kind::cast || message.kind == Envelope::Kind::call ||
                       message.kind == Envelope::Kind::fanout;
    if (asked) {
      Work work{message.method, "accepted", message.operation, message.id};
      exchange_->spawn(std::move(work), [&](Work& running) { return serve(running, message); });
    }
  }
  return exchange_->finish();
}

const Engine::Method Engine::methods[] = {
    {"provision_cluster", &Engine::provision},     {"provision_scaled_cluster", &Engine::scale},
    {"terminate_cluster", &Engine::terminate},     {"run_edp_job", &Engine::run},
    {"cancel_job_execution", &Engine::cancel},     {"job_execution_suspend", &Engine::suspend},
    {"delete_job_execution", &Engine::delete_run},
};

Task<void> Engine::serve(Work& work, Envelope message) {
  if (const auto wrong = exchange_->mismatch(message)) {
    const bool call = message.kind == Envelope::Kind::call;
    if (call) exchange_->refuse(message, wrong->type, wrong->answer);
    if (!call || wrong->also_line) throw ObjectError(wrong->type, wrong->line);
    co_return;
  }
  if (message.method == "get_engine_type_and_version") {
    exchange_->reply(message, exchange_->release().engine_version);
    co_return;
  }
  const RpcArg& subject = subject_of(message);
  const std::string argument = rows_->argument(subject.name);
  std::optional<Object> object;
  std::optional<Failure> failure;
  try {
    if (!message.args.contains(argument)) {
      throw ObjectError("ValueError", fmt::format("{} came without its {}", message.method, subject.name));
    }
    work.stage = "receiving";
    auto receiving = rows_->receive(work, subject, message.args);
    object = co_await receiving;
    work.what += " " + object->get("id").get<std::string>();
    const auto entry = std::find_if(std::begin(methods), std::end(methods),
                                    [&](const Method& method) { return message.method == method.name; });
    if (entry == std::end(methods))
      throw ObjectError("UnknownMethod", "the engine has no method " + message.method);
    auto doing = (this->*entry->perform)(work, *object, message.args);
    co_await doing;
  } catch (const OperationError& error) {
    failure = failure_of(error.type, text_of(error));
  } catch (const ObjectError& error) {
    failure = failure_of(error.type, error.what());
  } catch (const std::exception& error) {
    failure = failure_of("ValueError", error.what());
  }
  if (!failure) co_return;
  exchange_->log(fmt::format("{} ended at {}: {} {}", work.what, work.stage, failure->type, failure->why));
  if (failure->type == "ActRefused") {
    auto pausing = exchange_->pause();
    co_await pausing;
    if (hand_on(work, message, subject.name, object)) co_return;
  }
  auto ending = give_up(work, message.method, subject.object, id_in(message, argument), *failure);
  co_await ending;
}

// The object that a method is about.
const RpcArg& Engine::subject_of(const Envelope& message) const {
  if (const RpcMethod* method = exchange_->method("engine", message.method))
    for (const RpcArg& arg : method->args)
      if (!arg.object.empty()) return arg;
  throw ObjectError("UnknownMethod", "the engine has no method " + message.method);
}

Task<void> Engine::set_status(Work& work, Object cluster, std::string status) {
  work.stage = status;
  cluster.set("status", status);
  auto saving = rows_->save(work, cluster);
  co_await saving;
  auto pausing = exchange_->pause();
  co_await pausing;
}

// Shaped as a UUID, from the node's own generator: the same run gives the same ids.
std::string Engine::new_id() {
  const std::uint64_t high = exchange_->random(), low = exchange_->random();
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", high >> 32U, (high >> 16U) & 0xffffU,
                     high & 0xfffU, low >> 52U, low & 0xffffffffffffU);
}

Task<Object> Engine::begin_step(Work& work, Object cluster, std::string name, std::string type, int total) {
  Object step = Object::create(exchange_->registry(), "ClusterProvisionStep");
  step.set("id", new_id());
  step.set("cluster_id", cluster.get("id"));
  if (cluster.is_set("tenant_id")) step.set("tenant_id", cluster.get("tenant_id"));
  step.set("step_name", name);
  step.set("step_type", type);
  step.set("total", total);
  auto creating = rows_->create(work, step);
  co_await creating;
  co_return step;
}

// As many events as instances; when all are in, the step is successful and its events are deleted with it.
Task<void> Engine::finish_step(Work& work, Object step, int events) {
  for (int index = 0; index < events; ++index) {
    Object event = Object::create(exchange_->registry(), "ClusterEvent");
    event.set("id", new_id());
    event.set("step_id", step.get("id"));
    event.set("successful", true);
    event.set("event_info",
              fmt::format("{} {} of {}", step.get("step_name").get<std::string>(), index + 1, events));
    auto creating = rows_->create(work, event);
    co_await creating;
  }
  step.set("successful", true);
  auto saving = rows_->save(work, step);
  co_await saving;
}

// NodeGroup.count is a running counter: one more for each instance row.
Task<void> Engine::add_instances(Work& work, Object cluster, Object node_group, int from, int to) {
  const std::string group = node_group.get("name").get<std::string>();
  for (int index = from; index < to; ++index) {
    Object instance = Object::create(exchange_->registry(), "Instance");
    const std::string id = new_id();
    instance.set("id", id);
    instance.set("node_group_id", node_group.get("id"));
    if (cluster.is_set("tenant_id")) instance.set("tenant_id", cluster.get("tenant_id"));
    instance.set("instance_id", "i-" + id.substr(0, 8));
    instance.set("instance_name",
                 fmt::format("{}-{}-{:03}", cluster.get("name").get<std::string>().substr(0, 40),
                             group.substr(0, 30), index + 1));
    const std::uint64_t address = exchange_->random();
    instance.set("internal_ip", fmt::format("10.{}.{}.{}", address & 0xffU, (address >> 8U) & 0xffU,
                                            (address >> 16U) & 0xffU));
    instance.set("management_ip", fmt::format("172.{}.{}.{}", 16 + (address >> 24U) % 16,
                                              (address >> 32U) & 0xffU, (address >> 40U) & 0xffU));
    instance.set("volumes", Json::array());
    if (exchange_->knows("Instance", "storage_devices_number"))
      instance.set("storage_devices_number", number(node_group, "volumes_per_node", 0));
    auto creating = rows_->create(work, instance);
    co_await creating;
    node_group.set("count", index + 1);
    auto saving = rows_->save(work, node_group);
    co_await saving;
  }
}

Task<void> Engine::provision(Work& work, Object cluster, Json) {
  const std::vector<Object> groups =
      cluster.is_set("node_groups") ? cluster.children("node_groups") : std::vector<Object>{};
  std::vector<int> wanted;
  int total = 0;
  for (const Object& group : groups) {
    wanted.push_back(number(group, "count", 0));
    total += wanted.back();
  }
  plan_stack(cluster);
  if (exchange_->knows("Cluster", "sahara_info"))
    cluster.set("sahara_info", {{"infrastructure_engine", exchange_->release().engine_version}});
  auto updating = set_status(work, cluster, "InfraUpdating");
  co_await updating;
  auto spawning = set_status(work, cluster, "Spawning");
  co_await spawning;
  std::optional<Object> step;  // juno keeps no event log
  if (knows("ClusterProvisionStep")) {
    auto beginning = begin_step(work, cluster, "Add instances", "Engine: create cluster", total);
    step = co_await beginning;
  }
  for (std::size_t index = 0; index < groups.size(); ++index) {
    Object group = groups[index];
    group.set("count", 0);
    auto saving = rows_->save(work, group);
    co_await saving;
    auto adding = add_instances(work, cluster, group, 0, wanted[index]);
    co_await adding;
  }
  if (step) {
    auto finishing = finish_step(work, *step, total);
    co_await finishing;
  }
  for (const char* status : {"Waiting", "Preparing"}) {
    auto stepping = set_status(work, cluster, status);
    co_await stepping;
  }
  auto configuring = configure(work, cluster);
  co_await configuring;
  auto starting = set_status(work, cluster, "Starting");
  co_await starting;
  cluster.set("info", {{"engine", exchange_->identity().node},
                       {"stack", behaviours::stack_to_make(exchange_->release(), cluster)}});
  auto activating = set_status(work, cluster, "Active");
  co_await activating;
}

namespace {

/// Those that go first: the chosen ones, at the end of the list.
void put_last(std::vector<Object>& instances, const Json& chosen) {
  std::stable_partition(instances.begin(), instances.end(), [&](const Object& instance) {
    return std::find(chosen.begin(), chosen.end(), instance.get("id")) == chosen.end();
  });
}

}  // namespace

Task<void> Engine::scale(Work& work, Object cluster, Json args) {
  for (const char* status : {"Decommissioning", "Scaling", "Scaling: Spawning"}) {
    auto stepping = set_status(work, cluster, status);
    co_await stepping;
  }
  plan_servers(cluster);
  const Json counts = args.at("node_group_id_map");
  for (const auto& [id, count] : counts.items()) {
    auto getting = rows_->get(work, "NodeGroup", id);
    Object group = co_await getting;
    const int now = number(group, "count", 0), wanted = count.get<int>();
    std::vector<Object> instances =
        group.is_set("instances") ? group.children("instances") : std::vector<Object>{};
    put_last(instances, args.value("node_group_instance_map", Json()).is_object()
                            ? args.at("node_group_instance_map").value(id, Json::array())
                            : Json::array());
    for (int index = now; index > wanted && !instances.empty(); --index) {
      Object last = instances.back();
      instances.pop_back();
      auto destroying = rows_->remove(work, last);
      co_await destroying;
      group.set("count", index - 1);
      auto saving = rows_->save(work, group);
      co_await saving;
    }
    auto adding = add_instances(work, cluster, group, now, wanted);
    co_await adding;
  }
  for (const char* status : {"Scaling: Waiting", "Scaling: Preparing"}) {
    auto stepping = set_status(work, cluster, status);
    co_await stepping;
  }
  auto configuring = configure(work, cluster);
  co_await configuring;
  auto activating = set_status(work, cluster, "Active");
  co_await activating;
}

// The plugin looks at the disks of every instance, also of those that were there before.
Task<void> Engine::configure(Work& work, Object cluster) {
  auto stepping = set_status(work, cluster, "Configuring");
  co_await stepping;
  if (!does("counts_storage_devices")) co_return;
  auto getting = rows_->get(work, "Cluster", cluster.get("id").get<std::string>());
  Object current = co_await getting;
  for (const Object& group : current.children("node_groups")) {
    const Json otherwise = if_absent(number(group, "volumes_per_node", 0));
    for (const Object& instance : group.children("instances"))
      behaviours::range_of(instance, "storage_devices_number", otherwise);
  }
}

// The stack of a cluster with anti_affinity counts its server groups.
void Engine::plan_servers(const Object& cluster) const {
  if (!does("counts_anti_affinity_ratio") || !cluster.is_set("anti_affinity")) return;
  if (cluster.get("anti_affinity").empty()) return;
  behaviours::range_of(cluster, "anti_affinity_ratio", if_absent(1));
}

void Engine::plan_stack(Object cluster) const {
  plan_servers(cluster);
  if (!does("names_stack_in_extra")) return;
  Json extra = cluster.is_set("extra") ? cluster.get("extra") : Json();
  if (!extra.is_object()) extra = Json::object();
  extra["heat_stack_name"] = behaviours::stack_to_make(exchange_->release(), cluster);
  cluster.set("extra", extra);
}

// `info.stack` is what was made. Heat answers 404 to another name, and Sahara goes on with the rows.
void Engine::delete_stack(const Object& cluster) {
  const Json info = cluster.is_set("info") ? cluster.get("info") : Json();
  const Json made = info.is_object() ? info.value("stack", Json()) : Json();
  const std::string name = behaviours::stack_to_delete(looks_in_extra(), cluster);
  exchange_->log("stack delete " + name);
  if (made.is_string() && made != name)
    exchange_->trouble(fmt::format("Heat has no stack {}: the stack {} of cluster {} stays behind", name,
                                   made.get<std::string>(), cluster.get("id").get<std::string>()));
}

// What came or went under its hands is looked at again: the cluster is to go, whoever is in the way.
Task<void> Engine::terminate(Work& work, Object cluster, Json) {
  const std::string id = cluster.get("id").get<std::string>();
  const Instant until = exchange_->now() + work_patience;
  for (bool again = true; again;) {
    again = false;
    try {
      auto taking_down = take_down(work, id);
      co_await taking_down;
    } catch (const OperationError& error) {
      if (error.type == "NotFound") co_return;  // somebody else took it down
      if ((error.type != "Conflict" && !error.indeterminate()) || exchange_->now() > until) throw;
      again = true;
    }
    if (!again) co_return;
    auto pausing = exchange_->pause();
    co_await pausing;
  }
}

Task<void> Engine::take_down(Work& work, std::string id) {
  auto getting = rows_->get(work, "Cluster", id);
  Object current = co_await getting;
  delete_stack(current);
  work.stage = "instances";
  for (const Object& group : current.children("node_groups")) {
    if (!group.is_set("instances")) continue;
    for (const Object& instance : group.children("instances")) {
      try {
        auto destroying = rows_->remove(work, instance);
        co_await destroying;
      } catch (const OperationError& error) {
        if (error.type != "NotFound") throw;  // else it is gone already
      }
    }
  }
  auto pausing = exchange_->pause();
  co_await pausing;
  work.stage = "cluster";
  auto destroying = rows_->remove(work, current);
  co_await destroying;
}

// False when the run went another way meanwhile: the conductor refuses a status that does not follow.
Task<bool> Engine::set_run_status(Work& work, Object job_execution, std::string status) {
  Json info = info_of(job_execution);
  info["status"] = status;
  work.stage = status;
  job_execution.set("info", info);
  if (over(status)) job_execution.set("end_time", wire_time(exchange_->now()));
  bool refused = false;
  try {
    auto saving = rows_->save(work, job_execution);
    co_await saving;
  } catch (const OperationError& error) {
    if (error.type != "Conflict") throw;
    refused = true;
  }
  co_return !refused;
}

// The same, where nobody but this work should have moved it: if nobody did, the work cannot go on.
Task<bool> Engine::advance_run(Work& work, Object job_execution, std::string status) {
  const std::string before = status_of(job_execution);
  auto setting = set_run_status(work, job_execution, status);
  const bool done = co_await setting;
  if (!done) {
    auto getting = rows_->get(work, "JobExecution", job_execution.get("id").get<std::string>());
    Object current = co_await getting;
    if (status_of(current) == before)
      throw OperationError("Conflict", fmt::format("the run stays {}: {} was refused", before, status));
  }
  co_return done;
}

Task<void> Engine::run(Work& work, Object job_execution, Json) {
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
      auto getting = rows_->get(work, "Cluster", cluster_id);
      Object cluster = co_await getting;
      const Json status = cluster.get("status");
      if (status == "Active" || status == "Error" || status == "Deleting") break;
      if (exchange_->draining()) {  // another engine goes on waiting
        exchange_->cast(work, "engine", "run_edp_job", rows_->about("job_execution", job_execution));
        co_return;
      }
      auto pausing = exchange_->pause();
      co_await pausing;
    }
  }
  auto getting = rows_->get(work, "Job", job_execution.get("job_id").get<std::string>());
  Object job = co_await getting;
  const std::string type = job.get("type").get<std::string>();
  auto opening = open_data(work, job_execution, job);
  co_await opening;
  const bool oozie = type != "Spark" && type != "Shell" && type.rfind("Storm", 0) != 0;
  job_execution.set("start_time", wire_time(exchange_->now()));
  const char* engine_id = has(job_execution, "engine_job_id") ? "engine_job_id" : "oozie_job_id";
  job_execution.set(engine_id, fmt::format("{}-{}", oozie ? "oozie" : "pid", new_id()));
  const auto& transitions = exchange_->registry()->catalog().transitions;
  const bool ready_first =
      oozie && std::any_of(transitions.begin(), transitions.end(),
                           [](const Transition& step) { return step.to == "READYTORUN"; });
  if (ready_first) {
    auto readying = advance_run(work, job_execution, "READYTORUN");
    if (!co_await readying) co_return;
    auto pausing = exchange_->pause();
    co_await pausing;
  }
  auto starting = advance_run(work, job_execution, "RUNNING");
  if (!co_await starting) co_return;
  auto polling = poll(work, job_execution);
  co_await polling;
}

bool Engine::handed_over(const Object& job_execution) const { return status_of(job_execution) != "PENDING"; }

Task<void> Engine::poll(Work& work, Object job_execution) {
  const std::string id = job_execution.get("id").get<std::string>();
  for (int left = polls_of(job_execution); left > 0; --left) {
    work.stage = fmt::format("polling, {} left", left);
    auto pausing = exchange_->pause();
    co_await pausing;
    auto getting = rows_->get(work, "JobExecution", id);
    Object current = co_await getting;
    if (status_of(current) != "RUNNING") co_return;  // cancelled or suspended: somebody else has it
    if (exchange_->draining() && left > 3) {
      // Polling outlives this process: another engine goes on with it.
      exchange_->cast(work, "engine", "run_edp_job", rows_->about("job_execution", current));
      co_return;
    }
    job_execution = current;
  }
  job_execution.set("return_code", "0");
  auto succeeding = advance_run(work, job_execution, "SUCCEEDED");
  co_await succeeding;
}

Task<void> Engine::cancel(Work& work, Object job_execution, Json) {
  return interrupt(work, std::move(job_execution), "TOBEKILLED", "KILLED");
}

Task<void> Engine::suspend(Work& work, Object job_execution, Json) {
  return interrupt(work, std::move(job_execution), "TOBESUSPENDED", "SUSPENDED");
}

// Says what is wanted, then that it is done. A run that cannot be interrupted yet (READYTORUN) is asked
// again.
Task<void> Engine::interrupt(Work& work, Object job_execution, std::string wanted, std::string done) {
  const std::string id = job_execution.get("id").get<std::string>();
  for (int attempt = 0; attempt < 50; ++attempt) {
    auto getting = rows_->get(work, "JobExecution", id);
    Object current = co_await getting;
    if (over(status_of(current))) co_return;
    bool marked = false;
    if (!too_early(wanted, status_of(current))) {
      auto marking = set_run_status(work, current, wanted);
      marked = co_await marking;
    }
    auto pausing = exchange_->pause();
    co_await pausing;
    if (!marked) continue;
    auto finishing = advance_run(work, current, done);
    co_await finishing;
    co_return;
  }
}

Task<void> Engine::delete_run(Work& work, Object job_execution, Json) {
  auto cancelling = cancel(work, job_execution, Json());
  co_await cancelling;
  auto destroying = rows_->remove(work, job_execution);
  co_await destroying;
}

}  // namespace caravan
