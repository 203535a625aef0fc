// A world for nodes without processes: virtual time, one thread, a real SQLite file. Tests only.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "nodes/core/services.hpp"
#include "nodes/core/turn.hpp"
#include "nodes/store/database.hpp"
#include "nodes/store/migration/migration.hpp"
#include "nodes/store/store.hpp"
#include "objects/loader/loader.hpp"

namespace caravan::testing {

class World {
 public:
  /// A database of `release`; expanded to `expanded_to` if given.
  explicit World(const std::string& release, const std::string& expanded_to = {},
                 const Catalog* another = nullptr) {
    const Catalog& catalog = another != nullptr ? *another : sahara_catalog();
    std::string pattern = (std::filesystem::temp_directory_path() / "caravan-world-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    url_ = "sqlite://" + folder_ + "/sahara.db";
    create_schema(url_, catalog, release);
    if (!expanded_to.empty()) migrate(*database_at(url_), {catalog, "expand", release, expanded_to});
    store_ = open_store(url_);
  }
  ~World() {
    nodes_.clear();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  /// Until it said hello, or bye because it was refused.
  void add(const std::string& name, const std::string& release, const std::string& plant = {},
           const Modes& modes = {}) {
    const int incarnation = nodes_.count(name) != 0 ? nodes_.at(name).incarnation + 1 : 1;
    Identity identity{name, incarnation, name.substr(0, name.find('.')), 1, plant, modes};
    Entry entry;
    entry.incarnation = incarnation;
    entry.stores = identity.role == "conductor" || modes.access == Access::direct;
    entry.node =
        make_node(identity, snapshot(sahara_catalog(), release), entry.stores ? store_.get() : nullptr);
    nodes_[name] = std::move(entry);
    handle(name, {Input::Kind::start, {}, 0});
    while (!nodes_.at(name).spoke && !pending_.empty()) step();
  }
  void reload(const std::string& name) {
    handle(name, {Input::Kind::reload, {}, 0});
    settle();
  }
  /// As a kill does: what it had in hand is lost.
  void remove(const std::string& name) { nodes_.at(name).node.reset(); }
  /// Lets that much time pass, heartbeats included.
  void pass(Instant microseconds) {
    const Instant until = now_ + microseconds;
    while (!pending_.empty() && pending_.begin()->first.first <= until) step();
    now_ = until;
  }
  Instant now() const { return now_; }

  /// The reply of the api, after everything that follows from it has happened (or `until` says so).
  Envelope request(const std::string& api, const std::string& method, const std::string& object,
                   const std::string& row, const Json& fields, const std::string& engine = {}) {
    Envelope envelope = ask(api, method, object, row, fields, engine);
    settle();
    return answers_.count(envelope.id) != 0 ? answers_.at(envelope.id) : Envelope{};
  }
  Envelope ask(const std::string& api, const std::string& method, const std::string& object,
               const std::string& row, const Json& fields, const std::string& engine = {}) {
    Envelope envelope;
    envelope.kind = Envelope::Kind::request;
    envelope.id = "client.1/" + std::to_string(++requests_);
    envelope.from = "client.1";
    envelope.operation = envelope.id;
    envelope.method = method;
    envelope.args = {{"object", object}, {"row", row}, {"fields", fields}, {"engine", engine}};
    handle(api, {Input::Kind::message, envelope, 0});
    return envelope;
  }
  void cast(const std::string& server, const std::string& method, const Json& args) {
    Envelope envelope;
    envelope.kind = Envelope::Kind::cast;
    envelope.id = "test/" + std::to_string(++requests_);
    envelope.from = "test";
    envelope.to = server;
    envelope.method = method;
    envelope.args = args;
    handle(server, {Input::Kind::message, envelope, 0});
  }
  void drain(const std::string& name) {
    Envelope envelope;
    envelope.kind = Envelope::Kind::drain;
    handle(name, {Input::Kind::message, envelope, 0});
  }
  /// Until nothing is left to happen but heartbeats.
  void settle() {
    while (busy()) step();
  }
  void step() {
    auto next = pending_.begin();
    now_ = std::max(now_, next->first.first);
    const Pending due = next->second;
    pending_.erase(next);
    handle(due.name, due.input);
  }

  const std::string& url() const { return url_; }
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
  struct Entry {
    bool stores = false;  ///< opens the database
    int incarnation = 1;
    bool spoke = false;  ///< hello or bye
    std::unique_ptr<Node> node;
  };
  struct Pending {
    std::string name;
    Input input;
    bool idle = false;
  };

  bool busy() const {
    return std::any_of(pending_.begin(), pending_.end(),
                       [](const auto& entry) { return !entry.second.idle; });
  }
  static bool heartbeat(const Envelope& message) {
    return message.method == "service_update" && message.operation.empty();
  }

  void handle(const std::string& name, const Input& input) {
    const auto found = nodes_.find(name);
    if (found == nodes_.end() || !found->second.node) return;
    TurnPlants none({});
    Turn turn =
        take_turn(*found->second.node, found->second.stores ? store_.get() : nullptr, none, now_, input);
    if (turn.then == Turn::Then::crash) throw std::runtime_error(name + " crashed: " + turn.why);
    Output& output = turn.output;
    for (const Timer& timer : output.timers)
      pending_[{timer.at, ++order_}] = {name, {Input::Kind::timer, {}, timer.id}, timer.idle};
    for (Envelope& message : output.messages) {
      const bool last = message.kind == Envelope::Kind::bye;
      if (last || message.kind == Envelope::Kind::hello) found->second.spoke = true;
      sent.push_back(message);
      route(name, std::move(message));
    }
  }
  Json stopped(const Envelope& message) const {
    const bool to_conductor = message.kind == Envelope::Kind::call && message.to == "conductor";
    return interfere && to_conductor && !heartbeat(message) ? interfere(message) : Json();
  }
  void route(const std::string& from, Envelope message) {
    if (message.kind == Envelope::Kind::call) callers_[message.id] = {from, heartbeat(message)};
    if (const Json instead = stopped(message); !instead.is_null()) {
      if (instead == "lost") return;
      Envelope reply;
      reply.kind = Envelope::Kind::reply;
      reply.from = "conductor.1#1";
      reply.to = message.id;
      reply.error = instead.value("error", Json());
      reply.result = instead.value("result", Json());
      pending_[{now_ + 100, ++order_}] = {from, {Input::Kind::message, reply, 0}, false};
      return;
    }
    bool idle = heartbeat(message);
    std::string to;
    if (message.kind == Envelope::Kind::reply) {
      answers_[message.to] = message;
      const auto caller = callers_.find(message.to);
      if (caller == callers_.end()) return;
      to = caller->second.first;
      idle = caller->second.second;
    } else if (message.kind == Envelope::Kind::call || message.kind == Envelope::Kind::cast) {
      to = message.to;
      if (nodes_.count(to) == 0) {
        for (const auto& [name, entry] : nodes_) {
          const bool serves = entry.node && (entry.spoke || entry.stores);
          if (name.rfind(message.to + ".", 0) == 0 && name != message.avoid && serves) to = name;
        }
      }
    } else {
      return;
    }
    pending_[{now_ + 100, ++order_}] = {to, {Input::Kind::message, message, 0}, idle};
  }

  std::string folder_, url_;
  std::unique_ptr<Store> store_;
  std::map<std::string, Entry> nodes_;
  std::map<std::pair<Instant, int>, Pending> pending_;
  std::map<std::string, std::pair<std::string, bool>> callers_;
  std::map<std::string, Envelope> answers_;
  Instant now_ = 1'430'000'000'000'000;
  int order_ = 0, requests_ = 0;
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

}  // namespace caravan::testing
