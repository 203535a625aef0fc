#include "scenarios/format/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "objects/base/error.hpp"
#include "objects/base/nearest.hpp"
#include "objects/vocabulary/databases.hpp"
#include "objects/vocabulary/roles.hpp"
#include "scenarios/format/mode.hpp"

namespace caravan::scenarios {
namespace {

using T = KeyType;

const char* nodes_doc() {
  static const std::string text = [] {
    std::vector<std::string> usual;
    for (const RoleSpec& role : role_table) usual.push_back(fmt::format("{} {}s", role.count, role.word));
    return fmt::format("How many nodes of each role; {} by default.", fmt::join(usual, ", "));
  }();
  return text.c_str();
}

const char* database_doc() {
  static const std::string text = [] {
    return fmt::format("{} (embedded, the default), {} (a private server for the run), or a URL: {}.",
                       database_words(true, "`"), database_words(false, "`"), database_addresses());
  }();
  return text.c_str();
}

std::string database_pattern() {
  std::vector<std::string> schemes = spelt_words<DatabaseKind>();
  const std::string words = fmt::format("{}", fmt::join(schemes, "|"));
  for (const DatabaseSpec& spec : database_table)
    if (*spec.also != '\0') schemes.emplace_back(spec.also);
  return fmt::format("^(({})$|({})://)", words, fmt::join(schemes, "|"));
}

// clang-format off
const std::vector<Key> written_keys = {
    {"scenario", "format", T::integer, true, "", 1, 1, "The version of this format: 1."},
    {"scenario", "name", T::name, true, "", 0, 0, "A short name; reports and files carry it."},
    {"scenario", "about", T::text, false, "", 0, 0, "One sentence: what is shown, and to whom it matters."},
    {"scenario", "nodes", T::map, false, "nodes", 0, 0, nodes_doc()},
    {"scenario", "programs", T::any_map, false, "nodes to programs", 0, 0, "Nodes that are another program than caravan-node, by node or role: `python`, the shipped node on the real library (a conductor or an engine), or the path of a program that speaks docs/node-protocol.md."},
    {"scenario", "releases", T::map, true, "releases", 0, 0, "From which release to which one."},
    {"scenario", "access", T::word, false, "conductor direct", 0, 0, "Who opens the database: only conductors (the default), or, as Sahara really did, api and engine themselves; then there are no conductors, and they are left out of `nodes`, steps and lists."},
    {"scenario", "compat", T::word, false, "backport pin none", 0, 0, "What old and new nodes do about each other: a receiver asks for a backport (the default), a sender speaks the oldest release alive (`pin`), or nothing. Direct access has `none` only, and by itself."},
    {"scenario", "database", T::database, false, "", 0, 0, database_doc()},
    {"scenario", "migration", T::word, false, "phased as-released", 0, 0, "`phased`: expand, data, contract; `as-released`: every migration in one go under the old code, as packages do it. Phased unless the access is direct."},
    {"scenario", "row_stamps", T::boolean, false, "", 0, 0, "Every table has a column object_version: the version of the object that the row was written at (default false)."},
    {"scenario", "config", T::any_map, false, "nodes to options", 0, 0, "Options of nodes, by node or role; see below."},
    {"scenario", "upgrade", T::map, false, "upgrade", 0, 0, "The short form: the planner makes the steps of a rolling upgrade. Not together with `steps`."},
    {"scenario", "steps", T::maps, false, "step", 0, 0, "The long form: every step by hand. Not together with `upgrade`."},
    {"scenario", "expect", T::expect, false, "", 0, 0, "`pass` (the default), or what is expected to fail: a map CHECK to {fail: Object.field, at: STEP}, or a map of modes to one of the two; see below."},
    {"scenario", "matrix", T::unbuilt, false, "", 0, 0, "Axes to vary."},
    {"scenario", "except", T::unbuilt, false, "", 0, 0, "Combinations to leave out of the matrix."},

    {"releases", "from", T::text, true, "", 0, 0, "The release that every node starts at. Quote the ones that look like numbers: \"2023.1\"."},
    {"releases", "to", T::text, true, "", 0, 0, "The release that nodes are upgraded to; not older than `from`."},

    {"upgrade", "order", T::names, false, "", 1, 200, "`conductors-first` (the default: conductors, then engines and apis alternately), or a list of nodes and roles, upgraded in that order; `rest` is every node not named."},
    {"upgrade", "load", T::map, false, "load", 0, 0, "What clients do during the whole upgrade."},
    {"upgrade", "mix", T::boolean, false, "", 0, 0, "Exercise every changed object across releases while old and new nodes serve (default true)."},

    {"load", "clients", T::integer, false, "", 1, 64, "How many clients, each waiting for its answer before it goes on (default 4)."},
    {"load", "operations", T::integer, false, "", 0, 20000, "How many operations in all (default 200)."},

    {"upgrade", "turn_back", T::boolean, false, "", 0, 0, "Half-way through, half of the nodes are rolled back (with `backport` no conductor: rows may hold what it can no longer read), clients work, and they are upgraded again (default false)."},

    {"step", "upgrade", T::names, false, "", 1, 200, "Stop these nodes and start them at `releases.to`, or at `release`, one by one: nodes, roles, or `rest`."},
    {"step", "rollback", T::names, false, "", 1, 200, "Stop these nodes and start them at `releases.from`, one by one."},
    {"step", "restart", T::names, false, "", 1, 200, "Stop these nodes and start them again at the release that they have."},
    {"step", "stop", T::names, false, "", 1, 200, "Let these nodes finish what they have in hand, and stop them."},
    {"step", "start", T::names, false, "", 1, 200, "Start stopped nodes at the release that they had, or at `release`."},
    {"step", "kill", T::names, false, "", 1, 200, "Kill these nodes at once (SIGKILL)."},
    {"step", "pause", T::names, false, "", 1, 200, "Hold these nodes (SIGSTOP): they are alive and do not answer."},
    {"step", "resume", T::names, false, "", 1, 200, "Let paused nodes continue."},
    {"step", "fault", T::map, false, "fault", 0, 0, "Something breaks."},
    {"step", "migrate", T::word, false, "expand data contract", 0, 0, "One phase of the database migration from `from` to `to`."},
    {"step", "batch", T::integer, false, "", 1, 100000, "migrate data: rows in a batch (default 100)."},
    {"step", "batches", T::integer, false, "", 1, 100000, "migrate data: stop after this many batches; rows may be left."},
    {"step", "die_in", T::integer, false, "", 1, 100000, "migrate data: killed in the middle of this batch."},
    {"step", "wait", T::wait, false, "wait", 0, 0, "`settle`: until every cluster and job run has come to rest. {row, status}: until this row has had this status."},
    {"step", "do", T::map, false, "do", 0, 0, "One operation of one client; also together with a `fault` that has `when`."},
    {"step", "load", T::map, false, "load", 0, 0, "Clients at work: as a step by itself, or during the verb of the same step."},
    {"step", "reload", T::names, false, "", 1, 200, "These conductors and engines recompute their pins (SIGHUP; an api needs a restart). Only with `compat: pin`; otherwise the step is left out."},
    {"step", "announce", T::names, false, "", 1, 200, "The service records say from now on that these nodes come back at `release`. With direct access the step is left out."},
    {"step", "forget", T::names, false, "", 1, 200, "The service records of these stopped nodes are removed. With direct access the step is left out."},
    {"step", "release", T::text, false, "", 0, 0, "announce, start, upgrade: the release of the nodes, which may be older or newer than those of `releases`."},
    {"step", "expect", T::result, false, "done refused", 0, 0, "start, upgrade, migrate, announce, forget: `refused` where a gate must say no, or a map of modes to `done` or `refused`."},
    {"step", "modes", T::names, false, "", 1, 20, "The step exists only in these modes (ACCESS/COMPAT)."},
    {"step", "why", T::text, false, "", 0, 0, "The reason, shown in the plan."},

    {"fault", "crash", T::names, true, "", 1, 200, "Kill these nodes and start them again."},
    {"fault", "when", T::word, false, "mid-save mid-create", 0, 0, "`mid-save`: when one of its saves has reached the broker and has not been answered. `mid-create` (an engine): in the middle of building a cluster, at its first Instance."},

    {"wait", "row", T::text, true, "", 0, 0, "A Cluster or a job run that an earlier step named."},
    {"wait", "status", T::text, true, "", 0, 0, "Of the Cluster, or of the run's `info`."},

    {"do", "create", T::text, false, "", 0, 0, "Create a row of this class; the planner gives a value to whatever must not be NULL and is not set."},
    {"do", "update", T::text, false, "", 0, 0, "Set fields of a row that an earlier step named."},
    {"do", "read", T::text, false, "", 0, 0, "Read a row that an earlier step named."},
    {"do", "delete", T::text, false, "", 0, 0, "Delete a row that an earlier step named."},
    {"do", "list", T::text, false, "", 0, 0, "List the rows of this class whose fields equal `where`."},
    {"do", "scale", T::text, false, "", 0, 0, "Scale a cluster: `set: {node_group: NAME, count: N}`."},
    {"do", "run", T::text, false, "", 0, 0, "Run a job that an earlier step named."},
    {"do", "cancel", T::text, false, "", 0, 0, "Cancel a job run that an earlier step named."},
    {"do", "suspend", T::text, false, "", 0, 0, "Suspend a job run that an earlier step named."},
    {"do", "as", T::name, false, "", 0, 0, "create, run: the name by which later steps speak of the row; in `set` and `want`, \"$NAME\" is its id."},
    {"do", "via", T::text, false, "", 0, 0, "The api to ask; by default the planner chooses one that is serving."},
    {"do", "engine", T::text, false, "", 0, 0, "create of a Cluster, delete, scale, run, cancel, suspend: the engine that the api's cast is addressed to."},
    {"do", "set", T::any_map, false, "", 0, 0, "create, update, scale, run: the fields."},
    {"do", "want", T::any_map, false, "", 0, 0, "read: values that the answer must carry."},
    {"do", "where", T::any_map, false, "", 0, 0, "list: equalities."},
    {"do", "raw", T::boolean, false, "", 0, 0, "Send values that their fields cannot hold as they are: another type, too long, null where it may not be. Such a value is refused otherwise, since what is stored would not be what was written (default false)."},
    {"do", "load", T::names, false, "", 1, 20, "read: fields that are loaded lazily, by name."},
    {"do", "expect", T::result, false, "ok refused", 0, 0, "`refused` when it cannot be taken at this point (default ok), or a map of modes to `ok` or `refused`."},
};
// clang-format on

// Roles come before the releases, as in docs/scenarios.md.
const std::vector<Key> keys = [] {
  std::vector<Key> all = written_keys, roles;
  for (const RoleSpec& role : role_table)
    roles.push_back({"nodes", role.word, T::integer, false, "", std::min(role.count, 1), 32, role.about});
  const auto releases = std::find_if(all.begin(), all.end(),
                                     [](const Key& key) { return key.in == std::string_view("releases"); });
  all.insert(releases, roles.begin(), roles.end());
  return all;
}();

std::vector<std::string> split(const std::string& words) {
  std::vector<std::string> result;
  std::istringstream stream(words);
  for (std::string word; stream >> word;) result.push_back(word);
  return result;
}

bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= 64 && text[0] != '-' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
             std::string::npos;
}

std::string article(const std::string& map_name) {
  if (map_name == "scenario" || map_name == "step" || map_name == "fault") return "a " + map_name;
  return fmt::format("`{}`", map_name);
}

class Checker {
 public:
  explicit Checker(const std::string& where) : where_(where) {}

