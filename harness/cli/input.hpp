// What is named on a command line and read: a file, or a pipe, which gives its text once.
#pragma once

#include <optional>
#include <string>

namespace caravan::harness {

/// The whole text; nothing for a name that is not a file, and for a recording on disk, which may be large.
/// Throws as read_text_file() does.
std::optional<std::string> input_text(const std::string& name);

/// Whether the name will give the same later: not a pipe, /dev/stdin or what a shell makes of <(…).
bool input_lasts(const std::string& name);

}  // namespace caravan::harness
