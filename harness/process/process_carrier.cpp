// The process carrier: real children, one ROUTER, one epoll descriptor with the pidfds and the signals in it.
// It makes each incarnation's token; nothing below it knows one.
#include "harness/process/process_carrier.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <fstream>
#include <map>

#include "harness/process/child.hpp"
#include "harness/process/log_files.hpp"
#include "harness/process/machine_load.hpp"
#include "harness/process/router.hpp"
#include "harness/process/run_paths.hpp"
#include "harness/process/signals.hpp"
#include "objects/base/error.hpp"
#include "objects/vocabulary/deadlines.hpp"

namespace caravan::harness {
namespace {

class Epoll {
 public:
  Epoll() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (fd_ < 0) throw machine_failed("", std::string("no epoll descriptor: ") + std::strerror(errno));
  }
  ~Epoll() { ::close(fd_); }
  Epoll(const Epoll&) = delete;
  Epoll& operator=(const Epoll&) = delete;
  int get() const { return fd_; }
  void add(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) < 0)
      throw machine_failed("", std::string("epoll: ") + std::strerror(errno));
  }
  void remove(int fd) { ::epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr); }

 private:
  int fd_;
};

constexpr Instant last_messages = 3'000;  ///< a dead peer's messages get this long to come out of libzmq
constexpr Instant burial = 500'000 * slowness;           ///< ... and never longer than this
constexpr const char* token_variable = "CARAVAN_TOKEN";  ///< docs/node-protocol.md, "Transport"

std::string new_token() {
  unsigned char bytes[32];
  if (::getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes))
    throw machine_failed("", std::string("no random bytes: ") + std::strerror(errno));
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

class Processes final : public ProcessCarrier {
 public:
  Processes() : router_([this](long pid) { return whose(pid); }) {
    epoll_.add(signals_.descriptor());
    epoch_ = std::chrono::duration_cast<std::chrono::microseconds>(
                 std::chrono::system_clock::now().time_since_epoch())
                 .count() -
             steady();
    load_ = MachineLoad(now());
  }

  void use(ProcessSetup setup) override {
    setup_ = std::move(setup);
    database_ = nodes::database_at(setup_.database);
  }

  void start(const NodeSpec& spec) override { launch(launch_of(spec, setup_)); }

  void start(const Tool& tool) override {
    const auto tool_launch = launch_of(tool, setup_);
    tools_[tool_launch.peer()] = {tool_launch.log,
                                  std::holds_alternative<step::Migrate>(tool.work) ? "migration" : "service"};
    launch(tool_launch);
  }

  void launch(const Launch& launch) override {
    const auto peer = launch.peer();
    auto args = launch.args;
    auto environment = launch.environment;
    if (launch.connect) {
      const auto token = new_token();
      args.insert(args.end(), {"--connect", router_.endpoint()});
      environment.emplace_back(token_variable, token);
      router_.expect(peer, token);
    }
    auto child = Child::launch(launch.program, args, environment, launch.log);
    epoll_.add(child.pidfd());
    if (launch.connect) pids_[child.pid()] = peer;
    load_.add(peer, child.pid());
    children_.insert_or_assign(peer, std::move(child));
  }

  void signal(const std::string& peer, Signal signal) override {
    const auto found = children_.find(peer);
    if (found == children_.end()) return;
    switch (signal) {
      case Signal::terminate:
        found->second.signal(SIGTERM);
        break;
      case Signal::kill:
        found->second.kill_group();
        break;
      case Signal::pause:
        load_.paused(found->second.pid(), true);
        found->second.signal(SIGSTOP);
        found->second.await_stop();
        break;
      case Signal::resume:
        found->second.signal(SIGCONT);
        load_.paused(found->second.pid(), false);
        break;
      case Signal::reload:
        found->second.signal(SIGHUP);
        break;
    }
  }

  bool deliver(const std::string& peer, const Envelope& envelope) override {
    return router_.send(peer, encode(envelope));
  }

