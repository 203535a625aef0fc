// Scripts of operations on objects: the result of each, and what every variable calls changed after it.
#include <algorithm>
#include <array>
#include <map>

#include "objects/model/remotable.hpp"
#include "objects/model/scalar.hpp"
#include "tests/vectors/conformance.hpp"

namespace caravan::conformance {
namespace {

[[noreturn]] void fail(const char* type, const std::string& message) { throw ObjectError(type, message); }

/// A place that a path leads to: an object, or a container in one of its fields with the field of its items.
struct Place {
  Value* value = nullptr;        ///< container or item; null when the place is `object` itself
  const Field* items = nullptr;  ///< field of a container's items
  const Field* field = nullptr;  ///< field of the container
  std::optional<Object> object;
};

class Script {
 public:
  explicit Script(std::shared_ptr<const Registry> registry) : registry_(std::move(registry)) {}

  Json step(const Json& op) {
    Json done;
    warned_ = false;
    try {
      done = Json{{"result", run(op)}};
    } catch (const ObjectError& error) {
      done = error_json(error);
    }
    Json changed = Json::object();
    for (const auto& [name, object] : variables_) {
      try {
        changed[name] = names(object.what_changed());
      } catch (const ObjectError& error) {  // a list whose items were deleted
        changed[name] = Json{{"error", error.type}};
      }
    }
    done["changed"] = std::move(changed);
    if (warned_) done["warnings"] = Json::array({"FutureWarning"});
    return done;
  }

 private:
  using Action = Json (Script::*)(const Json& op);

  static Json names(const std::vector<std::string>& list) {
    Json out = Json::array();
    for (const std::string& name : list) out.push_back(name);
    return out;
  }
  static std::string text(const Json& op, const char* member) { return op.at(member).get<std::string>(); }
  static std::vector<std::string> texts(const Json& op, const char* member) {
    const auto found = op.find(member);
    return found == op.end() || found->is_null() ? std::vector<std::string>{}
                                                 : found->get<std::vector<std::string>>();
  }
  Value value(const Json& op) {
    if (op.contains("from")) return value_at(op.at("from"));
    Value given = decode(op.at("value"), registry_);
    warned_ = warned_ || warns(given);  // objects were built for it
    return given;
  }

  Place find(const Json& path) {
    Place place;
    const auto variable = variables_.find(path.at(0).get<std::string>());
    if (variable == variables_.end()) fail("KeyError", "no variable " + path.at(0).dump());
    place.object = variable->second;
    for (std::size_t i = 1; i < path.size(); ++i) enter(place, path.at(i));
    return place;
  }
  void enter(Place& place, const Json& key) {
    if (place.object) {
      const Object object = *place.object;
      if (key.is_number()) {  // an item of an object list
        return settle(place, item(const_cast<std::vector<Value>&>(list_items(object)), key), nullptr);
      }
      const auto name = key.get<std::string>();
      read(object, name);
      const int index = object.impl().type->index(name);
      const Field* field = object.impl().type->fields[static_cast<std::size_t>(index)].get();
      return settle(place, stored(object, index), field);
    }
    if (auto* dict = place.value->maybe<Dict>())
      return settle(place, entry(*dict, key.get<std::string>()), place.items);
    if (auto* list = place.value->maybe<List>()) return settle(place, item(list->items, key), place.items);
    fail("TypeError", "cannot go into a " + type_name(*place.value));
  }
  static void settle(Place& place, Value& held, const Field* field) {
    place.object.reset();
    place.value = &held;
    place.field = field;
    place.items = field == nullptr ? nullptr : field->element.get();
    if (const auto* object = held.maybe<Object>()) place.object = *object;
  }
  static Value& item(std::vector<Value>& items, const Json& key) {
    auto index = key.get<std::int64_t>();
    if (index < 0) index += static_cast<std::int64_t>(items.size());
    if (index < 0 || index >= static_cast<std::int64_t>(items.size()))
      fail("IndexError", "list index out of range");
    return items[static_cast<std::size_t>(index)];
  }
  static Value& entry(Dict& dict, const std::string& key) {
    for (auto& [name, held] : dict.items) {
      if (name == key) return held;
    }
    fail("KeyError", key);
  }

  Object object(const Json& op, const char* member = "target") {
    const Place place = find(op.at(member));
    if (!place.object) fail("AttributeError", "no object at " + op.at(member).dump());
    return *place.object;
  }
  Value value_at(const Json& path) {
    const Place place = find(path);
    return place.object ? Value(*place.object) : *place.value;
  }
  /// A container to edit in place; an object list stands for its `objects`.
  Place container(const Json& op) {
    Place place = find(op.at("target"));
    if (place.object && is_list(*place.object)) enter(place, "objects");
    return place;
  }
  std::vector<Value>& list(Place& place) {
    if (auto* held = place.value == nullptr ? nullptr : place.value->maybe<List>()) return held->items;
    fail("AttributeError", "not a list");
  }
  Dict& dict(Place& place) {
    if (auto* held = place.value == nullptr ? nullptr : place.value->maybe<Dict>()) return *held;
    fail("AttributeError", "not a dict");
  }

