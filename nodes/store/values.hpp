// Which values a column takes, the same for every database: nothing is converted.
#pragma once

#include <string>

#include "nodes/store/schema.hpp"

namespace caravan::nodes {

/// Throws StoreError constraint, naming `where` ("table.column") but not the value, if a value that is not
/// NULL is of another type than the column's or outside its range.
void check_value(const std::string& sql, const Json& value, const std::string& where);

/// Code points of UTF-8 text: what a length counts.
std::size_t characters(const std::string& text);

}  // namespace caravan::nodes
