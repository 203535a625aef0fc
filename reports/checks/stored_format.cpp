// stored-format (O8): stamp and content of a row agree, and every release that opens the database can read
// what is there.
#include <fmt/format.h>

#include <algorithm>

#include "reports/checks/checks.hpp"
#include "reports/facts/projection.hpp"
#include "reports/facts/schema_windows.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

class StoredFormat {
 public:
  StoredFormat(const RunFacts& facts, Findings& findings) : c_(facts), findings_(findings), served_(facts) {}

  void run() {
    ends_of_steps();
    columns();
    for (const auto& entry : c_.database.rows()) {
      const auto& row = entry.second;
      if (!row.object) continue;
      for (const auto& column : row.columns) values(row, column.first, column.second);
    }
    if (member(c_.evidence.run.header, "row_stamps") == true) stamps();
  }

 private:
  bool lives(const std::string& release, Event at) const {
    const auto& all = c_.evidence.incarnations;
    return std::any_of(all.begin(), all.end(), [&](const Incarnation& one) {
      return one.release == release && c_.evidence.opens_database(one) && one.ready != never &&
             one.ready <= at && at < one.ended;
    });
  }

  /// The ends of steps at which each release has a node at the database, and those at which one may come.
  void ends_of_steps() {
    std::set<Event> ends{c_.evidence.last};
    for (const auto& step : c_.evidence.steps)
      if (step.end != never) ends.insert(step.end);
    for (const auto& release : c_.releases.releases())
      for (const Event end : ends) {
        if (lives(release, end)) living_[release].push_back(end);
        if (served_.serves(release, end) == SchemaWindows::Answer::yes) may_come_[release].push_back(end);
      }
  }

  static bool any_within(const std::vector<Event>& events, Event from, Event to) {
    const auto found = std::lower_bound(events.begin(), events.end(), from);
    return found != events.end() && *found < to;
  }

  const FieldSpec* column_of(const std::string& release, const ObjectHistory& object,
                             const FieldHistory& field, const std::string& column) const {
    const auto* version = c_.releases.version(release, object.name);
    if (!version || !exists_at(*field.contract, *version) || name_at(*field.contract, *version) != column)
      return nullptr;
    const auto* spec = c_.releases.spec(object.name, *version);
    const auto* known = spec ? spec->field(column) : nullptr;
    return known && known->column ? known : nullptr;
  }

  /// Every column that a release names is there as long as the release lives, or may come back.
  void columns() {
    for (const auto& release : c_.releases.releases())
      for (const auto& object : c_.releases.objects()) {
        const auto* version = c_.releases.version(release, object.name);
        const auto* spec = version ? c_.releases.spec(object.name, *version) : nullptr;
        if (!spec) continue;
        for (const auto& field : spec->fields) {
          if (!field.column) continue;
          findings_.owe();
          lacking(release, object, field.name);
        }
      }
  }

  bool has_rows(const std::string& table, Event at) const {
    for (auto it = c_.database.rows().lower_bound({table, ""});
         it != c_.database.rows().end() && it->first.first == table; ++it)
      if (it->second.alive(at)) return true;
    return false;
  }

  void lacking(const std::string& release, const ObjectHistory& object, const std::string& column) {
    const auto missing = [&](const std::vector<Event>& ends) -> Event {
      for (const Event end : ends)
        if (!c_.database.has_column(object.table, column, end) && has_rows(object.table, end)) return end;
      return never;
    };
    const Event living = missing(living_[release]), coming = missing(may_come_[release]);
    const Event end = std::min(living, coming);
    if (end == never) return;
    Witness witness;
    witness.event = end;
    witness.argument.clear();
    for (const auto& step : c_.evidence.steps) {
      const auto* migration = step.as<step::Migrate>();
      if (!migration || step.begin > end) continue;
      const bool here = c_.database.has_column(object.table, column, step.begin),
                 gone = !c_.database.has_column(object.table, column, std::min(step.end, c_.evidence.last));
      if (!here || !gone) continue;
      // From here on it fails, whoever asks next.
      witness.event = step.begin;
      witness.step = step.number;
      witness.argument.push_back(fmt::format("event {}: step {} migrates {} from {} to {}", step.begin,
                                             step.number, name(migration->phase), migration->from,
                                             migration->to));
    }
    const auto* field = object.by_column(column);
    witness.object = object.name;
    witness.field = field ? field->contract->field : column;
    witness.summary =
        fmt::format("release {} {} {}.{}, but the table has no such column", release,
                    living <= coming ? "lives and names" : "may come back and names", object.table, column);
    witness.argument.push_back(fmt::format("event {}: the columns of {} are without it", end, object.table));
    findings_.fail(std::move(witness));
  }

