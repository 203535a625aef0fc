// Who may come in at the broker's socket: each incarnation with its own token, once. No socket of its
// own: the router reports what happens at the socket, and asks.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace caravan::harness {

/// The process at the other end of a connection, as the kernel says; -1 where it does not.
struct Caller {
  long uid = -1, pid = -1;
  bool operator<(const Caller& other) const { return pid != other.pid ? pid < other.pid : uid < other.uid; }
};
/// "process 4711 (python3) of user 1000"
std::string describe(const Caller& caller);
/// Whether the process is there, and neither a zombie nor about to become one.
bool lives(const Caller& caller);

/// Knows what is expected and what is connected, and has a complaint ready about what breaks the rules.
class Gate {
 public:
  /// `whose`: the incarnation that a process belongs to, or nothing.
  explicit Gate(std::function<std::string(long pid)> whose) : whose_(std::move(whose)) {}

  /// Lets in the process that shows `token` under the name `peer`, until it has spoken: then it has its one
  /// connection.
  void expect(const std::string& peer, const std::string& token);
  /// It is dead: nothing is let in under its name any more.
  void forget(const std::string& peer);

  /// Whether a process that calls itself `name` and shows `token` may come in.
  bool admit(const std::string& name, const std::string& token, const Caller& caller);
  /// Whether this connection is the one of a peer that was admitted. The first that speaks is.
  bool speaks(const std::string& peer, const std::string& connection);
  /// Of a peer that has spoken; else empty.
  std::string connection(const std::string& peer) const;
  /// It was admitted, has not spoken, and may still.
  bool may_speak(const std::string& peer) const;

  /// A connection was made. Complains of a stranger if too many of them are connected and silent, or came
  /// and went so.
  void connected(int descriptor, const Caller& caller);
  /// `broke`: how it broke the rules before it was let in; nothing if it went by itself.
  void disconnected(int descriptor, const std::optional<std::string>& broke);

  /// What is wrong at the socket, for the driver to record or to end the run with.
  struct Complaint {
    std::string peer;  ///< empty: a stranger
    std::string what;  ///< about a stranger with who it was
  };
  /// Kept until take(). Of strangers only the first ever is kept: it ends the run.
  void complain(Complaint complaint);
  bool complains() const { return !complaints_.empty(); }  ///< take() has one
  /// The oldest complaint that was not taken yet, if there is one.
  std::optional<Complaint> take();

 private:
  struct Guest {
    std::string token;
    std::optional<Caller> admitted;
    bool left = false;
    std::string connection;
  };
  struct Connection {
    Caller caller;
    std::string owner;  ///< the incarnation whose process it is, or nothing
  };
  void accuse(const Connection& one, const std::string& what);
  bool strange(const Connection& one) const { return one.owner.empty() && answered_.count(one.caller) == 0; }

  std::function<std::string(long)> whose_;
  std::map<std::string, Guest> guests_;
  std::map<int, Connection> connections_;  ///< by descriptor
  std::set<Caller> answered_;              ///< their tokens were looked at, and they were told
  int strangers_ = 0;                      ///< connections so far of processes that are not the run's
  bool accused_ = false;                   ///< a stranger: one is enough
  std::deque<Complaint> complaints_;
};

}  // namespace caravan::harness
