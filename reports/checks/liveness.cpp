// liveness (O11): answers in time, nodes that get ready, lawful steps of every life, and rest at the end.
#include <fmt/format.h>

#include <algorithm>

#include "reports/checks/checks.hpp"
#include "reports/checks/undone.hpp"
#include "reports/facts/lifecycle.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

class Liveness {
 public:
  Liveness(const RunFacts& facts, Findings& findings)
      : c_(facts), findings_(findings), deadline_(facts.faults.deadline()) {}

  void run() {
    for (const auto& message : c_.evidence.messages) {
      if (message.method == "service_update") continue;  // the next heartbeat comes anyway
      if (message.wants_reply())
        answered(message);
      else if (message.kind == "cast")
        arrived(message);
    }
    for (const auto& incarnation : c_.evidence.incarnations) started(incarnation);
    blame_undone(c_, Breaks::liveness, findings_);
    for (const auto& account : c_.writes.accounts()) step_of_life(account);
    if (c_.evidence.complete()) {
      for (const auto& object : c_.releases.objects())
        if (object.status_field()) rest(object);
      scaled();
    }
    if (excused_ > 0)
      findings_.note(fmt::format("{} excused: the plan killed or paused the receiver", excused_));
  }

 private:
  void answered(const Message& message) {
    findings_.owe();
    const Event sent = message.sent;
    const auto* caller = c_.evidence.incarnation(message.from);
    const Message* reply =
        message.reply >= 0 ? &c_.evidence.messages[static_cast<std::size_t>(message.reply)] : nullptr;
    const Event until = reply ? reply->sent : c_.evidence.last;
    const auto waited = c_.evidence.time(until) - c_.evidence.time(sent);
    if (reply && waited <= deadline_) return;
    // Whoever asked may be gone, and not in peace: then nobody waits. One that drained had all its answers.
    const bool cut_off =
        caller && caller->ended != never && (caller->ending != NodeEvent::stopped || reply != nullptr);
    if (cut_off && c_.evidence.time(caller->ended) - c_.evidence.time(sent) < deadline_) return;
    if (!reply && waited < deadline_ && !c_.evidence.complete()) return;
    if (c_.faults.excuses(message)) {
      ++excused_;
      return;
    }
    if (const auto taken = c_.starvation.explains(message)) return findings_.starved(taken);
    Witness witness;
    // The promise is broken when the time is up, not when the question is put.
    witness.event = time_up(sent);
    witness.step = c_.evidence.step_at(sent);
    witness.object = message.kind == "request" ? text_at(message.args(), "object") : message.to;
    if (const auto found = primitives_in(message, c_.releases.prefix()); !found.empty()) {
      witness.object = found.front().primitive.name;
      witness.row = found.front().primitive.id();
    }
    witness.field = message.method;
    witness.summary =
        reply ? fmt::format("{} {} was answered after {:.3f} s; {:.1f} s are allowed", message.kind,
                            message.id, seconds(waited), seconds(deadline_))
              : fmt::format("{} {} ({}) was never answered", message.kind, message.id, message.method);
    witness.argument.push_back(
        fmt::format("event {}: {} sent it to {}{}", sent, message.from, message.to,
                    message.operation.empty() ? "" : " for operation " + message.operation));
    for (const auto& delivery : message.deliveries)
      witness.argument.push_back(
          fmt::format("event {}: delivered to {} ({})", delivery.event, delivery.receiver, delivery.release));
    if (message.deliveries.empty())
      witness.argument.push_back(message.dropped != never
                                     ? fmt::format("event {}: dropped: {}", message.dropped, message.drop_why)
                                     : "no node ever took it");
    if (reply) witness.argument.push_back(fmt::format("event {}: {} answered", reply->sent, reply->from));
    findings_.fail(std::move(witness));
  }

