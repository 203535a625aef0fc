// The folder that a run leaves behind: run.ndjson, plan.txt, report.json, logs/, snapshots/, and the
// database.
#pragma once

#include <filesystem>
#include <string>

#include "reports/run_file.hpp"

namespace caravan {

/// Makes the folder, or empties it of an earlier run; any other folder with something in it is refused, and
/// files that no run wrote are never touched. Returns the absolute path. Throws bad_request or
/// machine_failed.
std::string prepare_run_folder(const std::filesystem::path& folder);

/// RUN on a command line: a run's folder or its run.ndjson.
std::filesystem::path run_file_of(const std::string& argument);

/// Reads it, and says on stderr what a reader must know: that the run is still going, that the end was cut
/// off.
RunFile read_recording(const std::string& argument);

}  // namespace caravan
