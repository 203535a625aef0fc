// Who is none of the run's nodes and comes to the broker's socket all the same: never believed, always named.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <zmq.h>

#include <cstring>
#include <vector>

#include "objects/loader/loader.hpp"
#include "tests/harness/carrier_test.hpp"
#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

/// A ZeroMQ client as anybody may write one.
class Client {
 public:
  Client() : context_(zmq_ctx_new()), socket_(zmq_socket(context_, ZMQ_DEALER)) {
    const int none = 0;
    zmq_setsockopt(socket_, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(socket_, ZMQ_SNDHWM, &none, sizeof none);
  }
  ~Client() {
    zmq_close(socket_);
    zmq_ctx_term(context_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  Client& named(const std::string& routing_id) {
    zmq_setsockopt(socket_, ZMQ_ROUTING_ID, routing_id.data(), routing_id.size());
    return *this;
  }
  Client& with(const std::string& name, const std::string& token) {
    zmq_setsockopt(socket_, ZMQ_PLAIN_USERNAME, name.data(), name.size());
    zmq_setsockopt(socket_, ZMQ_PLAIN_PASSWORD, token.data(), token.size());
    return *this;
  }
  Client& connect(const std::string& endpoint) {
    EXPECT_EQ(zmq_connect(socket_, endpoint.c_str()), 0);
    return *this;
  }
  void send(const std::string& text) { zmq_send(socket_, text.data(), text.size(), ZMQ_DONTWAIT); }
  bool hears(int milliseconds) {
    zmq_pollitem_t item{socket_, 0, ZMQ_POLLIN, 0};
    return zmq_poll(&item, 1, milliseconds) > 0;
  }

 private:
  void* context_;
  void* socket_;
};

/// Bytes on a Unix socket.
class Raw {
 public:
  explicit Raw(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    connected = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::fcntl(fd_, F_SETFL, O_NONBLOCK);
  }
  ~Raw() { ::close(fd_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  void send(const std::string& bytes) const {
    EXPECT_GT(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), 0);
  }

  bool connected = false;

 private:
  int fd_;
};

const std::string hello_of_another =
    R"({"kind":"hello","id":"engine.1#1/1","from":"engine.1#1","args":{"protocol":1}})";

class Strangers : public CarrierTest {
 protected:
  /// A node that serves; the endpoint is what its command line says, for everybody to read.
  void SetUp() override {
    CarrierTest::SetUp();
    serve();
  }
  void serve() {
    carrier->launch(launch("engine.1"));
    const auto pid = hello().args["pid"].get<pid_t>();
    const auto words = slurp(fmt::format("/proc/{}/cmdline", pid));
    const std::string option = std::string("--connect") + '\0';
    const auto at = words.find(option);
    ASSERT_NE(at, std::string::npos);
    endpoint = words.c_str() + at + option.size();
    ASSERT_THAT(endpoint, testing::StartsWith("ipc:///"));
    path = endpoint.substr(6);
  }
  /// libzmq sends away at once who shows no token. Who has gone before the broker could ask the kernel who it
  /// was is forgiven, since it may have been a child; so this one comes again until it is seen.
  void comes_until_it_is_named(const std::string& routing_id, int messages) {
    std::vector<std::unique_ptr<Client>> visits;
    std::string told;
    while (told.empty() && visits.size() < 60) {
      auto& visit = *visits.emplace_back(std::make_unique<Client>());
      if (!routing_id.empty()) visit.named(routing_id);
      visit.connect(endpoint);
      for (int i = 0; i < messages; ++i) visit.send(hello_of_another);
      const auto event = next(one_second * slowness);
      if (const auto* intruded = std::get_if<Intruded>(&event)) told = intruded->what;
    }
    is_told(told, "connected and showed no token");
    the_node_still_answers();
    EXPECT_FALSE(visits.back()->hears(50));
  }
  void is_named(const std::string& what) { is_told(want<Intruded>().what, what); }
  static void is_told(const std::string& told, const std::string& what) {
    EXPECT_THAT(told, HasSubstr(what));
    // Whom libzmq throws out at once may be gone before anybody can ask the kernel who it was.
    EXPECT_THAT(told, AnyOf(AllOf(HasSubstr(fmt::format("process {} ", ::getpid())),
                                  HasSubstr(fmt::format("of user {}", ::getuid()))),
                            HasSubstr(fmt::format("of user {}, or root's, that was gone", ::geteuid()))));
  }
  /// Not even while somebody else is at the door.
  void the_node_still_answers() {
    EXPECT_TRUE(carrier->deliver("engine.1#1", ask()));
    EXPECT_EQ(want<Arrived>().envelope.to, ask().id);
  }

  std::string endpoint, path;
};

TEST_F(Strangers, WhoHasNoTokenIsNamedAndHeardByNobody) { comes_until_it_is_named("", 1); }

TEST_F(Strangers, WhoHasAWrongTokenIsNamed) {
  Client stranger;
  stranger.with("engine.1#1", std::string(64, 'a')).connect(endpoint).send(hello_of_another);
  is_named("connected as 'engine.1#1' with a wrong token");
  the_node_still_answers();
}

TEST_F(Strangers, TheNameOfALivingNodeDoesNotTakeOverItsConnection) {
  comes_until_it_is_named("engine.1#1", 1);
}

TEST_F(Strangers, WhoTakesTheNameOfANodeThatIsNotThereYetIsNamed) {
  Client stranger;
  stranger.named("engine.2#1").with("engine.2#1", "guess").connect(endpoint).send(hello_of_another);
  is_named("connected as 'engine.2#1' with a wrong token");
  the_node_still_answers();
}

TEST_F(Strangers, ANameOfAnyBytesIsShownAsText) {
  Client stranger;
  stranger.with("\x1b[2J\n", "x").connect(endpoint);
  is_named("connected as '0x1b5b324a0a' with a wrong token");
}

TEST_F(Strangers, BytesThatAreNotZmtpAreNamed) {
  Raw raw(path);
  raw.send("GET / HTTP/1.1\r\n\r\n");
  is_named("connected and sent what is not ZMTP");
  the_node_still_answers();
}

TEST_F(Strangers, HalfAGreetingIsNamedWhenItEnds) {
  {
    Raw raw(path);
    raw.send(std::string("\xff\0\0\0\0\0\0\0\1\x7f\3", 11));
    the_node_still_answers();
  }
  is_named("connected and showed no token");
  the_node_still_answers();
}

TEST_F(Strangers, AGiantFrameIsNotEvenTaken) {
  Raw raw(path);
  std::string greeting("\xff\0\0\0\0\0\0\0\1\x7f\3\1PLAIN", 17);
  greeting.resize(64, '\0');
  raw.send(greeting);
  raw.send(std::string("\x06\0\0\0\0\x20\0\0\0", 9));  // a command of 512 MiB
  is_named("connected and sent what is not ZMTP 3, or more than 64 MiB at once");
  the_node_still_answers();
}

TEST_F(Strangers, AFloodIsNamedOnce) {
  comes_until_it_is_named("", 20'000);
  EXPECT_TRUE(std::holds_alternative<Elapsed>(next(20'000)));
}

TEST_F(Strangers, ManyConnectionsWithoutAWordAreNamedAndNoMoreAreTaken) {
  std::vector<std::unique_ptr<Raw>> many;
  for (int i = 0; i < 40; ++i) many.push_back(std::make_unique<Raw>(path));
  is_named("are connected and send nothing");
  EXPECT_FALSE(Raw(path).connected);
  the_node_still_answers();
}

TEST_F(Strangers, AFewConnectionsWithoutAWordAreHarmless) {
  std::vector<std::unique_ptr<Raw>> few;
  for (int i = 0; i < 5; ++i) few.push_back(std::make_unique<Raw>(path));
  the_node_still_answers();
  carrier->launch(launch("engine.2"));
  EXPECT_EQ(hello().from, "engine.2#1");
}

TEST_F(Strangers, NobodyElseMayEnterTheFolder) {
  struct stat folder_of {};
  ASSERT_EQ(::stat(fs::path(path).parent_path().c_str(), &folder_of), 0);
  EXPECT_EQ(folder_of.st_mode & 07777, 0700U);
  EXPECT_EQ(folder_of.st_uid, ::geteuid());
  if (::geteuid() != 0) return;
  const pid_t other = ::fork();
  ASSERT_GE(other, 0);
  if (other == 0) ::_exit(::setresuid(65534, 65534, 65534) != 0 ? 2 : Raw(path).connected ? 1 : 0);
  int status = 0;
  ::waitpid(other, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(Strangers, TheTokenIsOnNoCommandLineAndInNoLog) {
  const auto told = ask();
  carrier->deliver("engine.1#1", told);
  want<Arrived>();
  carrier->launch(launch("engine.2"));
  const auto pid = hello().args["pid"].get<pid_t>();
  const auto environment = slurp(fmt::format("/proc/{}/environ", pid));
  const std::string name = "CARAVAN_TOKEN=";
  const auto at = environment.find(name);
  ASSERT_NE(at, std::string::npos);
  const std::string token = environment.c_str() + at + name.size();
  EXPECT_EQ(token.size(), 64U);
  EXPECT_THAT(slurp(fmt::format("/proc/{}/cmdline", pid)), Not(HasSubstr(token)));
  EXPECT_THAT(log_text("engine.2"), Not(HasSubstr(token)));
}

TEST_F(Strangers, FindNoTokenInTheEnvironmentOfANodeThatHasReadIt) {
  const auto file = (folder / "kilo.json").string();
  spill(file, to_json(snapshot(sahara_catalog(), "kilo")).dump());
  auto real = launch("engine.2");
  real.program = CARAVAN_BIN_DIR "/caravan-node";
  real.args.insert(real.args.end(), {"--snapshot", file});
  carrier->launch(real);
  EXPECT_EQ(want<Arrived>().envelope.method, "service_update");
  std::ifstream children(fmt::format("/proc/self/task/{}/children", ::getpid()));
  pid_t node = 0;
  for (pid_t pid = 0; children >> pid;) node = pid;  // in the order of their start
  const auto environment = slurp(fmt::format("/proc/{}/environ", node));
  EXPECT_THAT(environment, HasSubstr("PATH="));
  const auto at = environment.find("CARAVAN_TOKEN=");
  EXPECT_TRUE(at == std::string::npos || environment[at + 14] == '\0');
}

TEST_F(Strangers, MayLeaveWhileTheBrokerEnds) {
  for (int round = 0; round < 20; ++round) {
    std::vector<std::unique_ptr<Raw>> strangers;
    for (int i = 0; i < 5; ++i) strangers.push_back(std::make_unique<Raw>(path));
    the_node_still_answers();
    strangers.clear();
    carrier.reset();  // a leak, or a hang, if libzmq still tells of them to somebody who has gone
    make();
    serve();
  }
}

TEST_F(Strangers, TheSocketAndItsFolderGoWithTheRun) {
  carrier.reset();
  EXPECT_FALSE(fs::exists(fs::path(path).parent_path()));
}

// The whole program.
class AStrangerInARun : public ProgramTest {};

TEST_F(AStrangerInARun, EndsItAsTroubleOfTheMachineAndBlamesNoNode) {
  const auto result = caravan(little_run("stranger"));
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.err, AllOf(HasSubstr("process "), HasSubstr("of user "), HasSubstr("showed no token")));
  EXPECT_EQ(seen("end", "outcome"), std::vector<std::string>{"failed"});
  EXPECT_THAT(seen("end", "why")[0], HasSubstr("showed no token"));
  EXPECT_TRUE(seen("trouble", "what").empty());
  EXPECT_TRUE(seen("trouble", "node").empty());
  nobody_is_left();
}

}  // namespace
}  // namespace caravan::harness
