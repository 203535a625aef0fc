// The process carrier: real children, one ROUTER, one epoll descriptor with the pidfds and the signals in it.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <map>

#include "harness/carrier.hpp"
#include "harness/child.hpp"
#include "harness/deadlines.hpp"
#include "harness/router.hpp"
#include "harness/signals.hpp"
#include "objects/error.hpp"

namespace caravan {
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

/// Peers that are not ours may carry any bytes in their routing id.
std::string printable(const std::string& peer) {
  const bool plain =
      std::all_of(peer.begin(), peer.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (plain && !peer.empty()) return peer;
  std::string out = "peer 0x";
  for (const unsigned char c : peer.substr(0, 16)) out += fmt::format("{:02x}", c);
  return out;
}

class ProcessCarrier final : public Carrier {
 public:
  explicit ProcessCarrier(const std::string& run_id) : router_("ipc://@caravan-" + run_id) {
    epoll_.add(signals_.descriptor());
    epoch_ = std::chrono::duration_cast<std::chrono::microseconds>(
                 std::chrono::system_clock::now().time_since_epoch())
                 .count() -
             steady();
  }

  void start(const Launch& launch) override {
    const auto peer = launch.node + "#" + std::to_string(launch.incarnation);
    auto args = launch.args;
    if (launch.connect) args.insert(args.end(), {"--connect", router_.endpoint()});
    auto child = Child::launch(launch.program, args, launch.environment, launch.log);
    epoll_.add(child.pidfd());
    children_.insert_or_assign(peer, std::move(child));
  }

  void strike(const std::string& peer, Blow blow) override {
    const auto found = children_.find(peer);
    if (found == children_.end()) return;
    switch (blow) {
      case Blow::terminate:
        found->second.signal(SIGTERM);
        break;
      case Blow::kill:
        found->second.kill_group();
        break;
      case Blow::pause:
        found->second.signal(SIGSTOP);
        found->second.await_stop();
        break;
      case Blow::resume:
        found->second.signal(SIGCONT);
        break;
      case Blow::reload:
        found->second.signal(SIGHUP);
        break;
    }
  }

  bool deliver(const std::string& peer, const Envelope& envelope) override {
    return router_.send(peer, encode(envelope));
  }

  Happening wait(Instant deadline) override {
    for (;;) {
      if (const auto signal = signals_.take()) return Interrupted{*signal};
      if (auto message = router_.receive()) return read(std::move(*message));
      look_for_exits();
      // The ROUTER is empty now: a dead peer that libzmq has let go of has said all it had to say.
      if (auto exited = bury()) return std::move(*exited);
      const auto at = now();
      if (at >= deadline) return Elapsed{};
      auto until = deadline;
      if (!dying_.empty()) until = std::min(until, at + 1'000);
      router_.wait(epoll_.get(), until - at);
    }
  }

  Instant now() override { return epoch_ + steady(); }

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

  Happening read(Router::Message message) {
    const auto peer = printable(message.peer);
    if (message.frames.size() != 1)
      return Garbled{peer, fmt::format("a message of {} frames; one was expected", message.frames.size())};
    try {
      return Arrived{decode(message.frames.front()), peer};
    } catch (const std::exception& error) {
      return Garbled{peer, error.what()};
    }
  }

  void look_for_exits() {
    epoll_event events[64];
    const int count = ::epoll_wait(epoll_.get(), events, 64, 0);
    for (int i = 0; i < count; ++i) {
      for (auto& entry : children_) {
        if (entry.second.pidfd() != events[i].data.fd) continue;
        Exited exited{entry.first, false, 0};
        if (!entry.second.ended(exited.signalled, exited.code)) continue;
        epoll_.remove(entry.second.pidfd());
        dying_.push_back({exited, now(), false});
      }
    }
  }

  std::optional<Exited> bury() {
    for (auto it = dying_.begin(); it != dying_.end(); ++it) {
      const auto age = now() - it->since;
      // An unknown peer may be one whose connection libzmq has not looked at yet, hence the few milliseconds.
      // A known one stays known until its last message was handed to the ROUTER, and one more empty look
      // follows.
      if (it->cut && age >= deadline::last_words) {
        const auto exited = it->exited;
        children_.erase(exited.peer);
        dying_.erase(it);
        return exited;
      }
      if (!it->cut && age >= deadline::last_words)
        it->cut = !router_.send(it->exited.peer, "") || age >= deadline::burial;
    }
    return std::nullopt;
  }

  Signals signals_;  // first: libzmq's threads inherit the blocked mask
  Epoll epoll_;
  Router router_;
  std::map<std::string, Child> children_;
  std::deque<Dying> dying_;
  Instant epoch_ = 0;
};

}  // namespace

std::unique_ptr<Carrier> process_carrier(const std::string& run_id) {
  if (run_id.empty() || run_id.size() > 80)
    throw bad_request("--socket",
                      "a name of 1 to 80 characters is needed, not '" + run_id.substr(0, 80) + "'");
  return std::make_unique<ProcessCarrier>(run_id);
}

}  // namespace caravan
