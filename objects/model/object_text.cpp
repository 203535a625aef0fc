// What nearly all values are is written and read at once; anything else goes through its document.
#include "objects/model/object_text.hpp"

#include <fmt/format.h>

#include "objects/base/error.hpp"
#include "objects/base/json_reader.hpp"
#include "objects/base/json_text.hpp"
#include "objects/model/object_impl.hpp"
#include "objects/python/datetime.hpp"
#include "objects/python/network.hpp"

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
    (out += field.key_text) += ':';
    write(field, impl.values[i], out);
    any = true;
  }
  out += '}';
}

void write_changes(const Object& object, std::string& out) {
  bool any = false;
  for (const auto& [name, index] : object.impl().type->by_name()) {
    if (stored(object, index).is<Unset>() || !is_changed(object, index)) continue;
    if (!any) ((out += ',') += object.impl().type->keys->changes_text) += ':';
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
  ((out += ',') += type.keys->data_text) += ':';
  write_data(object.impl(), out);
  write_changes(object, out);
  out += '}';
}

/// Reads the text that write() and the library write: known members in their order, fields in the class's.
/// Whatever is not like that, or is wrong, gives nothing: the document decides then, and says what is wrong.
class DirectReader {
 public:
  DirectReader(const std::shared_ptr<const Registry>& registry, std::string_view text,
               const std::string& where)
      : load_{registry}, known_(classes(*registry)), in_(text, where) {}

  std::optional<Object> read() {
    try {
      in_.space();
      Object object = read_object(1);
      in_.space();
      if (in_.at_end()) return object;
    } catch (const Otherwise&) {
    } catch (const ObjectError&) {
    } catch (const Error&) {
    }
    return std::nullopt;
  }

 private:
  struct Otherwise {};

  void require(bool expected) const {
    if (!expected) throw Otherwise{};
  }
  std::string text() {
    require(in_.sees('"'));
    return in_.string();
  }
  /// After a value: is there another one?
  bool more(char end) {
    in_.space();
    if (in_.take(end)) return false;
    require(in_.take(','));
    in_.space();
    return true;
  }

  Object read_object(int depth) {
    const WireKeys& keys = known_.keys();
    in_.enter(depth);
    require(in_.take('{'));
    in_.space();
    require(in_.take_key(keys.name_text));
    const std::string name = text();
    require(more('}') && in_.take_key(keys.space_text));
    require(text() == keys.project && more('}') && in_.take_key(keys.version_text));
    const std::string version = text();
    const auto type = known_.lookup(name, version);
    Object object = make_object(load_.registry, type);
    Object::Impl& impl = object.impl();
    if (version != type->version()) impl.label = version;
    require(more('}') && in_.take_key(keys.data_text));
    read_data(impl, depth + 1);
    if (!more('}')) return object;
    require(in_.take_key(keys.changes_text));
    read_changes(impl, depth + 1);
    require(!more('}'));
    return object;
  }

  void read_data(Object::Impl& impl, int depth) {
    in_.enter(depth);
    require(in_.take('{'));
    in_.space();
    if (in_.take('}')) return;
    std::size_t next = 0;
    const auto& fields = impl.type->fields;
    do {
      while (next < fields.size() && !in_.take_key(fields[next]->key_text)) ++next;
      require(next < fields.size());
      const Field& field = *fields[next];
      Value& held = impl.values[next++];
      held = field.coerce(read_value(field, depth + 1));
      field.require_sendable(held);
    } while (more('}'));
  }

  void read_changes(Object::Impl& impl, int depth) {
    in_.enter(depth);
    require(in_.take('['));
    in_.space();
    if (in_.take(']')) return;
    do {
      const int index = impl.type->index(text());
      if (index >= 0) impl.changed[static_cast<std::size_t>(index)] = true;
    } while (more(']'));
  }

  /// What Field::to_value() makes of the value's document.
  Value read_value(const Field& field, int depth) {
    if (in_.take_null()) return Null{};
    if (in_.sees('"') && field.hands_text_through()) return in_.string();
    if (in_.sees('{') && field.kind == FieldKind::Object) return read_object(depth);
    if (in_.sees('[') && (field.kind == FieldKind::List || field.kind == FieldKind::ListOfObjects))
      return read_list(*field.element, depth);
    if (in_.sees('{') && field.kind == FieldKind::Dict) return read_dict(*field.element, depth);
    return field.to_value(in_.value(depth), load_);
  }

  Value read_list(const Field& element, int depth) {
    in_.enter(depth);
    in_.take('[');
    in_.space();
    List list;
    if (in_.take(']')) return list;
    do {
      list.items.push_back(read_value(element, depth + 1));
    } while (more(']'));
    return list;
  }

  Value read_dict(const Field& element, int depth) {
    in_.enter(depth);
    in_.take('{');
    in_.space();
    Dict dict;
    if (in_.take('}')) return dict;
    do {
      std::string key = text();
      for (const auto& entry : dict.items) require(entry.first != key);
      require(dict.items.size() < 40);  // a long one goes where duplicates are found faster
      in_.space();
      require(in_.take(':'));
      in_.space();
      dict.items.emplace_back(std::move(key), read_value(element, depth + 1));
    } while (more('}'));
    return dict;
  }

  const LoadContext load_;
  const ClassRegistry& known_;
  JsonReader in_;
};

}  // namespace

std::string object_text(const Object& object) {
  std::string out;
  write(object, out);
  return out;
}

Object object_from_text(const std::shared_ptr<const Registry>& registry, std::string_view text,
                        const std::string& where) {
  if (text.size() <= json_text_limit) {
    if (auto object = DirectReader(registry, text, where).read()) return *std::move(object);
  }
  return Object::from_primitive(registry, parse_json_strict(text, where));
}

}  // namespace caravan
