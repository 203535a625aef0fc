// A cluster for tests of nodes: the harness's broker over nodes in one thread and virtual time. Tests only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "objects/loader/loader.hpp"
#include "tests/nodes/in_process_carrier.hpp"

namespace caravan::nodes::testing {

class World {
 public:
  /// A database of `release`; expanded to `expanded_to` if given. The catalog must outlive this.
  explicit World(const std::string& release, const std::string& expanded_to = {},
                 const Catalog& catalog = sahara_catalog())
      : carrier_(catalog, release), store_(database().connect(0)) {
    if (!expanded_to.empty()) migrate(database(), {catalog, "expand", release, expanded_to});
  }

  /// Until it said hello, or is gone because it was refused.
  void add(const std::string& name, const std::string& release, const std::string& plant = {},
           const Modes& modes = {}) {
    const int incarnation = ++incarnations_[name];
    const Identity identity{name, incarnation, caravan::name(*role_of(name)), 1, plant, modes};
    broker_.starting(name, incarnation);
    carrier_.start(harness::NodeSpec{identity, release});
    const std::string peer = identity.peer();
    while (spoke_.count(peer) == 0 && carrier_.anything_to_come()) step();
  }
  void reload(const std::string& name) {
    carrier_.signal(peer(name), harness::Signal::reload);
    settle();
  }
  /// As a kill does: what it had in hand is lost.
  void remove(const std::string& name) {
    carrier_.signal(peer(name), harness::Signal::kill);
    broker_.gone(name);
  }
  /// Lets that much time pass, heartbeats included.
  void pass(Instant microseconds) {
    const Instant until = now() + microseconds;
    for (;;) {
      const harness::CarrierEvent event = carrier_.wait(until);
      if (std::holds_alternative<harness::Elapsed>(event)) return;
      hear(event);
    }
  }
  Instant now() { return carrier_.now(); }

  /// The reply of the api, after everything that follows from it has happened.
  Envelope request(const std::string& api, const std::string& method, const std::string& object,
                   const std::string& row, const Json& fields, const std::string& engine = {}) {
    const Envelope envelope = ask(api, method, object, row, fields, engine);
    settle();
    return answers_.count(envelope.id) != 0 ? answers_.at(envelope.id) : Envelope{};
  }
  Envelope ask(const std::string& api, const std::string& method, const std::string& object,
               const std::string& row, const Json& fields, const std::string& engine = {}) {
    Envelope envelope = from_outside(Envelope::Kind::request, "client.1", api, method);
    envelope.operation = envelope.id;
    envelope.args = {{"object", object}, {"row", row}, {"fields", fields}, {"engine", engine}};
    carry_out(broker_.accept(envelope, now()));
    return envelope;
  }
  void cast(const std::string& server, const std::string& method, const Json& args) {
    Envelope envelope = from_outside(Envelope::Kind::cast, "test", server, method);
    envelope.args = args;
    carry_out(broker_.accept(envelope, now()));
  }
  /// The same as a call: its reply, after everything that follows from it has happened.
  Envelope call(const std::string& server, const std::string& method, const Json& args) {
    Envelope envelope = from_outside(Envelope::Kind::call, "test", server, method);
    envelope.args = args;
    carry_out(broker_.accept(envelope, now()));
    settle();
    return answers_.count(envelope.id) != 0 ? answers_.at(envelope.id) : Envelope{};
  }
  void drain(const std::string& name) {
    broker_.draining(name);
    carrier_.deliver(peer(name), from_outside(Envelope::Kind::drain, "harness", name, ""));
  }
  /// Until nothing is left to happen but heartbeats.
  void settle() {
    while (carrier_.busy()) step();
  }
  /// The next thing that happens.
  void step() {
    if (const auto event = carrier_.advance()) hear(*event);
  }

