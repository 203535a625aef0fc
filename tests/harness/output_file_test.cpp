// Files that are written: whole or not at all, and nothing that is no regular file is replaced.
#include "harness/output/output_file.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <functional>
#include <thread>

#include "objects/base/error.hpp"
#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

struct Told {
  Exit exit = Exit::as_expected;
  std::string what;
};

class Outputs : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    file = folder / "file";
  }
  Told telling(const fs::path& path, const std::string& text = "new") const {
    try {
      write_file(path, text);
      return {};
    } catch (const Error& error) {
      return {error.exit(), error.what()};
    }
  }
  struct stat status(const fs::path& path) const {
    struct stat seen {};
    EXPECT_EQ(::lstat(path.c_str(), &seen), 0) << path;
    return seen;
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }
  /// In a child of its own, as whom and with what limits `first` says; false if it threw.
  bool apart(const std::function<void()>& first, const fs::path& path, const std::string& text) const {
    const pid_t other = ::fork();
    if (other == 0) {
      expect_broken_outputs();
      first();
      ::_exit(telling(path, text).exit == Exit::as_expected ? 0 : 1);
    }
    int status = 0;
    ::waitpid(other, &status, 0);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    return WEXITSTATUS(status) == 0;
  }

  fs::path file;
};

/// A device of this test's own, which root could replace as well as any other.
class Terminal {
 public:
  Terminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    if (::grantpt(master_) == 0 && ::unlockpt(master_) == 0) name_ = ::ptsname(master_);
    slave_ = ::open(name_.c_str(), O_RDWR | O_NOCTTY);  // while one has it open, what is written can be read
  }
  ~Terminal() {
    ::close(slave_);
    ::close(master_);
  }
  const std::string& name() const { return name_; }
  std::string read() const {
    char text[100];
    const auto got = ::read(master_, text, sizeof text);
    return {text, got > 0 ? static_cast<std::size_t>(got) : 0};
  }

 private:
  int master_, slave_ = -1;
  std::string name_;
};

TEST_F(Outputs, AreNewFilesAsTheUmaskSays) {
  const auto before = ::umask(027);
  write_file(file, "new");
  ::umask(before);
  EXPECT_EQ(slurp(file), "new");
  EXPECT_EQ(status(file).st_mode & 0777, 0640U);
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Outputs, KeepModeAndOwnerOfTheOldFile) {
  spill(file, "something older and longer");
  fs::permissions(file, fs::perms(0751));
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(file.c_str(), 12, 34), 0);
  }
  const auto before = status(file);
  write_file(file, "new");
  EXPECT_EQ(slurp(file), "new");
  EXPECT_EQ(status(file).st_mode, before.st_mode);
  EXPECT_EQ(status(file).st_uid, before.st_uid);
  EXPECT_EQ(status(file).st_gid, before.st_gid);
  EXPECT_NE(status(file).st_ino, before.st_ino) << "replaced, so that nobody sees half of it";
}

TEST_F(Outputs, KeepHardLinksTogether) {
  spill(file, "something older and longer");
  fs::create_hard_link(file, folder / "other");
  write_file(file, "new");
  EXPECT_EQ(slurp(folder / "other"), "new");
  EXPECT_EQ(status(file).st_nlink, 2U);
}

TEST_F(Outputs, FollowLinksAlsoToWhatIsNotThereYet) {
  fs::create_directory(folder / "far");
  fs::create_symlink("far/target", folder / "second");
  fs::create_symlink("second", file);
  for (const char* text : {"made", "made anew"}) {
    write_file(file, text);
    EXPECT_TRUE(fs::is_symlink(file));
    EXPECT_TRUE(fs::is_symlink(folder / "second"));
    EXPECT_EQ(slurp(folder / "far/target"), text);
  }
}

TEST_F(Outputs, RefuseLinksThatLeadNowhere) {
  fs::create_symlink("file", file);
  EXPECT_EQ(telling(file).exit, Exit::machine);
  fs::create_symlink("no/such/folder", folder / "other");
  EXPECT_THAT(telling(folder / "other").what, HasSubstr("No such file"));
}

