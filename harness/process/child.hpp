// One child process, owned by its pidfd: no pid reuse, no SIGCHLD. Boost.Process only launches (child.cpp).
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace caravan::harness {

/// Owns its process: moved, never copied, and killed with its owner. One that was moved from owns nothing.
class Child {
 public:
  /// stdout and stderr are appended to `log`. Throws machine_failed if the program cannot be run or the log
  /// written. Must be called from the main thread: the child dies with the thread that forked it.
  static Child launch(const std::string& program, const std::vector<std::string>& args,
                      const std::vector<std::pair<std::string, std::string>>& environment,
                      const std::string& log);

  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  ///< kills the process group and reaps

  int pidfd() const { return pidfd_; }
  pid_t pid() const { return pid_; }
  /// True once it ended; fills in how. Reaps on the first call that says true.
  bool ended(bool& signalled, int& code);
  void signal(int number);
  /// Waits until a SIGSTOP that was sent has arrived (or the process has ended).
  void await_stop();
  /// SIGKILL to the whole group: also takes grandchildren of a child that has ended.
  void kill_group();

 private:
  Child(pid_t pid, int pidfd) : pid_(pid), pidfd_(pidfd) {}
  void finish() noexcept;

  pid_t pid_ = -1;
  int pidfd_ = -1;
  bool reaped_ = false;
};

}  // namespace caravan::harness
