// The only file of the harness that includes zmq.hpp. No ZMQ heartbeats: libzmq 4.3.4 aborts on them.
//
// Who connects shows its name and token by ZeroMQ's mechanism PLAIN; libzmq asks us (ZAP, RFC 27) before it
// takes a frame, and also reports what happens at the socket (its socket monitor). One I/O thread does all
// that, so what it reports comes in the order in which it happened.
#include "harness/process/router.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <utility>
#include <zmq.hpp>

#include "objects/base/error.hpp"

namespace caravan::harness {
namespace {

constexpr const char* socket_name = "broker";
constexpr std::int64_t largest_message = std::int64_t{64} << 20;
constexpr int most_messages = 1000;           ///< of one peer inside libzmq, each way: then it reads no more
constexpr std::size_t most_untaken = 10'000;  ///< messages that one peer may leave untaken
constexpr std::size_t most_bytes = std::size_t{256} << 20;
constexpr Instant full_pause = 5'000;  ///< whether a full peer can take something

constexpr unsigned watched = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                             ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;

/// Every part of the next message; nothing if there is none.
std::vector<zmq::message_t> parts_of(zmq::socket_t& socket) {
  std::vector<zmq::message_t> parts;
  for (;;) {
    zmq::message_t part;
    try {
      if (!socket.recv(part, zmq::recv_flags::dontwait)) return {};  // parts of one message come together
    } catch (const zmq::error_t& error) {
      if (error.num() == EINTR) continue;
      throw machine_failed("the broker's socket", std::string("receiving failed: ") + error.what());
    }
    parts.push_back(std::move(part));
    if (!parts.back().more()) return parts;
  }
}

/// libzmq writes "localhost:UID:GID:PID".
Caller caller_in(const std::string& address) {
  Caller caller;
  long parts[3] = {-1, -1, -1};
  const char* const end = address.data() + address.size();
  const char* at = address.data() + std::min(address.find(':'), address.size());
  for (auto& part : parts) {
    if (at == end || *at != ':') return {};
    const auto read = std::from_chars(at + 1, end, part);
    if (read.ec != std::errc()) return {};
    at = read.ptr;
  }
  caller.uid = parts[0];
  caller.pid = parts[2];
  return caller;
}

Caller caller_at(int descriptor) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return {};
  return {static_cast<long>(credentials.uid), static_cast<long>(credentials.pid)};
}

/// libzmq aborts where it runs out of descriptors, which a storm of connections can bring about before the
/// gate sees it.
void end_in_order(int) {
  static constexpr char words[] =
      "caravan: the broker's socket: libzmq gave up, as the line above says; if it ran out of open files, "
      "many "
      "connections came at once, and a higher `ulimit -n` helps; the recording ends here\n";
  if (::write(STDERR_FILENO, words, sizeof words - 1) < 0) ::_exit(static_cast<int>(Exit::machine));
  ::_exit(static_cast<int>(Exit::machine));
}

}  // namespace

struct Router::Sockets {
  zmq::context_t context{1};
  zmq::socket_t door{context, zmq::socket_type::rep};  ///< ZAP: may this one come in?
  zmq::socket_t router{context, zmq::socket_type::router};
  zmq::socket_t monitor{context, zmq::socket_type::pair};
};

Router::Router(std::function<std::string(long pid)> whose)
    : folder_("caravan-broker", socket_name),
      endpoint_("ipc://" + folder_.path() + "/" + socket_name),
      gate_(std::move(whose)),
      sockets_(std::make_unique<Sockets>()) {
  before_ = std::signal(SIGABRT, end_in_order);
  auto& door = sockets_->door;
  auto& router = sockets_->router;
  auto& monitor = sockets_->monitor;
  router.set(zmq::sockopt::plain_server, true);
  router.set(zmq::sockopt::zap_domain, "caravan");
  router.set(zmq::sockopt::maxmsgsize, largest_message);
  router.set(zmq::sockopt::router_mandatory, true);  // an unknown peer is an error, not silence
  router.set(zmq::sockopt::router_handover, false);  // nobody takes over another's connection
  router.set(zmq::sockopt::rcvhwm, most_messages);
  router.set(zmq::sockopt::sndhwm, most_messages);
  for (auto* socket : {&door, &router, &monitor}) socket->set(zmq::sockopt::linger, 0);
  monitor.set(zmq::sockopt::rcvhwm, 0);  // libzmq's thread must never wait for us
  try {
    door.bind("inproc://zeromq.zap.01");
    if (zmq_socket_monitor(router.handle(), "inproc://doings", static_cast<int>(watched)) != 0)
      throw zmq::error_t();
    monitor.connect("inproc://doings");
    router.bind(endpoint_);
  } catch (const zmq::error_t& error) {
    throw machine_failed(endpoint_, std::string("the socket cannot be bound: ") + error.what());
  }
}

