#include "nodes/sahara/clusters.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/sahara/job_execution.hpp"

namespace caravan::nodes::sahara {
namespace {

bool at_rest(const Json& status) { return status == "Active" || status == "Error" || status == "Deleting"; }

/// Those that go first: the chosen ones, at the end of the list.
void put_last(std::vector<Object>& instances, const Json& chosen) {
  std::stable_partition(instances.begin(), instances.end(), [&](const Object& instance) {
    return std::find(chosen.begin(), chosen.end(), instance.get("id")) == chosen.end();
  });
}

}  // namespace

Task<void> Clusters::set_status(Work& work, Object cluster, std::string status) {
  work.stage = status;
  cluster.set("status", status);
  auto saving = rows_.save(work, cluster);
  co_await saving;
  auto pausing = exchange_.pause();
  co_await pausing;
}

Task<Object> Clusters::begin_step(Work& work, Object cluster, std::string name, std::string type, int total) {
  Object step = Object::create(exchange_.registry(), "ClusterProvisionStep");
  step.set("id", exchange_.new_id());
  step.set("cluster_id", cluster.get("id"));
  if (cluster.is_set("tenant_id")) step.set("tenant_id", cluster.get("tenant_id"));
  step.set("step_name", name);
  step.set("step_type", type);
  step.set("total", total);
  auto creating = rows_.create(work, step);
  co_await creating;
  co_return step;
}

// As many events as instances; when all are in, the step is successful and its events are deleted with it.
Task<void> Clusters::finish_step(Work& work, Object step, int events) {
  for (int index = 0; index < events; ++index) {
    Object event = Object::create(exchange_.registry(), "ClusterEvent");
    event.set("id", exchange_.new_id());
    event.set("step_id", step.get("id"));
    event.set("successful", true);
    event.set("event_info",
              fmt::format("{} {} of {}", step.get("step_name").get<std::string>(), index + 1, events));
    auto creating = rows_.create(work, event);
    co_await creating;
  }
  step.set("successful", true);
  auto saving = rows_.save(work, step);
  co_await saving;
}

// NodeGroup.count is a running counter: one more for each instance row.
Task<void> Clusters::add_instances(Work& work, Object cluster, Object node_group, int from, int to) {
  const std::string group = node_group.get("name").get<std::string>();
  for (int index = from; index < to; ++index) {
    Object instance = Object::create(exchange_.registry(), "Instance");
    const std::string id = exchange_.new_id();
    instance.set("id", id);
    instance.set("node_group_id", node_group.get("id"));
    if (cluster.is_set("tenant_id")) instance.set("tenant_id", cluster.get("tenant_id"));
    instance.set("instance_id", "i-" + id.substr(0, 8));
    instance.set("instance_name",
                 fmt::format("{}-{}-{:03}", cluster.get("name").get<std::string>().substr(0, 40),
                             group.substr(0, 30), index + 1));
    const std::uint64_t address = exchange_.random();
    instance.set("internal_ip", fmt::format("10.{}.{}.{}", address & 0xffU, (address >> 8U) & 0xffU,
                                            (address >> 16U) & 0xffU));
    instance.set("management_ip", fmt::format("172.{}.{}.{}", 16 + (address >> 24U) % 16,
                                              (address >> 32U) & 0xffU, (address >> 40U) & 0xffU));
    instance.set("volumes", Json::array());
    if (exchange_.knows("Instance", "storage_devices_number"))
      instance.set("storage_devices_number", number(node_group, "volumes_per_node", 0));
    auto creating = rows_.create(work, instance);
    co_await creating;
    node_group.set("count", index + 1);
    auto saving = rows_.save(work, node_group);
    co_await saving;
  }
}

Task<void> Clusters::provision(Work& work, Object cluster, Json) {
  const std::vector<Object> groups =
      cluster.is_set("node_groups") ? cluster.children("node_groups") : std::vector<Object>{};
  std::vector<int> wanted;
  int total = 0;
  for (const Object& group : groups) {
    wanted.push_back(number(group, "count", 0));
    total += wanted.back();
  }
  plan_stack(cluster);
  if (exchange_.knows("Cluster", "sahara_info"))
    cluster.set("sahara_info", {{"infrastructure_engine", exchange_.release().engine_version}});
  auto updating = set_status(work, cluster, "InfraUpdating");
  co_await updating;
  auto spawning = set_status(work, cluster, "Spawning");
  co_await spawning;
  std::optional<Object> step;  // juno keeps no event log
  if (exchange_.knows("ClusterProvisionStep")) {
    auto beginning = begin_step(work, cluster, "Add instances", "Engine: create cluster", total);
    step = co_await beginning;
  }
  for (std::size_t index = 0; index < groups.size(); ++index) {
    Object group = groups[index];
    group.set("count", 0);
    auto saving = rows_.save(work, group);
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
  cluster.set("info", {{"engine", exchange_.identity().node},
                       {"stack", stack_to_make(exchange_.release(), cluster)}});
  auto activating = set_status(work, cluster, "Active");
  co_await activating;
}

Task<void> Clusters::scale(Work& work, Object cluster, Json args) {
  for (const char* status : {"Decommissioning", "Scaling", "Scaling: Spawning"}) {
    auto stepping = set_status(work, cluster, status);
    co_await stepping;
  }
  plan_servers(cluster);
  const Json counts = args.at("node_group_id_map");
  for (const auto& [id, count] : counts.items()) {
    auto getting = rows_.get(work, "NodeGroup", id);
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
      auto destroying = rows_.remove(work, last);
      co_await destroying;
      group.set("count", index - 1);
      auto saving = rows_.save(work, group);
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
Task<void> Clusters::configure(Work& work, Object cluster) {
  auto stepping = set_status(work, cluster, "Configuring");
  co_await stepping;
  if (!hooks_.does("counts_storage_devices")) co_return;
  auto getting = rows_.get(work, "Cluster", cluster.get("id").get<std::string>());
  Object current = co_await getting;
  for (const Object& group : current.children("node_groups")) {
    const Json otherwise = if_absent(number(group, "volumes_per_node", 0));
    for (const Object& instance : group.children("instances"))
      range_of(instance, "storage_devices_number", otherwise);
  }
}

// The stack of a cluster with anti_affinity counts its server groups.
void Clusters::plan_servers(const Object& cluster) const {
  if (!hooks_.does("counts_anti_affinity_ratio") || !cluster.is_set("anti_affinity")) return;
  if (cluster.get("anti_affinity").empty()) return;
  range_of(cluster, "anti_affinity_ratio", if_absent(1));
}

void Clusters::plan_stack(Object cluster) const {
  plan_servers(cluster);
  if (!hooks_.does("names_stack_in_extra")) return;
  Json extra = cluster.is_set("extra") ? cluster.get("extra") : Json();
  if (!extra.is_object()) extra = Json::object();
  extra["heat_stack_name"] = stack_to_make(exchange_.release(), cluster);
  cluster.set("extra", extra);
}

// `info.stack` is what was made. Heat answers 404 to another name, and Sahara goes on with the rows.
void Clusters::delete_stack(const Work& work, const Object& cluster) {
  const Json info = cluster.is_set("info") ? cluster.get("info") : Json();
  const Json made = info.is_object() ? info.value("stack", Json()) : Json();
  const std::string name = stack_to_delete(looks_in_extra(), cluster);
  exchange_.log("stack delete " + name);
  if (made.is_string() && made != name)
    exchange_.trouble(fmt::format("Heat has no stack {}: the stack {} of cluster {} stays behind", name,
                                  made.get<std::string>(), cluster.get("id").get<std::string>()),
                      "", work);
}

// What came or went under its hands is looked at again: the cluster is to go, whoever is in the way.
Task<void> Clusters::terminate(Work& work, Object cluster, Json) {
  const std::string id = cluster.get("id").get<std::string>();
  const Instant until = exchange_.now() + exchange_.deadlines().work();
  for (bool again = true; again;) {
    again = false;
    try {
      auto taking_down = take_down(work, id);
      co_await taking_down;
    } catch (const OperationError& error) {
      if (error.type == "NotFound") co_return;  // somebody else took it down
      if ((error.type != "Conflict" && !error.indeterminate()) || exchange_.now() > until) throw;
      again = true;
    }
    if (!again) co_return;
    auto pausing = exchange_.pause();
    co_await pausing;
  }
}

Task<void> Clusters::take_down(Work& work, std::string id) {
  auto getting = rows_.get(work, "Cluster", id);
  Object current = co_await getting;
  delete_stack(work, current);
  work.stage = "instances";
  for (const Object& group : current.children("node_groups")) {
    if (!group.is_set("instances")) continue;
    for (const Object& instance : group.children("instances")) {
      try {
        auto destroying = rows_.remove(work, instance);
        co_await destroying;
      } catch (const OperationError& error) {
        if (error.type != "NotFound") throw;  // else it is gone already
      }
    }
  }
  auto pausing = exchange_.pause();
  co_await pausing;
  work.stage = "cluster";
  auto destroying = rows_.remove(work, current);
  co_await destroying;
}

// Sahara's handler of errors in an operation on a cluster. One that is being deleted is left alone, and so is
// one that another engine has brought to rest.
Task<void> Clusters::end(Work& work, std::string method, std::string id, std::string why) {
  auto finding = rows_.find(work, "Cluster", id);
  const std::optional<Object> found = co_await finding;
  if (found && at_rest(found->get("status"))) co_return;
  Object cluster = found ? *found : Object::create(exchange_.registry(), "Cluster");
  if (!found) cluster.set("id", id);
  const bool scaling = method == "provision_scaled_cluster",
             stays = scaling && hooks_.does("failed_scale_stays_active");
  if (scaling && !stays) {
    auto rolling_back = roll_back(work, cluster);
    co_await rolling_back;
  }
  cluster.set("status_description", fmt::format("{} cluster failed for the following reason(s): {}",
                                                scaling ? "Scaling" : "Creating", why));
  auto ending = set_status(work, cluster, stays ? "Active" : "Error");
  co_await ending;
}

Task<void> DirectClusters::roll_back(Work& work, Object cluster) {
  return set_status(work, std::move(cluster), "Rollback: Spawning");
}

}  // namespace caravan::nodes::sahara
