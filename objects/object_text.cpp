// What nearly all values are is written at once; anything else goes through its document.
#include "objects/object_text.hpp"

#include <fmt/format.h>

#include "objects/datetime.hpp"
#include "objects/json_text.hpp"
#include "objects/network.hpp"
#include "objects/object_impl.hpp"

namespace caravan {
namespace {

void write(std::string_view text, std::string& out) {
  if (plain_prefix(text) != text.size()) {
    out += Json(std::string(text)).dump();
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

void write(const Object& object, std::string& out);

void write(const Field& field, const Value& value, std::string& out) {
  if (const auto* text = value.maybe<std::string>()) return write(*text, out);
  if (value.is<Null>()) {
    out += "null";
  } else if (const auto* flag = value.maybe<bool>()) {
    out += *flag ? "true" : "false";
  } else if (const auto* number = value.maybe<std::int64_t>()) {
    out += fmt::format_int(*number).c_str();
  } else if (const auto* object = value.maybe<Object>()) {
    write(*object, out);
  } else if (const auto* time = value.maybe<DateTimeRef>()) {
    write(datetime_wire(**time), out);
  } else if (const auto* address = value.maybe<Address>()) {
    write(address_text(*address), out);
  } else if (const auto* list = value.maybe<List>(); list != nullptr && field.element != nullptr) {
    char mark = '[';
    for (const Value& item : list->items) {
      out += mark;
      write(*field.element, item, out);
      mark = ',';
    }
    out += list->items.empty() ? "[]" : "]";
  } else if (const auto* dict = value.maybe<Dict>(); dict != nullptr && field.element != nullptr) {
    char mark = '{';
    for (const auto& [key, held] : dict->items) {
      out += mark;
      write(key, out);
      out += ':';
      write(*field.element, held, out);
      mark = ',';
    }
    out += dict->items.empty() ? "{}" : "}";
  } else {
    out += field.to_primitive(value).dump();
  }
}

void write_data(const Object::Impl& impl, std::string& out) {
  bool any = false;
  out += '{';
  for (std::size_t i = 0; i < impl.values.size(); ++i) {
    if (impl.values[i].is<Unset>()) continue;
    const Field& field = *impl.type->fields[i];
    if (any) out += ',';
    out += field.key_text;
    write(field, impl.values[i], out);
    any = true;
  }
  out += '}';
}

void write_changes(const Object& object, std::string& out) {
  bool any = false;
  for (const auto& [name, index] : object.impl().type->by_name()) {
    if (stored(object, index).is<Unset>() || !is_changed(object, index)) continue;
    if (!any) (out += ',') += object.impl().type->keys->changes_text;
    out += any ? ',' : '[';
    write(name, out);
    any = true;
  }
  if (any) out += ']';
}

void write(const Object& object, std::string& out) {
  const Class& type = *object.impl().type;
  if (!object.impl().label.empty()) version_key(object.impl().label);  // as to_primitive does
  out += type.head_text;
  write(object.version(), out);
  (out += ',') += type.keys->data_text;
  write_data(object.impl(), out);
  write_changes(object, out);
  out += '}';
}

}  // namespace

std::string object_text(const Object& object) {
  std::string out;
  write(object, out);
  return out;
}

Object object_from_text(const std::shared_ptr<const Registry>& registry, std::string_view text,
                        const std::string& where) {
  return Object::from_primitive(registry, parse_json_strict(text, where));
}

}  // namespace caravan
