// Classes as the vectors' catalogs write them: one entry a version, plus Caravan's own members.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "objects/base/nearest.hpp"
#include "objects/loader/parts.hpp"
#include "objects/model/encoded.hpp"

namespace caravan::catalog_parts {
namespace {

struct OpShape {
  const char* name;
  std::vector<const char*> needs;
};

const std::vector<OpShape>& ops() {
  static const std::vector<OpShape> table = {
      {"remove", {"field"}},
      {"rename", {"from", "to"}},
      {"copy", {"from", "to"}},
      {"map_value", {"field", "map"}},
      {"cast", {"field", "to"}},
      {"set_default", {"field", "value"}},
      {"set", {"field", "value"}},
      {"require_in", {"field", "values"}},
      {"reject_if_set", {"field"}},
      {"drop_keys", {"field", "keys"}},
      {"join", {"field", "sep"}},
      {"first", {"field"}},
      {"truncate", {"field", "length"}},
      {"clamp", {"field"}},
      {"fold", {"fields", "into"}},
      {"reject_value", {"field", "values"}},
      {"reject_longer", {"field", "length"}},
      {"strip_zone", {"field"}},
  };
  return table;
}

void check_rule_members(const JsonAt& at, const std::string& op) {
  for (const auto& [key, value] : at.members()) {
    if (key == "map") {
      for (const JsonAt& pair : value.items()) {
        if (pair.items().size() != 2) pair.fail("a pair [from, to] was expected");
      }
    } else if (key == "values") {
      value.items();
    } else if (key == "keys" || key == "fields") {
      value.texts();
    } else if (key == "length") {
      value.number(0);
    } else if (key == "sep") {
      value.text();
    } else if (key == "min" || key == "max") {
      if (!value.json().is_number() && !value.json().is_null()) value.fail("a number was expected");
    } else if (key == "field" || key == "from" || key == "into" || key == "if_set") {
      value.name();
    } else if (key == "unguarded") {
      value.flag();
    } else if (key == "to" && op == "cast") {
      value.one_of({"string", "integer", "float", "boolean"}, "type to cast to");
    } else if (key == "to") {
      value.name();
    } else if (key == "otherwise") {
      if (value.json().is_object()) {
        value.only({"value"});
        value.member("value");
      } else {
        value.one_of({"keep", "error"}, "kind of otherwise");
      }
    }
  }
}

Rule read_rule(const JsonAt& at) {
  at.only({"below", "op", "field", "from", "to", "map", "otherwise", "value", "values", "keys", "sep", "min",
           "max", "length", "fields", "into", "if_set", "unguarded", "why"});
  std::vector<std::string> names;
  for (const OpShape& shape : ops()) names.emplace_back(shape.name);
  Rule rule;
  rule.below = at.member("below").version();
  rule.op = at.member("op").one_of(names, "rule op");
  const auto shape =
      std::find_if(ops().begin(), ops().end(), [&](const OpShape& s) { return rule.op == s.name; });
  for (const char* need : shape->needs) {
    if (!at.has(need)) at.fail(fmt::format("the op {} needs the member \"{}\"", rule.op, need));
  }
  check_rule_members(at, rule.op);
  for (const char* key : {"field", "from", "into"}) {
    if (rule.field.empty() && at.has(key)) rule.field = at.member(key).text();
  }
  rule.args = at.json();
  return rule;
}

ColumnSpec read_column(const JsonAt& at) {
  at.only({"sql", "nullable", "primary_key", "length", "references", "json"});
  ColumnSpec column;
  column.sql = at.member("sql").name();
  column.nullable = at.flag_or("nullable", true);
  column.primary_key = at.flag_or("primary_key", false);
  if (at.has("length")) column.length = at.member("length").number(1);
  if (at.has("references")) {
    const auto pair = at.member("references").texts();
    if (pair.size() != 2) at.member("references").fail("[table, column] was expected");
    column.references = std::make_pair(pair[0], pair[1]);
  }
  if (at.has("json")) column.json = at.member("json").one_of({"dict", "list"}, "shape of JSON");
  return column;
}

/// A value in the encoding of the vectors, without objects.
void check_encoded(const JsonAt& at) {
  try {
    decode(at.json());
  } catch (const Error& error) {
    at.fail(error.message());
  } catch (const std::exception& error) {  // an address, a time
    at.fail(error.what());
  }
}

FieldSpec read_field(const JsonAt& at, bool element) {
  at.only({"name", "type", "nullable", "default", "read_only", "tzinfo_aware", "values", "transitions",
           "element", "class", "subclasses", "column", "create_default", "deferred"});
  FieldSpec field;
  if (!element) field.name = at.member("name").name();
  field.type = read_type(at);
  field.nullable = at.flag_or("nullable", false);
  field.read_only = at.flag_or("read_only", false);
  field.deferred = at.flag_or("deferred", false);
  if (at.has("default")) {
    check_encoded(at.member("default"));
    field.default_value = at.json()["default"];
  }
  if (at.has("create_default")) field.create_default = at.json()["create_default"];
  if (at.has("column")) field.column = read_column(at.member("column"));
  return field;
}

std::vector<FieldSpec> read_fields(const JsonAt& at) {
  std::vector<FieldSpec> fields;
  std::set<std::string> seen;
  for (const JsonAt& item : at.items()) {
    fields.push_back(read_field(item, false));
    if (!seen.insert(fields.back().name).second) {
      item.fail(fmt::format("the field {} appears twice in one class", fields.back().name));
    }
  }
  return fields;
}

void check_methods(const JsonAt& at) {
  for (const JsonAt& method : at.items()) {
    method.only(
        {"name", "kind", "args", "varargs", "keywords", "defaults", "kwonly", "kwonly_defaults", "body"});
    method.member("name").name();
    method.member("kind").one_of({"instance", "classmethod", "plain"}, "kind of method");
    if (method.has("args")) method.member("args").texts();
    if (!method.has("body")) continue;
    for (const JsonAt& step : method.member("body").items())
      step.only({"set", "reset_changes", "raise", "return"});
  }
}

void check_lazy(const JsonAt& at) {
  for (const auto& [field, how] : at.members()) {
    how.only({"value", "reset", "error"});
    if (how.has("value") == how.has("error"))
      how.fail(fmt::format("lazy {} needs either value or error", field));
  }
}

std::string full_name(const ClassSpec& spec) { return spec.name + "@" + spec.version.text(); }

const ClassSpec* find_full(const std::vector<ClassSpec>& classes, const std::string& name) {
  const auto found =
      std::find_if(classes.begin(), classes.end(), [&](const ClassSpec& s) { return full_name(s) == name; });
  return found == classes.end() ? nullptr : &*found;
}

void check_parent(const std::vector<ClassSpec>& classes, std::size_t index, const JsonAt& at) {
  const ClassSpec& spec = classes[index];
  std::string chain = full_name(spec);
  std::set<std::string> seen = {chain};
  for (const ClassSpec* up = &spec; up != nullptr && !up->parent.empty();
       up = find_full(classes, up->parent)) {
    chain += " -> " + up->parent;
    if (!seen.insert(up->parent).second) at.fail("a cycle of parents: " + chain);
  }
  std::vector<std::string> earlier;
  for (std::size_t i = 0; i < index; ++i) earlier.push_back(full_name(classes[i]));
  if (std::find(earlier.begin(), earlier.end(), spec.parent) != earlier.end()) return;
  if (find_full(classes, spec.parent) != nullptr)
    at.fail(fmt::format("the parent {} must come before {}", spec.parent, spec.name));
  at.fail(fmt::format("unknown parent \"{}\"", spec.parent), did_you_mean(spec.parent, earlier));
}

// Fields that a primitive of this class may have: of every version of the name, with parents and mixins.
std::set<std::string> possible_fields(const std::vector<ClassSpec>& classes, const std::string& name) {
  std::set<std::string> fields, visited;
  const auto add = [&](const ClassSpec& first) {
    for (const ClassSpec* spec = &first; spec != nullptr;
         spec = spec->parent.empty() ? nullptr : find_full(classes, spec->parent)) {
      for (const FieldSpec& field : spec->fields) fields.insert(field.name);
      for (const std::string& mixin : spec->mixins) {
        if (mixin == "TimestampedObject") fields.insert({"created_at", "updated_at"});
        if (mixin == "ObjectListBase") fields.insert("objects");
      }
      if (!visited.insert(full_name(*spec)).second && spec != &first) break;
    }
  };
  for (const ClassSpec& spec : classes) {
    if (spec.name == name) add(spec);
  }
  return fields;
}

}  // namespace

const std::vector<std::string>& field_types() {
  static const std::vector<std::string> types = {"String",
                                                 "SensitiveString",
                                                 "VersionPredicate",
                                                 "UUID",
                                                 "MACAddress",
                                                 "PCIAddress",
                                                 "Integer",
                                                 "NonNegativeInteger",
                                                 "Float",
                                                 "NonNegativeFloat",
                                                 "Boolean",
                                                 "FlexibleBoolean",
                                                 "IPAddress",
                                                 "IPV4Address",
                                                 "IPV6Address",
                                                 "IPV4AndV6Address",
                                                 "IPNetwork",
                                                 "IPV4Network",
                                                 "IPV6Network",
                                                 "DateTime",
                                                 "Enum",
                                                 "ListOfEnum",
                                                 "StateMachine",
                                                 "List",
                                                 "Dict",
                                                 "Set",
                                                 "Object",
                                                 "ListOfObjects",
                                                 "Json"};
  return types;
}

FieldType read_type(const JsonAt& at) {
  FieldType type;
  type.name = at.member("type").one_of(field_types(), "field type");
  const auto is = [&](std::initializer_list<const char*> names) {
    return std::find(names.begin(), names.end(), type.name) != names.end();
  };
  const auto belongs = [&](const char* key, bool here) {
    if (at.has(key) && !here)
      at.member(key).fail(fmt::format("\"{}\" has no meaning for the type {}", key, type.name));
    return at.has(key);
  };
  const bool closed = is({"Enum", "ListOfEnum", "StateMachine"});
  const bool container = is({"List", "Dict", "Set"});
  const bool object = is({"Object", "ListOfObjects"});
  if (belongs("tzinfo_aware", is({"DateTime"}))) type.tzinfo_aware = at.member("tzinfo_aware").flag();
  if (belongs("values", closed)) {
    at.member("values").items();  // a list
    type.values = at.json()["values"];
  }
  if (belongs("transitions", is({"StateMachine"}))) {
    for (const auto& [state, next] : at.member("transitions").members()) next.items();
    type.transitions = at.json()["transitions"];
  }
  if (belongs("element", container)) {
    type.element = std::make_shared<FieldSpec>(read_field(at.member("element"), true));
  }
  if (belongs("class", object)) type.object = at.member("class").name();
  if (belongs("subclasses", object)) type.subclasses = at.member("subclasses").flag();
  if (closed) at.member("values");
  if (is({"StateMachine"})) at.member("transitions");
  if (container) at.member("element");
  if (object) at.member("class");
  return type;
}

std::vector<Rule> read_rules(const JsonAt& at) {
  std::vector<Rule> rules;
  for (const JsonAt& item : at.items()) rules.push_back(read_rule(item));
  return rules;
}

std::vector<std::pair<Version, Version>> read_version_pairs(const JsonAt& at) {
  std::vector<std::pair<Version, Version>> pairs;
  for (const JsonAt& item : at.items()) {
    const auto two = item.items();
    if (two.size() != 2) item.fail("a pair [own version, child version] was expected");
    pairs.emplace_back(two[0].version(), two[1].version());
  }
  return pairs;
}

std::vector<std::vector<std::string>> read_unique(const JsonAt& at) {
  std::vector<std::vector<std::string>> unique;
  for (const JsonAt& item : at.items()) unique.push_back(item.texts());
  return unique;
}

ClassSpec read_class(const JsonAt& at) {
  at.only({"name", "version", "label", "parent", "mixins", "fields", "relationships", "child_versions",
           "extra_fields", "lazy", "compat", "methods", "register", "forward", "table", "unique"});
  ClassSpec spec;
  spec.name = at.member("name").name();
  spec.version = at.member("version").version();
  spec.label = at.text_or("label", "");
  spec.parent = at.has("parent") && !at.member("parent").json().is_null() ? at.member("parent").name() : "";
  if (at.has("mixins")) {
    for (const JsonAt& mixin : at.member("mixins").items()) {
      spec.mixins.push_back(mixin.one_of(
          {"TimestampedObject", "ObjectListBase", "ComparableVersionedObject", "VersionedObjectDictCompat"},
          "mixin"));
    }
  }
  if (at.has("fields")) spec.fields = read_fields(at.member("fields"));
  if (at.has("relationships")) {
    for (const auto& [field, pairs] : at.member("relationships").members()) {
      spec.relationships[field] = read_version_pairs(pairs);
    }
  }
  if (at.has("child_versions") && !at.member("child_versions").json().is_null()) {
    spec.child_versions = read_version_pairs(at.member("child_versions"));
  }
  if (at.has("extra_fields")) {
    for (const JsonAt& extra : at.member("extra_fields").items()) {
      extra.only({"name", "value"});
      extra.member("name").name();
      check_encoded(extra.member("value"));
    }
    spec.extra_fields = at.json()["extra_fields"];
  }
  if (at.has("lazy")) {
    check_lazy(at.member("lazy"));
    spec.lazy = at.json()["lazy"];
  }
  if (at.has("compat") && !at.member("compat").json().is_null()) {
    const JsonAt compat = at.member("compat");
    compat.only({"super", "rules"});
    spec.compat = Compat{};
    if (compat.has("super"))
      spec.compat->super = compat.member("super").one_of({"first", "last", "none"}, "kind of super");
    if (compat.has("rules")) spec.compat->rules = read_rules(compat.member("rules"));
  }
  if (at.has("methods")) {
    check_methods(at.member("methods"));
    spec.methods = at.json()["methods"];
  }
  spec.registered = at.flag_or("register", true);
  if (at.has("forward")) spec.forward = read_rules(at.member("forward"));
  spec.table = at.text_or("table", "");
  if (at.has("unique")) spec.unique = read_unique(at.member("unique"));
  return spec;
}

void check_rule_fields(const std::vector<Rule>& rules, const JsonAt& at,
                       const std::vector<std::string>& fields, const std::string& object, bool may_add) {
  std::set<std::string> known(fields.begin(), fields.end());
  for (const Rule& rule : rules) {
    if (rule.op == "rename" || rule.op == "copy") known.insert(rule.args["to"].get<std::string>());
    if (rule.op == "fold") known.insert(rule.args["into"].get<std::string>());
    if (may_add && (rule.op == "set" || rule.op == "set_default")) known.insert(rule.field);
  }
  const auto items = at.items();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const char* key : {"field", "from"}) {
      if (!items[i].has(key)) continue;
      const std::string full = items[i].member(key).text();
      const std::string field = full.substr(0, full.find_first_of(".:"));
      if (known.count(full) == 0 && known.count(field) == 0) {
        items[i].member(key).fail(fmt::format("{} has no field \"{}\" in any version", object, field),
                                  did_you_mean(field, fields));
      }
    }
  }
}

