// effect-count (O10): an acknowledged operation takes effect exactly once, any other at most once.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/text.hpp"
#include "reports/checks/checks.hpp"
#include "reports/facts/lifecycle.hpp"
#include "reports/facts/projection.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

class EffectCount {
 public:
  EffectCount(const RunFacts& facts, Findings& findings) : c_(facts), findings_(findings) {}

  void run() {
    for (const auto& op : c_.evidence.operations) {
      if (op.method == "read" || op.method == "list" || op.request < 0) continue;
      findings_.owe();
      by_id_[op.id] = &op;
    }
    changes();
    rows_of_one_create();
    counted();
    runs();
    for (const auto& op : c_.evidence.operations) taken_up(op);
  }

 private:
  const ClientOp* operation(const std::string& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
  }

  /// Work that starvation cut short is begun again by some node, or by none.
  void fail(Witness witness) {
    if (const auto taken = c_.starvation.explains_row(witness.row)) return findings_.starved(taken);
    findings_.fail(std::move(witness));
  }

  Witness base(const ClientOp& op, Event at) const {
    Witness witness;
    witness.event = at;
    witness.object = op.object;
    witness.row = op.row;
    witness.argument = {fmt::format("event {}: operation {} ({} {} {}) was sent to {}", op.invoked, op.id,
                                    op.method, op.object, op.row, op.via)};
    if (op.outcome)
      witness.argument.push_back(fmt::format("event {}: its outcome: {}", op.ended, name(*op.outcome)));
    return witness;
  }

  /// The columns that an operation names take its value once.
  void changes() {
    std::map<std::pair<std::string, std::string>, std::vector<Event>> seen;  ///< operation, column of its row
    for (const auto& account : c_.writes.accounts()) {
      if (account.write < 0 || account.change->action == "delete") continue;
      const auto kind = account.kind;
      if (kind != Account::Kind::asked && kind != Account::Kind::late && kind != Account::Kind::clobbered)
        continue;
      const auto& write = c_.writes.all()[static_cast<std::size_t>(account.write)];
      const auto* op = operation(write.operation);
      const auto& change = *account.change;
      if (!op || op->row != change.row->key || !change.row->object || !op->fields().is_object()) continue;
      if (!op->writes_fields()) continue;
      const auto* field = change.row->object->by_column(change.column);
      // Engines go on writing what they own for the operation that began it.
      const auto* sender = c_.evidence.incarnation(write.sender);
      if (!field || !sender || !role_spec(sender->role).serves_clients || !write.names(field)) continue;
      const auto* life = change.row->object->life();
      if (life && life->field == field->contract->field) continue;
      auto& events = seen[{op->id, change.column}];
      events.push_back(change.event);
      if (events.size() < 2) continue;
      Witness witness = base(*op, change.event);
      witness.field = field->contract->field;
      witness.summary =
          fmt::format("operation {} took effect twice on {}.{}", op->id, op->object, field->contract->field);
      witness.argument.push_back(fmt::format("event {}: the first time", events.front()));
      witness.argument.push_back(fmt::format(
          "event {}: once more, {} became {}, by {}", change.event, shown(member(*change.json, "old")),
          shown(member(*change.json, "new")), c_.writes.describe(account.write)));
      fail(std::move(witness));
    }
  }

  /// A text that only one create wrote is in one row, once born.
  void rows_of_one_create() {
    std::map<std::pair<std::string, std::string>, std::vector<const ClientOp*>> names;  ///< object, name
    for (const auto& op : c_.evidence.operations)
      if (op.method == "create")
        if (const auto& name = text_at(op.fields(), "name"); !name.empty())
          names[{op.object, name}].push_back(&op);
    std::map<std::pair<std::string, std::string>, std::int64_t> born;
    for (const auto& change : c_.database.changes()) {
      if (change.action != "insert" || change.column != "name" || !change.row->object) continue;
      const Json& value = member(*change.json, "new");
      if (!value.is_string()) continue;
      const std::pair<std::string, std::string> key{change.row->object->name, value.get<std::string>()};
      const auto found = names.find(key);
      if (found == names.end() || ++born[key] <= static_cast<std::int64_t>(found->second.size())) continue;
      const auto& op = *found->second.front();
      Witness witness = base(op, change.event);
      witness.field = "id";
      witness.row = change.row->key;
      witness.summary = fmt::format("operation {} made more than one row: {} is another {} named {}", op.id,
                                    change.row->key, op.object, shown(value));
      witness.argument.push_back(fmt::format("event {}: the row was committed", change.event));
      fail(std::move(witness));
    }
  }

