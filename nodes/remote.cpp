#include "nodes/remote.hpp"

#include <fmt/format.h>

namespace caravan {
namespace {

// A call without a reply may or may not have had its effect. Engines ask again, since nobody waits for them
// and every conductor method can be repeated; an api's client has given up by then.
int attempts(const Exchange& exchange) { return exchange.identity().role == "engine" ? 3 : 1; }

Task<Reply> ask(Exchange& exchange, const Work& work, std::string method, Json args, std::string forgiven) {
  for (int attempt = 1;; ++attempt) {
    auto pending = exchange.call(work, "conductor", method, args);
    Reply reply = co_await pending;
    if (reply.timed_out) {
      if (attempt < attempts(exchange)) continue;
      throw RemoteError("", fmt::format("no reply to {} in time", method));
    }
    if (!reply.error.is_null()) {
      const std::string type = reply.error.value("type", "?");
      if (attempt > 1 && type == forgiven) co_return Reply{Json::object(), {}, reply.from, false};
      throw RemoteError(type, reply.error.value("message", "?"));
    }
    co_return reply;
  }
}

bool too_new(const std::shared_ptr<const Registry>& registry, const Json& primitive) {
  try {
    Object::from_primitive(registry, Object::forward(*registry, primitive));
    return false;
  } catch (const ObjectError& error) {
    if (error.type != "IncompatibleObjectVersion") throw;
    return true;
  }
}

void apply_updates(const Object& object, const Json& updates) {
  for (const auto& [field, value] : updates.items()) {
    bool known = false;
    for (const FieldSpec& spec : object.spec().fields) known = known || spec.name == field;
    if (known) Object(object).set(field, value);
  }
  Object(object).reset_changes();
}

}  // namespace

Task<Object> receive(Exchange& exchange, const Work& work, Json primitive) {
  const Registry& registry = *exchange.registry();
  const std::string key = registry.catalog().serial_namespace + ".name";
  if (!primitive.is_object() || !primitive.contains(key))
    throw ObjectError("ValueError", "not the primitive of an object");
  const std::string name = primitive.at(key).get<std::string>();
  std::string avoid;
  for (int attempt = 1; too_new(exchange.registry(), primitive); ++attempt) {
    if (attempt > 3) throw RemoteError("IncompatibleObjectVersion", "no conductor could backport " + name);
    Json args = {{"objinst", primitive}, {"object_versions", registry.manifest(name)}};
    auto pending = exchange.call(work, "conductor", "object_backport_versions", args, avoid);
    Reply reply = co_await pending;
    if (reply.timed_out) continue;
    if (!reply.error.is_null()) {
      const std::string type = reply.error.value("type", "?");
      if (type != "IncompatibleObjectVersion") throw RemoteError(type, reply.error.value("message", "?"));
      avoid = reply.from.substr(0, reply.from.find('#'));
      continue;
    }
    primitive = reply.result;
  }
  co_return Object::from_primitive(exchange.registry(), Object::forward(registry, primitive));
}

Task<Object> remote_get(Exchange& exchange, const Work& work, std::string name, std::string id) {
  Json args = {{"objname", name},
               {"objmethod", "get"},
               {"object_versions", exchange.registry()->manifest(name)},
               {"args", Json::array()},
               {"kwargs", {{"id", id}}}};
  auto asking = ask(exchange, work, "object_class_action_versions", std::move(args), "");
  Reply reply = co_await asking;
  auto receiving = receive(exchange, work, std::move(reply.result));
  Object object = co_await receiving;
  co_return object;
}

Task<std::vector<Object>> remote_list(Exchange& exchange, const Work& work, std::string name, Json where) {
  Json args = {{"objname", name},
               {"objmethod", "list"},
               {"object_versions", exchange.registry()->manifest(name)},
               {"args", Json::array()},
               {"kwargs", std::move(where)}};
  auto asking = ask(exchange, work, "object_class_action_versions", std::move(args), "");
  Reply reply = co_await asking;
  std::vector<Object> objects;
  for (const Json& primitive : reply.result) {
    auto receiving = receive(exchange, work, primitive);
    Object object = co_await receiving;
    objects.push_back(object);
  }
  co_return objects;
}

Task<void> remote_action(Exchange& exchange, const Work& work, Object object, std::string method) {
  Json args = {{"objinst", object.to_primitive()},
               {"objmethod", method},
               {"args", Json::array()},
               {"kwargs", Json::object()}};
  auto asking = ask(exchange, work, "object_action", std::move(args),
                    method == "create"    ? "DuplicateId"
                    : method == "destroy" ? "NotFound"
                                          : "");
  Reply reply = co_await asking;
  apply_updates(object,
                reply.result.is_object() ? reply.result.value("updates", Json::object()) : Json::object());
}

Task<void> remote_load(Exchange& exchange, const Work& work, Object object, std::string field) {
  Json args = {{"objinst", object.to_primitive()},
               {"objmethod", "obj_load_attr"},
               {"args", Json::array({field})},
               {"kwargs", Json::object()}};
  auto asking = ask(exchange, work, "object_action", std::move(args), "");
  Reply reply = co_await asking;
  Json value =
      reply.result.is_object() ? reply.result.value("updates", Json::object()).value(field, Json()) : Json();
  if (value.is_array() && !value.empty() && value.front().is_object() &&
      value.front().contains(exchange.registry()->catalog().serial_namespace + ".name")) {
    Json items = Json::array();
    for (const Json& item : value) {
      auto receiving = receive(exchange, work, item);
      Object child = co_await receiving;
      items.push_back(child.to_primitive());
    }
    value = std::move(items);
  }
  object.set(field, value);
  object.reset_changes();
}

}  // namespace caravan
