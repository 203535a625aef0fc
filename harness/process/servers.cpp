#include "harness/process/servers.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/shm.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "harness/output/output_file.hpp"
#include "harness/process/child.hpp"
#include "harness/process/log_files.hpp"
#include "harness/process/private_folder.hpp"
#include "nodes/store/store.hpp"
#include "objects/base/error.hpp"
#include "objects/vocabulary/deadlines.hpp"

namespace caravan::harness {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

constexpr Instant ready_within = 30 * one_second * slowness;
constexpr int look_again = 5;  // milliseconds between two attempts to connect

/// What there is to know of a kind before it is started.
struct ServerKind {
  nodes::DatabaseUrl::Kind kind;
  const char* user;  ///< as whom it runs instead of root, whom servers refuse
  const char* package;
  const char* socket;  ///< the longest name in its folder
  std::string prefix() const { return std::string("caravan-") + name(kind); }
};
constexpr ServerKind postgresql = {nodes::DatabaseUrl::Kind::postgresql, "postgres", "postgresql",
                                   ".s.PGSQL.5432.lock"};
constexpr ServerKind mariadb = {nodes::DatabaseUrl::Kind::mariadb, "mysql", "mariadb-server", "sock"};

std::optional<passwd> server_user(const ServerKind& server) {
  if (::geteuid() != 0) return std::nullopt;
  const passwd* found = ::getpwnam(server.user);
  if (found == nullptr) {
    throw machine_failed(server.user, "there is no such user; the server runs as that user instead of root",
                         fmt::format("the Debian package {} creates it", server.package));
  }
  return *found;
}

PrivateFolder::Owner owner_of(const std::optional<passwd>& user) {
  if (!user) return {::geteuid(), ::getegid()};
  return {user->pw_uid, user->pw_gid};
}

// A PostgreSQL that was killed leaves a small segment of System V shared memory; only its pid file says
// which. Processes of it that have not ended yet keep theirs until they do.
void forget_shared_memory(const std::string& folder) {
  std::ifstream file(folder + "/data/postmaster.pid");
  std::string line;
  for (int number = 1; number < 7; ++number) std::getline(file, line);
  unsigned long key = 0;
  int id = -1;
  shmid_ds segment{};
  if (file >> key >> id && ::shmctl(id, IPC_STAT, &segment) == 0 &&
      segment.shm_perm.__key == static_cast<key_t>(key))
    ::shmctl(id, IPC_RMID, nullptr);
}

std::string find_program(const std::string& name, const std::vector<std::string>& folders,
                         const char* package) {
  for (const std::string& folder : folders) {
    const std::string path = folder + "/" + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  throw machine_failed(name, "is not installed, and a private database server needs it",
                       fmt::format("it is in the Debian package {}", package));
}

// The newest of /usr/lib/postgresql/VERSION/bin.
std::vector<std::string> postgresql_folders() {
  std::vector<std::pair<double, std::string>> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none))
    found.emplace_back(std::atof(entry.path().filename().c_str()), (entry.path() / "bin").string());
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> folders;
  for (const auto& each : found) folders.push_back(each.second);
  folders.insert(folders.end(), {"/usr/local/pgsql/bin", "/usr/bin", "/usr/local/bin"});
  return folders;
}
const std::vector<std::string> usual_folders = {"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin",
                                                "/usr/libexec"};

// setpriv asks for the death signal again: the kernel forgets it when the user changes.
Child launch_as(const std::optional<passwd>& user, const std::string& program, const Arguments& arguments,
                const std::string& log) {
  if (!user) return Child::launch(program, arguments, {}, log);
  Arguments all = {fmt::format("--reuid={}", user->pw_uid),
                   fmt::format("--regid={}", user->pw_gid),
                   "--clear-groups",
                   "--pdeathsig=KILL",
                   "--",
                   program};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return Child::launch(find_program("setpriv", {"/usr/bin", "/bin"}, "util-linux"), all, {}, log);
}

// True if the child ended before the time was over.
bool wait_for_end(Child& child, Instant time, bool& signalled, int& code) {
  pollfd ended{child.pidfd(), POLLIN, 0};
  for (Instant left = time; left > 0; left -= look_again * 1000) {
    if (::poll(&ended, 1, look_again) < 0) left -= 1;  // Ctrl-C is somebody else's to see
    if (child.ended(signalled, code)) return true;
  }
  return false;
}

void run_to_end(Child child, const std::string& program, const std::string& log) {
  bool signalled = false;
  int code = 0;
  if (!wait_for_end(child, ready_within, signalled, code))
    throw machine_failed(program, "did not finish in time", "see " + log);
  if (signalled || code != 0) {
    throw machine_failed(program, fmt::format("ended with {}: {}", code, last_line(log)), "see " + log);
  }
}

class PrivateServer : public DatabaseServer {
 public:
  PrivateServer(const ServerKind& server, int stop_signal, const std::string& log)
      : kind_(server.kind),
        stop_signal_(stop_signal),
        log_(log),
        user_(server_user(server)),
        folder_(server.prefix(), server.socket, owner_of(user_), forget_shared_memory) {}
  ~PrivateServer() override { end(); }
  void kill() override { end(); }