  /// Rows that another one counts: never more than any operation asked for, and at rest as many as it says.
  void counted() {
    for (const auto& owners : c_.releases.objects())
      for (const auto& entry : owners.conduct().counts) {
        const auto *list = owners.by_name(entry.first), *count = owners.by_name(entry.second);
        const auto* items = list ? c_.releases.object(list->child) : nullptr;
        if (items && count) counted_rows(owners, *items, *list, entry.second);
      }
  }

  void counted_rows(const ObjectHistory& owners, const ObjectHistory& items, const FieldHistory& list,
                    const std::string& counter) {
    std::map<std::string, std::int64_t> most;  ///< owner -> largest number that somebody asked for
    std::map<std::string, const ClientOp*> asked;
    for (const auto& op : c_.evidence.operations) {
      const auto want = [&](const std::string& owner, const Json& count) {
        if (!count.is_number_integer()) return;
        auto& known = most[owner];
        known = std::max(known, count.get<std::int64_t>());
        asked[owner] = &op;
      };
      const auto* object = op.method == "create" ? c_.releases.object(op.object) : nullptr;
      if (object)
        for (const auto& field : object->fields)
          if (field.child == owners.name && member(op.fields(), field.contract->field.c_str()).is_array())
            for (const auto& owner : member(op.fields(), field.contract->field.c_str()))
              want(text_at(owner, "id"), member(owner, counter.c_str()));
      if (op.method == "scale") want(op.scaled_row(), op.scaled_to());
    }
    std::map<std::string, std::int64_t> alive;
    std::set<std::string> told;
    for (const auto& change : c_.database.changes()) {
      if (change.row->object != &items || change.column != list.child_column) continue;
      const bool gone = change.action == "delete";
      const Json& owner = member(*change.json, gone ? "old" : "new");
      if (!owner.is_string()) continue;
      const std::string id = owner.get<std::string>();
      const auto now = alive[id] += gone ? -1 : 1;
      const auto limit = most.find(id);
      if (limit == most.end() || now <= limit->second || !told.insert(id).second) continue;
      // Work that was cut short is begun again by some node: more rows than needed are its price.
      if (c_.faults.rows().count(id) || c_.faults.rows().count(owner_of(owners, id, change.event))) continue;
      Witness witness = base(*asked.at(id), change.event);
      witness.object = owners.name;
      witness.field = list.contract->field;
      witness.row = id;
      witness.summary = fmt::format(
          "{} {} has {} in {}, but no client asked for more than {}: one operation took effect twice",
          owners.name, id, now, list.contract->field, limit->second);
      if (const auto* account = c_.writes.account_of(change.event); account && account->write >= 0)
        witness.argument.push_back("the last came with " + c_.writes.describe(account->write));
      fail(std::move(witness));
    }
  }

  /// The row in whose list a row is.
  std::string owner_of(const ObjectHistory& object, const std::string& id, Event at) const {
    const auto* row = c_.database.row(object, id);
    if (!row) return {};
    for (const auto& owner : c_.releases.objects())
      for (const auto& field : owner.fields) {
        if (field.child != object.name || field.child_column.empty()) continue;
        const Json& found = c_.database.stored(*row, field.child_column, at);
        if (found.is_string()) return found.get<std::string>();
      }
    return {};
  }

  /// A run is started once: one id of its engine, one way into the state in which it runs.
  void runs() {
    for (const auto& object : c_.releases.objects())
      if (object.conduct().run && object.status_field()) runs(object, *object.conduct().run);
  }

  void runs(const ObjectHistory& object, const RunOf& run) {
    const auto& life = *object.life();
    const auto& info = *object.status_field();
    const auto is_one_of = [](const std::vector<std::string>& all, const std::string& one) {
      return std::find(all.begin(), all.end(), one) != all.end();
    };
    std::map<std::string, std::vector<Event>> started;
    std::map<std::pair<std::string, std::string>, std::set<std::string>> ids;
    for (const auto& change : c_.database.changes()) {
      if (change.row->object != &object || change.action != "update") continue;
      const Json& now = member(*change.json, "new");
      if (change.column == life.field) {
        const auto from = status_in(life, c_.database.as_reading(info, member(*change.json, "old")));
        const auto to = status_in(life, c_.database.as_reading(info, now));
        if (to == run.starts_in && is_one_of(run.starts_from, from))
          started[change.row->key].push_back(change.event);
        if (started[change.row->key].size() > 1 && to == run.starts_in && from != run.starts_in)
          again(change, life.path(), started[change.row->key].front(), "was started twice");
      } else if (is_one_of(run.given, change.column) && now.is_string()) {
        auto& known = ids[{change.row->key, change.column}];
        if (known.insert(now.get<std::string>()).second && known.size() > 1 && by_engine(change))
          again(change, run.given.front(), change.row->events.front(), "was given to a job engine twice");
      }
    }
  }

