// The life of an object: construction, assignment, lazy loading, copies, text; and the nodes' facade.
#include <algorithm>
#include <map>

#include "objects/model/encoded.hpp"
#include "objects/model/object_impl.hpp"

namespace caravan {
namespace {

[[noreturn]] void no_attribute(const Object& object, const std::string& field) {
  throw ObjectError("AttributeError", "'" + object.name() + "' object has no attribute '" + field + "'");
}

int required_index(const Object& object, const std::string& field) {
  const int index = object.impl().type->index(field);
  if (index < 0) no_attribute(object, field);
  return index;
}

/// obj_load_attr: the class's lazy loader, or the base class's refusal.
void load_lazily(const Object& object, int index) {
  const Class& type = *object.impl().type;
  const std::string& name = type.fields[static_cast<std::size_t>(index)]->name;
  const auto loader = type.spec.lazy.find(name);
  if (loader == type.spec.lazy.end()) {
    throw ObjectError("NotImplementedError", "Cannot load '" + name + "' in the base class");
  }
  if (const auto error = loader->find("error"); error != loader->end()) {
    const auto reason = error->get<std::string>();
    throw ObjectError("ObjectActionError", "Object action obj_load_attr failed because: " + reason,
                      Json{{"action", "obj_load_attr"}, {"reason", reason}});
  }
  assign(object, index, decode(loader->at("value"), object.impl().registry));
  if (loader->value("reset", false)) reset_changes(object, {name}, false);
}

class Copier {
 public:
  Object copy(const Object& object) {
    const Object::Impl& from = object.impl();
    const auto known = copies_.find(&from);
    if (known != copies_.end()) return known->second;
    const Object made = make_object(from.registry, from.type, from.context);
    copies_.emplace(&from, made);
    for (std::size_t i = 0; i < from.values.size(); ++i) {
      if (!from.values[i].is<Unset>()) made.impl().values[i] = copy_value(from.values[i]);
    }
    made.impl().changed = from.changed;
    return made;
  }

 private:
  Value copy_value(const Value& value) {
    if (const auto* object = value.maybe<Object>()) return copy(*object);
    if (const auto* list = value.maybe<List>()) return List{copy_items(list->items)};
    if (const auto* dict = value.maybe<Dict>()) {
      Dict made;
      for (const auto& [key, held] : dict->items) made.items.emplace_back(key, copy_value(held));
      return made;
    }
    return value;
  }
  std::vector<Value> copy_items(const std::vector<Value>& items) {
    std::vector<Value> made;
    made.reserve(items.size());
    for (const Value& item : items) made.push_back(copy_value(item));
    return made;
  }

  std::map<const Object::Impl*, Object> copies_;  // looked up, never iterated
};

}  // namespace

Object make_object(const std::shared_ptr<const Registry>& registry, const std::shared_ptr<const Class>& type,
                   std::optional<std::string> context) {
  auto impl = std::make_shared<Object::Impl>();
  impl->registry = registry;
  impl->type = type;
  impl->values.resize(type->fields.size());
  impl->changed.resize(type->fields.size());
  impl->context = std::move(context);
  if (type->objects >= 0) impl->values[static_cast<std::size_t>(type->objects)] = List{};
  return Object(std::move(impl));
}

void assign(const Object& object, int at, Value value) {
  Object::Impl& impl = object.impl();
  const auto index = static_cast<std::size_t>(at);
  const Field& field = *impl.type->fields[index];
  Value& held = impl.values[index];
  Value coerced = field.coerce(std::move(value), &held);
  if (field.read_only && !held.is<Unset>()) {
    if (equal(held, coerced)) return;
    throw ObjectError("ReadOnlyFieldError", "Cannot modify readonly field " + field.name,
                      Json{{"field", field.name}});
  }
  held = std::move(coerced);
  impl.changed[index] = true;
}

void assign(const Object& object, const std::string& field, Value value) {
  assign(object, required_index(object, field), std::move(value));
}

const Value& read(const Object& object, int index) {
  Value& held = stored(object, index);
  if (held.is<Unset>()) load_lazily(object, index);
  return held;
}

const Value& read(const Object& object, const std::string& field) {
  const int index = object.impl().type->index(field);
  if (index >= 0) return read(object, index);
  for (const auto& [name, value] : object.impl().type->extras) {
    if (name == field) return value;
  }
  no_attribute(object, field);
}

Value& stored(const Object& object, int index) {
  return object.impl().values[static_cast<std::size_t>(index)];
}

void unset(const Object& object, const std::string& field) {
  Value& held = stored(object, required_index(object, field));
  if (held.is<Unset>()) no_attribute(object, field);
  held = Unset{};
}

Object clone(const Object& object) { return Copier().copy(object); }

void set_defaults(const Object& object, const std::vector<std::string>& names) {
  const Class& type = *object.impl().type;
  std::vector<int> wanted;  // -1: no such field; those before it are set anyway
  for (const std::string& name : names) wanted.push_back(type.index(name));
  if (names.empty()) {
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      if (type.fields[i]->default_value) wanted.push_back(static_cast<int>(i));
    }
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const int index = wanted[i];
    if (index < 0) throw ObjectError("KeyError", python_repr(names[i]));
    const Field& field = *type.fields[static_cast<std::size_t>(index)];
    if (!field.default_value) {
      const std::string reason = "No default set for field " + field.name;
      throw ObjectError("ObjectActionError", "Object action set_defaults failed because: " + reason,
                        Json{{"action", "set_defaults"}, {"reason", reason}});
    }
    if (stored(object, index).is<Unset>()) assign(object, index, *field.default_value);
  }
}

