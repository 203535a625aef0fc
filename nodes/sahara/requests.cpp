// What clients ask of the api beyond rows: clusters are provisioned, scaled and terminated, jobs run.
#include <fmt/format.h>

#include "nodes/core/orders.hpp"
#include "nodes/core/refused.hpp"
#include "nodes/sahara/project.hpp"
#include "nodes/sahara/release_hooks.hpp"

namespace caravan::nodes::sahara {
namespace {

class Requests : public ApiRequests {
 public:
  Requests(Exchange& exchange, Rows& rows, Membership& membership, const ClientObjects& objects)
      : hooks_(exchange.release(), exchange.modes()),
        exchange_(exchange),
        rows_(rows),
        objects_(objects),
        orders_(exchange, membership, hooks_.does("sends_every_argument")) {}

  std::optional<Task<void>> perform(Work& work, const Envelope& request) override;
  std::optional<Task<void>> remove(Work& work, const Envelope& request, const Object& object) override;
  void check(const Object& stored, const Json& changes) const override;
  void before_writing(const Object& object, const Json& fields) override;
  void created(const Work& work, const Envelope& request, const Object& object) override;

 protected:
  /// No version of an object can say which of the two a field holds, so where objects travel this is refused.
  virtual void keep_secret(const Object& object);

  ReleaseHooks hooks_;
  Exchange& exchange_;

 private:
  Task<void> start_cluster(Work& work, std::string id, std::string engine);
  Task<void> scale(Work& work, Envelope request);
  Task<void> terminate(Work& work, Envelope request, Object cluster);
  Task<void> refuse_foreign_engine(Work& work, Object cluster, std::string engine);
  Task<void> run(Work& work, Envelope request);
  Task<void> signal_run(Work& work, Envelope request, std::string method);

  Rows& rows_;
  const ClientObjects& objects_;
  Orders orders_;
};

/// With direct access: the id of the secret is what is stored.
class DirectRequests : public Requests {
 public:
  using Requests::Requests;

