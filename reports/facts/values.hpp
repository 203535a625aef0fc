// Values as the judge compares them: wire form, keys without order, paths into Json fields and URLs.
// Independent of nodes/data/columns.hpp on purpose.
#pragma once

#include <optional>
#include <string>

#include "objects/base/json.hpp"
#include "objects/catalog/catalog.hpp"

namespace caravan::reports {

/// Equal as data: the order of keys has no meaning, 1 equals 1.0.
bool same(const Json& a, const Json& b);

/// The part of a value that a contract speaks of: "" all of it, "status" or "a.b" keys of a Json field,
/// ":scheme" of a URL. Nothing if it is not there.
std::optional<Json> part_at(const Json& value, const std::string& path);
/// Replaces that part where it is; does nothing where it is not.
void put_part(Json& value, const std::string& path, const Json& part);

/// Column value, as the triggers recorded it, in wire form.
Json from_column(const FieldSpec& field, const Json& column);
/// A wire value with what has no meaning removed: fractions of seconds.
Json canonical(const FieldSpec& field, const Json& wire);

/// For people: short, on one line.
std::string shown(const Json& value, std::size_t limit = 60);

/// Text member, or empty.
const std::string& text_at(const Json& object, const char* key);
/// Member, or null.
const Json& member(const Json& object, const char* key);

}  // namespace caravan::reports
