// The broker's socket: a ZeroMQ ROUTER on a Unix socket in a private folder, behind a gate that lets in those
// that it expects. The only header of ours in front of zmq.hpp here.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/process/admission.hpp"
#include "harness/process/private_folder.hpp"
#include "objects/model/envelope.hpp"

namespace caravan::harness {

/// For one thread. While it lives, SIGABRT ends the program in order with exit code 4: libzmq aborts where
/// descriptors run short. Sending, receiving and waiting throw machine_failed if the socket breaks.
class Router {
 public:
  /// Binds. `whose` as in Gate. Throws machine_failed.
  explicit Router(std::function<std::string(long pid)> whose);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  const std::string& endpoint() const { return endpoint_; }
  /// The file behind it.
  std::string socket() const;

  /// Lets the peer in, once, if it shows this token.
  void expect(const std::string& peer, const std::string& token) { gate_.expect(peer, token); }
  /// It is dead: nothing is let in as it.
  void forget(const std::string& peer);

  /// What a peer that was let in sent; not decoded, not checked.
  struct Message {
    std::string peer;                 ///< whose token its connection showed
    std::vector<std::string> frames;  ///< one, in our protocol
  };
  /// A message, or what is wrong at the socket. Never waits.
  std::optional<std::variant<Message, Gate::Complaint>> receive();
  /// False if the peer has no connection, or has not taken what was sent for too long. What it cannot take
  /// now waits here.
  bool send(const std::string& peer, const std::string& text);
  /// Whether its connection may still have something to say.
  bool connected(const std::string& peer);
  /// Waits until something is there, `descriptor` is readable, or `timeout` microseconds have passed.
  void wait(int descriptor, Instant timeout);

 private:
  struct Sockets;
  enum class Sent { yes, later, never };
  struct Backlog {
    std::deque<std::string> texts;
    std::size_t bytes = 0;
    bool told = false;  ///< that it is too much
  };
  struct Doing {  ///< of libzmq, at the socket
    unsigned number = 0;
    int value = 0;
  };

  void answer_the_door();
  void watch_the_door();
  void see(const Doing& doing);
  void pull_doings();
  std::optional<Message> message();
  Sent try_to_send(const std::string& connection, const std::string& text);
  void send_what_waits();

  PrivateFolder folder_;
  std::string endpoint_;
  Gate gate_;
  std::unique_ptr<Sockets> sockets_;
  void (*before_)(int) = nullptr;  ///< what an abort did
  std::deque<Doing> doings_;
  std::optional<std::string> broke_;        ///< what the next peer that is disconnected did
  bool left_ = false;                       ///< ... or that it just went
  std::map<std::string, Backlog> backlog_;  ///< peer -> what it cannot take now
};

}  // namespace caravan::harness