  void map(const DocumentValue& value, const std::string& name) const {
    if (value.kind != DocumentValue::Kind::map) {
      fail(value, fmt::format("{} where {} was expected", describe(value), map_of(name)));
    }
    for (std::size_t i = 0; i < value.keys.size(); ++i) {
      const Key* key = find_key(name, value.keys[i]);
      if (key == nullptr) unknown(value.key_places[i], value.keys[i], name);
      if (key->type == T::unbuilt) fail_at(value.key_places[i], fmt::format("{}: not built yet", key->name));
      member(*key, value.values[i]);
    }
    for (const Key& key : keys) {
      if (name == key.in && key.required && value.find(key.name) == nullptr) {
        fail(value, fmt::format("{} lacks the key \"{}\"", article(name), key.name), key.doc);
      }
    }
  }

 private:
  [[noreturn]] void fail_at(const Place& place, const std::string& message,
                            const std::string& hint = {}) const {
    throw bad_request(place_text(where_, place), message, hint);
  }
  [[noreturn]] void fail(const DocumentValue& value, const std::string& message,
                         const std::string& hint = {}) const {
    fail_at(value.place, message, hint);
  }
  [[noreturn]] void wrong(const Key& key, const DocumentValue& value, const std::string& expected,
                          const std::string& hint = {}) const {
    fail(value, fmt::format("{}: {} where {} was expected", key.name, describe(value), expected), hint);
  }

