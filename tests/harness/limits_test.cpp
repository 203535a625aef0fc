// What the machine allows a process, and what a run needs of it: told before anything is made, and never at
// anybody's cost. Each run is in a pid namespace where one can be had, and behind the witness of signals
// always.
#include <sys/stat.h>

#include <cstdlib>
#include <regex>

#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

class Limits : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    words_ = little_run("plain");
    // Another user can neither be expected to reach the build nor to write here.
    for (const char* name : {"caravan", "fake-node"})
      fs::copy_file(fs::path(CARAVAN_BIN_DIR) / name, folder / name);
    words_.back() = (folder / "fake-node").string();
    fs::permissions(folder, fs::perms::all);
  }

  /// The little run under `ulimit OPTION VALUE`; as nobody if that is possible and asked for.
  Result under(const std::string& limits, bool as_another = false) {
    auto words = apart();
    if (as_another && ::getuid() == 0)
      words.insert(words.end(), {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
    // The witness is preloaded for caravan alone: bash would have to load it under the limit too.
    words.insert(words.end(), {"/bin/bash", "-c",
                               limits + "; export LD_PRELOAD=" + witness_ +
                                   " ASAN_OPTIONS=verify_asan_link_order=0; exec \"$@\"",
                               "bash", (folder / "caravan").string()});
    words.insert(words.end(), words_.begin(), words_.end());
    const auto result = await(launch_program(words));
    EXPECT_THAT(result.err, testing::Not(HasSubstr("signal witness"))) << limits;
    return result;
  }

  static void told(const Result& result, const std::string& limit) {
    EXPECT_EQ(result.code, 4) << limit << ": " << result.err;
    EXPECT_THAT(result.err, StartsWith("caravan: " + limit + ": the limit is ")) << limit;
    EXPECT_THAT(result.err, HasSubstr("this run needs "));
    EXPECT_EQ(lines(result.err), 1U) << result.err;
  }
  static void not_to_be_seen(const Result& result) {
    EXPECT_EQ(result.code, 4) << result.err;
    EXPECT_THAT(result.err, testing::AnyOf(HasSubstr("caravan: processes and threads: this run needs "),
                                           StartsWith("caravan: ulimit -u: the limit is ")));
  }
  static int need(const Result& result) {
    std::smatch found;
    return std::regex_search(result.err, found, std::regex("this run needs ([0-9]+) ")) ? std::stoi(found[1])
                                                                                        : -1;
  }

 private:
  /// A pid namespace of its own: as root, else as the root of a user namespace, else none.
  std::vector<std::string> apart() const {
    for (const std::vector<std::string>& form :
         {std::vector<std::string>{"/usr/bin/unshare", "--pid", "--fork", "--kill-child"},
          std::vector<std::string>{"/usr/bin/unshare", "-Ur", "--pid", "--fork", "--kill-child"}}) {
      auto words = form;
      words.push_back("/bin/true");
      if (await(launch_program(words)).code == 0) return form;
    }
    return {};
  }

  std::vector<std::string> words_;
  const std::string witness_ = CARAVAN_WITNESS;
};

TEST_F(Limits, OpenFilesThatDoNotSufficeAreToldWithTheNeedAndNobodyIsSignalled) {
  const auto first = under("ulimit -n 8");
  told(first, "ulimit -n");
  const int enough = need(first);
  ASSERT_GT(enough, 8);
  ASSERT_LE(enough, 64);
  for (int few = 10; few < enough; few += 3) told(under("ulimit -n " + std::to_string(few)), "ulimit -n");
  told(under("ulimit -n " + std::to_string(enough - 1)), "ulimit -n");
  for (const int some : {enough, 64}) {
    const auto result = under("ulimit -n " + std::to_string(some));
    EXPECT_NE(result.code, 4) << some << ": "
                              << result.err;  // what is judged of so little a run is not asked
    EXPECT_EQ(seen("end", "outcome"), std::vector<std::string>{"complete"}) << some;
    fs::remove_all(folder / "out-folder");
  }
}

TEST_F(Limits, ASoftLimitOfOpenFilesIsRaisedWhereTheHardOneAllows) {
  EXPECT_NE(under("ulimit -Sn 16").code, 4);
  EXPECT_EQ(seen("end", "outcome"), std::vector<std::string>{"complete"});
}

TEST_F(Limits, ProcessesThatDoNotSufficeAreTold) {
  const auto result = under("ulimit -u 4", true);
  // Where root is nobody else but this user, the kernel holds it to a limit that it does not tell.
  if (::getuid() == 0)
    told(result, "ulimit -u");
  else
    not_to_be_seen(result);
  EXPECT_FALSE(fs::exists(folder / "out-folder")) << "it was made before the limit was looked at";
}

TEST_F(Limits, ProcessesThatAreNotToBeSeenFromHereCountToo) {
  const std::vector<std::string> hide = {"/usr/bin/unshare", "--pid", "--fork", "--mount-proc", "/bin/true"};
  // Another user, and a pid namespace with a /proc of its own, are root's; else a limit that is not told must
  // do.
  if (::getuid() != 0 || await(launch_program(hide)).code != 0)
    return not_to_be_seen(under("ulimit -u 4", true));
  spill(folder / "beside-others", R"(
as_another="setpriv --reuid=64321 --regid=64321 --clear-groups"
exec 3< <(exec $as_another bash -c 'for i in $(seq 20); do sleep 60 3>&- >&2 & done; echo $(jobs -p); wait')
read -u 3 -r others
unshare --pid --fork --mount-proc --kill-child $as_another bash -c 'ulimit -u 26; exec "$@"' bash "$@"
code=$?
kill $others
exit $code
)");
  auto words = little_run("plain");
  words.back() = (folder / "fake-node").string();
  words.insert(words.begin(), {"/bin/bash", "beside-others", (folder / "caravan").string()});
  not_to_be_seen(await(launch_program(words)));
  EXPECT_FALSE(fs::exists(folder / "out-folder"));
}

#ifndef CARAVAN_SANITIZED  // whose shadow memory fits no such limit
TEST_F(Limits, MemoryThatDoesNotSufficeIsTold) {
  told(under("ulimit -v 60000"), "ulimit -v");
  told(under("ulimit -d 40000"), "ulimit -d");
  told(under("ulimit -s 300"), "ulimit -s");
}
#endif

TEST_F(Limits, NothingIsMadeAndNothingOldIsTouchedWhereALimitIsTooLow) {
  fs::create_directory(folder / "out-folder");
  spill(folder / "out-folder" / "run.ndjson", R"({"n":0,"t":0,"kind":"header"})"
                                              "\n");
  told(under("ulimit -n 12"), "ulimit -n");
  EXPECT_THAT(slurp(folder / "out-folder" / "run.ndjson"), StartsWith("{\"n\":0"));
}

}  // namespace
}  // namespace caravan::harness
