// The only file of the harness that includes zmq.hpp. No ZMQ heartbeats: libzmq 4.3.4 aborts on them.
#include "harness/router.hpp"

#include <cerrno>
#include <zmq.hpp>

#include "objects/error.hpp"

namespace caravan {

struct Router::Sockets {
  zmq::context_t context{1};
  zmq::socket_t router{context, zmq::socket_type::router};
};

Router::Router(std::string endpoint) : endpoint_(std::move(endpoint)), sockets_(std::make_unique<Sockets>()) {
  auto& router = sockets_->router;
  router.set(zmq::sockopt::router_mandatory, true);  // an unknown peer is an error, not silence
  router.set(zmq::sockopt::router_handover, true);   // a second connection under one name replaces the first
  router.set(zmq::sockopt::linger, 0);
  router.set(zmq::sockopt::rcvhwm, 0);
  router.set(zmq::sockopt::sndhwm, 0);
  try {
    router.bind(endpoint_);
  } catch (const zmq::error_t& error) {
    throw machine_failed(
        endpoint_, std::string("the socket cannot be bound: ") + error.what(),
        error.num() == EADDRINUSE ? "another run uses this name; --socket NAME gives another" : "");
  }
}

Router::~Router() = default;

std::optional<Router::Message> Router::receive() {
  auto& router = sockets_->router;
  Message message;
  zmq::message_t frame;
  for (bool first = true;;) {
    try {
      if (!router.recv(frame, zmq::recv_flags::dontwait))
        return std::nullopt;  // parts of one message come together
    } catch (const zmq::error_t& error) {
      if (error.num() == EINTR) continue;
      throw machine_failed(endpoint_, std::string("receiving failed: ") + error.what());
    }
    if (first)
      message.peer = frame.to_string();
    else
      message.frames.push_back(frame.to_string());
    first = false;
    if (!frame.more()) return message;
  }
}

bool Router::send(const std::string& peer, const std::string& text) {
  auto& router = sockets_->router;
  try {
    const auto flags = zmq::send_flags::dontwait;
    if (!router.send(zmq::buffer(peer), flags | zmq::send_flags::sndmore)) return false;
    return router.send(zmq::buffer(text), flags).has_value();
  } catch (const zmq::error_t& error) {
    if (error.num() == EHOSTUNREACH) return false;
    throw machine_failed(endpoint_, std::string("sending failed: ") + error.what());
  }
}

void Router::wait(int descriptor, Instant timeout) {
  zmq::pollitem_t items[] = {{sockets_->router.handle(), 0, ZMQ_POLLIN, 0},
                             {nullptr, descriptor, ZMQ_POLLIN, 0}};
  try {
    zmq::poll(items, 2, std::chrono::milliseconds((timeout + 999) / 1000));
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) throw machine_failed(endpoint_, std::string("polling failed: ") + error.what());
  }
}

}  // namespace caravan
