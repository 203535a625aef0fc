// What happens between processes: writers at the same time, and ones that are killed in their middle.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "backend.hpp"

namespace caravan::nodes::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Runs `act` in a child and waits for it. A store that it opens is the child's own.
int in_child(const std::function<void()>& act) {
  const pid_t pid = fork();
  if (pid == 0) {
    int status = 0;
    try {
      act();
    } catch (const std::exception&) {
      status = 1;
    }
    _exit(status);
  }
  int status = -1;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return status;
}

TEST_P(SqlConformance, ForgetsWhatAKilledProcessDidNotCommitAndLetsTheNextOneIn) {
  store_->insert("books", {{"id", "kept"}, {"title", "before"}});
  store_->commit();
  store_.reset();
  const int status = in_child([&] {
    const auto mine = another();
    mine->insert("books", {{"id", "lost"}, {"title", "t"}});
    mine->update("books", "kept", {{"title", "after"}});
    raise(SIGKILL);
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto next = another();
  EXPECT_FALSE(next->get("books", "lost"));
  EXPECT_EQ(next->get("books", "kept")->at("title"), Json("before"));
  EXPECT_NO_THROW(next->insert("books", {{"id", "lost"}, {"title", "u"}}));
  next->commit();
  EXPECT_EQ(changes_of(witness()->changes_after(0), "insert", "id").size(), 2u);
  EXPECT_THAT(changes_of(witness()->changes_after(0), "update", "title"), IsEmpty());
}

// Each child adds its own rows, 20 in 20 transactions; the parent then sees all of them, and each transaction
// whole.
TEST_P(SqlConformance, LosesNothingBetweenProcesses) {
  store_.reset();
  std::vector<pid_t> children;
  for (const char* name : {"p", "q", "r"}) {
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      int status = 0;
      try {
        const auto mine = another();
        for (int i = 0; i < 20; ++i) {
          const std::string id = name + std::to_string(i);
          mine->get("books", id);
          mine->insert("books", {{"id", id}, {"title", "t"}});
          mine->update("books", id, {{"title", "u"}});
          mine->commit();
        }
      } catch (const std::exception&) {
        status = 1;
      }
      _exit(status);
    }
    children.push_back(pid);
  }
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const auto watcher = witness();
  EXPECT_EQ(watcher->list("books", {{"title", "u"}}).size(), 60u);
  const auto changes = watcher->changes_after(0);
  ASSERT_EQ(changes.size(), 60u * 5);
  for (std::size_t i = 0; i < changes.size(); i += 5) {
    EXPECT_EQ(changes[i].key, changes[i + 4].key) << "transactions do not mix";
    EXPECT_EQ(changes[i + 4].action, "update");
  }
}

}  // namespace
}  // namespace caravan::nodes::test