  /// A value is judged from its commit to the next one, at every end of a step within.
  void values(const RowHistory& row, const std::string& column, const std::vector<Point>& points) {
    const auto* field = row.object->by_column(column);
    if (!field || field->is_children() || column == "id") return;
    for (const auto& release : c_.releases.releases()) {
      const auto* spec = column_of(release, *row.object, *field, column);
      if (!spec) continue;
      for (std::size_t i = 0; i < points.size(); ++i) {
        Event until = i + 1 < points.size() ? points[i + 1].event : never;
        for (const auto& life : row.lives)
          if (life.first <= points[i].event && points[i].event < life.second)
            until = std::min(until, life.second);
        findings_.owe();
        value(release, row, *field, *spec, points[i], until);
      }
    }
  }

  void value(const std::string& release, const RowHistory& row, const FieldHistory& field,
             const FieldSpec& spec, const Point& point, Event until) {
    // What a row is born with, the database itself has taken.
    if (point.value->is_null() && is_birth(point.event)) return;
    const auto wrong = unreadable(release, row, field, spec, *point.value);
    if (!wrong) return;
    const bool living = any_within(living_[release], point.event, until);
    // What the contract declares as unknown to the release is converted for it as long as it asks others.
    if (!living && (wrong->declared || !any_within(may_come_[release], point.event, until))) return;
    Witness witness;
    witness.event = point.event;
    witness.object = row.object->name;
    witness.field = field.contract->field;
    witness.row = row.key;
    witness.summary =
        fmt::format("{}, which {} the database, cannot read {}.{}: {}", release,
                    living ? "has a node at" : "may come back to", row.table, spec.name, wrong->why);
    witness.argument.push_back(
        fmt::format("event {}: the row was left with {}", point.event, shown(*point.value)));
    if (const auto* account = c_.writes.account_of(point.event); account && account->write >= 0)
      witness.argument.push_back("it was written by " + c_.writes.describe(account->write));
    findings_.fail(std::move(witness));
  }

  bool is_birth(Event at) const {
    const auto* account = c_.writes.account_of(at);
    return account && account->change->action == "insert";
  }

  struct Unreadable {
    std::string why;
    bool declared;  ///< the contract says that the release does not know the value
  };
  static std::optional<Unreadable> unreadable_if(Reason why, bool declared) {
    return why ? std::optional(Unreadable{std::move(*why), declared}) : std::nullopt;
  }

  std::optional<Unreadable> unreadable(const std::string& release, const RowHistory& row,
                                       const FieldHistory& field, const FieldSpec& spec,
                                       const Json& stored) const {
    const auto damaged = [](std::string why) { return Unreadable{std::move(why), false}; };
    if (stored.is_null()) {
      if (spec.column->nullable || field.contract->absent_means) return std::nullopt;
      return damaged("NULL where it requires a value");
    }
    const std::string& type = spec.type.name;
    if (type == "Json") {
      if (!stored.is_string()) return damaged(fmt::format("{} is not JSON text", shown(stored, 40)));
      const Json parsed = Json::parse(stored.get_ref<const std::string&>(), nullptr, false);
      if (parsed.is_discarded()) return damaged(fmt::format("{} is not JSON", shown(stored, 40)));
      const std::string& wanted = spec.column->json;
      if (!parsed.is_null() &&
          ((wanted == "dict" && !parsed.is_object()) || (wanted == "list" && !parsed.is_array())))
        return damaged(fmt::format("{} is not a {}", shown(parsed, 40), wanted));
      return illegal(release, row, field, parsed);
    }
    if (type == "Boolean" && stored.is_number_integer()) {
      if (stored != 0 && stored != 1) return damaged(fmt::format("{} is not a Boolean", shown(stored)));
      return std::nullopt;
    }
    if (type == "DateTime" && stored.is_string()) return std::nullopt;
    const bool one_of_a_set = type == "Enum" && stored.is_string();
    if (auto wrong = unreadable_if(wrong_value(spec, stored), one_of_a_set)) return wrong;
    return type == "DateTime" ? std::nullopt : illegal(release, row, field, stored);
  }

