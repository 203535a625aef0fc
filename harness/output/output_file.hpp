// Everything that the program writes under a name, or to stdout, goes through here.
#pragma once

#include <filesystem>
#include <string>

namespace caravan::harness {

/// Writes the whole text or throws; "-" is stdout.
///
/// A new or regular file is written next to its place and renamed: at every moment the old text or the new
/// one is there, and mode and owner stay. Links are followed, a dangling one gets its target. Written in
/// place, neither replaced nor removed: devices, pipes (with a note on stderr while nothing reads), what
/// /dev/stdout and /proc/*/fd name, and a file that a new one could not stand for, because it has other hard
/// links, an access list, another's owner, a mount on it, or is in a folder that is not ours to write. Throws
/// bad_request for a folder or a socket, machine_failed with the cause (full disk, no right, ...).
void write_file(const std::filesystem::path& file, const std::string& text);

/// Throws machine_failed. To a pipe whose reader has gone it writes nothing: `| head` has seen enough.
void write_stdout(const std::string& text);

/// For main: makes errors of what would be signals (a closed pipe, a limit of file sizes), and lets no file
/// that is opened later become a standard stream that was closed.
void expect_broken_outputs();

}  // namespace caravan::harness
