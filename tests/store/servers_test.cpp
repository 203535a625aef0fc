// Servers: how they come and go, who is turned away, and what is said of it.
#include "harness/process/servers.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "backend.hpp"
#include "inspect.hpp"
#include "library.hpp"
#include "objects/base/error.hpp"

namespace caravan::nodes::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Server : public ::testing::TestWithParam<DatabaseUrl::Kind> {
 protected:
  bool postgresql() const { return GetParam() == DatabaseUrl::Kind::postgresql; }
  std::string url() const { return server_url(GetParam()); }
  /// The same server, with other words before the database's name.
  std::string url_with(const std::string& who, const std::string& database) const {
    const std::string address = url();
    return std::string(name(GetParam())) + "://" + who + "@/" + database + address.substr(address.find('?'));
  }
  void empty() const { server_backend(GetParam()).address(folder_); }
  std::string machine_failure(const std::function<void()>& act) const {
    try {
      act();
    } catch (const Error& error) {
      EXPECT_EQ(error.exit(), Exit::machine);
      return error.what();
    }
    ADD_FAILURE() << "nothing failed";
    return "";
  }

  /// The folder of its data and socket.
  std::filesystem::path place(const std::string& address) const {
    const std::filesystem::path socket = parse_database_url(address).socket;
    return postgresql() ? socket : socket.parent_path();
  }
  /// Of System V shared memory; -1 if it has none.
  static int segment_of(const std::filesystem::path& place) {
    std::ifstream file(place / "data" / "postmaster.pid");
    std::string line;
    for (int number = 1; number < 7; ++number) std::getline(file, line);
    unsigned long key = 0;
    int id = -1;
    return file >> key >> id ? id : -1;
  }
  static bool exists(int segment) {
    shmid_ds status{};
    return segment >= 0 && shmctl(segment, IPC_STAT, &status) == 0;
  }

  Folder folder_;
};

TEST_P(Server, ComesWithASocketOfItsOwnAndLeavesNothingBehind) {
  auto server = harness::start_server(GetParam(), folder_.path());
  EXPECT_TRUE(parse_database_url(server->url()).host.empty()) << "no port";
  const auto folder = place(server->url());
  const int segment = segment_of(folder);
  EXPECT_TRUE(std::filesystem::exists(folder));
  EXPECT_NE(server->url(), url()) << "two run side by side";
  create_schema(server->url(), library_catalog(), "one");
  server.reset();
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_FALSE(exists(segment));
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / (std::string(name(GetParam())) + ".log")));
}

