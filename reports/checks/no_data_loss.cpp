// no-data-loss (O5): every acknowledged create, field write and delete holds to the end, field by field;
// every committed change was asked for; what was deleted stays deleted.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/text.hpp"
#include "reports/checks/checks.hpp"
#include "reports/checks/final_contents.hpp"
#include "reports/facts/lifecycle.hpp"
#include "reports/facts/projection.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

bool kept_by_conductor(const std::string& field) { return field == "id" || is_stores_own(field); }

class NoDataLoss {
 public:
  NoDataLoss(const RunFacts& facts, Findings& findings) : c_(facts), findings_(findings) {}

  void run() {
    for (std::size_t i = 0; i < c_.writes.all().size(); ++i) write(static_cast<int>(i));
    for (const auto& op : c_.evidence.operations) operation(op);
    for (const auto& account : c_.writes.accounts()) committed(account);
    check_final_contents(c_, findings_);
    findings_.note(unknown_ == 0 ? std::string()
                                 : fmt::format("{} had no reply: {} took effect, {} did not",
                                               text::count(unknown_, "write"), unknown_effective_,
                                               unknown_ - unknown_effective_));
  }

 private:
  Witness lost(const Write& write, int index, const std::string& field, const std::string& summary) const {
    const auto& call = c_.evidence.messages[static_cast<std::size_t>(write.message)];
    Witness witness;
    witness.event = write.begin;
    witness.object = write.object->name;
    witness.field = field;
    witness.row = write.row;
    witness.summary = summary;
    witness.argument.push_back(fmt::format("event {}: {}", write.begin, c_.writes.describe(index)));
    if (!write.operation.empty())
      witness.argument.push_back(fmt::format("it was sent for operation {}", write.operation));
    if (call.reply >= 0)
      witness.argument.push_back(fmt::format("event {}: {} acknowledged it (message {})", write.end,
                                             write.receiver,
                                             c_.evidence.messages[static_cast<std::size_t>(call.reply)].id));
    return witness;
  }

  void write(int index) {
    const auto& write = c_.writes.all()[static_cast<std::size_t>(index)];
    if (write.outcome == Write::Outcome::unknown) {
      if (write.parent >= 0) return;
      ++unknown_;
      if (!write.effects.empty()) ++unknown_effective_;
      for (const auto& effect : write.effects) {
        if (effect.second < 2 || write.action == "destroy") continue;
        Witness witness = lost(write, index, effect.first,
                               fmt::format("a write that nobody acknowledged took effect {} times on {}",
                                           effect.second, effect.first));
        findings_.fail(std::move(witness));
      }
      return;
    }
    if (write.outcome != Write::Outcome::acknowledged) return;
    const auto* row = c_.database.row(*write.object, write.row);
    if (write.action == "destroy") {
      findings_.owe();
      if (row && !row->gone_within(write.begin, write.end))
        findings_.fail(lost(write, index, "",
                            fmt::format("{} {} was acknowledged as deleted, but is still there",
                                        write.object->name, write.row)));
      return;
    }
    if (write.action == "create") {
      findings_.owe();
      if (!row || !row->alive_within(write.begin, write.end)) {
        Witness witness =
            lost(write, index, write.named.empty() ? "" : best_known(write),
                 fmt::format("{} {} was acknowledged as created, but no such row was committed by then",
                             write.object->name, write.row));
        witness.argument.push_back(
            row && row->lives.front().first > write.end
                ? fmt::format("event {}: it was committed only after that", row->lives.front().first)
                : fmt::format("until event {} no row was committed", c_.evidence.last));
        reported_.insert(write.operation + "/" + write.row + "/");
        findings_.fail(std::move(witness));
        return;
      }
    }
    for (const auto& named : write.named) named_field(write, index, named, row);
  }

  std::string best_known(const Write& write) const {
    for (const auto& named : write.named)
      if (!kept_by_conductor(named.field->contract->field) && !named.field->is_children()) return named.name;
    return {};
  }

