#include "reports/facts/starvation.hpp"

#include <algorithm>
#include <iterator>

#include "reports/facts/faults_in_force.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

constexpr std::int64_t backlog = 1'000'000;  ///< how long it takes to read what piled up meanwhile
constexpr std::int64_t between_looks =
    200'000;  ///< a stopped process is seen a tenth of a second late, and again so at its end
constexpr std::int64_t lock_wait = 500'000;  ///< how long a node waits for the database
constexpr int deepest = 6;                   ///< api, conductor and whom it asks: nothing asks deeper

std::int64_t overlap(std::int64_t from, std::int64_t to, std::int64_t other_from, std::int64_t other_to) {
  return std::max<std::int64_t>(0, std::min(to, other_to) - std::max(from, other_from));
}

}  // namespace

Starvation::Starvation(const Evidence& evidence, std::int64_t deadline, const std::string& prefix)
    : evidence_(evidence), deadline_(deadline) {
  read();
  if (!any()) return;
  // Who is asked on behalf of a message is measured before it: those come later.
  for (auto it = evidence_.messages.rbegin(); it != evidence_.messages.rend(); ++it) {
    if (!it->wants_reply()) continue;
    const auto micros = measure(*it);
    if (micros == 0) continue;
    calls_[it->id] = micros;
    callers_[it->from].push_back({it->sent, micros});
    for (const auto& row : rows_behind(evidence_, *it, prefix)) rows_[row] = std::max(rows_[row], micros);
  }
}

void Starvation::read() {
  for (const Event n : evidence_.of_kind("starved")) {
    const Json& event = evidence_.event(n);
    const Json &from = member(event, "from"), &to = member(event, "to");
    if (!from.is_number_integer() || !to.is_number_integer()) continue;
    Stretch stretch{from.get<std::int64_t>(), to.get<std::int64_t>(), 0, {}};
    if (!stretches_.empty()) stretch.from = std::max(stretch.from, stretches_.back().to);
    const auto length = stretch.to - stretch.from;
    if (length <= 0) continue;
    for (const auto& who : member(event, "took").items())
      if (who.value().is_object())
        for (const auto& cause : who.value().items())
          if (cause.value().is_number_integer())
            stretch.took[who.key()] += std::clamp<std::int64_t>(cause.value().get<std::int64_t>(), 0, length);
    for (auto& one : stretch.took) {
      one.second = std::min(one.second, length);
      stretch.all = std::min(stretch.all + one.second, length);
    }
    stretches_.push_back(std::move(stretch));
  }
}

std::int64_t Starvation::deadline(const char* name, std::int64_t otherwise) const {
  const Json& given = member(member(evidence_.run.header, "deadlines"), name);
  return given.is_number_integer() ? given.get<std::int64_t>() : otherwise;
}

std::int64_t Starvation::from_anyone(std::int64_t from, std::int64_t to) const {
  std::int64_t sum = 0;
  for (auto it = std::upper_bound(stretches_.begin(), stretches_.end(), from,
                                  [](std::int64_t t, const Stretch&one) { return t < one.to; });
       it != stretches_.end() && it->from < to; ++it)
    sum += std::min(it->all, overlap(from, to, it->from, it->to));
  return sum;
}

/// No time counts twice: of one stretch no more than it lasted.
std::int64_t Starvation::taken(const std::vector<Hold>& holds) const {
  if (holds.empty()) return 0;
  auto from = holds.front().from, to = holds.front().to;
  for (const auto& hold : holds) {
    from = std::min(from, hold.from);
    to = std::max(to, hold.to);
  }
  std::int64_t sum = 0;
  for (auto it = std::upper_bound(stretches_.begin(), stretches_.end(), from,
                                  [](std::int64_t t, const Stretch&one) { return t < one.to; });
       it != stretches_.end() && it->from < to; ++it) {
    std::map<std::string, std::int64_t> of;  // two stretches of one process count once
    for (const auto& hold : holds) {
      const auto found = it->took.find(hold.who);
      if (found == it->took.end()) continue;
      auto& micros = of[hold.who];
      micros = std::max(micros, std::min(found->second, overlap(hold.from, hold.to, it->from, it->to)));
    }
    std::int64_t together = 0;
    for (const auto& one : of) together += one.second;
    sum += std::min(together, overlap(from, to, it->from, it->to));
  }
  return sum;
}

