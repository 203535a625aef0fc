// The only file that knows Boost.Process. v1's `child` launches and is detached at once; waiting, killing and
// reaping go through a pidfd, because v1's own ways race with other children (docs/libraries.md).
#include "harness/process/child.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/env.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

extern "C" {  // glibc 2.36 declares these without saying that they are C
#include <sys/pidfd.h>
}

#include "objects/base/error.hpp"
#include "objects/base/send_signal.hpp"

namespace caravan::harness {
namespace {

namespace bp = boost::process;

class Descriptor {
 public:
  Descriptor(const char* path, int flags) : fd_(::open(path, flags | O_CLOEXEC, 0644)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

/// What to do about a process that could not be made.
std::string hint_for(int cause) {
  switch (cause) {
    case EMFILE:
      return "this process may open no more files: raise `ulimit -n`";
    case ENFILE:
      return "the machine may open no more files";
    case EAGAIN:
      return "this user may have no more processes: raise `ulimit -u`";
    case ENOMEM:
      return "there is not enough memory";
    case ENOENT:
    case EACCES:
    case ENOEXEC:
      return "the node program is expected next to caravan; --node-program names another";
    default:
      return {};
  }
}

}  // namespace

Child Child::launch(const std::string& program, const std::vector<std::string>& args,
                    const std::vector<std::pair<std::string, std::string>>& environment,
                    const std::string& log) {
  const Descriptor nothing("/dev/null", O_RDONLY);
  const Descriptor out(log.c_str(), O_WRONLY | O_APPEND | O_CREAT);
  if (nothing.get() < 0 || out.get() < 0)
    throw machine_failed(log, std::strerror(errno), "a node's log is written here");

  const pid_t parent = ::getpid();
  const int in_fd = nothing.get(), out_fd = out.get();
  pid_t failed = -1;
  std::error_code problem;
  errno = 0;
  bp::environment variables = boost::this_process::environment();
  for (const auto& [name, value] : environment) variables[name] = value;
  bp::child child(
      bp::exe = program, bp::args = args, variables, problem,
      bp::extend::on_exec_setup =
          [=](auto&) {  // between fork and exec: async-signal-safe calls only
            ::dup2(in_fd, 0);
            ::dup2(out_fd, 1);
            ::dup2(out_fd, 2);
            ::setpgid(0, 0);
            sigset_t none;
            ::sigemptyset(&none);
            ::sigprocmask(SIG_SETMASK, &none, nullptr);
            // Not closed but marked: the pipe that reports a failing exec must live until then.
            ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (::getppid() != parent) ::_exit(127);  // the harness died before the prctl
          },
      bp::extend::on_error = [&failed](auto& executor, const std::error_code&) { failed = executor.pid; });
  const int cause = problem ? problem.value() : errno;
  if (problem && failed > 0) ::waitpid(failed, nullptr, 0);
  // Without descriptors Boost.Process reports no problem and returns a child that does not exist: its pid is
  // -1.
  const bool made = !problem && child.valid() && child.id() > 1;
  if (!made) {
    child.detach();
    throw machine_failed(program, std::string("cannot be run: ") + std::strerror(cause), hint_for(cause));
  }
  const pid_t pid = child.id();
  child.detach();
  const int pidfd = ::pidfd_open(pid, 0);
  if (pidfd < 0) {
    const int cause_of_that = errno;
    send_signal(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    throw machine_failed(program, std::string("no pidfd: ") + std::strerror(cause_of_that),
                         cause_of_that == ENOSYS ? "Linux 5.4 or newer is needed" : hint_for(cause_of_that));
  }
  return Child(pid, pidfd);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::exchange(other.pidfd_, -1)),
      reaped_(std::exchange(other.reaped_, false)) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    finish();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::exchange(other.pidfd_, -1);
    reaped_ = std::exchange(other.reaped_, false);
  }
  return *this;
}

Child::~Child() { finish(); }

void Child::finish() noexcept {
  if (pidfd_ < 0) return;
  if (!reaped_) {
    kill_group();
    siginfo_t info;
    while (::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_), &info, WEXITED) < 0 &&
           errno == EINTR) {
    }
  }
  ::close(pidfd_);
  pidfd_ = -1;
}

bool Child::ended(bool& signalled, int& code) {
  siginfo_t info;
  std::memset(&info, 0, sizeof info);
  const auto waited =
      ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_), &info, WEXITED | WNOHANG | WNOWAIT);
  if (waited < 0 || info.si_pid == 0) return false;
  // The leader is a zombie still, so its number names no other group: what it left behind goes now.
  kill_group();
  ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_), &info, WEXITED | WNOHANG);
  reaped_ = true;
  signalled = info.si_code != CLD_EXITED;
  code = info.si_status;
  return true;
}

void Child::signal(int number) {
  if (pidfd_ >= 0 && !reaped_) send_signal_to(pidfd_, pid_, number);
}

void Child::await_stop() {
  siginfo_t info;
  while (::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_), &info,
                  WSTOPPED | WEXITED | WNOWAIT) < 0 &&
         errno == EINTR) {
  }
}

void Child::kill_group() {
  if (reaped_) return;
  // The child makes its own group; until it has, the group call finds none and only the process is killed.
  send_signal(pid_, SIGKILL, Whom::group);
  signal(SIGKILL);
}

}  // namespace caravan::harness
