// What the plan's own kills and pauses excuse.
#include "reports/facts/faults_in_force.hpp"

#include <algorithm>

#include "reports/facts/values.hpp"
#include "reports/facts/writes.hpp"

namespace caravan::reports {
namespace {

constexpr std::int64_t longest = 1'000'000'000'000;  ///< microseconds: what no run waits for

void ids_in(const Json& json, const std::string& prefix, std::set<std::string>& out, int depth = 0) {
  if (depth > 60) return;
  if (const auto primitive = read_primitive(json, prefix)) out.insert(primitive->id());
  if (!json.is_structured()) return;
  for (const auto& item : json) ids_in(item, prefix, out, depth + 1);
}

}  // namespace

std::set<std::string> rows_behind(const Evidence& evidence, const Message& message,
                                  const std::string& prefix) {
  std::set<std::string> out;
  ids_in(message.args(), prefix, out);
  for (const auto& id : ids_of_args(message)) out.insert(id);
  out.insert(text_at(member(message.args(), "kwargs"), "id"));
  if (const auto op = evidence.operation_by_id.find(message.operation); op != evidence.operation_by_id.end())
    out.insert(evidence.operations[static_cast<std::size_t>(op->second)].row);
  if (const auto* cause = evidence.message(message.cause)) ids_in(cause->args(), prefix, out);
  out.erase("");
  return out;
}

FaultsInForce::FaultsInForce(const Evidence& evidence, const std::string& prefix) : evidence_(evidence) {
  const Json& given = member(member(evidence.run.header, "deadlines"), "request");
  const auto told = given.is_number_integer() ? given.get<std::int64_t>() : 0;
  if (0 < told && told <= longest) deadline_ = told;
  const bool blows = std::any_of(evidence.steps.begin(), evidence.steps.end(),
                                 [](const StepSpan& step) { return step.as<step::Pause>() != nullptr; }) ||
                     std::any_of(evidence.incarnations.begin(), evidence.incarnations.end(),
                                 [](const Incarnation& one) { return one.ending == NodeEvent::killed; });
  if (!blows) return;
  for (const auto& message : evidence.messages) {
    if (message.is_reply()) continue;
    if (message.wants_reply() && !in_time(message) && excuses(message)) {
      calls_[message.from].push_back(message.sent);
      cut_short(message, prefix);
    }
    for (const auto& delivery : message.deliveries)
      if (evidence.was_killed(delivery.receiver)) cut_short(message, prefix);
  }
}

void FaultsInForce::cut_short(const Message& message, const std::string& prefix) {
  rows_.merge(rows_behind(evidence_, message, prefix));
}

bool FaultsInForce::in_time(const Message& message) const {
  if (message.reply < 0) return false;
  return evidence_.time(evidence_.messages[static_cast<std::size_t>(message.reply)].sent) -
             evidence_.time(message.sent) <=
         deadline_;
}

bool FaultsInForce::hands_tied(const Message& message, Event until) const {
  for (const auto& delivery : message.deliveries)
    if (evidence_.was_killed(delivery.receiver) ||
        evidence_.was_paused(node_of(delivery.receiver), message.sent, until))
      return true;
  return message.deliveries.empty() && evidence_.was_paused(message.to, message.sent, until);
}

bool FaultsInForce::excuses(const Message& message, int depth) const {
  const Event until =
      message.reply >= 0 ? evidence_.messages[static_cast<std::size_t>(message.reply)].sent : evidence_.last;
  if (hands_tied(message, until)) return true;
  if (depth > 6) return false;
  return std::any_of(message.caused.begin(), message.caused.end(), [&](int index) {
    const auto& inner = evidence_.messages[static_cast<std::size_t>(index)];
    if (!inner.wants_reply()) return false;
    const Event end =
        inner.reply >= 0 ? evidence_.messages[static_cast<std::size_t>(inner.reply)].sent : evidence_.last;
    const bool slow = inner.reply < 0 || evidence_.time(end) - evidence_.time(inner.sent) > deadline_ / 2;
    return slow && excuses(inner, depth + 1);
  });
}

bool FaultsInForce::excuses_trouble(const std::string& peer, Event at) const {
  const auto found = calls_.find(peer);
  if (found == calls_.end()) return false;
  // An engine asks up to three times before it gives up.
  return std::any_of(found->second.begin(), found->second.end(), [&](Event sent) {
    return sent < at && evidence_.time(at) - evidence_.time(sent) <= 4 * deadline_;
  });
}

}  // namespace caravan::reports