  static std::string map_of(const std::string& name) {
    std::string names;
    for (const Key& key : keys) {
      if (name == key.in) names += (names.empty() ? "" : ", ") + std::string(key.name);
    }
    return fmt::format("a map of {}", names);
  }

  [[noreturn]] void unknown(const Place& place, const std::string& key, const std::string& name) const {
    std::vector<std::string> known, elsewhere;
    for (const Key& candidate : keys) {
      if (name == candidate.in) {
        known.emplace_back(candidate.name);
      } else if (key == candidate.name) {
        elsewhere.push_back(article(candidate.in));
      }
    }
    std::string hint = nearest(key, known).empty() && !elsewhere.empty()
                           ? fmt::format("it belongs into {}", elsewhere.front())
                           : did_you_mean(key, known);
    fail_at(place, fmt::format("unknown key \"{}\" in {}", key, article(name)), hint);
  }

  void text(const Key& key, const DocumentValue& value) const {
    if (value.kind == DocumentValue::Kind::text) return;
    const bool number =
        value.kind == DocumentValue::Kind::integer || value.kind == DocumentValue::Kind::number;
    wrong(key, value, "text", number ? fmt::format("write it in quotes: \"{}\"", value.raw) : "");
  }

  void word(const Key& key, const DocumentValue& value) const {
    const std::vector<std::string> known = split(key.words);
    if (value.kind != DocumentValue::Kind::text) wrong(key, value, fmt::format("{}", fmt::join(known, ", ")));
    const std::string text = value.scalar.get<std::string>();
    if (std::find(known.begin(), known.end(), text) == known.end())
      fail(value, fmt::format("{}: unknown value \"{}\"", key.name, text), did_you_mean(text, known));
  }

