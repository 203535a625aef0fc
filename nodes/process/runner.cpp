#include "nodes/process/runner.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <optional>
#include <utility>
#include <zmq.hpp>

#include "nodes/core/turn.hpp"
#include "objects/base/error.hpp"
#include "objects/base/send_signal.hpp"

namespace caravan::nodes {

Instant wall_clock() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

namespace {

void write_log(Instant now, const std::string& line) {
  fmt::print(stderr, "{:%H:%M:%S}.{:06} {}\n", fmt::gmtime(static_cast<std::time_t>(now / 1'000'000)),
             now % 1'000'000, line);
}

std::string text_in(const Json& error, const char* key) {
  const Json found = error.value(key, Json());
  return found.is_string() ? found.get<std::string>() : "?";
}

// One line a message: who, what, for which operation. The recording has the rest.
std::string describe(const char* arrow, const Envelope& message) {
  std::string line = fmt::format("{} {} {}", arrow, name(message.kind), message.id);
  if (!message.method.empty()) line += " " + message.method;
  if (const auto method = message.args.find("objmethod");
      method != message.args.end() && method->is_string()) {
    line += " " + method->get<std::string>();
  }
  if (!message.to.empty()) line += " to " + message.to;
  if (!message.operation.empty()) line += " for " + message.operation;
  if (!message.error.is_null())
    line += " error " + text_in(message.error, "type") + ": " + text_in(message.error, "message");
  return line;
}

// Blocked, it resumes anyway, and is not lost when it comes before anything waits for it.
sigset_t block_resumption() {
  sigset_t resumed;
  sigemptyset(&resumed);
  sigaddset(&resumed, SIGCONT);
  sigprocmask(SIG_BLOCK, &resumed, nullptr);
  return resumed;
}

void await_resumption(const sigset_t& resumed, Instant longest) {
  const timespec most{longest / 1'000'000, 0};
  while (sigtimedwait(&resumed, nullptr, &most) < 0 && errno == EINTR) {
  }
}

// SIGHUP as something to poll: blocked, so that one that comes between two polls waits for the next.
class ReloadSignal {
 public:
  ReloadSignal() {
    sigset_t hangup;
    sigemptyset(&hangup);
    sigaddset(&hangup, SIGHUP);
    sigprocmask(SIG_BLOCK, &hangup, nullptr);
    descriptor_ = ::signalfd(-1, &hangup, SFD_NONBLOCK | SFD_CLOEXEC);
    if (descriptor_ < 0) throw machine_failed("", "no descriptor for SIGHUP");
  }
  ~ReloadSignal() { ::close(descriptor_); }
  ReloadSignal(const ReloadSignal&) = delete;
  ReloadSignal& operator=(const ReloadSignal&) = delete;
  int descriptor() const { return descriptor_; }
  /// Several that came while nobody looked are one.
  bool take() {
    signalfd_siginfo seen{};
    return ::read(descriptor_, &seen, sizeof seen) == static_cast<ssize_t>(sizeof seen);
  }

 private:
  int descriptor_ = -1;
};

class Runner {
 public:
  Runner(const Identity& identity, Node& node, Store* store, const std::string& endpoint,
         const std::string& token)
      : identity_(identity),
        node_(node),
        store_(store),
        plants_(identity),
        socket_(context_, zmq::socket_type::dealer) {
    socket_.set(zmq::sockopt::plain_username, identity.peer());
    socket_.set(zmq::sockopt::plain_password, token);
    socket_.set(zmq::sockopt::linger, 300);
    socket_.connect(endpoint);
  }

  int run() {
    handle({Input::Kind::start, {}, 0});
    while (!done_) {
      wait();
      while (!done_ && receive()) {
      }
      if (!done_ && reload_.take()) handle({Input::Kind::reload, {}, 0});
      fire();
    }
    return status_;
  }

 private:
  void wait() {
    auto timeout = std::chrono::milliseconds(-1);
    if (!timers_.empty()) {
      const Instant left = timers_.begin()->first - wall_clock();
      timeout = std::chrono::milliseconds(left <= 0 ? 0 : (left + 999) / 1'000);
    }
    std::array<zmq::pollitem_t, 2> items{
        {{socket_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, reload_.descriptor(), ZMQ_POLLIN, 0}}};
    try {
      zmq::poll(items.data(), items.size(), timeout);
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) throw;
    }
  }

  bool receive() {
    zmq::message_t frame;
    if (!socket_.recv(frame, zmq::recv_flags::dontwait)) return false;
    std::optional<Envelope> message;
    try {
      message = decode(frame.to_string());
    } catch (const Error& error) {
      write_log(wall_clock(), fmt::format("ignored: {}", error.what()));
    }
    if (message) handle({Input::Kind::message, std::move(*message), 0});
    return true;
  }

  void fire() {
    const Instant now = wall_clock();
    while (!done_ && !timers_.empty() && timers_.begin()->first <= now) {
      Timer timer = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
      handle({Input::Kind::timer, {}, timer.id, std::move(timer.cause)});
    }
  }

  void handle(const Input& input) {
    const Instant now = wall_clock();
    if (input.kind == Input::Kind::message) write_log(now, describe("<-", input.message));
    if (input.kind == Input::Kind::reload) write_log(now, "reload");
    Turn turn = take_turn(identity_.peer(), node_, store_, plants_, now, input);
    Output& output = turn.output;
    if (turn.delay > 0) ::poll(nullptr, 0, static_cast<int>(turn.delay / 1'000));
    switch (turn.then) {
      case Turn::Then::go_on:
        send(output);
        break;
      case Turn::Then::stand: {
        const sigset_t resumed = block_resumption();
        send(output);
        await_resumption(resumed, turn.longest);
        store_->rollback();
        break;
      }
      case Turn::Then::die:
        send(output);
        socket_.close();
        context_.close();  // returns when everything is on the wire
        die_at_once();
      case Turn::Then::crash:
        throw machine_failed(identity_.peer(), "crashed: " + turn.why);
    }
    for (Timer& timer : output.timers) timers_.emplace(timer.at, timer);
    for (const std::string& line : output.log) write_log(now, line);
    done_ = output.done;
    status_ = output.status;
  }

  void send(Output& output) {
    for (Envelope& message : output.messages) {
      if (message.kind == Envelope::Kind::hello) message.args["pid"] = static_cast<std::int64_t>(getpid());
      socket_.send(zmq::buffer(encode(message)), zmq::send_flags::none);
      write_log(wall_clock(), describe("->", message));
    }
  }

  const Identity& identity_;
  Node& node_;
  Store* store_;
  TurnPlants plants_;
  ReloadSignal reload_;  // before the context: its threads inherit the mask
  zmq::context_t context_;
  zmq::socket_t socket_;
  std::multimap<Instant, Timer> timers_;
  bool done_ = false;
  int status_ = 0;
};

}  // namespace

int run_node(const Identity& identity, Node& node, Store* store, const std::string& endpoint,
             const std::string& token) {
  try {
    return Runner(identity, node, store, endpoint, token).run();
  } catch (const zmq::error_t& error) {
    throw machine_failed(endpoint, fmt::format("ZeroMQ: {}", error.what()));
  }
}

}  // namespace caravan::nodes
