// The rows as the database's own triggers saw them change.
#include "reports/facts/database_history.hpp"

#include <algorithm>

#include "reports/facts/projection.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {

bool is_stores_own(const std::string& column) {
  return column == "created_at" || column == "updated_at" || column == "object_version";
}

bool RowHistory::alive(Event at) const {
  return std::any_of(lives.begin(), lives.end(), [&](const std::pair<Event, Event>& life) {
    return life.first <= at && at < life.second;
  });
}

bool RowHistory::alive_within(Event from, Event to) const {
  return std::any_of(lives.begin(), lives.end(), [&](const std::pair<Event, Event>& life) {
    return life.first <= to && from < life.second;
  });
}

bool RowHistory::gone_within(Event from, Event to) const {
  if (!alive(from) || !alive(to)) return true;
  return std::any_of(lives.begin(), lives.end(), [&](const std::pair<Event, Event>& life) {
    return life.second >= from && life.second <= to;
  });
}

DatabaseHistory::DatabaseHistory(const Evidence& evidence, const ReleaseModel& releases)
    : releases_(releases) {
  for (const auto& object : releases.objects()) {
    for (const auto& field : object.fields) {
      if (!field.child_column.empty())
        if (const auto* child = releases.object(field.child))
          pointing_[child->table].insert(field.child_column);
      if (!field.link_table.empty()) {
        pointing_[field.link_table].insert(field.link_parent);
        pointing_[field.link_table].insert(field.link_child);
      }
      if (field.spec->column && field.spec->column->references)
        pointing_[object.table].insert(field.spec->name);
    }
    for (const auto& unique : object.newest->unique)
      for (const auto& column : unique) pointing_[object.table].insert(column);
  }
  for (const auto& consequence : releases.newest().consequences)
    if (const auto* object = releases.object(consequence.object))
      pointing_[object->table].insert(consequence.key);
  Event migration = 0;
  for (Event n = 0; n <= evidence.last; ++n) {
    const Json& event = evidence.event(n);
    const std::string& kind = text_at(event, "kind");
    if (kind == "change") {
      see(evidence, event, n);
    } else if (kind == "step") {
      if (text_at(event, "verb") == step::Migrate::word && text_at(event, "edge") == "begin") migration = n;
    } else if (kind == "schema") {
      std::set<std::string> present;
      for (const auto& table : event.at("tables").items()) {
        Schema schema;
        schema.from = n;
        if (table.value().is_array())
          for (const auto& column : table.value())
            if (column.is_string()) schema.columns.insert(column.get<std::string>());
        auto& known = schemas_[table.key()];
        // The harness looks when the migration has ended; a column that went was gone after its last mention.
        if (!known.empty())
          for (const auto& column : known.back().columns)
            if (!schema.columns.count(column))
              schema.from = std::min(schema.from, std::max(migration, mentioned_[{table.key(), column}]) + 1);
        known.push_back(std::move(schema));
        present.insert(table.key());
      }
      for (auto& known : schemas_)
        if (!present.count(known.first)) known.second.push_back(Schema{n, {}});
    }
  }
}

// Without all three it is none: half a stamp says nothing.
static std::optional<ChangeStamp> stamp_in(const Evidence& evidence, const Json& event) {
  const Json& transaction = member(event, "transaction");
  const std::string &writer = text_at(event, "writer"), &cause = text_at(event, "cause");
  if (!transaction.is_number_integer() || writer.empty() || cause.empty()) return std::nullopt;
  const auto message = evidence.message_by_id.find(cause);
  return ChangeStamp{transaction.get<std::int64_t>(), writer, cause,
                     message == evidence.message_by_id.end() ? -1 : message->second};
}

