#include "nodes/data/remote_rows.hpp"

#include <fmt/format.h>

#include <functional>
#include <optional>

#include "nodes/core/pin.hpp"
#include "nodes/data/direct_rows.hpp"
#include "objects/model/remotable.hpp"

namespace caravan {
namespace {

// A call without a reply may or may not have had its effect. Engines ask again, since nobody waits for them
// and every conductor method can be repeated; an api's client has given up by then.
int attempts(const Exchange& exchange) { return exchange.identity().role == "engine" ? 3 : 1; }

/// Whether who began to ask then still asks again while another writer is in the way. Nothing has happened,
/// so nothing is lost but time: an engine has it, an api answers its client before it is too late.
bool has_time(const Exchange& exchange, Instant since) {
  const Instant patience = exchange.identity().role == "engine" ? work_patience : call_deadline * 2 / 5;
  return exchange.now() - since < patience;
}

/// `forgiven`: an error that means, from the second attempt on, that an earlier one had its effect.
Task<Json> ask(Exchange& exchange, const Work& work, ConductorCall call, std::string forgiven) {
  const Instant since = exchange.now();
  for (int attempt = 1;; ++attempt) {
    auto pending = exchange.call(work, "conductor", call.method, call.args);
    Reply reply = co_await pending;
    if (reply.timed_out) {
      if (attempt < attempts(exchange)) continue;
      throw RemoteError("", fmt::format("no reply to {} in time", call.method));
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
      throw RemoteError(type, reply.error.value("message", "?"));
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
    if (type != "IncompatibleObjectVersion") throw RemoteError(type, reply.error.value("message", "?"));
    avoid = reply.from.substr(0, reply.from.find('#'));
  }
  throw RemoteError("IncompatibleObjectVersion", "no conductor could backport the object");
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

/// Makes the calls that an operation of the object layer waits for, until it waits no more. `object` is the
/// one that is acted on.
template <class Operation>
Task<void> carry_out(Exchange& exchange, const Work& work, Operation& operation,
                     const Object* object = nullptr, std::string forgiven = {}) {
  Json refused;
  while (auto call = operation.run()) {
    if (call->method == "object_backport_versions") {
      if (exchange.modes().compat == Compatibility::none)
        throw RemoteError("IncompatibleObjectVersion", "what came is newer than " + exchange.release().name);
      if (call->args == refused)
        throw RemoteError("IncompatibleObjectVersion", "the backport is as new as what was sent");
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

/// This process's own transaction, in a turn of its own; again while another writer is in the way.
Task<void> transact(Exchange& exchange, std::function<void()> work) {
  const Instant since = exchange.now();
  for (bool again = true; again;) {
    auto turn = exchange.turn();
    co_await turn;
    try {
      work();
      again = false;
    } catch (const RemoteError& error) {
      if (error.type != "DatabaseBusy" || !has_time(exchange, since)) throw;
    }
    if (!again) co_return;
    auto pausing = exchange.pause();
    co_await pausing;
  }
}

Reader reader(const Exchange& exchange, const Work& work) {
  return {exchange.registry(), work.operation, true, true};
}

Object the_object(const Value& arrived) {
  if (const Object* object = arrived.maybe<Object>()) return *object;
  throw ObjectError("ValueError", "not the primitive of an object");
}

}  // namespace

Json about(const Exchange& exchange, const std::string& name, const Object& object) {
  if (exchange.direct() != nullptr) return {{name + "_id", object.get("id")}};
  return {{name, exchange.outgoing(object)}};
}

Task<Object> receive_about(Exchange& exchange, const Work& work, std::string name, Json args) {
  if (exchange.direct() != nullptr) {
    auto getting = remote_get(exchange, work, name == "cluster" ? "Cluster" : "JobExecution",
                              args.at(name + "_id").get<std::string>());
    co_return co_await getting;
  }
  auto receiving = receive(exchange, work, args.at(name));
  co_return co_await receiving;
}

Task<Object> receive(Exchange& exchange, const Work& work, Json primitive) {
  Deserializer reading(reader(exchange, work), std::move(primitive));
  auto carrying = carry_out(exchange, work, reading);
  co_await carrying;
  co_return the_object(reading.result());
}

Task<Object> remote_get(Exchange& exchange, const Work& work, std::string name, std::string id) {
  if (Direct* direct = exchange.direct()) {
    std::optional<Object> found;
    auto reading = transact(exchange, [&] { found = direct->get(name, id); });
    co_await reading;
    co_return *found;
  }
  RemotableCall getting(reader(exchange, work), name, "get", Json::array(), {{"id", id}});
  auto carrying = carry_out(exchange, work, getting);
  co_await carrying;
  co_return the_object(getting.result());
}

Task<std::vector<Object>> remote_list(Exchange& exchange, const Work& work, std::string name, Json where) {
  if (Direct* direct = exchange.direct()) {
    std::vector<Object> found;
    auto reading = transact(exchange, [&] { found = direct->list(name, where); });
    co_await reading;
    co_return found;
  }
  RemotableCall listing(reader(exchange, work), name, "list", Json::array(), std::move(where));
  auto carrying = carry_out(exchange, work, listing);
  co_await carrying;
  const std::vector<Value>* items = sequence(listing.result());
  if (items == nullptr) throw ObjectError("ValueError", "not a list of objects");
  std::vector<Object> objects;
  for (const Value& item : *items) objects.push_back(the_object(item));
  co_return objects;
}

Task<void> remote_action(Exchange& exchange, const Work& work, Object object, std::string method) {
  if (Direct* direct = exchange.direct()) {
    auto writing = transact(exchange, [&] {
      if (method == "create") direct->create(object, exchange.now());
      if (method == "save") direct->save(object, exchange.now());
      if (method == "destroy") direct->destroy(object, exchange.now());
    });
    co_await writing;
    object.reset_changes();
    co_return;
  }
  if (!object.impl().context) object.impl().context = work.operation;
  RemotableCall acting(reader(exchange, work), object, method);
  auto carrying = carry_out(exchange, work, acting, &object,
                            method == "create"    ? "DuplicateId"
                            : method == "destroy" ? "NotFound"
                                                  : "");
  co_await carrying;
}

Task<void> remote_load(Exchange& exchange, const Work& work, Object object, std::string field) {
  if (Direct* direct = exchange.direct()) {
    auto loading = transact(exchange, [&] { direct->load(object, field); });
    co_await loading;
    co_return;
  }
  LazyLoad loading(reader(exchange, work), object, field);
  auto carrying = carry_out(exchange, work, loading, &object);
  co_await carrying;
}

}  // namespace caravan
