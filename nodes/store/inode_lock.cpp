#include "nodes/store/inode_lock.hpp"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <fstream>
#include <sstream>

namespace caravan::nodes {

bool lock_inode(int fd) { return ::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; }

// A line: "1: FLOCK  ADVISORY  WRITE 1234 fe:00:567 0 EOF", with "->" before the kind of one who waits.
std::string holder_of_inode(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return "";
  const auto inode =
      fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), status.st_ino);
  std::ifstream locks("/proc/locks");
  std::string line, number, kind, advice, access, process, what;
  while (std::getline(locks, line)) {
    std::istringstream words(line);
    words >> number >> kind >> advice >> access >> process >> what;
    if (kind == "FLOCK" && what == inode && process != "0") return fmt::format(" (process {})", process);
  }
  return "";
}

}  // namespace caravan::nodes
