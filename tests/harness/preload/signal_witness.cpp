// Stands between a program and the kernel's ways to send a signal: what would hit pid 1, the caller's own
// group or every process is refused, and said on stderr. Linked into the tests, and preloaded into the
// programs that they start, so that a mistake costs a failed test and not a machine.
#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

extern "C" {  // glibc 2.36 declares these without saying that they are C
#include <sys/pidfd.h>
}

namespace {

int refuse(const char* call, long target, int number) {
  char line[100];
  const int length =
      std::snprintf(line, sizeof line, "signal witness: refused %s(%ld, %d)\n", call, target, number);
  if (length > 0 && ::write(2, line, static_cast<std::size_t>(length)) < 0) std::abort();
  errno = EPERM;
  return -1;
}

/// The pid behind a pidfd; -1 for what is not one, and for a process that was reaped.
long pid_of(int pidfd) {
  char path[40];
  std::snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
  long pid = -1;
  if (std::FILE* file = std::fopen(path, "r")) {
    char line[100];
    while (std::fgets(line, sizeof line, file)) std::sscanf(line, "Pid: %ld", &pid);
    std::fclose(file);
  } else {
    pid = 2;  // no descriptor to look with: a pidfd that is none fails by itself
  }
  return pid;
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int kill(pid_t pid, int number) noexcept {
  if (pid >= -1 && pid <= 1) return refuse("kill", pid, number);
  return real<int(pid_t, int)>("kill")(pid, number);
}

int killpg(pid_t group, int number) noexcept {
  if (group <= 1) return refuse("killpg", group, number);
  return real<int(pid_t, int)>("killpg")(group, number);
}

int pidfd_send_signal(int pidfd, int number, siginfo_t* info, unsigned flags) noexcept {
  const long pid = pid_of(pidfd);
  if (pid >= 0 && pid <= 1) return refuse("pidfd_send_signal", pid, number);
  return real<int(int, int, siginfo_t*, unsigned)>("pidfd_send_signal")(pidfd, number, info, flags);
}
}
