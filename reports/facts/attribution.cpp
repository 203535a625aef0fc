// Who asked for each committed change: a write that named the field, a declared default or consequence, or
// nobody.
// Independent of nodes/data/cascades.hpp on purpose.
#include <algorithm>

#include "reports/facts/data_moves.hpp"
#include "reports/facts/projection.hpp"
#include "reports/facts/values.hpp"
#include "reports/facts/writes.hpp"

namespace caravan::reports {
namespace {

bool condition_holds(const Refusal::Condition& condition, const Json& value) {
  const auto among = [&] {
    if (!condition.value.is_array()) return false;
    return std::any_of(condition.value.begin(), condition.value.end(),
                       [&](const Json& one) { return same(one, value); });
  };
  if (condition.op == "set") return !value.is_null();
  if (condition.op == "null") return value.is_null();
  if (condition.op == "true") return value == true;
  if (condition.op == "non_empty") return !value.is_null() && !value.empty();
  if (condition.op == "equals") return same(value, condition.value);
  if (condition.op == "in") return among();
  if (condition.op == "not_in") return !among();
  return true;
}

}  // namespace

bool Writes::may_be_of(const Write& write, const RowChange& change) const {
  if (!change.stamp || evidence_.direct()) return true;
  return write.message == change.stamp->message && write.receiver == change.stamp->writer;
}

Account Writes::account(const RowChange& change) {
  if (change.row->object) return account_row(change, *change.row->object);
  if (change.row->table == services_table) {
    Account out;
    out.change = &change;
    out.kind = Account::Kind::implied;
    return out;
  }
  return account_link(change);
}

bool Writes::implied(const Write& write, const FieldHistory* field, const RowChange& change,
                     Event before) const {
  const Json& now = member(*change.json, "new");
  if (is_stores_own(change.column)) return true;
  if (change.column == "id") return now == write.row;
  if (!field) return now.is_null();
  // The two columns of a rename hold one value.
  if (const Named* named = write.names(field);
      named && change.column != name_at(*field->contract, write.version))
    if (is_seen_as(*field->contract, database_.as_reading(*field, now), write.version, *named->sent))
      return true;
  if (write.action != "create") return false;
  if (write.parent >= 0) {
    const auto& parent = writes_[static_cast<std::size_t>(write.parent)];
    for (const auto& of_parent : parent.object->fields)
      if (of_parent.child == write.object->name && of_parent.child_column == change.column &&
          now == parent.row)
        return true;
  }
  if (write.names(field)) return false;
  const Json value = database_.as_reading(*field, now);
  if (value.is_null() || (field->contract->absent_means && same(value, *field->contract->absent_means)))
    return true;
  for (const auto& spec : releases_.newest().classes) {
    if (spec.name != write.object->name) continue;
    const auto* known = spec.field(name_at(*field->contract, spec.version));
    if (known && known->create_default && same(value, *known->create_default)) return true;
  }
  (void)before;
  return false;
}

Account Writes::account_row(const RowChange& change, const ObjectHistory& object) {
  Account out;
  out.change = &change;
  const auto& candidates = of_row(object.name, change.row->key);
  const FieldHistory* field = object.by_column(change.column);
  const Event before = change.event - 1;
  const Json& now_stored = member(*change.json, "new");
  const Json& old_stored = member(*change.json, "old");
  const bool creates = change.action == "insert", removes = change.action == "delete";

  if (evidence_.direct())
    if (const auto rebuilt = account_rebuilt(change)) return *rebuilt;
  if (creates && change.first_of_action && change.row->lives.front().first < change.event) {
    const bool again = std::any_of(candidates.begin(), candidates.end(), [&](int index) {
      const auto& write = writes_[static_cast<std::size_t>(index)];
      const auto& ended = *std::prev(std::prev(change.row->lives.end()));
      return may_be_of(write, change) && write.active(change.event) && write.action == "create" &&
             write.begin > ended.second;
    });
    if (!again) {
      out.kind = Account::Kind::resurrected;
      for (const int index : candidates)
        if (const auto& write = writes_[static_cast<std::size_t>(index)];
            may_be_of(write, change) && write.active(change.event) && write.action == "create")
          out.write = index;
      return out;
    }
  }
  Json now, was;
  if (field) {
    now = database_.as_reading(*field, now_stored);
    was = database_.as_reading(*field, old_stored);
  }
  int frame = -1, wrong = -1, clobbered = -1, late = -1;
  const auto settle = [&](Account::Kind kind, int write) {
    out.kind = kind;
    out.write = write;
    return out;
  };
  // Acknowledged writes first: an open one could account for anything it names for ever.
  for (const bool open : {false, true})
    for (auto it = candidates.rbegin(); it != candidates.rend(); ++it) {
      const auto& write = writes_[static_cast<std::size_t>(*it)];
      if ((write.outcome == Write::Outcome::unknown) != open || write.begin > change.event) continue;
      if (write.outcome == Write::Outcome::refused || !may_be_of(write, change)) continue;
      const bool active = write.active(change.event);
      if (removes) {
        if (write.action != "destroy") continue;
        if (active) return settle(Account::Kind::asked, *it);
        if (late < 0) late = *it;
        continue;
      }
      if (write.action == "destroy" || (creates && write.action != "create")) continue;
      const Named* named = field ? write.names(field) : nullptr;
      if (!active) {
        if (late < 0 && named && is_seen_as(*field->contract, now, write.version, *named->sent)) late = *it;
        continue;
      }
      if (named && field->spec) {
        const Json sent = canonical(*field->spec, *named->sent);
        if (is_seen_as(*field->contract, now, write.version, sent)) {
          // Below, the sender's eyes: what looked the same to it, it did not change.
          if (creates || leaves_unseen_parts(*field->contract, was, now, write.version, sent) ||
              change.column != database_.truth_column(object, *field, change.event))
            return settle(Account::Kind::asked, *it);
          clobbered = *it;
          continue;
        }
        // An older conductor leaves the new column of a rename alone; what newer ones owe it is the frame
        // check's.
        if (creates && now_stored.is_null() &&
            change.column != database_.truth_column(object, *field, change.event))
          return settle(Account::Kind::implied, *it);
        wrong = *it;
        continue;
      }
      if (implied(write, field, change, before)) return settle(Account::Kind::implied, *it);
      if (frame < 0) frame = *it;
    }
  if (is_stores_own(change.column)) return settle(Account::Kind::implied, -1);
  if (is_work(change)) return settle(Account::Kind::work, -1);
  if (const int writer = consequence(change, 0); writer >= 0)
    return settle(Account::Kind::consequence, writer);
  const bool by_tool = !change.stamp || evidence_.incarnation(change.stamp->writer) == nullptr;
  for (const auto& step : evidence_.steps) {
    if (!by_tool) break;
    const auto* migration = step.as<step::Migrate>();
    if (!migration || step.begin > change.event || change.event > step.end || removes || creates) continue;
    // A migration may move and fill, never change what a user sees.
    if (field &&
        (change.column != database_.truth_column(object, *field, change.event) ||
         equal_to_user(*field->contract, was, now) || is_data_move(releases_, database_, *migration, change)))
      return settle(Account::Kind::migration, -1);
  }
  // Declared: a node may bring an older row up to date when it reads it.
  if (migrates_on_read_ && !removes && !creates && field &&
      (change.column != database_.truth_column(object, *field, change.event) ||
       equal_to_user(*field->contract, was, now)))
    return settle(Account::Kind::migration, -1);
  if (clobbered >= 0) return settle(Account::Kind::clobbered, clobbered);
  if (wrong >= 0) return settle(Account::Kind::wrong_value, wrong);
  if (frame >= 0) return settle(Account::Kind::frame, frame);
  if (late >= 0) return settle(Account::Kind::late, late);
  return settle(Account::Kind::phantom, -1);
}

// A row of an association table: linked by a create or save of the parent that names the field, unlinked by
// the same, or by whatever deletes one of the two.
Account Writes::account_link(const RowChange& change) {
  Account out;
  out.change = &change;
  for (const auto& object : releases_.objects())
    for (const auto& field : object.fields) {
      if (field.link_table != change.row->table) continue;
      const bool removes = change.action == "delete";
      const Event at = removes ? change.event - 1 : change.event;
      const Json& end = member(*change.json, removes ? "old" : "new");
      const auto column_value = [&](const std::string& column) -> std::string {
        if (change.column == column && end.is_string()) return end.get<std::string>();
        // The key is the columns' values joined by "/".
        const Json& known = database_.stored(*change.row, column, at + 8);
        return known.is_string() ? known.get<std::string>() : std::string();
      };
      const std::string parent = column_value(field.link_parent), child = column_value(field.link_child);
      for (const int index : of_row(object.name, parent)) {
        const auto& write = writes_[static_cast<std::size_t>(index)];
        if (!write.active(change.event) || !may_be_of(write, change)) continue;
        const Named* named = write.names(&field);
        const bool sends = named && named->sent->is_array() &&
                           std::any_of(named->sent->begin(), named->sent->end(), [&](const Json& item) {
                             return id_of_item(item, releases_.prefix()) == child;
                           });
        if (removes ? named != nullptr || write.action == "destroy" : sends) {
          out.kind = Account::Kind::asked;
          out.write = index;
          return out;
        }
      }
      if (removes) {
        const auto* item = releases_.object(field.child);
        auto writer = destroyed_by(object, parent, change, 0);
        if (!writer && item) writer = destroyed_by(*item, child, change, 0);
        if (writer) {
          out.kind = Account::Kind::consequence;
          out.write = *writer;
          return out;
        }
      }
    }
  return out;
}

std::optional<int> Writes::destroyed_by(const ObjectHistory& object, const std::string& row,
                                        const RowChange& change, int depth) const {
  for (const int index : of_row(object.name, row)) {
    const auto& write = writes_[static_cast<std::size_t>(index)];
    if (write.active(change.event) && write.action == "destroy" && may_be_of(write, change)) return index;
  }
  if (depth > 5) return std::nullopt;
  const auto* known = database_.row(object, row);
  if (!known) return std::nullopt;
  for (const auto& consequence : releases_.newest().consequences) {
    if (consequence.object != object.name || consequence.effect != "destroy") continue;
    RowChange as_if;
    as_if.event = change.event;
    as_if.stamp = change.stamp;
    as_if.row = const_cast<RowHistory*>(known);
    as_if.action = "delete";
    if (const auto writer = follows(consequence, as_if, depth + 1)) return writer;
  }
  return std::nullopt;
}

/// Whether this declared consequence of some write under way brought the change.
std::optional<int> Writes::follows(const Consequence& consequence, const RowChange& change, int depth) const {
  const auto& row = *change.row;
  const auto* parent = releases_.object(consequence.on_object);
  if (!parent || !row.object) return std::nullopt;
  const auto part_of = [&](const ObjectHistory& object, const RowHistory& owner, const std::string& path,
                           Event at) -> Json {
    const auto dot = path.find('.');
    const auto* field = object.by_name(path.substr(0, dot));
    if (!field) return {};
    Json value = database_.value(owner, *field, at);
    if (dot == std::string::npos) return value;
    return part_at(value, path.substr(dot + 1)).value_or(Json());
  };
  const auto points = row.columns.find(consequence.key);
  if (points == row.columns.end()) return std::nullopt;
  for (const auto& point : points->second) {
    if (point.event > change.event) break;
    if (!point.value->is_string()) continue;
    const std::string id = point.value->get<std::string>();
    std::optional<int> writer;
    if (consequence.on_action == "destroy") {
      writer = destroyed_by(*parent, id, change, depth);
    } else {
      for (const int index : of_row(parent->name, id)) {
        const auto& write = writes_[static_cast<std::size_t>(index)];
        if (write.active(change.event) && write.action == consequence.on_action && may_be_of(write, change))
          writer = index;
      }
    }
    if (!writer) continue;
    const auto* owner = database_.row(*parent, id);
    const bool asked =
        std::all_of(consequence.on_when.begin(), consequence.on_when.end(), [&](const Refusal::Condition& c) {
          return owner && condition_holds(c, part_of(*parent, *owner, c.field, change.event));
        });
    if (asked) return writer;
  }
  return std::nullopt;
}

int Writes::consequence(const RowChange& change, int depth) const {
  const auto* object = change.row->object;
  if (!object) return -1;
  for (const auto& consequence : releases_.newest().consequences) {
    if (consequence.object != object->name) continue;
    if ((consequence.effect == "destroy") != (change.action == "delete")) continue;
    if (consequence.effect != "destroy") {
      // A set names columns, or keys of a Json column.
      bool sets = false;
      const auto* field = object->by_column(change.column);
      if (!consequence.value.is_object() || !field || change.action != "update") continue;
      const Json now = database_.as_reading(*field, member(*change.json, "new"));
      for (auto it = consequence.value.begin(); it != consequence.value.end(); ++it) {
        const auto dot = it.key().find('.');
        if (it.key().substr(0, dot) != field->contract->field) continue;
        const bool instant = it.value().is_object() && it.value().contains("$now");
        const auto part =
            dot == std::string::npos ? std::optional<Json>(now) : part_at(now, it.key().substr(dot + 1));
        sets = sets || instant || (part && same(*part, it.value()));
      }
      if (!sets) continue;
    }
    if (const auto writer = follows(consequence, change, depth)) return *writer;
  }
  return -1;
}

}  // namespace caravan::reports
