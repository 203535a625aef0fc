// gate (O14): what policy forbids is refused, and the refusal changes nothing; what is lawful is let through.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/text.hpp"
#include "reports/checks/checks.hpp"
#include "reports/checks/undone.hpp"
#include "reports/facts/schema_windows.hpp"
#include "reports/facts/services.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

class Gate {
 public:
  Gate(const RunFacts& facts, Findings& findings) : c_(facts), findings_(findings), served_(facts) {}

  void run() {
    for (const auto& op : c_.evidence.operations)
      if (op.to_be_refused) operation(op);
    blame_undone(c_, Breaks::gate, findings_);
    if (c_.evidence.direct()) return;
    for (const auto& one : c_.evidence.incarnations) join(one);
    for (const auto& message : c_.evidence.messages)
      if (message.is_reply() && text_at(message.error(), "type") == "JoinRefused") stops(message);
    for (const auto& span : served_.migrations()) {
      if (span.phase == step::Phase::contract) contract(span);
      if (span.refused) untouched(span);
    }
    for (const Event n : c_.evidence.of_kind("gate")) tool(n);
  }

 private:
  /// A node may join if the schema serves its release.
  void join(const Incarnation& one) {
    const bool admitted = one.ready != never, refused = one.ending == NodeEvent::refused;
    if (!admitted && !refused) return;
    const Event asked = one.starting, answered = admitted ? one.ready : one.ended;
    const auto then = served_.serves(one.release, asked), now = served_.serves(one.release, answered);
    findings_.owe();
    if (then != now || then == SchemaWindows::Answer::open) return;  // the schema was just being changed
    if (admitted == (then == SchemaWindows::Answer::yes)) return;
    Witness witness;
    witness.event = answered;
    witness.object = one.node;
    witness.field = "join";
    witness.summary = admitted ? fmt::format("{} of release {} was let in, but the schema serves {}",
                                             one.peer, one.release, served_.told(answered))
                               : fmt::format("{} of release {} was turned away, but the schema serves {}",
                                             one.peer, one.release, served_.told(answered));
    witness.argument = {fmt::format("event {}: it was started", asked),
                        fmt::format("event {}: it was {}{}", answered, admitted ? "ready" : "turned away",
                                    admitted || one.detail.empty() ? "" : ": " + one.detail)};
    findings_.fail(std::move(witness));
  }

  /// A node that is refused, when it joins or later, goes. A heartbeat follows the answer to the one before.
  void stops(const Message& refusal) {
    if (refusal.deliveries.empty()) return;
    findings_.owe();
    const auto& heard = refusal.deliveries.front();
    for (const auto& message : c_.evidence.messages) {
      if (message.from != heard.receiver || message.sent < heard.event || !is_heartbeat(message)) continue;
      Witness witness;
      witness.event = message.sent;
      witness.object = node_of(heard.receiver);
      witness.field = "join";
      witness.summary = fmt::format("{} was refused, but keeps serving", heard.receiver);
      witness.argument = {fmt::format("event {}: it was told {}: {}", heard.event, "JoinRefused",
                                      text_at(refusal.error(), "message")),
                          fmt::format("event {}: its next heartbeat", message.sent)};
      findings_.fail(std::move(witness));
      return;
    }
  }

  /// No column goes while somebody on record, alive or not, may still write it.
  void contract(const MigrationSpan& span) {
    if (span.outcome == never && span.step->end == never) return;  // nobody knows yet what came of it
    findings_.owe();
    std::string older;
    for (const auto& record : records_at(c_, span.step->begin)) {
      const bool is_older =
          c_.releases.age(record.release) >= 0 && c_.releases.age(record.release) < c_.releases.age(span.to);
      if (is_older && older.empty()) older = fmt::format("{} ({})", record.node, record.release);
    }
    // Recordings of earlier days have no records: then those who live.
    if (older.empty())
      for (const auto& one : c_.evidence.incarnations)
        if (one.ready < span.step->begin && one.ended > span.step->end &&
            c_.releases.age(one.release) < c_.releases.age(span.to) && older.empty())
          older = fmt::format("{} ({})", one.peer, one.release);
    if (span.refused != older.empty()) return;
    if (span.refused && rows_were_left(span)) return;
    Witness witness;
    witness.event = span.refused ? span.outcome : span.step->begin;
    witness.step = span.step->number;
    witness.object = "migration";
    witness.field = "contract";
    witness.argument = {fmt::format("event {}: step {} contracts from {} to {}", span.step->begin,
                                    span.step->number, span.from, span.to)};
    if (span.refused) {
      witness.summary = "contract was refused, though no older node is on record and data was done";
      witness.argument.push_back(
          fmt::format("event {}: {}", span.outcome, text_at(c_.evidence.event(span.outcome), "refused")));
    } else {
      witness.summary = fmt::format("contract was let through, though {} is still on record", older);
      witness.argument.push_back(fmt::format("event {}: it ended, not refused", span.step->end));
    }
    findings_.fail(std::move(witness));
  }

  /// It also waits for the data phase: one that was done, with the way in between.
  bool rows_were_left(const MigrationSpan& contract) const {
    bool done = false;
    for (const auto& span : served_.migrations())
      if (span.step->begin < contract.step->begin && span.phase == step::Phase::data &&
          span.to == contract.to)
        done = span.done;
    // Its words must at least speak of rows, or of a phase that is missing.
    const std::string& why = text_at(c_.evidence.event(contract.outcome), "refused");
    return !done || why.find("left") != std::string::npos;
  }