  bool by_engine(const RowChange& change) const {
    const auto* account = c_.writes.account_of(change.event);
    if (!account || account->write < 0) return true;
    const auto* sender =
        c_.evidence.incarnation(c_.writes.all()[static_cast<std::size_t>(account->write)].sender);
    return sender && role_spec(sender->role).takes_work;
  }

  void again(const RowChange& change, const std::string& field, Event first, const std::string& what) {
    if (c_.faults.rows().count(change.row->key)) return;
    Witness witness;
    witness.event = change.event;
    witness.object = change.row->object->name;
    witness.field = field;
    witness.row = change.row->key;
    witness.summary = fmt::format("the run {} {}", change.row->key, what);
    witness.argument = {fmt::format("event {}: the first time", first),
                        fmt::format("event {}: {} became {}", change.event,
                                    shown(member(*change.json, "old")), shown(member(*change.json, "new")))};
    if (const auto* account = c_.writes.account_of(change.event); account && account->write >= 0)
      witness.argument.push_back("it came with " + c_.writes.describe(account->write));
    fail(std::move(witness));
  }

  /// What was acknowledged and handed to an engine is taken up by one.
  void taken_up(const ClientOp& op) {
    if (op.outcome != OpEdge::ok || !c_.evidence.complete() || c_.faults.rows().count(op.row)) return;
    if (!c_.releases.life(op.object)) return;
    for (const int index : casts_of(op)) {
      const auto& cast = c_.evidence.messages[static_cast<std::size_t>(index)];
      if (cast.deliveries.empty()) continue;  // liveness
      const auto& taken = cast.deliveries.front();
      if (c_.evidence.was_killed(taken.receiver) || !cast.caused.empty() || broke_down(taken) ||
          touched_after(op, taken.event))
        continue;
      Witness witness = base(op, taken.event);
      witness.field = cast.method;
      witness.summary = fmt::format("operation {} was acknowledged, but the {} that it led to had no effect",
                                    op.id, cast.method);
      witness.argument.push_back(fmt::format("event {}: {} cast {} {} (message {}, version {})", cast.sent,
                                             cast.from, cast.method, op.row, cast.id, cast.version));
      witness.argument.push_back(
          fmt::format("event {}: {} ({}) took it; it asked for nothing, and the row was left as it is",
                      taken.event, taken.receiver, taken.release));
      fail(std::move(witness));
    }
  }

  /// Whoever took it complained, and not about its version: that is what went wrong, and exception says so.
  bool broke_down(const Delivery& taken) const {
    const auto& troubles = c_.evidence.of_kind("trouble");
    return std::any_of(troubles.begin(), troubles.end(), [&](Event n) {
      const Json& event = c_.evidence.event(n);
      return n > taken.event && text_at(event, "node") == node_of(taken.receiver) &&
             (c_.evidence.compat() == Compatibility::backport || !says_too_new(text_at(event, "what")));
    });
  }

  const std::vector<int>& casts_of(const ClientOp& op) {
    if (casts_.empty())
      for (std::size_t i = 0; i < c_.evidence.messages.size(); ++i)
        if (c_.evidence.messages[i].kind == "cast")
          casts_[c_.evidence.messages[i].operation].push_back(static_cast<int>(i));
    return casts_[op.id];
  }

  bool touched_after(const ClientOp& op, Event at) const {
    const auto* object = c_.releases.object(op.object);
    const auto* row = object ? c_.database.row(*object, op.row) : nullptr;
    if (!row || row->events.back() > at || !row->alive(at)) return true;
    // A run that is over already has nothing to be done about it.
    const auto* field = object->status_field();
    return field && object->life()->rests_in(status_in(*object->life(), c_.database.value(*row, *field, at)));
  }

  const RunFacts& c_;
  Findings& findings_;
  std::map<std::string, const ClientOp*> by_id_;
  std::map<std::string, std::vector<int>> casts_;
};

}  // namespace

void check_effect_count(const RunFacts& c, Findings& findings) { EffectCount(c, findings).run(); }

}  // namespace caravan::reports
