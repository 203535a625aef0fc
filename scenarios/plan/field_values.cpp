#include "scenarios/plan/field_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "objects/base/error.hpp"
#include "objects/base/lookup.hpp"
#include "objects/base/nearest.hpp"
#include "objects/base/utf8.hpp"
#include "objects/model/field.hpp"
#include "objects/python/datetime.hpp"

namespace caravan::scenarios {
namespace {

/// Types of one kind: what is written for them, in words.
struct Shape {
  const char* words;
  bool (*fits)(const Json& value);
};
bool fits_text(const Json& value) { return value.is_string(); }
bool fits_whole(const Json& value) { return value.is_number_integer(); }
bool fits_number(const Json& value) { return value.is_number(); }
bool fits_flag(const Json& value) { return value.is_boolean(); }
bool fits_list(const Json& value) { return value.is_array(); }
bool fits_map(const Json& value) { return value.is_object(); }

const std::map<std::string, Shape>& shapes() {
  static const Shape text{"text", fits_text}, whole{"a whole number", fits_whole},
      number{"a number", fits_number}, flag{"true or false", fits_flag}, list{"a list", fits_list},
      map{"a map", fits_map};
  static const std::map<std::string, Shape> table = {{"Integer", whole},
                                                     {"NonNegativeInteger", whole},
                                                     {"Float", number},
                                                     {"NonNegativeFloat", number},
                                                     {"Boolean", flag},
                                                     {"FlexibleBoolean", flag},
                                                     {"List", list},
                                                     {"Set", list},
                                                     {"ListOfEnum", list},
                                                     {"ListOfObjects", list},
                                                     {"Dict", map},
                                                     {"Object", map},
                                                     {"String", text},
                                                     {"SensitiveString", text},
                                                     {"Enum", text},
                                                     {"StateMachine", text},
                                                     {"DateTime", text},
                                                     {"UUID", text},
                                                     {"MACAddress", text},
                                                     {"PCIAddress", text},
                                                     {"VersionPredicate", text},
                                                     {"IPAddress", text},
                                                     {"IPV4Address", text},
                                                     {"IPV6Address", text},
                                                     {"IPV4AndV6Address", text},
                                                     {"IPNetwork", text},
                                                     {"IPV4Network", text},
                                                     {"IPV6Network", text}};
  return table;
}

std::string as_written(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

std::string hint_for(const std::string& type, const Json& value) {
  if (value.is_null() || value.is_structured()) return {};
  const bool text = value.is_string();
  const std::string inside = text ? value.get<std::string>() : value.dump();
  if (shapes().count(type) != 0 && shapes().at(type).fits == fits_text)
    return fmt::format("in quotes: \"{}\"", inside);
  if (!text) return type == "Boolean" && (value == 0 || value == 1) ? (value == 1 ? "true" : "false") : "";
  const Json read = Json::parse(inside, nullptr, false);
  if (!read.is_discarded() && shapes().count(type) != 0 && shapes().at(type).fits(read))
    return fmt::format("without quotes: {}", inside);
  return {};
}

bool is_uuid(const std::string& text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::string("0123456789abcdefABCDEF").find(text[i]) == std::string::npos)
      return false;
  }
  return true;
}

/// Stored in UTC, and sent as the library sends it: the year without zeros in front.
bool has_four_digits(const DateTime& time) {
  const int of_day = (time.hour * 60 + time.minute) * 60 + time.second - time.offset.value_or(0);
  const bool first = time.year == 1000 && time.month == 1 && time.day == 1;
  const bool last = time.year == 9999 && time.month == 12 && time.day == 31;
  return time.year >= 1000 && !(first && of_day < 0) && !(last && of_day >= 24 * 60 * 60);
}

std::string wrong_time(const std::string& text) {
  try {
    const DateTime time = parse_datetime(text);
    if (time.microsecond != 0) return "a fraction of a second cannot be sent";
    if (!has_four_digits(time)) return "a year below 1000 or above 9999, in UTC, cannot be sent";
    return text.size() < 19 ? "not a whole time" : "";
  } catch (const ObjectError&) {
    return "not a time";
  }
}

/// Beyond the column, or below what the type takes.
std::string out_of_range(const FieldSpec& field, const Json& value) {
  if (value.is_number() && field.type.name.rfind("NonNegative", 0) == 0 && value < 0)
    return fmt::format("{} is below zero", as_written(value));
  if (!field.column) return {};
  const std::string& sql = field.column->sql;
  if (value.is_number_integer()) {
    const bool small = sql.rfind("SMALLINT", 0) == 0, big = sql.rfind("BIGINT", 0) == 0;
    const std::int64_t most = small ? std::numeric_limits<std::int16_t>::max()
                              : big ? std::numeric_limits<std::int64_t>::max()
                                    : std::numeric_limits<std::int32_t>::max();
    const bool above = value.is_number_unsigned()
                           ? value.get<std::uint64_t>() > static_cast<std::uint64_t>(most)
                           : value.get<std::int64_t>() > most;
    const bool below = !value.is_number_unsigned() && value.get<std::int64_t>() < -most - 1;
    if (above || below) return fmt::format("{} does not fit {}", as_written(value), sql);
  }
  if (value.is_string() && field.column->length &&
      utf8::length(value.get<std::string>()) > static_cast<std::size_t>(*field.column->length))
    return fmt::format("{} characters do not fit {}", utf8::length(value.get<std::string>()), sql);
  return {};
}

/// Of the type as such: what an api may refuse, or take for something else.
std::optional<Misfit> type_misfit(const FieldSpec& field, const Json& value) {
  if (value.is_null()) {
    if (field.nullable) return std::nullopt;
    return Misfit{"it may not be null", "leave it out, and the planner gives it a value"};
  }
  const std::string& type = field.type.name;
  if (type == "Json") {
    const std::string shape = field.column ? field.column->json : "";
    if ((shape == "dict" && !value.is_object()) || (shape == "list" && !value.is_array()))
      return Misfit{
          fmt::format("it holds {}, {} is {}", shape == "dict" ? "a map" : "a list", as_written(value),
                      value.is_object()  ? "a map"
                      : value.is_array() ? "a list"
                                         : "neither a map nor a list"),
          ""};
    return std::nullopt;
  }
  const auto kind = shapes().find(type);
  if (kind != shapes().end() && !kind->second.fits(value))
    return Misfit{fmt::format("it holds {} ({}), {} is not", kind->second.words, type, as_written(value)),
                  hint_for(type, value)};
  const bool binary = field.column && field.column->sql.find("BLOB") != std::string::npos;
  if (!binary && value.is_string() && value.get<std::string>().find('\0') != std::string::npos)
    return Misfit{"it holds text, which no database takes with a NUL character in it", ""};
  const auto& legal = field.type.values;
  if (legal.is_array() && type != "ListOfEnum" &&
      std::find(legal.begin(), legal.end(), value) == legal.end()) {
    std::vector<std::string> words;
    for (const auto& one : legal) words.push_back(one.is_string() ? one.get<std::string>() : one.dump());
    return Misfit{fmt::format("{} is not one of its values", as_written(value)),
                  did_you_mean(value.is_string() ? value.get<std::string>() : "", words)};
  }
  if (type == "ListOfEnum" && legal.is_array())
    for (const auto& item : value)
      if (std::find(legal.begin(), legal.end(), item) == legal.end())
        return Misfit{fmt::format("{} is not one of its values", as_written(item)), ""};
  if (field.type.element)
    for (const auto& item : value)
      if (auto wrong = type_misfit(*field.type.element, item)) return wrong;
  if (type == "UUID" && !is_uuid(value.get<std::string>()))
    return Misfit{fmt::format("it holds a UUID, {} is not", as_written(value)), ""};
  if (type == "DateTime") {
    const auto wrong = wrong_time(value.get<std::string>());
    if (!wrong.empty())
      return Misfit{fmt::format("it holds a time, {}: {}", as_written(value), wrong),
                    "\"2026-01-31T12:00:00Z\""};
  }
  return std::nullopt;
}

/// Whether an api takes it anyway, as something else: then it does not refuse it.
bool taken_all_the_same(const FieldSpec& spec, const Json& value) {
  if (spec.type.name == "Json" || spec.type.name == "ListOfObjects" || spec.type.name == "Object")
    return true;
  try {
    const Field field(spec);
    field.coerce(field.to_value(value, LoadContext()));
    return true;
  } catch (const ObjectError&) {
    return false;
  }
}

class ValueChecker {
 public:
  ValueChecker(const ReleasePair& span, const WrittenValues& written) : span_(span), written_(written) {}

