// The signals that ask a program to end (SIGINT, SIGTERM, SIGQUIT, SIGHUP but under nohup) as something to
// read: blocked while this lives, delivered through a descriptor.
#pragma once

#include <signal.h>

#include <optional>

namespace caravan::harness {

/// Blocks these signals in the calling thread and in threads that it starts later: make it before those, and
/// only one at a time. The constructor throws machine_failed if there is no descriptor; the destructor drops
/// signals that were not taken, and restores the mask.
class Signals {
 public:
  /// Also gives SIGCHLD back its default: ignored (as some CI runners leave it), exit statuses are lost.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int descriptor() const { return fd_; }
  std::optional<int> take();  ///< the next signal, if one came

 private:
  int fd_ = -1;
  sigset_t before_;
};

}  // namespace caravan::harness
