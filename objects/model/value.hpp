// What a field of an object holds: Python's values as far as OVO's fields take them or give them out.
// Containers are values; objects are shared, as references are in Python.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "objects/base/json.hpp"
#include "objects/model/object.hpp"
#include "objects/python/datetime.hpp"
#include "objects/python/network.hpp"
#include "objects/python/python_text.hpp"

namespace caravan {

class Value;

/// The alternatives of a Value that are not types of their own elsewhere, as plain data. That a Set or a Dict
/// has no duplicates is up to whoever fills it (make_set).
struct Unset {};  ///< a field without a value
struct Null {};   ///< None
struct Bytes {
  std::string data;
};
struct List {
  std::vector<Value> items;
};
struct Tuple {
  std::vector<Value> items;
};
struct Set {
  std::vector<Value> items;
};  ///< no duplicates
struct Dict {
  std::vector<std::pair<std::string, Value>> items;
};  ///< text keys, in insertion order
struct Mapping {
  std::vector<std::pair<Value, Value>> items;
};  ///< a dict with a key that is not text
using DateTimeRef = std::shared_ptr<const DateTime>;
using JsonRef = std::shared_ptr<const Json>;  ///< a value of the field type `Json`

/// What one field holds; Unset by default. Copying copies everything but what is shared: the object behind an
/// Object, and the times and JSON values, which are never changed.
class Value {
 public:
  using Data = std::variant<Unset, Null, bool, std::int64_t, BigInt, double, std::string, DateTimeRef,
                            Address, Network, Bytes, List, Tuple, Set, Dict, Mapping, Object, JsonRef>;
  Value() = default;
  template <class T, class = std::enable_if_t<std::is_constructible_v<Data, T> &&
                                              !std::is_same_v<std::decay_t<T>, Value>>>
  // Implicit on purpose: whatever a field can hold is a Value.
  Value(T&& held) : data_(std::forward<T>(held)) {}  // NOLINT(google-explicit-constructor)

  /// What is held, by its type. `as` may only be called if `is` says yes, which it does not check; `maybe`
  /// gives null for another type. References and pointers are valid until the Value is assigned to or
  /// destroyed.
  template <class T>
  bool is() const {
    return std::holds_alternative<T>(data_);
  }
  template <class T>
  const T& as() const {
    return *std::get_if<T>(&data_);
  }
  template <class T>
  T& as() {
    return *std::get_if<T>(&data_);
  }
  template <class T>
  const T* maybe() const {
    return std::get_if<T>(&data_);
  }
  template <class T>
  T* maybe() {
    return std::get_if<T>(&data_);
  }
  const Data& data() const { return data_; }

 private:
  Data data_;
};

/// A Value of what is not one by itself: of an integer whichever alternative it is, of a time or a JSON value
/// a reference that copies share.
inline Value make_integer(PythonInt number) {
  return std::visit([](auto&& held) { return Value(std::move(held)); }, std::move(number));
}
inline Value make_datetime(DateTime time) {
  return Value(DateTimeRef(std::make_shared<const DateTime>(std::move(time))));
}
inline Value make_json(Json json) { return Value(JsonRef(std::make_shared<const Json>(std::move(json)))); }

/// Python's name of the type: "int", "NoneType", the object's class name.
std::string type_name(const Value& value);
/// Python's bool(): an empty object list is false.
bool truthy(const Value& value);
/// Python's ==. Objects are equal if identical, or comparable with equal primitives.
bool equal(const Value& a, const Value& b);
/// Python's str() and repr().
std::string python_str(const Value& value);
std::string python_repr(const Value& value);
/// repr() of a float: shortest digits that read back, "1.0", "1e+16", "nan".
std::string python_repr(double number);

/// The items of a list, tuple or set; null for anything else.
const std::vector<Value>* sequence(const Value& value);
/// Puts the items of a set into the order in which they are sent: integers by value, others by text.
void sort_set(std::vector<Value>& items);
/// Drops duplicates as Python's set() does. Throws ObjectError TypeError for unhashable items.
Set make_set(std::vector<Value> items);

/// Plain JSON as values; nothing in it is special.
Value from_json(const Json& json);
/// A field's wire value is JSON already; this is for primitives that were read into a Value.
/// What JSON cannot express becomes an encoded value (objects/model/encoded.hpp).
Json to_wire(const Value& value);

}  // namespace caravan