  /// A refusal changes nothing: neither columns nor values.
  void untouched(const MigrationSpan& span) {
    findings_.owe();
    const auto before = c_.database.columns_at(span.step->begin),
               after = c_.database.columns_at(span.step->end);
    std::string what;
    Event at = span.outcome;
    if (before != after) what = "the columns of the database have changed";
    const auto& accounts = c_.writes.accounts();
    auto it = std::lower_bound(accounts.begin(), accounts.end(), span.step->begin,
                               [](const Account& account, Event n) { return account.change->event < n; });
    for (; it != accounts.end() && it->change->event <= span.step->end && what.empty(); ++it)
      if (it->kind == Account::Kind::migration) {
        what = fmt::format("{}.{} was changed", it->change->row->table, it->change->column);
        at = it->change->event;
      }
    if (what.empty()) return;
    Witness witness;
    witness.event = at;
    witness.step = span.step->number;
    witness.object = "migration";
    witness.field = name(span.phase);
    witness.summary = fmt::format("the phase {} was refused, yet {}", name(span.phase), what);
    witness.argument = {fmt::format("event {}: step {} began", span.step->begin, span.step->number),
                        fmt::format("event {}: it was refused", span.outcome)};
    findings_.fail(std::move(witness));
  }

  /// announce and forget write, and remove, the record of a node.
  void tool(Event n) {
    const Json& event = c_.evidence.event(n);
    const std::string &verb = text_at(event, "verb"), &node = text_at(event, "node");
    const bool refused = member(event, "refused").is_string();
    findings_.owe();
    Event begin = n;
    std::string release;
    for (const auto& step : c_.evidence.steps)
      if (verb == step::word(step.action) && step.node() == node && step.begin <= n && n <= step.end) {
        begin = step.begin;
        release = step::text_member(step.action, "release");
      }
    const auto* row = c_.database.row(services_table, node);
    const bool before = row && row->alive(begin), after = row && row->alive(n);
    std::string wrong;
    if (verb == "forget") {
      // The tool looked at some moment of the step.
      const auto age_at = [&](Event at) {
        return c_.evidence.time(at) - c_.evidence.time(beaten(*row, std::min(at, n - 1)));
      };
      // What the machine took away, it may have taken before the heartbeat or before the look at it.
      const auto open =
          slack + c_.starvation.from_anyone(c_.evidence.time(begin) - stale, c_.evidence.time(n));
      const auto age = before ? age_at(begin) : stale;
      const bool fresh = before && age < stale - open && age_at(n) < stale - open;
      const bool old = !before || (age > stale + open && age_at(n) > stale + open);
      if (refused && old && before) wrong = "was refused, though its heartbeat was stale";
      if (!refused && fresh && member(event, "force") != true)
        wrong = fmt::format("was let through, though its heartbeat was {:.1f} s old",
                            static_cast<double>(age) / 1e6);
      if (refused && before && !after) wrong = "was refused, yet the record is gone";
      if (!refused && after) wrong = "was let through, yet the record is still there";
    } else {
      const auto serves = release.empty() ? SchemaWindows::Answer::open : served_.serves(release, begin);
      if (refused && serves == SchemaWindows::Answer::yes)
        wrong = "was refused, though the schema serves its release";
      if (!refused && serves == SchemaWindows::Answer::no)
        wrong = "was let through, though the schema does not serve its release";
      if (!refused && !after) wrong = "was let through, yet there is no record";
    }
    if (wrong.empty()) return;
    Witness witness;
    witness.event = n;
    witness.object = node;
    witness.field = verb;
    witness.summary = fmt::format("{} of {} {}", verb, node, wrong);
    witness.argument = {fmt::format("event {}: the record {} there", begin, before ? "was" : "was not"),
                        fmt::format("event {}: {}{}; the record {} there", n, verb, refused ? " refused" : "",
                                    after ? "is" : "is not")};
    findings_.fail(std::move(witness));
  }

  static Event beaten(const RowHistory& row, Event at) {
    const auto after = std::upper_bound(row.events.begin(), row.events.end(), at);
    return after == row.events.begin() ? at : *std::prev(after);
  }

  static constexpr std::int64_t stale = 3'000'000, slack = 600'000;

  /// The plan knows that the contract forbids it.
  void operation(const ClientOp& op) {
    if (!op.outcome && !c_.evidence.complete()) return;
    findings_.owe();
    if (op.outcome != OpEdge::ok) return;
    Witness witness;
    witness.event = taken(op);
    witness.step = op.step;
    witness.object = op.object;
    witness.field = forbidden_place(c_, op);
    witness.row = op.row;
    witness.summary = fmt::format("operation {} ({} {}) had to be refused, and {} ({}) did it", op.id,
                                  op.method, op.object, op.via, c_.release_of(op));
    witness.argument = {fmt::format("event {}: the client sent {} {} {} with {} to {}", op.invoked, op.method,
                                    op.object, op.row, shown(op.fields(), 120), op.via),
                        fmt::format("event {}: it was told: ok", op.ended)};
    if (const auto why = must_refuse(c_, op)) witness.argument.push_back("it had to be refused: " + *why);
    findings_.fail(std::move(witness));
  }

  /// Where it was taken up instead of refused.
  Event taken(const ClientOp& op) const {
    if (op.request < 0) return op.invoked;
    const auto& request = c_.evidence.messages[static_cast<std::size_t>(op.request)];
    return request.deliveries.empty() ? op.invoked : request.deliveries.front().event;
  }

  const RunFacts& c_;
  Findings& findings_;
  SchemaWindows served_;
};

}  // namespace

void check_gate(const RunFacts& c, Findings& findings) { Gate(c, findings).run(); }

}  // namespace caravan::reports
