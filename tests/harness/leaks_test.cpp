// Secrets in logs: many are looked for at once.
#include "harness/run/leaks.hpp"

#include <algorithm>
#include <fstream>

#include "harness/process/log_files.hpp"
#include "harness/run/finder.hpp"
#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

using Found = std::vector<std::size_t>;

Found found(const std::vector<std::string_view>& texts, const std::vector<std::string_view>& pieces) {
  Found out;
  Finder finder(texts);
  for (const auto piece : pieces) finder.search(piece, [&out](std::size_t i) { out.push_back(i); });
  return out;
}

TEST(Finder, FindsTextsInTheOrderOfTheirEnds) {
  EXPECT_EQ(found({"he", "she", "his", "hers"}, {"ushers his"}), (Found{1, 0, 3, 2}));
}

TEST(Finder, FindsTextsWithinTextsAndOverEachOther) {
  EXPECT_EQ(found({"abcd", "bc", "c", "abx"}, {"zabcdabx"}), (Found{1, 2, 0, 3}));
  EXPECT_EQ(found({"aa"}, {"aaaa"}), (Found{0, 0, 0}));
}

TEST(Finder, FindsDoublesEachAndEmptyTextsNever) {
  auto both = found({"one", "one", ""}, {"xonex"});
  std::sort(both.begin(), both.end());
  EXPECT_EQ(both, (Found{0, 1}));
}

TEST(Finder, FindsWhatIsCutIntoPieces) {
  EXPECT_EQ(found({"secret"}, {"a sec", "re", "t b"}), Found{0});
  Finder finder({"secret"});
  bool any = false;
  finder.search("sec", [&any](std::size_t) { any = true; });
  finder.restart();
  finder.search("ret", [&any](std::size_t) { any = true; });
  EXPECT_FALSE(any);
}

TEST(Finder, FindsBytesThatAreNoText) {
  const std::string bytes("\0\xff\n\x80", 4);
  EXPECT_EQ(found({bytes}, {"x" + bytes}), Found{0});
}

class Logs : public ProgramTest {
 protected:
  std::optional<std::vector<Leak>> leaks(
      const std::vector<CanaryInPlan>& secrets,
      const std::function<bool()>& stop = [] { return false; }) const {
    return leaks_in(
        logs_in(folder.string()),
        [this](const Log& log) {
          return std::make_unique<std::ifstream>(folder / log.file, std::ios::binary);
        },
        secrets, stop);
  }
};

std::vector<CanaryInPlan> canaries(std::size_t count) {
  std::vector<CanaryInPlan> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back({"password of operation c1-" + std::to_string(i) + ".", "c1-" + std::to_string(i),
                   "Cluster", "extra"});
  return out;
}

TEST_F(Logs, NameTheLineOfTheFirstLeakOfEachSecretInEachFile) {
  const auto secrets = canaries(3);
  spill(folder / "engine.2.1.log",
        "hello\nuser " + secrets[1].text + "\n" + secrets[1].text + secrets[0].text);
  spill(folder / "api.1.12.log", secrets[1].text);
  spill(folder / "notes.txt", secrets[2].text);
  const auto found = leaks(secrets);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 3U);
  EXPECT_EQ((*found)[0].log.node, "api.1");
  EXPECT_EQ((*found)[0].log.incarnation, 12);
  EXPECT_EQ((*found)[1].line, 2);
  EXPECT_EQ((*found)[1].canary->operation, "c1-1");
  EXPECT_EQ((*found)[2].line, 3);
  EXPECT_EQ((*found)[2].canary->operation, "c1-0");
}

// With a pass over the log for each secret this takes minutes, which the test's time limit does not give.
TEST_F(Logs, AreReadOnceHoweverManySecretsThereAre) {
  const auto secrets = canaries(20'000);
  std::string log;
  for (int i = 0; i < 200'000; ++i)
    log += "12:00:00.000000 handled operation c1-" + std::to_string(i) + " of \n";
  spill(folder / "engine.1.1.log", log + secrets.back().text);
  int asked = 0;
  const auto found = leaks(secrets, [&asked] { return ++asked < 0; });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size(), 1U);
  EXPECT_GE(asked, static_cast<int>(log.size() >> 16U));
}

TEST_F(Logs, AreLeftWhenTheSearchIsStopped) {
  const auto secrets = canaries(1);
  spill(folder / "engine.1.1.log", secrets[0].text);
  EXPECT_FALSE(leaks(secrets, [] { return true; }));
}

}  // namespace
}  // namespace caravan::harness
