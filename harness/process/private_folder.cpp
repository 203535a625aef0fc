#include "harness/process/private_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "nodes/store/inode_lock.hpp"
#include "objects/base/error.hpp"

namespace caravan::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;
const std::string random_suffix = "-XXXXXX";

std::vector<std::string> socket_places() {
  std::error_code none;
  const auto usual = fs::absolute(fs::temp_directory_path(none), none).lexically_normal().string();
  if (none || usual == "/tmp") return {"/tmp"};
  return {usual, "/tmp"};
}

/// The folder, opened and locked; -1 if it is not one of ours, or its process lives.
int hold_folder(const std::string& path, uid_t owner) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -1;
  struct stat opened {
  }, named{};
  const bool ours = ::fstat(fd, &opened) == 0 && opened.st_uid == owner && (opened.st_mode & 07777) == 0700 &&
                    nodes::lock_inode(fd) &&
                    // Whoever swept it in between held the lock before.
                    ::lstat(path.c_str(), &named) == 0 && named.st_ino == opened.st_ino &&
                    named.st_dev == opened.st_dev;
  if (ours) return fd;
  ::close(fd);
  return -1;
}

void remove_folder(const std::string& path, const PrivateFolder::BeforeRemoval& before_removal) {
  std::error_code ignored;
  if (before_removal) before_removal(path);
  fs::remove_all(path, ignored);
}

void sweep_folders(const std::string& place, const std::string& prefix, uid_t owner,
                   const PrivateFolder::BeforeRemoval& before_removal) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(place, ignored)) {
    const auto name = entry.path().filename().string();
    if (name.size() != prefix.size() + random_suffix.size() || name.rfind(prefix + "-", 0) != 0) continue;
    const int dead = hold_folder(entry.path().string(), owner);
    if (dead < 0) continue;
    remove_folder(entry.path(), before_removal);
    ::close(dead);
  }
}

}  // namespace

PrivateFolder::PrivateFolder(const std::string& prefix, const std::string& socket)
    : PrivateFolder(prefix, socket, {::geteuid(), ::getegid()}, {}) {}

PrivateFolder::PrivateFolder(const std::string& prefix, const std::string& socket, const Owner& owner,
                             const BeforeRemoval& before_removal)
    : before_removal_(before_removal) {
  std::string why;
  for (const auto& place : socket_places()) {
    const auto wanted = place + "/" + prefix + random_suffix;
    if (const auto length = wanted.size() + 1 + socket.size(); length > longest_path) {
      why += fmt::format("{}{}: a socket's path may have {} bytes, and this one would have {}",
                         why.empty() ? "" : "; ", place, longest_path, length);
      continue;
    }
    sweep_folders(place, prefix, owner.user, before_removal);
    // A sweeper may come between the folder and its lock.
    for (int attempt = 0; attempt < 8 && held_ < 0; ++attempt) {
      path_ = wanted;
      if (::mkdtemp(path_.data()) == nullptr) break;
      held_ = hold_folder(path_, ::geteuid());
    }
    if (held_ >= 0 && (owner.user == ::geteuid() || ::fchown(held_, owner.user, owner.group) == 0)) return;
    why += fmt::format("{}{}: {}", why.empty() ? "" : "; ", place, std::strerror(errno));
    if (held_ < 0) continue;
    ::rmdir(path_.c_str());
    ::close(std::exchange(held_, -1));
  }
  throw machine_failed("the temporary folder", "there is no place for a socket of the run's own: " + why,
                       "TMPDIR names another temporary folder");
}

void PrivateFolder::sweep(const std::string& prefix, const Owner& owner,
                          const BeforeRemoval& before_removal) {
  for (const auto& place : socket_places()) sweep_folders(place, prefix, owner.user, before_removal);
}

PrivateFolder::~PrivateFolder() {
  remove_folder(path_, before_removal_);
  ::close(held_);
}

}  // namespace caravan::harness
