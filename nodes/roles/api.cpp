#include "nodes/roles/api.hpp"

#include <fmt/format.h>

#include <exception>

#include "nodes/core/refused.hpp"

namespace caravan::nodes {

namespace {

/// Empty, or why it is not a request. Clients' values are for the classes to check.
std::string malformed(const Json& args) {
  for (const char* text : {"object", "row", "engine"}) {
    const auto found = args.find(text);
    if (found != args.end() && !found->is_string()) return fmt::format("{} is not a text", text);
  }
  const auto fields = args.find("fields");
  if (fields != args.end() && !fields->is_object()) return "fields is not an object";
  const std::string engine = args.value("engine", "");
  if (!engine.empty() && role_of(engine) != Role::engine) return engine + " is not an engine";
  return {};
}

}  // namespace

Output Api::on(Instant now, const Input& input) {
  exchange_->begin(now);
  if (input.kind == Input::Kind::start) membership_.join();
  if (input.kind == Input::Kind::reload) exchange_->log("an api does not reload; restart it");
  if (input.kind == Input::Kind::timer) exchange_->on_timer(input.timer);
  if (input.kind == Input::Kind::message) {
    const Envelope& message = input.message;
    if (message.kind == Envelope::Kind::reply) exchange_->on_reply(message);
    if (message.kind == Envelope::Kind::drain) exchange_->start_draining();
    if (message.kind == Envelope::Kind::request) {
      const Json object = message.args.value("object", Json());
      Work work{fmt::format("{} {}", message.method, object.is_string() ? object.get<std::string>() : "?"),
                "accepted", message.operation.empty() ? message.id : message.operation, message.id};
      exchange_->spawn(std::move(work), [&](Work& running) { return serve(running, message); });
    }
  }
  return exchange_->finish();
}

// What should not have happened is told as trouble besides; and so is what goes wrong after the answer.
Task<void> Api::serve(Work& work, Envelope request) {
  std::string type, message;
  std::exception_ptr unexpected;
  try {
    if (const std::string why = malformed(request.args); !why.empty()) throw Refused("ValueError", why);
    auto performing = perform(work, request);
    co_await performing;
    co_return;
  } catch (const Refused& refusal) {
    type = refusal.type;
    message = refusal.what();
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
  } catch (const std::exception& error) {
    type = "InternalError";
    message = error.what();
    unexpected = std::current_exception();
  }
  if (exchange_->answered(request)) throw ObjectError(type, fmt::format("after the answer: {}", message));
  exchange_->refuse(request, type, message);
  if (unexpected) std::rethrow_exception(unexpected);
}

Task<void> Api::perform(Work& work, Envelope request) {
  const std::string object = request.args.value("object", "");
  if (!exchange_->knows(object)) {
    throw Refused("UnsupportedObjectError", fmt::format("{} does not know {}{}", exchange_->release().name,
                                                        object, exchange_->pinned() ? " at its cap" : ""));
  }
  if (request.method == "create") return create(work, std::move(request));
  if (request.method == "update") return update(work, std::move(request));
  if (request.method == "read") return read(work, std::move(request));
  if (request.method == "list") return list(work, std::move(request));
  if (request.method == "delete") return remove(work, std::move(request));
  if (auto performing = requests_->perform(work, request)) return std::move(*performing);
  throw Refused("UnknownMethod", fmt::format("no method {} for {}", request.method, object));
}

Task<void> Api::create(Work& work, Envelope request) {
  const Json fields = request.args.at("fields");
  Object object = objects_.build(request.args.at("object").get<std::string>(), fields);
  requests_->before_writing(object, fields);
  work.stage = "creating";
  auto creating = rows_->create(work, object);
  co_await creating;
  exchange_->reply(request, {{"id", object.get("id")}});
  requests_->created(work, request, object);
}

Task<void> Api::update(Work& work, Envelope request) {
  const std::string name = request.args.at("object").get<std::string>();
  const Json fields = request.args.at("fields");
  const Object wanted = objects_.build(name, fields);
  work.stage = "reading";
  auto getting = rows_->get(work, name, request.args.at("row").get<std::string>());
  Object object = co_await getting;
  requests_->check(object, fields);
  objects_.put(object, wanted, fields);
  requests_->before_writing(object, fields);
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
    objects_.require(object, field);
    if (object.is_set(field)) continue;
    work.stage = "loading " + field;
    auto loading = rows_->load(work, object, field);
    co_await loading;
  }
  exchange_->reply(request, objects_.data(object));
}

Task<void> Api::list(Work& work, Envelope request) {
  const std::string name = request.args.at("object").get<std::string>();
  const Json where = request.args.value("fields", Json::object());
  const Object probe = Object::create(exchange_->registry(), name);
  for (const auto& [key, value] : where.items()) objects_.require(probe, key);
  auto listing = rows_->list(work, name, where);
  const std::vector<Object> objects = co_await listing;
  Json result = Json::array();
  for (const Object& object : objects) result.push_back(objects_.data(object));
  exchange_->reply(request, std::move(result));
}

Task<void> Api::remove(Work& work, Envelope request) {
  const std::string name = request.args.at("object").get<std::string>();
  auto getting = rows_->get(work, name, request.args.at("row").get<std::string>());
  Object object = co_await getting;
  requests_->check(object, Json());
  if (auto more = requests_->remove(work, request, object)) {
    Task<void> removing = std::move(*more);
    co_await removing;
    co_return;
  }
  auto removing = rows_->remove(work, object);
  co_await removing;
  exchange_->reply(request, {{"id", request.args.at("row")}});
}

}  // namespace caravan::nodes
