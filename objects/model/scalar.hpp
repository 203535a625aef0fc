// Coercions of the scalar field types. Each takes any value and gives what is stored, or throws ObjectError.
#pragma once

#include <string>

#include "objects/model/field.hpp"

namespace caravan {

/// What assignment stores in a field of that type. Throws ObjectError: ValueError or TypeError for what the
/// type does not take, OverflowError for a float or an integer out of range.
///
/// A version predicate is checked and kept as it came. Anything becomes a UUID's text, unchecked. A datetime
/// gets UTC if it has to have a zone and has none; it loses its zone, unconverted, if it must have none. A
/// network that is parsed already is taken whatever its family.
Value coerce_string(Value value, const Where& where);
Value coerce_version_predicate(Value value, const Where& where);
Value coerce_uuid(const Value& value);
Value coerce_mac(const Value& value);
Value coerce_pci(const Value& value);
Value coerce_integer(const Value& value);
Value coerce_float(const Value& value);
Value coerce_flexible_boolean(const Value& value);
Value coerce_datetime(const Value& value, bool tzinfo_aware, const Where& where);
Value coerce_address(const Value& value, int family, const Where& where);  ///< family 0: any
Value coerce_network(const Value& value, int family, const Where& where);
/// Throws ValueError for a negative number.
Value require_non_negative(Value value, const Where& where);

/// Python's "%s" % value (`quoted`: "%r"): a tuple is taken as the arguments. Throws TypeError unless it
/// holds one.
std::string percent_s(const Value& value, bool quoted = false);

/// Would Python's uuid.UUID parse it? If not, OVO warns (FutureWarning) and keeps the text.
bool is_uuid(const std::string& text);

}  // namespace caravan
