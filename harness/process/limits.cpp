#include "harness/process/limits.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "objects/base/error.hpp"
#include "objects/vocabulary/databases.hpp"

namespace caravan::harness {
namespace {

namespace fs = std::filesystem;

// Measured on all shipped scenarios, with a margin. Files: the recording, the database, locks, epoll, signals
// and libzmq's own; then a connection and a pidfd per node. Threads: libzmq has two besides the main one.
constexpr std::uint64_t files_of_harness = 32, files_a_node = 2, files_of_node = 24;
constexpr rlim_t most_files = 65'536;  // room for a storm of strangers: libzmq, out of them, aborts
constexpr std::uint64_t threads_of_libzmq = 2, threads_a_node = 1 + threads_of_libzmq;
constexpr std::uint64_t files_of_server = 96, processes_of_server = 12, processes_a_connection = 1;
constexpr std::uint64_t mebibyte = 1024 * 1024, address_space = 72 * mebibyte, data = 56 * mebibyte,
                        stack = mebibyte / 2;

std::uint64_t count_nodes(const Plan& plan) {
  std::uint64_t count = 1;  // one more: a migration, or one that starts while another is still being reaped
  for (const auto& kind : plan.nodes) count += static_cast<std::uint64_t>(std::max(kind.second, 0));
  return count;
}

bool private_server(const Plan& plan) {
  const auto kind = word_from<DatabaseKind>(plan.mode.database);
  return !kind || !is_file(*kind);
}

std::uint64_t open_files() {
  std::error_code unknown;
  std::uint64_t count = 0;
  for (fs::directory_iterator it("/proc/self/fd", unknown), end; it != end; it.increment(unknown)) ++count;
  return count;
}

/// Threads of all processes of this user: what the kernel compares with RLIMIT_NPROC.
std::uint64_t threads_of_user() {
  const auto user = ::getuid();
  std::uint64_t count = 0;
  std::error_code unknown;
  for (fs::directory_iterator it("/proc", unknown), end; it != end; it.increment(unknown)) {
    const auto name = it->path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream status(it->path() / "status");
    std::string word;
    std::uint64_t owner = 0, threads = 0;
    while (status >> word) {
      if (word == "Uid:") status >> owner;
      if (word == "Threads:" && status >> threads) break;
    }
    if (owner == user) count += threads;
  }
  return count;
}

std::uint64_t stack_of_a_thread() {
  rlimit limit{};
  ::getrlimit(RLIMIT_STACK, &limit);
  return limit.rlim_cur == RLIM_INFINITY ? 2 * mebibyte : limit.rlim_cur;
}

std::string with_unit(const Need& need, std::uint64_t amount) {
  return need.unit == 1 ? std::to_string(amount)
                        : fmt::format("{} KiB", (amount + need.unit - 1) / need.unit);
}

}  // namespace

std::uint64_t processes_of(const Plan& plan) {
  return threads_of_libzmq + threads_a_node * count_nodes(plan) +
         (private_server(plan) ? processes_of_server + processes_a_connection * count_nodes(plan) : 0);
}

void try_processes(std::uint64_t number) {
  int until_closed[2];
  if (::pipe2(until_closed, O_CLOEXEC) != 0)
    throw machine_failed("", std::string("no pipe: ") + std::strerror(errno));
  std::vector<pid_t> made;
  bool room = true;
  while (room && made.size() < number) {
    const pid_t child = ::fork();
    if (child == 0) {  // async-signal-safe calls only
      ::close(until_closed[1]);
      char nothing;
      while (::read(until_closed[0], &nothing, 1) < 0 && errno == EINTR) {
      }
      ::_exit(0);
    }
    room = child > 0;
    if (room) made.push_back(child);
  }
  const int cause = room ? 0 : errno;
  ::close(until_closed[0]);
  ::close(until_closed[1]);
  for (const pid_t child : made)
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
  if (cause == EAGAIN)
    throw machine_failed("processes and threads",
                         fmt::format("this run needs {}, and there is room for {}", number, made.size()),
                         "`ulimit -u`, or the pids.max of a control group, allows no more");
}

std::vector<Need> needs_of(const Plan& plan) {
  const auto nodes = count_nodes(plan);
  const auto server = private_server(plan);
  const auto why = fmt::format("for {} nodes{}", nodes - 1, server ? " and a database server" : "");
  const auto stacks = (threads_of_libzmq + 1) * stack_of_a_thread();
  std::vector<Need> needs = {
      {RLIMIT_NOFILE, "open files", "-n", 1,
       std::max({open_files() + files_of_harness + files_a_node * nodes, files_of_node,
                 server ? files_of_server : 0}),
       why},
      {RLIMIT_AS, "of address space", "-v", 1024, address_space + stacks, "a process"},
      {RLIMIT_DATA, "of data", "-d", 1024, data + stacks, "a process"},
      {RLIMIT_STACK, "of stack", "-s", 1024, stack, "a process"},
  };
  const auto of_server = server ? processes_of_server + processes_a_connection * nodes : 0;
  needs.push_back({RLIMIT_NPROC, "processes and threads", "-u", 1, of_server, why});
  if (::getuid() != 0) {  // root is not held to it, but a server, which runs as another user, is
    needs.back().amount += threads_of_user() + threads_of_libzmq + threads_a_node * nodes;
    needs.back().why += ", in addition to those that this user already has";
  }
  return needs;
}

void meet(const std::vector<Need>& needs) {
  for (const auto& need : needs) {
    const auto resource = static_cast<__rlimit_resource>(need.resource);
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0) continue;
    if (need.resource == RLIMIT_NOFILE && limit.rlim_cur < std::min(limit.rlim_max, most_files)) {
      const rlimit more{std::min(limit.rlim_max, most_files), limit.rlim_max};
      if (::setrlimit(resource, &more) == 0) limit = more;
    }
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= need.amount) continue;
    throw machine_failed(
        fmt::format("ulimit {}", need.option),
        fmt::format("the limit is {} {}, and this run needs {} ({})", with_unit(need, limit.rlim_cur),
                    need.what, with_unit(need, need.amount), need.why),
        fmt::format("`ulimit {} {}` or more in this shell", need.option,
                    (need.amount + need.unit - 1) / need.unit));
  }
}

}  // namespace caravan::harness
