// Python's ideas of truth, equality and text for values.
#include "objects/model/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "objects/model/encoded.hpp"
#include "objects/model/object_impl.hpp"
#include "objects/python/datetime.hpp"
#include "objects/python/network.hpp"
#include "objects/python/python_text.hpp"

namespace caravan {
namespace {

template <class... Ts>
struct Cases : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Cases(Ts...) -> Cases<Ts...>;

bool equal_items(const std::vector<Value>& a, const std::vector<Value>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), equal);
}

bool is_number(const Value& v) {
  return v.is<bool>() || v.is<std::int64_t>() || v.is<double>() || v.is<BigInt>();
}

bool equal_numbers(const Value& a, const Value& b) {
  const auto integer = [](const Value& v) -> std::optional<std::int64_t> {
    if (const auto* flag = v.maybe<bool>()) return *flag ? 1 : 0;
    if (const auto* number = v.maybe<std::int64_t>()) return *number;
    return std::nullopt;
  };
  if (a.is<BigInt>() && b.is<BigInt>()) return a.as<BigInt>().digits == b.as<BigInt>().digits;
  if (a.is<BigInt>() || b.is<BigInt>()) return false;
  const auto x = integer(a), y = integer(b);
  if (x && y) return *x == *y;
  const double p = x ? static_cast<double>(*x) : a.as<double>();
  const double q = y ? static_cast<double>(*y) : b.as<double>();
  if (p != q) return false;
  // Beyond 2^53 an integer may round to the float without being equal to it.
  if (x && std::fabs(q) < 9.2e18) return static_cast<std::int64_t>(q) == *x;
  if (y && std::fabs(p) < 9.2e18) return static_cast<std::int64_t>(p) == *y;
  return true;
}

bool equal_dicts(const Dict& a, const Dict& b) {
  if (a.items.size() != b.items.size()) return false;
  return std::all_of(a.items.begin(), a.items.end(), [&b](const auto& entry) {
    const auto other = std::find_if(b.items.begin(), b.items.end(), [&entry](const auto& candidate) {
      return candidate.first == entry.first;
    });
    return other != b.items.end() && equal(entry.second, other->second);
  });
}

std::string join_repr(const std::vector<Value>& items) {
  std::string out;
  for (const Value& item : items) (out += out.empty() ? "" : ", ") += python_repr(item);
  return out;
}

/// Two hashable values have the same key exactly when Python calls them equal.
std::string hash_key(const Value& value) {
  if (value.is<List>() || value.is<Set>() || value.is<Dict>() || value.is<Mapping>()) {
    throw ObjectError("TypeError", "unhashable type: '" + type_name(value) + "'");
  }
  if (const auto* flag = value.maybe<bool>()) return *flag ? "n1" : "n0";
  if (const auto* number = value.maybe<std::int64_t>()) return "n" + std::to_string(*number);
  if (const auto* number = value.maybe<double>()) {
    if (std::fabs(*number) < 9e18 && *number == std::floor(*number)) {
      return "n" + std::to_string(static_cast<std::int64_t>(*number));
    }
    return "n" + python_repr(*number);
  }
  if (const auto* object = value.maybe<Object>()) {
    return "o" + std::to_string(reinterpret_cast<std::uintptr_t>(&object->impl()));
  }
  return type_name(value) + ":" + python_repr(value);
}

}  // namespace

const std::vector<Value>* sequence(const Value& value) {
  if (const auto* list = value.maybe<List>()) return &list->items;
  if (const auto* tuple = value.maybe<Tuple>()) return &tuple->items;
  if (const auto* set = value.maybe<Set>()) return &set->items;
  return nullptr;
}

