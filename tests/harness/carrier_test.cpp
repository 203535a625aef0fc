// The process carrier with real children: a node program of our own that speaks the protocol, or misbehaves.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "objects/base/error.hpp"
#include "tests/harness/carrier_test.hpp"

namespace caravan::harness {
namespace {

/// True if the process ends before the limit.
bool ends(pid_t pid) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return true;
  pollfd item{fd, POLLIN, 0};
  const bool gone = ::poll(&item, 1, 60000) == 1;
  ::close(fd);
  return gone;
}

using Carrying = CarrierTest;

TEST_F(Carrying, ANodeSaysHelloAndAnswers) {
  carrier->launch(launch("engine.1"));
  EXPECT_EQ(hello().from, "engine.1#1");
  EXPECT_TRUE(carrier->deliver("engine.1#1", ask()));
  const auto reply = want<Arrived>();
  EXPECT_EQ(reply.peer, "engine.1#1");
  EXPECT_EQ(reply.envelope.kind, Envelope::Kind::reply);
  EXPECT_EQ(reply.envelope.to, "client.1/1");
  EXPECT_EQ(reply.envelope.result, ask().args);
}

TEST_F(Carrying, ADrainedNodeSaysByeAndExitsWithZero) {
  carrier->launch(launch("engine.1"));
  hello();
  carrier->deliver("engine.1#1", drain());
  EXPECT_EQ(want<Arrived>().envelope.kind, Envelope::Kind::bye);
  const auto exited = want<Exited>();
  EXPECT_EQ(exited.peer, "engine.1#1");
  EXPECT_FALSE(exited.signalled);
  EXPECT_EQ(exited.code, 0);
}

TEST_F(Carrying, WhatANodePrintsIsInItsLog) {
  carrier->launch(launch("engine.1"));
  hello();
  carrier->deliver("engine.1#1", drain());
  want<Arrived>();
  want<Exited>();
  EXPECT_EQ(log_text("engine.1"), "engine.1#1 speaks\n");
}

TEST_F(Carrying, AKillIsReportedAsASignal) {
  carrier->launch(launch("engine.1"));
  hello();
  carrier->signal("engine.1#1", Signal::kill);
  const auto exited = want<Exited>();
  EXPECT_TRUE(exited.signalled);
  EXPECT_EQ(exited.code, SIGKILL);
}

TEST_F(Carrying, AnExitCodeNineIsNoSignal) {
  auto shell = launch("engine.1");
  shell.program = "/bin/sh";
  shell.args = {"-c", "exit 9"};
  shell.connect = false;
  carrier->launch(shell);
  const auto exited = want<Exited>();
  EXPECT_FALSE(exited.signalled);
  EXPECT_EQ(exited.code, 9);
}

TEST_F(Carrying, ATerminatedNodeEnds) {
  carrier->launch(launch("engine.1"));
  hello();
  carrier->signal("engine.1#1", Signal::terminate);
  EXPECT_EQ(want<Exited>().code, SIGTERM);
}

TEST_F(Carrying, APausedNodeIsSilentAndAResumedOneAnswers) {
  carrier->launch(launch("engine.1"));
  hello();
  carrier->signal("engine.1#1", Signal::pause);
  carrier->deliver("engine.1#1", ask());
  EXPECT_TRUE(std::holds_alternative<Elapsed>(next(100'000)));
  carrier->signal("engine.1#1", Signal::resume);
  EXPECT_EQ(want<Arrived>().envelope.kind, Envelope::Kind::reply);
}

TEST_F(Carrying, APausedNodeCanBeKilled) {
  carrier->launch(launch("engine.1"));
  hello();
  carrier->signal("engine.1#1", Signal::pause);
  carrier->signal("engine.1#1", Signal::kill);
  EXPECT_EQ(want<Exited>().code, SIGKILL);
}

TEST_F(Carrying, EveryMessageOfADeadNodeComesBeforeItsExit) {
  for (int round = 0; round < 20; ++round) {
    const auto node = fmt::format("engine.{}", round + 1);
    carrier->launch(launch(node, "burst"));
    hello();
    carrier->deliver(node + "#1", ask());
    for (int i = 0; i < 500; ++i) ASSERT_EQ(want<Arrived>().envelope.args["i"], i) << "round " << round;
    EXPECT_EQ(want<Exited>().code, 7);
  }
}

TEST_F(Carrying, NobodyCanBeDeliveredToOnceItsExitIsKnown) {
  carrier->launch(launch("engine.1"));
  hello();
  carrier->signal("engine.1#1", Signal::kill);
  want<Exited>();
  EXPECT_FALSE(carrier->deliver("engine.1#1", ask()));
  EXPECT_FALSE(carrier->deliver("engine.7#1", ask()));
}

TEST_F(Carrying, ANodeThatNeverSaysHelloIsJustSilence) {
  carrier->launch(launch("engine.1", "silent"));
  EXPECT_TRUE(std::holds_alternative<Elapsed>(next(200'000)));
}

TEST_F(Carrying, AProgramThatIsNotThereIsTheMachinesFault) {
  auto missing = launch("engine.1");
  missing.program = "/no/such/node";
  try {
    carrier->launch(missing);
    FAIL() << "it started";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit(), Exit::machine);
    EXPECT_EQ(error.where(), "/no/such/node");
    EXPECT_NE(error.message().find("No such file"), std::string::npos) << error.message();
  }
}

TEST_F(Carrying, ALogThatCannotBeWrittenIsTheMachinesFault) {
  auto launching = launch("engine.1");
  launching.log = (folder / "no" / "folder" / "x.log").string();
  EXPECT_THROW(carrier->launch(launching), Error);
}

TEST_F(Carrying, BytesThatAreNoEnvelopeAreReportedWithTheirSender) {
  carrier->launch(launch("engine.1", "garbage"));
  for (int i = 0; i < 2; ++i) {
    const auto garbled = want<Malformed>();
    EXPECT_EQ(garbled.peer, "engine.1#1");
    EXPECT_FALSE(garbled.why.empty());
  }
  EXPECT_NE(want<Malformed>().why.find("2 frames"), std::string::npos);
  hello();
}

TEST_F(Carrying, TheEndOfTheCarrierIsTheEndOfItsChildrenAndTheirs) {
  carrier->launch(launch("engine.1", "family"));
  const auto pid = hello().args["pid"].get<pid_t>();
  std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", pid));
  pid_t grandchild = 0;
  children >> grandchild;
  carrier.reset();
  EXPECT_TRUE(ends(pid));
  ASSERT_GT(grandchild, 0) << "the kernel lists no children";
  EXPECT_TRUE(ends(grandchild));
}

TEST_F(Carrying, AnInterruptionIsAHappening) {
  ::raise(SIGINT);
  EXPECT_EQ(want<Interrupted>().signal, SIGINT);
}

TEST_F(Carrying, ChildrenInheritNoDescriptorsAndNoBlockedSignals) {
  const int leak = ::open("/dev/null", O_RDONLY);  // without CLOEXEC
  carrier->launch(launch("engine.1"));
  const auto pid = hello().args["pid"].get<pid_t>();
  EXPECT_FALSE(fs::exists(fmt::format("/proc/{}/fd/{}", pid, leak)) &&
               fs::read_symlink(fmt::format("/proc/{}/fd/{}", pid, leak)) == "/dev/null");
  ::close(leak);
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  std::string line;
  while (std::getline(status, line) && line.rfind("SigBlk:", 0) != 0) {
  }
  EXPECT_EQ(line, "SigBlk:\t0000000000000000");
}

TEST_F(Carrying, NoDescriptorIsLeftOfNodesThatCameAndWentNorOfTheCarrier) {
  const auto open = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  const auto rounds = [&](int number) {
    for (int i = 0; i < number; ++i) {
      carrier->launch(launch("engine.1"));
      hello();
      carrier->signal("engine.1#1", Signal::kill);
      want<Exited>();
    }
  };
  carrier.reset();
  const auto before = open();
  make();
  rounds(1);
  const auto after_one = open();
  rounds(5);
  EXPECT_EQ(open(), after_one);
  carrier.reset();
  EXPECT_EQ(open(), before);
}

TEST_F(Carrying, ALibraryThatAbortsIsTheMachinesFault) {
  EXPECT_EXIT(::abort(), testing::ExitedWithCode(4), "libzmq gave up");
}

TEST_F(Carrying, AHarnessKilledWithNineLeavesNoOrphan) {
  carrier.reset();
  int channel[2];
  ASSERT_EQ(::pipe(channel), 0);
  const pid_t harness = ::fork();
  if (harness == 0) {
    make();
    for (const char* node : {"engine.1", "engine.2", "engine.3"}) {
      carrier->launch(launch(node));
      const pid_t pid = hello().args["pid"].get<pid_t>();
      if (::write(channel[1], &pid, sizeof pid) != sizeof pid) ::_exit(1);
    }
    carrier->signal("engine.2#1", Signal::pause);  // a stopped one must go as well
    const pid_t done = 0;
    if (::write(channel[1], &done, sizeof done) != sizeof done) ::_exit(1);
    for (;;) ::pause();
  }
  std::vector<pid_t> nodes;
  pid_t pid = 0;
  while (::read(channel[0], &pid, sizeof pid) == sizeof pid && pid != 0) nodes.push_back(pid);
  ASSERT_EQ(nodes.size(), 3U);
  for (const auto node : nodes) EXPECT_EQ(::kill(node, 0), 0) << "it never lived";
  ::kill(harness, SIGKILL);
  ::waitpid(harness, nullptr, 0);
  for (const auto node : nodes) EXPECT_TRUE(ends(node)) << node;
  ::close(channel[0]);
  ::close(channel[1]);
}

}  // namespace
}  // namespace caravan::harness
