#include "objects/catalog/diff.hpp"

#include <algorithm>
#include <set>

#include "objects/base/error.hpp"
#include "objects/base/lookup.hpp"
#include "objects/catalog/describe.hpp"

namespace caravan {
namespace {

Json row(const char* change, const char* what, const std::string& name) {
  return Json{{"change", change}, {what, name}};
}

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// Lines that only one side has: what went, then what came.
Json changed_lines(const std::vector<std::string>& before, const std::vector<std::string>& after,
                   const char* what) {
  Json out = Json::array();
  for (const auto& line : before)
    if (!has(after, line)) out.push_back(row("removed", what, line));
  for (const auto& line : after)
    if (!has(before, line)) out.push_back(row("added", what, line));
  return out;
}

Json minus(const Json& a, const Json& b) {
  Json out = Json::array();
  for (const Json& value : a)
    if (std::find(b.begin(), b.end(), value) == b.end()) out.push_back(value);
  return out;
}

/// A closed set, compared as a set.
void compare_values(Json& out, const std::string& field, const Json& before, const Json& after) {
  const Json added = minus(after, before), removed = minus(before, after);
  if (added.empty() && removed.empty()) return;
  Json one = row("changed", "field", field);
  one["what"] = "values";
  if (!added.empty()) one["added"] = added;
  if (!removed.empty()) one["removed"] = removed;
  out.push_back(std::move(one));
}

void compare_texts(Json& out, const std::string& field, const char* what, const std::string& before,
                   const std::string& after) {
  if (before == after) return;
  Json one = row("changed", "field", field);
  one["what"] = what;
  one["was"] = before;
  one["now"] = after;
  out.push_back(std::move(one));
}

/// The lists of values in order are not part of the type's name; children's versions are in the manifest.
void compare_fields(Json& out, const FieldSpec& before, const FieldSpec& after) {
  compare_texts(out, after.name, "field", describe(before), describe(after));
  compare_values(out, after.name, before.type.values, after.type.values);
  if (before.type.transitions != after.type.transitions)
    compare_texts(out, after.name, "transitions", shown(before.type.transitions),
                  shown(after.type.transitions));
  if (before.column && after.column)
    compare_texts(out, after.name, "column", before.column->sql, after.column->sql);
}

const Contract* contract_of(const ClassHistory* history, const std::string& field) {
  if (history == nullptr) return nullptr;
  for (const Contract& contract : history->contracts)
    if (contract.field == field) return &contract;
  return nullptr;
}

/// The newer name of a field that is called `name` in the older class, or nothing.
const Contract* renamed(const ClassHistory* newer, const ClassSpec& after, const std::string& name) {
  if (newer == nullptr) return nullptr;
  for (const Contract& contract : newer->contracts)
    if (contract.was_called && contract.was_called->first == name && after.field(contract.field))
      return &contract;
  return nullptr;
}

Json compare_all_fields(const ClassSpec& before, const ClassSpec& after, const ClassHistory* newer) {
  Json out = Json::array();
  std::set<std::string> arrived;  // under a new name
  for (const FieldSpec& old : before.fields) {
    if (const FieldSpec* same = after.field(old.name)) {
      compare_fields(out, old, *same);
    } else if (const Contract* moved = renamed(newer, after, old.name)) {
      Json one = row("renamed", "field", moved->field);
      one["was"] = old.name;
      out.push_back(std::move(one));
      arrived.insert(moved->field);
      compare_fields(out, old, *after.field(moved->field));
    } else {
      Json one = row("removed", "field", old.name);
      one["was"] = describe(old);
      out.push_back(std::move(one));
    }
  }
  for (const FieldSpec& field : after.fields) {
    if (before.field(field.name) || arrived.count(field.name) != 0) continue;
    Json one = row("added", "field", field.name);
    one["now"] = describe(field);
    if (!field.type.values.empty()) one["values"] = field.type.values;
    if (const Contract* contract = contract_of(newer, field.name)) {
      const auto words = describe(*contract);
      if (!words.empty()) one["contract"] = words;
    }
    out.push_back(std::move(one));
  }
  return out;
}

/// Of fields that both have; new ones are listed with the field.
Json compare_contracts(const ClassHistory* older, const ClassHistory* newer) {
  Json out = Json::array();
  if (older == nullptr || newer == nullptr) return out;
  for (const Contract& after : newer->contracts) {
    const Contract* before = contract_of(older, after.field);
    if (before == nullptr && after.was_called) before = contract_of(older, after.was_called->first);
    if (before == nullptr) continue;
    for (Json& line : changed_lines(describe(*before), describe(after), "promise")) {
      Json one{{"change", line["change"]}, {"field", after.field}, {"promise", line["promise"]}};
      out.push_back(std::move(one));
    }
    const auto old_sets = closed_sets(*before);
    for (const ClosedSet& now : closed_sets(after)) {
      if (now.path.empty()) continue;  // the values of the field itself are listed with the field
      const auto then = std::find_if(old_sets.begin(), old_sets.end(),
                                     [&](const ClosedSet& set) { return set.path == now.path; });
      compare_values(out, place_in_field(after.field, now.path),
                     then == old_sets.end() ? Json::array() : Json(then->values), Json(now.values));
    }
  }
  return out;
}

std::vector<std::string> rule_lines(const ClassSpec& spec) {
  std::vector<std::string> out;
  if (spec.compat)
    for (const Rule& rule : spec.compat->rules)
      out.push_back("below " + rule.below.text() + ": " + describe(rule));
  for (const Rule& rule : spec.forward)
    out.push_back("forward from below " + rule.below.text() + ": " + describe(rule));
  return out;
}

std::vector<std::string> refusal_lines(const ClassHistory* history) {
  std::vector<std::string> out;
  if (history != nullptr)
    for (const Refusal& refusal : history->refusals)
      out.push_back("below " + refusal.below.text() + ": " + describe(refusal));
  return out;
}

void put(Json& out, const char* member, Json rows) {
  if (!rows.empty()) out[member] = std::move(rows);
}

/// Empty members if nothing changed but the version.
Json compare_object(const std::string& name, const Catalog& older, const ClassSpec& before,
                    const Catalog& newer, const ClassSpec& after) {
  const ClassHistory* old_history = older.history(name);
  const ClassHistory* new_history = newer.history(name);
  Json out{{"object", name}, {"from", before.version.text()}, {"to", after.version.text()}};
  put(out, "fields", compare_all_fields(before, after, new_history));
  put(out, "contracts", compare_contracts(old_history, new_history));
  put(out, "rules", changed_lines(rule_lines(before), rule_lines(after), "rule"));
  put(out, "refusals", changed_lines(refusal_lines(old_history), refusal_lines(new_history), "refusal"));
  return out;
}

Json compare_methods(const RpcInterface& before, const RpcInterface& after) {
  Json out = Json::array();
  for (const RpcMethod& old : before.methods) {
    const RpcMethod* now = find_named(after.methods, old.name);
    if (now == nullptr) {
      out.push_back(row("removed", "method", describe(old)));
    } else if (describe(old) != describe(*now)) {
      Json one = row("changed", "method", old.name);
      one["was"] = describe(old);
      one["now"] = describe(*now);
      out.push_back(std::move(one));
    }
  }
  for (const RpcMethod& method : after.methods)
    if (find_named(before.methods, method.name) == nullptr)
      out.push_back(row("added", "method", describe(method)));
  return out;
}

Json compare_rpc(const Release& before, const Release& after) {
  Json out = Json::array();
  std::vector<std::string> topics;
  for (const Release* release : {&before, &after})
    for (const RpcInterface& one : release->rpc)
      if (!has(topics, one.topic)) topics.push_back(one.topic);
  for (const std::string& topic : topics) {
    const RpcInterface* old = before.interface(topic);
    const RpcInterface* now = after.interface(topic);
    static const RpcInterface none;
    Json methods = compare_methods(old ? *old : none, now ? *now : none);
    const Json was = old ? Json(old->version.text()) : Json(), is = now ? Json(now->version.text()) : Json();
    if (methods.empty() && was == is) continue;
    Json one{{"topic", topic}, {"from", was}, {"to", is}};
    put(one, "methods", std::move(methods));
    out.push_back(std::move(one));
  }
  return out;
}

Json compare_enums(const Release& before, const Release& after) {
  Json out = Json::array();
  std::set<std::string> names;
  for (const Release* release : {&before, &after})
    for (const auto& entry : release->enums) names.insert(entry.first);
  for (const std::string& name : names) {
    const auto values = [&name](const Release& release) {
      const auto found = release.enums.find(name);
      return found == release.enums.end() ? Json::array() : Json(found->second);
    };
    Json rows = Json::array();
    compare_values(rows, name, values(before), values(after));
    for (Json& one : rows) {
      Json named{{"enum", name}};
      for (const char* member : {"added", "removed"})
        if (one.contains(member)) named[member] = one[member];
      out.push_back(std::move(named));
    }
  }
  return out;
}

const Release& release_of(const Catalog& catalog, const std::string& name) {
  if (catalog.releases.empty())
    throw bad_request("", "this catalog has no releases", "compare two versions: diff Object@1.2 Object@1.3");
  return catalog.require_release(name);
}

}  // namespace

Catalog snapshot_of_version(const Catalog& catalog, const std::string& object, const Version& version) {
  Catalog whole;
  whole.base_name = catalog.base_name;
  whole.serial_namespace = catalog.serial_namespace;
  whole.project_namespace = catalog.project_namespace;
  for (const ClassSpec& spec : catalog.classes)
    if (spec.name == object) whole.classes.push_back(spec);
  for (const ClassHistory& history : catalog.histories)
    if (history.name == object) whole.histories.push_back(history);
  Release only;
  only.name = version.text();
  only.manifest[object] = version;
  whole.releases.push_back(only);
  return snapshot(whole, only.name);
}

Json diff_versions(const Catalog& catalog, const std::string& object, const Version& from,
                   const Version& to) {
  const Catalog older = snapshot_of_version(catalog, object, from);
  const Catalog newer = snapshot_of_version(catalog, object, to);
  const ClassSpec* before = older.find(object, from);
  const ClassSpec* after = newer.find(object, to);
  for (const auto& [spec, version] : {std::pair(before, &from), std::pair(after, &to)})
    if (spec == nullptr) throw bad_request("", object + " has no version " + version->text());
  return compare_object(object, older, *before, newer, *after);
}

Json diff_releases(const Catalog& catalog, const std::string& from, const std::string& to) {
  const Release& before = release_of(catalog, from);
  const Release& after = release_of(catalog, to);
  const Catalog older = snapshot(catalog, from), newer = snapshot(catalog, to);
  Json out{{"from", from}, {"to", to}};
  const auto text = [&out](const char* member, const std::string& was, const std::string& now) {
    if (was != now) out[member] = Json{{"was", was}, {"now", now}};
  };
  text("database_revision", before.database_revision, after.database_revision);
  text("engine_version", before.engine_version, after.engine_version);

  std::vector<std::string> names;  // in the catalog's order
  for (const ClassSpec& spec : catalog.classes)
    if (!has(names, spec.name)) names.push_back(spec.name);
  Json objects = Json::array();
  for (const std::string& name : names) {
    const auto was = before.manifest.find(name), now = after.manifest.find(name);
    const bool had = was != before.manifest.end(), has_it = now != after.manifest.end();
    if (!had && !has_it) continue;
    if (had && has_it) {
      Json one =
          compare_object(name, older, *older.find(name, was->second), newer, *newer.find(name, now->second));
      if (one.size() > 3 || was->second != now->second) objects.push_back(std::move(one));
      continue;
    }
    const Catalog& side = had ? older : newer;
    const ClassSpec& spec = *side.find(name, had ? was->second : now->second);
    Json one{{"object", name},
             {"from", had ? Json(was->second.text()) : Json()},
             {"to", has_it ? Json(now->second.text()) : Json()}};
    Json fields = Json::array();
    for (const FieldSpec& field : spec.fields) {
      Json line = row(had ? "removed" : "added", "field", field.name);
      line[had ? "was" : "now"] = describe(field);
      fields.push_back(std::move(line));
    }
    one["fields"] = std::move(fields);
    objects.push_back(std::move(one));
  }
  put(out, "objects", std::move(objects));
  put(out, "enums", compare_enums(before, after));
  put(out, "rpc", compare_rpc(before, after));
  put(out, "behaviours", changed_lines(before.behaviours, after.behaviours, "behaviour"));
  return out;
}

}  // namespace caravan
