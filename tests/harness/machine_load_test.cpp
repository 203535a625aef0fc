// What the machine takes away is told; what the plan does, and what a node does by itself, is not.
#include "harness/process/machine_load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace caravan::harness {
namespace {

using testing::Contains;
using testing::Not;

/// "engine.1#1 stopped 100000"
std::vector<std::string> told(const Taken& taken) {
  std::vector<std::string> out;
  for (const auto& share : taken.shares)
    out.push_back(share.who + " " + share.cause + " " + std::to_string(share.micros));
  return out;
}

/// A child that does nothing, and stands still at once.
class Stopped {
 public:
  Stopped() : pid_(::fork()) {
    if (pid_ == 0)
      for (;;) ::pause();
    ::kill(pid_, SIGSTOP);
    ::waitpid(pid_, nullptr, WUNTRACED);
  }
  ~Stopped() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

TEST(MachineLoad, TellsWhoStandsStoppedFromOneLookToTheNext) {
  const Stopped one;
  MachineLoad load(0);
  load.add("engine.1#1", one.pid());
  EXPECT_THAT(told(load.take(100'000)), Not(Contains("engine.1#1 stopped 100000")))
      << "nobody knows since when";
  EXPECT_THAT(told(load.take(300'000)), Contains("engine.1#1 stopped 200000"));
}

TEST(MachineLoad, TakesNoPauseOfThePlanForOne) {
  const Stopped one;
  MachineLoad load(0);
  load.add("engine.1#1", one.pid());
  load.paused(one.pid(), true);
  load.take(100'000);
  EXPECT_THAT(told(load.take(300'000)), Not(Contains("engine.1#1 stopped 200000")));
}

TEST(MachineLoad, SeesWhoIsAtWork) {
  const Stopped one;
  MachineLoad load(0);
  load.add("engine.1#1", one.pid());
  EXPECT_TRUE(load.at_work()) << "stopped by nobody of ours, it may have work in hand";
  load.paused(one.pid(), true);
  EXPECT_FALSE(load.at_work());
}

TEST(MachineLoad, SeesThatWhoSleepsIsNotAtWork) {
  const Stopped one;
  ::kill(one.pid(), SIGCONT);
  MachineLoad load(0);
  load.add("engine.1#1", one.pid());
  while (load.at_work()) ::sched_yield();
  SUCCEED() << "it sleeps in pause(2) again before long";
}

TEST(MachineLoad, CallsWhatElseItStartedTheDatabase) {
  const Stopped one;
  MachineLoad load(0);
  load.take(100'000);
  EXPECT_THAT(told(load.take(300'000)), Contains("database stopped 200000"));
}

TEST(MachineLoad, TellsHowLateTheHarnessCame) {
  MachineLoad load(0);
  load.sleeps(50'000);
  load.wakes(3'050'000);
  EXPECT_THAT(told(load.take(3'050'000)), Contains("harness late 3000000"));
}

TEST(MachineLoad, CallsNoSleepLate) {
  MachineLoad load(0);
  load.sleeps(2'000'000);
  load.wakes(2'001'000);
  EXPECT_THAT(told(load.take(2'001'000)), Not(Contains("harness late 1000")));
}

TEST(MachineLoad, OfOneStretchNoMoreIsTakenThanItLasted) {
  EXPECT_EQ((Taken{0, 100, {{"a", "queued", 80}, {"b", "queued", 80}}}.sum()), 100);
}

}  // namespace
}  // namespace caravan::harness
