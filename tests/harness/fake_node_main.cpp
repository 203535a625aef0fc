// A node of our own making for tests of the harness: speaks docs/node-protocol.md with libzmq's C interface,
// and misbehaves as the environment variable FAKE_NODE says.
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <zmq.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "objects/model/envelope.hpp"

namespace {

using caravan::Envelope;

struct Node {
  std::map<std::string, std::string> options;
  std::string mode, peer;
  void* context = nullptr;
  void* socket = nullptr;
  int counter = 0;

  void send(const std::string& text, int flags = 0) const {
    zmq_send(socket, text.data(), text.size(), flags);
  }

  void send(Envelope::Kind kind, const std::string& to, const std::string& method, caravan::Json args,
            const std::string& cause = {}) {
    Envelope envelope;
    envelope.kind = kind;
    envelope.id = peer + "/" + std::to_string(++counter);
    envelope.from = peer;
    envelope.to = to;
    envelope.method = method;
    if (kind == Envelope::Kind::reply)
      envelope.result = args;
    else
      envelope.args = std::move(args);
    envelope.cause = cause;
    send(encode(envelope));
  }

  /// `name` and `token` as ZeroMQ's PLAIN has them; no name: without.
  void* connect(const std::string& name, const std::string& token) {
    void* made = zmq_socket(context, ZMQ_DEALER);
    if (!name.empty()) {
      zmq_setsockopt(made, ZMQ_PLAIN_USERNAME, name.data(), name.size());
      zmq_setsockopt(made, ZMQ_PLAIN_PASSWORD, token.data(), token.size());
    }
    zmq_connect(made, options["--connect"].c_str());
    return made;
  }

  void come_in() {
    context = zmq_ctx_new();
    const char* given = std::getenv("CARAVAN_TOKEN");
    const std::string token = given ? given : "";
    if (mode == "other-name") connect("engine.9#1", token);
    if (mode == "twice") {
      socket = connect(peer, token);
      hello();
    }
    socket = connect(peer, mode == "wrong-token" ? "no" + token : token);
  }

  /// A process that is no part of this node, but for its end.
  void bring_a_stranger() {
    const pid_t node = getpid();
    if (fork() != 0) return;
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != node) _exit(0);  // it had ended before that
    peer = "api.1#1";
    context = zmq_ctx_new();
    for (;;) {  // again and again, until it is seen
      socket = connect("", "");
      hello();
      zmq_pollitem_t never{socket, 0, ZMQ_POLLIN, 0};
      zmq_poll(&never, 1, 50);
      zmq_close(socket);
    }
  }

  /// The run's, where its snapshots are.
  void move_the_folder() {
    const std::string snapshot = options["--snapshot"];
    const std::string folder = snapshot.substr(0, snapshot.rfind("/snapshots/"));
    std::rename(folder.c_str(), (folder + "-elsewhere").c_str());
  }

  void hello() {
    send(
        Envelope::Kind::hello, "", "",
        {{"protocol", 1}, {"release", options["--release"]}, {"role", options["--role"]}, {"pid", getpid()}});
  }

  [[noreturn]] void leave(int code) const {
    zmq_close(socket);
    zmq_ctx_term(context);  // waits until all is sent
    std::exit(code);
  }

  /// Returns when the node shall end.
  void serve() {
    for (;;) {
      zmq_msg_t frame;
      zmq_msg_init(&frame);
      if (zmq_msg_recv(&frame, socket, 0) < 0) continue;
      const std::string text(static_cast<const char*>(zmq_msg_data(&frame)), zmq_msg_size(&frame));
      zmq_msg_close(&frame);
      const auto message = caravan::decode(text);
      if (message.kind == Envelope::Kind::drain) {
        if (mode == "stubborn") continue;
        if (mode == "socket-thief") unlink(options["--connect"].substr(std::strlen("ipc://")).c_str());
        if (mode == "folder-mover") move_the_folder();
        send(Envelope::Kind::bye, "", "", caravan::Json::object());
        leave(0);
      }
      if (mode == "burst") {
        for (int i = 0; i < 500; ++i) send(Envelope::Kind::cast, "engine", "burst", {{"i", i}}, message.id);
        leave(7);
      }
      if (mode == "mute") continue;
      if (mode == "full-disk")
        send(Envelope::Kind::trouble, "", "", {{"what", "heartbeat: DiskFailed: the disk is full"}});
      if (mode == "trouble")
        send(Envelope::Kind::trouble, "", "", {{"what", "the sky is falling"}, {"error", "SkyError"}},
             message.id);
      if (message.kind == Envelope::Kind::request || message.kind == Envelope::Kind::call)
        send(Envelope::Kind::reply, message.id, "", message.args, message.id);
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  Node node;
  for (int i = 1; i + 1 < argc; i += 2) node.options[argv[i]] = argv[i + 1];
  if (const char* mode = std::getenv("FAKE_NODE")) node.mode = mode;
  if (node.options.count("--migrate")) {
    if (node.mode == "bad-migration") return 5;
    if (node.mode == "silent-migration") return 2;
    if (node.options.count("--die-in")) raise(SIGKILL);
    const int status = node.mode == "refusing" ? 3 : 0;
    std::printf(
        "{\"migration\": {\"status\": %d, \"done\": 7, \"left\": 0, \"failed\": 0, \"problems\": [], "
        "\"refused\": %s}}\n",
        status, status == 3 ? "\"an old node lives\"" : "null");
    return status;
  }
  if (node.options.count("--forget") || node.options.count("--announce")) {
    std::printf("{\"service\": {\"node\": \"x\", \"refused\": %s}}\n",
                node.mode == "refusing" ? "\"it lives\"" : "null");
    return node.mode == "refusing" ? 3 : 0;
  }
  if (node.mode == "second-crash" && node.options["--incarnation"] == "2") node.mode = "crash";
  node.peer = node.options["--node"] + "#" + node.options["--incarnation"];
  if (node.mode == "crash") {
    std::fputs("fake node: I fall\n", stderr);
    return 3;
  }
  if (node.mode == "stubborn") signal(SIGTERM, SIG_IGN);
  if (node.mode == "family" && fork() == 0)
    for (;;) pause();
  if (node.mode == "stranger") node.bring_a_stranger();  // before there are threads

  node.come_in();
  std::printf("%s speaks\n", node.peer.c_str());
  std::fflush(stdout);
  if (node.mode == "garbage") {
    node.send("this is no envelope");
    node.send("{\"kind\":\"cast\"");
    node.send("two", ZMQ_SNDMORE);
    node.send("frames");
  }
  if (node.mode == "turned-away" && node.options["--incarnation"] == "2") {
    node.send(Envelope::Kind::bye, "", "", {{"refused", "too new"}});
    node.leave(3);
  }
  if (node.mode == "leaky") std::puts("configs: c1-1 canary of mine");
  std::fflush(stdout);
  // The run waits for a hello for long enough that a stranger is seen.
  if (node.mode != "silent" && node.mode != "stranger") node.hello();
  if (node.mode == "giant") node.send(std::string(std::size_t{70} << 20, 'x'));
  if (node.mode == "deaf")
    for (;;) pause();
  node.serve();
}
