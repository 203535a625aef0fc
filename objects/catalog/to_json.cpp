// A catalog as one document (caravan-catalog/1): what snapshots, run files and digests are made of.

#include "objects/base/digest.hpp"
#include "objects/catalog/catalog.hpp"

namespace caravan {
namespace {

// Members that say nothing are left out; the loader fills them in again.
void put(Json& out, const char* key, const std::string& value) {
  if (!value.empty()) out[key] = value;
}
void put(Json& out, const char* key, const std::optional<Version>& value) {
  if (value) out[key] = value->text();
}
void put(Json& out, const char* key, const std::optional<Json>& value) {
  if (value) out[key] = *value;
}
void put_list(Json& out, const char* key, const Json& list) {
  if (!list.empty()) out[key] = list;
}
template <class T, class Write>
Json list_of(const std::vector<T>& values, Write write) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(write(value));
  return list;
}

Json version_pairs(const std::vector<std::pair<Version, Version>>& pairs) {
  return list_of(pairs, [](const auto& pair) {
    return Json::array({pair.first.text(), pair.second.text()});
  });
}

Json rules(const std::vector<Rule>& list) {
  return list_of(list, [](const Rule& rule) { return rule.args; });
}

Json column(const ColumnSpec& spec) {
  Json out = Json::object();
  out["sql"] = spec.sql;
  if (!spec.nullable) out["nullable"] = false;
  if (spec.primary_key) out["primary_key"] = true;
  if (spec.length) out["length"] = *spec.length;
  if (spec.references) out["references"] = Json::array({spec.references->first, spec.references->second});
  put(out, "json", spec.json);
  return out;
}

Json field(const FieldSpec& spec) {
  Json out = Json::object();
  put(out, "name", spec.name);
  out["type"] = spec.type.name;
  if (!spec.type.tzinfo_aware) out["tzinfo_aware"] = false;
  if (!spec.type.values.is_null()) out["values"] = spec.type.values;
  if (!spec.type.transitions.is_null()) out["transitions"] = spec.type.transitions;
  if (spec.type.element) out["element"] = field(*spec.type.element);
  put(out, "class", spec.type.object);
  if (spec.type.subclasses) out["subclasses"] = true;
  if (spec.nullable) out["nullable"] = true;
  if (spec.read_only) out["read_only"] = true;
  put(out, "default", spec.default_value);
  if (spec.column) out["column"] = column(*spec.column);
  put(out, "create_default", spec.create_default);
  if (spec.deferred) out["deferred"] = true;
  return out;
}

Json class_json(const ClassSpec& spec) {
  Json out = Json::object();
  out["name"] = spec.name;
  out["version"] = spec.version.text();
  put(out, "label", spec.label);
  put(out, "parent", spec.parent);
  put_list(out, "mixins", Json(spec.mixins));
  put(out, "table", spec.table);
  put_list(out, "unique", Json(spec.unique));
  put_list(out, "fields", list_of(spec.fields, field));
  for (const auto& [name, pairs] : spec.relationships) out["relationships"][name] = version_pairs(pairs);
  if (spec.child_versions) out["child_versions"] = version_pairs(*spec.child_versions);
  put_list(out, "extra_fields", spec.extra_fields);
  put_list(out, "lazy", spec.lazy);
  if (spec.compat) {
    Json compat = Json::object();
    if (spec.compat->super != "first") compat["super"] = spec.compat->super;
    put_list(compat, "rules", rules(spec.compat->rules));
    out["compat"] = compat;
  }
  put_list(out, "forward", rules(spec.forward));
  put_list(out, "methods", spec.methods);
  if (!spec.registered) out["register"] = false;
  return out;
}

Json seen_as(const Contract::SeenAs& seen) {
  Json out = Json::object();
  out["below"] = seen.below.text();
  put(out, "path", seen.path);
  out["value"] = seen.value;
  out["as"] = seen.as;
  return out;
}

Json limit(const Contract::Limit& spec) {
  Json out = Json::object();
  out["below"] = spec.below.text();
  put(out, "path", spec.path);
  if (spec.length) {
    out["length"] = *spec.length;
  } else {
    out["values"] = Json(spec.values);
  }
  if (spec.cut) out["cut"] = true;
  return out;
}

Json legal(const Contract::Legal& spec) {
  Json out = Json::object();
  out["since"] = spec.since.text();
  put(out, "path", spec.path);
  out["values"] = Json(spec.values);
  put_list(out, "passes", Json(spec.passes));
  return out;
}

Json contract(const Contract& spec) {
  Json out = Json::object();
  out["field"] = spec.field;
  put(out, "since", spec.since);
  put(out, "until", spec.until);
  if (spec.was_called)
    out["was_called"] = Json::array({spec.was_called->first, spec.was_called->second.text()});
  put(out, "absent_means", spec.absent_means);
  put(out, "lost_below", spec.lost_below);
  put_list(out, "seen_as", list_of(spec.seen_as, seen_as));
  put_list(out, "limits", list_of(spec.limits, limit));
  put_list(out, "forward", list_of(spec.forward, seen_as));
  put_list(out, "secret", Json(spec.secret));
  for (const auto& [path, version] : spec.secret_since) out["secret_since"][path] = version.text();
  if (spec.rest_shown) out["rest"] = "shown";
  put_list(out, "legal", list_of(spec.legal, legal));
  put(out, "note", spec.note);
  return out;
}

Json condition(const Refusal::Condition& spec) {
  Json out = Json::object();
  out["field"] = spec.field;
  out["op"] = spec.op;
  if (!spec.value.is_null()) out["value"] = spec.value;
  return out;
}

Json refusal(const Refusal& spec) {
  Json out = Json::object();
  out["below"] = spec.below.text();
  out["field"] = spec.field;
  out["when"] = list_of(spec.when, condition);
  out["acts"] = Json(spec.acts);
  out["why"] = spec.why;
  return out;
}

Json text_map(const std::map<std::string, std::string>& map) {
  Json out = Json::object();
  for (const auto& [key, value] : map) out[key] = value;
  return out;
}

Json history(const ClassHistory& spec) {
  Json out = Json::object();
  out["name"] = spec.name;
  put(out, "table", spec.table);
  if (!spec.core) out["core"] = false;
  out["versions"] = list_of(spec.versions, [](const auto& pair) {
    return Json::array({pair.first.text(), pair.second});
  });
  put_list(out, "children", text_map(spec.children));
  put_list(out, "child_key", text_map(spec.child_key));
  put_list(out, "child_order", text_map(spec.child_order));
  put_list(out, "contracts", list_of(spec.contracts, contract));
  put_list(out, "refusals", list_of(spec.refusals, refusal));
  put_list(out, "conduct", to_json(spec.conduct));
  put_list(out, "load", to_json(spec.load));
  return out;
}

Json method(const RpcMethod& spec) {
  Json out = Json::object();
  out["name"] = spec.name;
  out["style"] = spec.call ? "call" : "cast";
  out["since"] = spec.since.text();
  put_list(out, "args", list_of(spec.args, [](const RpcArg& arg) {
             Json one = Json::object();
             one["name"] = arg.name;
             put(one, "object", arg.object);
             put(one, "default", arg.default_value);
             put(one, "since", arg.since);
             return one;
           }));
  return out;
}

Json release_json(const Release& spec) {
  Json out = Json::object();
  out["name"] = spec.name;
  out["title"] = spec.title;
  out["index"] = spec.index;
  out["manifest"] = Json::object();
  for (const auto& [object, version] : spec.manifest) out["manifest"][object] = version.text();
  put_list(out, "rpc", list_of(spec.rpc, [](const RpcInterface& interface) {
             Json one = Json::object();
             one["topic"] = interface.topic;
             one["version"] = interface.version.text();
             one["methods"] = list_of(interface.methods, method);
             return one;
           }));
  put(out, "database_revision", spec.database_revision);
  put(out, "engine_version", spec.engine_version);
  put_list(out, "behaviours", Json(spec.behaviours));
  put_list(out, "hooks", list_of(spec.hooks, [](const Hook& hook) {
             return Json{{"name", hook.name}, {"why", hook.why}};
           }));
  for (const auto& [name, values] : spec.enums) out["enums"][name] = Json(values);
  return out;
}

Json transition(const Transition& spec) {
  Json out = Json::object();
  out["life"] = spec.life;
  out["from"] = spec.from;
  out["to"] = spec.to;
  put(out, "who", spec.who);
  put(out, "since", spec.since);
  put(out, "until", spec.until);
  return out;
}

Json consequence(const Consequence& spec) {
  Json out = Json::object();
  out["on_object"] = spec.on_object;
  out["on_action"] = spec.on_action;
  put_list(out, "on_when", list_of(spec.on_when, condition));
  put(out, "object", spec.object);
  out["key"] = spec.key;
  put_list(out, "when", list_of(spec.when, condition));
  out["effect"] = spec.effect;
  if (!spec.value.is_null()) out["value"] = spec.value;
  put(out, "why", spec.why);
  return out;
}

Json operation(const SchemaOperation& spec) {
  Json out = Json::object();
  out["op"] = spec.op;
  out["table"] = spec.table;
  put(out, "column", spec.column);
  put(out, "new_name", spec.new_name);
  const auto put_type = [](Json& into, const ColumnSpec& type) {
    Json written = column(type);
    written.erase("length");  // the SQL type says it
    into.update(written);
  };
  if (spec.type) put_type(out, *spec.type);
  put_list(out, "unique", Json(spec.unique));
  put_list(out, "columns", list_of(spec.columns, [&](const auto& pair) {
             Json one = Json::object();
             one["name"] = pair.first;
             put_type(one, pair.second);
             return one;
           }));
  if (spec.op == "execute") {
    out["set"] = spec.set;
    out["where"] = spec.where;
  }
  return out;
}

Json migration(const Migration& spec) {
  Json out = Json::object();
  out["revision"] = spec.revision;
  out["release"] = spec.release;
  out["operations"] = list_of(spec.operations, operation);
  return out;
}

}  // namespace

Json to_json(const Catalog& catalog) {
  Json out = Json::object();
  out["format"] = "caravan-catalog/1";
  out["base"] = Json::object();
  out["base"]["name"] = catalog.base_name;
  out["base"]["serial_namespace"] = catalog.serial_namespace;
  out["base"]["project_namespace"] = catalog.project_namespace;
  out["classes"] = list_of(catalog.classes, class_json);
  put_list(out, "histories", list_of(catalog.histories, history));
  put_list(out, "releases", list_of(catalog.releases, release_json));
  put_list(out, "transitions", list_of(catalog.transitions, transition));
  put_list(out, "consequences", list_of(catalog.consequences, consequence));
  put_list(out, "migrations", list_of(catalog.migrations, migration));
  if (catalog.row_stamps) out["row_stamps"] = true;
  return out;
}

std::string digest(const Catalog& catalog) { return sha256(to_json(catalog).dump()).substr(0, 16); }

}  // namespace caravan
