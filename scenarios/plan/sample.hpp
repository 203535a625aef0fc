// Sample values: the patterns that a catalog gives for fields whose values must have a form of their own.
#pragma once

#include <string>

#include "objects/base/json.hpp"

namespace caravan {

/// Who writes: the operation's id is the token of everything it writes.
struct OperationTag {
  std::string id;
  int number = 0;
};

/// The pattern with its words filled in, at any depth: in texts `{token}`, `{class}` and `{address}` (three
/// numbers of an IPv4 address, others for each token); {"$number": n} is n plus the token's number;
/// {"$base64": text} is the filled text in base64. Everything else stays as it is.
Json filled(const Json& pattern, const OperationTag& token, const std::string& object);

}  // namespace caravan
