// rpc-contract (O9): method, arguments and version of every delivered call, cast and fanout fit the
// receiver's table, and the sender's own.
// Independent of nodes/core/rpc.hpp on purpose.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/nearest.hpp"
#include "reports/checks/checks.hpp"
#include "reports/facts/services.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

/// The form of the method that a message of this version speaks: the newest that is not newer.
const RpcMethod* form_of(const RpcInterface& known, const std::string& method, const Version& version) {
  const RpcMethod* best = nullptr;
  for (const auto& form : known.methods)
    if (form.name == method && !(version < form.since) && (!best || best->since < form.since)) best = &form;
  return best;
}

bool knows(const RpcInterface& known, const std::string& method) {
  return std::any_of(known.methods.begin(), known.methods.end(),
                     [&](const RpcMethod& form) { return form.name == method; });
}

/// Why this interface does not take the message.
Reason misfit(const RpcInterface& known, const Message& message, const std::string& release) {
  if (!knows(known, message.method)) {
    std::vector<std::string> names;
    for (const auto& form : known.methods) names.push_back(form.name);
    const auto meant = nearest(message.method, names);
    return fmt::format("{} at {} has no method {}{}", known.topic, release, message.method,
                       meant.empty() ? "" : " (it has " + meant + ")");
  }
  const auto version = read_version(message.version);
  if (!version) return fmt::format("\"{}\" is not an RPC version", message.version);
  if (version->major() != known.version.major() || known.version < *version)
    return fmt::format("it speaks version {}, but {} at {} understands {}", version->text(), known.topic,
                       release, known.version.text());
  const auto* form = form_of(known, message.method, *version);
  if (!form)
    return fmt::format("{} came later than version {}, which the message speaks", message.method,
                       version->text());
  for (const auto& arg : form->args) {
    const bool there = message.args().is_object() && message.args().contains(arg.name);
    const bool later = arg.since && *version < *arg.since;
    if (!there && !arg.default_value && !later)
      return fmt::format("{} at {} requires the argument {}", message.method, release, arg.name);
    if (there && later)
      return fmt::format("the argument {} of {} came with version {}, the message speaks {}", arg.name,
                         message.method, arg.since->text(), version->text());
  }
  if (message.args().is_object())
    for (auto it = message.args().begin(); it != message.args().end(); ++it)
      if (std::none_of(form->args.begin(), form->args.end(),
                       [&](const RpcArg& arg) { return arg.name == it.key(); }))
        return fmt::format("{} at {} has no argument {}", message.method, release, it.key());
  return std::nullopt;
}

/// Direct access: version 1.0 for ever, and an id in place of each object. What a table has, it has.
Reason misfit_direct(const RpcInterface& known, const Message& message, const std::string& release) {
  if (!knows(known, message.method))
    return fmt::format("{} at {} has no method {}", known.topic, release, message.method);
  if (message.version != "1.0")
    return fmt::format("it speaks version {}; with direct access all speak 1.0", message.version);
  const auto* form = form_of(known, message.method, known.version);
  if (!form) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& arg : form->args) names.push_back(arg.object.empty() ? arg.name : arg.name + "_id");
  const Json& args = message.args();
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!form->args[i].default_value && !(args.is_object() && args.contains(names[i])))
      return fmt::format("{} at {} requires the argument {}", message.method, release, names[i]);
  if (args.is_object())
    for (const auto& item : args.items())
      if (std::find(names.begin(), names.end(), item.key()) == names.end())
        return fmt::format("{} at {} has no argument {}", message.method, release, item.key());
  return std::nullopt;
}

/// Nobody speaks above the cap that its service record names; one that was learned just now counts too.
Reason above_rpc_cap(const RunFacts& c, const Message& message, const Incarnation& sender,
                     const std::string& topic) {
  const auto spoken = read_version(message.version);
  if (is_heartbeat(message) || !spoken) return std::nullopt;
  const auto cap_at = [&](Event at) {
    const auto record = record_at(c, sender.node, at);
    return record ? record->rpc_cap(topic) : std::nullopt;
  };
  const auto* row = c.database.row(services_table, sender.node);
  const auto cap = row ? cap_at(message.sent) : std::nullopt;
  if (!cap || !(*cap < *spoken)) return std::nullopt;
  const auto next = std::upper_bound(row->events.begin(), row->events.end(), message.sent);
  for (auto it = next; it != row->events.end() && it - next < 4; ++it)
    if (const auto renewed = cap_at(*it); renewed && !(*renewed < *spoken)) return std::nullopt;
  return fmt::format("its sender's cap: it speaks version {}, but the service record of {} says {} {}",
                     spoken->text(), sender.node, topic, cap->text());
}

/// A service record is its sender's own.
Reason misfit_heartbeat(const Message& message, const Incarnation* sender) {
  const Json& service = member(message.args(), "service");
  if (!sender) return "its sender is not a node of the run";
  for (const auto& [key, wanted] :
       {std::pair("id", sender->node), std::pair("role", std::string(name(sender->role))),
        std::pair("release", sender->release)})
    if (text_at(service, key) != wanted)
      return fmt::format("the service record says {} \"{}\", but {} is {}", key, text_at(service, key),
                         sender->peer, wanted);
  if (!member(service, "report").is_object() && !member(service, "report").is_string())
    return "the service record has no report";
  return std::nullopt;
}

}  // namespace

void check_rpc_contract(const RunFacts& c, Findings& findings) {
  for (const auto& message : c.evidence.messages) {
    if (message.kind != "call" && message.kind != "cast" && message.kind != "fanout") continue;
    for (const auto& delivery : message.deliveries) {
      const auto* receiver = c.evidence.incarnation(delivery.receiver);
      const auto* sender = c.evidence.incarnation(message.from);
      const std::string topic =
          receiver ? name(receiver->role) : delivery.receiver.substr(0, delivery.receiver.find('.'));
      findings.owe();
      Reason wrong;
      const auto judge_side = [&](const std::string& release_name, const char* side) {
        const auto* release = c.releases.release(release_name);
        const auto* known = release ? release->interface(topic) : nullptr;
        if (is_heartbeat(message)) {
          if (!wrong) wrong = misfit_heartbeat(message, sender);
          return;
        }
        const Reason why = !release
                               ? fmt::format("the release {} is not among those of the run", release_name)
                           : !known ? fmt::format("{} has no RPC interface {}", release_name, topic)
                           : c.evidence.direct() ? misfit_direct(*known, message, release_name)
                                                 : misfit(*known, message, release_name);
        if (why) wrong = fmt::format("{}'s table: {}", side, *why);
      };
      if (sender) judge_side(sender->release, "by the sender");
      judge_side(delivery.release, "by the receiver");
      if (!wrong && sender) wrong = above_rpc_cap(c, message, *sender, topic);
      if (!wrong) continue;
      Witness witness;
      witness.event = delivery.event;
      witness.object = topic;
      witness.field = message.method;
      witness.summary = fmt::format("a {} of {} does not fit {}", message.kind, message.method, *wrong);
      witness.argument = {fmt::format("event {}: {} ({}) sent message {}: {} {} to {}", message.sent,
                                      message.from, sender ? sender->release : "?", message.id,
                                      message.method, message.version, message.to),
                          fmt::format("event {}: it was delivered to {} ({})", delivery.event,
                                      delivery.receiver, delivery.release)};
      findings.fail(std::move(witness));
    }
  }
}

}  // namespace caravan::reports