std::string type_name(const Value& value) {
  return std::visit(
      Cases{[](const Unset&) -> std::string { return "unset"; },
            [](const Null&) -> std::string { return "NoneType"; }, [](bool) -> std::string { return "bool"; },
            [](std::int64_t) -> std::string { return "int"; },
            [](const BigInt&) -> std::string { return "int"; }, [](double) -> std::string { return "float"; },
            [](const std::string&) -> std::string { return "str"; },
            [](const DateTimeRef&) -> std::string { return "datetime"; },
            [](const Address&) -> std::string { return "IPAddress"; },
            [](const Network&) -> std::string { return "IPNetwork"; },
            [](const Bytes&) -> std::string { return "bytes"; },
            [](const List&) -> std::string { return "list"; },
            [](const Tuple&) -> std::string { return "tuple"; },
            [](const Set&) -> std::string { return "set"; },
            [](const Dict&) -> std::string { return "dict"; },
            [](const Mapping&) -> std::string { return "dict"; },
            [](const Object& object) { return object.name(); },
            [](const JsonRef&) -> std::string { return "json"; }},
      value.data());
}

bool truthy(const Value& value) {
  return std::visit(
      Cases{[](const Unset&) { return false; }, [](const Null&) { return false; },
            [](bool flag) { return flag; }, [](std::int64_t number) { return number != 0; },
            [](const BigInt&) { return true; }, [](double number) { return number != 0.0; },
            [](const std::string& text) { return !text.empty(); }, [](const DateTimeRef&) { return true; },
            [](const Address& address) { return address.bytes != Address{}.bytes; },
            [](const Network&) { return true; }, [](const Bytes& bytes) { return !bytes.data.empty(); },
            [](const List& list) { return !list.items.empty(); },
            [](const Tuple& tuple) { return !tuple.items.empty(); },
            [](const Set& set) { return !set.items.empty(); },
            [](const Dict& dict) { return !dict.items.empty(); },
            [](const Mapping& mapping) { return !mapping.items.empty(); },
            [](const Object& object) { return is_truthy(object); },
            [](const JsonRef& json) { return !json->is_null() && !json->empty(); }},
      value.data());
}

bool equal(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) return equal_numbers(a, b);
  if (const auto* x = a.maybe<Dict>()) {
    const auto* y = b.maybe<Dict>();
    return y != nullptr && equal_dicts(*x, *y);
  }
  if (a.data().index() != b.data().index()) return false;
  if (const auto* x = a.maybe<Set>()) {
    const auto& other = b.as<Set>().items;
    return x->items.size() == other.size() &&
           std::all_of(x->items.begin(), x->items.end(), [&other](const Value& v) {
             return std::any_of(other.begin(), other.end(), [&v](const Value& w) { return equal(v, w); });
           });
  }
  if (const auto* items = sequence(a)) return equal_items(*items, *sequence(b));
  if (const auto* x = a.maybe<std::string>()) return *x == b.as<std::string>();
  if (const auto* x = a.maybe<Bytes>()) return x->data == b.as<Bytes>().data;
  if (const auto* x = a.maybe<Address>()) return *x == b.as<Address>();
  if (const auto* x = a.maybe<Network>()) return *x == b.as<Network>();
  if (const auto* x = a.maybe<DateTimeRef>()) return same_moment(**x, *b.as<DateTimeRef>());
  if (const auto* x = a.maybe<Object>()) return equal_objects(*x, b.as<Object>());
  if (const auto* x = a.maybe<JsonRef>()) return equal(from_json(**x), from_json(*b.as<JsonRef>()));
  if (const auto* x = a.maybe<Mapping>()) {
    const auto& other = b.as<Mapping>().items;
    return x->items.size() == other.size() &&
           std::all_of(x->items.begin(), x->items.end(), [&other](const auto& v) {
             return std::any_of(other.begin(), other.end(), [&v](const auto& w) {
               return equal(v.first, w.first) && equal(v.second, w.second);
             });
           });
  }
  return true;  // null, unset
}

std::string python_repr(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  char buffer[64];
  const auto [end, error] =
      std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific);
  (void)error;
  const std::string text(buffer, end);
  const std::size_t mark = text.find('e');
  const int exponent = std::stoi(text.substr(mark + 1));
  if (exponent < -4 || exponent >= 16) {
    return fmt::format("{}e{}{:02}", text.substr(0, mark), exponent < 0 ? '-' : '+', std::abs(exponent));
  }
  const auto [fixed_end, fixed_error] =
      std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::fixed);
  (void)fixed_error;
  std::string fixed(buffer, fixed_end);
  return fixed.find('.') == std::string::npos ? fixed + ".0" : fixed;
}