 private:
  void keep_secret(const Object& object) override { hide_password(object, exchange_.random()); }
};

std::optional<Task<void>> Requests::perform(Work& work, const Envelope& request) {
  const std::string object = request.args.value("object", "");
  if (request.method == "scale" && object == "Cluster") return scale(work, request);
  if (request.method == "run" && object == "JobExecution") return run(work, request);
  if (request.method == "cancel" && object == "JobExecution")
    return signal_run(work, request, "cancel_job_execution");
  if (request.method == "suspend" && object == "JobExecution")
    return signal_run(work, request, "job_execution_suspend");
  return std::nullopt;
}

std::optional<Task<void>> Requests::remove(Work& work, const Envelope& request, const Object& object) {
  if (object.name() != "Cluster") return std::nullopt;
  return terminate(work, request, object);
}

// Such checks live in the code of a release, and nowhere else.
void Requests::check(const Object& stored, const Json& changes) const {
  if (const auto why = protection(hooks_, stored, changes))
    throw Refused(changes.is_null() ? "DeletionFailed" : "UpdateFailed", *why);
}

// With the option castellan a password becomes the id of a secret.
void Requests::before_writing(const Object& object, const Json& fields) {
  if (exchange_.modes().option("castellan") != true || !hooks_.does("castellan")) return;
  const bool given = fields.contains(object.name() == "DataSource" ? "credentials" : "extra");
  if (given && !password(object).empty()) keep_secret(object);
}

void Requests::keep_secret(const Object& object) {
  throw Refused("UntypedSecret", fmt::format("{} {} cannot say that its password is the id of a secret",
                                             object.name(), object.version()));
}

// The create is answered; what follows is separate work.
void Requests::created(const Work& work, const Envelope& request, const Object& object) {
  if (object.name() != "Cluster") return;
  Work next{"start cluster", "validating", work.operation, work.cause};
  exchange_.spawn(std::move(next), [&](Work& running) {
    return start_cluster(running, object.get("id").get<std::string>(), engine_for(request));
  });
}

Task<void> Requests::start_cluster(Work& work, std::string id, std::string engine) {
  try {
    auto getting = rows_.get(work, "Cluster", id);
    Object cluster = co_await getting;
    cluster.set("status", "Validating");
    auto saving = rows_.save(work, cluster);
    co_await saving;
    orders_.cast(work, engine, "provision_cluster", rows_.about("cluster", cluster));
  } catch (const OperationError& error) {
    // Deleted meanwhile, or its conductor is gone: nothing more to do here.
    if (error.type != "Conflict" && error.type != "NotFound" && !error.indeterminate()) throw;
  }
}

// Scaling depends on what one of the engines answers, whichever takes the call.
Task<void> Requests::refuse_foreign_engine(Work& work, Object cluster, std::string engine) {
  if (!hooks_.does("scales_its_own_only")) co_return;
  Json answered = exchange_.release().engine_version;
  if (exchange_.method("engine", "get_engine_type_and_version") != nullptr) {
    work.stage = "asking for the engine's version";
    auto asking = exchange_.call(work, engine, "get_engine_type_and_version", Json::object());
    Reply reply = co_await asking;
    if (reply.timed_out) throw OperationError("", "no engine answered");
    if (!reply.error.is_null())
      throw OperationError(reply.error.value("type", "?"), reply.error.value("message", "?"));
    answered = reply.result;
  }
  const Json info = cluster.is_set("sahara_info") ? cluster.get("sahara_info") : Json();
  const Json built = info.is_object() ? info.value("infrastructure_engine", Json()) : Json();
  if (built != answered) {
    throw Refused("InvalidReference",
                  fmt::format("a cluster created with the engine {} cannot be scaled with {}", built.dump(),
                              answered.dump()));
  }
}

Task<void> Requests::scale(Work& work, Envelope request) {
  auto getting = rows_.get(work, "Cluster", request.args.at("row").get<std::string>());
  Object cluster = co_await getting;
  const Json fields = request.args.at("fields");
  const std::string group = fields.at("node_group").get<std::string>();
  const Json count = fields.at("count");
  if (!count.is_number_integer()) throw Refused("ValueError", "the count of a node group is a whole number");
  if (cluster.get("status") != "Active") {
    throw Refused("Conflict", fmt::format("the cluster is {}, not Active", cluster.get("status").dump()));
  }
  check(cluster, Json::object());
  const Json instances = fields.value("instances", Json::array());
  Json later = Json::object();
  if (!instances.empty()) {  // chosen by the client: an argument that came late
    later["node_group_instance_map"] = {{group, instances}};
    if (!orders_.has_argument("provision_scaled_cluster", "node_group_instance_map"))
      throw Refused("UnknownField", fmt::format("scale at {} takes no instances", exchange_.release().name));
    auto asking = orders_.require("provision_scaled_cluster", later);
    co_await asking;
  }
  auto comparing = refuse_foreign_engine(work, cluster, engine_for(request));
  co_await comparing;
  cluster.set("status", "Validating");
  auto saving = rows_.save(work, cluster);
  co_await saving;
  exchange_.reply(request, {{"id", request.args.at("row")}});
  Json args = rows_.about("cluster", cluster);
  args["node_group_id_map"] = {{group, count}};
  args.update(later);
  orders_.cast(work, engine_for(request), "provision_scaled_cluster", std::move(args));
}

Task<void> Requests::terminate(Work& work, Envelope request, Object cluster) {
  Json later = Json::object();  // arguments that not every release has
  if (orders_.has_argument("terminate_cluster", "force")) {
    auto asking = orders_.taken("terminate_cluster", {{"force", false}});
    if (co_await asking) later["force"] = false;
  }
  cluster.set("status", "Deleting");
  auto saving = rows_.save(work, cluster);
  co_await saving;
  exchange_.reply(request, {{"id", request.args.at("row")}});
  Json args = rows_.about("cluster", cluster);
  args.update(later);
  orders_.cast(work, engine_for(request), "terminate_cluster", std::move(args));
}

Task<void> Requests::run(Work& work, Envelope request) {
  Json fields = request.args.at("fields");
  Json info = fields.value("info", Json::object());
  if (!info.is_object()) throw Refused("ValueError", "JobExecution.info is not an object");
  info["status"] = "PENDING";
  fields["info"] = info;
  if (hooks_.does("job_execution_info")) put_job_execution_info(fields);
  Object job_execution = objects_.build("JobExecution", fields);
  auto creating = rows_.create(work, job_execution);
  co_await creating;
  exchange_.reply(request, {{"id", job_execution.get("id")}});
  orders_.cast(work, engine_for(request), "run_edp_job", rows_.about("job_execution", job_execution));
}

Task<void> Requests::signal_run(Work& work, Envelope request, std::string method) {
  auto getting = rows_.get(work, "JobExecution", request.args.at("row").get<std::string>());
  Object job_execution = co_await getting;
  auto asking = orders_.require(method, Json::object());
  co_await asking;
  orders_.cast(work, engine_for(request), method, rows_.about("job_execution", job_execution));
  exchange_.reply(request, {{"id", request.args.at("row")}});
}

}  // namespace

std::unique_ptr<ApiRequests> Sahara::api_requests(Exchange& exchange, Rows& rows, Membership& membership,
                                                  const ClientObjects& objects) const {
  if (exchange.modes().access == Access::direct)
    return std::make_unique<DirectRequests>(exchange, rows, membership, objects);
  return std::make_unique<Requests>(exchange, rows, membership, objects);
}

}  // namespace caravan::nodes::sahara