Router::~Router() {
  // Before its reader goes: libzmq leaks what it has to tell and cannot.
  zmq_socket_monitor(sockets_->router.handle(), nullptr, 0);
  sockets_.reset();
  if (before_ != SIG_ERR) std::signal(SIGABRT, before_);
}

std::string Router::socket() const { return folder_.path() + "/" + socket_name; }

void Router::forget(const std::string& peer) {
  gate_.forget(peer);
  backlog_.erase(peer);
}

void Router::answer_the_door() {
  // address delimiter aside: version, request, domain, address, identity, mechanism, name, token
  for (auto asked = parts_of(sockets_->door); !asked.empty(); asked = parts_of(sockets_->door)) {
    watch_the_door();  // who asks has connected
    const bool whole = asked.size() == 8;
    const auto name = whole ? asked[6].to_string() : std::string();
    const bool welcome = whole && gate_.admit(name, asked[7].to_string(), caller_in(asked[3].to_string()));
    const std::string request = asked.size() > 1 ? asked[1].to_string() : "";
    const std::vector<std::string> answer = {
        "1.0", request, welcome ? "200" : "400", welcome ? "OK" : "no", welcome ? name : "", ""};
    for (const auto& part : answer)
      sockets_->door.send(zmq::buffer(part),
                          &part == &answer.back() ? zmq::send_flags::none : zmq::send_flags::sndmore);
  }
}

void Router::pull_doings() {
  for (auto told = parts_of(sockets_->monitor); !told.empty(); told = parts_of(sockets_->monitor)) {
    if (told[0].size() != 6) continue;
    std::uint16_t number = 0;
    std::int32_t value = 0;
    std::memcpy(&number, told[0].data(), sizeof number);
    std::memcpy(&value, told[0].data<char>() + sizeof number, sizeof value);
    doings_.push_back({number, value});
  }
}

void Router::watch_the_door() {
  for (pull_doings(); !doings_.empty(); pull_doings()) {
    const auto doing = doings_.front();
    doings_.pop_front();
    see(doing);
  }
}

void Router::see(const Doing& doing) {
  switch (doing.number) {
    case ZMQ_EVENT_ACCEPTED: {
      auto caller = caller_at(doing.value);
      // If it has gone since, its descriptor may be another's; libzmq reports that before it closes.
      pull_doings();
      const bool gone = std::any_of(doings_.begin(), doings_.end(), [&doing](const Doing& later) {
        return later.number == ZMQ_EVENT_DISCONNECTED && later.value == doing.value;
      });
      gate_.connected(doing.value, gone ? Caller{} : caller);
      return;
    }
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
      broke_ = doing.value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH
                   ? "connected and showed no token"
                   : fmt::format("connected and spoke ZMTP wrongly ({:#x})", doing.value);
      return;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
      left_ = true;
      return;
    case ZMQ_EVENT_DISCONNECTED:  // right after the event that says why, if there is one
      if (!broke_ && !left_)
        broke_ = fmt::format("connected and sent what is not ZMTP 3, or more than {} MiB at once",
                             largest_message >> 20);
      gate_.disconnected(doing.value, std::exchange(broke_, std::nullopt));
      left_ = false;
      return;
    default:
      return;
  }
}

