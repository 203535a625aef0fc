// Caravan's own form, for people: one file a class with all its versions, and releases.json. docs/objects.md.
#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "objects/catalog_parts.hpp"
#include "objects/json_text.hpp"
#include "objects/nearest.hpp"

namespace caravan::catalog_parts {
namespace {

// A value that changed over time: {"1.0": old, "1.1": new}; the entry of the greatest version not above holds.
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
      value.fail(fmt::format("\"{}\" is no version", key), "values by version are written {\"1.0\": ..., \"1.1\": ...}");
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
  Over<std::string> sql;
  Over<Json> values;
  Over<Version> child_versions;
  std::string key, order_by;
};

std::optional<int> length_of(const std::string& sql) {
  const std::string prefix = "VARCHAR(";
  int length = 0;
  if (sql.rfind(prefix, 0) != 0) return {};
  const auto [end, code] = std::from_chars(sql.data() + prefix.size(), sql.data() + sql.size(), length);
  if (code != std::errc{} || *end != ')') return {};
  return length;
}

void read_column(const JsonAt& at, FieldHistory& field) {
  if (!at.has("sql")) {
    for (const char* key : {"primary_key", "references", "json"}) {
      if (at.has(key)) at.member(key).fail(fmt::format("\"{}\" belongs to a column, and there is no \"sql\"", key));
    }
    return;
  }
  const JsonAt sql = at.member("sql");
  for (const auto& [since, text] : read_over(sql, sql.json().is_object())) field.sql.emplace_back(since, text.name());
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

FieldHistory read_field(const JsonAt& at) {
  at.only({"name", "type", "nullable", "default", "read_only", "tzinfo_aware", "values", "transitions", "element",
           "class", "subclasses", "since", "until", "sql", "primary_key", "references", "json", "create_default",
           "deferred", "key", "order_by", "child_versions"});
  FieldHistory field;
  FieldSpec& spec = field.spec;
  spec.name = at.member("name").name();
  if (at.has("values") && at.member("values").json().is_object()) {
    spec.type.name = at.member("type").one_of({"Enum", "ListOfEnum"}, "type with values by version");
    for (const auto& [since, values] : read_over(at.member("values"), true)) {
      values.texts();
      field.values.emplace_back(since, values.json());
    }
  } else {
    spec.type = read_type(at);
  }
  spec.nullable = at.flag_or("nullable", false);
  spec.read_only = at.flag_or("read_only", false);
  spec.deferred = at.flag_or("deferred", false);
  if (at.has("default")) spec.default_value = at.json()["default"];
  if (at.has("create_default")) spec.create_default = at.json()["create_default"];
  if (at.has("since")) field.since = at.member("since").version();
  if (at.has("until")) field.until = at.member("until").version();
  read_column(at, field);
  const bool list = spec.type.name == "ListOfObjects";
  for (const char* key : {"key", "order_by", "child_versions"}) {
    if (at.has(key) && !list) at.member(key).fail(fmt::format("\"{}\" belongs to the type ListOfObjects", key));
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
  if (spec.column) {
    const std::string* sql = at_version(field.sql, version);
    if (sql == nullptr) at.fail(fmt::format("{} has no sql at version {}", spec.name, version.text()));
    spec.column->sql = *sql;
    spec.column->length = length_of(*sql);
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

struct ClassFile {
  ClassHistory history;
  std::vector<ClassSpec> classes;
};

void read_versions(const JsonAt& at, ClassHistory& history) {
  for (const auto& [version, release] : read_over(at, true)) history.versions.emplace_back(version, release.name());
}

void check_versions_known(const JsonAt& at, const std::vector<Rule>& rules, const ClassHistory& history, bool newest_first) {
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
      items[i].fail(newest_first ? "backport rules are listed newest step first" : "forward rules are listed oldest step first");
    }
  }
}

void check_contracts(const JsonAt& at, const std::vector<FieldHistory>& fields, const ClassHistory& history) {
  std::vector<std::string> names;
  for (const FieldHistory& field : fields) names.push_back(field.spec.name);
  const auto items = at.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Contract& contract = history.contracts[i];
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const FieldHistory& f) { return f.spec.name == contract.field; });
    if (field == fields.end()) {
      items[i].member("field").fail(fmt::format("{} has no field \"{}\"", history.name, contract.field), did_you_mean(contract.field, names));
    }
    const auto since = contract.was_called ? std::optional<Version>(contract.was_called->second) : contract.since;
    const auto say = [](const std::optional<Version>& v) { return v ? v->text() : std::string("always"); };
    if (since != field->since || contract.until != field->until) {
      items[i].fail(fmt::format("the contract of {} says since {} until {}, its field since {} until {}", contract.field,
                                say(since), contract.until ? contract.until->text() : "never", say(field->since),
                                field->until ? field->until->text() : "never"));
    }
  }
}