  void database(const Key& key, const DocumentValue& value) const {
    if (value.kind != DocumentValue::Kind::text) wrong(key, value, "a database");
    const std::string text = value.scalar.get<std::string>();
    if (!database_kind(text).empty()) return;
    const std::string name = text.substr(0, text.find(':'));  // never the rest: it may hold a password
    fail(value, fmt::format("{}: unknown database \"{}\"", key.name, name),
         did_you_mean(name, database_kinds()));
  }

  void result(const Key& key, const DocumentValue& value) const {
    if (value.kind != DocumentValue::Kind::map) return word(key, value);
    for (std::size_t i = 0; i < value.keys.size(); ++i) {
      Mode mode;
      set_mode(mode, value.keys[i], place_text(where_, value.key_places[i]));
      word(key, value.values[i]);
    }
  }

  void names(const Key& key, const DocumentValue& value) const {
    if (value.kind == DocumentValue::Kind::text) return;
    if (value.kind != DocumentValue::Kind::list) wrong(key, value, "a name or a list of names");
    for (const DocumentValue& item : value.values) text(key, item);
    if (value.values.empty()) wrong(key, value, "at least one name");
    if (static_cast<int>(value.values.size()) > key.high)
      fail(value, fmt::format("{}: more than {} names", key.name, key.high));
  }

