// Registration in the library's order, look-up, and the version manifest of an object tree.
#include "objects/model/registry.hpp"

#include <algorithm>

#include "objects/base/error.hpp"
#include "objects/model/encoded.hpp"
#include "objects/python/pep440.hpp"
#include "objects/python/python_text.hpp"

namespace caravan {
namespace {

bool has_mixin(const ClassSpec& spec, const char* name) {
  return std::find(spec.mixins.begin(), spec.mixins.end(), name) != spec.mixins.end();
}

void add_field(std::vector<FieldSpec>& fields, FieldSpec field) {
  const bool known = std::any_of(fields.begin(), fields.end(),
                                 [&field](const FieldSpec& f) { return f.name == field.name; });
  if (!known) fields.push_back(std::move(field));
}

FieldSpec nullable_datetime(const char* name) {
  FieldSpec field;
  field.name = name;
  field.type.name = "DateTime";
  field.nullable = true;
  return field;
}

FieldSpec default_objects() {
  FieldSpec field;
  field.name = "objects";
  field.type.name = "ListOfObjects";
  field.type.object = "VersionedObject";
  return field;
}

std::string json_quoted(const std::string& text) { return Json(text).dump(); }

}  // namespace

VersionKey version_key(const std::string& text) {
  std::string_view rest = text;
  VersionKey key;
  while (true) {
    const std::size_t dot = rest.find('.');
    const auto part = parse_int(rest.substr(0, dot));
    const auto* const number = part ? std::get_if<std::int64_t>(&*part) : nullptr;
    if (number == nullptr) {
      throw ObjectError("ValueError", "invalid literal for int() with base 10: " +
                                          python_repr(std::string(rest.substr(0, dot))));
    }
    key.push_back(static_cast<int>(std::clamp<std::int64_t>(*number, INT32_MIN, INT32_MAX)));
    if (dot == std::string_view::npos) return key;
    rest.remove_prefix(dot + 1);
  }
}

int Class::index(std::string_view field) const {
  const auto found =
      std::lower_bound(by_name_.begin(), by_name_.end(), field,
                       [](const auto& entry, std::string_view name) { return entry.first < name; });
  return found != by_name_.end() && found->first == field ? found->second : -1;
}

const Json* Class::method(std::string_view wanted) const {
  for (const Json& candidate : spec.methods) {
    if (candidate.at("name").get_ref<const std::string&>() == wanted) return &candidate;
  }
  return nullptr;
}

void Class::index_fields() {
  by_name_.clear();
  for (std::size_t i = 0; i < fields.size(); ++i) by_name_.emplace_back(fields[i]->name, static_cast<int>(i));
  std::sort(by_name_.begin(), by_name_.end());
  objects = is_list ? index("objects") : -1;
}

std::shared_ptr<const Registry> Registry::from(const Catalog& catalog) {
  return std::make_shared<const ClassRegistry>(catalog);
}

ClassRegistry::ClassRegistry(Catalog catalog) : catalog_(std::move(catalog)) {
  const std::string prefix = catalog_.serial_namespace + ".";
  WireKeys keys{prefix + "name", prefix + "namespace", prefix + "version",
                prefix + "data", prefix + "changes",   catalog_.project_namespace};
  keys.name_text = json_quoted(keys.name);
  keys.space_text = json_quoted(keys.name_space);
  keys.version_text = json_quoted(keys.version);
  keys.data_text = json_quoted(keys.data);
  keys.changes_text = json_quoted(keys.changes);
  keys_ = std::make_shared<const WireKeys>(std::move(keys));
  for (const ClassSpec& spec : catalog_.classes) {
    auto made = make(spec);
    if (spec.registered) enlist(made);
    made_.push_back(std::move(made));
  }
}

std::shared_ptr<const Class> ClassRegistry::make(const ClassSpec& spec) const {
  auto made = std::make_shared<Class>();
  Class& type = *made;
  type.spec = spec;
  type.keys = keys_;
  type.key = spec.version.parts();
  type.head_text = "{" + keys_->name_text + ":" + json_quoted(spec.name) + "," + keys_->space_text + ":" +
                   json_quoted(keys_->project) + "," + keys_->version_text + ":";
  if (!spec.parent.empty()) {
    const std::size_t at = spec.parent.rfind('@');
    type.parent = exact(spec.parent.substr(0, at), at == std::string::npos ? "" : spec.parent.substr(at + 1));
    if (!type.parent)
      throw bad_request("class " + spec.name, "unknown parent " + spec.parent, "parents come first");
  }
  const Class* parent = type.parent.get();
  type.is_list = has_mixin(spec, "ObjectListBase") || (parent != nullptr && parent->is_list);
  type.comparable = has_mixin(spec, "ComparableVersionedObject") || (parent != nullptr && parent->comparable);
  type.dict_compat =
      has_mixin(spec, "VersionedObjectDictCompat") || (parent != nullptr && parent->dict_compat);

  // Own fields, those of the mixins in their order, then the parent's; the first of a name wins.
  for (const std::string& mixin : spec.mixins) {
    if (mixin == "TimestampedObject") {
      add_field(type.spec.fields, nullable_datetime("created_at"));
      add_field(type.spec.fields, nullable_datetime("updated_at"));
    } else if (mixin == "ObjectListBase" && (parent == nullptr || !parent->is_list)) {
      add_field(type.spec.fields, default_objects());
    }
  }
  if (parent != nullptr) {
    for (const FieldSpec& field : parent->spec.fields) add_field(type.spec.fields, field);
    if (spec.relationships.empty()) type.spec.relationships = parent->spec.relationships;
    if (!spec.child_versions) type.spec.child_versions = parent->spec.child_versions;
    if (spec.extra_fields.empty()) type.spec.extra_fields = parent->spec.extra_fields;
    if (spec.lazy.empty()) type.spec.lazy = parent->spec.lazy;
    for (const Json& method : parent->spec.methods) {
      if (type.method(method.at("name").get_ref<const std::string&>()) == nullptr)
        type.spec.methods.push_back(method);
    }
    type.lineage = parent->lineage;
    type.forward = parent->forward;
  } else {
    type.lineage = {catalog_.base_name, "VersionedObject"};
  }
  type.lineage.push_back(spec.name);
  for (const FieldSpec& field : type.spec.fields) type.fields.push_back(std::make_shared<const Field>(field));
  for (const Json& extra : type.spec.extra_fields) {
    type.extras.emplace_back(extra.at("name").get<std::string>(), decode(extra.at("value")));
  }
  if (spec.compat) {
    type.has_compat = true;
    type.super = spec.compat->super;
    type.steps = compile(spec.compat->rules);
  }
  if (!spec.forward.empty()) type.forward = compile(spec.forward);
  type.index_fields();
  return made;
}

void ClassRegistry::enlist(const std::shared_ptr<const Class>& made) {
  auto& versions = registered_[made->name()];
  for (auto at = versions.begin(); at != versions.end(); ++at) {
    if ((*at)->version() == made->version()) {
      *at = made;
      return;
    }
    if (made->key > (*at)->key) {
      versions.insert(at, made);
      return;
    }
  }
  versions.push_back(made);
}

const std::vector<std::shared_ptr<const Class>>& ClassRegistry::versions(const std::string& name) const {
  static const std::vector<std::shared_ptr<const Class>> none;
  const auto found = registered_.find(name);
  return found == registered_.end() ? none : found->second;
}

std::shared_ptr<const Class> ClassRegistry::exact(const std::string& name, const std::string& version) const {
  std::shared_ptr<const Class> best;
  for (auto made = made_.rbegin(); made != made_.rend(); ++made) {
    if ((*made)->name() != name) continue;
    if (!version.empty() && (*made)->version() == version) return *made;
    if (version.empty() && (!best || (*made)->key > best->key)) best = *made;
  }
  return best;
}

std::shared_ptr<const Class> ClassRegistry::newest(const std::string& name) const {
  const auto& known = versions(name);
  if (known.empty()) {
    throw ObjectError("UnsupportedObjectError", "Unsupported object type " + name, Json{{"objtype", name}});
  }
  return known.front();
}

std::shared_ptr<const Class> ClassRegistry::lookup(const std::string& name,
                                                   const std::string& version) const {
  const auto latest = newest(name);
  std::shared_ptr<const Class> compatible;
  for (const auto& candidate : versions(name)) {
    if (candidate->version() == version) return candidate;
    if (!compatible && is_compatible(version, candidate->version())) compatible = candidate;
  }
  if (compatible) return compatible;
  throw ObjectError(
      "IncompatibleObjectVersion",
      "Version " + version + " of " + name + " is not supported, supported version is " + latest->version(),
      Json{{"objname", name}, {"objver", version}, {"supported", latest->version()}});
}

Manifest ClassRegistry::manifest(const std::string& name) const {
  if (versions(name).empty()) throw ObjectError("IndexError", "list index out of range");
  Manifest tree;
  add_versions(name, tree);
  return tree;
}

void ClassRegistry::add_versions(const std::string& name, Manifest& tree) const {
  const auto& type = *versions(name).front();
  if (!tree.emplace(name, type.version()).second) return;
  for (const auto& field : type.fields) {
    if (!field->holds_objects() || tree.count(field->object) != 0) continue;
    if (versions(field->object).empty()) {
      throw ObjectError("UnregisteredSubobject",
                        field->object + " is referenced by " + name + " but is not registered",
                        Json{{"child_objname", field->object}, {"parent_objname", name}});
    }
    add_versions(field->object, tree);
  }
}

}  // namespace caravan