void check_classes(const std::vector<ClassSpec>& classes, const JsonAt& at, bool recorded) {
  const auto items = at.items();
  std::set<std::string> seen;
  std::map<std::string, std::vector<std::string>>
      fields;  // by class name; found once, catalogs have many versions
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const ClassSpec& spec = classes[i];
    // The same name and version may be registered again under another label: a registry must cope.
    if (!recorded && spec.registered && !seen.insert(full_name(spec) + "\n" + spec.label).second) {
      items[i].fail(fmt::format("the class {} {} appears twice", spec.name, spec.version.text()),
                    "give one of them another version or a label");
    }
    if (!spec.parent.empty()) check_parent(classes, i, items[i].member("parent"));
    if (recorded) continue;
    for (std::size_t j = 0; j < spec.fields.size(); ++j) {
      const Json& values = spec.fields[j].type.values;
      if (values.is_array() && values.empty())
        items[i].member("fields").items()[j].member("values").fail(
            "EnumRequiresValidValuesError: an Enum has at least one valid value");
    }
    auto found = fields.find(spec.name);
    if (found == fields.end()) {
      const auto possible = possible_fields(classes, spec.name);
      found = fields.emplace(spec.name, std::vector<std::string>(possible.begin(), possible.end())).first;
    }
    if (spec.compat && !spec.compat->rules.empty()) {
      check_rule_fields(spec.compat->rules, items[i].member("compat").member("rules"), found->second,
                        spec.name, true);
    }
    if (!spec.forward.empty())
      check_rule_fields(spec.forward, items[i].member("forward"), found->second, spec.name, true);
  }
}

}  // namespace caravan::catalog_parts