  Json run(const Json& op);

  // Life
  Json make(const Json& op) {
    const auto type = registry_->newest(text(op, "class"));
    const Object made = make_object(registry_, type, "ctx");
    if (op.contains("values")) {
      for (auto item = op.at("values").begin(); item != op.at("values").end(); ++item) {
        put_field(made, item.key(), decode(item.value(), registry_));
      }
    }
    warned_ = warns(made);
    return keep(op, made);
  }
  Json keep(const Json& op, const Object& made) {
    variables_.insert_or_assign(text(op, "var"), made);
    return nullptr;
  }
  Json load(const Json& op) {
    static const std::optional<std::string> context = "ctx";
    const Object made = load_object(op.at("primitive"), LoadContext{registry_, &context, true});
    warned_ = warns(made);
    return keep(op, made);
  }
  Json copy(const Json& op) {
    const Object made = clone(object(op));
    warned_ = warns(made);  // the library's copy assigns each field anew
    return keep(op, made);
  }
  Json slice(const Json& op) {
    const Object from = object(op);
    const auto& items = list_items(from);
    const auto size = static_cast<std::int64_t>(items.size());
    const auto bound = [size, &op](const char* member, std::int64_t missing) {
      if (!op.contains(member) || op.at(member).is_null()) return missing;
      auto at = op.at(member).get<std::int64_t>();
      if (at < 0) at += size;
      return std::clamp<std::int64_t>(at, 0, size);
    };
    const auto start = bound("start", 0), stop = std::max(start, bound("stop", size));
    const Object made = make_object(registry_, from.impl().type, from.impl().context);
    stored(made, from.impl().type->objects) = List{{items.begin() + start, items.begin() + stop}};
    return keep(op, made);
  }
  Json add(const Json& op) {
    const Object left = object(op, "left"), right = object(op, "right");
    if (left.impl().type != right.impl().type || !is_list(left) || left.impl().type->fields.size() != 1) {
      fail("TypeError", "List Objects should be of the same type and only have an 'objects' field");
    }
    std::vector<Value> items = list_items(left);
    for (const Value& item : list_items(right)) items.push_back(item);
    const Object made = make_object(registry_, left.impl().type);
    assign(made, "objects", List{std::move(items)});
    return keep(op, made);
  }

  // Fields
  Json set(const Json& op) {
    const Object held = object(op);
    put_field(held, text(op, "field"), value(op));
    return nullptr;
  }
  void put_field(const Object& held, const std::string& name, Value given) {
    const int index = held.impl().type->index(name);
    if (index < 0) {  // Python makes it a plain attribute, unless the name is an extra field's
      if (is_extra(held, name)) fail("AttributeError", "can't set attribute '" + name + "'");
      plain_[{&held.impl(), name}] = std::move(given);
      return;
    }
    const Field& field = *held.impl().type->fields[static_cast<std::size_t>(index)];
    if (field.kind == FieldKind::UUID)
      warned_ = warned_ || (!given.is<Null>() && !is_uuid(python_str(given)));  // also when it is read-only
    assign(held, index, std::move(given));
    warned_ = warned_ || warns(field, stored(held, index));
  }
  static bool is_extra(const Object& held, const std::string& name) {
    const auto& extras = held.impl().type->extras;
    return std::any_of(extras.begin(), extras.end(),
                       [&name](const auto& extra) { return extra.first == name; });
  }
  Json get(const Json& op) {
    const Object held = object(op);
    const auto plain = plain_.find({&held.impl(), text(op, "field")});
    if (plain != plain_.end()) return encode(plain->second);
    LazyLoad load({held.impl().registry, std::nullopt}, held, text(op, "field"));
    load.run();
    return encode(load.result());
  }
  Json del(const Json& op) {
    const Object held = object(op);
    if (plain_.erase({&held.impl(), text(op, "field")}) == 0) unset(held, text(op, "field"));
    return nullptr;
  }
  Json is_set(const Json& op) { return object(op).is_set(text(op, "field")); }
  Json contains(const Json& op) {
    const Object held = object(op);
    const std::string field = text(op, "field");
    if (is_list(held)) {  // items, not names
      const auto& items = list_items(held);
      return std::any_of(items.begin(), items.end(), [&](const Value& item) { return equal(item, field); });
    }
    return held.impl().type->index(field) >= 0 && held.is_set(field);
  }
  Json what_changed(const Json& op) { return names(object(op).what_changed()); }
  Json get_changes(const Json& op) {
    Json out = Json::object();
    const Object held = object(op);
    for (const std::string& name : held.what_changed()) out[name] = encode(read(held, name));
    return out;
  }
  Json reset(const Json& op) {
    reset_changes(object(op), texts(op, "fields"), op.value("recursive", false));
    return nullptr;
  }
  Json defaults(const Json& op) { return set_defaults(object(op), texts(op, "attrs")), nullptr; }
  Json fields(const Json& op) {
    Json out = Json::array();
    const auto type = object(op).impl().type;
    for (const auto& field : type->fields) out.push_back(field->name);
    for (const auto& extra : type->extras) out.push_back(extra.first);
    return out;
  }
  Json version(const Json& op) { return object(op).version(); }
  Json shown(const Json& op) { return repr(object(op)); }
  Json primitive(const Json& op) {
    std::optional<std::string> target;
    if (op.contains("target_version") && !op.at("target_version").is_null())
      target = text(op, "target_version");
    std::optional<Manifest> manifest;
    if (op.contains("manifest") && !op.at("manifest").is_null()) manifest = op.at("manifest").get<Manifest>();
    return primitive_of(object(op), target, manifest ? &*manifest : nullptr);
  }
  Json equal_values(const Json& op) { return equal(value_at(op.at("left")), value_at(op.at("right"))); }
  Json length(const Json& op) {
    const Value held = value_at(op.at("target"));
    if (const auto* object = held.maybe<Object>()) return list_items(*object).size();
    if (const auto* items = sequence(held)) return items->size();
    if (const auto* entries = held.maybe<Dict>()) return entries->items.size();
    fail("TypeError", "object of type '" + type_name(held) + "' has no len()");
  }

