// gate (O14): what policy forbids is refused, and the refusal changes nothing; what is lawful is let through.
#include <fmt/format.h>

#include <algorithm>

#include "reports/checks.hpp"
#include "reports/served.hpp"
#include "reports/text.hpp"
#include "reports/values.hpp"

namespace caravan {
namespace {

class Gate {
 public:
  Gate(const Case& the_case, Findings& findings) : c_(the_case), findings_(findings), served_(the_case) {}

  void run() {
    for (const auto& op : c_.evidence.operations)
      if (op.expect == "refused") operation(op);
    if (c_.evidence.direct()) return;
    for (const auto& one : c_.evidence.incarnations) join(one);
  }

 private:
  /// A node may join if the schema serves its release.
  void join(const Incarnation& one) {
    const bool admitted = one.ready != never, refused = one.ending == "refused";
    if (!admitted && !refused) return;
    const Event asked = one.starting, answered = admitted ? one.ready : one.ended;
    const auto then = served_.serves(one.release, asked), now = served_.serves(one.release, answered);
    findings_.owe();
    if (then != now || then == Served::Answer::open) return;  // the schema was just being changed
    if (admitted == (then == Served::Answer::yes)) return;
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

  /// The plan knows that the contract forbids it.
  void operation(const ClientOp& op) {
    if (op.outcome.empty() && !c_.evidence.complete()) return;
    findings_.owe();
    if (op.outcome != "ok") return;
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
    std::string why;
    if (must_refuse(c_, op, why)) witness.argument.push_back("it had to be refused: " + why);
    findings_.fail(std::move(witness));
  }

  /// Where it was taken up instead of refused.
  Event taken(const ClientOp& op) const {
    if (op.request < 0) return op.invoked;
    const auto& request = c_.evidence.messages[static_cast<std::size_t>(op.request)];
    return request.deliveries.empty() ? op.invoked : request.deliveries.front().event;
  }

  const Case& c_;
  Findings& findings_;
  Served served_;
};

}  // namespace

void check_gate(const Case& c, Findings& findings) { Gate(c, findings).run(); }

}  // namespace caravan
