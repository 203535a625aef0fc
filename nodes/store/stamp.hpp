// On whose behalf a transaction writes: what the triggers put beside each change.
#pragma once

#include <cstdint>
#include <string>

namespace caravan::nodes {

struct Stamp {
  /// "conductor.1#2", "migrate-data#4": an incarnation or a tool, of which there is one connection in a run.
  /// Empty: whoever wrote does not say; the others are empty, too.
  std::string writer;
  /// What it works on: the id of a message, or words where there is none (docs/run-file.md).
  std::string cause;
  std::int64_t transaction = 0;  ///< number among those of its connection that may write, from 1
};

/// As the database keeps it, in one line: "conductor.1#2 5 api.1#1/17". A cause that is too long is cut.
std::string text_of(const Stamp& stamp);
/// Of a text that is no stamp: none.
Stamp stamp_from(const std::string& text);

}  // namespace caravan::nodes
