// session (O6): a client reads what is stored, and so its own writes and never backwards; reading changes
// nothing.
#include <fmt/format.h>

#include <algorithm>

#include "reports/checks/checks.hpp"
#include "reports/facts/projection.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

class Session {
 public:
  Session(const RunFacts& facts, Findings& findings) : c_(facts), findings_(findings) {}

  void run() {
    for (const auto& op : c_.evidence.operations) {
      if (op.outcome != OpEdge::ok) continue;
      if (op.method == "read") read(op, op.row, answer(op));
      if (op.method == "list") listed(op);
    }
    for (const auto& write : c_.writes.all()) asked_by_read(write);
    silent_changes();
  }

 private:
  const Json& answer(const ClientOp& op) const {
    const Json& result = member(*op.end, "result");
    const auto whole = read_primitive(result, c_.releases.prefix());
    return whole ? *whole->data : result;
  }

  void listed(const ClientOp& op) {
    const Json& result = member(*op.end, "result");
    if (!result.is_array()) return;
    findings_.owe();  // also of a list that is empty
    for (const auto& item : result) {
      const auto whole = read_primitive(item, c_.releases.prefix());
      const Json& data = whole ? *whole->data : item;
      read(op, text_at(data, "id"), data);
    }
    complete(op, result);
  }

  /// What fitted all the time is in the list. In direct access NULL equals nothing, as in Sahara's own SQL.
  void complete(const ClientOp& op, const Json& result) {
    const auto* object = c_.releases.object(op.object);
    const Json& where = op.fields();
    if (!object || !where.is_object() || c_.evidence.direct()) return;
    std::set<std::string> told;
    for (const auto& item : result) told.insert(id_of_item(item, c_.releases.prefix()));
    findings_.owe();
    for (auto it = c_.database.rows().lower_bound({object->table, ""});
         it != c_.database.rows().end() && it->first.first == object->table; ++it) {
      const auto& row = it->second;
      if (told.count(row.key) || !row.alive(op.invoked) || row.gone_within(op.invoked, op.ended)) continue;
      if (!fitted(op, *object, row, where)) continue;
      Witness witness = base(op, row.key, where.empty() ? "" : where.begin().key());
      witness.summary = fmt::format("a list of {} where {} lacks row {}, which matched all the time",
                                    op.object, shown(where, 120), row.key);
      findings_.fail(std::move(witness));
      return;
    }
  }

  bool fitted(const ClientOp& op, const ObjectHistory& object, const RowHistory& row,
              const Json& where) const {
    const Version version = c_.version_at(c_.release_of(op), op.object);
    const Event to = std::min(op.ended, c_.evidence.last);
    for (auto it = where.begin(); it != where.end(); ++it) {
      const auto* field = object.field(it.key(), version);
      if (!field || field->is_children() || !field->contract->secret.empty()) return false;
      for (const Event at : c_.database.moments(row, *field, op.invoked, to))
        if (!showed(c_, row, *field, version, it.value(), at, at)) return false;
    }
    return true;
  }

  void read(const ClientOp& op, const std::string& id, const Json& data) {
    const auto* object = c_.releases.object(op.object);
    const auto* row = object ? c_.database.row(*object, id) : nullptr;
    if (!object || !data.is_object()) return;
    findings_.owe();
    if (!row || !row->alive_within(op.invoked, op.ended)) {
      Witness witness = base(op, id, "");
      witness.summary =
          fmt::format("a client read {} {}, which was not stored at any moment of the read", op.object, id);
      findings_.fail(std::move(witness));
      return;
    }
    const Version version = c_.version_at(c_.release_of(op), op.object);
    for (auto it = data.begin(); it != data.end(); ++it) {
      const auto* field = object->field(it.key(), version);
      if (!field) continue;
      findings_.owe();
      if (field->is_children())
        children(op, *row, *field, it.value());
      else
        value(op, *row, *field, version, it.key(), it.value());
    }
  }

