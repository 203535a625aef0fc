#include "harness/cli/run_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <regex>
#include <system_error>
#include <vector>

#include "harness/cli/recording.hpp"
#include "nodes/store/inode_lock.hpp"
#include "objects/base/error.hpp"

namespace caravan::harness {
namespace {

namespace fs = std::filesystem;

constexpr const char* earlier_name = "earlier";
constexpr const char* recording_name = "run.ndjson";

bool ours(const std::string& name) {
  static const std::regex known(
      R"((run\.ndjson|plan\.txt|report\.json|sahara\.db(-wal|-shm|-journal)?)(\.part)?|logs|snapshots|\.caravan-\d+-\d+\.part)");
  return std::regex_match(name, known);
}

/// In logs/ and snapshots/.
bool ours_within(const std::string& name) {
  static const std::regex known(
      R"(([a-z-]+(\.\d+)?\.\d+|postgresql|mariadb)\.log|[a-z0-9.-]+\.json(\.part)?)");
  return std::regex_match(name, known);
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

bool is_a_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(fs::symlink_status(path, ignored));
}

}  // namespace

RunFolder::RunFolder(const fs::path& name, bool must_be_new) : shown_(name.string()) {
  try {
    const auto parent = name.has_filename() ? name.parent_path() : name.parent_path().parent_path();
    if (!parent.empty()) fs::create_directories(parent);
    made_ = ::mkdir(name.c_str(), 0777) == 0;
    if (!made_ && (errno != EEXIST || must_be_new))
      throw fs::filesystem_error("", std::error_code(errno, std::generic_category()));
    lock_ = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock_ < 0 && errno == ENOTDIR) throw bad_request(shown_, "this is a file, and a run needs a folder");
    if (lock_ < 0) throw fs::filesystem_error("", std::error_code(errno, std::generic_category()));
    if (!nodes::lock_inode(lock_))
      throw bad_request(shown_, "another run is using this folder" + nodes::holder_of_inode(lock_),
                        "--out names another one");
    path_ = fs::canonical(name).string();
    look_inside();
    fs::remove_all(starting());
    fs::create_directories(starting() + "/logs");
    fs::create_directories(starting() + "/snapshots");
  } catch (const fs::filesystem_error& error) {
    abandon();
    if (must_be_new && error.code() == std::errc::file_exists) throw;
    throw machine_failed(shown_, "the folder cannot be prepared: " + error.code().message(),
                         "--out names another folder");
  } catch (const Error&) {
    abandon();
    throw;
  }
}

RunFolder RunFolder::unused(const fs::path& name) {
  for (int number = 1;; ++number) {
    try {
      return {number == 1 ? name : fs::path(fmt::format("{}-{}", name.string(), number)), true};
    } catch (const fs::filesystem_error&) {  // somebody has it
    }
  }
}

RunFolder::~RunFolder() {
  if (!begun_) sweep();
  abandon();
}

void RunFolder::sweep() {
  try {
    const bool spoke = !fs::is_empty(starting() + "/logs");
    for (const auto& name : names_in(starting()))
      if (!spoke || name != "logs") fs::remove_all(fs::path(starting()) / name);
    ::rmdir(starting().c_str());
  } catch (const fs::filesystem_error&) {  // what stays is swept by the next run
  }
}

void RunFolder::abandon() {
  if (made_) ::rmdir(shown_.c_str());  // if nothing is in it
  if (lock_ >= 0) ::close(lock_);
}

std::string RunFolder::starting() const { return path_ + "/" + starting_name; }

void RunFolder::look_inside() {
  const auto names = names_in(path_);
  const auto recording = fs::path(path_) / recording_name;
  const auto all_are = [&names](const auto& known) {
    return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
      return name == starting_name || name == earlier_name || known(name);
    });
  };
  std::error_code ignored;
  const bool file = fs::is_regular_file(recording, ignored);
  holds_a_run_ = file && (is_recording(recording) || (fs::file_size(recording) == 0 && all_are(ours)));
  const bool foreign = !holds_a_run_ && !all_are([](const std::string&) { return false; });
  for (const char* name : {starting_name, earlier_name})
    if (foreign ||
        (fs::exists(fs::symlink_status(fs::path(path_) / name)) && !is_a_folder(fs::path(path_) / name)))
      throw bad_request(shown_, "the folder holds something that is not a caravan run",
                        "--out names another folder");
}

std::string RunFolder::keep_earlier() const {
  const auto all = fs::path(path_) / earlier_name;
  fs::create_directories(all);
  for (int number = 1;; ++number) {
    const auto name = std::to_string(number);
    if (!fs::create_directory(all / name)) continue;
    const auto recording = fs::path(path_) / recording_name;
    std::error_code no_links;
    fs::create_hard_link(recording, all / name / recording_name, no_links);
    if (no_links) fs::rename(recording, all / name / recording_name);
    return name;
  }
}

std::string RunFolder::begin() {
  const fs::path here = path_, fresh = starting();
  try {
    const auto number = holds_a_run_ ? keep_earlier() : std::string();
    const auto kept = here / earlier_name / number;
    fs::rename(fresh / recording_name, here / recording_name);
    begun_ = true;
    if (holds_a_run_)
      for (const auto& name : names_in(here))
        if (ours(name) && name != recording_name) fs::rename(here / name, kept / name);
    for (const auto& name : names_in(fresh)) fs::rename(fresh / name, here / name);
    fs::remove(fresh);
    if (!holds_a_run_) return "";
    for (const char* inner : {"logs", "snapshots"})  // what no run wrote stays where it was
      if (is_a_folder(kept / inner))
        for (const auto& name : names_in(kept / inner))
          if (!ours_within(name)) fs::rename(kept / inner / name, here / inner / name);
    return fs::path(shown_) / earlier_name / number;
  } catch (const fs::filesystem_error& error) {
    throw machine_failed(shown_, "the earlier recording cannot be kept: " + error.code().message(),
                         "--out names another folder");
  }
}

}  // namespace caravan::harness