  // Containers in fields: items are coerced, the field is not marked
  Value coerced(const Place& place, Value item, const Where& at) {
    if (place.items == nullptr) return item;
    Value made = place.items->coerce(std::move(item), at);
    warned_ = warned_ || warns(*place.items, made);
    return made;
  }
  Json append(const Json& op) {
    Place place = container(op);
    const Where field{place.field->name};
    list(place).push_back(coerced(place, value(op), Where{{}, &field, list(place).size()}));
    return nullptr;
  }
  Json insert(const Json& op) {
    Place place = container(op);
    const Where field{place.field->name};
    auto& items = list(place);
    auto at = op.at("index").get<std::int64_t>();
    const auto size = static_cast<std::int64_t>(items.size());
    if (at < 0) at = std::max<std::int64_t>(0, at + size);
    at = std::min(at, size);
    items.insert(items.begin() + at,
                 coerced(place, value(op), Where{{}, &field, static_cast<std::size_t>(at)}));
    return nullptr;
  }
  Json extend(const Json& op) {
    Place place = container(op);
    const Where field{place.field->name};
    std::vector<Value> items = list(place);  // all or nothing
    for (Value& item : iterate(value(op))) {
      items.push_back(coerced(place, std::move(item), Where{{}, &field, items.size()}));
    }
    list(place) = std::move(items);
    return nullptr;
  }
  Json set_item(const Json& op) {
    if (const Place held = find(op.at("target")); held.object && held.object->impl().type->dict_compat) {
      put_field(*held.object, text(op, "key"), value(op));
      return nullptr;
    }
    Place place = container(op);
    const Where field{place.field->name};
    if (op.at("key").is_string()) {
      const std::string key = text(op, "key");
      put(dict(place), key, coerced(place, value(op), Where{key, &field}));
    } else {
      Value given = coerced(place, value(op), Where{{}, &field, 0});  // before the index is looked at
      item(list(place), op.at("key")) = std::move(given);
    }
    return nullptr;
  }
  static void put(Dict& dict, const std::string& key, Value held) {
    for (auto& [name, old] : dict.items) {
      if (name == key) {
        old = std::move(held);
        return;
      }
    }
    dict.items.emplace_back(key, std::move(held));
  }
  Json del_item(const Json& op) {
    Place place = container(op);
    if (op.at("key").is_string()) {
      auto& items = dict(place).items;
      const std::string key = text(op, "key");
      const auto found =
          std::find_if(items.begin(), items.end(), [&key](const auto& e) { return e.first == key; });
      if (found == items.end()) fail("KeyError", key);
      items.erase(found);
    } else {
      auto& items = list(place);
      items.erase(items.begin() + (&item(items, op.at("key")) - items.data()));
    }
    return nullptr;
  }
  Json update(const Json& op) {
    Value given = value(op);
    const auto* entries = given.maybe<Dict>();
    if (entries == nullptr) fail("TypeError", "not a dict");
    if (const Place held = find(op.at("target")); held.object) {
      for (const auto& [key, item] : entries->items) put_field(*held.object, key, item);
      return nullptr;
    }
    Place place = container(op);
    const Where field{place.field->name};
    Dict changed = dict(place);
    for (const auto& [key, item] : entries->items)
      put(changed, key, coerced(place, item, Where{key, &field}));
    dict(place) = std::move(changed);
    return nullptr;
  }
  Json set_default(const Json& op) {
    Place place = container(op);
    const Where field{place.field->name};
    const std::string key = text(op, "key");
    Value made = coerced(place, value(op), Where{key, &field});  // also when it is there already
    const auto& items = dict(place).items;
    const auto found =
        std::find_if(items.begin(), items.end(), [&key](const auto& e) { return e.first == key; });
    if (found != items.end()) return encode(found->second);
    put(dict(place), key, std::move(made));
    return encode(entry(dict(place), key));
  }
  Json add_to_set(const Json& op) {
    Place place = container(op);
    auto* held = place.value->maybe<Set>();
    if (held == nullptr) fail("AttributeError", "not a set");
    std::vector<Value> items = held->items;
    items.push_back(coerced(place, value(op), Where{place.field->name}));
    *held = make_set(std::move(items));
    return nullptr;
  }
  Json show_value(const Json& op) { return encode(value_at(op.at("target"))); }

