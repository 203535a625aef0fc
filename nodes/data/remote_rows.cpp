#include "nodes/data/remote_rows.hpp"

#include <fmt/format.h>

#include <optional>

#include "nodes/core/pin.hpp"
#include "objects/model/remotable.hpp"

namespace caravan::nodes {
namespace {

// A call without a reply may or may not have had its effect. Engines ask again, since nobody waits for them
// and every conductor method can be repeated; an api's client has given up by then.
int attempts(const Exchange& exchange) { return exchange.identity().role == "engine" ? 3 : 1; }

/// `forgiven`: an error that means, from the second attempt on, that an earlier one had its effect.
Task<Json> ask(Exchange& exchange, const Work& work, ConductorCall call, std::string forgiven) {
  const Instant since = exchange.now();
  for (int attempt = 1;; ++attempt) {
    auto pending = exchange.call(work, "conductor", call.method, call.args);
    Reply reply = co_await pending;
    if (reply.timed_out) {
      if (attempt < attempts(exchange)) continue;
      throw OperationError("", fmt::format("no reply to {} in time", call.method));
    }
    if (!reply.error.is_null()) {
      const std::string type = reply.error.value("type", "?");
      if (type == "DatabaseBusy" && has_time(exchange, since)) {
        auto pausing = exchange.pause();
        co_await pausing;
        --attempt;  // it did nothing
        continue;
      }
      if (attempt > 1 && type == forgiven) co_return Json::object();
      throw OperationError(type, reply.error.value("message", "?"));
    }
    co_return std::move(reply.result);
  }
}

/// Backports change nothing, so another conductor may be asked: one that is older than the object cannot
/// help.
Task<Json> ask_for_backport(Exchange& exchange, const Work& work, ConductorCall call) {
  std::string avoid;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    auto pending = exchange.call(work, "conductor", call.method, call.args, avoid);
    Reply reply = co_await pending;
    if (reply.timed_out) continue;
    if (reply.error.is_null()) co_return std::move(reply.result);
    const std::string type = reply.error.value("type", "?");
    if (type != "IncompatibleObjectVersion") throw OperationError(type, reply.error.value("message", "?"));
    avoid = reply.from.substr(0, reply.from.find('#'));
  }
  throw OperationError("IncompatibleObjectVersion", "no conductor could backport the object");
}

/// Nothing leaves a pinned node above its caps, and nothing above them is asked for.
void cap(const Exchange& exchange, const Object* object, ConductorCall& call) {
  if (object != nullptr) {
    call.args["objinst"] = exchange.outgoing(*object);
  } else {
    const auto asked = call.args.at("object_versions").get<Manifest>();
    call.args["object_versions"] = capped(asked, exchange.caps().objects);
  }
}

/// Makes the calls that an operation of the object layer waits for, until it no longer waits. `object` is the
/// one that is acted on.
template <class Operation>
Task<void> carry_out(Exchange& exchange, const Work& work, Operation& operation,
                     const Object* object = nullptr, std::string forgiven = {}) {
  Json refused;
  while (auto call = operation.run()) {
    if (call->method == "object_backport_versions") {
      if (exchange.modes().compat == Compatibility::none)
        throw OperationError("IncompatibleObjectVersion",
                             "what came is newer than " + exchange.release().name);
      if (call->args == refused)
        throw OperationError("IncompatibleObjectVersion", "the backport is as new as what was sent");
      refused = call->args;
      auto asking = ask_for_backport(exchange, work, std::move(*call));
      operation.answer(co_await asking);
    } else {
      if (exchange.pinned()) cap(exchange, object, *call);
      auto asking = ask(exchange, work, std::move(*call), forgiven);
      operation.answer(co_await asking);
    }
  }
}

Reader reader(const Exchange& exchange, const Work& work) {
  return {exchange.registry(), work.operation, true, true};
}

Object the_object(const Value& arrived) {
  if (const Object* object = arrived.maybe<Object>()) return *object;
  throw ObjectError("ValueError", "not the primitive of an object");
}

/// A remotable method of an instance; the updates that come back are applied.
Task<void> act(Exchange& exchange, const Work& work, Object object, std::string method,
               std::string forgiven) {
  if (!object.impl().context) object.impl().context = work.operation;
  RemotableCall acting(reader(exchange, work), object, method);
  auto carrying = carry_out(exchange, work, acting, &object, forgiven);
  co_await carrying;
}

}  // namespace

Task<Object> RemoteRows::receive(const Work& work, RpcArg argument, Json args) {
  Deserializer reading(reader(exchange_, work), args.at(argument.name));
  auto carrying = carry_out(exchange_, work, reading);
  co_await carrying;
  co_return the_object(reading.result());
}

Task<Object> RemoteRows::get(const Work& work, std::string name, std::string id) {
  RemotableCall getting(reader(exchange_, work), name, "get", Json::array(), {{"id", id}});
  auto carrying = carry_out(exchange_, work, getting);
  co_await carrying;
  co_return the_object(getting.result());
}

Task<std::optional<Object>> RemoteRows::find(const Work& work, std::string name, std::string id) {
  std::optional<Object> found;
  try {
    auto getting = get(work, name, id);
    found = co_await getting;
  } catch (const OperationError& error) {
    if (error.indeterminate() || error.type == "NotFound" || error.type == "DatabaseBusy") throw;
  } catch (const ObjectError&) {  // nobody can tell it: nothing
  }
  co_return found;
}

Task<std::vector<Object>> RemoteRows::list(const Work& work, std::string name, Json where) {
  RemotableCall listing(reader(exchange_, work), name, "list", Json::array(), std::move(where));
  auto carrying = carry_out(exchange_, work, listing);
  co_await carrying;
  const std::vector<Value>* items = sequence(listing.result());
  if (items == nullptr) throw ObjectError("ValueError", "not a list of objects");
  std::vector<Object> objects;
  for (const Value& item : *items) objects.push_back(the_object(item));
  co_return objects;
}

Task<void> RemoteRows::create(const Work& work, Object object) {
  return act(exchange_, work, std::move(object), "create", "DuplicateId");
}

Task<void> RemoteRows::save(const Work& work, Object object) {
  return act(exchange_, work, std::move(object), "save", "");
}

Task<void> RemoteRows::remove(const Work& work, Object object) {
  return act(exchange_, work, std::move(object), "destroy", "NotFound");
}

Task<void> RemoteRows::load(const Work& work, Object object, std::string field) {
  LazyLoad loading(reader(exchange_, work), object, field);
  auto carrying = carry_out(exchange_, work, loading, &object);
  co_await carrying;
}

}  // namespace caravan::nodes
