// RUN on a command line.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "reports/recording/run_file.hpp"

namespace caravan::harness {

/// A run's folder, or its run.ndjson. Throws bad_request; undecided for the folder of a run that never began.
std::filesystem::path run_file_of(const std::string& argument);

/// Whether it looks like one: a folder that holds a recording, or a file that begins like one.
bool is_recording(const std::filesystem::path& path);
/// Whether a text begins like one.
bool begins_recording(std::string_view text);

/// Reads it, and says on stderr what a reader must know: that the run is still going, that the end was cut
/// off.
reports::RunFile read_recording(const std::string& argument);

}  // namespace caravan::harness