TEST_F(Outputs, LeaveDevicesWhatTheyAre) {
  const Terminal terminal;
  fs::create_symlink(terminal.name(), file);
  write_file(file, "new");
  EXPECT_EQ(terminal.read(), "new");
  EXPECT_TRUE(fs::is_symlink(file));
  EXPECT_TRUE(fs::is_character_file(file));
}

TEST_F(Outputs, LeaveADeviceNodeInItsFolder) {
  if (::mknod(file.c_str(), S_IFCHR | 0666, makedev(1, 3)) != 0) {  // root alone may
    ASSERT_EQ(::symlink("/dev/null", file.c_str()), 0);
  }
  const auto told = telling(file);  // a folder of the test may be mounted without devices
  EXPECT_TRUE(told.exit == Exit::as_expected || told.exit == Exit::machine);
  EXPECT_TRUE(fs::is_character_file(file));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Outputs, GoThroughAPipeToItsReader) {
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  const int reader = ::open(file.c_str(), O_RDONLY | O_NONBLOCK);
  write_file(file, "new");
  char text[10] = "";
  EXPECT_EQ(::read(reader, text, sizeof text), 3);
  ::close(reader);
  EXPECT_TRUE(fs::is_fifo(file));
}

TEST_F(Outputs, WaitForAPipesReaderWithAWord) {
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  testing::internal::CaptureStderr();
  std::thread writer([this] { write_file(file, "new"); });
  EXPECT_EQ(slurp(file), "new");
  writer.join();
  const auto said = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(said.empty() || said.find("waiting for a reader") != std::string::npos) << said;
}

TEST_F(Outputs, RefuseFoldersAndSockets) {
  EXPECT_EQ(telling(folder).exit, Exit::bad_request);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  file.string().copy(address.sun_path, sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(telling(file).exit, Exit::bad_request);
  ::close(socket);
  EXPECT_TRUE(fs::is_socket(file));
}

TEST_F(Outputs, GoOnWhereADescriptorStands) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_EQ(::write(fd, "before, ", 8), 8);
  write_file("/proc/self/fd/" + std::to_string(fd), "new");
  write_file("/dev/fd/" + std::to_string(fd), ", newer");
  ::close(fd);
  EXPECT_EQ(slurp(file), "before, new, newer");
}

TEST_F(Outputs, ReachASocketByItsDescriptor) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  write_file("/proc/self/fd/" + std::to_string(ends[0]), "new");
  char text[10] = "";
  EXPECT_EQ(::read(ends[1], text, sizeof text), 3);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(Outputs, WriteInPlaceWhereTheFolderIsNotOurs) {
  const auto inner = folder / "inner";
  fs::create_directory(inner);
  spill(inner / "file", "something older and longer");
  fs::permissions(inner / "file", fs::perms(0666));
  fs::permissions(inner, fs::perms(0555));
  fs::permissions(folder, fs::perms(0755));
  const auto nobody = [] {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) ::_exit(9);
  };
  EXPECT_TRUE(apart(nobody, inner / "file", "new"));
  EXPECT_EQ(slurp(inner / "file"), "new");
  fs::permissions(inner / "file", fs::perms(0444));
  EXPECT_FALSE(apart(nobody, inner / "file", "newer")) << "read-only stays so";
  fs::permissions(inner, fs::perms(0777));
  EXPECT_FALSE(apart(nobody, inner / "file", "newer")) << "also where it could be replaced";
  EXPECT_EQ(slurp(inner / "file"), "new");
}

TEST_F(Outputs, LeaveTheOldFileWhereALimitStopsTheNewOne) {
  spill(file, "old");
  const auto small = [] {
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  };
  EXPECT_FALSE(apart(small, file, std::string(5000, 'x')));
  EXPECT_EQ(slurp(file), "old");
  EXPECT_FALSE(apart(small, folder / "other", std::string(5000, 'x')));
  EXPECT_EQ(entries(), 1U);
}