  void named_field(const Write& write, int index, const Named& named, const RowHistory* row) {
    const auto& contract = *named.field->contract;
    if (kept_by_conductor(contract.field)) return;
    // Declared: the field ended before the conductor's release, or cannot be carried at that version.
    const Version there = c_.version_at(write.receiver_release, write.object->name);
    if (contract.until && there >= *contract.until) return;
    if (contract.lost_below && write.version < *contract.lost_below) return;
    if (write.action == "create" && named.field->is_children() && named.field->link_table.empty())
      return;  // writes of their own
    findings_.owe();
    if (named.field->is_children()) {
      if (row && holds_children(write, named, *row)) return;
    } else if (row && showed(c_, *row, *named.field, write.version, *named.sent, write.begin, write.end)) {
      return;
    }
    Witness witness = lost(write, index, contract.field,
                           fmt::format("an acknowledged write of {}.{} was lost: {} was sent",
                                       write.object->name, named.name, shown(*named.sent)));
    if (row && !named.field->is_children())
      witness.argument.push_back(fmt::format("from event {} to event {} the database showed {} {} as {}",
                                             write.begin, write.end, named.name, write.version.text(),
                                             shown_as(c_, *row, *named.field, write.version, write.end)));
    if (!row) witness.argument.push_back("no such row was ever committed");
    reported_.insert(write.operation + "/" + write.row + "/" + contract.field);
    findings_.fail(std::move(witness));
  }

  bool holds_children(const Write& write, const Named& named, const RowHistory& row) const {
    std::set<std::string> sent;
    if (!named.sent->is_array()) return true;
    for (const auto& item : *named.sent) {
      sent.insert(id_of_item(item, c_.releases.prefix()));
    }
    for (const Event at : c_.database.moments(row, write.begin, write.end)) {
      std::set<std::string> there;
      for (const auto* item : c_.database.children(row, *named.field, at)) there.insert(item->key);
      if (there == sent) return true;
    }
    return false;
  }

  // What the client was promised, whatever happened between.
  void operation(const ClientOp& op) {
    if (op.outcome != OpEdge::ok) return;
    const auto* object = c_.releases.object(op.object);
    if (!object) return;
    const std::string release = c_.release_of(op);
    const Version version = c_.version_at(release, op.object);
    if (op.method == "read") return wanted(op);
    if (op.writes_fields()) {
      const auto* row = c_.database.row(*object, op.row);
      promised(op, *object, row, op.fields(), version, release, 0);
    } else if (op.method == "delete") {
      findings_.owe();
      const auto* row = c_.database.row(*object, op.row);
      if (!row || row->gone_within(op.invoked, op.ended)) return;
      // Where a row goes in two steps the mark is what was promised, the rest is liveness.
      const auto* life = object->life();
      const auto* status = life && life->key.empty() ? object->status_field() : nullptr;
      if (status && !life->deleting.empty() &&
          showed(c_, *row, *status, version, Json(life->deleting), op.invoked, op.ended))
        return;
      Witness witness = for_op(op, "");
      witness.summary =
          fmt::format("a client was told that {} {} is deleted, but it is still there", op.object, op.row);
      findings_.fail(std::move(witness));
    }
  }

  Witness for_op(const ClientOp& op, const std::string& field) const {
    Witness witness;
    witness.event = op.invoked;
    witness.object = op.object;
    witness.field = field;
    witness.row = op.row;
    witness.argument.push_back(fmt::format("event {}: operation {} ({} {} {}) was sent to {} ({})",
                                           op.invoked, op.id, op.method, op.object, op.row, op.via,
                                           c_.release_of(op)));
    witness.argument.push_back(fmt::format("event {}: the client was told: ok", op.ended));
    return witness;
  }

  bool keeps_elsewhere(const ClientOp& op) const { return c_.evidence.option(op.via, "castellan") == true; }