  // Objects that behave like a dict
  std::vector<std::string> keys(const Object& held) {
    std::vector<std::string> out;
    for (const auto& field : held.impl().type->fields) {
      if (held.is_set(field->name)) out.push_back(field->name);
    }
    for (const auto& extra : held.impl().type->extras) out.push_back(extra.first);
    return out;
  }
  Json dict_keys(const Json& op) { return names(keys(object(op))); }
  Json dict_items(const Json& op) {
    const Object held = object(op);
    Json out = Json::array();
    for (const std::string& key : keys(held)) out.push_back(Json::array({key, encode(read(held, key))}));
    return out;
  }
  Json dict_get(const Json& op) {
    const Object held = object(op);
    const std::string key = text(op, "key");
    const bool set = held.is_set(key);  // an unknown name is an AttributeError
    const bool field = held.impl().type->index(key) >= 0;
    if (field && !set && op.contains("default")) return encode(decode(op.at("default"), registry_));
    return encode(read(held, key));
  }

  struct Operation {
    const char* name;
    Action run;
  };
  static const std::array<Operation, 34> operations;

  std::shared_ptr<const Registry> registry_;
  std::map<std::string, Object> variables_;
  /// Attributes that are no fields; looked up, never walked.
  std::map<std::pair<const Object::Impl*, std::string>, Value> plain_;
  bool warned_ = false;
};

const std::array<Script::Operation, 34> Script::operations = {{
    {"new", &Script::make},
    {"from_primitive", &Script::load},
    {"clone", &Script::copy},
    {"slice", &Script::slice},
    {"add", &Script::add},
    {"set", &Script::set},
    {"get", &Script::get},
    {"del", &Script::del},
    {"is_set", &Script::is_set},
    {"contains", &Script::contains},
    {"what_changed", &Script::what_changed},
    {"get_changes", &Script::get_changes},
    {"reset_changes", &Script::reset},
    {"set_defaults", &Script::defaults},
    {"obj_fields", &Script::fields},
    {"version", &Script::version},
    {"repr", &Script::shown},
    {"to_primitive", &Script::primitive},
    {"equal", &Script::equal_values},
    {"length", &Script::length},
    {"append", &Script::append},
    {"insert", &Script::insert},
    {"extend", &Script::extend},
    {"setitem", &Script::set_item},
    {"delitem", &Script::del_item},
    {"update", &Script::update},
    {"setdefault", &Script::set_default},
    {"set_add", &Script::add_to_set},
    {"value", &Script::show_value},
    {"dict_keys", &Script::dict_keys},
    {"dict_items", &Script::dict_items},
    {"dict_get", &Script::dict_get},
    {"dict_set", &Script::set_item},
    {"dict_update", &Script::update},
}};

Json Script::run(const Json& op) {
  const std::string name = text(op, "op");
  for (const Operation& operation : operations) {
    if (name == operation.name) return (this->*operation.run)(op);
  }
  throw std::runtime_error("unknown operation " + name);
}

}  // namespace

Json run_changes(const VectorFile& file, const Json& test) {
  Script script(file.registry(test.at("catalog").get<std::string>()));
  Json steps = Json::array();
  for (const Json& op : test.at("ops")) steps.push_back(script.step(op));
  return Json{{"steps", std::move(steps)}};
}

}  // namespace caravan::conformance
