// Sample values: the patterns that a catalog gives for fields whose values must have a form of their own.
#pragma once

#include <string>
#include <vector>

#include "objects/base/json.hpp"

namespace caravan::scenarios {

/// Who writes: the operation's id is the token of everything it writes.
struct OperationTag {
  std::string id;
  int number = 0;
  int polls = 0;  ///< of a run: how often an engine looks after it before it ends; 0: as the pattern says
};

/// The pattern with its words filled in, at any depth: in texts `{token}`, `{class}`, `{address}` (three
/// numbers of an IPv4 address, others for each token), `{address6}` (two groups of an IPv6 address) and
/// `{value}`;
/// {"$number": n} is n plus the token's number; {"$base64": text} is the filled text in base64; {"$polls": n}
/// is the token's `polls`, or n. Everything else stays as it is.
Json filled(const Json& pattern, const OperationTag& token, const std::string& object,
            const std::string& value = {});

/// Members of a pattern that say how long a run lasts: there is a "$polls" in them.
std::vector<std::string> members_with_polls(const Json& pattern);

}  // namespace caravan::scenarios
