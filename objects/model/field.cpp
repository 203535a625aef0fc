// The table of field types, and the types that are more than a scalar (objects/model/scalar.cpp has those).
#include "objects/model/field.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "objects/base/error.hpp"
#include "objects/model/encoded.hpp"
#include "objects/model/object_impl.hpp"
#include "objects/model/scalar.hpp"
#include "objects/python/datetime.hpp"
#include "objects/python/network.hpp"

namespace caravan {
namespace {

/// In the order of FieldKind.
constexpr std::array<const char*, 29> kind_names = {
    "String",      "SensitiveString",  "VersionPredicate",   "UUID",        "MACAddress",
    "PCIAddress",  "Integer",          "NonNegativeInteger", "Float",       "NonNegativeFloat",
    "Boolean",     "FlexibleBoolean",  "DateTime",           "IPAddress",   "IPV4Address",
    "IPV6Address", "IPV4AndV6Address", "IPNetwork",          "IPV4Network", "IPV6Network",
    "Enum",        "ListOfEnum",       "StateMachine",       "List",        "Dict",
    "Set",         "Object",           "ListOfObjects",      "Json"};

[[noreturn]] void value_error(std::string message) { throw ObjectError("ValueError", std::move(message)); }

/// The field of the items: given for containers, implied for ListOfEnum and ListOfObjects.
std::unique_ptr<const Field> element_of(const FieldSpec& spec, FieldKind kind) {
  if (spec.type.element) return std::make_unique<const Field>(*spec.type.element);
  if (kind != FieldKind::ListOfEnum && kind != FieldKind::ListOfObjects) return nullptr;
  FieldSpec element;
  element.name = spec.name;
  element.type = spec.type;
  element.type.name = kind == FieldKind::ListOfEnum ? "Enum" : "Object";
  return std::make_unique<const Field>(element);
}

FieldKind required_kind(const FieldSpec& spec) {
  if (const auto kind = field_kind(spec.type.name)) return *kind;
  throw bad_request("field " + spec.name, "unknown field type " + spec.type.name);
}

bool is_plain_json(const Value& value) {
  if (const auto* list = value.maybe<List>()) {
    return std::all_of(list->items.begin(), list->items.end(), is_plain_json);
  }
  if (const auto* dict = value.maybe<Dict>()) {
    return std::all_of(dict->items.begin(), dict->items.end(),
                       [](const auto& entry) { return is_plain_json(entry.second); });
  }
  return value.is<Null>() || value.is<bool>() || value.is<std::int64_t>() || value.is<double>() ||
         value.is<std::string>() || value.is<JsonRef>();
}

bool contains(const std::vector<Value>& values, const Value& value) {
  return std::any_of(values.begin(), values.end(), [&value](const Value& v) { return equal(v, value); });
}

Json items_to_primitive(const Field& element, const std::vector<Value>& items) {
  Json::array_t out;
  out.reserve(items.size());
  for (const Value& item : items) out.push_back(element.to_primitive(item));
  return out;
}

}  // namespace

std::optional<FieldKind> field_kind(std::string_view name) {
  const auto found = std::find(kind_names.begin(), kind_names.end(), name);
  if (found == kind_names.end()) return std::nullopt;
  return static_cast<FieldKind>(found - kind_names.begin());
}

std::string Where::text() const {
  if (outer == nullptr) return std::string(name);
  return outer->text() + "[" + (name.empty() ? std::to_string(index) : std::string(name)) + "]";
}

const char* name(FieldKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

Field::Field(const FieldSpec& spec)
    : name(spec.name),
      key_text(Json(spec.name).dump()),
      kind(required_kind(spec)),
      nullable(spec.nullable),
      read_only(spec.read_only),
      tzinfo_aware(spec.type.tzinfo_aware),
      subclasses(spec.type.subclasses),
      object(spec.type.object),
      element(element_of(spec, kind)) {
  if (spec.default_value) default_value = decode(*spec.default_value);
  for (const Json& value : spec.type.values) values.push_back(decode(value));
  if (kind == FieldKind::Enum || kind == FieldKind::ListOfEnum || kind == FieldKind::StateMachine)
    check_values();
  for (auto from = spec.type.transitions.begin(); from != spec.type.transitions.end(); ++from) {
    std::vector<Value> next;
    for (const Json& state : from.value()) next.push_back(decode(state));
    transitions.emplace_back(from.key(), std::move(next));
  }
}

bool Field::is_stored_form(const Value& value) const {
  switch (kind) {
    case FieldKind::String:
    case FieldKind::SensitiveString:
    case FieldKind::UUID:
      return value.is<std::string>();
    case FieldKind::Integer:
      return value.is<std::int64_t>();
    case FieldKind::NonNegativeInteger:
      return value.is<std::int64_t>() && value.as<std::int64_t>() >= 0;
    case FieldKind::Boolean:
      return value.is<bool>();
    default:
      return false;
  }
}

void Field::check_values() const {
  if (values.empty())
    throw ObjectError("EnumRequiresValidValuesError", "Enum fields require a list of valid_values");
  for (const Value& value : values) {
    try {
      coerce_string(value, Where{"init"});
    } catch (const ObjectError&) {
      throw ObjectError("EnumValidValuesInvalidError", "Enum valid values are not valid");
    }
  }
}

Value Field::coerce(Value value, const Where& where, const Value* current) const {
  if (is_stored_form(value)) return value;
  if (kind == FieldKind::StateMachine) return coerce_state(std::move(value), where, current);
  if (!value.is<Null>()) return coerce_type(std::move(value), where);
  if (nullable) return value;
  if (!default_value) value_error("Field `" + where.text() + "' cannot be None");
  return coerce_type(*default_value, where);
}

Value Field::coerce_type(Value value, const Where& where) const {
  switch (kind) {
    case FieldKind::String:
    case FieldKind::SensitiveString:
      return coerce_string(std::move(value), where);
    case FieldKind::VersionPredicate:
      return coerce_version_predicate(std::move(value), where);
    case FieldKind::UUID:
      return coerce_uuid(value);
    case FieldKind::MACAddress:
      return coerce_mac(value);
    case FieldKind::PCIAddress:
      return coerce_pci(value);
    case FieldKind::Integer:
      return coerce_integer(value);
    case FieldKind::NonNegativeInteger:
      return require_non_negative(coerce_integer(value), where);
    case FieldKind::Float:
      return coerce_float(value);
    case FieldKind::NonNegativeFloat:
      return require_non_negative(coerce_float(value), where);
    case FieldKind::Boolean:
      return truthy(value);
    case FieldKind::FlexibleBoolean:
      return coerce_flexible_boolean(value);
    case FieldKind::DateTime:
      return coerce_datetime(value, tzinfo_aware, where);
    case FieldKind::IPAddress:
    case FieldKind::IPV4AndV6Address:
      return coerce_address(value, 0, where);
    case FieldKind::IPV4Address:
      return coerce_address(value, 4, where);
    case FieldKind::IPV6Address:
      return coerce_address(value, 6, where);
    case FieldKind::IPNetwork:
      return coerce_network(value, 0, where);
    case FieldKind::IPV4Network:
      return coerce_network(value, 4, where);
    case FieldKind::IPV6Network:
      return coerce_network(value, 6, where);
    case FieldKind::Enum:
    case FieldKind::StateMachine:
      return coerce_enum(std::move(value), where);
    case FieldKind::List:
    case FieldKind::ListOfEnum:
    case FieldKind::ListOfObjects:
      return coerce_list(std::move(value), where);
    case FieldKind::Dict:
      return coerce_dict(std::move(value), where);
    case FieldKind::Set:
      return coerce_set(std::move(value), where);
    case FieldKind::Object:
      return coerce_object(std::move(value), where);
    case FieldKind::AnyJson:
      if (value.is<JsonRef>()) return value;
      if (!is_plain_json(value))
        value_error("Field " + where.text() + " takes JSON, not a " + type_name(value));
      return make_json(encode(value));
  }
  return value;
}

Value Field::coerce_list(Value value, const Where& where) const {
  std::vector<Value> items;
  if (auto* list = value.maybe<List>()) {
    items = std::move(list->items);
  } else if (const auto* other = sequence(value)) {
    items = *other;
  } else if (const auto* bytes = value.maybe<Bytes>()) {
    for (const char byte : bytes->data)
      items.emplace_back(static_cast<std::int64_t>(static_cast<unsigned char>(byte)));
  } else if (const auto* held = value.maybe<Object>(); held != nullptr && is_list(*held)) {
    items = list_items(*held);
  } else {
    value_error("A list is required in field " + where.text() + ", not a " + type_name(value));
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i] = element->coerce(std::move(items[i]), Where{{}, &where, i});
  }
  return List{std::move(items)};
}

Value Field::coerce_dict(Value value, const Where& where) const {
  if (const auto* mapping = value.maybe<Mapping>()) {
    for (const auto& [key, held] : mapping->items) {
      if (key.is<std::string>()) continue;
      throw ObjectError("KeyTypeError",
                        "Key " + python_repr(key) + " must be of type str not " + type_name(key));
    }
  }
  auto* dict = value.maybe<Dict>();
  if (dict == nullptr)
    value_error("A dict is required in field " + where.text() + ", not a " + type_name(value));
  for (auto& [key, held] : dict->items) {
    held = element->coerce(std::move(held), Where{key, &where});
  }
  return value;
}

Value Field::coerce_set(Value value, const Where& where) const {
  auto* set = value.maybe<Set>();
  if (set == nullptr)
    value_error("A set is required in field " + where.text() + ", not a " + type_name(value));
  for (Value& item : set->items) {
    const std::string shown = python_str(item);
    item = element->coerce(std::move(item), Where{shown, &where});
  }
  return make_set(std::move(set->items));
}

Value Field::coerce_enum(Value value, const Where& where) const {
  if (!contains(values, value)) value_error("Field value " + percent_s(value) + " is invalid");
  return coerce_string(std::move(value), where);
}

Value Field::coerce_state(Value value, const Where& where, const Value* current) const {
  // Null rules and validity first; the coerced result is not what is stored.
  if (!value.is<Null>()) {
    coerce_enum(value, where);
  } else if (!nullable) {
    if (!default_value) value_error("Field `" + where.text() + "' cannot be None");
    coerce_enum(*default_value, where);
  }
  if (current == nullptr || current->is<Unset>()) return value;
  const auto from = std::find_if(transitions.begin(), transitions.end(), [current](const auto& entry) {
    return current->is<std::string>() && current->as<std::string>() == entry.first;
  });
  if (from == transitions.end()) throw ObjectError("KeyError", python_repr(*current));
  if (!contains(from->second, value)) {
    value_error(where.text() + " is not allowed to transition out of '" + python_str(*current) +
                "' state to '" + python_str(value) + "' state");
  }
  return value;
}

Value Field::coerce_object(Value value, const Where& where) const {
  if (const auto* held = value.maybe<Object>()) {
    if (subclasses ? has_ancestor(*held, object) : held->name() == object) return value;
  }
  value_error("An object of type " + object + " is required in field " + where.text() + ", not a " +
              type_name(value));
}

Value Field::to_value(const Json& wire, const LoadContext& load) const {
  if (wire.is_null()) return Null{};
  if (wire.is_string() && hands_text_through()) return wire.get_ref<const std::string&>();
  const bool form =
      load.encoded && wire.is_object() && wire.size() == 1 && wire.begin().key().substr(0, 1) == "$";
  if (!form) {
    if (kind == FieldKind::AnyJson) return make_json(wire);
    if (kind == FieldKind::Object && wire.is_object()) return load_object(wire, load);
    if (wire.is_array() && element != nullptr && kind != FieldKind::Dict) {
      std::vector<Value> items;
      items.reserve(wire.size());
      for (const Json& item : wire) items.push_back(element->to_value(item, load));
      if (kind == FieldKind::Set) return make_set(std::move(items));
      return List{std::move(items)};
    }
    if (wire.is_object() && kind == FieldKind::Dict) {
      Dict dict;
      dict.items.reserve(wire.size());
      for (auto item = wire.begin(); item != wire.end(); ++item) {
        dict.items.emplace_back(item.key(), element->to_value(item.value(), load));
      }
      return dict;
    }
  }
  return to_value(load.encoded ? decode(wire, load.registry) : from_json(wire), load);
}

Value Field::to_value(Value wire, const LoadContext& load) const {
  if (wire.is<Null>()) return wire;
  switch (kind) {
    case FieldKind::DateTime:
      if (!wire.is<std::string>()) value_error("Expecting a string " + python_repr(wire));
      return coerce_type(std::move(wire), Where{name});
    case FieldKind::IPAddress:
    case FieldKind::IPV4Address:
    case FieldKind::IPV6Address:
    case FieldKind::IPV4AndV6Address:
    case FieldKind::IPNetwork:
    case FieldKind::IPV4Network:
    case FieldKind::IPV6Network:
      return coerce_type(std::move(wire), Where{name});
    case FieldKind::List:
    case FieldKind::ListOfEnum:
    case FieldKind::ListOfObjects:
    case FieldKind::Set: {
      std::vector<Value> items = iterate(wire);
      for (Value& item : items) item = element->to_value(std::move(item), load);
      if (kind == FieldKind::Set) return make_set(std::move(items));
      return List{std::move(items)};
    }
    case FieldKind::Dict: {
      if (auto* dict = wire.maybe<Dict>()) {
        for (auto& [key, held] : dict->items) held = element->to_value(std::move(held), load);
        return wire;
      }
      if (auto* mapping = wire.maybe<Mapping>()) {
        for (auto& [key, held] : mapping->items) held = element->to_value(std::move(held), load);
        return wire;
      }
      throw ObjectError("AttributeError", "'" + type_name(wire) + "' object has no attribute 'items'");
    }
    case FieldKind::Object:
      if (wire.is<Object>()) return wire;
      if (!wire.is<Dict>() && !wire.is<Mapping>())
        throw ObjectError("TypeError", "an object was expected, not a " + type_name(wire));
      return load_object(encode(wire), load);
    default:
      return wire;
  }
}

void Field::require_sendable(const Value& value) const {
  if (element != nullptr) {
    if (const auto* items = sequence(value)) {
      for (const Value& item : *items) element->require_sendable(item);
    } else if (const auto* dict = value.maybe<Dict>()) {
      for (const auto& entry : dict->items) element->require_sendable(entry.second);
    }
    return;
  }
  const auto* real = value.maybe<double>();
  if (value.is<BigInt>() || (real != nullptr && !std::isfinite(*real))) {
    throw ObjectError("OverflowError",
                      "The number " + python_repr(value) + " in field " + name +
                          " cannot be sent: JSON carries finite numbers, integers of 64 bits");
  }
}

Json Field::to_primitive(const Value& value) const {
  if (const auto* text = value.maybe<std::string>()) return *text;
  if (const auto* time = value.maybe<DateTimeRef>()) return datetime_wire(**time);
  if (const auto* address = value.maybe<Address>()) return address_text(*address);
  if (const auto* network = value.maybe<Network>()) return network_text(*network);
  if (const auto* held = value.maybe<Object>()) return held->to_primitive();
  if (const auto* json = value.maybe<JsonRef>()) return **json;
  if (element == nullptr) return encode(value);
  if (const auto* dict = value.maybe<Dict>()) {
    Json out = Json::object();
    auto& members = members_of(out, dict->items.size());
    for (const auto& [key, held] : dict->items) members.emplace_back(key, element->to_primitive(held));
    return out;
  }
  if (const auto* set = value.maybe<Set>()) {
    std::vector<Value> items = set->items;
    sort_set(items);
    return items_to_primitive(*element, items);
  }
  if (const auto* items = sequence(value)) return items_to_primitive(*element, *items);
  return encode(value);
}

std::string Field::text(const Value& value) const {
  if (value.is<Null>()) return "None";
  switch (kind) {
    case FieldKind::Enum:
    case FieldKind::StateMachine:
      if (!contains(values, value)) value_error("Field value " + percent_s(value) + " is invalid");
      return "'" + python_str(value) + "'";
    case FieldKind::String:
    case FieldKind::SensitiveString:
    case FieldKind::VersionPredicate:
      return "'" + python_str(value) + "'";
    case FieldKind::DateTime:
      return datetime_wire(*value.as<DateTimeRef>());
    case FieldKind::Object:
      return short_text(value.as<Object>());
    case FieldKind::Dict: {
      std::vector<std::pair<std::string, std::string>> entries;
      for (const auto& [key, held] : value.as<Dict>().items) entries.emplace_back(key, element->text(held));
      std::sort(entries.begin(), entries.end());
      std::string out;
      for (const auto& [key, held] : entries) out += (out.empty() ? "" : ",") + key + "=" + held;
      return "{" + out + "}";
    }
    case FieldKind::List:
    case FieldKind::ListOfEnum:
    case FieldKind::ListOfObjects:
    case FieldKind::Set: {
      std::string out;
      for (const Value& item : *sequence(value)) out += (out.empty() ? "" : ",") + element->text(item);
      return kind == FieldKind::Set ? "set([" + out + "])" : "[" + out + "]";
    }
    default:
      return python_str(value);
  }
}

}  // namespace caravan
