// The run file: append-only NDJSON, the only evidence there is. Format: docs/run-file.md.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "objects/json.hpp"

namespace caravan {

/// Appends events and numbers them. One owner. Throws machine_failed when the disk refuses.
class RunWriter {
 public:
  explicit RunWriter(const std::filesystem::path& path);
  ~RunWriter();
  RunWriter(const RunWriter&) = delete;
  RunWriter& operator=(const RunWriter&) = delete;

  /// Writes {"n": number, "t": microseconds since the run began, "kind": kind, ...members}. Returns the
  /// number.
  std::int64_t append(const std::string& kind, std::int64_t t, const Json& members);
  void flush();

 private:
  std::FILE* file_;
  std::string path_;
  std::int64_t next_ = 0;
};

struct RunFile {
  std::string path;
  Json header;               ///< event 0
  std::vector<Json> events;  ///< all, header included; events[i]["n"] == i
  bool complete = false;     ///< has an `end` event and nothing after it
};

/// Throws bad_request naming line and event for a foreign, truncated (cut in a line) or damaged file.
RunFile read_run(const std::filesystem::path& path);

}  // namespace caravan