  void fields(const std::string& object, const std::string& at, const Json& values, bool nested,
              bool writes) const {
    for (const auto& [name, value] : values.items()) {
      const std::string here = at + "/" + name;
      const FieldSpec* field = span_.field(object, name, written_.release);
      if (name == "id" && writes && !written_.planned)
        fail(here, fmt::format("{}.id: the planner gives every row its id", object),
             "leave it out; later steps speak of a row by the name that `as` gives it");
      if (field != nullptr) {
        one(object, *field, here, value);
      } else if (nested && !written_.refused) {
        const auto* form = span_.form(object, written_.release);
        fail(here, fmt::format("{} of {} has no field {}", object, written_.release, name),
             form == nullptr ? "" : did_you_mean(name, names_of(form->fields)));
      }
    }
  }

 private:
  [[noreturn]] void fail(const std::string& at, const std::string& message, const std::string& hint) const {
    const auto place = written_.places.find(at);
    throw bad_request(place == written_.places.end() ? written_.where : place->second, message, hint);
  }

  void one(const std::string& object, const FieldSpec& field, const std::string& at,
           const Json& value) const {
    if (value.is_string() && !written_.planned) {
      const auto text = value.get<std::string>();
      if (text.size() > 1 && text[0] == '$') {
        if (text[1] != '$') return reference(object, field, at, text.substr(1));
        return judge(object, field, at, Json(text.substr(1)));
      }
    }
    judge(object, field, at, value);
  }