  std::optional<Unreadable> illegal(const std::string& release, const RowHistory& row,
                                    const FieldHistory& field, const Json& value) const {
    const auto meant = reading(*field.contract, value);
    return unreadable_if(
        illegal_value(*field.contract, *c_.releases.version(release, row.object->name), meant), true);
  }

  /// The version in `object_version` against what the row holds.
  void stamps() {
    for (const auto& change : c_.database.changes()) {
      const auto& row = *change.row;
      if (!row.object || change.action == "delete") continue;
      const Event done = end_of_transaction(change);
      if (change.column != "object_version" && !row.columns.count("object_version")) continue;
      const Json& stamp = c_.database.stored(row, "object_version", done);
      findings_.owe();
      if (stamp.is_null()) continue;  // written before there were stamps
      const auto version = stamp.is_string() ? read_version(stamp.get<std::string>()) : std::nullopt;
      if (!version || !c_.releases.spec(row.object->name, *version)) {
        if (change.column == "object_version")
          stamped_wrong(change, stamp, "object_version", "not a known version of the class");
        continue;
      }
      if (change.column == "object_version") {
        newest(change, *version, stamp);
        continue;
      }
      const auto* field = row.object->by_column(change.column);
      if (!field) continue;
      const Json value = c_.database.as_reading(*field, member(*change.json, "new"));
      const auto& contract = *field->contract;
      if (value.is_null() || (contract.absent_means && same(value, *contract.absent_means))) continue;
      // A stamp says by which version a row was written; a migration writes no object.
      if (const auto* account = c_.writes.account_of(change.event);
          account && account->kind == Account::Kind::migration && contract.since &&
          *version < *contract.since)
        continue;
      if (contract.since && *version < *contract.since && !is_default(row, *field, value))
        stamped_wrong(change, stamp, contract.field,
                      fmt::format("{} came with version {}", contract.field, contract.since->text()));
      else if (const auto wrong = illegal_value(contract, *version, value))
        stamped_wrong(change, stamp, contract.field, *wrong);
    }
  }

  bool is_default(const RowHistory& row, const FieldHistory& field, const Json& value) const {
    const auto* known = row.object->newest->field(field.contract->field);
    return known && known->create_default && same(value, *known->create_default);
  }

  /// Changes of one row in a row, without anything between, are of one transaction.
  Event end_of_transaction(const RowChange& change) const {
    Event at = change.event;
    while (at + 1 <= c_.evidence.last) {
      const Json& next = c_.evidence.event(at + 1);
      if (text_at(next, "kind") != "change" || text_at(next, "table") != change.row->table ||
          text_at(next, "key") != change.row->key)
        break;
      ++at;
    }
    return at;
  }

  void newest(const RowChange& change, const Version& version, const Json& stamp) {
    for (const auto& release : c_.releases.releases()) {
      const auto* known = c_.releases.version(release, change.row->object->name);
      if (known && !(*known < version) && served_.serves(release, change.event) != SchemaWindows::Answer::no)
        return;
    }
    stamped_wrong(
        change, stamp, "object_version",
        fmt::format("no release that the schema serves then ({}) knows it", served_.told(change.event)));
  }

  void stamped_wrong(const RowChange& change, const Json& stamp, const std::string& field,
                     const std::string& why) {
    Witness witness;
    witness.event = change.event;
    witness.object = change.row->object->name;
    witness.field = field;
    witness.row = change.row->key;
    witness.summary =
        fmt::format("{} {} is stamped {}, but {}", witness.object, witness.row, shown(stamp), why);
    witness.argument = {fmt::format("event {}: {} became {}", change.event, change.column,
                                    shown(member(*change.json, "new")))};
    if (const auto* account = c_.writes.account_of(change.event); account && account->write >= 0)
      witness.argument.push_back("it was written by " + c_.writes.describe(account->write));
    findings_.fail(std::move(witness));
  }

  const RunFacts& c_;
  Findings& findings_;
  SchemaWindows served_;
  std::map<std::string, std::vector<Event>> living_, may_come_;
};

}  // namespace

void check_stored_format(const RunFacts& c, Findings& findings) { StoredFormat(c, findings).run(); }

}  // namespace caravan::reports