std::optional<Router::Message> Router::message() {
  for (auto parts = parts_of(sockets_->router); !parts.empty(); parts = parts_of(sockets_->router)) {
    if (parts.size() < 2) continue;
    const char* user = nullptr;
    try {
      user = parts[1].gets("User-Id");
    } catch (const zmq::error_t&) {
      continue;  // nobody comes in without one
    }
    if (!gate_.speaks(user, parts[0].to_string())) {
      gate_.complain({user, "it connected twice, and speaks on both"});
      continue;
    }
    Message message{user, {}};
    for (std::size_t i = 1; i < parts.size(); ++i) message.frames.push_back(parts[i].to_string());
    return message;
  }
  return std::nullopt;
}

std::optional<std::variant<Router::Message, Gate::Complaint>> Router::receive() {
  watch_the_door();
  answer_the_door();
  send_what_waits();
  std::optional<Message> arrived;
  if (!gate_.complains()) arrived = message();
  if (arrived) return std::move(*arrived);
  auto complaint = gate_.take();
  if (!complaint) return std::nullopt;
  // Nobody else comes in: the run ends with this.
  if (complaint->peer.empty()) ::unlink(socket().c_str());
  return std::move(*complaint);
}

Router::Sent Router::try_to_send(const std::string& connection, const std::string& text) {
  auto& router = sockets_->router;
  try {
    const auto flags = zmq::send_flags::dontwait;
    if (!router.send(zmq::buffer(connection), flags | zmq::send_flags::sndmore)) return Sent::later;
    return router.send(zmq::buffer(text), flags) ? Sent::yes : Sent::never;
  } catch (const zmq::error_t& error) {
    if (error.num() == EHOSTUNREACH) return Sent::never;
    throw machine_failed("the broker's socket", std::string("sending failed: ") + error.what());
  }
}

bool Router::send(const std::string& peer, const std::string& text) {
  const auto connection = gate_.connection(peer);
  if (connection.empty()) return false;
  if (backlog_.count(peer) == 0) {
    const auto sent = try_to_send(connection, text);
    if (sent != Sent::later) return sent == Sent::yes;
  }
  auto& backlog = backlog_[peer];
  if (backlog.texts.size() >= most_untaken || backlog.bytes + text.size() > most_bytes) {
    if (!std::exchange(backlog.told, true))
      gate_.complain(
          {peer, fmt::format("it does not read: {} messages ({} bytes) are queued, and no more are accepted",
                             backlog.texts.size(), backlog.bytes)});
    return false;
  }
  backlog.bytes += text.size();
  backlog.texts.push_back(text);
  return true;
}

void Router::send_what_waits() {
  for (auto waiting = backlog_.begin(); waiting != backlog_.end();) {
    auto& texts = waiting->second.texts;
    const auto connection = gate_.connection(waiting->first);
    auto sent = Sent::yes;
    while (!texts.empty() && (sent = try_to_send(connection, texts.front())) == Sent::yes) {
      waiting->second.bytes -= texts.front().size();
      texts.pop_front();
    }
    waiting = texts.empty() || sent == Sent::never ? backlog_.erase(waiting) : std::next(waiting);
  }
}

bool Router::connected(const std::string& peer) {
  const auto connection = gate_.connection(peer);
  if (connection.empty()) return gate_.may_speak(peer);
  return try_to_send(connection, "") != Sent::never;
}

void Router::wait(int descriptor, Instant timeout) {
  if (!backlog_.empty()) timeout = std::min(timeout, full_pause);
  zmq::pollitem_t items[] = {{sockets_->router.handle(), 0, ZMQ_POLLIN, 0},
                             {sockets_->door.handle(), 0, ZMQ_POLLIN, 0},
                             {sockets_->monitor.handle(), 0, ZMQ_POLLIN, 0},
                             {nullptr, descriptor, ZMQ_POLLIN, 0}};
  try {
    zmq::poll(items, 4, std::chrono::milliseconds((timeout + 999) / 1000));
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR)
      throw machine_failed("the broker's socket", std::string("polling failed: ") + error.what());
  }
}

}  // namespace caravan::harness
