// availability (O17): every client operation succeeds, but where the contract of the api's release has it
// refused.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/text.hpp"
#include "reports/checks/checks.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

struct PerStep {
  std::int64_t operations = 0, failed = 0, total = 0, worst = 0;
};

/// The plan itself killed or paused somebody who had it in hand.
bool blown(const RunFacts& c, const ClientOp& op) {
  const auto faults = [&](const std::string& peer) {
    return c.evidence.was_killed(peer) ||
           c.evidence.was_paused(node_of(peer), op.invoked, std::min(op.ended, c.evidence.last));
  };
  if (op.request < 0) {
    const auto& nodes = c.evidence.incarnations;
    return std::any_of(nodes.begin(), nodes.end(),
                       [&](const Incarnation& one) { return one.node == op.via && faults(one.peer); });
  }
  const auto in_hand = [&](const auto& self, const Message& message, int depth) -> bool {
    for (const auto& delivery : message.deliveries)
      if (faults(delivery.receiver)) return true;
    if (depth > 6) return false;
    return std::any_of(message.caused.begin(), message.caused.end(), [&](int index) {
      return self(self, c.evidence.messages[static_cast<std::size_t>(index)], depth + 1);
    });
  };
  return in_hand(in_hand, c.evidence.messages[static_cast<std::size_t>(op.request)], 0);
}

/// By the lock of somebody who was stopped with it.
bool kept_out(const ClientOp& op) {
  return !op.to_be_refused && text_at(member(*op.end, "error"), "type") == "DatabaseBusy";
}

/// The scenario's own operations are there to be done, or say that they are to be refused.
bool taken_for_granted(const RunFacts& c, const ClientOp& op) {
  return op.purpose == "do" && !op.to_be_refused && !blown(c, op);
}

class Availability {
 public:
  Availability(const RunFacts& facts, Findings& findings) : c_(facts), findings_(findings) {}

  void run() {
    for (const auto& op : c_.evidence.operations) operation(op);
    if (worst_op_)
      findings_.note(fmt::format("longest outage {:.0f} ms (operation {}, step {})", milliseconds(worst_),
                                 worst_op_->id, worst_op_->step));
    std::string means;
    for (const auto& entry : by_number()) {
      const auto& one = entry.second;
      if (one.operations > 0)
        means += fmt::format("{}{} {:.0f}", means.empty() ? "" : ", ", entry.first,
                             milliseconds(one.total) / static_cast<double>(one.operations));
      if (one.failed > 0)
        findings_.note(fmt::format("step {}: {} failed", entry.first, text::count(one.failed, "operation")));
    }
    if (!means.empty()) findings_.note("mean ms by step: " + means);
    if (refused_ > 0) findings_.note(fmt::format("{} refused as the contract says", refused_));
    if (state_ > 0) findings_.note(fmt::format("{} refused for the state of the row", state_));
    if (kept_out_ > 0)
      findings_.note(fmt::format("{} refused because a stopped node held the database's lock", kept_out_));
    if (excused_ > 0) findings_.note(fmt::format("{} unanswered because of the plan's own faults", excused_));
  }

 private:
  void operation(const ClientOp& op) {
    if (!op.outcome && !c_.evidence.complete()) return;
    findings_.owe();
    const auto must = must_refuse(c_, op);
    if (op.outcome == OpEdge::ok) {
      auto& step = steps_[op.step];
      const auto took = c_.evidence.time(op.ended) - c_.evidence.time(op.invoked);
      ++step.operations;
      step.total += took;
      step.worst = std::max(step.worst, took);
      if (!worst_op_ || took > worst_) {
        worst_ = took;
        worst_op_ = &op;
      }
      if (must && !op.to_be_refused)  // else the gate check says so
        fail(op,
             fmt::format("operation {} was accepted, although {} must refuse it: {}", op.id,
                         c_.release_of(op), *must),
             "");
      return;
    }
    if (op.outcome == OpEdge::fail) {
      const auto lawful = must ? Lawful(*must) : lawful_failure(c_, op);
      const auto& why = lawful ? *lawful : lawful.error();
      if (lawful && kept_out(op)) {
        ++kept_out_;
        return;
      }
      if (lawful && taken_for_granted(c_, op)) {
        fail(op,
             fmt::format("operation {} ({} {}) was refused, but the plan assumes that it succeeds: {}", op.id,
                         op.method, op.object, told(op)),
             why);
        return;
      }
      if (must) {
        ++refused_;
        return;
      }
      if (lawful) {
        ++(op.to_be_refused ? refused_ : state_);
        return;
      }
      fail(op, fmt::format("operation {} ({} {}) failed: {}", op.id, op.method, op.object, told(op)), why);
      return;
    }
    if (blown(c_, op)) {
      ++excused_;
      return;
    }
    fail(op,
         fmt::format("operation {} ({} {}) got no answer{}", op.id, op.method, op.object,
                     op.end && !text_at(*op.end, "why").empty() ? ": " + text_at(*op.end, "why") : ""),
         "");
  }

  static std::string told(const ClientOp& op) {
    const Json& error = member(*op.end, "error");
    if (error.is_object())
      return fmt::format("{}: {}", text_at(error, "type"), text::cut(text_at(error, "message"), 160));
    return shown(error, 160);
  }

  void fail(const ClientOp& op, const std::string& summary, const std::string& why) {
    if (const auto taken = op.outcome == OpEdge::ok ? 0 : c_.starvation.explains(op))
      return findings_.starved(taken);
    ++steps_[op.step].failed;
    Witness witness;
    witness.event = op.ended == never ? op.invoked : op.ended;
    witness.object = op.object;
    witness.row = op.row;
    witness.step = op.step;
    witness.summary = summary;
    witness.argument.push_back(fmt::format("event {}: the client sent {} {} {} with {} to {} ({})",
                                           op.invoked, op.method, op.object, op.row, shown(op.fields(), 120),
                                           op.via, c_.release_of(op)));
    if (op.outcome)
      witness.argument.push_back(fmt::format("event {}: the outcome: {}", op.ended, name(*op.outcome)));
    if (!why.empty()) witness.argument.push_back(why);
    findings_.fail(std::move(witness));
  }

  /// Step 10 comes after step 2.
  std::vector<std::pair<std::string, PerStep>> by_number() const {
    std::vector<std::pair<std::string, PerStep>> out(steps_.begin(), steps_.end());
    const auto key = [](const std::string& number) { return read_version(number).value_or(Version()); };
    std::stable_sort(out.begin(), out.end(),
                     [&](const auto& a, const auto& b) { return key(a.first) < key(b.first); });
    return out;
  }

  static double milliseconds(std::int64_t microseconds) { return static_cast<double>(microseconds) / 1e3; }

  const RunFacts& c_;
  Findings& findings_;
  std::map<std::string, PerStep> steps_;
  std::int64_t refused_ = 0, state_ = 0, kept_out_ = 0, excused_ = 0, worst_ = 0;
  const ClientOp* worst_op_ = nullptr;
};

}  // namespace

bool refused_lawfully(const RunFacts& c, const ClientOp& op) {
  return (must_refuse(c, op) || lawful_failure(c, op)) && (kept_out(op) || !taken_for_granted(c, op));
}

void check_availability(const RunFacts& c, Findings& findings) { Availability(c, findings).run(); }

}  // namespace caravan::reports
