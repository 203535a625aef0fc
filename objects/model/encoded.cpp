// The `$` forms, one table for reading, one visit for writing.
#include "objects/model/encoded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "objects/base/error.hpp"
#include "objects/model/object_impl.hpp"
#include "objects/python/datetime.hpp"
#include "objects/python/network.hpp"
#include "objects/python/python_text.hpp"

namespace caravan {
namespace {

using RegistryRef = std::shared_ptr<const Registry>;

[[noreturn]] void malformed(const std::string& form, const Json& body) {
  throw bad_request("encoded value", form + " cannot be " + body.dump());
}

const std::string& text_of(const std::string& form, const Json& body) {
  if (!body.is_string()) malformed(form, body);
  return body.get_ref<const std::string&>();
}

std::vector<Value> decode_items(const Json& body, const RegistryRef& registry) {
  std::vector<Value> items;
  items.reserve(body.size());
  for (const Json& item : body) items.push_back(decode(item, registry));
  return items;
}

Value decode_float(const std::string& form, const Json& body) {
  const std::string& text = text_of(form, body);
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  malformed(form, body);
}

Value decode_bytes(const std::string& form, const Json& body) {
  const std::string& text = text_of(form, body);
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.data += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

Value decode_mapping(const Json& body, const RegistryRef& registry) {
  Mapping mapping;
  bool text_keys = true;
  for (const Json& entry : body) {
    if (!entry.is_array() || entry.size() != 2) malformed("$dict", entry);
    Value key = decode(entry.at(0), registry);
    text_keys = text_keys && key.is<std::string>();
    mapping.items.emplace_back(std::move(key), decode(entry.at(1), registry));
  }
  if (!text_keys) return mapping;
  Dict dict;
  for (auto& [key, held] : mapping.items) dict.items.emplace_back(key.as<std::string>(), std::move(held));
  return dict;
}

Value decode_datetime(const Json& body) {
  const auto member = [&body](const char* name) {
    const auto found = body.find(name);
    return found == body.end() ? Json() : *found;
  };
  const Json wall = body.is_object() ? member("wall") : Json();
  if (!wall.is_string()) malformed("$datetime", body);
  DateTime time = parse_wall(wall.get<std::string>());
  if (const Json offset = member("offset"); !offset.is_null()) {
    if (!offset.is_number_integer()) malformed("$datetime", body);
    time.offset = offset.get<int>();
  }
  if (const Json zone = member("tzname"); !zone.is_null()) time.zone = text_of("$datetime", zone);
  return make_datetime(std::move(time));
}

Value decode_form(const std::string& form, const Json& body, const RegistryRef& registry) {
  if (form == "$int") {
    auto number = parse_int(text_of(form, body));
    if (!number) malformed(form, body);
    return make_integer(std::move(*number));
  }
  if (form == "$float") return decode_float(form, body);
  if ((form == "$tuple" || form == "$set" || form == "$dict") && !body.is_array()) malformed(form, body);
  if (form == "$tuple") return Tuple{decode_items(body, registry)};
  if (form == "$set") return make_set(decode_items(body, registry));
  if (form == "$dict") return decode_mapping(body, registry);
  if (form == "$bytes") return decode_bytes(form, body);
  if (form == "$datetime") return decode_datetime(body);
  if (form == "$ip") {
    if (const auto address = parse_address(text_of(form, body))) return *address;
  } else if (form == "$net") {
    if (const auto network = parse_network(text_of(form, body))) return *network;
  } else if (form == "$object") {
    if (!registry) malformed(form, body);
    return build_object(body, registry);
  }
  malformed(form, body);
}

Json form(const char* name, Json body) {
  Json out = Json::object();
  out[name] = std::move(body);
  return out;
}

Json encode_items(const std::vector<Value>& items) {
  Json out = Json::array();
  for (const Value& item : items) out.push_back(encode(item));
  return out;
}

Json encode_dict(const Dict& dict) {
  const bool ambiguous = dict.items.size() == 1 && dict.items.front().first.substr(0, 1) == "$";
  if (ambiguous) {
    return form("$dict",
                Json::array({Json::array({dict.items.front().first, encode(dict.items.front().second)})}));
  }
  Json out = Json::object();
  for (const auto& [key, held] : dict.items) out[key] = encode(held);
  return out;
}

}  // namespace

Value decode(const Json& encoded, const RegistryRef& registry) {
  if (encoded.is_array()) return List{decode_items(encoded, registry)};
  if (!encoded.is_object()) return from_json(encoded);
  if (encoded.size() == 1 && encoded.begin().key().substr(0, 1) == "$") {
    return decode_form(encoded.begin().key(), encoded.begin().value(), registry);
  }
  Dict dict;
  dict.items.reserve(encoded.size());
  for (auto item = encoded.begin(); item != encoded.end(); ++item) {
    dict.items.emplace_back(item.key(), decode(item.value(), registry));
  }
  return dict;
}

Json encode(const Value& value) {
  if (const auto* flag = value.maybe<bool>()) return *flag;
  if (const auto* number = value.maybe<std::int64_t>()) return *number;
  if (const auto* big = value.maybe<BigInt>()) return form("$int", big->digits);
  if (const auto* number = value.maybe<double>()) {
    if (std::isfinite(*number)) return *number;
    return form("$float", std::isnan(*number) ? "nan" : *number < 0 ? "-inf" : "inf");
  }
  if (const auto* text = value.maybe<std::string>()) return *text;
  if (const auto* time = value.maybe<DateTimeRef>()) {
    Json body = Json::object();
    body["wall"] = wall_text(**time);
    body["offset"] = (*time)->offset ? Json(*(*time)->offset) : Json();
    body["tzname"] = (*time)->zone ? Json(*(*time)->zone) : Json();
    return form("$datetime", std::move(body));
  }
  if (const auto* address = value.maybe<Address>()) return form("$ip", address_text(*address));
  if (const auto* network = value.maybe<Network>()) return form("$net", network_text(*network));
  if (const auto* bytes = value.maybe<Bytes>()) {
    std::string hex;
    for (const char byte : bytes->data) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return form("$bytes", hex);
  }
  if (const auto* list = value.maybe<List>()) return encode_items(list->items);
  if (const auto* tuple = value.maybe<Tuple>()) return form("$tuple", encode_items(tuple->items));
  if (const auto* set = value.maybe<Set>()) {
    std::vector<Value> items = set->items;
    sort_set(items);
    return form("$set", encode_items(items));
  }
  if (const auto* dict = value.maybe<Dict>()) return encode_dict(*dict);
  if (const auto* mapping = value.maybe<Mapping>()) {
    Json entries = Json::array();
    for (const auto& [key, held] : mapping->items)
      entries.push_back(Json::array({encode(key), encode(held)}));
    return form("$dict", std::move(entries));
  }
  if (const auto* object = value.maybe<Object>()) return form("$object", describe_object(*object));
  if (const auto* json = value.maybe<JsonRef>()) return **json;
  return nullptr;
}

Object build_object(const Json& description, const RegistryRef& registry) {
  const ClassRegistry& known = classes(*registry);
  const auto name = description.at("class").get<std::string>();
  const auto type = known.exact(name, description.value("version", std::string()));
  if (!type) throw bad_request("encoded value", "unknown class " + name);
  std::optional<std::string> context;
  if (const auto given = description.find("context"); given != description.end() && given->is_string()) {
    context = given->get<std::string>();
  }
  const Object object = make_object(registry, type, context);
  const auto values = description.find("values");
  if (values == description.end()) return object;
  const auto changes = description.find("changes");
  const auto listed = [&changes, &description](const std::string& field) {
    return changes != description.end() &&
           std::find(changes->begin(), changes->end(), Json(field)) != changes->end();
  };
  // Without `changes` one pass sets everything; with it, the unlisted ones first, then a reset, then the
  // listed.
  for (const bool marked : {false, true}) {
    for (std::size_t i = 0; i < type->fields.size(); ++i) {
      const auto value = values->find(type->fields[i]->name);
      if (value == values->end() || listed(type->fields[i]->name) != marked) continue;
      assign(object, static_cast<int>(i), decode(*value, registry));
    }
    if (changes == description.end()) break;
    if (!marked) reset_changes(object, {}, false);
  }
  return object;
}

Json describe_object(const Object& object) {
  const Object::Impl& impl = object.impl();
  Json out = Json::object();
  out["class"] = object.name();
  out["version"] = impl.type->version();
  if (!impl.label.empty()) out["wire_version"] = impl.label;
  Json values = Json::object();
  for (std::size_t i = 0; i < impl.values.size(); ++i) {
    if (!impl.values[i].is<Unset>()) values[impl.type->fields[i]->name] = encode(impl.values[i]);
  }
  out["values"] = std::move(values);
  Json changes = Json::array();
  for (std::string& name : object.what_changed()) changes.push_back(std::move(name));
  out["changes"] = std::move(changes);
  if (impl.context) out["context"] = *impl.context;
  return out;
}

}  // namespace caravan
