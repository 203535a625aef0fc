// frame (O7): a partial update changes only what it names. Also the fields that the sender's release does not
// know, and the second column of a rename.
#include <fmt/format.h>

#include "reports/checks/checks.hpp"
#include "reports/facts/projection.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

class Frame {
 public:
  Frame(const RunFacts& facts, Findings& findings) : c_(facts), findings_(findings) {}

  void run() {
    for (const auto& write : c_.writes.all()) {
      if (write.action != "save" || write.outcome != Write::Outcome::acknowledged) continue;
      for (const auto& field : write.object->fields)
        if (!field.is_children() && !write.names(&field)) findings_.owe();
      mirrors(write);
    }
    for (const auto& account : c_.writes.accounts()) {
      if (account.kind == Account::Kind::frame) touched(account);
      if (account.kind == Account::Kind::clobbered) clobbered(account);
      if (account.kind == Account::Kind::asked) beyond_operation(account);
    }
  }

 private:
  Witness base(const RowChange& change, const FieldHistory* field) const {
    Witness witness;
    witness.event = change.event;
    witness.object = change.row->object ? change.row->object->name : change.row->table;
    witness.field = field ? field->contract->field : change.column;
    witness.row = change.row->key;
    return witness;
  }

  void tell_earlier(Witness& witness, const RowChange& change, const FieldHistory* field, int blamed) const {
    if (!field) return;
    const int earlier = c_.writes.last_named(witness.object, witness.row, field, change.event, blamed);
    if (earlier < 0) {
      // Nobody named it: the value came with the row.
      for (const int index : c_.writes.of_row(witness.object, witness.row))
        if (const auto& write = c_.writes.all()[static_cast<std::size_t>(index)];
            write.action == "create" && index != blamed) {
          witness.argument.push_back(
              fmt::format("event {}: the value came with {}", write.begin, c_.writes.describe(index)));
          return;
        }
      return;
    }
    const auto& first = c_.writes.all()[static_cast<std::size_t>(earlier)];
    const auto& step = c_.evidence.step_at(first.begin);
    witness.argument.push_back(fmt::format("event {}: the value was written by {}{}", first.begin,
                                           c_.writes.describe(earlier),
                                           step.empty() ? "" : ", in step " + step));
  }

  void tell_change(Witness& witness, const RowChange& change) const {
    witness.argument.push_back(fmt::format("event {}: the transaction changed {}.{} of {} from {} to {}",
                                           change.event, change.row->table, change.column, change.row->key,
                                           shown(member(*change.json, "old")),
                                           shown(member(*change.json, "new"))));
  }

  void touched(const Account& account) {
    const auto& change = *account.change;
    const auto& write = c_.writes.all()[static_cast<std::size_t>(account.write)];
    const auto* field = change.row->object ? change.row->object->by_column(change.column) : nullptr;
    Witness witness = base(change, field);
    std::string names;
    for (const auto& named : write.named) names += (names.empty() ? "" : ", ") + named.name;
    const bool unknown = field && !exists_at(*field->contract, write.version);
    witness.summary = fmt::format("a {} that named {} changed {}.{}{}", write.action,
                                  names.empty() ? "nothing" : "only " + names, witness.object, witness.field,
                                  unknown ? fmt::format(", a field that its sender ({} {}) does not know",
                                                        witness.object, write.version.text())
                                          : "");
    if (change.action == "delete") {
      witness.field.clear();
      witness.summary = fmt::format("a {} that named {} removed {} {}", write.action,
                                    names.empty() ? "nothing" : "only " + names, witness.object, witness.row);
    }
    tell_earlier(witness, change, field, account.write);
    witness.argument.push_back(
        fmt::format("event {}: then came {}", write.begin, c_.writes.describe(account.write)));
    tell_change(witness, change);
    findings_.fail(std::move(witness));
  }