ClassFile read_class_file(const JsonAt& at) {
  at.only({"format", "name", "about", "table", "core", "versions", "unique", "fields", "super", "backport", "forward",
           "contracts", "refusals"});
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
      item.fail(fmt::format("the field {} is listed twice", field.spec.name), "write it once, with since and until");
    }
    names.push_back(field.spec.name);
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

// An interface with all its methods, cut to what `version` of it has.
RpcInterface interface_at(const RpcInterface& whole, const Version& version) {
  RpcInterface result = whole;
  result.version = version;
  result.methods.clear();
  for (RpcMethod method : whole.methods) {
    if (version < method.since) continue;
    method.args.erase(std::remove_if(method.args.begin(), method.args.end(),
                                     [&](const RpcArg& arg) { return arg.since && version < *arg.since; }),
                      method.args.end());
    result.methods.push_back(method);
  }
  return result;
}

std::vector<RpcInterface> read_interfaces(const JsonAt& at) {
  std::vector<RpcInterface> result;
  for (const JsonAt& item : at.items()) {
    item.only({"topic", "methods"});
    RpcInterface interface;
    interface.topic = item.member("topic").name();
    for (const JsonAt& method : item.member("methods").items()) interface.methods.push_back(read_method(method));
    result.push_back(interface);
  }
  return result;
}

// A release says what changed since the one before; the rest is carried over.
Release next_release(const JsonAt& at, const Release* before, const std::vector<RpcInterface>& interfaces,
                     const std::vector<std::string>& objects) {
  at.only({"name", "title", "manifest", "rpc", "database_revision", "engine_version", "behaviours", "enums"});
  Release release = before != nullptr ? *before : Release{};
  release.index = before != nullptr ? before->index + 1 : 0;
  release.name = at.member("name").name();
  release.title = at.text_or("title", release.name);
  release.behaviours = at.has("behaviours") ? at.member("behaviours").texts() : std::vector<std::string>{};
  if (at.has("database_revision")) release.database_revision = at.member("database_revision").name();
  if (at.has("engine_version")) release.engine_version = at.member("engine_version").text();
  if (at.has("manifest")) {
    for (const auto& [object, version] : at.member("manifest").members()) {
      if (std::find(objects.begin(), objects.end(), object) == objects.end()) {
        version.fail(fmt::format("unknown object \"{}\"", object), did_you_mean(object, objects));
      }
      release.manifest[object] = version.version();
    }
  }
  if (at.has("enums")) {
    for (const auto& [name, values] : at.member("enums").members()) release.enums[name] = values.texts();
  }
  if (!at.has("rpc")) return release;
  std::vector<std::string> topics;
  for (const RpcInterface& interface : interfaces) topics.push_back(interface.topic);
  release.rpc.clear();
  for (const auto& [topic, version] : at.member("rpc").members()) {
    const auto found = std::find(topics.begin(), topics.end(), topic);
    if (found == topics.end()) version.fail(fmt::format("unknown topic \"{}\"", topic), did_you_mean(topic, topics));
    release.rpc.push_back(interface_at(interfaces[static_cast<std::size_t>(found - topics.begin())], version.version()));
  }
  return release;
}

std::vector<Transition> read_lives(const JsonAt& at, const std::vector<std::string>& releases) {
  std::vector<Transition> result;
  for (const auto& [life, rows] : at.members()) {
    for (const JsonAt& row : rows.items()) {
      const auto cells = row.items();
      if (cells.size() < 3 || cells.size() > 4) row.fail("[from, to, who] or [from, to, who, {since, until}] was expected");
      Transition transition;
      transition.life = life;
      transition.from = cells[0].name();
      transition.to = cells[1].name();
      transition.who = cells[2].name();
      if (cells.size() == 4) {
        cells[3].only({"since", "until"});
        if (cells[3].has("since")) transition.since = cells[3].member("since").one_of(releases, "release");
        if (cells[3].has("until")) transition.until = cells[3].member("until").one_of(releases, "release");
      }
      result.push_back(transition);
    }
  }
  return result;
}

void check_against_releases(const ClassFile& file, const JsonAt& at, const Catalog& catalog) {
  std::vector<std::string> names;
  for (const Release& release : catalog.releases) names.push_back(release.name);
  for (const auto& [version, first] : file.history.versions) {
    const JsonAt place = at.member("versions").member(version.text());
    place.one_of(names, "release");
    const auto& manifest = catalog.release(first)->manifest;
    const auto found = manifest.find(file.history.name);
    if (found == manifest.end() || found->second != version) {
      place.fail(fmt::format("{} {} first came with {}, but that release's manifest has {}", file.history.name, version.text(),
                             first, found == manifest.end() ? "no such object" : found->second.text()));
    }
  }
}