std::string python_repr(const Value& value) {
  return std::visit(
      Cases{[](const Unset&) -> std::string { return "<unset>"; },
            [](const Null&) -> std::string { return "None"; },
            [](bool flag) -> std::string { return flag ? "True" : "False"; },
            [](std::int64_t number) { return std::to_string(number); },
            [](const BigInt& big) { return big.digits; }, [](double number) { return python_repr(number); },
            [](const std::string& text) { return python_repr(text); },
            [](const DateTimeRef& time) { return datetime_repr(*time); },
            [](const Address& address) { return "IPAddress('" + address_text(address) + "')"; },
            [](const Network& network) { return "IPNetwork('" + network_text(network) + "')"; },
            [](const Bytes& bytes) { return bytes_repr(bytes.data); },
            [](const List& list) { return "[" + join_repr(list.items) + "]"; },
            [](const Tuple& tuple) {
              return "(" + join_repr(tuple.items) + (tuple.items.size() == 1 ? ",)" : ")");
            },
            [](const Set& set) { return set.items.empty() ? "set()" : "{" + join_repr(set.items) + "}"; },
            [](const Dict& dict) {
              std::string out;
              for (const auto& [key, held] : dict.items) {
                out += (out.empty() ? "" : ", ") + python_repr(key) + ": " + python_repr(held);
              }
              return "{" + out + "}";
            },
            [](const Mapping& mapping) {
              std::string out;
              for (const auto& [key, held] : mapping.items) {
                out += (out.empty() ? "" : ", ") + python_repr(key) + ": " + python_repr(held);
              }
              return "{" + out + "}";
            },
            [](const Object& object) { return repr(object); },
            [](const JsonRef& json) { return json->dump(); }},
      value.data());
}

std::string python_str(const Value& value) {
  if (const auto* text = value.maybe<std::string>()) return *text;
  if (const auto* time = value.maybe<DateTimeRef>()) return datetime_text(**time);
  if (const auto* address = value.maybe<Address>()) return address_text(*address);
  if (const auto* network = value.maybe<Network>()) return network_text(*network);
  return python_repr(value);
}

void sort_set(std::vector<Value>& items) {
  const bool integers =
      std::all_of(items.begin(), items.end(), [](const Value& v) { return v.is<std::int64_t>(); });
  if (integers) {
    std::sort(items.begin(), items.end(),
              [](const Value& a, const Value& b) { return a.as<std::int64_t>() < b.as<std::int64_t>(); });
    return;
  }
  std::stable_sort(items.begin(), items.end(),
                   [](const Value& a, const Value& b) { return python_str(a) < python_str(b); });
}

Set make_set(std::vector<Value> items) {
  Set set;
  std::set<std::string> seen;
  for (Value& item : items) {
    if (seen.insert(hash_key(item)).second) set.items.push_back(std::move(item));
  }
  return set;
}

Value from_json(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean:
      return json.get<bool>();
    case Json::value_t::number_integer:
      return json.get<std::int64_t>();
    case Json::value_t::number_unsigned: {
      const auto number = json.get<std::uint64_t>();
      if (number > static_cast<std::uint64_t>(INT64_MAX)) return BigInt{std::to_string(number)};
      return static_cast<std::int64_t>(number);
    }
    case Json::value_t::number_float:
      return json.get<double>();
    case Json::value_t::string:
      return json.get_ref<const std::string&>();
    case Json::value_t::array: {
      List list;
      list.items.reserve(json.size());
      for (const Json& item : json) list.items.push_back(from_json(item));
      return list;
    }
    case Json::value_t::object: {
      Dict dict;
      dict.items.reserve(json.size());
      for (auto item = json.begin(); item != json.end(); ++item) {
        dict.items.emplace_back(item.key(), from_json(item.value()));
      }
      return dict;
    }
    default:
      return Null{};
  }
}

Json to_wire(const Value& value) { return encode(value); }

}  // namespace caravan
