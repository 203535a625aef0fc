#include "nodes/data/columns.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "objects/model/object.hpp"
#include "objects/python/datetime.hpp"

namespace caravan::nodes {
namespace {

/// Columns hold UTC; a primitive may carry another zone.
std::int64_t instant_of(const DateTime& time) {
  using namespace std::chrono;
  const auto day = year(time.year) / static_cast<unsigned>(time.month) / static_cast<unsigned>(time.day);
  const auto wall = sys_days(day) + hours(time.hour) + minutes(time.minute) + seconds(time.second);
  return duration_cast<microseconds>((wall - seconds(time.offset.value_or(0))).time_since_epoch()).count() +
         time.microsecond;
}

}  // namespace

std::string database_time(std::int64_t instant) {
  const auto point = std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(instant));
  const auto second = std::chrono::floor<std::chrono::seconds>(point);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:06}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(
                         std::chrono::time_point_cast<std::chrono::system_clock::duration>(second))),
                     (point - second).count());
}

Json to_column(const FieldSpec& field, const Json& wire) {
  if (wire.is_null()) return wire;
  if (field.type.name == "Json") return wire.dump();
  if (field.type.name == "DateTime") {
    return database_time(instant_of(parse_datetime(wire.get<std::string>())));
  }
  return wire;
}

Json to_wire(const FieldSpec& field, const Json& column) {
  if (column.is_null()) return column;
  if (field.type.name == "Json") {
    Json value = Json::parse(column.get<std::string>(), nullptr, false);
    if (value.is_discarded()) throw ObjectError("ValueError", field.name + " of the row is not JSON");
    return value;
  }
  if (field.type.name == "DateTime") {
    std::string text = column.get<std::string>();
    std::replace(text.begin(), text.end(), ' ', 'T');
    return text + "Z";
  }
  return column;
}

}  // namespace caravan::nodes