/// When it was answered; the end of the recording if it never was.
std::int64_t Starvation::end_of(const Message& message) const {
  return evidence_.time(message.reply >= 0 ? evidence_.messages[static_cast<std::size_t>(message.reply)].sent
                                           : evidence_.last);
}

/// Who writes waits for others who write, and for the server.
void Starvation::hold_database(std::vector<Hold>& holds, std::int64_t from, std::int64_t to) const {
  holds.push_back({"database", from, to});
  for (const auto& one : evidence_.incarnations)
    if (evidence_.opens_database(one)) holds.push_back({one.peer, from, to});
}

/// A harness that comes late holds up what it has to hand on then, and nothing else.
void Starvation::hand_on(std::vector<Hold>& holds, std::int64_t from, std::int64_t seen) const {
  holds.push_back({"harness", std::max(from, asked_at_the_earliest(seen, "harness")), seen});
}

void Starvation::hold(const Message& message, std::int64_t to, std::vector<Hold>& holds, int depth) const {
  const auto from = evidence_.time(message.sent);
  if (depth == 0) holds.push_back({"machine", from, to});
  hand_on(holds, from, to);
  for (const auto& delivery : message.deliveries) {
    const auto since = evidence_.time(delivery.event);
    hand_on(holds, from, since);
    holds.push_back({delivery.receiver, since, to});
    const auto* receiver = evidence_.incarnation(delivery.receiver);
    if (receiver && evidence_.opens_database(*receiver)) hold_database(holds, since, to);
  }
  if (message.deliveries.empty())  // it waits for somebody to be there
    for (const auto& one : evidence_.incarnations)
      if (one.answers_to(message.to)) holds.push_back({one.peer, from, to});
  if (depth > deepest) return;
  for (const int index : message.caused) {
    const auto& asked = evidence_.messages[static_cast<std::size_t>(index)];
    hand_on(holds, from, evidence_.time(asked.sent));
    if (asked.wants_reply()) hold(asked, std::min(to, end_of(asked)), holds, depth + 1);
  }
}

/// What is seen now was sent at any time since `who` or the harness could not run, or since.
std::int64_t Starvation::asked_at_the_earliest(std::int64_t seen, const std::string& who) const {
  const auto before = seen - backlog;
  auto it = std::upper_bound(stretches_.begin(), stretches_.end(), before,
                             [](std::int64_t t, const Stretch& one) { return t < one.to; });
  if (it == stretches_.end()) return before;
  // The harness looks every tenth of a second: a process that is stopped for long is in many stretches.
  const auto stood = [&who](const Stretch& one) {
    const auto of = [&one](const std::string& name) {
      const auto found = one.took.find(name);
      return found == one.took.end() ? 0 : found->second;
    };
    return std::max(of(who), of("harness")) > (one.to - one.from) / 2;
  };
  while (it != stretches_.begin() && stood(*it) && std::prev(it)->to == it->from && stood(*std::prev(it)))
    --it;
  return std::min(before, it->from);
}

std::int64_t Starvation::measure(const Message& message) const {
  const auto sent = evidence_.time(message.sent), answered = end_of(message), waited = answered - sent;
  if (waited <= deadline_) {
    // In time; but the caller uses its own clock. It may have asked long before that was seen here, and
    // may have come too late to the answer: it stood all the time from that to its deadline.
    const auto from = asked_at_the_earliest(sent, message.from);
    const auto late = taken({{message.from, from, sent + deadline_}, {"harness", from, sent + deadline_}});
    return late > 0 && waited + late + between_looks > deadline_ ? late : 0;
  }
  std::vector<Hold> holds;
  hold(message, answered, holds, 0);
  const auto micros = taken(holds);
  return waited - micros <= deadline_ ? micros : inner(message);
}

/// Of what was asked on its behalf.
std::int64_t Starvation::inner(const Message& message) const {
  std::int64_t most = 0;
  for (const int index : message.caused)
    most = std::max(most, explains(evidence_.messages[static_cast<std::size_t>(index)]));
  return most;
}