void DatabaseHistory::see(const Evidence& evidence, const Json& event, Event n) {
  const std::string& table = text_at(event, "table");
  const Json& key_json = member(event, "key");
  const std::string key = key_json.is_string() ? key_json.get<std::string>() : key_json.dump();
  mentioned_[{table, text_at(event, "column")}] = n;
  auto& row = rows_[{table, key}];
  if (row.table.empty()) {
    row.table = table;
    row.key = key;
    row.object = releases_.object_of(table);
  }
  RowChange change;
  change.event = n;
  change.json = &event;
  change.row = &row;
  change.action = text_at(event, "action");
  change.column = text_at(event, "column");
  change.stamp = stamp_in(evidence, event);
  const bool lives = !row.lives.empty() && row.lives.back().second == never;
  const Json& value = member(event, "new");
  if (change.action == "insert") {
    // One event per column: the first one of a row that is not there begins a life. A column seen twice
    // begins another (association tables have no key that forbids it).
    if (!lives) {
      row.lives.emplace_back(n, never);
      change.first_of_action = true;
    }
  } else if (change.action == "delete") {
    if (lives) {
      row.lives.back().second = n;
      change.first_of_action = true;
    }
  }
  if (row.lives.empty()) row.lives.emplace_back(n, change.action == "delete" ? n : never);
  if (change.action != "delete") {
    auto& points = row.columns[change.column];
    const auto indexed = pointing_.find(table);
    if (value.is_string() && indexed != pointing_.end() && indexed->second.count(change.column)) {
      const bool listed = std::any_of(points.begin(), points.end(),
                                      [&](const Point& point) { return *point.value == value; });
      if (!listed) ever_[{table, change.column, value.get<std::string>()}].push_back(&row);
    }
    points.push_back(Point{n, &value});
  }
  if (row.events.empty() || row.events.back() != n) row.events.push_back(n);
  changes_.push_back(std::move(change));
}

const RowHistory* DatabaseHistory::row(const std::string& table, const std::string& key) const {
  const auto found = rows_.find({table, key});
  return found == rows_.end() ? nullptr : &found->second;
}

const DatabaseHistory::Schema* DatabaseHistory::schema(const std::string& table, Event at) const {
  const auto found = schemas_.find(table);
  if (found == schemas_.end()) return nullptr;
  const Schema* last = nullptr;
  for (const auto& schema : found->second)
    if (schema.from <= at) last = &schema;
  return last;
}

bool DatabaseHistory::has_column(const std::string& table, const std::string& column, Event at) const {
  const auto* known = schema(table, at);
  return known && known->columns.count(column) > 0;
}

std::set<std::string> DatabaseHistory::columns_at(Event at) const {
  std::set<std::string> out;
  for (const auto& table : schemas_)
    if (const auto* known = schema(table.first, at))
      for (const auto& column : known->columns) out.insert(table.first + "." + column);
  return out;
}

const std::string& DatabaseHistory::truth_column(const ObjectHistory& object, const FieldHistory& field,
                                                 Event at) const {
  const auto& contract = *field.contract;
  if (contract.was_called && has_column(object.table, contract.was_called->first, at))
    return contract.was_called->first;
  return contract.field;
}

std::string DatabaseHistory::mirror_column(const ObjectHistory& object, const FieldHistory& field,
                                           Event at) const {
  const auto& contract = *field.contract;
  if (!contract.was_called || !has_column(object.table, contract.was_called->first, at) ||
      !has_column(object.table, contract.field, at))
    return {};
  return contract.field;
}

const Json& DatabaseHistory::stored(const RowHistory& row, const std::string& column, Event at) const {
  static const Json none;
  const auto found = row.columns.find(column);
  if (found == row.columns.end()) return none;
  const auto after = std::upper_bound(found->second.begin(), found->second.end(), at,
                                      [](Event n, const Point& point) { return n < point.event; });
  return after == found->second.begin() ? none : *std::prev(after)->value;
}

Json DatabaseHistory::as_reading(const FieldHistory& field, const Json& stored_value) const {
  return reading(*field.contract, from_column(*field.spec, stored_value));
}