  void reference(const std::string& object, const FieldSpec& field, const std::string& at,
                 const std::string& row) const {
    const std::string is = written_.class_of(row), wanted = span_.parent_class(field);
    if (!wanted.empty() && !is.empty() && wanted != is)
      fail(at, fmt::format("{}.{} is the id of a {}, and {} is a {}", object, field.name, wanted, row, is),
           "");
    judge(object, field, at, Json(std::string(36, '0')));  // an id
  }

  void judge(const std::string& object, const FieldSpec& field, const std::string& at,
             const Json& value) const {
    if (field.type.name == "ListOfObjects" && value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        const std::string here = fmt::format("{}/{}", at, i);
        if (!value[i].is_object())
          fail(here,
               fmt::format("{}.{} holds maps, one a {}; {} is not", object, field.name, field.type.object,
                           as_written(value[i])),
               "");
        fields(field.type.object, here, value[i], true, at.rfind("/set", 0) == 0);
      }
      return;
    }
    const auto wrong = written_.refused ? type_misfit(field, value) : misfit_of(field, value);
    if (!wrong || (written_.refused && !taken_all_the_same(field, value))) return;
    const std::string hint =
        written_.refused ? "the api would take it for something else without refusing it" : wrong->hint;
    fail(at, fmt::format("{}.{} at {}: {}", object, field.name, written_.release, wrong->why),
         fmt::format("{}{}`{}` sends it as it is", hint, hint.empty() ? "" : "; ",
                     written_.planned ? "\"raw\":true" : "raw: true"));
  }

  const ReleasePair& span_;
  const WrittenValues& written_;
};

}  // namespace

std::optional<Misfit> misfit_of(const FieldSpec& field, const Json& value) {
  if (auto wrong = type_misfit(field, value)) return wrong;
  if (auto why = out_of_range(field, value); !why.empty()) return Misfit{std::move(why), ""};
  return std::nullopt;
}

void check_values(const ReleasePair& span, const WrittenValues& written, const std::string& key,
                  const Json& values) {
  if (values.is_object())
    ValueChecker(span, written).fields(written.object, "/" + key, values, false, key == "set");
}

}  // namespace caravan::scenarios
