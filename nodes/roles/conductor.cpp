#include "nodes/roles/conductor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nodes/core/commit.hpp"
#include "nodes/core/membership.hpp"
#include "nodes/core/pin.hpp"
#include "nodes/data/cascades.hpp"
#include "nodes/data/refusals.hpp"
#include "nodes/data/secrets.hpp"
#include "nodes/data/service_records.hpp"
#include "objects/model/remotable.hpp"

namespace caravan {
namespace {

Manifest manifest_from(const Json& versions) {
  Manifest manifest;
  for (const auto& [name, version] : versions.items()) manifest[name] = version.get<std::string>();
  return manifest;
}

// A Json field of which one key has a rule of its own ("info.status"): field -> key.
std::map<std::string, std::string> ruled_keys(const Catalog& catalog, const std::string& name) {
  std::map<std::string, std::string> keys;
  for (const ClassSpec& spec : catalog.classes) {
    if (spec.name != name || !spec.compat) continue;
    for (const Rule& rule : spec.compat->rules) {
      const auto dot = rule.field.find('.');
      if (dot != std::string::npos) keys[rule.field.substr(0, dot)] = rule.field.substr(dot + 1);
    }
  }
  return keys;
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

Conductor::Conductor(const Identity& identity, std::shared_ptr<const Registry> registry, Store& store)
    : exchange_(identity, registry,
                std::make_unique<VersionedRpc>(registry->catalog().releases.front(), identity.role)),
      mapping_(registry, store),
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
    if (!is_busy(error) && error.kind != StoreError::Kind::disk) complain(call, error.what());
  } catch (const std::exception& error) {
    fail("InternalError", error.what());
    complain(call, error.what());
  }
}

void Conductor::complain(const Envelope& call, const char* what) {
  const auto method = call.args.find("objmethod");
  const bool named = method != call.args.end() && method->is_string();
  exchange_.trouble(fmt::format("{} {}: {}", call.method, named ? method->get<std::string>() : "", what));
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

// A conductor asks nobody: it writes its own record, in a transaction of its own. Before it is on record it
// serves nobody; then the next heartbeat does what this one could not.
void Conductor::keep_record(bool anew) {
  try {
    if (anew) {  // what it goes by belongs on its record
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
      exchange_.trouble(
          fmt::format("heartbeat: {}: {}", error_of(error).at("type").get<std::string>(), error.what()));
  } catch (const ObjectError& error) {
    store_.rollback();
    exchange_.turned_away(error.what());
  } catch (const std::exception& error) {
    store_.rollback();
    exchange_.trouble(fmt::format("heartbeat: {}", error.what()));
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
  const auto known = asked.find(object.name());
  if (known == asked.end())
    throw Refused("UnsupportedObjectError", "the caller does not know " + object.name());
  if (caller_ == "engine") refuse_work(object, "run", asked);
  Json primitive;
  if (exchange_.pinned()) {
    primitive = capped(object, capped(asked, exchange_.caps().objects));
  } else if (Version(object.version()) < Version(known->second)) {
    primitive = object.to_primitive();
  } else {
    primitive = object.to_primitive(known->second, &asked);
  }
  if (caller_ == "api") withhold_secrets(mapping_.registry()->catalog(), primitive);
  return primitive;
}

// An object that arrived. One that is newer than this conductor goes back as IncompatibleObjectVersion.
Object Conductor::argument(const Json& primitive, bool forward) const {
  Deserializer reading({mapping_.registry(), std::nullopt, false, forward}, primitive);
  reading.run();
  if (const Object* object = reading.result().maybe<Object>()) return *object;
  throw ObjectError("ValueError", "not the primitive of an object");
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
  const Object object = argument(args.at("objinst"), false);
  const Manifest manifest = manifest_from(args.at("object_versions"));
  const auto target = manifest.find(object.name());
  if (target == manifest.end())
    throw Refused("UnsupportedObjectError", "the caller does not know " + object.name());
  store_.begin_read();
  if (caller_ == "engine") refuse_work(object, "engine", manifest);
  return primitive_of(object, target->second, &manifest);
}

Json Conductor::action(const Json& args) {
  const Json& sent = args.at("objinst");
  const std::string method = args.at("objmethod").get<std::string>();
  const Object object = argument(sent, true);
  if (method == "create") return create(object, sent);
  if (method == "save") return save(object, sent);
  if (method == "destroy") {
    destroy(object, sent.at(mapping_.registry()->catalog().serial_namespace + ".version").get<std::string>());
    return {{"updates", {{"obj_what_changed", Json::array()}}}, {"result", nullptr}};
  }
  if (method == "obj_load_attr") {
    const std::string field = args.at("args").at(0).get<std::string>();
    const std::string changes = mapping_.registry()->catalog().serial_namespace + ".changes";
    Json loaded = mapping_.load(object.name(), object.get("id").get<std::string>(), field);
    if (caller_ == "api") withhold_secrets(mapping_.registry()->catalog(), loaded);
    return {{"updates",
             {{field, std::move(loaded)},
              {"obj_what_changed", sent.value(changes, Json::array())}}},  // loading changes nothing
            {"result", nullptr}};
  }
  throw Refused("UnknownMethod", fmt::format("{} has no method {}", object.name(), method));
}

// `sent` is its primitive as it came: the object itself has been brought forward.
void Conductor::insert_tree(const Object& object, const Json& sent) {
  const ClassSpec& spec = mapping_.spec(object.name());
  const ClassHistory& history = mapping_.history(object.name());
  const Catalog& catalog = mapping_.registry()->catalog();
  const Version label(sent.at(catalog.serial_namespace + ".version").get<std::string>());
  Row row;
  for (const FieldSpec& field : spec.fields) {
    if (field.type.name == "ListOfObjects") continue;
    Json value;
    if (object.is_set(field.name)) {
      value = object.get(field.name);
    } else if (field.create_default) {
      // An older writer cannot have meant the default of a field that it does not know: what absence means is
      // stored.
      const Contract* contract = catalog.contract(object.name(), field.name);
      const bool unknown_to_writer = contract != nullptr && contract->since && label < *contract->since;
      value = unknown_to_writer && contract->absent_means ? *contract->absent_means : *field.create_default;
    }
    row.merge(mapping_.columns(spec, field, value));
  }
  if (row.count("created_at") != 0) row["created_at"] = database_time(exchange_.now());
  const Json id = object.get("id");
  mapping_.insert(spec, row);
  for (const FieldSpec& field : spec.fields) {
    if (field.type.name != "ListOfObjects" || !object.is_set(field.name)) continue;
    const RowMapping::Link link = mapping_.link(history, field.name);
    if (link.association) {
      mapping_.associate(history, field.name, id.get<std::string>(), object.children(field.name));
      continue;
    }
    auto sent_child = sent.at(catalog.serial_namespace + ".data").at(field.name).begin();
    for (Object child : object.children(field.name)) {
      child.set(link.child_column, id);
      insert_tree(child, *sent_child++);
    }
  }
}

Json Conductor::create(const Object& object, const Json& sent) {
  const std::string prefix = mapping_.registry()->catalog().serial_namespace;
  const std::string label = sent.at(prefix + ".version").get<std::string>();
  const std::string id = object.get("id").get<std::string>();
  // The first statement opens the transaction: the columns that follow are those of one schema, also when a
  // migration commits beside it.
  if (store_.get(mapping_.spec(object.name()).table, id)) {
    throw Refused("DuplicateId", fmt::format("{} {} exists already", object.name(), id));
  }
  // A create that comes late, or again, does not bring back what went with its owner's end.
  const std::string ended = exchange_.identity().plant == "F37" ? "" : ended_owner(mapping_, object);
  if (!ended.empty()) throw Refused("Conflict", ended);
  wrote_ = true;
  insert_tree(object, sent);
  // What the conductor filled in goes back in the caller's terms; children are as they were sent.
  const Manifest manifest{{object.name(), label}};
  const Object before = argument(sent, false);
  const Object after = argument(mapping_.read(object.name(), id).to_primitive(label, &manifest), false);
  reset_changes(after, {}, false);
  for (const FieldSpec& field : after.spec().fields)
    if (field.type.name == "ListOfObjects" && after.is_set(field.name)) unset(after, field.name);
  return {{"updates", updates_since(before, after)}, {"result", nullptr}};
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
  const bool planted = exchange_.identity().plant == "F38";  // what engines know counts, not what they go by
  for (const Service& service : all_services(store_)) {
    if (service.role != "engine") continue;
    if (can_take(service, refused->object, refused->below, !planted))
      throw Refused("ActRefused", refused->why);
  }
}

Json Conductor::save(const Object& object, const Json& sent) {
  const std::string prefix = mapping_.registry()->catalog().serial_namespace;
  const std::string name = object.name();
  const std::string id = object.get("id").get<std::string>();
  const ClassSpec& spec = mapping_.spec(name);
  const std::vector<std::string> changed = object.what_changed();
  const Object stored = mapping_.read(name, id);
  // A write of an older peer is a delta against the backport of the stored row.
  const std::string label = sent.at(prefix + ".version").get<std::string>();
  refuse_older(stored, "update", label);
  const bool older = Version(label) < Version(stored.version());
  Json seen = Json::object();
  if (older && !changed.empty()) {
    // Children are not part of the delta; giving them no manifest entry leaves them out of the conversion.
    const Manifest manifest{{name, label}};
    seen = Object::forward(*mapping_.registry(), stored.to_primitive(label, &manifest)).at(prefix + ".data");
  }
  const auto keys = ruled_keys(mapping_.registry()->catalog(), name);
  Row row;
  for (const std::string& field_name : changed) {
    const auto field = std::find_if(spec.fields.begin(), spec.fields.end(),
                                    [&](const FieldSpec& candidate) { return candidate.name == field_name; });
    if (field == spec.fields.end() || !object.is_set(field_name)) continue;
    if (field->type.name == "ListOfObjects") {
      if (!mapping_.link(mapping_.history(name), field_name).association) {
        throw Refused("ObjectActionError",
                      fmt::format("{}.{}: children are saved one by one", name, field_name));
      }
      wrote_ = true;
      mapping_.associate(mapping_.history(name), field_name, id, object.children(field_name));
      continue;
    }
    Json value = object.get(field_name);
    if (older && seen.contains(field_name)) {
      if (seen.at(field_name) == value) continue;
      const auto key = keys.find(field_name);
      if (key != keys.end() && value.is_object() && seen.at(field_name).is_object() &&
          value.contains(key->second) && seen.at(field_name).contains(key->second) &&
          value.at(key->second) == seen.at(field_name).at(key->second)) {
        value[key->second] = stored.get(field_name).at(key->second);
      }
    }
    if (field_name == "status" || field_name == "info") {
      check_transition(name, stored.is_set(field_name) ? stored.get(field_name) : Json(), value);
    }
    row.merge(mapping_.columns(spec, *field, value));
  }
  if (exchange_.identity().plant == "F23" && older) {
    // Planted: the older object is written as a whole row, with NULL for what it does not know.
    for (const FieldSpec& field : spec.fields) {
      const bool kept =
          field.name == "id" || field.name == "created_at" || field.type.name == "ListOfObjects";
      if (kept || !field.column || !field.column->nullable || row.count(field.name) != 0) continue;
      row.merge(mapping_.columns(spec, field, object.is_set(field.name) ? object.get(field.name) : Json()));
    }
  }
  Json updates = {{"obj_what_changed", Json::array()}};
  if (!row.empty()) {
    row["updated_at"] = database_time(exchange_.now());
    wrote_ = true;
    mapping_.update(spec, id, row);
  }
  apply_consequences(mapping_, name, id, "save", exchange_.now());
  return {{"updates", std::move(updates)}, {"result", nullptr}};
}

void Conductor::destroy(const Object& object, const std::string& label) {
  if (caller_ == "api" && !mapping_.history(object.name()).refusals.empty())
    refuse_older(mapping_.read(object.name(), object.get("id").get<std::string>()), "delete", label);
  wrote_ = true;
  destroy_row(mapping_, object.name(), object.get("id").get<std::string>(), exchange_.now());
}

// The life cycles of the history are compare-and-set: a status that does not follow from the stored one is
// refused.
void Conductor::check_transition(const std::string& name, const Json& before, const Json& after) const {
  const bool cluster = name == "Cluster";
  if (!cluster && name != "JobExecution") return;
  const auto status = [&](const Json& value) -> std::string {
    const Json found = cluster ? value : value.is_object() ? value.value("status", Json()) : Json();
    return found.is_string() ? found.get<std::string>() : "";
  };
  const std::string from = status(before), to = status(after);
  if (from.empty() || from == to || to.empty()) return;
  for (const Transition& step : mapping_.registry()->catalog().transitions) {
    if ((step.life == "job_execution") == cluster || step.to != to) continue;
    // "Deleting" is absorbing: only what starts from it by name may follow.
    if (step.from == from || (step.from == "*" && from != "Deleting")) return;
  }
  throw Refused("Conflict", fmt::format("{} cannot go from {} to {}", name, from, to));
}

}  // namespace caravan
