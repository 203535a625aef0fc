#include "nodes/roles/conductor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/core/error_type.hpp"
#include "nodes/core/membership.hpp"
#include "nodes/core/pin.hpp"
#include "nodes/core/store_refusal.hpp"
#include "nodes/data/cascades.hpp"
#include "nodes/data/refusals.hpp"
#include "nodes/data/secrets.hpp"
#include "nodes/data/service_records.hpp"
#include "objects/model/serializer.hpp"

namespace caravan::nodes {
namespace {

Manifest manifest_from(const Json& versions) {
  Manifest manifest;
  for (const auto& [name, version] : versions.items()) manifest[name] = version.get<std::string>();
  return manifest;
}

/// At which version the caller, whose manifest it is, takes the class.
const std::string& version_in(const Manifest& manifest, const std::string& object) {
  const auto known = manifest.find(object);
  if (known == manifest.end()) throw Refused("UnsupportedObjectError", "the caller does not know " + object);
  return known->second;
}

/// Whether a node that is on record is given an object at that version or above: it knows it, and no cap of
/// its own is in the way.
bool can_take(const Service& service, const std::string& object, const Version& version, bool heed_caps) {
  const auto at_least = [&](const Manifest& manifest) {
    const auto known = manifest.find(object);
    return known != manifest.end() && !(Version(known->second) < version);
  };
  const Json caps = service.report.value("caps", Json::object());
  const Manifest limits = caps.is_object() ? caps_from(caps).objects : Manifest{};
  return at_least(caps_from(service.report).objects) && (!heed_caps || limits.empty() || at_least(limits));
}

}  // namespace

Conductor::Conductor(const Identity& identity, std::shared_ptr<const Registry> registry, Store& store,
                     std::unique_ptr<const LifeCycle> life_cycle)
    : exchange_(identity, registry,
                std::make_unique<VersionedRpc>(registry->catalog().releases.front(), identity.role)),
      mapping_(registry, store),
      rows_(mapping_, std::move(life_cycle), identity.plant),
      store_(store) {
  migrates_ = identity.modes.option("migrate_on_read") == true;
  if (migrates_) mapping_.migrate_on_read();
  if (identity.plant == "F35") mapping_.list_as_sql();
}

Output Conductor::on(Instant now, const Input& input) {
  exchange_.begin(now);
  wrote_ = false;
  if (input.kind == Input::Kind::start || input.kind == Input::Kind::timer) beat();
  if (input.kind == Input::Kind::reload) keep_record(true);
  if (input.kind == Input::Kind::message) {
    if (input.message.kind == Envelope::Kind::drain) exchange_.start_draining();
    if (input.message.kind == Envelope::Kind::call) take(input.message);
  }
  Output output = exchange_.finish();
  output.wrote = wrote_;
  return output;
}

void Conductor::take(const Envelope& call) {
  caller_ = call.from.substr(0, call.from.find('.'));
  const auto fail = [&](const std::string& type, const std::string& what,
                        const Json& kwargs = Json::object()) {
    store_.rollback();
    wrote_ = false;
    exchange_.refuse(call, type, what, kwargs);
  };
  try {
    if (const auto wrong = exchange_.mismatch(call)) return fail(wrong->type, wrong->answer);
    Json result = serve_again(call);
    exchange_.reply(call, std::move(result));
  } catch (const ObjectError& error) {
    fail(error.type, error.what(), error.kwargs);
  } catch (const Refused& error) {
    fail(error.type, error.what());
  } catch (const StoreError& error) {
    fail(error_of(error).at("type").get<std::string>(), error.what());
    if (!is_busy(error) && error.kind != StoreError::Kind::disk) complain(call, error);
  } catch (const std::exception& error) {
    fail("InternalError", error.what());
    complain(call, error);
  }
}

void Conductor::complain(const Envelope& call, const std::exception& error) {
  const auto method = call.args.find("objmethod");
  const bool named = method != call.args.end() && method->is_string();
  exchange_.trouble(
      fmt::format("{} {}: {}", call.method, named ? method->get<std::string>() : "", error.what()),
      error_type(error), Work{"", "", call.operation, call.id});
}

// A transaction that the database gave up for another one's sake (deadlock) has done nothing yet.
Json Conductor::serve_again(const Envelope& call) {
  for (int attempt = 1;; ++attempt) {
    try {
      return serve(call);
    } catch (const StoreError& error) {
      if (error.kind != StoreError::Kind::busy || attempt == busy_attempts) throw;
      store_.rollback();
      wrote_ = false;
    }
  }
}

Json Conductor::serve(const Envelope& call) {
  if (call.method == "object_action") return action(call.args);
  if (call.method == "object_class_action_versions") return class_action(call.args);
  if (call.method == "object_backport_versions") return backport(call.args);
  if (call.method == "service_update") return service_update(call.args);
  throw Refused("UnknownMethod", "the conductor has no method " + call.method);
}

Json Conductor::service_update(const Json& args) {
  put_service(store_, service_from(args.at("service")), exchange_.now(), heeds_announcements());
  Json services = Json::array();
  for (const Service& service : all_services(store_)) services.push_back(to_json(service));
  return {{"services", std::move(services)}};
}

void Conductor::beat() {
  exchange_.wake(heartbeat_interval);
  keep_record(!joined_);
}

// A conductor asks no other node: it writes its own record, in a separate transaction. Before it is on record
// it serves no node; then the next heartbeat does what this one could not.
void Conductor::keep_record(bool anew) {
  try {
    if (anew) {  // the caps that it uses belong on its record
      if (!joined_) record();
      exchange_.set_caps(caps_for(exchange_.modes(), all_services(store_)));
    }
    record();
    if (!exchange_.pinned()) exchange_.set_caps(caps_for(exchange_.modes(), all_services(store_)));
    store_.commit();
    if (!joined_) exchange_.hello();
    joined_ = true;
  } catch (const StoreError& error) {
    store_.rollback();
    exchange_.log(fmt::format("no heartbeat: {}", error.what()));
    if (!is_busy(error))
      exchange_.trouble(fmt::format("heartbeat: {}: {}", error_type(error), error.what()), error_type(error));
  } catch (const ObjectError& error) {
    store_.rollback();
    exchange_.turned_away(error.what());
  } catch (const std::exception& error) {
    store_.rollback();
    exchange_.trouble(fmt::format("heartbeat: {}", error.what()), error_type(error));
  }
}

void Conductor::record() {
  const Identity& identity = exchange_.identity();
  Service service = service_of(identity.node, identity.role, exchange_.release(), identity.incarnation);
  service.report["caps"] = to_json(exchange_.caps());
  put_service(store_, service, exchange_.now(), heeds_announcements());
}

// The object at the versions that the caller knows.
Json Conductor::to_caller(const Object& object, const Json& versions) const {
  const Manifest asked = manifest_from(versions);
  const std::string& known = version_in(asked, object.name());
  if (caller_ == "engine") refuse_work(object, "run", asked);
  Json primitive;
  if (exchange_.pinned()) {
    primitive = capped(object, capped(asked, exchange_.caps().objects));
  } else if (Version(object.version()) < Version(known)) {
    primitive = object.to_primitive();
  } else {
    primitive = object.to_primitive(known, &asked);
  }
  if (caller_ == "api") withhold_secrets(mapping_.registry()->catalog(), primitive);
  return primitive;
}

Json Conductor::class_action(const Json& args) {
  const std::string name = args.at("objname").get<std::string>();
  const std::string method = args.at("objmethod").get<std::string>();
  const Json& versions = args.at("object_versions");
  const Json kwargs = args.value("kwargs", Json::object());
  if (!migrates_) store_.begin_read();
  if (method == "get") return to_caller(mapping_.read(name, kwargs.at("id").get<std::string>()), versions);
  if (method == "list") {
    Json result = Json::array();
    for (const Object& object : mapping_.list(name, kwargs)) result.push_back(to_caller(object, versions));
    return result;
  }
  throw Refused("UnknownMethod", fmt::format("{} has no class method {}", name, method));
}

Json Conductor::backport(const Json& args) {
  const Object object = rows_.read_object(args.at("objinst"), false);
  const Manifest manifest = manifest_from(args.at("object_versions"));
  const std::string& target = version_in(manifest, object.name());
  store_.begin_read();
  if (caller_ == "engine") refuse_work(object, "engine", manifest);
  return primitive_of(object, target, &manifest);
}

Json Conductor::action(const Json& args) {
  const Json& primitive = args.at("objinst");
  const std::string method = args.at("objmethod").get<std::string>();
  const Sent sent = rows_.receive(primitive);
  const Object& object = sent.object;
  const Json nothing = {{"obj_what_changed", Json::array()}};
  if (method == "create") {
    Json updates = rows_.create(sent, exchange_.now());
    wrote_ = true;
    return {{"updates", std::move(updates)}, {"result", nullptr}};
  }
  if (method == "save") {
    const Object stored = mapping_.read(object.name(), object.get("id").get<std::string>());
    refuse_older(stored, "update", sent.label);
    if (rows_.save(sent, stored, exchange_.now())) wrote_ = true;
    return {{"updates", nothing}, {"result", nullptr}};
  }
  if (method == "destroy") {
    destroy(object, sent.label);
    return {{"updates", nothing}, {"result", nullptr}};
  }
  if (method == "obj_load_attr") {
    const std::string field = args.at("args").at(0).get<std::string>();
    const std::string changes = mapping_.registry()->catalog().serial_namespace + ".changes";
    Json loaded = mapping_.load(object.name(), object.get("id").get<std::string>(), field);
    if (caller_ == "api") withhold_secrets(mapping_.registry()->catalog(), loaded);
    return {
        {"updates",
         {{field, std::move(loaded)},
          {"obj_what_changed", sent.primitive.value(changes, Json::array())}}},  // loading changes nothing
        {"result", nullptr}};
  }
  throw Refused("UnknownMethod", fmt::format("{} has no method {}", object.name(), method));
}

// What an older api would not notice: the check lives in newer code.
void Conductor::refuse_older(const Object& stored, const std::string& act, const std::string& label) const {
  if (caller_ != "api") return;
  if (const auto refused = refusal_of(stored, act, {{stored.name(), label}}))
    throw Refused("ActRefused", refused->why);
}

// Work that an older engine would do otherwise, while there is one that would not.
void Conductor::refuse_work(const Object& object, const std::string& act, const Manifest& known) const {
  const auto refused = refusal_of(object, act, known);
  if (!refused) return;
  const bool planted = exchange_.identity().plant == "F38";  // what engines know counts, not their caps
  for (const Service& service : all_services(store_)) {
    if (service.role != "engine") continue;
    if (can_take(service, refused->object, refused->below, !planted))
      throw Refused("ActRefused", refused->why);
  }
}

void Conductor::destroy(const Object& object, const std::string& label) {
  const std::string id = object.get("id").get<std::string>();
  if (caller_ == "api" && !mapping_.history(object.name()).refusals.empty())
    refuse_older(mapping_.read(object.name(), id), "delete", label);
  wrote_ = true;
  destroy_row(mapping_, object.name(), id, exchange_.now());
}

}  // namespace caravan::nodes