  void promised(const ClientOp& op, const ObjectHistory& object, const RowHistory* row, const Json& fields,
                const Version& version, const std::string& release, int depth) {
    if (!fields.is_object() || depth > 5) return;
    for (auto it = fields.begin(); it != fields.end(); ++it) {
      const auto* field = object.field(it.key(), version);
      if (!field || kept_by_conductor(it.key())) continue;
      if (field->contract->until || (field->contract->lost_below && version < *field->contract->lost_below))
        continue;
      if (field->is_children()) {
        promised_children(op, *field, it.value(), release, depth);
        continue;
      }
      // With a key manager the api keeps the id of a secret in its place.
      if (!field->contract->secret.empty() && keeps_elsewhere(op)) continue;
      findings_.owe();
      Json expected = it.value();
      if (op.method == "run" && expected.is_object()) {
        const auto* life = object.life();
        if (life && life->field == it.key() && !life->key.empty())
          expected[life->key] = born_in(c_.releases, *life);
        // So is what a release puts into a run besides, without conductors.
        if (const auto* more = added_to_runs(c_.releases, object, it.key(), release);
            more && c_.evidence.direct())
          expected.update(*more);
      }
      if (row && stood(op, *row, *field, version, expected)) continue;
      const std::string id = row ? row->key : op.row;
      if (reported_.count(op.id + "/" + id + "/") ||
          reported_.count(op.id + "/" + id + "/" + field->contract->field))
        continue;
      Witness witness = for_op(op, field->contract->field);
      witness.object = object.name;
      witness.row = id;
      witness.summary = fmt::format("a client was told that {}.{} of {} is {}, but it was not stored by then",
                                    object.name, it.key(), id, shown(expected));
      if (row)
        witness.argument.push_back(fmt::format("event {}: the database showed {}", op.ended,
                                               shown_as(c_, *row, *field, version, op.ended)));
      else
        witness.argument.push_back("no such row was ever committed");
      findings_.fail(std::move(witness));
    }
  }

  /// At the end of the operation the field showed what was asked; or it had done so, and another operation
  /// came after.
  bool stood(const ClientOp& op, const RowHistory& row, const FieldHistory& field, const Version& version,
             const Json& asked) const {
    const Json wanted = canonical(*field.spec, asked);
    const auto moments = c_.database.moments(row, field, op.invoked, std::min(op.ended, c_.evidence.last));
    for (auto at = moments.rbegin(); at != moments.rend(); ++at) {
      if (is_seen_as(*field.contract, c_.database.value(row, field, *at), version, wanted)) return true;
      const auto* account = c_.writes.account_of(*at);
      if (account && account->write >= 0 &&
          c_.writes.all()[static_cast<std::size_t>(account->write)].operation == op.id &&
          op.method == "update") {
        // Its own doing, and not what was asked; unless it is the other column of a rename.
        if (account->change->column == c_.database.truth_column(*row.object, field, *at)) return false;
      }
    }
    return false;
  }

  void promised_children(const ClientOp& op, const FieldHistory& field, const Json& items,
                         const std::string& release, int depth) {
    const auto* child = c_.releases.object(field.child);
    if (!child || !items.is_array()) return;
    for (const auto& item : items) {
      const std::string& id = text_at(item, "id");
      if (id.empty() || !field.link_table.empty()) continue;
      promised(op, *child, c_.database.row(*child, id), item, c_.version_at(release, child->name), release,
               depth + 1);
    }
  }

  /// The plan expects what its earlier operations set; one of them that was not acknowledged leaves that
  /// open.
  bool uncertain(const ClientOp& read, const std::string& name) const {
    return std::any_of(c_.evidence.operations.begin(), c_.evidence.operations.end(), [&](const ClientOp& op) {
      return op.row == read.row && op.invoked < read.invoked && op.outcome != OpEdge::ok &&
             !op.to_be_refused && op.fields().is_object() && op.fields().contains(name);
    });
  }

  /// In direct access a row took this value from the one that it follows (attribution_direct.cpp).
  bool followed(const ClientOp& read, const std::string& name) const {
    const auto& accounts = c_.writes.accounts();
    return c_.evidence.direct() && std::any_of(accounts.begin(), accounts.end(), [&](const Account& account) {
             return account.kind == Account::Kind::work && account.write >= 0 &&
                    account.change->event < read.ended && account.change->row->key == read.row &&
                    account.change->column == name;
           });
  }