  void value(const ClientOp& op, const RowHistory& row, const FieldHistory& field, const Version& version,
             const std::string& name, const Json& told) {
    const auto& contract = *field.contract;
    if (contract.until && told.is_null()) return;
    if (was(row, field, version, told, op.invoked, op.ended)) return;
    Witness witness = base(op, row.key, name);
    // Which promise it breaks: the client's own write, its own earlier read, or anybody's.
    const ClientOp* mine = nullptr;
    const ClientOp* seen = nullptr;
    const Event born = row.lives.front().first;
    const bool old = was(row, field, version, told, born, op.invoked);
    if (old)
      for (const auto& other : c_.evidence.operations) {
        if (other.invoked >= op.invoked) break;
        if (client(other) != client(op) || other.row != row.key || other.outcome != OpEdge::ok) continue;
        if (other.method == "read" && answer(other).contains(name)) seen = &other;
        if ((other.method == "update" || other.method == "create") && other.fields().contains(name))
          mine = &other;
      }
    if (mine &&
        !same(canonical(*field.spec, member(mine->fields(), name.c_str())), canonical(*field.spec, told))) {
      witness.summary = fmt::format("a client did not read its own write: {} was {}", name, shown(told));
      witness.argument.push_back(fmt::format("event {}: its operation {} had been acknowledged with {}",
                                             mine->ended, mine->id,
                                             shown(member(mine->fields(), name.c_str()))));
    } else if (seen && !same(member(answer(*seen), name.c_str()), told)) {
      witness.summary = fmt::format("a client's reads went backwards: {} was {} again", name, shown(told));
      witness.argument.push_back(fmt::format("event {}: its read {} had given {}", seen->ended, seen->id,
                                             shown(member(answer(*seen), name.c_str()))));
    } else {
      witness.summary =
          fmt::format("a client read {} as {}, which it was at no moment of the read", name, shown(told));
    }
    witness.argument.push_back(
        fmt::format("event {}: stored then is {}", op.ended, shown_as(c_, row, field, version, op.ended)));
    findings_.fail(std::move(witness));
  }

  /// Secret parts are left out of answers, so they are left out here.
  bool was(const RowHistory& row, const FieldHistory& field, const Version& version, const Json& told,
           Event from, Event to) const {
    const auto& contract = *field.contract;
    if (contract.secret.empty()) return showed(c_, row, field, version, told, from, to);
    const Json wanted = without_secrets(contract, canonical(*field.spec, told));
    for (const Event at : c_.database.moments(row, field, from, std::min(to, c_.evidence.last))) {
      const auto seen = project(contract, c_.database.value(row, field, at), version);
      if (seen.kind != Projected::Kind::value) continue;
      if (equal_to_user(contract, seen.value, canonical(*field.spec, told)) ||
          equal_to_user(contract, without_secrets(contract, seen.value), wanted))
        return true;
    }
    return false;
  }

  void children(const ClientOp& op, const RowHistory& row, const FieldHistory& field, const Json& told) {
    if (!told.is_array()) return;
    std::set<std::string> ids;
    for (const auto& item : told) ids.insert(id_of_item(item, c_.releases.prefix()));
    const Event to = std::min(op.ended, c_.evidence.last);
    for (const Event at : c_.database.moments(row, op.invoked, to)) {
      std::set<std::string> there;
      for (const auto* item : c_.database.children(row, field, at)) there.insert(item->key);
      if (there == ids) return;
    }
    Witness witness = base(op, row.key, field.contract->field);
    witness.summary = fmt::format("a client read {} of {}, which were never those rows during the read",
                                  field.contract->field, row.key);
    findings_.fail(std::move(witness));
  }

  /// No node may send a write because a client reads.
  void asked_by_read(const Write& write) {
    const auto found = c_.evidence.operation_by_id.find(write.operation);
    if (write.parent >= 0 || found == c_.evidence.operation_by_id.end()) return;
    const auto& op = c_.evidence.operations[static_cast<std::size_t>(found->second)];
    if (op.method != "read" && op.method != "list") return;
    Witness witness = base(op, write.row, write.named.empty() ? "" : write.named.front().name);
    witness.event = write.begin;
    witness.object = write.object->name;
    witness.summary = fmt::format("reading {} {} led to a {}", op.object, op.row, write.action);
    const auto index = static_cast<int>(&write - c_.writes.all().data());
    witness.argument.push_back(fmt::format("event {}: {}", write.begin, c_.writes.describe(index)));
    findings_.fail(std::move(witness));
  }

