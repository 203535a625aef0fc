#include "harness/output/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <utility>

#include "harness/output/terminal.hpp"
#include "objects/base/error.hpp"

namespace caravan::harness {
namespace {

namespace fs = std::filesystem;

constexpr int most_links = 40;  // as many as the kernel follows

Error refused(const fs::path& file, int cause) {
  return machine_failed(file.string(), fmt::format("it cannot be written: {}", std::strerror(cause)),
                        cause == ENOSPC ? "free some space, or choose another place" : "");
}

class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return fd_; }
  /// Some file systems tell of a full disk only here. 0, or errno.
  int close() { return ::close(std::exchange(fd_, -1)) == 0 ? 0 : errno; }

 private:
  int fd_;
};

/// Nothing is left half-made because somebody pressed Ctrl-C; for work that never waits.
class Undisturbed {
 public:
  Undisturbed() {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, &before_);
  }
  ~Undisturbed() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  Undisturbed(const Undisturbed&) = delete;
  Undisturbed& operator=(const Undisturbed&) = delete;

 private:
  sigset_t before_;
};

/// 0, or errno. A pipe's reader who has seen enough is nobody's failure.
int write_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const auto wrote = ::write(fd, text.data() + done, text.size() - done);
    if (wrote > 0) {
      done += static_cast<std::size_t>(wrote);
    } else if (wrote < 0 && errno == EAGAIN) {
      pollfd room{fd, POLLOUT, 0};
      ::poll(&room, 1, -1);
    } else if (wrote < 0 && errno == EPIPE) {
      return 0;
    } else if (wrote == 0 || errno != EINTR) {
      return wrote == 0 ? EIO : errno;
    }
  }
  return 0;
}

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : "."; }

/// What a name stands for once all links are followed.
struct Target {
  fs::path path;
  struct stat status {};  ///< st_mode 0: nothing is there
  bool magic = false;     ///< a link of /proc, which is not a text and may name what has no other name
  bool exists() const { return status.st_mode != 0; }
};

Target resolve(const fs::path& file) {
  Target target{file};
  for (int links = 0; links < most_links; ++links) {
    if (::lstat(target.path.c_str(), &target.status) != 0) {
      if (errno != ENOENT) throw refused(file, errno);
      target.status = {};
      return target;
    }
    if (!S_ISLNK(target.status.st_mode)) return target;
    const auto folder = folder_of(target.path);
    struct statfs system {};
    if (::statfs(folder.c_str(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC) {
      if (::stat(target.path.c_str(), &target.status) != 0) throw refused(file, errno);
      target.magic = true;
      return target;
    }
    std::error_code failed;
    target.path = folder / fs::read_symlink(target.path, failed);
    if (failed) throw refused(file, failed.value());
  }
  throw refused(file, ELOOP);
}

/// The number of /proc/self/fd/N, or -1: written through, it keeps its place in a file, and a socket can be
/// written at all.
int own_descriptor(const Target& target) {
  std::error_code none;
  const auto name = target.path.filename().string();
  int number = -1;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool ours = target.magic && read.ec == std::errc() && read.ptr == name.data() + name.size() &&
                    fs::canonical(folder_of(target.path), none) == fs::canonical("/proc/self/fd", none);
  return ours && !none ? number : -1;
}

int open_in_place(const fs::path& file, const Target& target) {
  if (const int own = own_descriptor(target); own >= 0) return ::fcntl(own, F_DUPFD_CLOEXEC, 3);
  int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY;
  if (target.magic) flags |= S_ISREG(target.status.st_mode) ? O_APPEND : 0;
  if (!target.magic) flags |= O_NOFOLLOW;
  int fd = ::open(target.path.c_str(), flags | O_NONBLOCK);
  if (fd < 0 && errno == ENXIO && S_ISFIFO(target.status.st_mode)) {
    say(fmt::format("caravan: {}: a pipe that nobody reads yet; waiting for a reader", file.string()));
    fd = ::open(target.path.c_str(), flags);
  }
  if (fd >= 0) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  return fd;
}

void write_in_place(const fs::path& file, const Target& target, const std::string& text) {
  OpenFile out(open_in_place(file, target));
  if (out.get() < 0) throw refused(file, errno);
  if (const int cause = write_all(out.get(), text)) throw refused(file, cause);
  if (S_ISREG(target.status.st_mode) && !target.magic &&
      ::ftruncate(out.get(), static_cast<off_t>(text.size())) != 0)
    throw refused(file, errno);
  if (const int cause = out.close()) throw refused(file, cause);
}

/// A new file could not stand for this one.
bool irreplaceable(const Target& target) {
  return target.status.st_nlink > 1 ||
         ::lgetxattr(target.path.c_str(), "system.posix_acl_access", nullptr, 0) >= 0;
}

/// False, with nothing changed: the new file cannot be what the old one was.
bool replace(const fs::path& file, const Target& target, const std::string& text) {
  const Undisturbed undisturbed;
  fs::path part;
  int fd = -1;
  for (int number = 0; fd < 0; ++number) {
    part = folder_of(target.path) / fmt::format(".caravan-{}-{}.part", ::getpid(), number);
    fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, target.exists() ? 0600 : 0666);
    if (fd < 0 && errno != EEXIST) break;
  }
  if (fd < 0) {
    if (target.exists() && (errno == EACCES || errno == EPERM || errno == EROFS)) return false;
    throw refused(file, errno);
  }
  OpenFile out(fd);
  const auto give_up = [&part] { ::unlink(part.c_str()); };
  if (target.exists()) {
    const auto& old = target.status;
    struct stat made {};
    const bool same = ::fstat(fd, &made) == 0 && made.st_uid == old.st_uid && made.st_gid == old.st_gid;
    if ((!same && ::fchown(fd, old.st_uid, old.st_gid) != 0) || ::fchmod(fd, old.st_mode & 07777) != 0)
      return give_up(), false;
  }
  int cause = write_all(fd, text);
  if (const int late = out.close(); cause == 0) cause = late;
  if (cause == 0 && ::rename(part.c_str(), target.path.c_str()) != 0) cause = errno;
  if (cause != 0) give_up();
  if (cause == EBUSY && target.exists()) return false;  // something is mounted on it
  if (cause != 0) throw refused(file, cause);
  return true;
}

}  // namespace

void write_file(const fs::path& file, const std::string& text) {
  if (file == "-") return write_stdout(text);
  const auto target = resolve(file);
  const auto mode = target.status.st_mode;
  if (S_ISDIR(mode)) throw bad_request(file.string(), "this is a folder, and a file is to be written");
  if (S_ISSOCK(mode) && !target.magic)
    throw bad_request(file.string(), "this is a socket, which cannot be written like a file");
  const bool plain = !target.exists() || (S_ISREG(mode) && !target.magic);
  if (!plain) return write_in_place(file, target, text);
  if (target.exists() && ::faccessat(AT_FDCWD, target.path.c_str(), W_OK, AT_EACCESS) != 0)
    throw refused(file, errno);
  if ((target.exists() && irreplaceable(target)) || !replace(file, target, text))
    write_in_place(file, target, text);
}

void write_stdout(const std::string& text) {
  std::fflush(stdout);
  const int cause = write_all(STDOUT_FILENO, text);
  if (cause == EBADF) throw machine_failed("stdout", "is closed");
  if (cause != 0) throw refused("stdout", cause);
}

void expect_broken_outputs() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // The lowest free number is this one. stdout must not take what it cannot deliver.
    if (::fcntl(fd, F_GETFD) < 0)
      static_cast<void>(::open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY));
  }
}

}  // namespace caravan::harness
