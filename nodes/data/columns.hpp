// A field's value as a column holds it.
#pragma once

#include <cstdint>
#include <string>

#include "objects/base/json.hpp"
#include "objects/catalog/catalog.hpp"

namespace caravan::nodes {

/// "2015-04-23 10:20:30.000123", as the database keeps it: microseconds since the epoch, in UTC.
std::string database_time(std::int64_t instant);

/// Of a wire value: Json is text, times are UTC, the rest is as it is. Throws as for an
/// invalid time.
Json to_column(const FieldSpec& field, const Json& wire);
/// The other way. Throws ObjectError ValueError for a Json column that is not JSON.
Json to_wire(const FieldSpec& field, const Json& column);

}  // namespace caravan::nodes
