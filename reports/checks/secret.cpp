// secret (O16): what a client wrote into a secret field is seen by nobody who must not have it, in no log and
// in no complaint.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/text.hpp"
#include "reports/checks/checks.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

class Secret {
 public:
  Secret(const RunFacts& facts, Findings& findings) : c_(facts), findings_(findings) {}

  void run() {
    findings_.owe(static_cast<std::int64_t>(c_.secrets.all().size()));
    for (const auto& message : c_.evidence.messages) {
      if (message.kind == "trouble") continue;
      if (message.is_reply() && !message.error().is_null()) refusal(message);
      for (const auto& delivery : message.deliveries) delivered(message, delivery);
    }
    for (const Event n : c_.evidence.of_kind("trouble")) {
      const Json& event = c_.evidence.event(n);
      for (const auto* canary : c_.secrets.in(text_at(event, "what")))
        report(n, *canary, fmt::format("an error that {} reports reveals", text_at(event, "node")), {});
    }
    for (const Event n : c_.evidence.of_kind("leak")) logged(n);
    for (const auto& op : c_.evidence.operations)
      if (op.end && op.request < 0) told_to_client(*op.end, op.ended, "client", "");
  }

 private:
  void refusal(const Message& reply) {
    for (const auto* canary : c_.secrets.in(reply.error()))
      report(reply.sent, *canary, fmt::format("the error that {} answered with reveals", reply.from),
             {fmt::format("event {}: the reply {}, an error {}", reply.sent, reply.id,
                          text_at(reply.error(), "type"))});
  }

  void delivered(const Message& message, const Delivery& delivery) {
    const auto* receiver = c_.evidence.incarnation(delivery.receiver);
    if (!receiver) {
      if (message.is_reply())
        told_to_client(message.result(), delivery.event, delivery.receiver, message.from);
      return;
    }
    // A conductor may know all, so what goes to one alone need not be read.
    if (role_spec(receiver->role).keeps_database && message.kind != "fanout") return;
    if (message.kind == "request") return;  // a client's own words
    const Json& content = message.is_reply() ? message.result() : message.args();
    for (const auto* canary : c_.secrets.in(content)) {
      const auto* holder = holder_of(*canary, receiver->role);
      const auto* question =
          message.answers < 0 ? nullptr : &c_.evidence.messages[static_cast<std::size_t>(message.answers)];
      const bool asked = message.is_reply() && question && question->from == delivery.receiver;
      const bool may = message.kind != "fanout" && holder && (holder->always || asked);
      if (may) continue;
      std::vector<std::string> argument = {
          fmt::format("event {}: {} sent message {} ({}{})", message.sent, message.from, message.id,
                      message.kind, message.method.empty() ? "" : " " + message.method),
          fmt::format("event {}: it was delivered to {} ({})", delivery.event, delivery.receiver,
                      delivery.release)};
      if (message.kind == "fanout")
        argument.emplace_back("every node receives a broadcast: no secret may be in one");
      else if (!holder)
        argument.push_back(
            fmt::format("an {} has no need of {}.{}", name(receiver->role), canary->object, canary->field));
      else
        argument.push_back(
            fmt::format("an {} may hold it only if it asked for it: {}", name(receiver->role), holder->why));
      report(delivery.event, *canary,
             fmt::format("the {} {} gives {}", message.kind, message.method, delivery.receiver),
             std::move(argument));
    }
  }

  void told_to_client(const Json& content, Event at, const std::string& client, const std::string& api) {
    for (const auto* canary : c_.secrets.in(content)) {
      if (is_shown(*canary)) continue;
      // A release before that did not know the place to be secret.
      const auto* teller = c_.evidence.incarnation(api);
      const auto* version = teller ? c_.releases.version(teller->release, canary->object) : nullptr;
      if (canary->since && version && *version < *canary->since) continue;
      report(at, *canary, fmt::format("the reply of {} gives {}", api.empty() ? "an api" : api, client),
             {fmt::format("event {}: the answer to the client; the api has to leave the field out", at)});
    }
  }

  /// What the REST interface has always shown.
  bool is_shown(const Canary& canary) const {
    const auto* contract = c_.releases.newest().contract(canary.object, canary.field);
    return contract && contract->rest_shown;
  }

  /// Who holds the secrets of a class is declared; who is not named there may not.
  const Holder* holder_of(const Canary& canary, Role role) const {
    const auto* object = c_.releases.object(canary.object);
    if (!object) return nullptr;
    for (const auto& holder : object->conduct().holders)
      if (holder.role == name(role)) return &holder;
    return nullptr;
  }

  void logged(Event n) {
    const Json& event = c_.evidence.event(n);
    Witness witness;
    witness.event = n;
    witness.object = text_at(event, "object");
    witness.field = text_at(event, "field");
    witness.summary =
        fmt::format("the log {} of {} holds what operation {} put into {}.{}", text_at(event, "file"),
                    text_at(event, "node"), text_at(event, "operation"), witness.object, witness.field);
    witness.argument = {fmt::format("event {}: line {} of the log; the text itself is not repeated here", n,
                                    shown(member(event, "line")))};
    findings_.fail(std::move(witness));
  }

  void report(Event at, const Canary& canary, const std::string& who, std::vector<std::string> argument) {
    Witness witness;
    witness.event = at;
    witness.object = canary.object;
    witness.field = canary.field;
    witness.row = canary.row;
    witness.summary = fmt::format("{} a secret of {}.{}", who, canary.object, canary.field);
    witness.argument = {
        fmt::format("event {}: a client wrote it with operation {}", canary.written, canary.operation)};
    for (auto& sentence : argument) witness.argument.push_back(std::move(sentence));
    findings_.fail(std::move(witness));
  }

  const RunFacts& c_;
  Findings& findings_;
};

}  // namespace

void check_secret(const RunFacts& c, Findings& findings) { Secret(c, findings).run(); }

}  // namespace caravan::reports