  Database& database() { return carrier_.database(); }
  /// A connection of the test's own.
  Store& store() { return *store_; }
  Row row(const std::string& table, const std::string& key) {
    const auto found = store_->get(table, key);
    store_->rollback();
    return found.value_or(Row{});
  }
  std::vector<Row> rows(const std::string& table, const Row& where = {}) {
    auto found = store_->list(table, where);
    store_->rollback();
    return found;
  }
  /// What happens to a call on its way to a conductor: null lets it through, "lost" nobody ever sees, else
  /// it is the answer, {"error"} or {"result"}.
  std::function<Json(const Envelope&)> interfere;
  /// Every message that a node sent, in order.
  std::vector<Envelope> sent;
  std::vector<std::string> troubles() const {
    std::vector<std::string> found;
    for (const Envelope& message : sent) {
      if (message.kind == Envelope::Kind::trouble) found.push_back(message.args.dump());
    }
    return found;
  }
  std::size_t count(const std::string& method, const std::string& from_node = {}) const {
    std::size_t n = 0;
    for (const Envelope& message : sent) {
      n += message.method == method && message.from.rfind(from_node, 0) == 0 ? 1 : 0;
    }
    return n;
  }

 private:
  static std::map<std::string, std::string> nodes_there_may_be() {
    std::map<std::string, std::string> out;
    for (const RoleSpec& role : role_table)
      for (int i = 1; i <= 9; ++i) out[node_name(role.role, i)] = role.word;
    return out;
  }

  std::string peer(const std::string& name) const {
    return name + "#" + std::to_string(incarnations_.at(name));
  }
  Envelope from_outside(Envelope::Kind kind, const std::string& from, const std::string& to,
                        const std::string& method) {
    Envelope envelope;
    envelope.kind = kind;
    envelope.id = from + "/" + std::to_string(++requests_);
    envelope.from = from;
    envelope.to = to;
    envelope.method = method;
    return envelope;
  }

  void hear(const harness::CarrierEvent& event) {
    if (const auto* exited = std::get_if<harness::Exited>(&event)) {
      if (exited->code == static_cast<int>(Exit::machine))
        throw std::runtime_error(carrier_.last_words(exited->peer));
      spoke_.insert(exited->peer);
      const std::string node = exited->peer.substr(0, exited->peer.rfind('#'));
      if (exited->peer == peer(node)) broker_.gone(node);
    }
    const auto* arrived = std::get_if<harness::Arrived>(&event);
    if (arrived == nullptr) return;
    const Envelope& message = arrived->envelope;
    sent.push_back(message);
    if (message.kind == Envelope::Kind::hello) {
      spoke_.insert(arrived->peer);
      const std::string node = arrived->peer.substr(0, arrived->peer.rfind('#'));
      return carry_out(broker_.ready(node, incarnations_.at(node), now()));
    }
    if (message.kind == Envelope::Kind::reply) answers_[message.to] = message;
    if (const Json instead = intercepted(message); !instead.is_null()) {
      if (instead != "lost") answer_instead(arrived->peer, message, instead);
    } else if (message.kind != Envelope::Kind::bye && message.kind != Envelope::Kind::trouble) {
      carry_out(broker_.accept(message, now()));
    }
  }
  Json intercepted(const Envelope& message) const {
    const bool to_conductor = message.kind == Envelope::Kind::call && message.to == "conductor";
    return interfere && to_conductor && !harness::is_heartbeat(message) ? interfere(message) : Json();
  }
  void answer_instead(const std::string& caller, const Envelope& call, const Json& instead) {
    Envelope reply;
    reply.kind = Envelope::Kind::reply;
    reply.from = "conductor.1#1";
    reply.to = call.id;
    reply.error = instead.value("error", Json());
    reply.result = instead.value("result", Json());
    carrier_.deliver(caller, reply);
  }
  void carry_out(const harness::Decisions& decisions) {
    for (const harness::Decision& decision : decisions)
      if (const auto* delivery = std::get_if<harness::Deliver>(&decision))
        carrier_.deliver(delivery->peer, delivery->envelope);
  }

  InProcessCarrier carrier_;
  harness::Broker broker_{1, nodes_there_may_be()};
  std::unique_ptr<Store> store_;
  std::map<std::string, int> incarnations_;
  std::set<std::string> spoke_;  ///< peers that said hello, or are gone
  std::map<std::string, Envelope> answers_;
  int requests_ = 0;
};

inline Json cluster_fields(const std::string& id, const std::string& name, int count = 2) {
  return {{"id", id},
          {"name", name},
          {"tenant_id", "caravan"},
          {"plugin_name", "vanilla"},
          {"hadoop_version", "2.6.0"},
          {"management_private_key", "private"},
          {"management_public_key", "public"},
          {"node_groups", {{{"id", id + "-ng"}, {"name", "worker"}, {"flavor_id", "2"}, {"count", count}}}}};
}

}  // namespace caravan::nodes::testing