// What only the whole can tell: releases name versions that there are, consequences name objects.
void check_whole(const Catalog& catalog, const JsonAt& at) {
  const auto releases = at.member("releases").items();
  for (std::size_t i = 0; i < releases.size(); ++i) {
    if (!releases[i].has("manifest")) continue;
    for (const auto& [object, version] : releases[i].member("manifest").members()) {
      if (catalog.find(object, version.version()) != nullptr) continue;
      version.fail(fmt::format("{} has no version {}", object, version.text()));
    }
  }
  if (at.has("consequences")) check_consequences(catalog, at.member("consequences"));
}

}  // namespace

Catalog read_files(const std::vector<NamedText>& files, const std::string& where) {
  const auto file = [&](const std::string& name) {
    const auto found = std::find_if(files.begin(), files.end(), [&](const NamedText& f) { return f.name == name; });
    return found == files.end() ? nullptr : &*found;
  };
  std::vector<std::string> file_names;
  for (const NamedText& f : files) file_names.push_back(f.name);
  const NamedText* releases_file = file("releases.json");
  if (releases_file == nullptr) throw bad_request(where, "the catalog folder has no releases.json", did_you_mean("releases.json", file_names));

  const Json document = parse_json_strict(releases_file->text, releases_file->where);
  const JsonAt at(document, releases_file->where, releases_file->text);
  at.only({"format", "about", "base", "objects", "interfaces", "releases", "transitions", "consequences"});
  at.member("format").one_of({"caravan-releases/1"}, "format");
  Catalog catalog;
  if (at.has("base")) {
    const JsonAt base = at.member("base");
    base.only({"name", "serial_namespace", "project_namespace"});
    catalog.base_name = base.text_or("name", catalog.base_name);
    catalog.serial_namespace = base.text_or("serial_namespace", catalog.serial_namespace);
    catalog.project_namespace = base.text_or("project_namespace", catalog.project_namespace);
  }
  const std::vector<std::string> objects = at.member("objects").texts();
  std::vector<RpcInterface> interfaces;
  if (at.has("interfaces")) interfaces = read_interfaces(at.member("interfaces"));
  std::vector<std::string> release_names;
  for (const JsonAt& item : at.member("releases").items()) {
    catalog.releases.push_back(next_release(item, catalog.releases.empty() ? nullptr : &catalog.releases.back(), interfaces, objects));
    const std::string& name = catalog.releases.back().name;
    if (std::find(release_names.begin(), release_names.end(), name) != release_names.end()) {
      item.fail(fmt::format("the release {} is listed twice", name));
    }
    release_names.push_back(name);
  }
  if (at.has("transitions")) catalog.transitions = read_lives(at.member("transitions"), release_names);
  if (at.has("consequences")) catalog.consequences = read_consequences(at.member("consequences"));

  for (const JsonAt& item : at.member("objects").items()) {
    const std::string object = item.text();
    const NamedText* source = file(object + ".json");
    if (source == nullptr) item.fail(fmt::format("there is no file {}.json", object), did_you_mean(object + ".json", file_names));
    const Json json = parse_json_strict(source->text, source->where);
    const JsonAt class_at(json, source->where, source->text);
    ClassFile read = read_class_file(class_at);
    if (read.history.name != object) class_at.member("name").fail(fmt::format("the file is named {}.json", object));
    if (catalog.history(object) != nullptr) item.fail(fmt::format("{} is listed twice", object));
    check_against_releases(read, class_at, catalog);
    for (const auto& [field, child] : read.history.children) {
      if (std::find(objects.begin(), objects.end(), child) == objects.end()) {
        class_at.member("fields").fail(fmt::format("{} is a list of the unknown class {}", field, child), did_you_mean(child, objects));
      }
    }
    catalog.histories.push_back(read.history);
    catalog.classes.insert(catalog.classes.end(), read.classes.begin(), read.classes.end());
  }
  check_whole(catalog, at);
  for (const std::string& name : file_names) {
    const std::string stem = name.substr(0, name.rfind('.'));
    if (name != "releases.json" && std::find(objects.begin(), objects.end(), stem) == objects.end()) {
      at.member("objects").fail(fmt::format("the file {} is not listed here", name), did_you_mean(stem, objects));
    }
  }
  return catalog;
}

}  // namespace caravan::catalog_parts