 protected:
  const std::string& place() const { return folder_.path(); }
  void prepare(const std::string& program, const Arguments& arguments) {
    run_to_end(launch_as(user_, program, arguments, log_), program, log_);
  }
  void serve(const std::string& program, const Arguments& arguments) {
    child_.emplace(launch_as(user_, program, arguments, log_));
    bool signalled = false;
    int code = 0;
    std::string trouble;
    for (Instant left = ready_within; left > 0; left -= look_again * 1000) {
      trouble = nodes::why_no_connection(url());
      if (trouble.empty()) return;
      if (wait_for_end(*child_, look_again * 1000, signalled, code)) {
        throw machine_failed(caravan::name(kind_), "the server ended as it started: " + last_line(log_),
                             "see " + log_);
      }
    }
    throw machine_failed(caravan::name(kind_), "the server accepts no connection: " + trouble, "see " + log_);
  }

 private:
  void end() {
    if (!child_) return;
    child_->signal(stop_signal_);
    bool signalled = false;
    int code = 0;
    wait_for_end(*child_, process_deadlines().stop, signalled, code);
    child_.reset();  // kills what is left of it
  }

  nodes::DatabaseUrl::Kind kind_;
  int stop_signal_;  ///< what ends it at once, its connections too: nothing of it is kept
  std::string log_;
  std::optional<passwd> user_;
  PrivateFolder folder_;
  std::optional<Child> child_;
};

class PostgresqlServer : public PrivateServer {
 public:
  explicit PostgresqlServer(const std::string& log) : PrivateServer(postgresql, SIGQUIT, log) {
    const auto folders = postgresql_folders();
    const std::string data = place() + "/data";
    prepare(find_program("initdb", folders, "postgresql"),
            {"--pgdata=" + data, "--username=caravan", "--auth=trust", "--encoding=UTF8", "--locale=C",
             "--no-sync", "--no-instructions"});
    serve(find_program("postgres", folders, "postgresql"),
          {"-D", data,
           "-k", place(),
           "-c", "listen_addresses=",
           "-c", "fsync=off",
           "-c", "synchronous_commit=off",
           "-c", "full_page_writes=off",
           "-c", "shared_buffers=32MB",
           "-c", "max_connections=200",
           "-c", "unix_socket_permissions=0700",
           "-c", "dynamic_shared_memory_type=mmap"});  // within the folder, where it goes with the rest
  }
  std::string url() const override { return "postgresql://caravan@/postgres?host=" + place(); }
};

// A separate folder for temporary files: mariadbd clears that of others when it starts.
class MariadbServer : public PrivateServer {
 public:
  explicit MariadbServer(const std::string& log) : PrivateServer(mariadb, SIGKILL, log) {
    const std::string data = place() + "/data";
    prepare(find_program("mariadb-install-db", usual_folders, "mariadb-server"),
            {"--no-defaults", "--datadir=" + data, "--auth-root-authentication-method=normal",
             "--skip-test-db", "--tmpdir=" + place(), "--skip-name-resolve", "--debug-no-sync",
             "--innodb-log-file-size=8M", "--innodb-buffer-pool-size=16M"});
    const std::string start = place() + "/start.sql";
    write_file(start,
               "create database if not exists caravan character set utf8mb4 collate utf8mb4_nopad_bin;\n");
    fs::permissions(start, fs::perms(0644));  // whatever the umask: another user reads it
    serve(find_program("mariadbd", usual_folders, "mariadb-server"),
          {"--no-defaults", "--datadir=" + data, "--socket=" + socket(), "--pid-file=" + place() + "/pid",
           "--skip-networking", "--tmpdir=" + place(), "--init-file=" + start,
           "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--debug-no-sync",
           "--innodb-log-file-size=8M", "--sync-frm=0", "--skip-log-bin", "--performance-schema=off",
           "--max-connections=200"});
  }
  std::string url() const override { return "mariadb://root@/caravan?socket=" + socket(); }

 private:
  std::string socket() const { return place() + "/sock"; }
};

template <class Server>
std::unique_ptr<DatabaseServer> started(const std::string& log) {
  return std::make_unique<Server>(log);
}
using StartServer = std::unique_ptr<DatabaseServer> (*)(const std::string& log);
const std::pair<ServerKind, StartServer> servers[] = {{postgresql, started<PostgresqlServer>},
                                                      {mariadb, started<MariadbServer>}};

}  // namespace

void sweep_servers() {
  for (const auto& [server, start] : servers) {
    const bool root = ::geteuid() == 0;
    if (root && ::getpwnam(server.user) == nullptr) continue;  // then there never was one
    PrivateFolder::sweep(server.prefix(), owner_of(server_user(server)), forget_shared_memory);
  }
}

std::unique_ptr<DatabaseServer> start_server(nodes::DatabaseUrl::Kind kind, const std::string& folder) {
  const std::string log = (fs::path(folder) / (std::string(name(kind)) + ".log")).string();
  for (const auto& [server, start] : servers)
    if (server.kind == kind) return start(log);
  throw bad_request(name(kind), "has no server", database_words(false) + " was expected");
}

}  // namespace caravan::harness