std::int64_t Starvation::explains(const Message& message) const {
  const auto found = calls_.find(message.id);
  return found == calls_.end() ? 0 : found->second;
}

std::int64_t Starvation::explains_error(const Message& reply) const {
  if (!any() || reply.answers < 0) return 0;
  const auto& question = evidence_.messages[static_cast<std::size_t>(reply.answers)];
  if (text_at(reply.error(), "type") == "DatabaseBusy") {
    // Another writer held the database, and half of the time could not run; who comes second to the same lock
    // waits but briefly. A harness that came late has seen neither when it began nor who stood still with it.
    const auto sent = evidence_.time(question.sent), to = evidence_.time(reply.sent), from = sent - lock_wait;
    std::vector<Hold> holds = {{"harness", asked_at_the_earliest(sent, "harness"), to},
                               {"machine", from, to}};
    hold_database(holds, from, to);
    if (const auto micros = taken(holds); micros >= std::max(to - sent, lock_wait) / 2) return micros;
  }
  return inner(question);
}

std::int64_t Starvation::explains(const ClientOp& op) const {
  if (!any()) return 0;
  if (op.request < 0) return explains_absence(op.via, std::min(op.ended, evidence_.last));
  const auto& request = evidence_.messages[static_cast<std::size_t>(op.request)];
  if (op.outcome == OpEdge::fail && request.reply >= 0) {
    for (const int index : request.caused) {  // an api passes on what its conductor said
      const auto& asked = evidence_.messages[static_cast<std::size_t>(index)];
      if (asked.reply < 0) continue;
      if (const auto micros = explains_error(evidence_.messages[static_cast<std::size_t>(asked.reply)]))
        return micros;
    }
    return explains_error(evidence_.messages[static_cast<std::size_t>(request.reply)]);
  }
  return explains(request);
}

/// Nobody was there to be asked: the last of these (a node, or any of a role) was given up before its time.
std::int64_t Starvation::explains_absence(const std::string& via, Event at) const {
  std::map<std::string, const Incarnation*> last;
  for (const auto& one : evidence_.incarnations)
    if (one.answers_to(via) && one.starting <= at) last[one.node] = &one;
  std::int64_t most = 0;
  for (const auto& one : last)
    if (one.second->ended <= at) most = std::max(most, explains_end(*one.second));
  return most;
}

std::int64_t Starvation::explains_row(const std::string& row) const {
  const auto found = rows_.find(row);
  return found == rows_.end() ? 0 : found->second;
}

std::int64_t Starvation::explains_unrest(Event by) const {
  std::int64_t most = 0;
  for (const auto& caller : callers_)
    for (const auto& cut : caller.second)
      if (cut.sent < by) most = std::max(most, cut.micros);
  return most;
}

/// More than is allowed by the clock, and not by what was left of it.
std::int64_t Starvation::span(std::int64_t from, std::int64_t to, std::int64_t allowed) const {
  if (to - from < allowed) return 0;
  const auto micros = from_anyone(from, to);
  return to - from - micros < allowed ? micros : 0;
}

std::int64_t Starvation::explains_trouble(const std::string& peer, Event at) const {
  if (!any()) return 0;
  const auto when = evidence_.time(at);
  if (const auto found = callers_.find(peer); found != callers_.end())
    for (const auto& cut : found->second) {
      const auto sent = evidence_.time(cut.sent);
      // An engine asks up to three times before it gives up.
      if (cut.sent < at && when - sent - from_anyone(sent, when) <= 4 * deadline_) return cut.micros;
    }
  const auto* one = evidence_.incarnation(peer);
  if (!one || one->draining == never || one->draining > at) return 0;
  return span(evidence_.time(one->draining), when, deadline("drain", 5'000'000));
}

std::int64_t Starvation::explains_end(const Incarnation& one) const {
  if (!any() || one.ended == never) return 0;
  const auto ended = evidence_.time(one.ended);
  if (one.ending == NodeEvent::late && one.starting != never)
    return span(evidence_.time(one.starting), ended, deadline("hello", 5'000'000));
  if (one.ending == NodeEvent::exited && one.draining != never)
    return span(evidence_.time(one.draining), ended, deadline("drain", 5'000'000));
  return 0;
}

}  // namespace caravan::reports