  void member(const Key& key, const DocumentValue& value) const {
    switch (key.type) {
      case T::text:
        text(key, value);
        break;
      case T::name:
        text(key, value);
        if (!is_name(value.scalar.get<std::string>())) {
          wrong(key, value, "a name of at most 64 letters, digits, - and _");
        }
        break;
      case T::word:
        word(key, value);
        break;
      case T::integer: {
        const std::string expected = key.low == key.high
                                         ? fmt::format("{}", key.low)
                                         : fmt::format("a whole number from {} to {}", key.low, key.high);
        if (value.kind != DocumentValue::Kind::integer) wrong(key, value, expected);
        if (value.scalar.is_number_unsigned()
                ? value.scalar.get<std::uint64_t>() > static_cast<std::uint64_t>(key.high)
                : value.scalar.get<std::int64_t>() > key.high) {
          wrong(key, value, expected);
        }
        if (value.scalar.get<std::int64_t>() < key.low) wrong(key, value, expected);
        break;
      }
      case T::boolean:
        if (value.kind != DocumentValue::Kind::boolean) wrong(key, value, "true or false");
        break;
      case T::names:
        names(key, value);
        break;
      case T::any_map:
        if (value.kind != DocumentValue::Kind::map)
          wrong(key, value, fmt::format("a map of {}", *key.words ? key.words : "fields"));
        break;
      case T::map:
        map(value, key.words);
        break;
      case T::maps:
        if (value.kind != DocumentValue::Kind::list) wrong(key, value, "a list of steps");
        for (const DocumentValue& item : value.values) map(item, key.words);
        break;
      case T::database:
        database(key, value);
        break;
      case T::wait:
        if (value.kind == DocumentValue::Kind::text && value.scalar == "settle") break;
        if (value.kind != DocumentValue::Kind::map) wrong(key, value, "settle or a map of row, status");
        map(value, key.words);
        break;
      case T::result:
        result(key, value);
        break;
      case T::expect:  // loader_expect.cpp
      case T::unbuilt:
        break;
    }
  }

  const std::string& where_;
};

Json schema_of(const Key& key) {
  Json schema = Json::object();
  schema["description"] = key.doc;
  const Json names = {{"type", "string"}, {"minLength", 1}};
  switch (key.type) {
    case T::text:
      schema["type"] = "string";
      break;
    case T::name:
      schema["type"] = "string";
      schema["pattern"] = "^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$";
      break;
    case T::word:
      schema["enum"] = split(key.words);
      break;
    case T::integer:
      schema["type"] = "integer";
      schema["minimum"] = key.low;
      schema["maximum"] = key.high;
      break;
    case T::boolean:
      schema["type"] = "boolean";
      break;
    case T::names: {
      Json list = {{"type", "array"}, {"items", names}, {"minItems", key.low}, {"maxItems", key.high}};
      schema["anyOf"] = Json::array({names, list});
      break;
    }
    case T::any_map:
      schema["type"] = "object";
      break;
    case T::map:
      schema["$ref"] = fmt::format("#/definitions/{}", key.words);
      break;
    case T::maps:
      schema["type"] = "array";
      schema["items"] = Json{{"$ref", fmt::format("#/definitions/{}", key.words)}};
      break;
    case T::wait:
      schema["anyOf"] = Json::array(
          {Json{{"const", "settle"}}, Json{{"$ref", fmt::format("#/definitions/{}", key.words)}}});
      break;
    case T::result: {
      const Json word = {{"enum", split(key.words)}};
      schema["anyOf"] = Json::array({word, Json{{"type", "object"}, {"additionalProperties", word}}});
      break;
    }
    case T::database:
      schema["type"] = "string";
      schema["pattern"] = database_pattern();
      break;
    case T::expect:
      schema["anyOf"] = Json::array({Json{{"const", "pass"}}, Json{{"type", "object"}}});
      break;
    case T::unbuilt:
      break;
  }
  return schema;
}

Json schema_of_map(const std::string& name) {
  Json schema = {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  Json required = Json::array();
  for (const Key& key : keys) {
    if (name != key.in || key.type == T::unbuilt) continue;
    schema["properties"][key.name] = schema_of(key);
    if (key.required) required.push_back(key.name);
  }
  if (!required.empty()) schema["required"] = required;
  return schema;
}

}  // namespace

const std::vector<Key>& scenario_keys() { return keys; }

const Key* find_key(const std::string& in, const std::string& name) {
  for (const Key& key : keys) {
    if (in == key.in && name == key.name) return &key;
  }
  return nullptr;
}

void check_document(const DocumentValue& value, const std::string& map_name, const std::string& where) {
  Checker(where).map(value, map_name);
}

Json scenario_schema() {
  Json schema = schema_of_map("scenario");
  Json result = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "Caravan scenario"}};
  for (const auto& [key, value] : schema.items()) result[key] = value;
  result["oneOf"] =
      Json::array({Json{{"required", Json::array({"upgrade"})}}, Json{{"required", Json::array({"steps"})}}});
  Json definitions = Json::object();
  for (const Key& key : keys) {
    if (key.type == T::map || key.type == T::maps || key.type == T::wait)
      definitions[key.words] = schema_of_map(key.words);
  }
  result["definitions"] = definitions;
  return result;
}

}  // namespace caravan::scenarios
