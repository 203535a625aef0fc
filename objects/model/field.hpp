// A field as OVO's field types behave: assignment, wire form, text. Built once a class from a FieldSpec.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "objects/model/value.hpp"

namespace caravan {

/// OVO's field types, and Json. Their order counts: for name() and Field::hands_text_through().
enum class FieldKind : unsigned char {
  String,
  SensitiveString,
  VersionPredicate,
  UUID,
  MACAddress,
  PCIAddress,
  Integer,
  NonNegativeInteger,
  Float,
  NonNegativeFloat,
  Boolean,
  FlexibleBoolean,
  DateTime,
  IPAddress,
  IPV4Address,
  IPV6Address,
  IPV4AndV6Address,
  IPNetwork,
  IPV4Network,
  IPV6Network,
  Enum,
  ListOfEnum,
  StateMachine,
  List,
  Dict,
  Set,
  Object,
  ListOfObjects,
  AnyJson
};

/// The kind of that name; nothing if there is none.
std::optional<FieldKind> field_kind(std::string_view name);
/// Its name, as in a catalog; static storage.
const char* name(FieldKind kind);

/// How the wire is read: objects are loaded from this registry and get this context.
struct LoadContext {
  std::shared_ptr<const Registry> registry;
  const std::optional<std::string>* context = nullptr;
  bool encoded = false;  ///< the wire holds encoded values (recorded vectors), not plain JSON
};

/// Where a value goes, for errors: `x`, `x[0]`, `x[key][0]`. The text is made only when it is needed.
struct Where {
  std::string_view name;  ///< of the field, or the key
  const Where* outer = nullptr;
  std::size_t index = 0;  ///< used when `outer` is given and `name` is empty
  std::string text() const;
};

/// The type of one field, which is never changed once it is made. The constructor throws Error (bad_request)
/// for an unknown type, and ObjectError for an enumeration whose values OVO would not take.
class Field {
 public:
  explicit Field(const FieldSpec& spec);

  std::string name;
  std::string key_text;  ///< the name as in a JSON text: quoted
  FieldKind kind;
  bool nullable;
  bool read_only;
  bool tzinfo_aware;
  bool subclasses;
  std::string object;  ///< Object, ListOfObjects
  std::optional<Value> default_value;
  std::vector<Value> values;                                            ///< Enum, ListOfEnum, StateMachine
  std::vector<std::pair<std::string, std::vector<Value>>> transitions;  ///< StateMachine
  std::unique_ptr<const Field> element;  ///< List, Dict, Set, ListOfEnum, ListOfObjects

  /// Does OVO look into it on backports and manifests?
  bool holds_objects() const { return kind == FieldKind::Object || kind == FieldKind::ListOfObjects; }

  /// Is from_primitive of a text that text?
  bool hands_text_through() const { return kind <= FieldKind::UUID || kind == FieldKind::Enum; }

  /// What assignment stores. `current` is the stored value (or unset); only state machines look at it.
  /// Throws ObjectError. `where` is what errors name.
  Value coerce(Value value, const Where& where, const Value* current = nullptr) const;
  Value coerce(Value value, const Value* current = nullptr) const {
    return coerce(std::move(value), Where{name}, current);
  }
  Value to_value(const Json& wire, const LoadContext& load) const;  ///< from_primitive, before assignment
  Value to_value(Value wire, const LoadContext& load) const;
  /// Throws ObjectError for a stored number that a JSON text cannot carry as a number: beyond int64, NaN,
  /// infinite. Python's own JSON would send them, but not every reader takes them.
  void require_sendable(const Value& value) const;
  Json to_primitive(const Value& value) const;
  std::string text(const Value& value) const;  ///< stringify; throws ObjectError

 private:
  /// Would assignment store it as it is? Most values are like that; says no when it would take long to tell.
  bool is_stored_form(const Value& value) const;
  void check_values() const;
  Value coerce_type(Value value, const Where& where) const;
  Value coerce_list(Value value, const Where& where) const;
  Value coerce_dict(Value value, const Where& where) const;
  Value coerce_set(Value value, const Where& where) const;
  Value coerce_enum(Value value, const Where& where) const;
  Value coerce_state(Value value, const Where& where, const Value* current) const;
  Value coerce_object(Value value, const Where& where) const;
};

}  // namespace caravan
