// No signal goes to a process that is not ours: not out of descriptors, not after a child that never was.
// preload/signal_witness.cpp is linked in, so none of these can hurt anybody when they fail.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

extern "C" {  // glibc 2.36 declares these without saying that they are C
#include <sys/pidfd.h>
}

#include "harness/process/child.hpp"
#include "objects/base/error.hpp"
#include "objects/base/send_signal.hpp"

namespace caravan::harness {
namespace {

using testing::HasSubstr;

constexpr int nothing = 0;  // the signal that only asks whether one could be sent

TEST(SignalsSent, NoneGoesToPidOneOrToManyAtOnce) {
  testing::internal::CaptureStderr();
  for (const pid_t pid : {1, 0, -1, -2, -32768}) {
    for (const Whom whom : {Whom::process, Whom::group}) {
      errno = 0;
      EXPECT_FALSE(send_signal(pid, nothing, whom)) << pid;
      EXPECT_EQ(errno, EPERM) << pid;
    }
    EXPECT_FALSE(send_signal_to(0, pid, nothing)) << pid;
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "the refusal came from the witness, too late";
}

TEST(SignalsSent, TheWitnessSeesWhatTheFunctionWouldHaveLetThrough) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(::kill(-1, nothing), -1);
  EXPECT_EQ(::kill(0, nothing), -1);
  EXPECT_EQ(::killpg(1, nothing), -1);
  const int first = ::pidfd_open(1, 0);
  EXPECT_EQ(::pidfd_send_signal(first, nothing, nullptr, 0), -1);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("refused kill(-1, 0)"));
}

TEST(SignalsSent, OursGetTheirs) { EXPECT_TRUE(send_signal(::getpid(), nothing)); }

/// Every descriptor taken but `left` of them; given back at the end.
class FewDescriptors {
 public:
  explicit FewDescriptors(int left) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = 64;
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (int fd; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) taken_.push_back(fd);
    for (; left > 0 && !taken_.empty(); --left) {
      ::close(taken_.back());
      taken_.pop_back();
    }
  }
  ~FewDescriptors() {
    for (const int fd : taken_) ::close(fd);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST(SignalsSent, AChildThatCannotBeMadeForWantOfDescriptorsIsAMachineFailureAndNobodyIsKilled) {
  testing::internal::CaptureStderr();
  int failures = 0;
  for (int left = 0; left < 6; ++left) {  // the log, the pipe to the child and the pidfd want some each
    const FewDescriptors few(left);
    try {
      Child::launch("/bin/true", {}, {}, "/dev/null");
    } catch (const Error& error) {
      ++failures;
      EXPECT_EQ(error.exit(), Exit::machine);
      EXPECT_THAT(error.what(), HasSubstr("Too many open files")) << left;
      EXPECT_THAT(error.what(), testing::Not(HasSubstr("Linux 5.4"))) << left;
    }
  }
  EXPECT_GE(failures, 3);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(SignalsSent, AProgramThatIsNotThereNamesTheProgram) {
  try {
    Child::launch("/nowhere/caravan-node", {}, {}, "/dev/null");
    FAIL() << "it was launched";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/caravan-node: cannot be run: No such file"));
    EXPECT_THAT(error.what(), HasSubstr("--node-program"));
  }
}

}  // namespace
}  // namespace caravan::harness
