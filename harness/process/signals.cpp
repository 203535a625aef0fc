#include "harness/process/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "objects/base/error.hpp"

namespace caravan::harness {

Signals::Signals() {
  sigset_t ours;
  sigemptyset(&ours);
  for (const int number : {SIGINT, SIGTERM, SIGQUIT}) sigaddset(&ours, number);
  struct sigaction hangup {};
  ::sigaction(SIGHUP, nullptr, &hangup);
  // Under nohup it is ignored; blocked, it would be kept and read anyway.
  if (hangup.sa_handler != SIG_IGN) sigaddset(&ours, SIGHUP);
  sigprocmask(SIG_BLOCK, &ours, &before_);
  ::signal(SIGCHLD, SIG_DFL);
  fd_ = ::signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd_ < 0) {
    const int cause = errno;
    sigprocmask(SIG_SETMASK, &before_, nullptr);
    throw machine_failed("", std::string("no descriptor for signals: ") + std::strerror(cause));
  }
}

Signals::~Signals() {
  while (take()) {  // a third Ctrl-C must not strike after the recording was closed in order
  }
  ::close(fd_);
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> Signals::take() {
  signalfd_siginfo info;
  if (::read(fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace caravan::harness
