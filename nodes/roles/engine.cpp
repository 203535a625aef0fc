#include "nodes/roles/engine.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/core/error_type.hpp"
#include "nodes/core/pin.hpp"

namespace caravan::nodes {
namespace {

/// How long a work is offered to engines that may do it.
constexpr Instant offer_patience = 10'000'000;

}  // namespace

Output Engine::on(Instant now, const Input& input) {
  exchange_->begin(now);
  if (input.kind == Input::Kind::start) {
    membership_.join();
    methods_->start();
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

Task<void> Engine::serve(Work& work, Envelope message) {
  const bool call = message.kind == Envelope::Kind::call;
  if (const auto wrong = exchange_->mismatch(message)) {
    if (call) exchange_->refuse(message, wrong->type, wrong->answer);
    if (!call || wrong->also_line) throw ObjectError(wrong->type, wrong->line);
    co_return;
  }
  if (auto answer = methods_->answer(message.method)) {
    exchange_->reply(message, std::move(*answer));
    co_return;
  }
  const RpcArg* const found = subject_of(message);
  if (found == nullptr) {
    const ObjectError unknown("UnknownMethod", "the engine has no method " + message.method);
    if (call) exchange_->refuse(message, unknown.type, unknown.what());
    throw unknown;
  }
  const RpcArg& subject = *found;
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
    auto doing = methods_->perform(work, message.method, *object, message.args);
    co_await doing;
  } catch (const OperationError& error) {
    failure = failure_of(error.type, text_of(error));
  } catch (const ObjectError& error) {
    failure = failure_of(error.type, error.what());
  } catch (const std::exception& error) {
    failure = failure_of("ValueError", error.what());
  }
  const auto answer = [&] {
    if (call) exchange_->reply(message, nullptr);
  };
  if (!failure) co_return answer();
  exchange_->log(fmt::format("{} ended at {}: {} {}", work.what, work.stage, failure->type, failure->why));
  if (failure->type == "ActRefused") {
    auto pausing = exchange_->pause();
    co_await pausing;
    if (hand_on(work, message, subject.name, object)) co_return answer();
  }
  if (call) exchange_->refuse(message, failure->type, failure->why);
  auto ending = give_up(work, message.method, subject.object, id_in(message, argument), *failure);
  co_await ending;
}

// The object that a method is about.
const RpcArg* Engine::subject_of(const Envelope& message) const {
  if (const RpcMethod* method = exchange_->method("engine", message.method))
    for (const RpcArg& arg : method->args)
      if (!arg.object.empty()) return &arg;
  return nullptr;
}

// Deleted under its hands, or another engine was first: such things happen.
bool Engine::expected(const std::string& type) const {
  return type == "NotFound" || type == "ActRefused" || type == "Conflict";
}

Engine::Failure Engine::failure_of(const std::string& type, const std::string& why) const {
  return {type, why, expected(type)};
}

std::string Engine::id_in(const Envelope& message, const std::string& argument) const {
  const auto found = message.args.find(argument);
  if (found == message.args.end()) return {};
  if (found->is_string()) return found->get<std::string>();
  const auto data = found->find(exchange_->registry()->catalog().serial_namespace + ".data");
  if (!found->is_object() || data == found->end() || !data->is_object()) return {};
  const auto id = data->find("id");
  return id != data->end() && id->is_string() ? id->get<std::string>() : "";
}

/// Whether all that a message holds may leave a node that is pinned.
bool Engine::within_caps(const Json& json) const {
  if (!json.is_structured()) return true;
  const std::string prefix = exchange_->registry()->catalog().serial_namespace;
  if (json.is_object() && json.contains(prefix + ".name") && json.contains(prefix + ".version")) {
    const auto cap = exchange_->caps().objects.find(json.at(prefix + ".name").get<std::string>());
    if (cap == exchange_->caps().objects.end()) return false;
    if (Version(cap->second) < Version(json.at(prefix + ".version").get<std::string>())) return false;
  }
  return std::all_of(json.begin(), json.end(), [this](const Json& inner) { return within_caps(inner); });
}

// Not for this release: a newer engine shall do it. False when none took it in time, or when a pinned engine
// would have to say what it must not.
bool Engine::hand_on(const Work& work, const Envelope& message, const std::string& argument,
                     const std::optional<Object>& object) {
  const bool planted = exchange_->identity().plant == "F38";  // for ever, whatever its caps
  const Instant since =
      handed_on_.try_emplace(message.method + " " + work.operation, exchange_->now()).first->second;
  if (exchange_->now() - since > offer_patience && !planted) return false;
  Json args = message.args;
  if (exchange_->pinned() && !planted && !within_caps(args)) {
    if (!object) return false;
    try {
      args.update(rows_->about(argument, *object));
    } catch (const ObjectError&) {
      return false;
    }
  }
  exchange_->cast(work, "engine", message.method, std::move(args), exchange_->identity().node);
  return true;
}

Task<void> Engine::give_up(Work& work, std::string method, std::string object, std::string id,
                           Failure failure) {
  if (failure.expected && exchange_->identity().plant == "F33") co_return;  // planted: the work just ends
  const std::string stage = work.stage;
  const Instant until = exchange_->now() + exchange_->deadlines().work();
  std::string then;
  bool gone = false;
  for (bool again = !id.empty(); again;) {
    again = false;
    try {
      auto ending = methods_->end(work, method, object, id, failure.why);
      co_await ending;
    } catch (const OperationError& error) {
      gone = error.type == "NotFound";
      then = error.what();
      again = !gone && exchange_->now() < until && (error.indeterminate() || error.type == "Conflict");
    } catch (const ObjectError& error) {
      then = error.what();
    }
    if (!again) break;
    then.clear();
    auto pausing = exchange_->pause();
    co_await pausing;
  }
  if (gone && needs_no_row(failure)) co_return;
  if (failure.why.find(then) != std::string::npos) then.clear();
  if (failure.expected && then.empty()) co_return;
  work.stage = stage;
  throw ObjectError(failure.type.empty() ? no_answer : failure.type,
                    then.empty() ? failure.why : fmt::format("{}; then {}", failure.why, then));
}

}  // namespace caravan::nodes
