// One file a class, with all its versions, for people: docs/objects.md.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/nearest.hpp"
#include "objects/loader/parts.hpp"

namespace caravan::catalog_parts {
namespace {

// A value that changed over time: {"1.0": old, "1.1": new}; the entry of the greatest version not above
// holds.
template <class T>
using Over = std::vector<std::pair<Version, T>>;

template <class T>
const T* at_version(const Over<T>& over, const Version& version) {
  const T* found = nullptr;
  for (const auto& [since, value] : over) {
    if (since <= version) found = &value;
  }
  return found;
}

Over<JsonAt> read_over(const JsonAt& at, bool by_version) {
  Over<JsonAt> over;
  if (!by_version) {
    over.emplace_back(Version("0"), at);
    return over;
  }
  for (const auto& [key, value] : at.members()) {
    Version since;
    try {
      since = Version(key);
    } catch (const Error&) {
      value.fail(fmt::format("\"{}\" is not a version", key),
                 "values by version are written {\"1.0\": ..., \"1.1\": ...}");
    }
    if (!over.empty() && !(over.back().first < since)) value.fail("versions are listed oldest first");
    over.emplace_back(since, value);
  }
  if (over.empty()) at.fail("no version is listed");
  return over;
}

struct FieldHistory {
  FieldSpec spec;  // without what changes
  std::optional<Version> since, until;
  Over<std::string> sql, type;
  Over<bool> nullable;
  Over<Json> values;
  Over<Version> child_versions;
  std::string key, order_by;
};

void read_column(const JsonAt& at, FieldHistory& field) {
  if (!at.has("sql")) {
    for (const char* key : {"primary_key", "references", "json"}) {
      if (at.has(key))
        at.member(key).fail(fmt::format("\"{}\" belongs to a column, and there is no \"sql\"", key));
    }
    return;
  }
  const JsonAt sql = at.member("sql");
  for (const auto& [since, text] : read_over(sql, sql.json().is_object())) {
    field.sql.emplace_back(since, text.name());
    const auto length = column_length(field.sql.back().second);
    if (length && *length < 1) text.fail("a column without a length", "VARCHAR(80), say");
  }
  ColumnSpec column;
  column.nullable = field.spec.nullable;
  column.primary_key = at.flag_or("primary_key", false);
  if (at.has("references")) {
    const auto pair = at.member("references").texts();
    if (pair.size() != 2) at.member("references").fail("[table, column] was expected");
    column.references = std::make_pair(pair[0], pair[1]);
  }
  if (at.has("json")) column.json = at.member("json").one_of({"dict", "list"}, "shape of JSON");
  field.spec.column = column;
}

/// Types without values, classes or elements: they may change from version to version.
const std::vector<std::string>& plain_types() {
  static const std::vector<std::string> types = [] {
    std::vector<std::string> plain;
    for (const std::string& name : field_types()) {
      const bool more = name == "Enum" || name == "ListOfEnum" || name == "StateMachine" || name == "List" ||
                        name == "Dict" || name == "Set" || name == "Object" || name == "ListOfObjects";
      if (!more) plain.push_back(name);
    }
    return plain;
  }();
  return types;
}

FieldHistory read_field(const JsonAt& at) {
  at.only({"name",     "type",        "nullable",    "default",       "read_only",  "tzinfo_aware",
           "values",   "transitions", "element",     "class",         "subclasses", "since",
           "until",    "sql",         "primary_key", "references",    "json",       "create_default",
           "deferred", "key",         "order_by",    "child_versions"});
  FieldHistory field;
  FieldSpec& spec = field.spec;
  spec.name = at.member("name").name();
  if (at.has("values") && at.member("values").json().is_object()) {
    spec.type.name = at.member("type").one_of({"Enum", "ListOfEnum"}, "type with values by version");
    for (const auto& [since, values] : read_over(at.member("values"), true)) {
      values.texts();
      field.values.emplace_back(since, values.json());
    }
  } else if (at.member("type").json().is_object()) {
    for (const auto& [since, name] : read_over(at.member("type"), true))
      field.type.emplace_back(since, name.one_of(plain_types(), "type that needs nothing else"));
    spec.type.name = field.type.back().second;
  } else {
    spec.type = read_type(at);
  }
  if (at.has("nullable")) {
    const JsonAt nullable = at.member("nullable");
    for (const auto& [since, flag] : read_over(nullable, nullable.json().is_object()))
      field.nullable.emplace_back(since, flag.flag());
    spec.nullable = field.nullable.back().second;
  }
  spec.read_only = at.flag_or("read_only", false);
  spec.deferred = at.flag_or("deferred", false);
  if (at.has("default")) spec.default_value = at.json()["default"];
  if (at.has("create_default")) spec.create_default = at.json()["create_default"];
  if (at.has("since")) field.since = at.member("since").version();
  if (at.has("until")) field.until = at.member("until").version();
  read_column(at, field);
  const bool list = spec.type.name == "ListOfObjects";
  for (const char* key : {"key", "order_by", "child_versions"}) {
    if (at.has(key) && !list)
      at.member(key).fail(fmt::format("\"{}\" belongs to the type ListOfObjects", key));
  }
  field.key = at.text_or("key", "");
  field.order_by = at.text_or("order_by", "");
  if (at.has("child_versions")) {
    for (const auto& [own, child] : read_over(at.member("child_versions"), true)) {
      field.child_versions.emplace_back(own, child.version());
    }
  }
  return field;
}

FieldSpec field_at(const FieldHistory& field, const Version& version, const JsonAt& at) {
  FieldSpec spec = field.spec;
  if (!field.values.empty()) {
    const Json* values = at_version(field.values, version);
    if (values == nullptr) at.fail(fmt::format("{} has no values at version {}", spec.name, version.text()));
    spec.type.values = *values;
  }
  if (!field.type.empty()) {
    const std::string* type = at_version(field.type, version);
    if (type == nullptr) at.fail(fmt::format("{} has no type at version {}", spec.name, version.text()));
    spec.type.name = *type;
  }
  if (!field.nullable.empty()) {
    const bool* nullable = at_version(field.nullable, version);
    if (nullable == nullptr)
      at.fail(fmt::format("nothing says whether {} is nullable at version {}", spec.name, version.text()));
    spec.nullable = *nullable;
    if (spec.column) spec.column->nullable = *nullable;
  }
  if (spec.column) {
    const std::string* sql = at_version(field.sql, version);
    if (sql == nullptr) at.fail(fmt::format("{} has no sql at version {}", spec.name, version.text()));
    spec.column->sql = *sql;
    spec.column->length = column_length(*sql);
  }
  return spec;
}

bool alive(const FieldHistory& field, const Version& version) {
  return (!field.since || *field.since <= version) && (!field.until || version < *field.until);
}

std::vector<Rule> up_to(const std::vector<Rule>& rules, const Version& version) {
  std::vector<Rule> result;
  for (const Rule& rule : rules) {
    if (rule.below <= version) result.push_back(rule);
  }
  return result;
}

void read_versions(const JsonAt& at, ClassHistory& history) {
  for (const auto& [version, release] : read_over(at, true))
    history.versions.emplace_back(version, release.name());
}

void check_versions_known(const JsonAt& at, const std::vector<Rule>& rules, const ClassHistory& history,
                          bool newest_first) {
  const auto items = at.items();
  std::vector<std::string> known;
  for (const auto& [version, release] : history.versions) known.push_back(version.text());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (std::find(known.begin(), known.end(), rules[i].below.text()) == known.end()) {
      items[i].member("below").fail(fmt::format("{} has no version {}", history.name, rules[i].below.text()),
                                    did_you_mean(rules[i].below.text(), known));
    }
    if (i == 0) continue;
    const auto& before = rules[i - 1].below;
    if (newest_first ? before < rules[i].below : rules[i].below < before) {
      items[i].fail(newest_first ? "backport rules are listed newest step first"
                                 : "forward rules are listed oldest step first");
    }
  }
}

/// `since` and `until` are versions of the class, and some version has the field.
void check_lifetime(const JsonAt& at, const FieldHistory& field, const ClassHistory& history) {
  std::vector<std::string> known;
  bool lives = false;
  for (const auto& [version, release] : history.versions) {
    known.push_back(version.text());
    lives = lives || alive(field, version);
  }
  for (const char* key : {"since", "until"}) {
    if (!at.has(key)) continue;
    const std::string version = at.member(key).text();
    if (std::find(known.begin(), known.end(), version) == known.end()) {
      at.member(key).fail(fmt::format("{} has no version {}", history.name, version),
                          did_you_mean(version, known));
    }
  }
  if (!lives) at.fail(fmt::format("no version of {} has the field {}", history.name, field.spec.name));
}

void check_contracts(const JsonAt& at, const std::vector<FieldHistory>& fields, const ClassHistory& history) {
  std::vector<std::string> names;
  for (const FieldHistory& field : fields) names.push_back(field.spec.name);
  const auto items = at.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Contract& contract = history.contracts[i];
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const FieldHistory& f) { return f.spec.name == contract.field; });
    if (field == fields.end()) {
      items[i].member("field").fail(fmt::format("{} has no field \"{}\"", history.name, contract.field),
                                    did_you_mean(contract.field, names));
    }
    const auto since =
        contract.was_called ? std::optional<Version>(contract.was_called->second) : contract.since;
    const auto say = [](const std::optional<Version>& v) { return v ? v->text() : std::string("always"); };
    if (since != field->since || contract.until != field->until) {
      items[i].fail(fmt::format("the contract of {} says since {} until {}, its field since {} until {}",
                                contract.field, say(since), contract.until ? contract.until->text() : "never",
                                say(field->since), field->until ? field->until->text() : "never"));
    }
  }
}

}  // namespace

