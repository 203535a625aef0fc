// OVO's fingerprint of a class: which fields, defaults and remotable methods a version promises.
#pragma once

#include <string>
#include <vector>

#include "objects/value.hpp"

namespace caravan {

/// The text that is hashed: Python's repr of a tuple (ovo-semantics 11). `extra` are appended to the tuple.
std::string fingerprint_text(const Class& type, const std::vector<Value>& extra = {});

/// "1.5-<md5 of the text>"
std::string fingerprint(const Class& type, const std::vector<Value>& extra = {});

}  // namespace caravan