/// The command line's own: stdout, and reports to files.
class Reports : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    spill(folder / "run.ndjson", begun_recording("s"));
  }
};

TEST_F(Reports, ToAFullDiskAreTheMachinesFault) {
  EXPECT_EQ(shell("caravan report . > /dev/full"), 4);
  EXPECT_THAT(slurp(folder / "err"), HasSubstr("No space left"));
  EXPECT_EQ(shell("caravan list > /dev/full"), 4);
  EXPECT_EQ(shell("caravan run --help > /dev/full"), 4);
  EXPECT_EQ(shell("ln -s /dev/full full && caravan report . --out full"), 4);
  EXPECT_TRUE(fs::is_symlink(folder / "full"));
}

TEST_F(Reports, ToAClosedStdoutAreTheMachinesFault) {
  EXPECT_EQ(shell("caravan report . >&-"), 4);
  EXPECT_THAT(slurp(folder / "err"), HasSubstr("stdout"));
}

TEST_F(Reports, ToAReaderWhoHasSeenEnoughEndQuietlyWithTheirOwnExitCode) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  const struct {
    const char* command;
    int code;
  } all[] = {{"--help", 0},         {"run --help", 0},
             {"version", 0},        {"list", 0},
             {"explain frame", 0},  {"plan kilo-to-liberty", 0},
             {"objects list", 0},   {"objects lint", 0},
             {"show .", 0},         {"show . --json", 0},
             {"report .", 3},       {"report . --out -", 3},
             {"judge .", 3},        {"report . --out /dev/stdout", 3},
             {"objects --help", 0}, {"objects lint --plant F02", 1}};
  for (const auto& one : all) {
    EXPECT_EQ(shell(std::string("caravan ") + one.command + " >&" + std::to_string(ends[1])), one.code)
        << one.command;
    EXPECT_THAT(slurp(folder / "err"), testing::Not(HasSubstr("ipe"))) << one.command;
  }
  ::close(ends[1]);
}

TEST_F(Reports, ToStdoutByItsNamesGoOnBehindWhatIsThere) {
  for (const char* name : {"/dev/stdout", "/proc/self/fd/1", "/dev/fd/1", "-"}) {
    EXPECT_EQ(shell(std::string("{ echo first; caravan report . --out ") + name + "; echo last; }"), 0);
    const auto text = slurp(folder / "out");
    EXPECT_THAT(text, StartsWith("first\n")) << name;
    EXPECT_THAT(text, HasSubstr("verdict")) << name;
    EXPECT_THAT(text, testing::EndsWith("last\n")) << name;
  }
}

TEST_F(Reports, EndWithTheVerdictsExitCodeAsJudgeDoes) {
  for (const char* format : {"text", "md", "junit", "json"}) {
    const auto judged = caravan({"judge", ".", "--format", format});
    const auto shown = caravan({"report", ".", "--format", format});
    EXPECT_EQ(shown.code, 3);
    EXPECT_EQ(shown.code, judged.code);
    EXPECT_EQ(shown.out, judged.out);
    EXPECT_EQ(caravan({"report", ".", "--format", format, "--out", "report"}).code, 3);
    EXPECT_TRUE(fs::exists(folder / "report"));
  }
}

TEST_F(Reports, DoNotReplaceRecordings) {
  const auto before = slurp(folder / "run.ndjson");
  fs::copy_file(folder / "run.ndjson", folder / "other");
  fs::create_symlink("other", folder / "link");
  for (const char* name : {"run.ndjson", "other", "link"})
    one_message(caravan({"report", ".", "--out", name}), 2, "is a recording");
  EXPECT_EQ(slurp(folder / "run.ndjson"), before);
  EXPECT_EQ(slurp(folder / "other"), before);
}

}  // namespace
}  // namespace caravan::harness
