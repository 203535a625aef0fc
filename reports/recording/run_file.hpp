// The run file: append-only NDJSON, the only evidence there is. Format: docs/run-file.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objects/base/json.hpp"

namespace caravan::reports {

/// Appends events and numbers them. One owner. Throws machine_failed when the disk refuses; from then on it
/// writes nothing more, so that there is never a recording with a gap. While it lives, the file is locked
/// for readers to see.
class RunWriter {
 public:
  /// Makes the file, or empties the one that is there. `shown`: how messages call it, if not by its path.
  explicit RunWriter(const std::filesystem::path& path, const std::string& shown = {});
  ~RunWriter();
  RunWriter(const RunWriter&) = delete;
  RunWriter& operator=(const RunWriter&) = delete;

  /// Writes {"n": number, "t": microseconds since the run began, "kind": kind, ...members}. Returns the
  /// number.
  std::int64_t append(const std::string& kind, std::int64_t t, const Json& members);
  /// What was appended is in the file when it returns (not yet on the disk). The destructor does it too, and
  /// keeps silent if it fails.
  void flush();

 private:
  [[noreturn]] void fail(int cause);

  int fd_;
  std::string shown_;
  std::string waiting_;  ///< not in the file yet
  std::int64_t next_ = 0;
  int failed_ = 0;  ///< errno of the first refusal
};

/// A recording as it was read. Evidence and all made of it point in here.
struct RunFile {
  std::string path;
  Json header;               ///< event 0
  std::vector<Json> events;  ///< all, header included; events[i]["n"] == i
  bool complete = false;     ///< has an `end` event and nothing after it
  std::string cut;           ///< not empty: what of its end was left out, and why
};

/// A last line that is not whole, and zeros at the end, are left out: kill -9, a full disk and a power cut
/// leave such files. Throws bad_request naming line and event for a foreign or damaged file; undecided for
/// one that is cut in its header.
RunFile read_run(const std::filesystem::path& path);
/// The same of its text; `path` is what errors name.
RunFile read_run_text(const std::string& path, std::string_view text);

/// The process that writes the recording at this moment, if one does; 0 if it cannot be seen from here.
std::optional<int> writer_of(const std::filesystem::path& path);

}  // namespace caravan::reports
