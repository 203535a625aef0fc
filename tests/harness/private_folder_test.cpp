// Where the broker's socket lies: private, short enough, and swept after a run that was killed.
#include "harness/process/private_folder.hpp"

#include <algorithm>

#include "objects/base/error.hpp"
#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

using testing::AllOf;

TEST(PrivateFolders, AreLockedWhileTheirProcessLivesAndSweptAfterwards) {
  int channel[2];
  ASSERT_EQ(::pipe(channel), 0);
  const pid_t run = ::fork();
  ASSERT_GE(run, 0);
  if (run == 0) {
    const PrivateFolder mine("caravan-sweep-test", "socket");
    std::ofstream(mine.path() + "/socket") << "x";
    if (::write(channel[1], mine.path().c_str(), mine.path().size()) < 0) ::_exit(1);
    for (;;) ::pause();
  }
  std::string left(200, '\0');
  left.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(channel[0], left.data(), left.size()))));
  { const PrivateFolder next("caravan-sweep-test", "socket"); }
  EXPECT_TRUE(fs::exists(left + "/socket")) << "its run lives";
  ::kill(run, SIGKILL);
  ::waitpid(run, nullptr, 0);
  { const PrivateFolder next("caravan-sweep-test", "socket"); }
  EXPECT_FALSE(fs::exists(left));
  ::close(channel[0]);
  ::close(channel[1]);
}

TEST(PrivateFolders, OfAnotherModeAreNotOurs) {
  const PrivateFolder mine("caravan-mode-test", "socket");
  const auto other = fs::path(mine.path()).parent_path() / "caravan-mode-test-abcdef";
  fs::create_directories(other);
  fs::permissions(other, fs::perms::all);
  { const PrivateFolder next("caravan-mode-test", "socket"); }
  EXPECT_TRUE(fs::exists(other));
  fs::remove_all(other);
}

TEST(PrivateFolders, ASocketThatFitsNowhereIsTheMachinesFault) {
  try {
    const PrivateFolder folder("caravan-long-test", std::string(100, 's'));
    FAIL() << folder.path();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit(), Exit::machine);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("/tmp"), HasSubstr("may have 107 bytes")));
  }
}

class ARunsTemporaryFolder : public ProgramTest {};

TEST_F(ARunsTemporaryFolder, IsAnotherWhereASocketsPathWouldBeTooLong) {
  const auto usual = folder / std::string(100, 'l');
  fs::create_directories(usual);
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before ? before : "";
  ::setenv("TMPDIR", usual.c_str(), 1);
  const auto code = caravan(little_run("")).code;
  before ? ::setenv("TMPDIR", kept.c_str(), 1) : ::unsetenv("TMPDIR");
  EXPECT_NE(code, 4);
  EXPECT_TRUE(fs::is_empty(usual));
}

}  // namespace
}  // namespace caravan::harness
