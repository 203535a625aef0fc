#include "harness/cli/recording.hpp"

#include <fmt/format.h>

#include <fstream>

#include "harness/cli/run_folder.hpp"
#include "harness/output/terminal.hpp"
#include "objects/base/error.hpp"

namespace caravan::harness {

namespace fs = std::filesystem;

fs::path run_file_of(const std::string& argument) {
  const fs::path path(argument);
  std::error_code ignored;
  if (!fs::exists(path, ignored))
    throw bad_request(argument, "there is no such run", "a run is a folder with a run.ndjson in it");
  if (!fs::is_directory(path, ignored)) return path;
  if (fs::exists(path / "run.ndjson", ignored)) return path / "run.ndjson";
  if (fs::exists(path / RunFolder::starting_name, ignored))
    throw Error(Exit::undecided, argument, "the run has not begun, or was cut off before it did");
  throw bad_request(argument, "the folder holds no run.ndjson", "a run is a folder with a run.ndjson in it");
}

bool is_recording(const fs::path& path) {
  std::error_code ignored;
  const auto file = fs::is_directory(path, ignored) ? path / "run.ndjson" : path;
  if (!fs::is_regular_file(file, ignored)) return false;
  std::ifstream in(file, std::ios::binary);
  std::string head(200, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(in.gcount()));
  return begins_recording(head);
}

bool begins_recording(std::string_view text) {
  const auto head = text.substr(0, 200);
  return head.rfind("{\"n\":0,", 0) == 0 && head.find("\"kind\":\"header\"") != std::string_view::npos;
}

reports::RunFile read_recording(const std::string& argument) {
  const auto file = run_file_of(argument);
  const auto tell = [&](const std::string& what) { say(fmt::format("caravan: {}: {}", argument, what)); };
  std::error_code ignored;
  if (fs::symlink_status(file, ignored).type() == fs::file_type::fifo)
    tell("a pipe, which is read to its end");
  const auto writer = reports::writer_of(file);  // before it is read: it may end meanwhile
  auto run = reports::read_run(file);
  if (writer)
    tell(fmt::format("the run is still going{}; this is what it has recorded so far",
                     *writer > 0 ? fmt::format(" (process {})", *writer) : ""));
  else if (!run.cut.empty())
    tell(run.cut + "; that is left out");
  return run;
}

}  // namespace caravan::harness