Json DatabaseHistory::value(const RowHistory& row, const FieldHistory& field, Event at) const {
  const auto& column = truth_column(*row.object, field, at);
  const auto& contract = *field.contract;
  if (contract.was_called && column == contract.field) {
    // The older column is gone: the contract phase copied it, and no trigger reports that.
    const auto older = row.columns.find(contract.was_called->first);
    const auto newer = row.columns.find(contract.field);
    if (older != row.columns.end()) {
      Event dropped = 0;
      const auto known = schemas_.find(row.table);
      if (known != schemas_.end())
        for (const auto& schema : known->second)
          if (schema.columns.count(contract.was_called->first) && schema.from <= at) dropped = schema.from;
      for (const auto& schema : known == schemas_.end() ? std::vector<Schema>{} : known->second)
        if (schema.from > dropped && schema.from <= at) {
          dropped = schema.from;
          break;
        }
      const bool written_since =
          newer != row.columns.end() &&
          std::any_of(newer->second.begin(), newer->second.end(),
                      [&](const Point& point) { return point.event > dropped && point.event <= at; });
      if (!written_since) return as_reading(field, stored(row, contract.was_called->first, at));
    }
  }
  return as_reading(field, stored(row, column, at));
}

std::vector<Event> DatabaseHistory::moments(const RowHistory& row, const FieldHistory& field, Event from,
                                            Event to) const {
  std::vector<Event> out{from};
  const auto add = [&](const std::string& column) {
    const auto found = row.columns.find(column);
    if (found == row.columns.end()) return;
    auto point = std::upper_bound(found->second.begin(), found->second.end(), from,
                                  [](Event n, const Point& p) { return n < p.event; });
    for (; point != found->second.end() && point->event <= to; ++point) out.push_back(point->event);
  };
  add(field.contract->field);
  if (field.contract->was_called) add(field.contract->was_called->first);
  std::sort(out.begin(), out.end());
  return out;
}

void DatabaseHistory::collect_moments(const RowHistory& row, Event from, Event to, int depth,
                                      std::vector<Event>& out) const {
  for (auto it = std::upper_bound(row.events.begin(), row.events.end(), from);
       it != row.events.end() && *it <= to; ++it)
    out.push_back(*it);
  if (!row.object || depth > 4) return;
  for (const auto& field : row.object->fields) {
    if (!field.is_children()) continue;
    const auto* child = releases_.object(field.child);
    if (!field.child_column.empty() && child) {
      for (const auto* item : ever(child->table, field.child_column, row.key))
        collect_moments(*item, from, to, depth + 1, out);
    } else if (child) {
      for (const auto* link : ever(field.link_table, field.link_parent, row.key)) {
        collect_moments(*link, from, to, depth + 1, out);
        const Json& id = stored(*link, field.link_child, to);
        if (const auto* item = id.is_string() ? this->row(*child, id.get<std::string>()) : nullptr)
          collect_moments(*item, from, to, depth + 1, out);
      }
    }
  }
}

std::vector<Event> DatabaseHistory::moments(const RowHistory& row, Event from, Event to) const {
  std::vector<Event> out{from};
  collect_moments(row, from, to, 0, out);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<const RowHistory*> DatabaseHistory::children(const RowHistory& row, const FieldHistory& field,
                                                         Event at) const {
  std::vector<const RowHistory*> out;
  const auto* child = releases_.object(field.child);
  if (!child) return out;
  if (!field.child_column.empty()) {
    for (const auto* item : ever(child->table, field.child_column, row.key))
      if (item->alive(at) && stored(*item, field.child_column, at) == row.key) out.push_back(item);
  } else {
    for (const auto* link : ever(field.link_table, field.link_parent, row.key)) {
      const Json& id = stored(*link, field.link_child, at);
      if (!link->alive(at) || !id.is_string()) continue;
      if (const auto* item = this->row(*child, id.get<std::string>())) out.push_back(item);
    }
  }
  return out;
}

const std::vector<const RowHistory*>& DatabaseHistory::ever(const std::string& table,
                                                            const std::string& column,
                                                            const std::string& value) const {
  static const std::vector<const RowHistory*> none;
  const auto found = ever_.find({table, column, value});
  return found == ever_.end() ? none : found->second;
}

}  // namespace caravan::reports