// What a harness that was killed could not remove goes when the next server starts; what is in use stays.
TEST_P(Server, OfADeadHarnessIsSweptAwayByTheNext) {
  const auto living = harness::start_server(GetParam(), folder_.path());
  int told[2];
  ASSERT_EQ(pipe(told), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    try {
      const auto server = harness::start_server(GetParam(), folder_.path());
      const std::string address = server->url();
      if (write(told[1], address.data(), address.size()) > 0) raise(SIGKILL);
    } catch (const std::exception&) {
    }
    _exit(9);
  }
  close(told[1]);
  char address[300];
  const auto size = read(told[0], address, sizeof address);
  close(told[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "no second server";
  const auto dead = place(std::string(address, static_cast<std::size_t>(size)));
  EXPECT_TRUE(std::filesystem::exists(dead));
  const int segment = segment_of(dead);
  while (std::filesystem::exists(dead)) harness::start_server(GetParam(), folder_.path());
  while (exists(segment)) {  // until the last process that is attached has seen that it is alone
  }
  EXPECT_EQ(why_no_connection(living->url()), "");
}

TEST_P(Server, IsForNobodyElse) {
  const auto server = harness::start_server(GetParam(), folder_.path());
  struct stat status {};
  ASSERT_EQ(lstat(place(server->url()).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
}

TEST_P(Server, IsMissedInTheMiddle) {
  auto server = harness::start_server(GetParam(), folder_.path());
  create_schema(server->url(), library_catalog(), "one");
  const auto store = open_store(server->url());
  const auto watcher = open_witness(server->url());
  store->insert("shelves", shelf("a"));
  server->kill();
  const StoreError error = refusal([&] { store->insert("shelves", shelf("b")); });
  EXPECT_EQ(error.kind, StoreError::Kind::machine);
  EXPECT_THAT(error.what(), HasSubstr("the database server is gone"));
  EXPECT_EQ(refusal([&] { watcher->changes_after(0); }).kind, StoreError::Kind::machine);
  EXPECT_NO_THROW(store->rollback());
  EXPECT_EQ(refusal([&] { store->get("shelves", "a"); }).kind, StoreError::Kind::machine);
  EXPECT_THAT(machine_failure([&] { open_store(server->url()); }), HasSubstr("cannot open the database"));
}

TEST_P(Server, TurnsAwayWithoutAPasswordInTheMessage) {
  empty();
  const std::string wrong = url_with("nobody:canary7f", "caravan");
  const std::string told = machine_failure([&] { open_store(wrong); });
  EXPECT_THAT(told, AllOf(Not(HasSubstr("canary7f")), HasSubstr("nobody"), HasSubstr(name(GetParam()))));
  EXPECT_THAT(why_no_connection(wrong), AllOf(Not(HasSubstr("canary7f")), Not(HasSubstr("://"))));
  EXPECT_NE(why_no_connection(wrong), "");
  EXPECT_EQ(why_no_connection(url()), "");
}

TEST_P(Server, IsNotWhereNobodyListens) {
  const std::string socket = (folder_.path() / "none").string();
  const std::string nowhere =
      std::string(name(GetParam())) + "://u:canary7f@/n?" + (postgresql() ? "host=" : "socket=") + socket;
  EXPECT_THAT(machine_failure([&] { open_store(nowhere); }),
              AllOf(HasSubstr("cannot open the database"), HasSubstr(socket), Not(HasSubstr("canary7f"))));
}

TEST_P(Server, KeepsWhatIsNotCaravans) {
  empty();
  execute(url(), {"create table users (id integer)", "insert into users values (7)"});
  EXPECT_THAT(machine_failure([&] { create_schema(url(), library_catalog(), "one"); }),
              HasSubstr("not empty"));
  EXPECT_THAT(machine_failure([&] { open_store(url()); }), HasSubstr("Caravan did not make it"));
  EXPECT_EQ(rows_of(url(), "select id from users", 1), std::vector<std::string>{"7"});
  create_schema(url(), library_catalog(), "one", {true});
  EXPECT_EQ(open_store(url())->columns("users").size(), 0u) << "force says so";
}

TEST_P(Server, IsClaimedByOneRunAtATime) {
  empty();
  {
    const auto claim = claim_database(url());
    create_schema(url(), library_catalog(), "one", {true});
    try {
      claim_database(url() + "&busy_timeout=70");
      ADD_FAILURE() << "two have it";
    } catch (const Error& error) {
      EXPECT_EQ(error.exit(), Exit::bad_request);
      EXPECT_THAT(error.what(), AllOf(HasSubstr("another run is using this database"),
                                      HasSubstr(postgresql() ? "(process " + std::to_string(getpid()) + ")"
                                                             : "(connection ")));
    }
    EXPECT_NO_THROW(open_store(url())->tables()) << "who takes part in the run needs no claim";
  }
  // A server may take a moment to see that a connection was closed.
  for (bool free = false; !free;) {
    try {
      claim_database(url());
      free = true;
    } catch (const Error& error) {
      ASSERT_EQ(error.exit(), Exit::bad_request) << error.what();
    }
  }
}

TEST_P(Server, KeepsAWitnessFromWritingEvenPastTheStore) {
  empty();
  create_schema(url(), library_catalog(), "one");
  SqlSession session(parse_database_url(url()), SqlSession::Mode::witness);
  for (const char* write : {"delete from books", "update caravan_schema set generation = 9"}) {
    const StoreError error = refusal([&] { session.run(write); });
    EXPECT_THAT(error.what(), HasSubstr("open for reading only")) << write;
  }
}

// Stores cannot make one: each writer holds the one lock from its start. Others can.
TEST_P(Server, EndsADeadlockByTellingOneOfTheTwo) {
  empty();
  create_schema(url(), library_catalog(), "one");
  {
    const auto store = open_store(url());
    for (const char* id : {"a", "b"}) store->insert("books", {{"id", id}, {"title", "t"}});
    store->commit();
  }
  int to_child[2], to_parent[2];
  ASSERT_EQ(pipe(to_child), 0);
  ASSERT_EQ(pipe(to_parent), 0);
  // Takes `first`, waits until the other has its own, takes `second`. True: was told to try again.
  const auto cross = [&](const char* first, const char* second, int out, int in) {
    SqlSession session(parse_database_url(url()), SqlSession::Mode::write);
    const auto touch = [&](const char* id) {
      session.run("update books set title = 'u' where id = :p0", {text_cell(id)});
    };
    session.run("start transaction");
    touch(first);
    char byte = 'x';
    if (write(out, &byte, 1) != 1 || read(in, &byte, 1) != 1) throw std::runtime_error("the other is gone");
    for (bool busy = false;; busy = true) {
      try {
        if (busy) touch(first);
        touch(second);
        session.run("commit");
        return busy;
      } catch (const StoreError& error) {
        session.run("rollback");
        if (error.kind != StoreError::Kind::busy) throw;
        session.run("start transaction");
      }
    }
  };
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    int status = 9;
    try {
      status = cross("a", "b", to_parent[1], to_child[0]) ? 1 : 0;
    } catch (const std::exception&) {
    }
    _exit(status);
  }
  const bool told = cross("b", "a", to_child[1], to_parent[0]);
  int status = -1;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_LE(WEXITSTATUS(status), 1) << "both went on in the end";
  EXPECT_TRUE(told || WEXITSTATUS(status) == 1) << "one of them was told";
  for (const int fd : {to_child[0], to_child[1], to_parent[0], to_parent[1]}) close(fd);
}

INSTANTIATE_TEST_SUITE_P(Server, Server,
                         ::testing::Values(DatabaseUrl::Kind::postgresql, DatabaseUrl::Kind::mariadb),
                         [](const ::testing::TestParamInfo<DatabaseUrl::Kind>& each) {
                           return std::string(name(each.param));
                         });

TEST(ServerUrl, TellsWhatWasMeantAndNeverAPassword) {
  const std::pair<const char*, const char*> wrong[] = {
      {"postgresq://u:canary7f@h/n", "did you mean \"postgresql\""},
      {"marriadb://u:canary7f@h/n", "did you mean \"mariadb\""},
      {"postgresql://u:canary7f@h", "does not name a database"},
      {"postgresql://u:canary7f@h:0/n", "port"},
      {"postgresql://u:canary7f@h:x/n", "port"},
      {"mariadb://u:canary7f@h/n?host=/x", "socket=PATH was expected"},
      {"mariadb://u:canary7f%2@h/n", "hexadecimal"},
      {"postgresql://u:canary7f@h/n?socket=/x", "host=FOLDER"},
      {"postgresql://u:canary7f@h/n/m", "slash"},
      {"postgresql://u:canary7f/n", "port"},
      {"mariadb://u:canary7f", "does not name a database"},
      {"mariadb://u:5?x=y", "u:5?x=***"},
      {"postgresql://h/n?host=/run/x&password=canary7f", "h/n?host=/run/x&password=***"},
      {"postgresql://[::1]:5432x/n", "//[::1]:***/n"},
      {"postgresql://u:canary7f[::1]/n", "port"},
      {"postgresql://[::1]x/n", "follows"},
      {"postgresql://[::1/n", "bracket"}};
  for (const auto& each : wrong) {
    try {
      parse_database_url(each.first);
      ADD_FAILURE() << each.first;
    } catch (const Error& error) {
      EXPECT_EQ(error.exit(), Exit::bad_request);
      EXPECT_THAT(error.what(), AllOf(HasSubstr(each.second), Not(HasSubstr("canary7f"))));
    }
  }
}

TEST(ServerUrl, HasAllItsParts) {
  const DatabaseUrl full =
      parse_database_url("postgresql://me:p%40s/s@w@db.example:5433/sahara?host=/run/x&busy_timeout=70");
  EXPECT_EQ(full.user, "me");
  EXPECT_EQ(full.password, "p@s/s@w");
  EXPECT_EQ(full.host, "db.example");
  EXPECT_EQ(full.port, 5433);
  EXPECT_EQ(full.name, "sahara");
  EXPECT_EQ(full.socket, "/run/x");
  EXPECT_EQ(full.busy_timeout, 70);
  EXPECT_EQ(full.shown(), "postgresql://me@db.example:5433/sahara?host=/run/x");
  for (const char* address : {"postgresql://u@[fe80::1]:5433/n", "mariadb://u@[fe80::1]/n"}) {
    EXPECT_EQ(parse_database_url(address).host, "fe80::1");
    EXPECT_EQ(parse_database_url(address).shown(), address);
  }
  EXPECT_EQ(parse_database_url("mysql://h/n").kind, DatabaseUrl::Kind::mariadb);
  EXPECT_EQ(parse_database_url("postgres:///n").shown(), "postgresql:///n");
}

}  // namespace
}  // namespace caravan::nodes::test
