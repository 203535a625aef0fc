// Objects to and from their wire form (ovo-semantics 1).
#include "objects/model/object_impl.hpp"
#include "objects/python/python_text.hpp"

namespace caravan {
namespace {

const Json& member(const Json& primitive, const std::string& key) {
  const auto found = primitive.find(key);
  if (found == primitive.end()) throw ObjectError("KeyError", python_repr(key));
  return *found;
}

[[noreturn]] void unsupported(const Json& type) {
  throw ObjectError("UnsupportedObjectError", "Unsupported object type " + python_str(from_json(type)),
                    Json{{"objtype", type}});
}

[[noreturn]] void unhashable(const Json& value) {
  throw ObjectError("TypeError", "unhashable type: '" + type_name(from_json(value)) + "'");
}

void load_changes(Object::Impl& impl, const Json& primitive) {
  impl.changed.assign(impl.changed.size(), false);
  const auto changes = primitive.find(impl.type->keys->changes);
  if (changes == primitive.end()) return;
  if (!changes->is_array()) throw ObjectError("TypeError", "changes must be a list of names");
  for (const Json& name : *changes) {
    if (name.is_structured()) unhashable(name);
    if (!name.is_string()) continue;
    const int index = impl.type->index(name.get_ref<const std::string&>());
    if (index >= 0) impl.changed[static_cast<std::size_t>(index)] = true;
  }
}

}  // namespace

std::vector<Value> iterate(const Value& value) {
  if (const auto* items = sequence(value)) return *items;
  if (const auto* dict = value.maybe<Dict>()) {
    std::vector<Value> keys;
    for (const auto& entry : dict->items) keys.emplace_back(entry.first);
    return keys;
  }
  if (const auto* mapping = value.maybe<Mapping>()) {
    std::vector<Value> keys;
    for (const auto& entry : mapping->items) keys.push_back(entry.first);
    return keys;
  }
  if (const auto* text = value.maybe<std::string>()) {
    std::vector<Value> characters;
    for (std::string_view rest = *text; !rest.empty();) {
      const std::string_view first = first_code_points(rest, 1);
      characters.emplace_back(std::string(first));
      rest.remove_prefix(first.size());
    }
    return characters;
  }
  if (const auto* bytes = value.maybe<Bytes>()) {
    std::vector<Value> numbers;
    for (const char byte : bytes->data)
      numbers.emplace_back(static_cast<std::int64_t>(static_cast<unsigned char>(byte)));
    return numbers;
  }
  if (const auto* object = value.maybe<Object>(); object != nullptr && is_list(*object))
    return list_items(*object);
  throw ObjectError("TypeError", "'" + type_name(value) + "' object is not iterable");
}

Json::object_t::Container& members_of(Json& object, std::size_t expected) {
  auto& members = static_cast<Json::object_t::Container&>(object.get_ref<Json::object_t&>());
  if (expected != 0) members.reserve(expected);
  return members;
}

void append_member(Json& object, const std::string& key, Json value) {
  members_of(object).emplace_back(key, std::move(value));
}

Object load_object(const Json& primitive, const LoadContext& load) {
  const ClassRegistry& registry = classes(*load.registry);
  const WireKeys& keys = registry.keys();
  if (!primitive.is_object()) {
    throw ObjectError("TypeError", "an object was expected, not a " + type_name(from_json(primitive)));
  }
  const Json& space = member(primitive, keys.name_space);
  const Json& called = member(primitive, keys.name);
  const Json& label = member(primitive, keys.version);
  if (!space.is_string() || space.get_ref<const std::string&>() != keys.project)
    unsupported(python_str(from_json(space)) + "." + python_str(from_json(called)));
  if (called.is_structured()) unhashable(called);
  if (!called.is_string()) unsupported(called);
  const auto& name = called.get_ref<const std::string&>();
  if (!label.is_string()) {
    registry.newest(name);  // an unknown name is the first thing that is wrong
    throw ObjectError("TypeError", keys.version + " must be text, not " + type_name(from_json(label)));
  }
  const auto& version = label.get_ref<const std::string&>();
  const auto type = registry.lookup(name, version);
  const Json& data = member(primitive, keys.data);
  if (!data.is_object()) throw ObjectError("TypeError", "the data of " + name + " is not a dict");

  const Object object =
      make_object(load.registry, type, load.context == nullptr ? std::nullopt : *load.context);
  Object::Impl& impl = object.impl();
  if (version != type->version()) impl.label = version;
  // One pass over the data to find the fields, then the fields in the class's order.
  std::vector<const Json*> wires(type->fields.size(), nullptr);
  std::size_t next = 0;  // most senders have the fields in the class's order
  for (auto item = data.begin(); item != data.end(); ++item) {
    if (next < wires.size() && type->fields[next]->name == item.key()) {
      wires[next++] = &item.value();
      continue;
    }
    const int index = type->index(item.key());
    if (index < 0) continue;
    wires[static_cast<std::size_t>(index)] = &item.value();
    next = static_cast<std::size_t>(index) + 1;
  }
  for (std::size_t i = 0; i < wires.size(); ++i) {
    if (wires[i] == nullptr) continue;
    const Field& field = *type->fields[i];
    Value& held = impl.values[i];
    held = field.coerce(field.to_value(*wires[i], load));
    if (!load.encoded) field.require_sendable(held);
  }
  load_changes(impl, primitive);
  return object;
}

Json primitive_of(const Object& object, const std::optional<std::string>& target, const Manifest* manifest) {
  const Object::Impl& impl = object.impl();
  const WireKeys& keys = *impl.type->keys;
  const std::string own = object.version();
  const std::string& label = target ? *target : own;
  if (target && version_key(label) > version_key(own)) {
    throw ObjectError("InvalidTargetVersion", "Invalid target version " + label, Json{{"version", label}});
  }
  if (!target && !impl.label.empty())
    version_key(own);  // the library compares it with itself: "v1.2" is refused
  Json data = Json::object();
  auto& members = members_of(data, impl.values.size());
  for (std::size_t i = 0; i < impl.values.size(); ++i) {
    if (impl.values[i].is<Unset>()) continue;
    const Field& field = *impl.type->fields[i];
    members.emplace_back(field.name, field.to_primitive(impl.values[i]));
  }
  const bool filled = manifest != nullptr && !manifest->empty();
  const bool adapted = label != own || filled;
  if (adapted) make_compatible(object, data, label, manifest);

  Json::array_t changes;
  for (const auto& [name, index] : impl.type->by_name()) {
    if (!is_changed(object, index)) continue;
    const bool sent = adapted ? data.contains(name) : !stored(object, index).is<Unset>();
    if (sent) changes.emplace_back(name);
  }
  Json primitive = Json::object();
  auto& parts = members_of(primitive, 5);
  parts.emplace_back(keys.name, object.name());
  parts.emplace_back(keys.name_space, keys.project);
  parts.emplace_back(keys.version, label);
  parts.emplace_back(keys.data, std::move(data));
  if (!changes.empty()) parts.emplace_back(keys.changes, std::move(changes));
  return primitive;
}

}  // namespace caravan
