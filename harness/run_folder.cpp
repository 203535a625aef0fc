#include "harness/run_folder.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <regex>
#include <system_error>

#include "objects/error.hpp"

namespace caravan {
namespace {

namespace fs = std::filesystem;

bool ours(const std::string& name) {
  static const std::regex known(
      R"((run\.ndjson|plan\.txt|report\.json|sahara\.db(-wal|-shm|-journal)?)(\.part)?|logs|snapshots)");
  return std::regex_match(name, known);
}

bool begins_like_a_run(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string head(200, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(in.gcount()));
  return head.rfind("{\"n\":0,", 0) == 0 && head.find("\"kind\":\"header\"") != std::string::npos;
}

/// A run's folder, or what one that broke off in its first moments left.
bool is_a_run(const fs::path& folder) {
  if (fs::exists(folder / "run.ndjson") && begins_like_a_run(folder / "run.ndjson")) return true;
  for (const auto& entry : fs::directory_iterator(folder))
    if (!ours(entry.path().filename().string())) return false;
  return !fs::exists(folder / "run.ndjson") || fs::file_size(folder / "run.ndjson") == 0;
}

void remove_matching(const fs::path& folder, const std::regex& names) {
  if (!fs::is_directory(folder) || fs::is_symlink(folder)) return;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && std::regex_match(entry.path().filename().string(), names))
      fs::remove(entry.path());
  if (fs::is_empty(folder)) fs::remove(folder);
}

void remove_run(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && ours(entry.path().filename().string())) fs::remove(entry.path());
  remove_matching(folder / "logs", std::regex(R"(([a-z-]+(\.\d+)?\.\d+|postgresql|mariadb)\.log)"));
  remove_matching(folder / "snapshots", std::regex(R"([a-z0-9.-]+\.json(\.part)?)"));
}

}  // namespace

std::string prepare_run_folder(const fs::path& folder) {
  const auto name = folder.string();
  try {
    const auto absolute = fs::absolute(folder).lexically_normal();
    if (fs::exists(absolute)) {
      if (!fs::is_directory(absolute)) throw bad_request(name, "this is a file, and a run needs a folder");
      if (!fs::is_empty(absolute)) {
        if (!is_a_run(absolute))
          throw bad_request(name, "the folder holds something that is no run of caravan",
                            "--out names another folder");
        remove_run(absolute);
      }
    }
    fs::create_directories(absolute / "logs");
    fs::create_directories(absolute / "snapshots");
    auto text = absolute.string();
    while (text.size() > 1 && text.back() == '/') text.pop_back();
    return text;
  } catch (const fs::filesystem_error& error) {
    throw machine_failed(name, "the folder cannot be prepared: " + error.code().message(),
                         "--out names another folder");
  }
}

fs::path run_file_of(const std::string& argument) {
  const fs::path path(argument);
  std::error_code ignored;
  if (!fs::exists(path, ignored))
    throw bad_request(argument, "there is no such run", "a run is a folder with a run.ndjson in it");
  if (!fs::is_directory(path, ignored)) return path;
  if (!fs::exists(path / "run.ndjson", ignored))
    throw bad_request(argument, "the folder holds no run.ndjson",
                      "a run is a folder with a run.ndjson in it");
  return path / "run.ndjson";
}

RunFile read_recording(const std::string& argument) {
  const auto file = run_file_of(argument);
  const auto say = [&](const std::string& what) { fmt::print(stderr, "caravan: {}: {}\n", argument, what); };
  std::error_code ignored;
  if (fs::symlink_status(file, ignored).type() == fs::file_type::fifo)
    say("a pipe, which is read to its end");
  const auto writer = writer_of(file);  // before it is read: it may end meanwhile
  auto run = read_run(file);
  if (writer)
    say(fmt::format("the run is still going{}; this is what it has recorded so far",
                    *writer > 0 ? fmt::format(" (process {})", *writer) : ""));
  else if (!run.cut.empty())
    say(run.cut + "; that is left out");
  return run;
}

}  // namespace caravan
