// The contents at the end against what the triggers told.
#include "reports/checks/final_contents.hpp"

#include <fmt/format.h>

#include "objects/base/digest.hpp"
#include "objects/base/text.hpp"
#include "reports/facts/projection.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

bool cell_equals(const Json& final_cell, const Json& known) {
  if (final_cell.is_object() && final_cell.contains("$sha256")) {
    if (!known.is_string()) return false;
    return text_at(final_cell, "$sha256") == sha256(known.get<std::string>());
  }
  return same(final_cell, known);
}

class FinalContents {
 public:
  FinalContents(const RunFacts& facts, Findings& findings) : c_(facts), findings_(findings) {}

  void table(const Json& event, Event n) {
    const std::string& name = text_at(event, "table");
    const auto* object = c_.releases.object_of(name);
    std::set<std::string> present;
    for (const auto& cells : event.at("rows")) {
      if (!cells.is_object()) continue;
      const std::string key = key_of(cells, name, object);
      present.insert(key);
      findings_.owe();
      const auto* row = c_.database.row(name, key);
      if (!row || !row->alive(n)) {
        fail(n, name, object, key, "",
             fmt::format("at the end {} holds row {}, but no trigger reported its creation", name, key), "");
        continue;
      }
      if (object)
        for (auto it = cells.begin(); it != cells.end(); ++it) cell(*object, *row, it.key(), it.value(), n);
    }
    for (auto it = c_.database.rows().lower_bound({name, ""});
         it != c_.database.rows().end() && it->first.first == name; ++it) {
      if (!it->second.alive(n) || present.count(it->first.second)) continue;
      findings_.owe();
      fail(n, name, object, it->first.second, "",
           fmt::format("at the end {} lacks row {}, but no trigger reported its deletion", name,
                       it->first.second),
           "");
    }
  }

 private:
  std::string key_of(const Json& cells, const std::string& table, const ObjectHistory* object) const {
    if (const auto id = cells.find("id"); id != cells.end() && (object || table == services_table))
      return id->is_string() ? id->get<std::string>() : id->dump();
    std::string key;
    for (auto it = cells.begin(); it != cells.end(); ++it) {
      if (!key.empty()) key += "/";
      key += it.value().is_string() ? it.value().get<std::string>() : it.value().dump();
    }
    if (c_.database.row(table, key)) return key;
    // The same columns in another order.
    for (auto it = c_.database.rows().lower_bound({table, ""});
         it != c_.database.rows().end() && it->first.first == table; ++it) {
      bool all = true;
      for (auto at = cells.begin(); at != cells.end(); ++at)
        all = all && c_.database.stored(it->second, at.key(), c_.evidence.last) == at.value();
      if (all) return it->first.second;
    }
    return key;
  }

  void cell(const ObjectHistory& object, const RowHistory& row, const std::string& column, const Json& value,
            Event n) {
    findings_.owe();
    const Json& known = c_.database.stored(row, column, n);
    if (cell_equals(value, known)) return;
    const auto* field = object.by_column(column);
    if (!field) return;
    const bool told_of = row.columns.count(column) > 0;
    const Json seen = c_.database.as_reading(*field, value);
    // A column that came, or was copied, with a migration: no trigger reports that, but its meaning is
    // known.
    const Json meant = c_.database.value(row, *field, n);
    if (column == c_.database.truth_column(object, *field, n)) {
      if (equal_to_user(*field->contract, seen, meant)) return;
      if (!told_of && (seen.is_null() || is_default(object, *field, seen))) return;
    } else if (!told_of || equal_to_user(*field->contract, seen, meant)) {
      return;
    }
    const int last = c_.writes.last_named(object.name, row.key, field, n, -1);
    fail(n, object.table, &object, row.key, field->contract->field,
         fmt::format("at the end {}.{} of {} is {}, but the last committed change made it {}", object.name,
                     column, row.key, shown(value), shown(known)),
         last >= 0 ? "it was last written by " + c_.writes.describe(last) : "");
  }

  bool is_default(const ObjectHistory& object, const FieldHistory& field, const Json& value) const {
    for (const auto& spec : c_.releases.newest().classes) {
      if (spec.name != object.name) continue;
      const auto* known = spec.field(field.contract->field);
      if (known && known->create_default && same(value, *known->create_default)) return true;
    }
    return false;
  }

  void fail(Event n, const std::string& table, const ObjectHistory* object, const std::string& key,
            const std::string& field, const std::string& summary, const std::string& because) {
    Witness witness;
    witness.event = n;
    witness.object = object ? object->name : table;
    witness.field = field;
    witness.row = key;
    witness.summary = summary;
    witness.argument.push_back(fmt::format("event {}: the final contents of {}", n, table));
    if (!because.empty()) witness.argument.push_back(because);
    findings_.fail(std::move(witness));
  }

  const RunFacts& c_;
  Findings& findings_;
};

}  // namespace

void check_final_contents(const RunFacts& c, Findings& findings) {
  FinalContents contents(c, findings);
  for (Event n = 0; n <= c.evidence.last; ++n)
    if (text_at(c.evidence.event(n), "kind") == "final") contents.table(c.evidence.event(n), n);
}

}  // namespace caravan::reports