  /// First event after the deadline of what was sent then.
  Event time_up(Event sent) const {
    const auto until = c_.evidence.time(sent) + deadline_;
    Event low = sent, high = c_.evidence.last;
    while (low < high) {
      const Event middle = low + (high - low) / 2;
      if (c_.evidence.time(middle) < until)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }

  void arrived(const Message& message) {
    findings_.owe();
    if (!message.deliveries.empty()) return;
    Witness witness;
    witness.event = message.sent;
    witness.field = message.method;
    const auto found = primitives_in(message, c_.releases.prefix());
    if (!found.empty()) {
      witness.object = found.front().primitive.name;
      witness.row = found.front().primitive.id();
    } else if (const auto ids = ids_of_args(message); !ids.empty()) {
      witness.row = ids.front();
    }
    witness.argument.push_back(
        fmt::format("event {}: {} sent {} to {}", message.sent, message.from, message.id, message.to));
    if (message.dropped != never) {
      const bool plan_killed = std::any_of(
          c_.evidence.incarnations.begin(), c_.evidence.incarnations.end(), [&](const Incarnation& one) {
            return one.ending == NodeEvent::killed && one.answers_to(message.to);
          });
      if (plan_killed && message.drop_why.find("gone") != std::string::npos) {
        ++excused_;
        return;
      }
      witness.summary =
          fmt::format("the cast {} of {} was dropped: {}", message.method, message.from, message.drop_why);
      witness.argument.push_back(fmt::format("event {}: dropped", message.dropped));
    } else {
      if (!c_.evidence.complete()) return;
      if (c_.faults.rows().count(witness.row) || waits_lawfully(witness.row)) {
        ++excused_;
        return;
      }
      if (const auto taken = c_.starvation.explains_row(witness.row)) return findings_.starved(taken);
      witness.summary = fmt::format("the cast {} of {} was never delivered: it still waits for {}",
                                    message.method, message.from, message.to);
    }
    findings_.fail(std::move(witness));
  }

  void started(const Incarnation& one) {
    if (one.starting == never) return;
    findings_.owe();
    // A start that was turned away, or had to be, is told as a step of the plan.
    if (one.ready != never || one.ending == NodeEvent::killed || one.ending == NodeEvent::refused) return;
    if (!one.ending && !c_.evidence.complete()) return;
    if (const auto taken = c_.starvation.explains_end(one)) return findings_.starved(taken);
    Witness witness;
    witness.event = one.starting;
    witness.object = one.node;
    witness.summary = fmt::format("{} ({}) was started and never got ready", one.peer, one.release);
    witness.argument.push_back(fmt::format("event {}: it was started", one.starting));
    if (one.ending)
      witness.argument.push_back(fmt::format("event {}: it {} {}", one.ended, name(*one.ending), one.detail));
    findings_.fail(std::move(witness));
  }

  void step_of_life(const Account& account) {
    const auto& change = *account.change;
    const auto* object = change.row->object;
    const auto* life = object ? object->life() : nullptr;
    if (!life || change.action == "delete" || change.column != life->field) return;
    const auto* field = object->by_column(change.column);
    if (!field) return;
    const std::string from =
        change.action == "insert"
            ? ""
            : status_in(*life, c_.database.as_reading(*field, member(*change.json, "old")));
    const std::string to = status_in(*life, c_.database.as_reading(*field, member(*change.json, "new")));
    if (to.empty() || from == to || account.kind == Account::Kind::consequence) return;
    findings_.owe();
    if (is_lawful_step(c_.releases, *life, from, to)) return;
    Witness witness;
    witness.event = change.event;
    witness.object = object->name;
    witness.field = life->path();
    witness.row = change.row->key;
    witness.summary = fmt::format("{} {} went from {} to {}; no release has that step", object->name,
                                  change.row->key, from.empty() ? "no status" : from, to);
    if (account.write >= 0)
      witness.argument.push_back("it was written by " + c_.writes.describe(account.write));
    witness.argument.push_back(fmt::format("event {}: it was committed", change.event));
    findings_.fail(std::move(witness));
  }

  void rest(const ObjectHistory& object) {
    const auto& life = *object.life();
    const auto* field = object.status_field();
    for (auto it = c_.database.rows().lower_bound({object.table, ""});
         it != c_.database.rows().end() && it->first.first == object.table; ++it) {
      const auto& row = it->second;
      bool lived = false;
      for (const Event at : c_.database.moments(row, *field, row.events.front(), c_.evidence.last))
        lived = lived || !status_in(life, c_.database.value(row, *field, at)).empty();
      if (!lived) continue;
      findings_.owe();
      if (!row.alive(c_.evidence.last)) continue;
      const std::string status = status_in(life, c_.database.value(row, *field, c_.evidence.last));
      if (status.empty() || life.rests_in(status)) continue;
      if (c_.faults.rows().count(row.key) || waits_lawfully(row, status)) {
        ++excused_;
        continue;
      }
      if (const auto taken = c_.starvation.explains_row(row.key)) {
        findings_.starved(taken);
        continue;
      }
      Witness witness;
      witness.event = row.events.back();
      witness.proven = c_.evidence.last;  // until then it might have
      witness.object = object.name;
      witness.field = life.path();
      witness.row = row.key;
      witness.summary =
          fmt::format("{} {} did not come to rest: at the end it is {}", object.name, row.key, status);
      witness.argument.push_back(fmt::format("event {}: the last change of the row", row.events.back()));
      if (const int last = c_.writes.last_named(object.name, row.key, field, never, -1); last >= 0)
        witness.argument.push_back("its status was last written by " + c_.writes.describe(last));
      tell_casts(witness, row.key);
      findings_.fail(std::move(witness));
    }
  }

  void tell_casts(Witness& witness, const std::string& id) const {
    for (const auto& message : c_.evidence.messages) {
      if (message.kind != "cast") continue;
      auto ids = ids_of_args(message);
      for (const auto& found : primitives_in(message, c_.releases.prefix()))
        ids.push_back(found.primitive.id());
      for (const auto& named : ids) {
        if (named != id) continue;
        witness.argument.push_back(message.deliveries.empty()
                                       ? fmt::format("event {}: {} cast {}, which no node took", message.sent,
                                                     message.from, message.method)
                                       : fmt::format("event {}: {} cast {}; {} took it at event {}",
                                                     message.sent, message.from, message.method,
                                                     message.deliveries.front().receiver,
                                                     message.deliveries.front().event));
      }
    }
  }

  /// A run that waits for the row that it is to run on.
  bool waits_lawfully(const RowHistory& row, const std::string& status) const {
    if (!row.object || !row.object->conduct().run) return false;
    const RunOf& run = *row.object->conduct().run;
    const auto* key = row.object->by_name(run.on);
    const auto* place = key ? c_.releases.object(c_.releases.newest().class_of(*key->spec)) : nullptr;
    const auto* field = place ? place->status_field() : nullptr;
    if (status.empty() || status != run.waits || !field) return false;
    const Json& id = c_.database.stored(row, run.on, c_.evidence.last);
    const auto* on = id.is_string() ? c_.database.row(*place, id.get<std::string>()) : nullptr;
    return !on || !on->alive(c_.evidence.last) ||
           status_in(*place->life(), c_.database.value(*on, *field, c_.evidence.last)) != run.until;
  }

  /// The same by its id: an engine that drains casts it again, and may be the last.
  bool waits_lawfully(const std::string& id) const {
    for (const auto& object : c_.releases.objects()) {
      const auto* field = object.conduct().run ? object.status_field() : nullptr;
      const auto* row = field ? c_.database.row(object, id) : nullptr;
      if (row && row->alive(c_.evidence.last) &&
          waits_lawfully(*row, status_in(*object.life(), c_.database.value(*row, *field, c_.evidence.last))))
        return true;
    }
    return false;
  }

  /// A scale that was acknowledged reaches its number, unless the row that was scaled failed, went away or
  /// was scaled again.
  void scaled() {
    for (const auto& counting : c_.releases.objects())
      for (const auto& counted : counting.conduct().counts)
        if (const auto* count = counting.by_name(counted.second)) scaled(counting, *count);
  }

  void scaled(const ObjectHistory& counting, const FieldHistory& count) {
    const auto* scaling = c_.releases.newest().acted_on_by("scale");
    const auto* owners = scaling ? c_.releases.object(scaling->name) : nullptr;
    const auto* status = owners ? owners->status_field() : nullptr;
    if (!status) return;
    std::map<std::string, const ClientOp*> last;
    for (const auto& op : c_.evidence.operations)
      if (op.method == "scale" && op.outcome != OpEdge::fail) last[op.scaled_row()] = &op;
    for (const auto& entry : last) {
      const auto& op = *entry.second;
      const auto* row = c_.database.row(counting, entry.first);
      const auto* owner = c_.database.row(*owners, op.row);
      if (op.outcome != OpEdge::ok || !row || !owner || c_.faults.rows().count(op.row)) continue;
      const LifeSpec& life = *owners->life();
      bool troubled = !owner->alive(c_.evidence.last) || !row->alive(c_.evidence.last);
      for (const Event at : c_.database.moments(*owner, *status, op.invoked, c_.evidence.last)) {
        const std::string now = status_in(life, c_.database.value(*owner, *status, at));
        troubled = troubled || life.failed_in(now) || now == life.deleting;
      }
      if (troubled) continue;
      findings_.owe();
      const Json& promised = op.scaled_to();
      bool reached = false;
      for (const Event at : c_.database.moments(*row, count, op.invoked, c_.evidence.last))
        reached = reached || same(c_.database.value(*row, count, at), promised);
      if (reached) continue;
      if (const auto taken = c_.starvation.explains_row(op.row)) {
        findings_.starved(taken);
        continue;
      }
      Witness witness;
      witness.event = op.invoked;
      witness.object = counting.name;
      witness.field = count.contract->field;
      witness.row = entry.first;
      witness.summary = fmt::format("operation {} asked for {} {} and was acknowledged, but {} is {}", op.id,
                                    count.contract->field, shown(promised), count.contract->field,
                                    shown(c_.database.value(*row, count, c_.evidence.last)));
      witness.argument = {fmt::format("event {}: the client asked {}", op.invoked, op.via),
                          fmt::format("event {}: it was told: ok", op.ended)};
      tell_casts(witness, op.row);
      findings_.fail(std::move(witness));
    }
  }

  static double seconds(std::int64_t microseconds) { return static_cast<double>(microseconds) / 1e6; }

  const RunFacts& c_;
  Findings& findings_;
  std::int64_t deadline_;
  std::int64_t excused_ = 0;
};

}  // namespace

void check_liveness(const RunFacts& c, Findings& findings) { Liveness(c, findings).run(); }

}  // namespace caravan::reports