ClassFile read_class_file(const JsonAt& at) {
  at.only({"format", "name", "about", "table", "core", "versions", "unique", "fields", "super", "backport",
           "forward", "contracts", "refusals", "conduct", "load"});
  ClassFile file;
  ClassHistory& history = file.history;
  at.member("format").one_of({"caravan-class/1"}, "format");
  history.name = at.member("name").name();
  history.table = at.text_or("table", "");
  history.core = at.flag_or("core", true);
  at.text_or("about", "");
  read_versions(at.member("versions"), history);

  const std::vector<JsonAt> field_items = at.member("fields").items();
  std::vector<FieldHistory> fields;
  std::vector<std::string> names;
  for (const JsonAt& item : field_items) {
    fields.push_back(read_field(item));
    const FieldHistory& field = fields.back();
    if (std::find(names.begin(), names.end(), field.spec.name) != names.end()) {
      item.fail(fmt::format("the field {} is listed twice", field.spec.name),
                "write it once, with since and until");
    }
    names.push_back(field.spec.name);
    check_lifetime(item, field, history);
    if (field.spec.type.name != "ListOfObjects") continue;
    history.children[field.spec.name] = field.spec.type.object;
    if (!field.key.empty()) history.child_key[field.spec.name] = field.key;
    if (!field.order_by.empty()) history.child_order[field.spec.name] = field.order_by;
  }

  Compat compat;
  std::vector<Rule> forward;
  if (at.has("super")) compat.super = at.member("super").one_of({"first", "last", "none"}, "kind of super");
  if (at.has("backport")) {
    compat.rules = read_rules(at.member("backport"));
    check_rule_fields(compat.rules, at.member("backport"), names, history.name, false);
    check_versions_known(at.member("backport"), compat.rules, history, true);
  }
  if (at.has("forward")) {
    forward = read_rules(at.member("forward"));
    check_rule_fields(forward, at.member("forward"), names, history.name, false);
    check_versions_known(at.member("forward"), forward, history, false);
  }
  if (at.has("contracts")) {
    history.contracts = read_contracts(at.member("contracts"));
    check_contracts(at.member("contracts"), fields, history);
  }
  if (at.has("refusals")) history.refusals = read_refusals(at.member("refusals"));
  read_conduct(at, history, names);

  for (const auto& [version, release] : history.versions) {
    ClassSpec spec;
    spec.name = history.name;
    spec.version = version;
    spec.table = history.table;
    if (at.has("unique")) spec.unique = read_unique(at.member("unique"));
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!alive(fields[i], version)) continue;
      spec.fields.push_back(field_at(fields[i], version, field_items[i]));
      for (const auto& [own, child] : fields[i].child_versions) {
        if (own <= version) spec.relationships[fields[i].spec.name].emplace_back(own, child);
      }
    }
    spec.compat = Compat{compat.super, up_to(compat.rules, version)};
    spec.forward = up_to(forward, version);
    file.classes.push_back(spec);
  }
  return file;
}

}  // namespace caravan::catalog_parts
