#include "nodes/roles/api.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/data/secrets.hpp"

namespace caravan {
namespace {

const FieldSpec* find_field(const ClassSpec& spec, const std::string& name) {
  for (const FieldSpec& field : spec.fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::string target(const Envelope& request) {
  const std::string server = request.args.value("engine", "");
  return server.empty() ? "engine" : server;
}

}  // namespace

Output Api::on(Instant now, const Input& input) {
  exchange_->begin(now);
  if (input.kind == Input::Kind::start) membership_.join();
  if (input.kind == Input::Kind::reload) exchange_->log("an api goes on as it is; restart it");
  if (input.kind == Input::Kind::timer) exchange_->on_timer(input.timer);
  if (input.kind == Input::Kind::message) {
    const Envelope& message = input.message;
    if (message.kind == Envelope::Kind::reply) exchange_->on_reply(message);
    if (message.kind == Envelope::Kind::drain) exchange_->start_draining();
    if (message.kind == Envelope::Kind::request) {
      Work work{fmt::format("{} {}", message.method, message.args.value("object", "?")), "accepted",
                message.operation.empty() ? message.id : message.operation, message.id};
      exchange_->spawn(std::move(work), [&](Work& running) { return serve(running, message); });
    }
  }
  return exchange_->finish();
}

Task<void> Api::serve(Work& work, Envelope request) {
  std::string type, message;
  try {
    auto performing = perform(work, request);
    co_await performing;
    co_return;
  } catch (const Refusing& refusing) {
    type = refusing.type;
    message = refusing.message;
  } catch (const OperationError& error) {
    // Without a reply nobody knows whether it happened: the client is left to its own deadline.
    if (error.indeterminate()) co_return;
    type = error.type;
    message = error.what();
  } catch (const ObjectError& error) {
    type = error.type;
    message = error.what();
  } catch (const Json::exception& error) {
    type = "ValueError";
    message = error.what();
  }
  exchange_->refuse(request, type, message);
}

Task<void> Api::perform(Work& work, Envelope request) {
  const std::string object = request.args.value("object", "");
  if (!exchange_->knows(object)) {
    throw Refusing{"UnsupportedObjectError", fmt::format("{} does not know {}{}", exchange_->release().name,
                                                         object, exchange_->pinned() ? " at its cap" : "")};
  }
  if (request.method == "create") return create(work, std::move(request));
  if (request.method == "update") return update(work, std::move(request));
  if (request.method == "read") return read(work, std::move(request));
  if (request.method == "list") return list(work, std::move(request));
  if (request.method == "delete") return remove(work, std::move(request));
  if (request.method == "scale" && object == "Cluster") return scale(work, std::move(request));
  if (request.method == "run" && object == "JobExecution") return run(work, std::move(request));
  if (request.method == "cancel" && object == "JobExecution")
    return signal_run(work, std::move(request), "cancel_job_execution");
  if (request.method == "suspend" && object == "JobExecution")
    return signal_run(work, std::move(request), "job_execution_suspend");
  throw Refusing{"UnknownMethod", fmt::format("no method {} for {}", request.method, object)};
}

// The api refuses what its release, or its cap, does not know; nothing is dropped without a word.
void Api::require(const Object& object, const std::string& field) const {
  if (exchange_->knows(object.name(), field)) return;
  throw Refusing{"UnknownField",
                 fmt::format("{} {} of {}{} has no field {}", object.name(), object.version(),
                             exchange_->release().name, exchange_->pinned() ? " at its cap" : "", field)};
}

Object Api::build(const std::string& name, const Json& fields) const {
  Object checked = build(rest_, name, fields);
  return rest_ == exchange_->registry() ? checked : build(exchange_->registry(), name, fields);
}

Object Api::build(const std::shared_ptr<const Registry>& registry, const std::string& name,
                  const Json& fields) const {
  Object object = Object::create(registry, name);
  for (const auto& [key, value] : fields.items()) {
    require(object, key);
    const FieldSpec* field = find_field(object.spec(), key);
    if (field->type.name == "ListOfObjects") {
      std::vector<Object> items;
      for (const Json& item : value) items.push_back(build(registry, field->type.object, item));
      object.set_children(key, items);
    } else {
      object.set(key, value);
    }
  }
  return object;
}

Json Api::data(const Object& object) const {
  const Catalog& catalog = exchange_->registry()->catalog();
  Json data = object.to_primitive().at(catalog.serial_namespace + ".data");
  hide_secrets(catalog, object.name(), data);
  return data;
}

// Such checks live in the code of a release, and nowhere else.
void Api::refuse_protected(const Object& stored, const Json& changes) const {
  if (const auto why = behaviours::protection(hooks_, stored, changes))
    throw Refusing{changes.is_null() ? "DeletionFailed" : "UpdateFailed", *why};
}

// With the option castellan a password becomes the id of a secret. No version of an object can say which of
// the two a field holds, so where objects travel this is refused.
void Api::keep_secrets(const Object& object) {
  if (exchange_->identity().modes.option("castellan") != true) return;
  if (!hooks_.does("castellan") || behaviours::password(object).empty()) return;
  if (exchange_->modes().access == Access::conductor) {
    throw Refusing{"UntypedSecret", fmt::format("{} {} cannot say that its password is the id of a secret",
                                                object.name(), object.version())};
  }
  behaviours::hide_password(object, exchange_->random());
}

// Scaling goes by what one of the engines answers, whichever takes the call.
Task<void> Api::refuse_foreign_engine(Work& work, Object cluster, std::string engine) {
  if (!hooks_.does("scales_its_own_only")) co_return;
  Json answered = exchange_->release().engine_version;
  if (exchange_->method("engine", "get_engine_type_and_version") != nullptr) {
    work.stage = "asking for the engine's version";
    auto asking = exchange_->call(work, engine, "get_engine_type_and_version", Json::object());
    Reply reply = co_await asking;
    if (reply.timed_out) throw OperationError("", "no engine answered");
    if (!reply.error.is_null())
      throw OperationError(reply.error.value("type", "?"), reply.error.value("message", "?"));
    answered = reply.result;
  }
  const Json info = cluster.is_set("sahara_info") ? cluster.get("sahara_info") : Json();
  const Json built = info.is_object() ? info.value("infrastructure_engine", Json()) : Json();
  if (built != answered) {
    throw Refusing{"InvalidReference",
                   fmt::format("a cluster created with the engine {} cannot be scaled with {}", built.dump(),
                               answered.dump())};
  }
}

// Before any effect: whether the engines on record take this. What is above the first version is asked anew,
// since a record may be a second old.
Task<bool> Api::taken(std::string method, Json args) {
  if (exchange_->modes().compat == Compatibility::backport && !exchange_->is_basic("engine", method, args)) {
    auto refreshing = membership_.refresh();
    co_await refreshing;
  }
  co_return exchange_->too_new_for("engine", method, args).empty();
}

void Api::order(const Work& work, const std::string& engine, const std::string& method, Json args) {
  if (hooks_.does("sends_every_argument")) {
    for (const RpcArg& arg : exchange_->method("engine", method)->args) {
      if (arg.default_value && !args.contains(arg.name)) args[arg.name] = *arg.default_value;
    }
  }
  exchange_->cast(work, engine, method, std::move(args));
}

Task<void> Api::create(Work& work, Envelope request) {
  const std::string name = request.args.at("object").get<std::string>();
  Object object = build(name, request.args.at("fields"));
  keep_secrets(object);
  work.stage = "creating";
  auto creating = rows_->create(work, object);
  co_await creating;
  exchange_->reply(request, {{"id", object.get("id")}});
  if (name != "Cluster") co_return;
  // The create is answered; what follows is work of its own.
  Work next{"start cluster", "validating", work.operation, work.cause};
  exchange_->spawn(std::move(next), [&](Work& running) {
    return start_cluster(running, object.get("id").get<std::string>(), target(request));
  });
}

Task<void> Api::start_cluster(Work& work, std::string id, std::string engine) {
  try {
    auto getting = rows_->get(work, "Cluster", id);
    Object cluster = co_await getting;
    cluster.set("status", "Validating");
    auto saving = rows_->save(work, cluster);
    co_await saving;
    order(work, engine, "provision_cluster", rows_->about("cluster", cluster));
  } catch (const OperationError& error) {
    // Deleted meanwhile, or its conductor is gone: nothing more to do here.
    if (error.type != "Conflict" && error.type != "NotFound" && !error.indeterminate()) throw;
  }
}

Task<void> Api::update(Work& work, Envelope request) {
  const std::string name = request.args.at("object").get<std::string>();
  const Json fields = request.args.at("fields");
  const Object wanted = build(name, fields);
  work.stage = "reading";
  auto getting = rows_->get(work, name, request.args.at("row").get<std::string>());
  Object object = co_await getting;
  refuse_protected(object, fields);
  for (const auto& [key, value] : fields.items()) {
    if (find_field(object.spec(), key)->type.name == "ListOfObjects") {
      object.set_children(key, wanted.children(key));
    } else {
      object.set(key, value);
    }
  }
  const char* secret_at = name == "DataSource" ? "credentials" : "extra";
  if (fields.contains(secret_at)) keep_secrets(object);
  work.stage = "saving";
  auto saving = rows_->save(work, object);
  co_await saving;
  exchange_->reply(request, {{"id", object.get("id")}});
}

Task<void> Api::read(Work& work, Envelope request) {
  const std::string name = request.args.at("object").get<std::string>();
  auto getting = rows_->get(work, name, request.args.at("row").get<std::string>());
  Object object = co_await getting;
  const Json fields = request.args.value("fields", Json::object());
  for (const Json& lazy : fields.value("load", Json::array())) {
    const std::string field = lazy.get<std::string>();
    require(object, field);
    if (object.is_set(field)) continue;
    work.stage = "loading " + field;
    auto loading = rows_->load(work, object, field);
    co_await loading;
  }
  exchange_->reply(request, data(object));
}

Task<void> Api::list(Work& work, Envelope request) {
  const std::string name = request.args.at("object").get<std::string>();
  const Json where = request.args.value("fields", Json::object());
  const Object probe = Object::create(exchange_->registry(), name);
  for (const auto& [key, value] : where.items()) require(probe, key);
  auto listing = rows_->list(work, name, where);
  const std::vector<Object> objects = co_await listing;
  Json result = Json::array();
  for (const Object& object : objects) result.push_back(data(object));
  exchange_->reply(request, std::move(result));
}

Task<void> Api::remove(Work& work, Envelope request) {
  const std::string name = request.args.at("object").get<std::string>();
  auto getting = rows_->get(work, name, request.args.at("row").get<std::string>());
  Object object = co_await getting;
  refuse_protected(object, Json());
  if (name != "Cluster") {
    auto destroying = rows_->remove(work, object);
    co_await destroying;
    exchange_->reply(request, {{"id", request.args.at("row")}});
    co_return;
  }
  Json later = Json::object();  // arguments that not every release has
  const RpcMethod* terminate = exchange_->method("engine", "terminate_cluster");
  const bool forced =
      terminate != nullptr && std::any_of(terminate->args.begin(), terminate->args.end(),
                                          [](const RpcArg& arg) { return arg.name == "force"; });
  if (forced) {
    auto asking = taken("terminate_cluster", {{"force", false}});
    if (co_await asking) later["force"] = false;
  }
  object.set("status", "Deleting");
  auto saving = rows_->save(work, object);
  co_await saving;
  exchange_->reply(request, {{"id", request.args.at("row")}});
  Json args = rows_->about("cluster", object);
  args.update(later);
  order(work, target(request), "terminate_cluster", std::move(args));
}

// Instances chosen by the client: an argument that came late.
Task<void> Api::take_instances(Json args) {
  const char* name = "provision_scaled_cluster";
  const RpcMethod* method = exchange_->method("engine", name);
  const bool known = method != nullptr &&
                     std::any_of(method->args.begin(), method->args.end(),
                                 [](const RpcArg& arg) { return arg.name == "node_group_instance_map"; });
  if (!known)
    throw Refusing{"UnknownField", fmt::format("scale at {} takes no instances", exchange_->release().name)};
  auto asking = taken(name, args);
  if (!co_await asking) throw Refusing{"RPCVersionCapError", exchange_->too_new_for("engine", name, args)};
}

Task<void> Api::scale(Work& work, Envelope request) {
  auto getting = rows_->get(work, "Cluster", request.args.at("row").get<std::string>());
  Object cluster = co_await getting;
  const Json fields = request.args.at("fields");
  if (cluster.get("status") != "Active") {
    throw Refusing{"Conflict", fmt::format("the cluster is {}, not Active", cluster.get("status").dump())};
  }
  refuse_protected(cluster, Json::object());
  const Json instances = fields.value("instances", Json::array());
  Json later = Json::object();
  if (!instances.empty()) {
    later["node_group_instance_map"] = {{fields.at("node_group").get<std::string>(), instances}};
    auto asking = take_instances(later);
    co_await asking;
  }
  auto comparing = refuse_foreign_engine(work, cluster, target(request));
  co_await comparing;
  cluster.set("status", "Validating");
  auto saving = rows_->save(work, cluster);
  co_await saving;
  exchange_->reply(request, {{"id", request.args.at("row")}});
  Json args = rows_->about("cluster", cluster);
  args["node_group_id_map"] = {{fields.at("node_group").get<std::string>(), fields.at("count")}};
  args.update(later);
  order(work, target(request), "provision_scaled_cluster", std::move(args));
}

Task<void> Api::run(Work& work, Envelope request) {
  Json fields = request.args.at("fields");
  Json info = fields.value("info", Json::object());
  if (!info.is_object()) throw Refusing{"ValueError", "JobExecution.info is not an object"};
  info["status"] = "PENDING";
  fields["info"] = info;
  if (hooks_.does("job_execution_info")) behaviours::put_job_execution_info(fields);
  Object job_execution = build("JobExecution", fields);
  auto creating = rows_->create(work, job_execution);
  co_await creating;
  exchange_->reply(request, {{"id", job_execution.get("id")}});
  order(work, target(request), "run_edp_job", rows_->about("job_execution", job_execution));
}

Task<void> Api::signal_run(Work& work, Envelope request, std::string method) {
  auto getting = rows_->get(work, "JobExecution", request.args.at("row").get<std::string>());
  Object job_execution = co_await getting;
  auto asking = taken(method, Json::object());
  if (!co_await asking)
    throw Refusing{"RPCVersionCapError", exchange_->too_new_for("engine", method, Json::object())};
  order(work, target(request), method, rows_->about("job_execution", job_execution));
  exchange_->reply(request, {{"id", request.args.at("row")}});
}

}  // namespace caravan