  CarrierEvent wait(Instant deadline) override {
    for (;;) {
      load_.wakes(now());
      if (const auto signal = signals_.take()) return Interrupted{*signal};
      if (auto event = router_.receive()) return as_event(*event);
      look_for_exits();
      // The ROUTER is empty now: a dead peer that libzmq has let go of has said all it had to say.
      if (auto exited = reap()) return as_end(std::move(*exited));
      const auto at = now();
      if (at >= deadline) return Elapsed{};
      auto until = deadline;
      if (!dying_.empty()) until = std::min(until, at + 1'000);
      load_.sleeps(until);
      router_.wait(epoll_.get(), until - at);
    }
  }

  Instant now() override { return epoch_ + steady(); }

  nodes::Database& database() override { return *database_; }

  std::vector<Log> logs() override { return logs_in(logs_path(setup_.folder)); }

  std::unique_ptr<std::istream> read(const Log& log) override {
    return std::make_unique<std::ifstream>(logs_path(setup_.folder) + "/" + log.file, std::ios::binary);
  }

  std::string last_words(const std::string& peer) override {
    const auto hash = peer.rfind('#');
    return last_line(log_path(setup_.folder, peer.substr(0, hash), std::stoi(peer.substr(hash + 1))));
  }

  std::string program_of(const std::string& node) const override {
    const auto another = setup_.programs.find(node);
    return another == setup_.programs.end() ? setup_.program : another->second;
  }

  void check_ground() override { setup_.ground.check(); }

  std::string socket() const override { return router_.socket(); }

  Taken taken() override { return load_.take(now()); }

  bool at_work() override { return load_.at_work(); }

 private:
  struct Dying {
    Exited exited;
    Instant since = 0;
    bool cut = false;  ///< libzmq has dropped the connection
  };

  static Instant steady() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }

  static CarrierEvent as_event(const std::variant<Router::Message, Gate::Complaint>& event) {
    if (const auto* complaint = std::get_if<Gate::Complaint>(&event)) {
      if (complaint->peer.empty()) return Intruded{complaint->what};
      return Malformed{complaint->peer, complaint->what};
    }
    const auto& message = std::get<Router::Message>(event);
    std::string wrong;
    try {
      if (message.frames.size() == 1) return Arrived{decode(message.frames.front()), message.peer};
      wrong = fmt::format("a message of {} frames; one was expected", message.frames.size());
    } catch (const std::exception& error) {
      wrong = error.what();
    }
    return Malformed{message.peer, "bytes that are not an envelope: " + wrong};
  }

  CarrierEvent as_end(Exited exited) const {
    const auto tool = tools_.find(exited.peer);
    if (tool == tools_.end()) return exited;
    return ToolEnded{std::move(exited), said_in(tool->second.log, tool->second.member)};
  }

  /// A child makes its own process group: what it starts is in it.
  std::string whose(long pid) const {
    if (pid <= 1) return {};
    auto found = pids_.find(pid);
    if (found == pids_.end()) found = pids_.find(::getpgid(static_cast<pid_t>(pid)));
    return found == pids_.end() ? std::string() : found->second;
  }

  void look_for_exits() {
    epoll_event events[64];
    const int count = ::epoll_wait(epoll_.get(), events, 64, 0);
    for (int i = 0; i < count; ++i) {
      for (auto& entry : children_) {
        if (entry.second.pidfd() != events[i].data.fd) continue;
        Exited exited{entry.first, false, 0};
        load_.last_look(entry.second.pid());
        if (!entry.second.ended(exited.signalled, exited.code)) continue;
        epoll_.remove(entry.second.pidfd());
        dying_.push_back({exited, now(), false});
      }
    }
  }

  std::optional<Exited> reap() {
    for (auto it = dying_.begin(); it != dying_.end(); ++it) {
      const auto age = now() - it->since;
      // It stays connected until its last message was handed to the ROUTER, and one more empty look follows.
      if (it->cut && age >= last_messages) {
        const auto exited = it->exited;
        children_.erase(exited.peer);
        router_.forget(exited.peer);
        dying_.erase(it);
        return exited;
      }
      if (!it->cut && age >= last_messages) it->cut = !router_.connected(it->exited.peer) || age >= burial;
    }
    return std::nullopt;
  }

  Signals signals_;  // first: libzmq's threads inherit the blocked mask
  Epoll epoll_;
  Router router_;
  std::map<long, std::string> pids_;  ///< of every incarnation there was
  /// Where a tool says what it did, and under which member.
  struct ToolLog {
    std::string log;
    const char* member;
  };

  ProcessSetup setup_;
  std::unique_ptr<nodes::Database> database_;
  std::map<std::string, ToolLog> tools_;  ///< by peer
  std::map<std::string, Child> children_;
  std::deque<Dying> dying_;
  Instant epoch_ = 0;
  MachineLoad load_{0};
};

}  // namespace

std::unique_ptr<ProcessCarrier> process_carrier() { return std::make_unique<Processes>(); }

}  // namespace caravan::harness