  void clobbered(const Account& account) {
    const auto& change = *account.change;
    const auto& write = c_.writes.all()[static_cast<std::size_t>(account.write)];
    const auto* field = change.row->object->by_column(change.column);
    const auto* named = write.names(field);
    Witness witness = base(change, field);
    witness.summary = fmt::format(
        "a {} at version {} sent {}.{} as it saw it, so it changed nothing there; yet the stored value is "
        "another one now",
        write.action, write.version.text(), witness.object, named->name);
    tell_earlier(witness, change, field, account.write);
    witness.argument.push_back(fmt::format(
        "stored was {}, which version {} sees as {}", shown(member(*change.json, "old")),
        write.version.text(), shown_as(c_, *change.row, *field, write.version, change.event - 1)));
    witness.argument.push_back(fmt::format("event {}: then came {}; it sent {}", write.begin,
                                           c_.writes.describe(account.write), shown(*named->sent)));
    tell_change(witness, change);
    findings_.fail(std::move(witness));
  }

  /// A client's update names fields; the api may save no others.
  void beyond_operation(const Account& account) {
    if (account.write < 0) return;
    const auto& write = c_.writes.all()[static_cast<std::size_t>(account.write)];
    const auto* sender = c_.evidence.incarnation(write.sender);
    const auto found = c_.evidence.operation_by_id.find(write.operation);
    if (!sender || !role_spec(sender->role).serves_clients || found == c_.evidence.operation_by_id.end())
      return;
    const auto& op = c_.evidence.operations[static_cast<std::size_t>(found->second)];
    const auto& change = *account.change;
    if (op.method != "update" || op.row != change.row->key || !change.row->object) return;
    findings_.owe();
    const auto* field = change.row->object->by_column(change.column);
    if (!field) return;
    const Version version = c_.version_at(c_.release_of(op), op.object);
    for (auto it = op.fields().begin(); it != op.fields().end(); ++it)
      if (change.row->object->field(it.key(), version) == field) return;
    Witness witness = base(change, field);
    witness.summary = fmt::format("operation {} updates {}, but the save that {} sent for it changed {}.{}",
                                  op.id, shown(op.fields(), 80), write.sender, witness.object, witness.field);
    tell_earlier(witness, change, field, account.write);
    witness.argument.push_back(fmt::format("event {}: the client asked (operation {})", op.invoked, op.id));
    witness.argument.push_back(
        fmt::format("event {}: then came {}", write.begin, c_.writes.describe(account.write)));
    tell_change(witness, change);
    findings_.fail(std::move(witness));
  }

  /// While a table has both columns of a rename, a conductor that knows both writes both.
  void mirrors(const Write& write) {
    const auto* row = c_.database.row(*write.object, write.row);
    if (!row) return;
    for (const auto& named : write.named) {
      const auto& contract = *named.field->contract;
      if (!contract.was_called) continue;
      const std::string mirror = c_.database.mirror_column(*write.object, *named.field, write.end);
      const Version there = c_.version_at(write.receiver_release, write.object->name);
      if (mirror.empty() || there < contract.was_called->second) continue;
      findings_.owe();
      bool equal = false;
      for (const Event at : c_.database.moments(*row, *named.field, write.begin, write.end))
        equal = equal || (same(c_.database.stored(*row, mirror, at),
                               c_.database.stored(*row, contract.was_called->first, at)) &&
                          is_seen_as(contract, c_.database.value(*row, *named.field, at), write.version,
                                     canonical(*named.field->spec, *named.sent)));
      // A write that was lost altogether is no-data-loss, not this.
      equal = equal || !showed(c_, *row, *named.field, write.version, *named.sent, write.begin, write.end);
      if (equal) continue;
      Witness witness;
      witness.event = write.end;
      witness.object = write.object->name;
      witness.field = contract.field;
      witness.row = write.row;
      witness.summary = fmt::format("{} and {} are one field, but a write left them with two values",
                                    contract.was_called->first, contract.field);
      witness.argument = {fmt::format("event {}: a write of {} by {} ({}) was delivered to {}", write.begin,
                                      named.name, write.sender, write.sender_release, write.receiver),
                          fmt::format("event {}: {} is {}, {} is {}", write.end, contract.was_called->first,
                                      shown(c_.database.stored(*row, contract.was_called->first, write.end)),
                                      mirror, shown(c_.database.stored(*row, mirror, write.end)))};
      findings_.fail(std::move(witness));
    }
  }

  const RunFacts& c_;
  Findings& findings_;
};

}  // namespace

void check_frame(const RunFacts& c, Findings& findings) { Frame(c, findings).run(); }

}  // namespace caravan::reports
