#include "nodes/store/values.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>

#include "nodes/store/store.hpp"
#include "objects/base/utf8.hpp"

namespace caravan::nodes {
namespace {

// "YYYY-MM-DD HH:MM:SS.ffffff", a day of the calendar.
bool is_datetime(const std::string& text) {
  static const std::string form = "0000-00-00 00:00:00.000000";
  if (text.size() != form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]) return false;
  }
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = 0;
    for (std::size_t i = at; i < at + size; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  const std::chrono::year_month_day day(std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2))));
  return number(0, 4) > 0 && day.ok() && number(11, 2) < 24 && number(14, 2) < 60 && number(17, 2) < 60;
}

bool fits(const std::string& sql, const Json& value) {
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return false;
  }
  const std::int64_t number = value.get<std::int64_t>();
  if (sql == "SMALLINT") return number >= -32768 && number <= 32767;
  if (sql == "INTEGER") {
    return number >= std::numeric_limits<std::int32_t>::min() &&
           number <= std::numeric_limits<std::int32_t>::max();
  }
  return true;
}

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw StoreError(StoreError::Kind::constraint, where + ": " + why);
}

}  // namespace

void check_value(const std::string& sql, const Json& value, const std::string& where) {
  if (value.is_null()) return;
  const Kind kind = kind_of(sql);
  switch (kind) {
    case Kind::boolean:
      if (!value.is_boolean()) refuse(where, "takes true or false");
      break;
    case Kind::integer:
      if (!value.is_number_integer()) refuse(where, "takes an integer");
      if (!fits(sql, value)) refuse(where, "outside the range of " + sql);
      break;
    case Kind::real:
      if (!value.is_number()) refuse(where, "takes a number");
      if (!std::isfinite(value.get<double>())) refuse(where, "takes a finite number");
      break;
    case Kind::datetime:
    case Kind::text:
    case Kind::binary: {
      if (!value.is_string()) refuse(where, "takes text");
      const auto& text = value.get_ref<const std::string&>();
      if (kind == Kind::datetime && !is_datetime(text)) refuse(where, "takes YYYY-MM-DD HH:MM:SS.ffffff");
      if (text.find('\0') != std::string::npos) refuse(where, "text holds a NUL character");
      break;
    }
  }
}

std::size_t characters(const std::string& text) { return utf8::length(text); }

}  // namespace caravan::nodes
