// The broker's socket: a ZeroMQ ROUTER on an abstract Unix socket. The only header of ours in front of
// zmq.hpp here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "objects/envelope.hpp"

namespace caravan {

class Router {
 public:
  /// Binds `endpoint`. Throws machine_failed if it is in use.
  explicit Router(std::string endpoint);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  struct Message {
    std::string peer;                 ///< routing id
    std::vector<std::string> frames;  ///< one, in our protocol
  };
  std::optional<Message> receive();  ///< never waits
  /// False if the peer is unknown or gone.
  bool send(const std::string& peer, const std::string& text);
  /// Waits until a message is there, `descriptor` is readable, or `timeout` microseconds have passed.
  void wait(int descriptor, Instant timeout);

  const std::string& endpoint() const { return endpoint_; }

 private:
  struct Sockets;
  std::string endpoint_;
  std::unique_ptr<Sockets> sockets_;
};

}  // namespace caravan
