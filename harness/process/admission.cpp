#include "harness/process/admission.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

namespace caravan::harness {
namespace {

constexpr int most_silent = 16;      ///< strangers' connections that say nothing, at a time
constexpr int most_strangers = 200;  ///< ... and in all, coming and going

bool same_secret(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// Peers that are not ours may carry any bytes in their names.
std::string name_as_text(const std::string& text) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (plain && !text.empty() && text.size() <= 80) return text;
  std::string out = "0x";
  for (const unsigned char c : text.substr(0, 16)) out += fmt::format("{:02x}", c);
  return text.size() > 16 ? out + "..." : out;
}

}  // namespace

std::string describe(const Caller& caller) {
  // Nobody else may enter the folder.
  if (caller.uid < 0)
    return fmt::format("a process of user {}, or root's, that was gone before it could be named,",
                       ::geteuid());
  if (caller.pid <= 0) return fmt::format("a process of user {}", caller.uid);
  std::string name;
  std::getline(std::ifstream(fmt::format("/proc/{}/comm", caller.pid)), name);
  return fmt::format("process {}{} of user {}", caller.pid,
                     name.empty() ? "" : " (" + name_as_text(name) + ")", caller.uid);
}

bool lives(const Caller& caller) {
  if (caller.pid <= 0) return false;
  std::string line;
  std::getline(std::ifstream(fmt::format("/proc/{}/stat", caller.pid)), line);
  std::istringstream fields(line.substr(std::min(line.rfind(')') + 1, line.size())));
  char state = 'X';
  long parent = 0, group = 0, session = 0, terminal = 0, foreground = 0;
  unsigned long flags = 0;
  fields >> state >> parent >> group >> session >> terminal >> foreground >> flags;
  constexpr unsigned long exiting = 0x4;  // PF_EXITING: its descriptors are closed before it is a zombie
  return fields && state != 'Z' && state != 'X' && (flags & exiting) == 0;
}

void Gate::expect(const std::string& peer, const std::string& token) {
  guests_[peer] = {token, {}, false, {}};
}

void Gate::forget(const std::string& peer) { guests_.erase(peer); }

void Gate::complain(Complaint complaint) {
  if (complaint.peer.empty() && std::exchange(accused_, true)) return;
  complaints_.push_back(std::move(complaint));
}

std::optional<Gate::Complaint> Gate::take() {
  if (complaints_.empty()) return std::nullopt;
  auto first = std::move(complaints_.front());
  complaints_.pop_front();
  return first;
}

void Gate::accuse(const Connection& one, const std::string& what) {
  complain({one.owner, one.owner.empty() ? describe(one.caller) + " " + what : "it " + what});
}

bool Gate::admit(const std::string& name, const std::string& token, const Caller& caller) {
  answered_.insert(caller);
  const auto guest = guests_.find(name);
  if (guest != guests_.end() && same_secret(guest->second.token, token)) {
    if (guest->second.connection.empty()) {
      guest->second.admitted = caller;
      guest->second.left = false;
      return true;
    }
    complain({name,
              "it connected a second time: a node keeps its one connection, which ends when it sends what is "
              "not ZMTP or too large"});
    return false;
  }
  for (const auto& other : guests_)
    if (same_secret(other.second.token, token)) {
      complain({other.first, fmt::format("it connected under the name '{}'", name_as_text(name))});
      return false;
    }
  accuse({caller, whose_(caller.pid)}, fmt::format("connected as '{}' with {} token", name_as_text(name),
                                                   token.empty() ? "no" : "a wrong"));
  return false;
}

bool Gate::speaks(const std::string& peer, const std::string& connection) {
  const auto guest = guests_.find(peer);
  if (guest == guests_.end()) return false;
  if (guest->second.connection.empty()) guest->second.connection = connection;
  return guest->second.connection == connection;
}

std::string Gate::connection(const std::string& peer) const {
  const auto guest = guests_.find(peer);
  return guest == guests_.end() ? std::string() : guest->second.connection;
}

bool Gate::may_speak(const std::string& peer) const {
  const auto guest = guests_.find(peer);
  return guest != guests_.end() && guest->second.admitted && !guest->second.left;
}

void Gate::connected(int descriptor, const Caller& caller) {
  const auto& one = connections_[descriptor] = {caller, whose_(caller.pid)};
  if (!strange(one)) return;
  ++strangers_;
  const auto waiting = std::count_if(connections_.begin(), connections_.end(),
                                     [this](const auto& each) { return strange(each.second); });
  if (waiting > most_silent)
    accuse(one, fmt::format("connected; it is one of {} that are connected and send nothing", waiting));
  else if (strangers_ > most_strangers)
    accuse(one, fmt::format("connected; it is one of {} that connected and left without sending anything",
                            strangers_));
}

void Gate::disconnected(int descriptor, const std::optional<std::string>& broke) {
  const auto found = connections_.find(descriptor);
  const auto one = found == connections_.end() ? Connection{} : found->second;
  if (found != connections_.end()) connections_.erase(found);
  for (auto& guest : guests_)
    if (guest.second.admitted && guest.second.admitted->pid == one.caller.pid) guest.second.left = true;
  if (answered_.count(one.caller) != 0) return;
  if (broke) {
    // Who went before it was seen may be a child of ours that has not come in yet.
    const bool awaited =
        std::any_of(guests_.begin(), guests_.end(), [](const auto& guest) { return !guest.second.admitted; });
    if (one.caller.uid >= 0 || !awaited) accuse(one, *broke);
    return;
  }
  // A ZeroMQ client without a token leaves when it hears that one is required. But so does a child
  // that is killed, or a child's child.
  if (lives(one.caller)) accuse(one, "connected and showed no token");
}

}  // namespace caravan::harness
