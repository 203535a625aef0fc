// Direct access: no write travels, so the clients' own operations are the writes, by the api that took them;
// engines write what their work is about.
// Independent of nodes/data/direct_rows.hpp on purpose.
#include <algorithm>
#include <set>

#include "reports/facts/lifecycle.hpp"
#include "reports/facts/projection.hpp"
#include "reports/facts/values.hpp"
#include "reports/facts/writes.hpp"

namespace caravan::reports {
namespace {

/// The list of children in which the rows of an object are, and whose it is; nulls if there is none.
std::pair<const ObjectHistory*, const FieldHistory*> list_of(const ReleaseModel& releases,
                                                             const ObjectHistory& object) {
  for (const auto& owner : releases.objects())
    for (const auto& field : owner.fields)
      if (field.child == object.name && !field.child_column.empty()) return {&owner, &field};
  return {};
}

/// The object whose edits make rows of this one again; null if there is none.
const ObjectHistory* followed(const ReleaseModel& releases, const ObjectHistory& object) {
  const auto* key = object.by_name(object.conduct().follows);
  return key ? releases.object(releases.newest().class_of(*key->spec)) : nullptr;
}

bool erases(const Json& before, const Json& after) {
  if (before.is_null() || (before.is_structured() && before.empty())) return false;
  if (after.is_null() || (after.is_structured() && after.empty())) return true;
  if (!before.is_object() || !after.is_object()) return false;
  return std::any_of(before.items().begin(), before.items().end(),
                     [&](const auto& item) { return !after.contains(item.key()); });
}

}  // namespace

std::string id_of_item(const Json& item, const std::string& prefix) {
  if (const auto primitive = read_primitive(item, prefix)) return primitive->id();
  return item.is_string() ? item.get<std::string>() : text_at(item, "id");
}

void Writes::collect_operations() {
  static const Json nothing = Json::object();
  for (const auto& op : evidence_.operations) {
    const auto* object = releases_.object(op.object);
    if (!object || op.request < 0 || op.method == "read" || op.method == "list") continue;
    const auto& request = evidence_.messages[static_cast<std::size_t>(op.request)];
    if (request.deliveries.empty()) continue;
    const auto& taken = request.deliveries.front();
    const auto* version = releases_.version(taken.release, op.object);
    if (!version) continue;
    Write write;
    write.message = op.request;
    write.begin = taken.event;
    write.object = object;
    write.row = op.row;
    write.version = *version;
    write.sender = write.receiver = taken.receiver;
    write.sender_release = write.receiver_release = taken.release;
    write.operation = op.id;
    if (request.reply >= 0) {
      const auto& reply = evidence_.messages[static_cast<std::size_t>(request.reply)];
      write.end = reply.sent;
      write.outcome = reply.error().is_null() ? Write::Outcome::acknowledged : Write::Outcome::refused;
    }
    const bool gone = op.method == "delete";
    const auto* life = object->life();
    const bool marked = gone && life && !life->deleting.empty();
    write.action = op.writes_fields() && op.method != "update" ? "create"
                   : gone && !marked                           ? "destroy"
                                                               : "save";
    const int index = static_cast<int>(writes_.size());
    add_fields(op.writes_fields() ? op.fields() : nothing, write);
    if (!marked) continue;
    // The row is marked; an engine takes it away when it comes to that.
    const Json& mark = marks_.emplace(life->deleting, life->deleting).first->second;
    if (const auto* status = object->status_field())
      writes_[static_cast<std::size_t>(index)].named.push_back(Named{status, life->field, &mark});
    if (write.outcome == Write::Outcome::refused) continue;
    write.action = "destroy";
    write.end = never;
    write.outcome = Write::Outcome::unknown;
    write.parent = index;
    by_row_[{object->name, write.row}].push_back(static_cast<int>(writes_.size()));
    writes_.push_back(write);
  }
}

void Writes::add_fields(const Json& fields, Write write) {
  const bool runs = evidence_.messages[static_cast<std::size_t>(write.message)].method == "run";
  std::vector<std::pair<const FieldHistory*, const Json*>> items;
  if (fields.is_object() && write.action != "destroy")
    for (auto it = fields.begin(); it != fields.end(); ++it) {
      const auto* field = write.object->field(it.key(), write.version);
      if (!field) continue;
      // The status of a run is the api's own word; a release may put more into a field, too.
      if (write.object->conduct().run && it.key() == write.object->life()->field) continue;
      if (runs && added_to_runs(releases_, *write.object, it.key(), write.sender_release)) continue;
      write.named.push_back(Named{field, it.key(), &it.value()});
      if (field->is_children() && field->link_table.empty() && it.value().is_array())
        items.emplace_back(field, &it.value());
    }
  const int index = static_cast<int>(writes_.size());
  by_row_[{write.object->name, write.row}].push_back(index);
  Write child = write;
  writes_.push_back(std::move(write));
  child.parent = index;
  child.action = "create";
  for (const auto& item : items) {
    child.object = releases_.object(item.first->child);
    const auto* version =
        child.object ? releases_.version(child.sender_release, child.object->name) : nullptr;
    if (!version) continue;
    child.version = *version;
    for (const auto& element : *item.second) {
      child.row = text_at(element, "id");
      child.named.clear();
      if (!child.row.empty()) add_fields(element, child);
    }
  }
}

bool Writes::is_work(const RowChange& change) const {
  if (!evidence_.direct()) return false;
  const auto& object = *change.row->object;
  const Conduct& conduct = object.conduct();
  if (conduct.works_on("*")) return true;
  if (change.action == "delete") return false;
  // A create is the api's: what it adds to the client's values is of the same columns.
  if (!conduct.works_on(change.column)) return false;
  const auto* field = object.by_column(change.column);
  if (!field || !conduct.keeps(change.column)) return true;
  return !erases(database_.as_reading(*field, member(*change.json, "old")),
                 database_.as_reading(*field, member(*change.json, "new")));
}

/// In releases with the hook, an edit of the row that is followed makes all lists again in which rows follow
/// it: those that do take its values, as far as its process knows them, the others keep theirs. What the
/// process does not know is gone afterwards.
std::optional<Account> Writes::account_followed(const RowChange& change) const {
  const auto* leaders = followed(releases_, *change.row->object);
  const auto* list = list_of(releases_, *change.row->object).second;
  const auto* field = change.row->object->by_column(change.column);
  const auto* taken = leaders && field ? leaders->by_name(field->contract->field) : nullptr;
  if (!taken || !list) return std::nullopt;
  const Json& owner = database_.stored(*change.row, list->child_column, change.event);
  if (!owner.is_string()) return std::nullopt;
  const Json now = database_.as_reading(*field, member(*change.json, "new"));
  std::optional<Account> out;
  for (const auto* relation :
       database_.ever(change.row->table, list->child_column, owner.get<std::string>())) {
    const Json& used = database_.stored(*relation, change.row->object->conduct().follows, change.event);
    const auto* edited = used.is_string() ? database_.row(*leaders, used.get<std::string>()) : nullptr;
    if (!edited) continue;
    for (const int index : of_row(leaders->name, edited->key)) {
      const auto& write = writes_[static_cast<std::size_t>(index)];
      const auto* release = releases_.release(write.sender_release);
      if (write.action != "save" || !write.active(change.event) || !release ||
          !release->does(change.row->object->conduct().follows_by))
        continue;
      out = Account{&change, Account::Kind::work, index};
      if (relation == change.row &&
          equal_to_user(*field->contract, now, database_.value(*edited, *taken, change.event)))
        return out;
      out->kind = Account::Kind::frame;
      if (now.is_null()) return out;
    }
  }
  return std::nullopt;
}

/// The rows of a list that follows are replaced when its owner is edited. Which they are does not matter;
/// what they hold is.
std::optional<Account> Writes::account_rebuilt(const RowChange& change) const {
  const auto& row = *change.row;
  const std::string& follows = row.object->conduct().follows;
  if (follows.empty()) return std::nullopt;
  if (change.action == "update") return account_followed(change);
  const auto [parent, list] = list_of(releases_, *row.object);
  const auto* leaders = followed(releases_, *row.object);
  if (!list || !leaders) return std::nullopt;
  const Event before = change.action == "delete" ? change.event - 1 : change.event + 60;
  int editor = -1;
  for (const auto& [owner, column] :
       {std::pair(parent->name, list->child_column), std::pair(leaders->name, follows)}) {
    const auto points = row.columns.find(column);
    if (points == row.columns.end()) continue;
    for (const auto& point : points->second) {
      if (point.event > before || !point.value->is_string()) continue;
      for (const int index : of_row(owner, point.value->get<std::string>()))
        if (const auto& write = writes_[static_cast<std::size_t>(index)];
            write.active(change.event) && write.action == "save")
          editor = index;
    }
  }
  if (editor < 0) return std::nullopt;
  const auto& write = writes_[static_cast<std::size_t>(editor)];
  Account out{&change, Account::Kind::work, editor};
  const auto* children = write.object->by_name(list->contract->field);
  const bool named = children && write.names(children);
  if (change.action == "delete") {
    // Lost for good if it does not come back.
    const bool back = row.lives.back().first > change.event;
    if (!back && !named && change.first_of_action) out.kind = Account::Kind::frame;
    return out;
  }
  if (change.event < row.lives.front().second) return named ? std::optional(out) : std::nullopt;  // a new one
  const auto* field = row.object->by_column(change.column);
  if (!field || named) return out;
  Event gone = 0;
  for (const auto& life : row.lives)
    if (life.second < change.event) gone = std::max(gone, life.second);
  const Json was = database_.as_reading(*field, database_.stored(row, change.column, gone - 1));
  const Json now = database_.as_reading(*field, member(*change.json, "new"));
  const FieldHistory* same_in_editor = write.object->by_name(field->contract->field);
  if (!equal_to_user(*field->contract, was, now) && !is_stores_own(change.column) &&
      !(same_in_editor && write.names(same_in_editor)))
    out.kind = Account::Kind::frame;
  return out;
}

}  // namespace caravan::reports