bool is_list(const Object& object) { return object.impl().type->is_list; }

const std::vector<Value>& list_items(const Object& list) {
  const Value& held = read(list, list.impl().type->objects);
  static const std::vector<Value> none;
  const auto* items = sequence(held);
  return items == nullptr ? none : *items;
}

bool is_truthy(const Object& object) { return !is_list(object) || !list_items(object).empty(); }

bool equal_objects(const Object& a, const Object& b) {
  if (&a.impl() == &b.impl()) return true;
  if (!a.impl().type->comparable && !b.impl().type->comparable) return false;
  return equal(from_json(a.to_primitive()), from_json(b.to_primitive()));
}

bool has_ancestor(const Object& object, const std::string& name) {
  const auto& lineage = object.impl().type->lineage;
  return std::find(lineage.begin(), lineage.end(), name) != lineage.end();
}

std::string repr(const Object& object) {
  std::vector<std::string> parts;
  for (const auto& field : object.impl().type->fields) {
    const Value& held = stored(object, object.impl().type->index(field->name));
    const std::string text = held.is<Unset>() ? "" : field->text(held);
    parts.push_back(field->name + "=" + (text.empty() ? "<?>" : text));
  }
  std::sort(parts.begin(), parts.end(), [](const std::string& a, const std::string& b) {
    return a.substr(0, a.find('=')) < b.substr(0, b.find('='));
  });
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ",") + part;
  return object.name() + "(" + out + ")";
}

std::string short_text(const Object& object) {
  for (const char* name : {"uuid", "id"}) {
    const int index = object.impl().type->index(name);
    if (index < 0) continue;
    const Value& held = stored(object, index);
    return object.name() + "(" + (truthy(held) ? python_str(held) : "UNKNOWN") + ")";
  }
  return object.name();
}

Object Object::create(const std::shared_ptr<const Registry>& registry, const std::string& name) {
  return make_object(registry, registry->newest(name));
}

Object Object::from_primitive(const std::shared_ptr<const Registry>& registry, const Json& primitive) {
  return load_object(primitive, LoadContext{registry});
}

const std::string& Object::name() const { return impl_->type->name(); }
std::string Object::version() const { return impl_->label.empty() ? impl_->type->version() : impl_->label; }
const ClassSpec& Object::spec() const { return impl_->type->spec; }

bool Object::is_set(const std::string& field) const {
  const int index = impl_->type->index(field);
  if (index >= 0) return !stored(*this, index).is<Unset>();
  const auto& extras = impl_->type->extras;
  const bool extra =
      std::any_of(extras.begin(), extras.end(), [&field](const auto& e) { return e.first == field; });
  if (!extra) no_attribute(*this, field);
  return false;
}

Json Object::get(const std::string& field) const {
  const int index = required_index(*this, field);
  return impl_->type->fields[static_cast<std::size_t>(index)]->to_primitive(read(*this, index));
}

void Object::set(const std::string& field, const Json& wire) {
  const int index = required_index(*this, field);
  const Field& type = *impl_->type->fields[static_cast<std::size_t>(index)];
  Value value = type.to_value(wire, LoadContext{impl_->registry, &impl_->context});
  type.require_sendable(type.coerce(value, &stored(*this, index)));
  assign(*this, index, std::move(value));
}

std::vector<Object> Object::children(const std::string& field) const {
  std::vector<Object> items;
  const Value& held = read(*this, required_index(*this, field));
  if (const auto* values = sequence(held)) {
    for (const Value& value : *values) {
      if (const auto* child = value.maybe<Object>()) items.push_back(*child);
    }
  }
  return items;
}

void Object::set_children(const std::string& field, const std::vector<Object>& items) {
  List list;
  list.items.assign(items.begin(), items.end());
  assign(*this, required_index(*this, field), std::move(list));
}

void Object::reset_changes() { caravan::reset_changes(*this, {}, false); }

Json Object::to_primitive(const std::string& target, const Manifest* manifest) const {
  return primitive_of(*this, target.empty() ? std::nullopt : std::optional(target), manifest);
}

}  // namespace caravan