  void wanted(const ClientOp& op) {
    const Json& want = member(*op.invoke, "want");
    if (!want.is_object()) return;
    const Json& result = member(*op.end, "result");
    const auto whole = read_primitive(result, c_.releases.prefix());
    const Json& data = whole ? *whole->data : result;
    const auto* object = c_.releases.object(op.object);
    const Version version = c_.version_at(c_.release_of(op), op.object);
    for (auto it = want.begin(); it != want.end(); ++it) {
      if (uncertain(op, it.key()) || followed(op, it.key())) continue;
      findings_.owe();
      const Json& got = member(data, it.key().c_str());
      const auto* field = object->field(it.key(), version);
      if (field ? equal_to_user(*field->contract, canonical(*field->spec, got),
                                canonical(*field->spec, it.value()))
                : same(got, it.value()))
        continue;
      Witness witness = for_op(op, it.key());
      witness.event = op.ended;
      witness.summary =
          fmt::format("the plan expects {}.{} to be {}, but a read by {} ({}) gave {}", op.object, it.key(),
                      shown(it.value()), op.via, c_.release_of(op), shown(got));
      if (field)
        if (const int last = c_.writes.last_named(op.object, op.row, field, op.ended, -1); last >= 0)
          witness.argument.push_back("it was last written by " + c_.writes.describe(last));
      findings_.fail(std::move(witness));
    }
  }

  void committed(const Account& account) {
    findings_.owe();
    const auto kind = account.kind;
    if (kind != Account::Kind::wrong_value && kind != Account::Kind::phantom &&
        kind != Account::Kind::resurrected)
      return;
    const auto& change = *account.change;
    Witness witness;
    witness.event = change.event;
    witness.object = change.row->object ? change.row->object->name : change.row->table;
    const auto* field = change.row->object ? change.row->object->by_column(change.column) : nullptr;
    witness.field = field ? field->contract->field : change.column;
    witness.row = change.row->key;
    const std::string old_value = shown(member(*change.json, "old")),
                      new_value = shown(member(*change.json, "new"));
    witness.argument.push_back(fmt::format("event {}: {} of {} {}: {} became {}", change.event, change.action,
                                           change.row->table, change.row->key, old_value, new_value));
    if (kind == Account::Kind::resurrected) {
      witness.summary = fmt::format("{} {} had been deleted and came back", witness.object, witness.row);
      const auto& first = *std::prev(std::prev(change.row->lives.end()));
      witness.argument.push_back(
          fmt::format("it had been there from event {} to event {}", first.first, first.second));
      if (account.write >= 0) witness.argument.push_back("it came with " + c_.writes.describe(account.write));
    } else if (kind == Account::Kind::wrong_value) {
      const auto& write = c_.writes.all()[static_cast<std::size_t>(account.write)];
      const auto* named = write.names(field);
      witness.summary = fmt::format("{}.{} was stored as {}, but {} was sent", witness.object, change.column,
                                    new_value, named ? shown(*named->sent) : "");
      witness.argument.push_back("the field was named by " + c_.writes.describe(account.write));
    } else {
      witness.summary = fmt::format("nothing asked for this {} of {}.{}: {} became {}", change.action,
                                    witness.object, change.column, old_value, new_value);
      if (field)
        if (const int last = c_.writes.last_named(witness.object, witness.row, field, change.event, -1);
            last >= 0)
          witness.argument.push_back("the value before came from " + c_.writes.describe(last));
      witness.argument.push_back(
          change.stamp
              ? fmt::format("{} wrote it for {} (transaction {}), which did not ask for it",
                            change.stamp->writer, change.stamp->cause, change.stamp->transaction)
              : "no write to the row, declared consequence or migration was under way that accounts for it");
    }
    findings_.fail(std::move(witness));
  }

  const RunFacts& c_;
  Findings& findings_;
  std::set<std::string> reported_;
  std::int64_t unknown_ = 0, unknown_effective_ = 0;
};

}  // namespace

void check_no_data_loss(const RunFacts& c, Findings& findings) { NoDataLoss(c, findings).run(); }

}  // namespace caravan::reports