  /// Changes that nobody asked for, of a row that was just being read.
  void silent_changes() {
    for (const auto& account : c_.writes.accounts()) {
      const bool stamp = account.kind == Account::Kind::implied && account.write < 0;
      if (account.kind != Account::Kind::phantom && !stamp) continue;
      const auto& change = *account.change;
      if (!change.row->object || change.action != "update" || being_written(change)) continue;
      const auto* reader = reader_of(change);
      if (!reader) continue;
      Witness witness;
      witness.event = change.event;
      witness.object = change.row->object->name;
      const auto* field = change.row->object->by_column(change.column);
      witness.field = field ? field->contract->field : change.column;
      witness.row = change.row->key;
      witness.summary = fmt::format("{}.{} changed while it was only read", witness.object, witness.field);
      witness.argument = {
          fmt::format("event {}: {} asked {} for it (message {})", reader->deliveries.front().event,
                      reader->from, reader->deliveries.front().receiver, reader->id),
          fmt::format("event {}: {} became {}; no write to the row, consequence or migration was under way",
                      change.event, shown(member(*change.json, "old")), shown(member(*change.json, "new")))};
      findings_.fail(std::move(witness));
    }
  }

  bool being_written(const RowChange& change) const {
    const auto& writes = c_.writes.of_row(change.row->object->name, change.row->key);
    if (std::any_of(writes.begin(), writes.end(), [&](int index) {
          return c_.writes.all()[static_cast<std::size_t>(index)].active(change.event);
        }))
      return true;
    if (c_.evidence.direct()) return true;  // no telling who wrote it
    // The stamp of a row changes with the row: something else of the same transaction has an account.
    const auto& accounts = c_.writes.accounts();
    const auto place =
        std::lower_bound(accounts.begin(), accounts.end(), change.event,
                         [](const Account& account, Event at) { return account.change->event < at; });
    const auto explained = [&](const Account& other) {
      return other.change->row == change.row && other.kind != Account::Kind::phantom && other.write >= 0;
    };
    for (auto it = place; it != accounts.end() && it->change->event - change.event == it - place; ++it)
      if (explained(*it)) return true;
    for (auto it = place; it != accounts.begin(); --it) {
      const auto& other = *std::prev(it);
      if (change.event - other.change->event != place - std::prev(it)) break;
      if (explained(other)) return true;
    }
    return std::any_of(c_.evidence.steps.begin(), c_.evidence.steps.end(), [&](const StepSpan& step) {
      return step.as<step::Migrate>() && step.begin <= change.event && change.event <= step.end;
    });
  }

  const Message* reader_of(const RowChange& change) const {
    for (const auto& message : c_.evidence.messages) {
      if (message.sent >= change.event) break;
      if (message.method != "object_class_action_versions" || message.deliveries.empty()) continue;
      if (text_at(message.args(), "objname") != change.row->object->name) continue;
      const std::string& id = text_at(member(message.args(), "kwargs"), "id");
      if (!id.empty() && id != change.row->key) continue;
      const Event end =
          message.reply < 0 ? never : c_.evidence.messages[static_cast<std::size_t>(message.reply)].sent;
      if (message.deliveries.front().event < change.event && change.event < end) return &message;
    }
    return nullptr;
  }

  static std::string client(const ClientOp& op) { return shown(member(*op.invoke, "client")); }

  Witness base(const ClientOp& op, const std::string& row, const std::string& field) const {
    Witness witness;
    witness.event = op.ended;
    witness.step = op.step;
    witness.object = op.object;
    witness.field = field;
    witness.row = row;
    witness.argument = {fmt::format("event {}: operation {} ({} {}) was sent to {} ({})", op.invoked, op.id,
                                    op.method, op.object, op.via, c_.release_of(op)),
                        fmt::format("event {}: the answer", op.ended)};
    return witness;
  }

  const RunFacts& c_;
  Findings& findings_;
};

}  // namespace

void check_session(const RunFacts& c, Findings& findings) { Session(c, findings).run(); }

}  // namespace caravan::reports
